// The way out of one connection: frames are appended during a run and leave together when the turn ends, or earlier
// when a good write has come together. Small payloads are copied next to their head, large ones are referenced where
// their memory can be held until they have left.
// Counts what waits; its owner decides who is slow. Never reads.
import { copyBytes, writeDecimal, writeDigits } from '../base/bytes.ts';
import type { BodyMemory, Message } from '../ports/message.ts';
import type { Socket } from '../ports/network.ts';
import { SLAB_BYTES_LARGE, SLAB_BYTES_SMALL, type SlabPool } from './slab_pool.ts';

/** Payloads from this size on leave by reference instead of by copy, where their memory can be held so long. */
export const REFERENCE_BYTES_MIN = 16 * 1024;
/** Bytes that are worth a write before the turn ends. */
export const EARLY_FLUSH_BYTES = 256 * 1024;
/** Room for everything of a frame that is not subject, sid, reply or payload. */
const FRAME_EXTRA_BYTES = 40;

const CR = 13;
const LF = 10;
const SPACE = 32;

/** With as many digits as its publisher wrote, 0 for as many as needed. Compat: client.go, msgHeader. */
function writeSize(value: number, digits: number, to: Uint8Array, at: number): number {
  if (digits === 0) return writeDecimal(value, to, at);
  writeDigits(value, to, at, digits);
  return at + digits;
}

export class Outbound {
  readonly #socket: Socket;
  readonly #pool: SlabPool;
  #slab: Uint8Array | null = null;
  /** Where the slab's unsent part starts and where the next byte goes. */
  #from = 0;
  #to = 0;
  /** What leaves with the next flush, before the slab's unsent part. */
  #pieces: Uint8Array[] = [];
  #piecesBytes = 0;
  /** The last flush was more than a small slab holds: the next one begins with a large one. */
  #isBusy = false;
  /** Slabs whose bytes the socket may still read. */
  #lent: Uint8Array[] = [];
  /** Slabs filled since the last flush. */
  #filled: Uint8Array[] = [];
  /** Memory that pieces refer to: of those the socket may still read, and of those since the last flush. */
  #heldLent: BodyMemory[] = [];
  #held: BodyMemory[] = [];

  constructor(socket: Socket, pool: SlabPool) {
    this.#socket = socket;
    this.#pool = pool;
  }

  /** Bytes appended and not yet taken by the kernel. */
  get pendingBytes(): number {
    return this.#piecesBytes + this.#to - this.#from + this.#socket.pendingBytes;
  }

  /** Bytes appended since the last flush. */
  get unflushedBytes(): number {
    return this.#piecesBytes + this.#to - this.#from;
  }

