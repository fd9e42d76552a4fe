// From socket chunks to calls: frames the client protocol (control line, then payload for PUB and HPUB) in one
// synchronous run per chunk. Makes no string and no object per message, decides nothing about meaning, and keeps
// bytes only while a line or payload is cut by a chunk's end. Called by server/client_connection.
//
//   control line   VERB SP args CR LF     PUB subject [reply] size, HPUB subject [reply] headerSize totalSize,
//                                         SUB subject [queue] sid, UNSUB sid [max], CONNECT json, PING, PONG, +OK, -ERR
//   payload        exactly `size` bytes, then CR LF
//
// Compat: parser.go, parse: verbs in any case, LF alone ends a line, arguments split at spaces and tabs, PING and PONG
// ignore what follows the verb, a carriage return anywhere in the arguments drops their last byte.
import { PAYLOAD_FIRST_ALLOCATION_BYTES, SIZE_DIGITS_MAX } from './limits.ts';
import {
  AUTHORIZATION_VIOLATION,
  BAD_ARGUMENTS,
  CONTROL_LINE_EXCEEDED,
  HEADERS_NOT_SUPPORTED,
  PAYLOAD_EXCEEDED,
  UNKNOWN_OPERATION,
  type WireError,
} from './wire_errors.ts';

/** Where the parser puts a message. The same fields as ports/message.ts; slices are valid as long as their buffers. */
export interface MessageSlots {
  subject: Uint8Array;
  subjectStart: number;
  subjectEnd: number;
  reply: Uint8Array;
  replyStart: number;
  replyEnd: number;
  body: Uint8Array;
  headerStart: number;
  payloadStart: number;
  payloadEnd: number;
  /** Digits of the two sizes as they were written: receivers get the same ones. */
  headerDigits: number;
  totalDigits: number;
}

/** What the connection must answer to. Every call happens inside `run`; a call may end it with `stop`. */
export interface ProtocolHandler {
  /** Filled before publish(). */
  readonly message: MessageSlots;
  /** True until CONNECT where one is required: anything else is refused before it is looked at, unless admitSilent(). */
  readonly awaitsConnect: boolean;
  /** True when the client said that it understands headers. */
  readonly allowsHeaders: boolean;
  readonly controlLineMax: number;
  readonly payloadMax: number;
  /** The arguments of a PUB or HPUB are fine; the payload may still be on its way (pedantic checks go here). */
  announced(): void;
  publish(): void;
  subscribe(bytes: Uint8Array, start: number, end: number): void;
  unsubscribe(bytes: Uint8Array, start: number, end: number): void;
  connect(bytes: Uint8Array, start: number, end: number): void;
  /** Something else than CONNECT came first. True: whoever presents nothing may come in, and awaitsConnect is false now. */
  admitSilent(): boolean;
  info(bytes: Uint8Array, start: number, end: number): void;
  ping(): void;
  pong(): void;
  peerError(bytes: Uint8Array, start: number, end: number): void;
  /** `logged`: what the log says of it where that is more than what the peer is told. */
  violation(error: WireError, logged?: string): void;
}

const LF = 10;
const CR = 13;
const SPACE = 32;
const TAB = 9;

const VERB_UNKNOWN = 0;
const VERB_PUB = 1;
const VERB_HPUB = 2;
const VERB_SUB = 3;
const VERB_UNSUB = 4;
const VERB_CONNECT = 5;
const VERB_PING = 6;
const VERB_PONG = 7;
const VERB_OK = 8;
const VERB_ERR = 9;
const VERB_INFO = 10;

/** Verb texts in lower case, and whether white space must follow. Order: by number. */
const VERBS: readonly { readonly text: string; readonly needsSpace: boolean }[] = [
  { text: '', needsSpace: false },
  { text: 'pub', needsSpace: true },
  { text: 'hpub', needsSpace: true },
  { text: 'sub', needsSpace: true },
  { text: 'unsub', needsSpace: true },
  { text: 'connect', needsSpace: false },
  { text: 'ping', needsSpace: false },
  { text: 'pong', needsSpace: false },
  { text: '+ok', needsSpace: false },
  { text: '-err', needsSpace: true },
  { text: 'info', needsSpace: false },
];

