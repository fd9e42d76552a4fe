// Where the bodies of messages come from: the command line, or standard input, whole or line by line.
// Compat: natscli internal/util/publisher.go.
import type { Session } from '../session.ts';

export interface PayloadOptions {
  readonly body: string | undefined;
  readonly forcesInput: boolean;
  readonly sendOn: 'eof' | 'newline';
}

/** The bodies, one after the other: one for a body or for all of the input, one per line otherwise. */
export async function* payloads(session: Session, options: PayloadOptions): AsyncIterable<string> {
  if (!readsInput(session, options)) {
    yield options.body ?? '';
    return;
  }
  if (options.sendOn === 'eof') {
    yield Buffer.from(await wholeInput(session)).toString('utf8');
    return;
  }
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of inputOf(session)) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) yield line.replace(/\r$/, '');
  }
  if (rest !== '') yield rest;
}

/** Where no body is given: from a pipe or file, from the person where there is one, or where that is forced. */
export function readsInput(session: Session, { body, forcesInput }: PayloadOptions): boolean {
  const { isInputTerminal, isOutputTerminal } = session.doors.terminal;
  return body === undefined && (!isInputTerminal || isOutputTerminal || forcesInput);
}

export async function wholeInput(session: Session): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of inputOf(session)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Ends early when the person interrupts. */
export async function* inputOf(session: Session): AsyncIterable<Uint8Array> {
  const iterator = session.doors.terminal.input()[Symbol.asyncIterator]();
  const over = session.interrupted.then(() => ({ done: true, value: undefined }) as const);
  while (true) {
    const next = await Promise.race([iterator.next(), over]);
    if (next.done === true) return;
    yield next.value;
  }
}
