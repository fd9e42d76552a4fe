// Reads a tar archive as it comes, file by file, each as a whole: what nats-server before 2.15 packed a stream into. Files
// only: whatever else an archive can hold is refused. What is wrong stays wrong.
// Format: POSIX pax, ustar headers.
//
//   archive  entry*  1024 zeros
//   entry    header (512): name 0..99 | size 124..135 (octal) | sum 148..155 (octal, of the header with spaces here)
//                          type 156 | "ustar" 257 | prefix of the name 345..499
//            content, filled up with zeros to 512
//   type     '0' or zero: a file | 'x': what the next header cannot say, as "length key=value\n"* | 'g': of all
import { utf8Text } from '../../base/bytes.ts';
import { type Parsed, parsed, refused } from '../../base/parsed.ts';

const BLOCK_BYTES = 512;
/** The largest file is a block of messages: 8 MiB, and one record more. */
const FILE_BYTES_MAX = 64 << 20;
const SUM_START = 148;
const SUM_END = 156;
/** Compat: Go archive/tar, ErrHeader. */
const INVALID = 'archive/tar: invalid tar header';
const UNEXPECTED = 'unexpected content';

export interface TarFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export class TarReader {
  #pieces: Uint8Array[] = [];
  #waiting = 0;
  #needed = BLOCK_BYTES;
  /** Said of the next file. */
  #name: string | null = null;
  #size: number | null = null;
  #isAtEnd = false;
  #error: string | null = null;

  push(bytes: Uint8Array): void {
    if (this.#isAtEnd) return;
    this.#pieces.push(bytes);
    this.#waiting += bytes.length;
  }

  get isAtEnd(): boolean {
    return this.#isAtEnd;
  }

  /** The next file, whose bytes are a view; null where more is needed, or nothing follows. */
  next(): Parsed<TarFile | null> {
    for (;;) {
      if (this.#error !== null) return refused(this.#error);
      if (this.#isAtEnd || this.#waiting < this.#needed) return parsed(null);
      const [first] = this.#pieces;
      const bytes = first !== undefined && this.#pieces.length === 1 ? first : Buffer.concat(this.#pieces);
      this.#pieces = [bytes];
      const entry = this.#read(bytes);
      if (!entry.ok) this.#error = entry.error;
      else if (entry.value !== null) return entry;
    }
  }

  /** Null where the entry is none of the files, or has not come whole. */
  #read(bytes: Uint8Array): Parsed<TarFile | null> {
    const header = bytes.subarray(0, BLOCK_BYTES);
    if (header.every((byte) => byte === 0)) {
      this.#isAtEnd = true;
      return parsed(null);
    }
    if (octal(header, SUM_START, SUM_END) !== sumOf(header)) return refused(INVALID);
    const type = String.fromCharCode(header[SUM_END] as number);
    const isFile = type === '0' || type === '\0';
    if (!isFile && type !== 'x' && type !== 'g') return refused(UNEXPECTED);
    const size = (isFile ? this.#size : null) ?? octal(header, 124, 136);
    if (size < 0) return refused(INVALID);
    if (size > FILE_BYTES_MAX) return refused('a file in it is too large');
    const end = BLOCK_BYTES + Math.ceil(size / BLOCK_BYTES) * BLOCK_BYTES;
    if (bytes.length < end) {
      this.#needed = end;
      return parsed(null);
    }
    const content = bytes.subarray(BLOCK_BYTES, BLOCK_BYTES + size);
    this.#pieces = [bytes.subarray(end)];
    this.#waiting = bytes.length - end;
    this.#needed = BLOCK_BYTES;
    if (type === 'g') return parsed(null);
    if (type === 'x') return this.#readRecords(content);
    const name = this.#name ?? nameOf(header);
    this.#name = null;
    this.#size = null;
    return parsed({ name, bytes: content });
  }

  #readRecords(content: Uint8Array): Parsed<null> {
    for (let at = 0; at < content.length; ) {
      const space = content.indexOf(0x20, at);
      const length = space < 0 ? 0 : Number(utf8Text(content, at, space));
      const end = at + length;
      if (!Number.isSafeInteger(length) || end <= space || end > content.length) return refused(INVALID);
      const [, key = '', value = ''] = /^([^=]*)=(.*)\n$/s.exec(utf8Text(content, space + 1, end)) ?? [];
      if (key === '') return refused(INVALID);
      if (key === 'path') this.#name = value;
      if (key === 'size') {
        if (!/^\d{1,15}$/.test(value)) return refused(INVALID);
        this.#size = Number(value);
      }
      at = end;
    }
    return parsed(null);
  }
}

function nameOf(header: Uint8Array): string {
  const prefix = textIn(header, 345, 500);
  const name = textIn(header, 0, 100);
  return prefix === '' ? name : `${prefix}/${name}`;
}

function textIn(header: Uint8Array, start: number, end: number): string {
  const zero = header.indexOf(0, start);
  return utf8Text(header, start, zero < 0 ? end : Math.min(zero, end));
}

/** -1 where it is none. */
function octal(header: Uint8Array, start: number, end: number): number {
  const text = textIn(header, start, end).trim();
  return /^[0-7]{1,12}$/.test(text) ? Number.parseInt(text, 8) : -1;
}

function sumOf(header: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < BLOCK_BYTES; i++) sum += i >= SUM_START && i < SUM_END ? 0x20 : (header[i] as number);
  return sum;
}
