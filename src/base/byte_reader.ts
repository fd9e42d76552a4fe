// A cursor over bytes that reads numbers, little endian and varints as Go's encoding/binary writes them, and never past
// the end: it throws ByteError. For files, snapshots and cluster messages; hot paths read their offsets themselves.
import { ByteError } from './byte_error.ts';
import { utf8Text } from './bytes.ts';

const TWO_32 = 4_294_967_296;
/** A varint of 64 bits has at most this many bytes, the last of which is 0 or 1. */
const VARINT_BYTES_MAX = 10;

export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #end: number;
  #position: number;

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#position = start;
    this.#end = end;
  }

  get position(): number {
    return this.#position;
  }

  get remaining(): number {
    return this.#end - this.#position;
  }

  u8(): number {
    return this.#bytes[this.#advance(1)] as number;
  }

  u16(): number {
    return this.#view.getUint16(this.#advance(2), true);
  }

  u32(): number {
    return this.#view.getUint32(this.#advance(4), true);
  }

  /** 64 bits as a number: throws when it is beyond 2^53 - 1. */
  u64(): number {
    const at = this.#advance(8);
    const high = this.#view.getUint32(at + 4, true);
    if (high > 0x1fffff) throw new ByteError('range', at, 'A number beyond 2^53');
    return high * TWO_32 + this.#view.getUint32(at, true);
  }

  u64Big(): bigint {
    return this.#view.getBigUint64(this.#advance(8), true);
  }

  i64Big(): bigint {
    return this.#view.getBigInt64(this.#advance(8), true);
  }

  /** An unsigned varint as a number: throws when it is beyond 2^53 - 1. */
  uvarint(): number {
    const start = this.#position;
    let value = 0;
    let scale = 1;
    for (let i = 0; i < VARINT_BYTES_MAX; i++) {
      const byte = this.u8();
      value += (byte & 0x7f) * scale;
      if (value > Number.MAX_SAFE_INTEGER) break;
      if (byte < 0x80) return value;
      scale *= 128;
    }
    throw new ByteError('range', start, 'A number beyond 2^53');
  }

  uvarintBig(): bigint {
    const start = this.#position;
    let value = 0n;
    for (let i = 0; i < VARINT_BYTES_MAX; i++) {
      const byte = this.u8();
      value |= BigInt(byte & 0x7f) << BigInt(7 * i);
      if (byte < 0x80) {
        if (value >= 1n << 64n) break;
        return value;
      }
    }
    throw new ByteError('range', start, 'A number beyond 64 bits');
  }

  /** A signed (zig-zag) varint as a number: throws when it is beyond 2^53 - 1 either way. */
  varint(): number {
    const start = this.#position;
    const value = Number(this.varintBig());
    if (!Number.isSafeInteger(value)) throw new ByteError('range', start, 'A number beyond 2^53');
    return value;
  }

  varintBig(): bigint {
    const value = this.uvarintBig();
    return (value & 1n) === 0n ? value >> 1n : ~(value >> 1n);
  }

  /** A view of the next bytes, which share memory with what is read. */
  bytes(length: number): Uint8Array {
    const at = this.#advance(length);
    return this.#bytes.subarray(at, at + length);
  }

  text(length: number): string {
    const at = this.#advance(length);
    return utf8Text(this.#bytes, at, at + length);
  }

  skip(length: number): void {
    this.#advance(length);
  }

  /** Where `length` bytes begin, after stepping over them. */
  #advance(length: number): number {
    const at = this.#position;
    if (length < 0 || length > this.#end - at) throw new ByteError('overrun', at, `The end before ${length} bytes`);
    this.#position = at + length;
    return at;
  }
}
