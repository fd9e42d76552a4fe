// Lists of subjects as people type them: flags that repeat, and commas or spaces within one.
import { isValidSubject } from '../../subject/subject.ts';
import { UsageError } from '../errors.ts';

/** Subjects of all values, in the order typed. */
export function splitSubjects(values: readonly string[]): string[] {
  return values.flatMap((value) => value.split(/[\s,]+/)).filter((subject) => subject !== '');
}

/** Refuses before anything is sent, naming where the subject was typed. */
export function checkSubject(subject: string, where: string): void {
  if (isValidSubject(subject)) return;
  throw new UsageError(
    `${where} '${subject}' is no subject: write words with dots between them, without spaces; '*' stands for one word ` +
      `and '>' at the end for all that follow`,
  );
}

/** Of a queue group: it stands between two spaces in what is sent. */
export function checkGroup(group: string | undefined, where: string): void {
  if (group === undefined || !/\s/.test(group)) return;
  throw new UsageError(`${where} '${group}' is no name of a group: write it without spaces`);
}
