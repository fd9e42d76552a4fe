// Reads an unpacked archive as its blocks come, entry by entry; the layout is in archive_writer.ts. It holds one entry at
// most, whose size it judges before it waits for its bytes. What is wrong stays wrong.
// Compat: nats-server 2.15, server/archive/archive.go, whose refusals these are.
import { ByteError } from '../../base/byte_error.ts';
import { ByteReader } from '../../base/byte_reader.ts';
import { utf8Text } from '../../base/bytes.ts';
import { type Parsed, parsed, refused } from '../../base/parsed.ts';
import { ARCHIVE_MAGIC } from './archive_writer.ts';

/** An entry that is no message: a consumer with everything that it has pending is the largest. */
const DOCUMENT_BYTES_MAX = 64 << 20;
/** A record has two bytes for the length of a subject. */
const NAME_BYTES_MAX = 0xffff;
const INVALID = 'archive: invalid archive stream';

export interface ArchiveEntry {
  readonly name: string;
  /** The name as it stands there. */
  readonly nameBytes: Uint8Array;
  /** Unix nanoseconds. */
  readonly timeNs: bigint;
  /** 0 for what is no message. */
  readonly sequence: number;
  readonly headerBytes: number;
  /** Header and payload. */
  readonly body: Uint8Array;
}

export class ArchiveReader {
  /** What header and payload of a message may have together. */
  readonly #messageBytesMax: number;
  #pieces: Uint8Array[] = [];
  #waiting = 0;
  /** With fewer bytes there is no next entry. */
  #needed = ARCHIVE_MAGIC.length;
  #hasMagic = false;
  #error: string | null = null;

  constructor(messageBytesMax: number) {
    this.#messageBytesMax = messageBytesMax;
  }

  /** Takes the block as it is: it must not change. */
  push(block: Uint8Array): void {
    this.#pieces.push(block);
    this.#waiting += block.length;
  }

  /** The next entry, whose bytes are views; null where more is needed. */
  next(): Parsed<ArchiveEntry | null> {
    if (this.#error !== null) return refused(this.#error);
    if (this.#waiting < this.#needed) return parsed(null);
    const bytes = this.#joined();
    if (!this.#hasMagic) {
      if (utf8Text(bytes, 0, ARCHIVE_MAGIC.length) !== ARCHIVE_MAGIC) return this.#fail(INVALID);
      this.#hasMagic = true;
      this.#take(bytes, ARCHIVE_MAGIC.length);
      return this.next();
    }
    const from = new ByteReader(bytes);
    try {
      return this.#read(bytes, from);
    } catch (error) {
      if (!(error instanceof ByteError)) throw error;
      if (error.kind !== 'overrun') return this.#fail(INVALID);
      // Heads are short, and longer than this is none: the few bytes that are missing come with the next block.
      this.#needed = bytes.length + 1;
      return parsed(null);
    }
  }

  #read(bytes: Uint8Array, from: ByteReader): Parsed<ArchiveEntry | null> {
    const nameBytes = from.uvarint();
    const timeNs = from.varintBig();
    const sequence = from.uvarint();
    const headerBytes = from.uvarint();
    const bodyBytes = headerBytes + from.uvarint();
    if (nameBytes > NAME_BYTES_MAX || timeNs >= 1n << 63n || timeNs < -(1n << 63n)) return this.#fail(INVALID);
    if (sequence > 0 && bodyBytes > this.#messageBytesMax) {
      return this.#fail(`message sequence ${sequence} exceeds maximum payload size`);
    }
    if (bodyBytes > DOCUMENT_BYTES_MAX && sequence === 0) return this.#fail(INVALID);
    const end = from.position + nameBytes + bodyBytes;
    if (bytes.length < end) {
      this.#needed = end;
      return parsed(null);
    }
    const name = from.bytes(nameBytes);
    const body = from.bytes(bodyBytes);
    this.#take(bytes, end);
    return parsed({ name: utf8Text(name, 0, name.length), nameBytes: name, timeNs, sequence, headerBytes, body });
  }

  #fail(error: string): Parsed<never> {
    this.#error = error;
    return refused(error);
  }

  #joined(): Uint8Array {
    const [first] = this.#pieces;
    const bytes = first !== undefined && this.#pieces.length === 1 ? first : Buffer.concat(this.#pieces);
    this.#pieces = [bytes];
    return bytes;
  }

  #take(bytes: Uint8Array, end: number): void {
    this.#pieces = end === bytes.length ? [] : [bytes.subarray(end)];
    this.#waiting = bytes.length - end;
    this.#needed = 1;
  }
}
