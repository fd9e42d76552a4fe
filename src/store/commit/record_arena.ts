// The memory in which records are encoded, hashed and checked: one WebAssembly memory of fixed size per server, so that
// the hash kernel works where the bytes lie. It is cut into segments (what streams append to; written ones stay readable
// until somebody else needs them), windows (what was read from files) and scratch. It decides who gets memory, never
// what is in it. FileStorage makes it; stream logs and the read cache use it.
//
//   0 ..... 4096 ........... 4096 + scratch .... segments ....... windows ..........
//   | keys  | scratch      | s 0 | s 1 | ...   | w 0 | w 1 | ...
import { assert } from '../../base/assert.ts';
import {
  createHighwayHash,
  HIGHWAYHASH_DIGEST_BYTES,
  HIGHWAYHASH_KEY_BYTES,
  type HighwayHash,
  highwayHash64,
} from '../../base/highwayhash.ts';

export interface ArenaOptions {
  /** Bytes of a segment; a record that does not fit one takes memory of its own. */
  readonly segmentBytes: number;
  readonly segmentCount: number;
  readonly windowBytes: number;
  readonly windowCount: number;
}

export const ARENA_DEFAULT: ArenaOptions = {
  segmentBytes: 128 * 1024,
  segmentCount: 256,
  windowBytes: 256 * 1024,
  windowCount: 128,
};

/** Memory of the system is touched as it is used, so a large arena costs an idle server nothing. */
const PAGE_BYTES = 65_536;
const KEY_SLOTS = 64;
const KEYS_BYTES = 4096;

/** The key of one block's records. */
export class RecordKey {
  readonly bytes: Uint8Array;
  /** Spreads keys over the slots of an arena. */
  readonly slot: number;

  constructor(bytes: Uint8Array, slot: number) {
    this.bytes = bytes;
    this.slot = slot & (KEY_SLOTS - 1);
  }
}

/** Told when a segment that it wrote goes to somebody else. */
export interface SegmentOwner {
  segmentTaken(segment: Segment): void;
}

/** A run of memory that holds consecutive bytes of one block file. */
export class Segment {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly start: number;
  readonly capacity: number;
  /** False for memory of its own, which is never given to others. */
  readonly isShared: boolean;
  owner: SegmentOwner | null = null;
  /** Number of the block file that its bytes belong to, and the offset there of the first one. */
  blockNumber = 0;
  fileOffset = 0;
  /** Bytes appended. */
  used = 0;
  /** Bytes handed to a write, and bytes that a write has finished. Invariant: written <= taken <= used. */
  taken = 0;
  written = 0;
  /** Neighbours in the list of segments that may be given to others, oldest first. */
  previous: Segment | null = null;
  next: Segment | null = null;
  isClean = false;

  constructor(bytes: Uint8Array, view: DataView, start: number, capacity: number, isShared: boolean) {
    this.bytes = bytes;
    this.view = view;
    this.start = start;
    this.capacity = capacity;
    this.isShared = isShared;
  }
}

export class RecordArena {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly segmentBytes: number;
  readonly windowBytes: number;
  readonly windowCount: number;
  readonly scratchStart = KEYS_BYTES;
  readonly #hash: HighwayHash;
  readonly #keys: (RecordKey | null)[] = new Array<RecordKey | null>(KEY_SLOTS).fill(null);
  readonly #windowsStart: number;
  readonly #free: Segment[] = [];
  #cleanFirst: Segment | null = null;
  #cleanLast: Segment | null = null;