const NO_BYTES = new Uint8Array(0);

function lower(c: number): number {
  return c >= 65 && c <= 90 ? c | 0x20 : c;
}

/** A size as the wire writes it; -1 when it is none. Compat: util.go, parseSize: at most nine digits, no sign. */
export function parseSize(bytes: Uint8Array, start: number, end: number): number {
  if (start >= end || end - start > SIZE_DIGITS_MAX) return -1;
  let value = 0;
  for (let i = start; i < end; i++) {
    const digit = (bytes[i] as number) - 48;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

export class Parser {
  readonly #handler: ProtocolHandler;
  /** Nothing is parsed: for ever, or while #isHeld. */
  #stopped = false;
  #isHeld = false;
  /** Copies of what came while held. */
  #heldBytes: Uint8Array[] = [];
  /** A control line cut by a chunk's end, or the arguments of a message whose payload is incomplete. */
  #line: Uint8Array = NO_BYTES;
  #lineLength = 0;
  /** A payload cut by a chunk's end. Invariant: #bodyNeed > 0 exactly while one is being collected. */
  #body: Uint8Array = NO_BYTES;
  #bodyLength = 0;
  #bodyNeed = 0;
  /** Set by #arguments: token boundaries of the line under way. */
  #count = 0;
  readonly #starts = new Int32Array(6);
  readonly #ends = new Int32Array(6);
  /** Sizes announced by the PUB or HPUB under way. */
  #headerSize = 0;
  #totalSize = 0;

  constructor(handler: ProtocolHandler) {
    this.#handler = handler;
  }

  /** No further call is made, now or later: the connection has ended. */
  stop(): void {
    this.#stopped = true;
    this.#isHeld = false;
    this.#heldBytes = [];
    this.#line = NO_BYTES;
    this.#body = NO_BYTES;
  }

  /** Inside connect(): nothing behind this line is looked at before release(). Else nothing of what comes next. */
  hold(): void {
    this.#stopped = true;
    this.#isHeld = true;
  }

  /** Goes on with what came while held. */
  release(): void {
    if (!this.#isHeld) return;
    this.#stopped = false;
    this.#isHeld = false;
    const waiting = this.#heldBytes;
    this.#heldBytes = [];
    // One of them may hold again, or stop.
    for (const chunk of waiting) if (!this.#stopped || this.#isHeld) this.run(chunk);
  }

  /** Between two chunks: an idle connection holds on to nothing of what it has published. */
  forget(): void {
    if (this.#bodyNeed > 0) return;
    const { message } = this.#handler;
    message.subject = NO_BYTES;
    message.reply = NO_BYTES;
    message.body = NO_BYTES;
  }

  /** Takes the next bytes of the connection. They must stay unchanged as long as the handler's slices are used. */
  run(chunk: Uint8Array): void {
    if (this.#isHeld) {
      this.#heldBytes.push(chunk.slice());
      return;
    }
    let at = 0;
    if (this.#bodyNeed > 0) at = this.#continueBody(chunk);
    if (this.#lineLength > 0 && !this.#stopped) at = this.#continueLine(chunk, at);
    const end = chunk.length;
    while (at < end && !this.#stopped) {
      const c = chunk[at] as number;
      // The hot verb first: everything else goes through the table.
      if (
        (c | 0x20) === 0x70 &&
        at + 4 < end &&
        ((chunk[at + 1] as number) | 0x20) === 0x75 &&
        ((chunk[at + 2] as number) | 0x20) === 0x62 &&
        (chunk[at + 3] === SPACE || chunk[at + 3] === TAB) &&
        !this.#handler.awaitsConnect
      ) {
        const lineEnd = this.#arguments(chunk, at + 4, end);
        if (lineEnd < 0) {
          this.#keepLine(chunk, at, end);
          return;
        }
        if (!this.#announce(chunk, VERB_PUB)) return;
        at = this.#payload(chunk, lineEnd + 1);
        continue;
      }
      const lineEnd = chunk.indexOf(LF, at);
      if (lineEnd < 0) {
        this.#keepLine(chunk, at, end);
        return;
      }
      at = this.#operation(chunk, at, lineEnd, chunk, lineEnd + 1);
    }
    if (this.#isHeld && at < end) this.#heldBytes.push(chunk.slice(at));
  }

  /** Handles one whole line, and for PUB and HPUB the payload at `next` of `chunk`. Returns where to go on. */
  #operation(bytes: Uint8Array, start: number, lineEnd: number, chunk: Uint8Array, next: number): number {
    const handler = this.#handler;
    if (handler.awaitsConnect && lower(bytes[start] as number) !== 0x63 && !handler.admitSilent())
      return this.#refuse(AUTHORIZATION_VIOLATION, next);
    const verb = findVerb(bytes, start, lineEnd);
    if (verb === VERB_UNKNOWN) {
      handler.violation(UNKNOWN_OPERATION, unknownText(bytes, start, lineEnd));
      return next;
    }
    if (handler.awaitsConnect && lineEnd + 1 - start > handler.controlLineMax + LONGEST_VERB)
      return this.#refuse(CONTROL_LINE_EXCEEDED, next);
    const { text } = VERBS[verb] as { text: string };
    const argumentsAt = start + text.length;
    if (verb === VERB_PUB || verb === VERB_HPUB) {
      this.#arguments(bytes, argumentsAt, lineEnd + 1);
      if (!this.#announce(bytes, verb)) return next;
      return this.#payload(chunk, next);
    }
    const from = skipSpace(bytes, argumentsAt, lineEnd);
    const to = dropReturn(bytes, from, lineEnd);
    if (to - from > handler.controlLineMax && verb !== VERB_PING && verb !== VERB_PONG && verb !== VERB_OK) {
      return this.#refuse(CONTROL_LINE_EXCEEDED, next);
    }
    if (verb === VERB_SUB) handler.subscribe(bytes, from, to);
    else if (verb === VERB_UNSUB) handler.unsubscribe(bytes, from, to);
    else if (verb === VERB_CONNECT) handler.connect(bytes, from, to);
    else if (verb === VERB_PING) handler.ping();
    else if (verb === VERB_PONG) handler.pong();
    else if (verb === VERB_INFO) handler.info(bytes, from, to);
    else if (verb === VERB_ERR) handler.peerError(bytes, from, to);
    return next;
  }

  /**
   * Cuts the arguments that start at `at` into #starts/#ends and counts them. Returns the index of the line feed, or -1
   * when it is not before `end`.
   */
  #arguments(bytes: Uint8Array, at: number, end: number): number {
    const starts = this.#starts;
    const ends = this.#ends;
    let count = 0;
    let tokenStart = -1;
    let sawReturn = false;
    let i = at;
    for (; i < end; i++) {
      const c = bytes[i] as number;
      if (c > SPACE) {
        if (tokenStart < 0) tokenStart = i;
        continue;
      }
      if (c === SPACE || c === TAB) {
        if (tokenStart >= 0) {
          if (count < 5) {
            starts[count] = tokenStart;
            ends[count] = i;
          }
          count++;
          tokenStart = -1;
        }
        continue;
      }
      if (c === LF) break;
      if (c === CR) {
        sawReturn = true;
        if (i + 1 < end && bytes[i + 1] === LF) {
          i++;
          break;
        }
      }
      if (tokenStart < 0) tokenStart = i;
    }
    if (i >= end) return -1;
    const lineEnd = i;
    const argumentEnd = sawReturn ? lineEnd - 1 : lineEnd;
    if (tokenStart >= 0 && tokenStart < argumentEnd) {
      if (count < 5) {
        starts[count] = tokenStart;
        ends[count] = argumentEnd;
      }
      count++;
    }
    this.#count = count;
    if (count > 0) {
      const from = starts[0] as number;
      if (argumentEnd - from > this.#handler.controlLineMax) this.#count = -1;
    }
    return lineEnd;
  }

  /** Checks the cut arguments of a PUB or HPUB and fills the message's subject and reply. False when refused. */
  #announce(bytes: Uint8Array, verb: number): boolean {
    const handler = this.#handler;
    const count = this.#count;
    if (count < 0) return this.#refuseFalse(CONTROL_LINE_EXCEEDED);
    const sizes = verb === VERB_HPUB ? 2 : 1;
    if (verb === VERB_HPUB && !handler.allowsHeaders) return this.#refuseFalse(HEADERS_NOT_SUPPORTED);
    if (count !== sizes + 1 && count !== sizes + 2) return this.#refuseFalse(BAD_ARGUMENTS);
    const starts = this.#starts;
    const ends = this.#ends;
    const last = count - 1;
    const total = parseSize(bytes, starts[last] as number, ends[last] as number);
    let header = 0;
    if (sizes === 2) {
      header = parseSize(bytes, starts[last - 1] as number, ends[last - 1] as number);
      if (header < 0 || header > total) return this.#refuseFalse(BAD_ARGUMENTS);
    }
    if (total < 0) return this.#refuseFalse(BAD_ARGUMENTS);
    if (total > handler.payloadMax) {
      // Compat: client.go, maxPayloadViolation: the log says by how much.
      handler.violation(PAYLOAD_EXCEEDED, `maximum payload exceeded: ${total} vs ${handler.payloadMax}`);
      return false;
    }
    const message = handler.message;
    message.subject = bytes;
    message.subjectStart = starts[0] as number;
    message.subjectEnd = ends[0] as number;
    message.reply = bytes;
    if (count === sizes + 2) {
      message.replyStart = starts[1] as number;
      message.replyEnd = ends[1] as number;
    } else {
      message.replyStart = 0;
      message.replyEnd = 0;
    }
    message.headerDigits = sizes === 2 ? (ends[last - 1] as number) - (starts[last - 1] as number) : 0;
    message.totalDigits = (ends[last] as number) - (starts[last] as number);
    this.#headerSize = header;
    this.#totalSize = total;
    handler.announced();
    return !this.#stopped;
  }

  /** Publishes when the payload is all there, else keeps what has come. Returns where to go on in `chunk`. */
  #payload(chunk: Uint8Array, at: number): number {
    const payloadEnd = at + this.#totalSize;
    if (payloadEnd + 2 > chunk.length) {
      this.#keepBody(chunk, at);
      return chunk.length;
    }
    if (chunk[payloadEnd] !== CR || chunk[payloadEnd + 1] !== LF) return this.#refuse(UNKNOWN_OPERATION, chunk.length);
    const message = this.#handler.message;
    message.body = chunk;
    message.headerStart = at;
    message.payloadStart = at + this.#headerSize;
    message.payloadEnd = payloadEnd;
    this.#handler.publish();
    return payloadEnd + 2;
  }

  #keepBody(chunk: Uint8Array, at: number): void {
    const message = this.#handler.message;
    // The arguments outlive their chunk: one copy holds subject and reply.
    if (message.subject !== this.#line) {
      const subjectLength = message.subjectEnd - message.subjectStart;
      const replyLength = message.replyEnd - message.replyStart;
      const line = this.#lineOf(subjectLength + replyLength);
      line.set(message.subject.subarray(message.subjectStart, message.subjectEnd), 0);
      line.set(message.reply.subarray(message.replyStart, message.replyEnd), subjectLength);
      message.subject = line;
      message.subjectStart = 0;
      message.subjectEnd = subjectLength;
      message.reply = line;
      message.replyStart = subjectLength;
      message.replyEnd = subjectLength + replyLength;
    }
    this.#bodyNeed = this.#totalSize + 2;
    this.#bodyLength = 0;
    // Never what was announced at once: only bytes that came make it grow.
    this.#body = new Uint8Array(Math.min(this.#bodyNeed, PAYLOAD_FIRST_ALLOCATION_BYTES));
    this.#appendBody(chunk, at, Math.min(chunk.length, at + this.#bodyNeed));
  }

  #appendBody(chunk: Uint8Array, from: number, to: number): void {
    const length = this.#bodyLength + to - from;
    if (length > this.#body.length) {
      const wider = new Uint8Array(Math.min(this.#bodyNeed, Math.max(length, this.#body.length * 2)));
      wider.set(this.#body.subarray(0, this.#bodyLength));
      this.#body = wider;
    }
    this.#body.set(chunk.subarray(from, to), this.#bodyLength);
    this.#bodyLength = length;
  }

  #continueBody(chunk: Uint8Array): number {
    const to = Math.min(chunk.length, this.#bodyNeed - this.#bodyLength);
    this.#appendBody(chunk, 0, to);
    if (this.#bodyLength < this.#bodyNeed) return to;
    const body = this.#body;
    this.#body = NO_BYTES;
    this.#bodyNeed = 0;
    this.#payload(body, 0);
    return to;
  }

  /** Keeps a line whose end has not come, after checking that it can still become one. */
  #keepLine(chunk: Uint8Array, start: number, end: number): void {
    const lineMax = this.#handler.controlLineMax + LONGEST_VERB + 1;
    let at = start;
    while (at < end) {
      const have = this.#lineLength;
      const length = Math.min(have + end - at, lineMax);
      if (length > this.#line.length) {
        const wider = new Uint8Array(Math.min(lineMax, Math.max(length, 2 * this.#line.length, LINE_BYTES_FIRST)));
        wider.set(this.#line.subarray(0, have));
        this.#line = wider;
      }
      this.#line.set(chunk.subarray(at, at + length - have), have);
      at += length - have;
      this.#lineLength = length;
      if (!this.#mayBecomeLine()) return;
    }
  }

  /** Refuses a kept line that nothing can make right any more. Drops from it what is of no importance. */
  #mayBecomeLine(): boolean {
    const line = this.#line;
    const handler = this.#handler;
    if (handler.awaitsConnect && lower(line[0] as number) !== 0x63 && !handler.admitSilent()) {
      return this.#refuseFalse(AUTHORIZATION_VIOLATION);
    }
    if (!mayBecomeVerb(line, this.#lineLength)) {
      handler.violation(UNKNOWN_OPERATION, unknownText(line, 0, this.#lineLength));
      return false;
    }
    // Before CONNECT every byte counts: nobody may keep a connection busy with white space.
    if (!handler.awaitsConnect) this.#lineLength = squeezed(line, this.#lineLength);
    if (this.#lineLength <= handler.controlLineMax + LONGEST_VERB) return true;
    return this.#refuseFalse(CONTROL_LINE_EXCEEDED);
  }

  #continueLine(chunk: Uint8Array, at: number): number {
    const lineEnd = chunk.indexOf(LF, at);
    if (lineEnd < 0) {
      this.#keepLine(chunk, at, chunk.length);
      return chunk.length;
    }
    this.#keepLine(chunk, at, lineEnd + 1);
    if (this.#stopped) return chunk.length;
    const length = this.#lineLength;
    this.#lineLength = 0;
    const next = this.#operation(this.#line, 0, length - 1, chunk, lineEnd + 1);
    // An idle connection keeps nothing of a long CONNECT.
    if (this.#bodyNeed === 0 && this.#line.length > LINE_BYTES_KEPT_MAX) this.#line = NO_BYTES;
    return next;
  }

  #lineOf(length: number): Uint8Array {
    if (this.#line.length < length) this.#line = new Uint8Array(Math.max(length, LINE_BYTES_FIRST));
    return this.#line;
  }

  #refuse(error: WireError, next: number): number {
    this.#handler.violation(error);
    return next;
  }

  #refuseFalse(error: WireError): false {
    this.#handler.violation(error);
    return false;
  }
}

/** Verb and the spaces around it: what a line may have beyond its arguments. */
const LONGEST_VERB = 16;
/** The type of the first record of TLS. */
const TLS_HANDSHAKE = 0x16;
/** Letters of a word that the log shows where it stands for no operation; a longer one is no word of a protocol. */
const UNKNOWN_WORD_MAX = 8;
/** Bytes set aside for the first line that is cut. */
const LINE_BYTES_FIRST = 128;
/** What was set aside for a longer one is not kept. */
const LINE_BYTES_KEPT_MAX = 512;

function findVerb(bytes: Uint8Array, start: number, lineEnd: number): number {
  for (let verb = 1; verb < VERBS.length; verb++) {
    const { text, needsSpace } = VERBS[verb] as { text: string; needsSpace: boolean };
    let same = 0;
    while (
      same < text.length &&
      start + same < lineEnd &&
      lower(bytes[start + same] as number) === text.charCodeAt(same)
    ) {
      same++;
    }
    if (same < text.length) continue;
    if (!needsSpace) return verb;
    const after = bytes[start + same];
    if (after === SPACE || after === TAB) return verb;
  }
  return VERB_UNKNOWN;
}

/** Whether a line that begins like this can still be understood. */
/** What came instead of an operation, for the log: what kind of client it is, and nothing that might be a secret. */
function unknownText(bytes: Uint8Array, start: number, end: number): string {
  const said = UNKNOWN_OPERATION.text as string;
  if (bytes[start] === TLS_HANDSHAKE) return `${said}: a TLS handshake`;
  let word = '';
  for (let at = start; at < end; at++) {
    const byte = bytes[at] as number;
    if (byte === SPACE || byte === CR) break;
    const letter = lower(byte);
    if (letter < 0x61 || letter > 0x7a || word.length === UNKNOWN_WORD_MAX) return said;
    word += String.fromCharCode(byte);
  }
  return word === '' ? said : `${said} "${word}"`;
}

function mayBecomeVerb(bytes: Uint8Array, length: number): boolean {
  for (let verb = 1; verb < VERBS.length; verb++) {
    const { text, needsSpace } = VERBS[verb] as { text: string; needsSpace: boolean };
    const compared = Math.min(text.length, length);
    let same = 0;
    while (same < compared && lower(bytes[same] as number) === text.charCodeAt(same)) same++;
    if (same < compared) continue;
    if (length <= text.length || !needsSpace) return true;
    const after = bytes[text.length];
    if (after === SPACE || after === TAB) return true;
  }
  return false;
}

/**
 * Shortens the beginning of a line by what has no meaning and no limit: all white space behind the verb but one, and whatever
 * follows PING, PONG and +OK up to the line's end. Returns the new length.
 */
function squeezed(line: Uint8Array, length: number): number {
  const verb = findVerb(line, 0, length);
  if (verb === VERB_UNKNOWN) return length;
  const verbEnd = (VERBS[verb] as { text: string }).text.length;
  if (verb === VERB_PING || verb === VERB_PONG || verb === VERB_OK) {
    if (line[length - 1] !== LF) return verbEnd;
    line[verbEnd] = LF;
    return verbEnd + 1;
  }
  const argumentsAt = skipSpace(line, verbEnd, length);
  if (argumentsAt <= verbEnd + 1) return length;
  line.copyWithin(verbEnd + 1, argumentsAt, length);
  return length - (argumentsAt - verbEnd - 1);
}

function skipSpace(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  while (at < to && (bytes[at] === SPACE || bytes[at] === TAB)) at++;
  return at;
}

/** The end of the arguments: a carriage return among them costs the last byte. */
function dropReturn(bytes: Uint8Array, from: number, lineEnd: number): number {
  if (lineEnd > from && bytes[lineEnd - 1] === CR) return lineEnd - 1;
  for (let i = from; i < lineEnd; i++) if (bytes[i] === CR) return lineEnd - 1;
  return lineEnd;
}
