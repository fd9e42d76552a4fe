// What a server sends, cut into frames without an object per message: one Frame is filled again and again. Keeps bytes only
// while a frame is cut by a chunk's end. Trusts the server's protocol; what it cannot read is an error of the connection.
// Called by bench_connection.ts.
//
//   MSG subject sid [reply] size CR LF payload CR LF
//   HMSG subject sid [reply] headerSize totalSize CR LF headers payload CR LF
//   INFO json, PING, PONG, +OK, -ERR text

/** One message; its fields hold during the call that hands it over. */
export interface Frame {
  bytes: Uint8Array;
  subjectStart: number;
  subjectEnd: number;
  sid: number;
  /** Empty (both 0) where there is none. */
  replyStart: number;
  replyEnd: number;
  /** Where the headers begin; the same as payloadStart without any. */
  headerStart: number;
  payloadStart: number;
  payloadEnd: number;
}

export interface FrameHandler {
  message(frame: Frame): void;
  ping(): void;
  pong(): void;
  info(text: string): void;
  serverError(text: string): void;
  /** Not NATS's protocol. Nothing is scanned any more. */
  fault(text: string): void;
}

const LF = 10;
const CR = 13;
const SPACE = 32;
const UPPER_M = 77;
const UPPER_H = 72;
const UPPER_G = 71;
const TOKENS_MAX = 5;
const NO_BYTES = new Uint8Array(0);

export function newFrame(): Frame {
  return {
    bytes: NO_BYTES,
    subjectStart: 0,
    subjectEnd: 0,
    sid: 0,
    replyStart: 0,
    replyEnd: 0,
    headerStart: 0,
    payloadStart: 0,
    payloadEnd: 0,
  };
}

export class FrameScanner {
  readonly #handler: FrameHandler;
  readonly #frame: Frame;
  readonly #starts: Int32Array;
  readonly #ends: Int32Array;
  /** The beginning of a frame that a chunk's end has cut: `#kept[0..#keptLength)`. */
  #kept: Uint8Array;
  #keptLength: number;
  /** The length of the whole frame that is kept; 0 while its first line is not complete. */
  #wanted: number;
  #isOver: boolean;

  constructor(handler: FrameHandler) {
    this.#handler = handler;
    this.#frame = newFrame();
    this.#starts = new Int32Array(TOKENS_MAX);
    this.#ends = new Int32Array(TOKENS_MAX);
    this.#kept = new Uint8Array(4096);
    this.#keptLength = 0;
    this.#wanted = 0;
    this.#isOver = false;
  }

  stop(): void {
    this.#isOver = true;
  }

  run(chunk: Uint8Array): void {
    let at = this.#keptLength > 0 ? this.#complete(chunk) : 0;
    while (at < chunk.length && !this.#isOver) {
      const next = this.#frameAt(chunk, at, chunk.length);
      if (next < 0) {
        this.#keep(chunk, at, chunk.length);
        return;
      }
      at = next;
    }
  }

