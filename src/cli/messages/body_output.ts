// How a message's headers and body are shown, and the filter that --translate puts between.
// Compat: natscli cli/util.go, outPutMSGBody and filterDataThroughCmd.
import type { MsgHdrs } from '@nats-io/transport-node';
import { CommandError } from '../errors.ts';
import { shellWords } from '../input/shell_words.ts';
import { expandTemplate } from '../input/template.ts';
import type { Session } from '../session.ts';

export interface BodyOptions {
  /** The command of --translate; null without. */
  readonly filter: string | null;
  readonly subject: string;
  readonly stream: string;
}

/** The body and a line end where it has none; `nil body` where there is nothing. */
export async function printBodyCompact(session: Session, data: Uint8Array, options: BodyOptions): Promise<boolean> {
  if (data.length === 0 && options.filter === null) {
    session.print('nil body');
    return false;
  }
  const shown = await translated(session, data, options);
  session.write(shown);
  if (shown.at(-1) !== 0x0a) session.write('\n');
  return shown.at(-1) === 0x0a;
}

/** As printBodyCompact, with an empty line or two behind. */
export async function printBody(session: Session, data: Uint8Array, options: BodyOptions): Promise<void> {
  const endsLine = await printBodyCompact(session, data, options);
  session.print();
  if (!endsLine) session.print();
}

/** What the command of --translate makes of the body, which it reads on standard input. */
export async function translated(session: Session, data: Uint8Array, options: BodyOptions): Promise<Uint8Array> {
  if (options.filter === null) return data;
  const functions = new Map([
    ['Subject', () => options.subject],
    ['Stream', () => options.stream],
  ]);
  const command = expandTemplate(options.filter, functions);
  if (!command.ok) throw new CommandError(`--translate: ${command.error}`);
  const { code, output } = await session.doors.programs.run(shellWords(command.value), { input: data });
  if (code !== 0) session.log(`Error while translating msg body: '${options.filter}' ended with ${code}`);
  return output;
}

/** `Name: value` lines; the pairs in the order they came. */
export function headerLines(headers: MsgHdrs | undefined): string[] {
  const lines: string[] = [];
  for (const [name, values] of headers ?? []) for (const value of values) lines.push(`${name}: ${value}`);
  return lines;
}

/** Headers as JSON has them; undefined where there are none. */
export function headerObject(headers: MsgHdrs | undefined): Record<string, string[]> | undefined {
  const entries = [...(headers ?? [])];
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

/** For JSON: text where the bytes are text, base64 under another key where they are not. */
export function bodyFields(data: Uint8Array, key = 'data'): Record<string, string> {
  try {
    return { [key]: new TextDecoder('utf-8', { fatal: true }).decode(data) };
  } catch {
    // Bytes that are no text.
    return { [`${key}_base64`]: Buffer.from(data).toString('base64') };
  }
}
