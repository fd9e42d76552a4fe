// The subjects of one stream as dense numbers: id -> name, count, first and last sequence. Everything lies in typed
// arrays, so a million subjects are not a million objects. An id whose count fell to 0 is released and given out again.
// It finds subjects by their bytes; it never parses them and never decides what is removed. StreamIndex owns it.
import { assert } from '../base/assert.ts';

const CHUNK_BYTES = 65_536;
const FIRST_CHUNK_BYTES = 256;
/** Name places come in 32 classes of 8 bytes each, then in powers of two up to a whole chunk. */
const SMALL_CLASSES = 32;
const SMALL_BYTES_MAX = 256;
const CLASSES = SMALL_CLASSES + 8;

/** `firsts[id]` is only a lower bound: nothing of this subject is stored below it. */
const FIRST_IS_BOUND = 1;
/** `lasts[id]` is only an upper bound. */
const LAST_IS_BOUND = 2;

export class SubjectTable {
  /** Messages stored, by id. */
  counts = new Uint32Array(8);
  /** First and last stored sequence, by id; exact unless the flag beside it says that it is a bound. */
  firsts = new Float64Array(8);
  lasts = new Float64Array(8);
  /** Different subjects stored now. */
  size = 0;
  /** One more than the highest id ever in use: what a loop over ids ends at. */
  idsEnd = 0;
  /** How many subjects have a bound instead of an exact last sequence. */
  lastBounds = 0;

  #flags = new Uint8Array(8);
  #hashes = new Uint32Array(8);
  /** Where a name lies: chunk number * CHUNK_BYTES + offset. Free ids link to the next free one here. */
  #places = new Uint32Array(8);
  #lengths = new Uint16Array(8);
  /** Open addressing, linear probing: id + 1, or 0 for an empty slot. At most half full. */
  #slots = new Int32Array(16);
  #freeId = -1;

  readonly #chunks: Uint8Array[] = [new Uint8Array(FIRST_CHUNK_BYTES)];
  #chunkUsed = 0;
  /** Head of the list of free places per class, + 1; the first four bytes of a free place name the next. */
  readonly #freePlaces = new Float64Array(CLASSES);
  readonly #seed: number;

  /** `seed` makes the hash of one server's tables differ from another's, so that nobody can prepare collisions. */
  constructor(seed: number) {
    this.#seed = (seed ^ 0x811c9dc5) | 0;
  }

