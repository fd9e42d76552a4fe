// HighwayHash-64 over linear memory, in AssemblyScript with SIMD. Compiled to highwayhash_wasm.ts by tools/build.mjs;
// base/highwayhash.ts is its only caller. It keeps nothing between calls: state lives in locals (or, for data that comes
// in parts, in 128 bytes that the caller names), so it has no memory of its own and writes only what it is told to.
//
// The hashed bytes are a *stream* of up to three pieces, so that a record is hashed where it lies:
//
//   stream offset   0 ........ 16 ............. border ............ total
//   address         head + o      first + o            second + o
//
// Plain data is one piece: head = first, border = total. Reads go up to 31 bytes past the data but never past the memory.
//
// State, as pairs of lanes: v0 v1 mul0 mul1, four u64 each. `a` holds lanes 0 and 1, `b` holds lanes 2 and 3.

const RECORD_SEQUENCE: usize = 4;
const RECORD_SUBJECT_LENGTH: usize = 20;
const RECORD_SUBJECT: usize = 22;
const RECORD_HEADER_LENGTH_BYTES: usize = 4;
const RECORD_DIGEST_BYTES: usize = 8;
/** Sequence and time: the piece in front of the subject length, which is not hashed. */
const RECORD_HEAD_BYTES: usize = 16;

/** The bytes of a 32-bit-odd-times-32-bit-even product, spread again: the "zipper merge" of the algorithm. */
// @ts-ignore: decorator
@inline
function zipper(x: v128): v128 {
  return i8x16.shuffle(x, x, 3, 12, 2, 5, 14, 1, 15, 0, 11, 4, 10, 13, 9, 6, 8, 7);
}

// @ts-ignore: decorator
@inline
function evenWords(a: v128, b: v128): v128 {
  return i32x4.shuffle(a, b, 0, 2, 4, 6);
}

// @ts-ignore: decorator
@inline
function oddWords(a: v128, b: v128): v128 {
  return i32x4.shuffle(a, b, 1, 3, 5, 7);
}

// @ts-ignore: decorator
@inline
function swapWords(x: v128): v128 {
  return i32x4.shuffle(x, x, 1, 0, 3, 2);
}