  /** Brings the kept frame to its end with bytes of the chunk; returns where to go on. */
  #complete(chunk: Uint8Array): number {
    let at = 0;
    if (this.#wanted === 0) {
      const lineEnd = chunk.indexOf(LF);
      const to = lineEnd < 0 ? chunk.length : lineEnd + 1;
      this.#keep(chunk, 0, to);
      if (lineEnd < 0) return to;
      at = to;
      if (this.#tryKept()) return at;
    }
    const to = Math.min(chunk.length, at + this.#wanted - this.#keptLength);
    this.#keep(chunk, at, to);
    if (this.#keptLength >= this.#wanted) this.#tryKept();
    return to;
  }

  /** Hands over the kept frame where it is complete. */
  #tryKept(): boolean {
    const length = this.#keptLength;
    const next = this.#frameAt(this.#kept, 0, length);
    if (next < 0) return false;
    this.#keptLength = 0;
    this.#wanted = 0;
    return true;
  }

  #keep(bytes: Uint8Array, from: number, to: number): void {
    const length = this.#keptLength + to - from;
    if (length > this.#kept.length) {
      const wider = new Uint8Array(Math.max(length, this.#wanted, 2 * this.#kept.length));
      wider.set(this.#kept.subarray(0, this.#keptLength));
      this.#kept = wider;
    }
    this.#kept.set(bytes.subarray(from, to), this.#keptLength);
    this.#keptLength = length;
  }

  /** Hands over the frame that starts at `at`; returns where the next one starts, -1 where the end is not there yet. */
  #frameAt(bytes: Uint8Array, at: number, end: number): number {
    const first = bytes[at] as number;
    if (first === UPPER_M || first === UPPER_H) {
      const argumentsAt = at + (first === UPPER_M ? 4 : 5);
      if (argumentsAt > end) return -1;
      if (bytes[argumentsAt - 1] === SPACE && bytes[argumentsAt - 2] === UPPER_G) {
        return this.#messageAt(bytes, at, argumentsAt, end);
      }
    }
    const lineEnd = bytes.indexOf(LF, at);
    if (lineEnd < 0 || lineEnd >= end) return -1;
    this.#line(
      Buffer.from(bytes.buffer, bytes.byteOffset + at, lineEnd - at)
        .toString('utf8')
        .trimEnd(),
    );
    return lineEnd + 1;
  }

  #messageAt(bytes: Uint8Array, start: number, argumentsAt: number, end: number): number {
    const starts = this.#starts;
    const ends = this.#ends;
    let count = 0;
    let tokenStart = argumentsAt;
    let at = argumentsAt;
    for (; at < end; at++) {
      const c = bytes[at] as number;
      if (c > SPACE) continue;
      if (c === LF) break;
      if (tokenStart < at && count < TOKENS_MAX) {
        starts[count] = tokenStart;
        ends[count++] = at;
      }
      tokenStart = at + 1;
      if (c !== SPACE && c !== CR) return this.#fault(bytes, start, at);
    }
    if (at >= end) return -1;
    const bodyAt = at + 1;
    const sizes = argumentsAt - start === 5 ? 2 : 1;
    const rest = count - 2 - sizes;
    if (rest !== 0 && rest !== 1) return this.#fault(bytes, start, at);
    const total = decimal(bytes, starts[count - 1] as number, ends[count - 1] as number);
    const frameEnd = bodyAt + total + 2;
    if (frameEnd > end) {
      this.#wanted = frameEnd - start;
      return -1;
    }
    const frame = this.#frame;
    frame.bytes = bytes;
    frame.subjectStart = starts[0] as number;
    frame.subjectEnd = ends[0] as number;
    frame.sid = decimal(bytes, starts[1] as number, ends[1] as number);
    frame.replyStart = rest === 1 ? (starts[2] as number) : 0;
    frame.replyEnd = rest === 1 ? (ends[2] as number) : 0;
    frame.headerStart = bodyAt;
    frame.payloadStart =
      sizes === 2 ? bodyAt + decimal(bytes, starts[count - 2] as number, ends[count - 2] as number) : bodyAt;
    frame.payloadEnd = bodyAt + total;
    this.#handler.message(frame);
    return frameEnd;
  }

  #line(text: string): void {
    const handler = this.#handler;
    if (text === 'PING') handler.ping();
    else if (text === 'PONG') handler.pong();
    else if (text.startsWith('INFO ')) handler.info(text.slice(5));
    else if (text.startsWith('-ERR')) handler.serverError(text.slice(4).trim().replace(/^'|'$/g, ''));
    else if (text !== '+OK' && text !== '') this.#refuse(text);
  }

  #fault(bytes: Uint8Array, from: number, to: number): number {
    this.#refuse(Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString('latin1'));
    return to;
  }

  #refuse(text: string): void {
    this.#isOver = true;
    this.#handler.fault(text.slice(0, 100));
  }
}

function decimal(bytes: Uint8Array, start: number, end: number): number {
  let value = 0;
  for (let i = start; i < end; i++) value = value * 10 + (bytes[i] as number) - 48;
  return value;
}

/** A part of a frame as text: for what is looked at now and then, not for every message. */
export function frameText(frame: Frame, start: number, end: number): string {
  return Buffer.from(frame.bytes.buffer, frame.bytes.byteOffset + start, end - start).toString('utf8');
}

/** The status in a frame's headers: 503 for no responders, 408, 404, 409, 204, 100; 0 where there is none. */
export function frameStatus(frame: Frame): number {
  const at = frame.headerStart + 9;
  // `NATS/1.0 503`
  if (frame.payloadStart - frame.headerStart < 12 || frame.bytes[at - 1] !== SPACE) return 0;
  const status = decimal(frame.bytes, at, at + 3);
  return status >= 100 && status < 1000 ? status : 0;
}
