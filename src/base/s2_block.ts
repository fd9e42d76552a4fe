// Unpacks one S2 block (and so one Snappy block): a length, then literals and copies of what is there already. It trusts
// nothing: whatever the bytes are, it reads none behind them, writes none behind the length, and comes to an end.
// Format: Snappy's format_description.txt, with the repeats and long copies of S2 (klauspost/compress, s2/README.md).
//
//   block    length when unpacked (uvarint)  element*
//   element  ......00  literal of upper bits + 1 bytes; 60 .. 63 for a length - 1 in the 1 .. 4 bytes that follow
//            ooolll01 oooooooo  copy of l + 4 bytes from o bytes back; where o is 0 from as far back as the last one,
//                               of l + 4 bytes, or where l is 5 .. 7 of 8 | 260 | 65540 + the 1 | 2 | 3 bytes that follow
//            llllll10 o o  copy of l + 1 bytes from o bytes back;  llllll11 o o o o  likewise
import { type Parsed, parsed, refused } from './parsed.ts';

/** Compat: klauspost/compress s2, what its reader takes at most. */
export const S2_BLOCK_BYTES_MAX = 4 << 20;

const CORRUPT = 's2: corrupt input';
const LITERAL = 0;
const COPY_1 = 1;
const COPY_2 = 2;

/** Of the bytes from `start` to `end`. */
export function unpackS2Block(bytes: Uint8Array, start: number, end: number): Parsed<Uint8Array> {
  let at = start;
  let length = 0;
  for (let shift = 0; ; shift += 7) {
    if (at >= end || shift > 28) return refused(CORRUPT);
    const byte = bytes[at++] as number;
    length += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) break;
  }
  if (length > S2_BLOCK_BYTES_MAX) return refused('s2: unsupported input');
  const out = new Uint8Array(length);
  return unpackElements(bytes, at, end, out) ? parsed(out) : refused(CORRUPT);
}

/** Whether they fill `out` exactly. Every round takes at least one byte. */
function unpackElements(bytes: Uint8Array, start: number, end: number, out: Uint8Array): boolean {
  let at = start;
  let to = 0;
  let offset = 0;
  while (at < end) {
    const tag = bytes[at++] as number;
    const upper = tag >> 2;
    const kind = tag & 3;
    if (kind === LITERAL) {
      const extra = upper < 60 ? 0 : upper - 59;
      if (extra > end - at) return false;
      const length = (extra === 0 ? upper : littleEndian(bytes, at, extra)) + 1;
      at += extra;
      if (length > end - at || length > out.length - to) return false;
      out.set(bytes.subarray(at, at + length), to);
      at += length;
      to += length;
      continue;
    }
    let length = upper + 1;
    const wide = kind === COPY_1 ? 1 : kind === COPY_2 ? 2 : 4;
    if (wide > end - at) return false;
    const low = littleEndian(bytes, at, wide);
    at += wide;
    if (kind !== COPY_1) {
      offset = low;
    } else {
      length = (upper & 7) + 4;
      const back = ((tag & 0xe0) << 3) | low;
      if (back > 0) {
        offset = back;
      } else if (length > 8) {
        const extra = length - 8;
        if (extra > end - at) return false;
        length = littleEndian(bytes, at, extra) + (extra === 1 ? 8 : extra === 2 ? 260 : 65_540);
        at += extra;
      }
    }
    if (offset === 0 || offset > to || length > out.length - to) return false;
    copyWithin(out, to, offset, length);
    to += length;
  }
  return to === out.length;
}

function littleEndian(bytes: Uint8Array, at: number, count: number): number {
  let value = 0;
  for (let i = count - 1; i >= 0; i--) value = value * 256 + (bytes[at + i] as number);
  return value;
}

/** A copy that reaches into itself repeats what it has written. */
function copyWithin(out: Uint8Array, to: number, offset: number, length: number): void {
  if (length <= offset) {
    out.copyWithin(to, to - offset, to - offset + length);
    return;
  }
  for (let i = to; i < to + length; i++) out[i] = out[i - offset] as number;
}
