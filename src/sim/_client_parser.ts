// What a NATS server says, taken apart for sim_client.ts. Slow and simple on purpose, and written apart from wire/, so
// that a mistake there is not made here too.

export interface ClientMessage {
  readonly subject: string;
  readonly sid: number;
  /** Empty where there is none. */
  readonly reply: string;
  /** Of the header block's first line, 0 where there is none: 503, 404, 100, ... */
  readonly status: number;
  /** `Name: value` lines of the header block. */
  readonly headers: ReadonlyMap<string, string>;
  readonly payload: Uint8Array;
}

export interface ClientParserHandler {
  onInfo(info: Record<string, unknown>): void;
  onMessage(message: ClientMessage): void;
  onPing(): void;
  onPong(): void;
  onError(text: string): void;
}

const NO_BYTES = new Uint8Array(0);
const LINE_BYTES_MAX = 64 * 1024;

export class ClientParser {
  readonly #handler: ClientParserHandler;
  #rest: Uint8Array;

  constructor(handler: ClientParserHandler) {
    this.#handler = handler;
    this.#rest = NO_BYTES;
  }

  run(chunk: Uint8Array): void {
    const bytes = new Uint8Array(this.#rest.length + chunk.length);
    bytes.set(this.#rest);
    bytes.set(chunk, this.#rest.length);
    let at = 0;
    for (;;) {
      const next = this.#frame(bytes, at);
      if (next === at) break;
      at = next;
    }
    this.#rest = bytes.subarray(at);
  }

  /** Takes the frame at `start` and gives where the next one starts; `start` where it is not whole yet. */
  #frame(bytes: Uint8Array, start: number): number {
    const lineEnd = indexOfLineEnd(bytes, start);
    if (lineEnd < 0) {
      if (bytes.length - start > LINE_BYTES_MAX) throw new Error('The server sent a line without end');
      return start;
    }
    const line = textOf(bytes.subarray(start, lineEnd));
    const bodyStart = lineEnd + 2;
    const verb = /^[^ ]+/.exec(line)?.[0].toUpperCase();
    switch (verb) {
      case 'MSG':
      case 'HMSG':
        return this.#message(bytes, start, bodyStart, line.trim().split(/\s+/));
      case 'INFO':
        this.#handler.onInfo(JSON.parse(line.slice(5)) as Record<string, unknown>);
        return bodyStart;
      case 'PING':
        this.#handler.onPing();
        return bodyStart;
      case 'PONG':
        this.#handler.onPong();
        return bodyStart;
      case '-ERR':
        this.#handler.onError(line.slice(5).replaceAll("'", ''));
        return bodyStart;
      case '+OK':
        return bodyStart;
      default:
        throw new Error(`The server sent what no client understands: ${JSON.stringify(line)}`);
    }
  }

  #message(bytes: Uint8Array, start: number, bodyStart: number, words: readonly string[]): number {
    const hasHeaders = words[0] === 'HMSG';
    const sizes = words.slice(hasHeaders ? -2 : -1).map(Number);
    const bodyBytes = sizes.at(-1) ?? Number.NaN;
    const headerBytes = hasHeaders ? (sizes[0] ?? Number.NaN) : 0;
    const bodyEnd = bodyStart + bodyBytes;
    if (!(headerBytes <= bodyBytes)) throw new Error(`The server sent sizes that make no sense: ${words.join(' ')}`);
    if (bytes.length < bodyEnd + 2) return start;
    if (bytes[bodyEnd] !== 13 || bytes[bodyEnd + 1] !== 10) {
      throw new Error(`The server sent a body that does not end where it should: ${words.join(' ')}`);
    }
    const names = words.slice(1, hasHeaders ? -2 : -1);
    this.#handler.onMessage({
      subject: names[0] ?? '',
      sid: Number(names[1]),
      reply: names[2] ?? '',
      ...headersOf(bytes.subarray(bodyStart, bodyStart + headerBytes)),
      payload: bytes.slice(bodyStart + headerBytes, bodyEnd),
    });
    return bodyEnd + 2;
  }
}

function headersOf(block: Uint8Array): { readonly status: number; readonly headers: Map<string, string> } {
  const headers = new Map<string, string>();
  const lines = textOf(block).split('\r\n');
  const status = Number(/^NATS\/1\.0 (\d{3})/.exec(lines[0] ?? '')?.[1] ?? 0);
  for (const line of lines.slice(1)) {
    const colon = line.indexOf(':');
    if (colon > 0) headers.set(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  return { status, headers };
}

function indexOfLineEnd(bytes: Uint8Array, start: number): number {
  for (let index = bytes.indexOf(13, start); index >= 0; index = bytes.indexOf(13, index + 1)) {
    if (bytes[index + 1] === 10) return index;
  }
  return -1;
}

export function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}
