// Flags that a command cannot do without.
import { UsageError } from '../errors.ts';

export function requiredFlag<T>(value: T | undefined, flag: string): T {
  if (value !== undefined && value !== '') return value;
  throw new UsageError(`required flag ${flag} not provided`);
}

/** Of a stream, a consumer or a bucket: it becomes part of a subject. */
export function requiredName(value: string | undefined, flag: string): string {
  const name = requiredFlag(value, flag);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  if (!/[\s.*>/\\\u0000-\u001f\u007f]/.test(name)) return name;
  throw new UsageError(`${flag} '${name}' can be no name: write it without spaces, dots, '*', '>', '/' and '\\'`);
}
