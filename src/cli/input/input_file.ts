// Reads a file that a flag names, or says which flag named one that is not there.
import { CommandError } from '../errors.ts';
import type { Session } from '../session.ts';

const BYTES_MAX = 64 * 1024 * 1024;

export function readFile(session: Session, path: string, flag: string): string {
  const text = session.doors.files.readText(path);
  if (text === null) throw new CommandError(`${flag} '${path}': there is no such file`);
  if (text.length > BYTES_MAX) throw new CommandError(`${flag} '${path}' is larger than ${BYTES_MAX} bytes`);
  return text;
}