/** 16 bytes at `address`; those past the end of the memory come as zeros. The first of them must be inside. */
function loadInside(address: usize): v128 {
  const lastLoad: usize = ((<usize>memory.size()) << 16) - 16;
  if (address <= lastLoad) return v128.load(address);
  // Lane i takes byte i + shift; swizzle gives 0 for an index beyond 15.
  const index = i8x16.add(i8x16.splat(<i8>(address - lastLoad)), i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
  return i8x16.swizzle(v128.load(lastLoad), index);
}

/** The first `count` (0..15) bytes of `x`, zeros behind them. */
// @ts-ignore: decorator
@inline
function keepBytes(x: v128, count: usize): v128 {
  const lanes = i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  return v128.and(x, i8x16.lt_u(lanes, i8x16.splat(<i8>count)));
}

/** 16 bytes of the stream from `offset`; what lies past `total` is undefined. Nothing is read when `offset` >= `total`. */
function streamBytes(offset: usize, head: usize, first: usize, second: usize, border: usize, total: usize): v128 {
  if (offset >= total) return i64x2(0, 0);
  if (offset == 0) return loadInside(head);
  if (offset + 16 <= border) return v128.load(first + offset);
  if (offset >= border) return loadInside(second + offset);
  const fromFirst = loadInside(first + offset);
  if (border >= total) return fromFirst;
  const lanes = i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  return v128.bitselect(fromFirst, loadInside(second + offset), i8x16.lt_u(lanes, i8x16.splat(<i8>(border - offset))));
}

/** For 16..31 last bytes in `lo` and `hi`: the second half of the packet ends with the very last four. */
function tailHigh(lo: v128, hi: v128, size: usize): v128 {
  // Indexes below count from the packet's start; those out of a half's range give zeros, and so do lanes 0..11.
  const lanes = i8x16(-128, -128, -128, -128, -128, -128, -128, -128, -128, -128, -128, -128, 0, 1, 2, 3);
  const index = i8x16.add(i8x16.splat(<i8>(size - 4)), lanes);
  const last = v128.or(i8x16.swizzle(lo, index), i8x16.swizzle(hi, i8x16.sub(index, i8x16.splat(16))));
  return v128.or(keepBytes(hi, (size & ~3) - 16), last);
}

/** For 1..15 last bytes in `lo`: up to three of them that make no whole word stand in the second half. */
function tailShort(lo: v128, size: usize): v128 {
  const odd = size & 3;
  if (odd == 0) return i64x2(0, 0);
  const words = size & ~3;
  let index = i8x16.splat(-128);
  index = i8x16.replace_lane(index, 0, <i8>words);
  index = i8x16.replace_lane(index, 1, <i8>(words + (odd >> 1)));
  index = i8x16.replace_lane(index, 2, <i8>(words + odd - 1));
  return i8x16.swizzle(lo, index);
}

/**
 * Hashes from a key (or from a kept state, where `isResumed`) at `seed`. Where `keep` is not 0 the data goes on: it was
 * whole packets only, and the state is left at `keep` (v0 v1 mul0 mul1, 128 bytes).
 */
function digest(
  isResumed: bool,
  seed: usize,
  keep: usize,
  head: usize,
  first: usize,
  second: usize,
  border: usize,
  total: usize,
): u64 {
  let mul0a = i64x2(0xdbe6d5d5fe4cce2f, 0xa4093822299f31d0);
  let mul0b = i64x2(0x13198a2e03707344, 0x243f6a8885a308d3);
  let mul1a = i64x2(0x3bd39e10cb0ef593, 0xc0acf169b5f18a8c);
  let mul1b = i64x2(0xbe5466cf34e90c6c, 0x452821e638d01377);
  let v0a = v128.load(seed);
  let v0b = v128.load(seed, 16);
  let v1a: v128;
  let v1b: v128;
  if (!isResumed) {
    v1a = v128.xor(mul1a, swapWords(v0a));
    v1b = v128.xor(mul1b, swapWords(v0b));
    v0a = v128.xor(mul0a, v0a);
    v0b = v128.xor(mul0b, v0b);
  } else {
    v1a = v128.load(seed, 32);
    v1b = v128.load(seed, 48);
    mul0a = v128.load(seed, 64);
    mul0b = v128.load(seed, 80);
    mul1a = v128.load(seed, 96);
    mul1b = v128.load(seed, 112);
  }

  // Packets of every kind come by one loop, so that the mixing stands once; the plain ones, 32 bytes at
  // `skew + offset` up to `plainEnd`, come first.
  let offset: usize = 0;
  let plainEnd: usize = head == first && border == total ? total & ~31 : 0;
  let skew = first;
  let finalRounds = 0;
  let lo: v128;
  let hi: v128;

  for (;;) {
    if (offset < plainEnd) {
      lo = v128.load(skew + offset);
      hi = v128.load(skew + offset, 16);
      offset += 32;
    } else if (offset + 32 <= total) {
      lo = streamBytes(offset, head, first, second, border, total);
      hi = streamBytes(offset + 16, head, first, second, border, total);
      offset += 32;
      // What follows is plain up to the border, or behind it up to the end.
      if (offset >= border) {
        skew = second;
        plainEnd = offset + ((total - offset) & ~31);
      } else {
        skew = first;
        plainEnd = offset + ((border - offset) & ~31);
      }
    } else if (offset < total) {
      const size = total - offset;
      lo = streamBytes(offset, head, first, second, border, total);
      if (size >= 16) {
        hi = tailHigh(lo, streamBytes(offset + 16, head, first, second, border, total), size);
      } else {
        hi = tailShort(lo, size);
        lo = keepBytes(lo, size & ~3);
      }
      const sizes = i32x4.splat(<i32>size);
      v0a = i64x2.add(v0a, sizes);
      v0b = i64x2.add(v0b, sizes);
      v1a = v128.or(i32x4.shl(v1a, <i32>size), i32x4.shr_u(v1a, 32 - <i32>size));
      v1b = v128.or(i32x4.shl(v1b, <i32>size), i32x4.shr_u(v1b, 32 - <i32>size));
      offset = total;
    } else {
      if (finalRounds == 4) break;
      if (keep != 0) {
        v128.store(keep, v0a);
        v128.store(keep, v0b, 16);
        v128.store(keep, v1a, 32);
        v128.store(keep, v1b, 48);
        v128.store(keep, mul0a, 64);
        v128.store(keep, mul0b, 80);
        v128.store(keep, mul1a, 96);
        v128.store(keep, mul1b, 112);
        return 0;
      }
      finalRounds++;
      lo = swapWords(v0b);
      hi = swapWords(v0a);
    }

    v1a = i64x2.add(v1a, i64x2.add(mul0a, lo));
    v1b = i64x2.add(v1b, i64x2.add(mul0b, hi));
    let even = evenWords(v1a, v1b);
    let odd = oddWords(v0a, v0b);
    mul0a = v128.xor(mul0a, i64x2.extmul_low_i32x4_u(even, odd));
    mul0b = v128.xor(mul0b, i64x2.extmul_high_i32x4_u(even, odd));
    v0a = i64x2.add(v0a, mul1a);
    v0b = i64x2.add(v0b, mul1b);
    even = evenWords(v0a, v0b);
    odd = oddWords(v1a, v1b);
    mul1a = v128.xor(mul1a, i64x2.extmul_low_i32x4_u(even, odd));
    mul1b = v128.xor(mul1b, i64x2.extmul_high_i32x4_u(even, odd));
    v0a = i64x2.add(v0a, zipper(v1a));
    v0b = i64x2.add(v0b, zipper(v1b));
    v1a = i64x2.add(v1a, zipper(v0a));
    v1b = i64x2.add(v1b, zipper(v0b));
  }

  const sum = i64x2.add(i64x2.add(v0a, v1a), i64x2.add(mul0a, mul1a));
  return i64x2.extract_lane(sum, 0);
}

/**
 * The digest of a record whose digest lies in its last eight bytes, `length` all in all:
 *
 *   0     4         12    20              22        22+S          26+S      26+S+H
 *   | L   | sequence | time | subject S u16 | subject | [H u32 LE] | [headers] | payload | digest |
 *           hashed ------->                   hashed                 hashed ------------->
 */
function recordDigest(key: usize, record: usize, length: usize): u64 {
  const subjectLength = <usize>load<u16>(record, RECORD_SUBJECT_LENGTH);
  const hasHeaders = load<i32>(record) < 0;
  const gap = hasHeaders ? RECORD_HEADER_LENGTH_BYTES : 0;
  const total = length - RECORD_SUBJECT - gap - RECORD_DIGEST_BYTES + RECORD_HEAD_BYTES;
  const first = record + RECORD_SUBJECT - RECORD_HEAD_BYTES;
  const border = hasHeaders ? RECORD_HEAD_BYTES + subjectLength : total;
  return digest(false, key, 0, record + RECORD_SEQUENCE, first, first + gap, border, total);
}

/** Whether the lengths inside the record fit its own: the caller's promise in hashRecord, checked in checkRecord. */
function isRecordShaped(record: usize, length: usize): bool {
  if (length < RECORD_SUBJECT + RECORD_DIGEST_BYTES) return false;
  const room = length - RECORD_SUBJECT - RECORD_DIGEST_BYTES;
  const subjectLength = <usize>load<u16>(record, RECORD_SUBJECT_LENGTH);
  if (load<i32>(record) >= 0) return subjectLength <= room;
  return subjectLength + RECORD_HEADER_LENGTH_BYTES <= room;
}

export function hash(key: usize, data: usize, length: usize, out: usize): void {
  store<u64>(out, digest(false, key, 0, data, data, data, length, length));
}

/** Writes the 128 bytes of a fresh state, for data that comes in parts. */
export function start(key: usize, state: usize): void {
  digest(false, key, state, key, key, key, 0, 0);
}

/** `length` must be a multiple of 32. */
export function append(state: usize, data: usize, length: usize): void {
  digest(true, state, state, data, data, data, length, length);
}

/** The last part, of any length. */
export function finish(state: usize, data: usize, length: usize, out: usize): void {
  store<u64>(out, digest(true, state, 0, data, data, data, length, length));
}

export function hashRecord(key: usize, record: usize, length: usize): void {
  store<u64>(record + length - RECORD_DIGEST_BYTES, recordDigest(key, record, length));
}

export function checkRecord(key: usize, record: usize, length: usize): bool {
  if (!isRecordShaped(record, length)) return false;
  return load<u64>(record + length - RECORD_DIGEST_BYTES) == recordDigest(key, record, length);
}