  constructor(options: ArenaOptions = ARENA_DEFAULT) {
    const { segmentBytes, segmentCount, windowBytes, windowCount } = options;
    const segmentsStart = KEYS_BYTES + segmentBytes;
    this.#windowsStart = segmentsStart + segmentBytes * segmentCount;
    const pages = Math.ceil((this.#windowsStart + windowBytes * windowCount) / PAGE_BYTES);
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
    this.#hash = createHighwayHash(memory);
    this.bytes = new Uint8Array(memory.buffer);
    this.view = new DataView(memory.buffer);
    this.segmentBytes = segmentBytes;
    this.windowBytes = windowBytes;
    this.windowCount = windowCount;
    for (let i = segmentCount - 1; i >= 0; i--) {
      this.#free.push(new Segment(this.bytes, this.view, segmentsStart + i * segmentBytes, segmentBytes, true));
    }
  }

  windowStart(number: number): number {
    return this.#windowsStart + number * this.windowBytes;
  }

  // --- hashing -----------------------------------------------------------------------------------------------------

  /** Writes a record's digest. Records outside the arena are copied through scratch, or hashed in parts. */
  seal(key: RecordKey, bytes: Uint8Array, at: number, length: number): void {
    if (bytes === this.bytes) {
      this.#hash.hashRecord(this.#keyPointer(key), at, length);
    } else if (length <= this.segmentBytes) {
      this.bytes.set(bytes.subarray(at, at + length), this.scratchStart);
      this.#hash.hashRecord(this.#keyPointer(key), this.scratchStart, length);
      bytes.set(this.#scratch(length - HIGHWAYHASH_DIGEST_BYTES, length), at + length - HIGHWAYHASH_DIGEST_BYTES);
    } else {
      bytes.set(largeDigest(key, bytes, at, length), at + length - HIGHWAYHASH_DIGEST_BYTES);
    }
  }

  /** Whether the last eight bytes are the digest of the rest. The record's lengths may be anything. */
  check(key: RecordKey, bytes: Uint8Array, at: number, length: number): boolean {
    if (bytes === this.bytes) return this.#hash.checkRecord(this.#keyPointer(key), at, length);
    if (length <= this.segmentBytes) {
      this.bytes.set(bytes.subarray(at, at + length), this.scratchStart);
      return this.#hash.checkRecord(this.#keyPointer(key), this.scratchStart, length);
    }
    const digest = largeDigest(key, bytes, at, length);
    const end = at + length - HIGHWAYHASH_DIGEST_BYTES;
    return digest.every((byte, i) => byte === bytes[end + i]);
  }

  // --- segments ----------------------------------------------------------------------------------------------------

  /** A segment of at least `length` bytes: a shared one if that is large enough and one is free or written. */
  take(owner: SegmentOwner, length: number): Segment {
    const segment = length > this.segmentBytes ? null : (this.#free.pop() ?? this.#reclaim());
    if (segment === null) {
      const bytes = new Uint8Array(Math.max(length, Math.min(this.segmentBytes, length * 8)));
      const own = new Segment(bytes, new DataView(bytes.buffer), 0, bytes.length, false);
      own.owner = owner;
      return own;
    }
    segment.owner = owner;
    segment.used = 0;
    segment.taken = 0;
    segment.written = 0;
    return segment;
  }

  /** All bytes of the segment are written: it stays readable, and whoever needs memory may take it. */
  markClean(segment: Segment): void {
    if (!segment.isShared || segment.isClean) return;
    segment.isClean = true;
    segment.previous = this.#cleanLast;
    segment.next = null;
    if (this.#cleanLast === null) this.#cleanFirst = segment;
    else this.#cleanLast.next = segment;
    this.#cleanLast = segment;
  }

  /** The segment gets new bytes. */
  markDirty(segment: Segment): void {
    if (!segment.isClean) return;
    segment.isClean = false;
    if (segment.previous === null) this.#cleanFirst = segment.next;
    else segment.previous.next = segment.next;
    if (segment.next === null) this.#cleanLast = segment.previous;
    else segment.next.previous = segment.previous;
    segment.previous = null;
    segment.next = null;
  }

  /** Its owner has no more use for it. */
  release(segment: Segment): void {
    this.markDirty(segment);
    segment.owner = null;
    if (segment.isShared) this.#free.push(segment);
  }

  #reclaim(): Segment | null {
    const segment = this.#cleanFirst;
    if (segment === null) return null;
    this.markDirty(segment);
    assert(segment.written === segment.used, 'only a written segment is given to others');
    segment.owner?.segmentTaken(segment);
    return segment;
  }

  #keyPointer(key: RecordKey): number {
    const pointer = key.slot * HIGHWAYHASH_KEY_BYTES;
    if (this.#keys[key.slot] !== key) {
      this.#keys[key.slot] = key;
      this.bytes.set(key.bytes, pointer);
    }
    return pointer;
  }

  #scratch(from: number, to: number): Uint8Array {
    return this.bytes.subarray(this.scratchStart + from, this.scratchStart + to);
  }
}

/** Digest of a record too large for scratch: what is hashed is put together (record.ts draws it) and hashed in parts. */
function largeDigest(key: RecordKey, bytes: Uint8Array, at: number, length: number): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const hasHeaders = (view.getUint32(at, true) & 0x8000_0000) !== 0;
  const subjectEnd = Math.min(at + 22 + view.getUint16(at + 20, true), at + length - HIGHWAYHASH_DIGEST_BYTES);
  const bodyStart = hasHeaders ? subjectEnd + 4 : subjectEnd;
  const bodyEnd = at + length - HIGHWAYHASH_DIGEST_BYTES;
  const body = bytes.subarray(Math.min(bodyStart, bodyEnd), bodyEnd);
  const hashed = new Uint8Array(16 + (subjectEnd - at - 22) + body.length);
  hashed.set(bytes.subarray(at + 4, at + 20), 0);
  hashed.set(bytes.subarray(at + 22, subjectEnd), 16);
  hashed.set(body, 16 + subjectEnd - at - 22);
  return highwayHash64(key.bytes, hashed);
}
