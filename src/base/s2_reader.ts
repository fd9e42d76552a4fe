// Unpacks an S2 stream (or a Snappy one) as it comes, piece by piece, and checks every block's sum. It holds one block and
// what was given to it; the caller gives the next piece when it wants more. What is wrong stays wrong.
// Format: Snappy's framing_format.txt; s2/README.md of klauspost/compress for larger blocks.
//
//   stream  ff 06 00 00 "S2sTwO" or "sNaPpY"  chunk*
//   chunk   type  length (3 bytes, low first)  body;  type 0: sum (4) packed block | 1: sum (4) bytes as they are
//           2 .. 7f: nobody knows them, an error | 80 .. fe: to be passed over | ff: the stream's name again
import { type Parsed, parsed, refused } from './parsed.ts';
import { S2_BLOCK_BYTES_MAX, unpackS2Block } from './s2_block.ts';
import { maskedChecksum } from './snappy.ts';

const PACKED = 0x00;
const AS_IT_IS = 0x01;
const SKIPPABLE = 0x80;
const NAME = 0xff;
const NAMES = ['S2sTwO', 'sNaPpY'];
const HEAD_BYTES = 4;
const SUM_BYTES = 4;
/** A block that packing makes larger is sent as it is; a little more costs nothing. */
const BODY_BYTES_MAX = S2_BLOCK_BYTES_MAX + (S2_BLOCK_BYTES_MAX >> 3);

export class S2Reader {
  readonly #pieces: Uint8Array[] = [];
  /** Read of the first piece. */
  #passed = 0;
  #waiting = 0;
  /** Of a chunk that is passed over, what is still to come. */
  #skipping = 0;
  #hasName = false;
  #error: string | null = null;

  /** Takes the bytes as they are: they must not change. */
  push(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#pieces.push(bytes);
    this.#waiting += bytes.length;
  }

  /** Whether the stream may end here. */
  get isAtEnd(): boolean {
    return this.#hasName && this.#waiting === 0 && this.#skipping === 0;
  }

  /** The next block, unpacked; null where more is needed. */
  next(): Parsed<Uint8Array | null> {
    if (this.#error !== null) return refused(this.#error);
    const block = this.#next();
    if (!block.ok) this.#error = block.error;
    return block;
  }

  #next(): Parsed<Uint8Array | null> {
    for (;;) {
      this.#skip();
      if (this.#skipping > 0 || this.#waiting < HEAD_BYTES) return parsed(null);
      const head = this.#peek(HEAD_BYTES);
      const type = head[0] as number;
      const length = (head[1] as number) | ((head[2] as number) << 8) | ((head[3] as number) << 16);
      if (!this.#hasName && type !== NAME) return refused('s2: corrupt input');
      if (type >= SKIPPABLE && type !== NAME) {
        this.#skipping = HEAD_BYTES + length;
        continue;
      }
      if (type > AS_IT_IS && type < SKIPPABLE) return refused('s2: unsupported input');
      if (length > BODY_BYTES_MAX) return refused('s2: unsupported input');
      if (this.#waiting < HEAD_BYTES + length) return parsed(null);
      const chunk = this.#peek(HEAD_BYTES + length);
      this.#skipping = chunk.length;
      this.#skip();
      if (type === NAME) {
        if (!NAMES.includes(Buffer.from(chunk.subarray(HEAD_BYTES)).toString('latin1')))
          return refused('s2: corrupt input');
        this.#hasName = true;
        continue;
      }
      return blockOf(chunk, type);
    }
  }

  /** The next bytes in one piece; they stay where they are. */
  #peek(length: number): Uint8Array {
    const [first] = this.#pieces as [Uint8Array];
    if (first.length - this.#passed < length) {
      const joined = Buffer.concat(this.#taken(length));
      this.#pieces.unshift(joined);
      this.#passed = 0;
      return joined.subarray(0, length);
    }
    return first.subarray(this.#passed, this.#passed + length);
  }

  /** As many pieces as hold so many bytes, out of the queue. */
  #taken(length: number): Uint8Array[] {
    let count = 0;
    for (let bytes = -this.#passed; bytes < length; count++) bytes += (this.#pieces[count] as Uint8Array).length;
    const taken = this.#pieces.splice(0, count);
    taken[0] = (taken[0] as Uint8Array).subarray(this.#passed);
    return taken;
  }

  #skip(): void {
    while (this.#skipping > 0 && this.#waiting > 0) {
      const left = (this.#pieces[0] as Uint8Array).length - this.#passed;
      const step = Math.min(left, this.#skipping);
      this.#skipping -= step;
      this.#waiting -= step;
      this.#passed += step;
      if (step < left) continue;
      this.#pieces.shift();
      this.#passed = 0;
    }
  }
}

function blockOf(chunk: Uint8Array, type: number): Parsed<Uint8Array> {
  const start = HEAD_BYTES + SUM_BYTES;
  if (chunk.length < start) return refused('s2: corrupt input');
  if (type === AS_IT_IS && chunk.length - start > S2_BLOCK_BYTES_MAX) return refused('s2: unsupported input');
  const block = type === PACKED ? unpackS2Block(chunk, start, chunk.length) : parsed(chunk.slice(start));
  if (!block.ok) return block;
  const sum = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength).getUint32(HEAD_BYTES, true);
  return sum === maskedChecksum(block.value) ? block : refused('s2: corrupt input, crc mismatch');
}