  /** -1 when the subject has no messages. */
  find(bytes: Uint8Array, start: number, end: number): number {
    const hash = hashOf(bytes, start, end, this.#seed);
    const slots = this.#slots;
    const mask = slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const id = slots[slot]! - 1;
      if (id < 0) return -1;
      if (this.#hashes[id] === hash && this.isNamed(id, bytes, start, end)) return id;
    }
  }

  isNamed(id: number, bytes: Uint8Array, start: number, end: number): boolean {
    const length = end - start;
    if (this.#lengths[id] !== length) return false;
    const place = this.#places[id]!;
    const chunk = this.#chunks[(place / CHUNK_BYTES) | 0]!;
    const offset = place & (CHUNK_BYTES - 1);
    // From the end: subjects of one stream share their beginning.
    for (let i = length - 1; i >= 0; i--) if (chunk[offset + i] !== bytes[start + i]) return false;
    return true;
  }

  /** Takes a subject that find() does not know. It counts no messages yet. */
  add(bytes: Uint8Array, start: number, end: number): number {
    const length = end - start;
    assert(length <= 0xffff, 'a subject fits 16 bits of length');
    let id = this.#freeId;
    if (id >= 0) this.#freeId = this.#places[id]! - 1;
    else {
      if (this.idsEnd === this.counts.length) this.#growIds();
      id = this.idsEnd++;
    }
    if ((this.size + 1) * 2 > this.#slots.length) this.#growSlots();
    this.size++;
    const place = this.#takePlace(length);
    const chunk = this.#chunks[(place / CHUNK_BYTES) | 0]!;
    const offset = place & (CHUNK_BYTES - 1);
    for (let i = 0; i < length; i++) chunk[offset + i] = bytes[start + i]!;
    this.#places[id] = place;
    this.#lengths[id] = length;
    const hash = hashOf(bytes, start, end, this.#seed);
    this.#hashes[id] = hash;
    this.counts[id] = 0;
    this.#flags[id] = 0;
    this.#fillSlot(hash, id);
    return id;
  }

  /** Forgets a subject without messages; its id may be given to another one. */
  release(id: number): void {
    assert(this.counts[id] === 0, 'a released subject has no messages');
    if (this.isLastBound(id)) this.lastBounds--;
    this.#emptySlot(id);
    this.#freePlace(this.#places[id]!, this.#lengths[id]!);
    this.#flags[id] = 0;
    this.#lengths[id] = 0;
    this.#places[id] = this.#freeId + 1;
    this.#freeId = id;
    this.size--;
  }

  /** Forgets all subjects; ids start again at 0. */
  clear(): void {
    this.size = 0;
    this.idsEnd = 0;
    this.lastBounds = 0;
    this.counts = new Uint32Array(8);
    this.firsts = new Float64Array(8);
    this.lasts = new Float64Array(8);
    this.#flags = new Uint8Array(8);
    this.#hashes = new Uint32Array(8);
    this.#places = new Uint32Array(8);
    this.#lengths = new Uint16Array(8);
    this.#slots = new Int32Array(16);
    this.#freeId = -1;
    this.#chunks.length = 0;
    this.#chunks.push(new Uint8Array(FIRST_CHUNK_BYTES));
    this.#chunkUsed = 0;
    this.#freePlaces.fill(0);
  }

  isFirstBound(id: number): boolean {
    return (this.#flags[id]! & FIRST_IS_BOUND) !== 0;
  }

  isLastBound(id: number): boolean {
    return (this.#flags[id]! & LAST_IS_BOUND) !== 0;
  }

  setFirst(id: number, sequence: number, isBound: boolean): void {
    this.firsts[id] = sequence;
    if (isBound) this.#flags[id] = this.#flags[id]! | FIRST_IS_BOUND;
    else this.#flags[id] = this.#flags[id]! & ~FIRST_IS_BOUND;
  }

  setLast(id: number, sequence: number, isBound: boolean): void {
    this.lasts[id] = sequence;
    if (this.isLastBound(id) === isBound) return;
    this.#flags[id] = this.#flags[id]! ^ LAST_IS_BOUND;
    this.lastBounds += isBound ? 1 : -1;
  }

  /** The name's bytes are `nameChunk(id)[nameStart(id) .. + nameLength(id)]`, valid until the id is released. */
  nameChunk(id: number): Uint8Array {
    return this.#chunks[(this.#places[id]! / CHUNK_BYTES) | 0]!;
  }

  nameStart(id: number): number {
    return this.#places[id]! & (CHUNK_BYTES - 1);
  }

  nameLength(id: number): number {
    return this.#lengths[id]!;
  }

  /** Order of two names by their bytes. */
  compareNames(a: number, b: number): number {
    const chunkA = this.nameChunk(a);
    const chunkB = this.nameChunk(b);
    const startA = this.nameStart(a);
    const startB = this.nameStart(b);
    const shared = Math.min(this.#lengths[a]!, this.#lengths[b]!);
    for (let i = 0; i < shared; i++) {
      const difference = chunkA[startA + i]! - chunkB[startB + i]!;
      if (difference !== 0) return difference;
    }
    return this.#lengths[a]! - this.#lengths[b]!;
  }

  /** Bytes of memory in use, about. */
  memoryBytes(): number {
    let bytes = this.#slots.byteLength + this.counts.length * (4 + 8 + 8 + 1 + 4 + 4 + 2);
    for (const chunk of this.#chunks) bytes += chunk.length;
    return bytes;
  }

  #fillSlot(hash: number, id: number): void {
    const mask = this.#slots.length - 1;
    let slot = hash & mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
    this.#slots[slot] = id + 1;
  }

  /** Removes the slot of `id` and moves later ones of the same run back, so that no probe ends early. */
  #emptySlot(id: number): void {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let hole = this.#hashes[id]! & mask;
    while (slots[hole] !== id + 1) hole = (hole + 1) & mask;
    for (let slot = (hole + 1) & mask; slots[slot] !== 0; slot = (slot + 1) & mask) {
      const home = this.#hashes[slots[slot]! - 1]! & mask;
      // It may move into the hole when its home is not between the hole and itself.
      if (((slot - home) & mask) < ((slot - hole) & mask)) continue;
      slots[hole] = slots[slot]!;
      hole = slot;
    }
    slots[hole] = 0;
  }

  #growSlots(): void {
    const old = this.#slots;
    this.#slots = new Int32Array(old.length * 2);
    for (let i = 0; i < old.length; i++) {
      const id = old[i]! - 1;
      if (id >= 0) this.#fillSlot(this.#hashes[id]!, id);
    }
  }

  #growIds(): void {
    const length = this.counts.length * 2;
    this.counts = grown(this.counts, new Uint32Array(length));
    this.firsts = grown(this.firsts, new Float64Array(length));
    this.lasts = grown(this.lasts, new Float64Array(length));
    this.#flags = grown(this.#flags, new Uint8Array(length));
    this.#hashes = grown(this.#hashes, new Uint32Array(length));
    this.#places = grown(this.#places, new Uint32Array(length));
    this.#lengths = grown(this.#lengths, new Uint16Array(length));
  }

  #takePlace(length: number): number {
    const kind = classOf(length);
    const free = this.#freePlaces[kind]! - 1;
    if (free >= 0) {
      this.#freePlaces[kind] = this.#readLink(free);
      return free;
    }
    const bytes = classBytes(kind);
    let chunk = this.#chunks[this.#chunks.length - 1]!;
    if (this.#chunkUsed + bytes > chunk.length) {
      if (this.#chunks.length === 1 && this.#chunkUsed + bytes <= CHUNK_BYTES) chunk = this.#growFirstChunk(bytes);
      else {
        this.#chunks.push(new Uint8Array(CHUNK_BYTES));
        this.#chunkUsed = 0;
      }
    }
    const place = (this.#chunks.length - 1) * CHUNK_BYTES + this.#chunkUsed;
    assert(place < 0xffff_0000, 'subject names fit 4 GiB');
    this.#chunkUsed += bytes;
    return place;
  }

  #growFirstChunk(bytes: number): Uint8Array {
    const old = this.#chunks[0]!;
    let length = old.length;
    while (length < this.#chunkUsed + bytes) length *= 2;
    const chunk = grown(old, new Uint8Array(length));
    this.#chunks[0] = chunk;
    return chunk;
  }

  #freePlace(place: number, length: number): void {
    const kind = classOf(length);
    this.#writeLink(place, this.#freePlaces[kind]!);
    this.#freePlaces[kind] = place + 1;
  }

  #readLink(place: number): number {
    const chunk = this.#chunks[(place / CHUNK_BYTES) | 0]!;
    const at = place & (CHUNK_BYTES - 1);
    return (chunk[at]! | (chunk[at + 1]! << 8) | (chunk[at + 2]! << 16) | (chunk[at + 3]! << 24)) >>> 0;
  }

  #writeLink(place: number, link: number): void {
    const chunk = this.#chunks[(place / CHUNK_BYTES) | 0]!;
    const at = place & (CHUNK_BYTES - 1);
    chunk[at] = link;
    chunk[at + 1] = link >>> 8;
    chunk[at + 2] = link >>> 16;
    chunk[at + 3] = link >>> 24;
  }
}

function classOf(length: number): number {
  if (length <= 8) return 0;
  if (length <= SMALL_BYTES_MAX) return ((length + 7) >>> 3) - 1;
  // 257..512 -> 32, 513..1024 -> 33, ... 32769..65535 -> 39.
  return SMALL_CLASSES + (32 - Math.clz32(length - 1)) - 9;
}

function classBytes(kind: number): number {
  return kind < SMALL_CLASSES ? (kind + 1) * 8 : 512 << (kind - SMALL_CLASSES);
}

function grown<T extends { set(from: T): void }>(from: T, into: T): T {
  into.set(from);
  return into;
}

function hashOf(bytes: Uint8Array, start: number, end: number, seed: number): number {
  let hash = seed;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
  hash ^= hash >>> 15;
  hash = Math.imul(hash, 0x2c1b3c6d);
  return (hash ^ (hash >>> 13)) >>> 0;
}
