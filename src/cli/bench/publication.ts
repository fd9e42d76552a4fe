// What a publisher sends: subject, headers and payload with what changes from message to message (the number in the
// subject, the reply, headers of one message), as bytes of the protocol. Called by the clients that publish.
import { Prng } from '../../base/prng.ts';
import type { LineWriter } from './line_writer.ts';

export interface PublicationSpec {
  readonly subject: string;
  /** A number behind the subject. */
  readonly isMulti: boolean;
  /** Numbers begin again behind so many; 0 for never. */
  readonly multiMax: number;
  readonly isRandom: boolean;
  /** `Name: value` lines, each with its line end; empty for none. */
  readonly headers: string;
  readonly payload: Uint8Array;
}

/** A reply subject with a number in it. */
export interface NumberedReply {
  readonly before: string;
  readonly after: string;
}

const VERSION_LINE = 'NATS/1.0\r\n';
const DIGIT_0 = 48;
const DIGITS_MAX = 16;

export class Publication {
  readonly spec: PublicationSpec;
  readonly #random: Prng;
  /** Digits of the number; 0 where there are as many as it needs. */
  readonly #digits: number;
  /** What is the same in all messages with numbers in this reply, before the number and behind it. */
  #numbered: NumberedReply | null;
  #before: Uint8Array;
  #behind: Uint8Array;

  constructor(spec: PublicationSpec, seed: number) {
    this.spec = spec;
    this.#random = new Prng(seed);
    this.#digits = spec.isMulti && spec.multiMax > 0 ? String(spec.multiMax).length : 0;
    this.#numbered = null;
    this.#before = new Uint8Array(0);
    this.#behind = new Uint8Array(0);
  }

  /** The number in the subject of the message that has this number in the measurement. */
  numberOf(number: number): number {
    const { multiMax, isRandom } = this.spec;
    if (multiMax === 0) return number;
    return isRandom ? this.#random.below(multiMax) : number % multiMax;
  }

  subjectOf(number: number): string {
    if (!this.spec.isMulti) return this.spec.subject;
    return `${this.spec.subject}.${String(this.numberOf(number)).padStart(this.#digits, '0')}`;
  }

  /** One message. `reply` is empty where nobody answers; `headers` are this one's, as in the spec. */
  write(writer: LineWriter, number: number, { reply = '', headers = '' } = {}): void {
    const { payload } = this.spec;
    const all = this.spec.headers + headers;
    const to = reply === '' ? this.subjectOf(number) : `${this.subjectOf(number)} ${reply}`;
    if (all === '') writer.text(`PUB ${to} ${payload.length}\r\n`);
    else {
      const block = `${VERSION_LINE}${all}\r\n`;
      const bytes = Buffer.byteLength(block);
      writer.text(`HPUB ${to} ${bytes} ${bytes + payload.length}\r\n${block}`);
    }
    writer.payload(payload);
  }

  /** The same with a number in the reply: quick where nothing else changes. */
  writeNumbered(
    writer: LineWriter,
    number: number,
    { reply, replyNumber, headers }: { reply: NumberedReply; replyNumber: number; headers: string },
  ): void {
    if (this.spec.isMulti || headers !== '') {
      this.write(writer, number, { reply: `${reply.before}${replyNumber}${reply.after}`, headers });
      return;
    }
    if (this.#numbered !== reply) this.#prepare(reply);
    const before = this.#before;
    const behind = this.#behind;
    const buffer = writer.room(before.length + DIGITS_MAX + behind.length);
    const width = digitsOf(replyNumber);
    const at = writer.at + before.length;
    buffer.set(before, writer.at);
    writeDigits(buffer, at, { number: replyNumber, width });
    buffer.set(behind, at + width);
    writer.advance(at + width + behind.length);
  }

  #prepare(reply: NumberedReply): void {
    const { subject, headers, payload } = this.spec;
    const block = headers === '' ? '' : `${VERSION_LINE}${headers}\r\n`;
    const size = Buffer.byteLength(block);
    const sizes = block === '' ? `${payload.length}` : `${size} ${size + payload.length}`;
    this.#numbered = reply;
    this.#before = Buffer.from(`${block === '' ? 'PUB' : 'HPUB'} ${subject} ${reply.before}`);
    const behind = Buffer.from(`${reply.after} ${sizes}\r\n${block}`);
    this.#behind = Buffer.concat([behind, payload, Buffer.from('\r\n')]);
  }

  /** How many digits that number has. */
  widthOf(number: number): number {
    if (!this.spec.isMulti) return 0;
    return this.#digits > 0 ? this.#digits : String(number).length;
  }

  /** One message with room for a number of `width` digits, and where they are in it. */
  pattern(width: number): { readonly bytes: Uint8Array; readonly digitsAt: number } {
    const { subject, headers, payload } = this.spec;
    const block = headers === '' ? '' : `${VERSION_LINE}${headers}\r\n`;
    const size = Buffer.byteLength(block);
    const start = `${block === '' ? 'PUB' : 'HPUB'} ${subject}${width > 0 ? '.' : ''}`;
    const sizes = block === '' ? `${payload.length}` : `${size} ${size + payload.length}`;
    const head = Buffer.from(`${start}${'0'.repeat(width)} ${sizes}\r\n${block}`);
    const bytes = Buffer.concat([head, payload, Buffer.from('\r\n')]);
    return { bytes: new Uint8Array(bytes), digitsAt: Buffer.byteLength(start) };
  }
}

function digitsOf(number: number): number {
  let width = 1;
  for (let limit = 10; number >= limit; limit *= 10) width++;
  return width;
}

/** Writes a number in `width` digits. */
export function writeDigits(bytes: Uint8Array, at: number, { number, width }: { number: number; width: number }): void {
  let rest = number;
  for (let i = at + width - 1; i >= at; i--) {
    const next = Math.floor(rest / 10);
    bytes[i] = DIGIT_0 + rest - next * 10;
    rest = next;
  }
}
