// Keys of a bucket as people type them, refused before anything is sent. Compat: nats.go jetstream/kv.go, keyValid and
// searchKeyValid.
import { isValidSubject } from '../../subject/subject.ts';
import { UsageError } from '../errors.ts';

const FORM = "letters, digits, '-', '_', '/' and '=', in words with dots between them";

/** One key. */
export function checkKey(key: string): void {
  if (/^[-/_=.a-zA-Z0-9]+$/.test(key) && isValidSubject(key)) return;
  const hint = /[*>]/.test(key) ? "; wildcards are for 'kv ls', 'kv history' and 'kv watch'" : '';
  throw new UsageError(`<key> '${key}' is no key: it has ${FORM}${hint}`);
}

/** One key, or a pattern that stands for many. */
export function checkKeyPattern(pattern: string): void {
  if (/^[-/_=.a-zA-Z0-9*>]+$/.test(pattern) && isValidSubject(pattern)) return;
  throw new UsageError(
    `<key> '${pattern}' is no pattern of keys: it has ${FORM}; '*' stands for one word and '>' at the end for all that follow`,
  );
}
