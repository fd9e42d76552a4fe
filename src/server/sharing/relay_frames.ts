// Messages on their way into another account: a message of our own for each account that is entered, because the one that
// came belongs to somebody else. Relays call each other (a service may be served by a service), so frames are a stack; they
// are used again, so that relaying makes no objects.
import { copyBytes } from '../../base/bytes.ts';
import { Message, UNCHANGING_MEMORY } from '../../ports/message.ts';
import { SubjectBuffer } from '../../subject/subject_buffer.ts';
import { REFERENCE_BYTES_MIN } from '../outbound.ts';

/** How many accounts a message may enter one behind the other. Circles end earlier: an export is used once. */
export const RELAY_DEPTH_MAX = 64;

export class RelayFrame {
  readonly message = new Message();
  readonly subject = new SubjectBuffer();
  readonly reply = new SubjectBuffer();
  #scratch: Uint8Array | null = null;

  /** The message becomes that of `from`, but for its subject, its reply and how it came. */
  takeBody(from: Message): void {
    const { message } = this;
    message.body = from.body;
    message.memory = from.memory;
    message.headerStart = from.headerStart;
    message.payloadStart = from.payloadStart;
    message.payloadEnd = from.payloadEnd;
    message.headerDigits = from.headerDigits;
    message.totalDigits = from.totalDigits;
    message.client = from.client;
  }

  /**
   * Room for a body of that size, which becomes the message's: memory that the next message uses too where receivers copy
   * what they get, its own where they refer to it.
   */
  newBody(bytes: number): Uint8Array {
    const { message } = this;
    const isLarge = bytes > REFERENCE_BYTES_MIN;
    this.#scratch ??= new Uint8Array(REFERENCE_BYTES_MIN);
    message.body = isLarge ? new Uint8Array(bytes) : this.#scratch;
    message.memory = isLarge ? UNCHANGING_MEMORY : null;
    return message.body;
  }

  /** Has the subject that `matched` is the match of: shown as it is, or behind what is shown in its place. */
  setSubject(from: Message, matched: SubjectBuffer, shown: Uint8Array, start: number, end: number): void {
    const { message } = this;
    if (from.target === null) {
      message.target = null;
      message.subject = matched.bytes;
      message.subjectStart = 0;
      message.subjectEnd = matched.length;
      return;
    }
    message.subject = shown;
    message.subjectStart = start;
    message.subjectEnd = end;
    message.target = matched.bytes;
    message.targetStart = 0;
    message.targetEnd = matched.length;
  }

  setReply(bytes: Uint8Array, start: number, end: number): void {
    const { message } = this;
    message.reply = bytes;
    message.replyStart = start;
    message.replyEnd = end;
  }
}

export class RelayFrames {
  readonly #frames: RelayFrame[] = [];
  #depth = 0;

  /** Null when a message has come through too many accounts. Who gets one gives it back with leave(). */
  enter(): RelayFrame | null {
    if (this.#depth === RELAY_DEPTH_MAX) return null;
    let frame = this.#frames[this.#depth];
    if (frame === undefined) {
      frame = new RelayFrame();
      this.#frames.push(frame);
    }
    this.#depth++;
    return frame;
  }

  leave(): void {
    this.#depth--;
  }
}

/** Whether the range begins so. */
export function startsWith(bytes: Uint8Array, start: number, end: number, prefix: Uint8Array): boolean {
  if (end - start < prefix.length) return false;
  for (let i = 0; i < prefix.length; i++) if (bytes[start + i] !== prefix[i]) return false;
  return true;
}

/** Puts one range behind another; returns where the next one goes. */
export function append(to: Uint8Array, at: number, from: Uint8Array, start: number, end: number): number {
  copyBytes(from, start, end, to, at);
  return at + end - start;
}
