// Gives a text to the person's editor and takes back what they made of it.
import { CommandError } from '../errors.ts';
import type { Session } from '../session.ts';
import { shellWords } from './shell_words.ts';

export interface Edited {
  readonly text: string;
  /** Of the temporary file, so that the editor knows the language: `.yaml`. */
  readonly suffix: string;
}

export async function editText(session: Session, { text, suffix }: Edited): Promise<string> {
  const editor = session.doors.environment('EDITOR') ?? '';
  if (editor === '') throw new CommandError('set EDITOR environment variable to your chosen editor');
  const { files, programs } = session.doors;
  const path = files.temporaryFile(suffix);
  try {
    files.writeWhole(path, text);
    const code = await programs.runInTerminal([...shellWords(editor), path]);
    if (code !== 0) throw new CommandError(`The editor '${editor}' ended with ${code}: nothing was changed`);
    return files.readText(path) ?? '';
  } finally {
    files.remove(path);
  }
}
