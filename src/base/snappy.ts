// Packs bytes in Snappy's framing format, which every reader of Snappy or S2 streams takes: chunks of up to 64 KiB, each
// with a checksum, matches found by a hash of four bytes. Packs only, for answers that whoever asks wants small and for
// backups of streams; s2_reader.ts unpacks.
// Format: framing_format.txt and format_description.txt of Google's Snappy.
//
//   stream   ff 06 00 00 "sNaPpY"  chunk*
//   chunk    type  length (3 bytes, low first)  checksum (4 bytes, low first)  data      type 0: packed, 1: as it is
//   packed   length of what was packed (uvarint)  element*
//   element  ......00  literal; length - 1 in the upper bits, or 60 and 61 for one and two bytes that follow
//            ooolll01 oooooooo  copy of l + 4 bytes from o bytes back
//            llllll10 oooooooo oooooooo  copy of l + 1 bytes from o bytes back

/** What a stream begins with. */
export const SNAPPY_HEAD: Uint8Array = Buffer.from([0xff, 6, 0, 0, 0x73, 0x4e, 0x61, 0x50, 0x70, 0x59]);
const CHUNK_HEAD_BYTES = 8;
/** What one chunk holds at most, unpacked. */
export const SNAPPY_CHUNK_BYTES_MAX = 65_536;
const PACKED = 0;
const AS_IT_IS = 1;
const HASH_BITS = 14;
const MATCH_MIN = 4;
/** Longest copy of one element. */
const COPY_MAX = 64;

export function snappyFramed(bytes: Uint8Array): Uint8Array {
  const out: Uint8Array[] = [SNAPPY_HEAD];
  for (let start = 0; start < bytes.length; start += SNAPPY_CHUNK_BYTES_MAX) {
    out.push(snappyChunk(bytes.subarray(start, start + SNAPPY_CHUNK_BYTES_MAX)));
  }
  return Buffer.concat(out);
}

/** One chunk of a stream, of at most SNAPPY_CHUNK_BYTES_MAX bytes. */
export function snappyChunk(bytes: Uint8Array): Uint8Array {
  // A literal costs three bytes more than it has; matches only make it less.
  const packed = new Uint8Array(CHUNK_HEAD_BYTES + bytes.length + 8 + (bytes.length >> 4));
  const end = packBlock(bytes, packed, CHUNK_HEAD_BYTES, new Uint16Array(1 << HASH_BITS));
  const isSmaller = end - CHUNK_HEAD_BYTES < bytes.length;
  const chunk = isSmaller ? packed.subarray(0, end) : Buffer.concat([packed.subarray(0, CHUNK_HEAD_BYTES), bytes]);
  const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  view.setUint32(0, ((chunk.length - 4) << 8) | (isSmaller ? PACKED : AS_IT_IS), true);
  view.setUint32(4, maskedChecksum(bytes), true);
  return chunk;
}

/** Writes at `at` and returns the position behind it. */
function packBlock(bytes: Uint8Array, out: Uint8Array, at: number, table: Uint16Array): number {
  let to = writeLength(bytes.length, out, at);
  let literalStart = 0;
  let i = 1;
  // The longer nothing matches, the larger the steps: what cannot be packed is passed over quickly.
  let misses = 32;
  while (i + MATCH_MIN <= bytes.length) {
    const hash = hashAt(bytes, i);
    const candidate = table[hash] as number;
    table[hash] = i;
    const length = candidate < i ? matchLength(bytes, candidate, i) : 0;
    if (length < MATCH_MIN) {
      i += misses++ >> 5;
      continue;
    }
    to = writeLiteral(bytes, literalStart, i, out, to);
    to = writeCopy(i - candidate, length, out, to);
    i += length;
    literalStart = i;
    misses = 32;
  }
  return writeLiteral(bytes, literalStart, bytes.length, out, to);
}

function hashAt(bytes: Uint8Array, at: number): number {
  const four =
    (bytes[at] as number) |
    ((bytes[at + 1] as number) << 8) |
    ((bytes[at + 2] as number) << 16) |
    ((bytes[at + 3] as number) << 24);
  return Math.imul(four, 0x1e35a7bd) >>> (32 - HASH_BITS);
}

function matchLength(bytes: Uint8Array, candidate: number, at: number): number {
  let length = 0;
  while (at + length < bytes.length && bytes[candidate + length] === bytes[at + length]) length++;
  return length;
}

function writeLength(length: number, out: Uint8Array, at: number): number {
  let rest = length;
  let to = at;
  while (rest >= 0x80) {
    out[to++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  out[to++] = rest;
  return to;
}

function writeLiteral(bytes: Uint8Array, start: number, end: number, out: Uint8Array, at: number): number {
  if (start === end) return at;
  const last = end - start - 1;
  let to = at;
  if (last < 60) out[to++] = last << 2;
  else if (last < 0x100) {
    out[to++] = 60 << 2;
    out[to++] = last;
  } else {
    out[to++] = 61 << 2;
    out[to++] = last & 0xff;
    out[to++] = last >> 8;
  }
  out.set(bytes.subarray(start, end), to);
  return to + end - start;
}

function writeCopy(offset: number, length: number, out: Uint8Array, at: number): number {
  let rest = length;
  let to = at;
  while (rest > 0) {
    // What is left behind must be worth a copy too.
    const part = rest > COPY_MAX ? Math.min(COPY_MAX, rest - MATCH_MIN) : rest;
    if (part >= MATCH_MIN && part < 12 && offset < 2048) {
      out[to++] = ((offset >> 8) << 5) | ((part - MATCH_MIN) << 2) | 1;
      out[to++] = offset & 0xff;
    } else {
      out[to++] = ((part - 1) << 2) | 2;
      out[to++] = offset & 0xff;
      out[to++] = offset >> 8;
    }
    rest -= part;
  }
  return to;
}

// --- checksum --------------------------------------------------------------------------------------------------------

/** Of CRC-32C, the polynomial of Castagnoli, low bit first. */
const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  return crc >>> 0;
});

export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) {
    crc = (crc >>> 8) ^ (CRC_TABLE[(crc ^ (bytes[i] as number)) & 0xff] as number);
  }
  return (crc ^ 0xffffffff) >>> 0;
}

/** A checksum of data that has checksums in it would say little: it is turned and shifted. */
export function maskedChecksum(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
