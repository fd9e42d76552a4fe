// Walks the records of a block file from front to back in bounded memory: two borrowed windows, one being read while the
// other is looked at. What the end of a window cuts moves in front of the next one; what is larger than that is read by
// itself. It finds records by their lengths and judges nothing else: block_recover.ts does.
//
//   window   | room for what was cut | the next part of the file |
//            `- HEAD_BYTES ----------'
import type { DiskFile } from '../../ports/disk.ts';
import type { Window } from './read_cache.ts';
import { RECORD_BYTES_MAX, RECORD_BYTES_MIN, recordLength } from './record.ts';
import { settled } from './stream_log.ts';

const HEAD_BYTES = 64 * 1024;

interface Part {
  readonly window: Window;
  readonly position: number;
  readonly length: number;
  readonly count: Promise<number>;
}

export class RecordScanner {
  /** Where the caller may look: bytes[at..end) are the file's from `offset` on. */
  bytes: Uint8Array = new Uint8Array(0);
  view: DataView = new DataView(this.bytes.buffer);
  at = 0;
  end = 0;
  offset = 0;

  readonly #file: DiskFile;
  /** Bytes of the file; fewer than was thought when it turns out shorter. */
  #size: number;
  readonly #windows: readonly [Window, Window];
  #turn = 0;
  #ahead: Part | null = null;
  /** Where the next part begins in the file. */
  #position: number;

  constructor(file: DiskFile, size: number, windows: readonly [Window, Window], position = 0) {
    this.#file = file;
    this.#size = size;
    this.#windows = windows;
    this.#position = position;
    this.offset = position;
  }

  get isAtEnd(): boolean {
    return this.offset >= this.#size;
  }

  /** Moves past a record of `length` bytes. */
  skip(length: number): void {
    this.at += length;
    this.offset += length;
  }

  /** Makes the record at `offset` lie whole in bytes[at..end), or at least its head; false at the end of the file. */
  async fill(): Promise<boolean> {
    if (this.offset >= this.#size) return false;
    const cut = this.end - this.at;
    const wanted = cut >= RECORD_BYTES_MIN ? recordLength(this.view, this.at) : RECORD_BYTES_MIN;
    const isPlausible = wanted <= RECORD_BYTES_MAX && this.offset + wanted <= this.#size;
    if (cut > HEAD_BYTES || (isPlausible && wanted > HEAD_BYTES)) {
      await this.#readLarge(isPlausible ? wanted : Math.min(cut, this.#size - this.offset));
      return true;
    }
    await this.#nextPart(cut);
    return true;
  }

  /** Whether the record here is whole as far as its length can be believed. */
  hasWhole(): boolean {
    const available = this.end - this.at;
    if (available < RECORD_BYTES_MIN) return this.offset + available >= this.#size;
    const length = recordLength(this.view, this.at);
    return length <= available || length > RECORD_BYTES_MAX || this.offset + length > this.#size;
  }

  /** Continues at another offset, as after a stretch that nobody can read. */
  async jump(offset: number): Promise<void> {
    await this.#drop();
    this.offset = offset;
    this.#position = offset;
    this.at = 0;
    this.end = 0;
  }

  async close(): Promise<void> {
    await this.#drop();
  }

  async #nextPart(cut: number): Promise<void> {
    const part = this.#ahead ?? this.#read();
    this.#ahead = null;
    const count = await part.count;
    const { window } = part;
    if (count < part.length) this.#size = part.position + count;
    const dataStart = window.start + HEAD_BYTES;
    // Both windows are views of one memory, or the cut bytes are a large record's: set() copies from either.
    window.bytes.set(this.bytes.subarray(this.at, this.at + cut), dataStart - cut);
    this.bytes = window.bytes;
    this.view = window.view;
    this.at = dataStart - cut;
    this.end = dataStart + count;
    if (this.#position < this.#size) this.#ahead = this.#read();
  }

  #read(): Part {
    const window = this.#windows[this.#turn]!;
    this.#turn = 1 - this.#turn;
    const length = Math.min(window.capacity - HEAD_BYTES, this.#size - this.#position);
    const into = window.bytes.subarray(window.start + HEAD_BYTES, window.start + HEAD_BYTES + length);
    const position = this.#position;
    this.#position += length;
    return { window, position, length, count: readFully(this.#file, into, position) };
  }

  /** A record too large for a window, in memory of its own. */
  async #readLarge(length: number): Promise<void> {
    await this.#drop();
    const bytes = new Uint8Array(length);
    const count = await readFully(this.#file, bytes, this.offset);
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer);
    this.at = 0;
    this.end = count;
    this.#position = this.offset + length;
  }

  async #drop(): Promise<void> {
    if (this.#ahead !== null) await this.#ahead.count.catch(() => 0);
    this.#ahead = null;
  }
}

export async function readFully(file: DiskFile, into: Uint8Array, position: number): Promise<number> {
  let read = 0;
  await settled((done) => {
    file.read(into, position, (error, count) => {
      read = count;
      done(error);
    });
  });
  return read;
}