  /** Appends text or a ready frame, copied. */
  bytes(frame: Uint8Array): void {
    if (frame.length > SLAB_BYTES_LARGE) {
      this.#reference(frame, null);
      return;
    }
    const slab = this.#reserve(frame.length);
    slab.set(frame, this.#to);
    this.#to += frame.length;
  }

  /**
   * Appends MSG or HMSG. Where the receiver knows no headers they are left out, and a plain MSG goes.
   * `subject` is what the receiver sees.
   */
  message(
    message: Message,
    subject: Uint8Array,
    subjectStart: number,
    subjectEnd: number,
    sid: Uint8Array,
    headers: boolean,
  ): void {
    const headerBytes = message.payloadStart - message.headerStart;
    const asHeaders = headers && headerBytes > 0;
    const bodyStart = asHeaders ? message.headerStart : message.payloadStart;
    const bodyBytes = message.payloadEnd - bodyStart;
    const { memory } = message;
    const isInline = memory === null || bodyBytes < REFERENCE_BYTES_MIN;
    const replyBytes = message.replyEnd - message.replyStart;
    const headBytes = subjectEnd - subjectStart + sid.length + replyBytes + FRAME_EXTRA_BYTES;
    const slab = this.#reserve(isInline ? headBytes + bodyBytes : headBytes);
    let at = this.#to;
    if (asHeaders) slab[at++] = 72; // H
    slab[at] = 77; // M
    slab[at + 1] = 83; // S
    slab[at + 2] = 71; // G
    slab[at + 3] = SPACE;
    at += 4;
    copyBytes(subject, subjectStart, subjectEnd, slab, at);
    at += subjectEnd - subjectStart;
    slab[at++] = SPACE;
    for (let i = 0; i < sid.length; i++) slab[at++] = sid[i] as number;
    slab[at++] = SPACE;
    if (replyBytes > 0) {
      copyBytes(message.reply, message.replyStart, message.replyEnd, slab, at);
      at += replyBytes;
      slab[at++] = SPACE;
    }
    if (asHeaders) {
      at = writeSize(headerBytes, message.headerDigits, slab, at);
      slab[at++] = SPACE;
    }
    // Without its headers the message has a size that nobody wrote.
    at = writeSize(bodyBytes, bodyStart === message.headerStart ? message.totalDigits : 0, slab, at);
    slab[at] = CR;
    slab[at + 1] = LF;
    at += 2;
    if (isInline) {
      copyBytes(message.body, bodyStart, message.payloadEnd, slab, at);
      at += bodyBytes;
      slab[at] = CR;
      slab[at + 1] = LF;
      this.#to = at + 2;
      return;
    }
    this.#to = at;
    this.#reference(message.body.subarray(bodyStart, message.payloadEnd), memory);
    const tail = this.#reserve(2);
    tail[this.#to] = CR;
    tail[this.#to + 1] = LF;
    this.#to += 2;
  }

  /** Hands everything appended to the socket. */
  flush(): void {
    this.#cut();
    if (this.#pieces.length === 0) return;
    this.#socket.write(this.#pieces, this.#pieces.length);
    this.#isBusy = this.#piecesBytes > SLAB_BYTES_SMALL;
    this.#pieces = [];
    this.#piecesBytes = 0;
    for (const slab of this.#filled) this.#lent.push(slab);
    this.#filled.length = 0;
    for (const memory of this.#held) this.#heldLent.push(memory);
    this.#held.length = 0;
    // The rest of the slab is used on while the socket reads its front; nearly full ones are given up.
    if (this.#slab !== null && this.#slab.length - this.#to < this.#slab.length / 4) {
      this.#lent.push(this.#slab);
      this.#slab = null;
    }
  }

  /** The socket has let go of all it was given: the slabs are free again. */
  written(): void {
    for (const slab of this.#lent) this.#pool.give(slab);
    this.#lent.length = 0;
    for (const memory of this.#heldLent) memory.release();
    this.#heldLent.length = 0;
    if (this.#slab !== null && this.#pieces.length === 0) {
      if (this.#to === this.#from) {
        this.#pool.give(this.#slab);
        this.#slab = null;
      }
    }
  }

  /** The connection is over: nothing leaves any more. What the socket may still read is not used again. */
  abandon(): void {
    this.#pieces = [];
    this.#piecesBytes = 0;
    this.#slab = null;
    this.#from = 0;
    this.#to = 0;
    this.#lent.length = 0;
    this.#filled.length = 0;
    this.#heldLent.length = 0;
    this.#held.length = 0;
  }

  /** A slab with at least `bytes` of room at #to. */
  #reserve(bytes: number): Uint8Array {
    const slab = this.#slab;
    if (slab !== null && this.#to + bytes <= slab.length) return slab;
    this.#cut();
    if (slab !== null) this.#filled.push(slab);
    const isLarge = this.#isBusy || slab !== null || bytes > SLAB_BYTES_SMALL;
    const next = bytes <= SLAB_BYTES_LARGE ? this.#pool.take(isLarge) : new Uint8Array(bytes);
    this.#slab = next;
    this.#from = 0;
    this.#to = 0;
    return next;
  }

  #reference(piece: Uint8Array, memory: BodyMemory | null): void {
    if (memory !== null && this.#held.at(-1) !== memory) {
      memory.hold();
      this.#held.push(memory);
    }
    this.#cut();
    this.#pieces.push(piece);
    this.#piecesBytes += piece.length;
  }

  /** Turns the slab's unsent part into a piece. */
  #cut(): void {
    if (this.#slab === null || this.#to === this.#from) return;
    this.#pieces.push(this.#slab.subarray(this.#from, this.#to));
    this.#piecesBytes += this.#to - this.#from;
    this.#from = this.#to;
  }
}
