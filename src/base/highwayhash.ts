// The door to the HighwayHash-64 kernel: the checksum of records, index and metadata files. A HighwayHash works in a
// memory that its caller provides, so that a record is encoded, hashed and checked where it lies. It keeps no state,
// allocates nothing per call, and an address outside the memory throws a RangeError of the engine: a bug of the caller.
// The store calls it for records and files; highwayHash64 is for whoever has plain bytes.
import { HIGHWAYHASH_WASM } from '../kernels/highwayhash_wasm.ts';

export const HIGHWAYHASH_KEY_BYTES = 32;
export const HIGHWAYHASH_DIGEST_BYTES = 8;

interface Kernel {
  hash(keyPointer: number, pointer: number, length: number, outPointer: number): void;
  hashRecord(keyPointer: number, recordPointer: number, recordLength: number): void;
  checkRecord(keyPointer: number, recordPointer: number, recordLength: number): number;
  start(keyPointer: number, statePointer: number): void;
  append(statePointer: number, pointer: number, length: number): void;
  finish(statePointer: number, pointer: number, length: number, outPointer: number): void;
}

// Compiled once, when this file is imported: half a millisecond, and instances of one module are cheap (0.1 ms).
const MODULE = new WebAssembly.Module(Uint8Array.from(atob(HIGHWAYHASH_WASM), (char) => char.charCodeAt(0)));

/** All pointers are offsets in the memory; a key has 32 bytes, a digest 8 (little endian). */
export class HighwayHash {
  readonly memory: WebAssembly.Memory;
  readonly #kernel: Kernel;

  constructor(memory: WebAssembly.Memory, kernel: Kernel) {
    this.memory = memory;
    this.#kernel = kernel;
  }

  /** Writes the digest of `length` bytes to `outPointer`. */
  hash(keyPointer: number, pointer: number, length: number, outPointer: number): void {
    this.#kernel.hash(keyPointer, pointer, length, outPointer);
  }

  /**
   * Writes the digest of a message record into its last eight bytes. The record must be complete but for those: length
   * with the header flag, sequence, time, subject length, subject, headers, payload (the layout is store/file/record).
   */
  hashRecord(keyPointer: number, recordPointer: number, recordLength: number): void {
    this.#kernel.hashRecord(keyPointer, recordPointer, recordLength);
  }

  /**
   * Whether the last eight bytes are the digest of the rest. Trusts nothing inside the record: lengths that do not fit
   * are false too. The length field itself is not hashed: that it says `recordLength` is for the caller to know.
   */
  checkRecord(keyPointer: number, recordPointer: number, recordLength: number): boolean {
    return this.#kernel.checkRecord(keyPointer, recordPointer, recordLength) !== 0;
  }
}

/**
 * A hash that works in `memory`, of at least one page and any size (best of a fixed one: growing it detaches every view).
 * Each memory reserves some 10 GB of address space, so give one to a server or a stream, never to a record or a file.
 */
export function createHighwayHash(memory: WebAssembly.Memory): HighwayHash {
  return new HighwayHash(memory, instantiate(memory));
}

function instantiate(memory: WebAssembly.Memory): Kernel {
  return new WebAssembly.Instance(MODULE, { env: { memory } }).exports as unknown as Kernel;
}

// Where plain bytes are hashed: filled and finished inside one call.
//   0 key, 32 digest, 64 state (128), 256 .. 65536 a part of the bytes
const SCRATCH_MEMORY = new WebAssembly.Memory({ initial: 1, maximum: 1 });
const SCRATCH_KERNEL = instantiate(SCRATCH_MEMORY);
const SCRATCH = new Uint8Array(SCRATCH_MEMORY.buffer);
const SCRATCH_DIGEST = 32;
const SCRATCH_STATE = 64;
const SCRATCH_PART = 256;
const PART_BYTES_MAX = SCRATCH.length - SCRATCH_PART;

/** The digest of bytes of any length that live elsewhere, at the price of copying them. For metadata files. */
export function highwayHash64(key: Uint8Array, bytes: Uint8Array): Uint8Array {
  if (key.length !== HIGHWAYHASH_KEY_BYTES) throw new RangeError(`A key has 32 bytes, not ${key.length}`);
  SCRATCH.set(key, 0);
  SCRATCH_KERNEL.start(0, SCRATCH_STATE);
  let offset = 0;
  // PART_BYTES_MAX is a multiple of a packet (32 bytes), as append wants it.
  for (; bytes.length - offset > PART_BYTES_MAX; offset += PART_BYTES_MAX) {
    SCRATCH.set(bytes.subarray(offset, offset + PART_BYTES_MAX), SCRATCH_PART);
    SCRATCH_KERNEL.append(SCRATCH_STATE, SCRATCH_PART, PART_BYTES_MAX);
  }
  SCRATCH.set(bytes.subarray(offset), SCRATCH_PART);
  SCRATCH_KERNEL.finish(SCRATCH_STATE, SCRATCH_PART, bytes.length - offset, SCRATCH_DIGEST);
  return SCRATCH.slice(SCRATCH_DIGEST, SCRATCH_DIGEST + HIGHWAYHASH_DIGEST_BYTES);
}
