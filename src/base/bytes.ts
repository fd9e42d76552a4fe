// Small work on ranges of Uint8Array: scan, compare, fold, hash, copy, decimal numbers and text. Ranges are always
// (bytes, start, end) with end exclusive; nothing here allocates but what returns a string. No opinion about what the
// bytes mean. Called from everywhere that touches bytes, most of it per message.

/** What parseDecimal returns for text that is not a number, or too large a one. */
export const NOT_DECIMAL = -1;

const ZERO = 0x30;
const CASE_BIT = 0x20;

/** Position of the first `byte` in the range, or -1. */
export function indexOfByte(bytes: Uint8Array, byte: number, start: number, end: number): number {
  for (let i = start; i < end; i++) if (bytes[i] === byte) return i;
  return -1;
}

export function equalBytes(
  a: Uint8Array,
  aStart: number,
  aEnd: number,
  b: Uint8Array,
  bStart: number,
  bEnd: number,
): boolean {
  const length = aEnd - aStart;
  if (length !== bEnd - bStart) return false;
  for (let i = 0; i < length; i++) if (a[aStart + i] !== b[bStart + i]) return false;
  return true;
}

/** Negative, 0 or positive as the first range sorts before, with or behind the second, byte by byte. */
export function compareBytes(
  a: Uint8Array,
  aStart: number,
  aEnd: number,
  b: Uint8Array,
  bStart: number,
  bEnd: number,
): number {
  const aLength = aEnd - aStart;
  const bLength = bEnd - bStart;
  const length = Math.min(aLength, bLength);
  for (let i = 0; i < length; i++) {
    const difference = (a[aStart + i] as number) - (b[bStart + i] as number);
    if (difference !== 0) return difference;
  }
  return aLength - bLength;
}

/** Whether the range is this ASCII text. */
export function equalsAscii(bytes: Uint8Array, start: number, end: number, text: string): boolean {
  const length = end - start;
  if (length !== text.length) return false;
  for (let i = 0; i < length; i++) if (bytes[start + i] !== text.charCodeAt(i)) return false;
  return true;
}

/** Whether the range is this ASCII text but for the case of its letters. */
export function equalsAsciiFold(bytes: Uint8Array, start: number, end: number, text: string): boolean {
  const length = end - start;
  if (length !== text.length) return false;
  for (let i = 0; i < length; i++) {
    if (foldAscii(bytes[start + i] as number) !== foldAscii(text.charCodeAt(i))) return false;
  }
  return true;
}

/** The lower case of an ASCII letter; every other byte as it is. */
export function foldAscii(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte | CASE_BIT : byte;
}

/**
 * The number that the range spells with ASCII digits alone: no sign, no blank, at least one digit, at most `digitsMax`
 * (leading zeros count), and not beyond 2^53 - 1. NOT_DECIMAL otherwise.
 */
export function parseDecimal(bytes: Uint8Array, start: number, end: number, digitsMax = 16): number {
  const digits = end - start;
  if (digits <= 0 || digits > digitsMax) return NOT_DECIMAL;
  let value = 0;
  for (let i = start; i < end; i++) {
    const digit = (bytes[i] as number) - ZERO;
    if (digit < 0 || digit > 9) return NOT_DECIMAL;
    value = value * 10 + digit;
    if (value > Number.MAX_SAFE_INTEGER) return NOT_DECIMAL;
  }
  return value;
}

/** How many digits writeDecimal writes for a safe integer >= 0. */
export function decimalLength(value: number): number {
  if (value < 10) return 1;
  if (value < 100) return 2;
  if (value < 1_000) return 3;
  if (value < 10_000) return 4;
  if (value < 100_000) return 5;
  if (value < 1_000_000) return 6;
  if (value < 10_000_000) return 7;
  if (value < 100_000_000) return 8;
  if (value < 1_000_000_000) return 9;
  return 9 + decimalLength(Math.floor(value / 1_000_000_000));
}

/** Writes a safe integer >= 0 in decimal; returns the position behind it. */
export function writeDecimal(value: number, to: Uint8Array, at: number): number {
  const end = at + decimalLength(value);
  let rest = value;
  let position = end;
  // Above nine digits the arithmetic is on doubles; below on 32-bit integers, which is several times as fast.
  while (rest >= 1_000_000_000) {
    const upper = Math.floor(rest / 1_000_000_000);
    position -= 9;
    writeDigits(rest - upper * 1_000_000_000, to, position, 9);
    rest = upper;
  }
  writeDigits(rest, to, at, position - at);
  return end;
}

/** The digits of 000 .. 999, three bytes each: one look-up in place of three divisions that wait for each other. */
const TRIPLES = Uint8Array.from({ length: 3_000 }, (_, i) => {
  const value = Math.floor(i / 3);
  return ZERO + (Math.floor(value / 10 ** (2 - (i % 3))) % 10);
});

/** Writes exactly `count` (0..9) digits of an integer below 10^9, with leading zeros. */
export function writeDigits(value: number, to: Uint8Array, at: number, count: number): void {
  let rest = value | 0;
  let end = at + count;
  for (; end - at >= 3; end -= 3) {
    const upper = (rest / 1000) | 0;
    const triple = (rest - upper * 1000) * 3;
    to[end - 3] = TRIPLES[triple] as number;
    to[end - 2] = TRIPLES[triple + 1] as number;
    to[end - 1] = TRIPLES[triple + 2] as number;
    rest = upper;
  }
  for (let i = end - 1; i >= at; i--) {
    const upper = (rest / 10) | 0;
    to[i] = ZERO + rest - upper * 10;
    rest = upper;
  }
}

/** Writes ASCII text (a char code beyond 255 would be cut); returns the position behind it. */
export function writeAscii(text: string, to: Uint8Array, at: number): number {
  for (let i = 0; i < text.length; i++) to[at + i] = text.charCodeAt(i);
  return at + text.length;
}

/** Up to here building a string character by character is quicker than calling a decoder. */
const SHORT_TEXT_BYTES = 24;

/** The range as text, one character per byte (ISO 8859-1). For what is known to be ASCII. */
export function asciiText(bytes: Uint8Array, start: number, end: number): string {
  if (end - start > SHORT_TEXT_BYTES)
    return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');
  let text = '';
  for (let i = start; i < end; i++) text += String.fromCharCode(bytes[i] as number);
  return text;
}

/** Whether no byte of the range is above 127. */
export function isAscii(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if ((bytes[i] as number) >= 0x80) return false;
  return true;
}

const UTF8 = new TextDecoder('utf-8', { ignoreBOM: true });

/** The range as text. Where it is not UTF-8 each wrong *byte* becomes one U+FFFD, as in Go. */
export function utf8Text(bytes: Uint8Array, start: number, end: number): string {
  if (end - start <= SHORT_TEXT_BYTES && isAscii(bytes, start, end)) return asciiText(bytes, start, end);
  const text = UTF8.decode(bytes.subarray(start, end));
  return text.includes('\ufffd') ? repairedText(bytes, start, end) : text;
}

/** The slow way, for bytes that hold something wrong (or U+FFFD itself): the standard decoder joins wrong bytes. */
function repairedText(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  let at = start;
  while (at < end) {
    const length = runeLength(bytes, at, end);
    text += length === 0 ? '\ufffd' : UTF8.decode(bytes.subarray(at, at + length));
    at += length === 0 ? 1 : length;
  }
  return text;
}

/** Bytes of the well-formed UTF-8 sequence at `at`; 0 when there is none. */
export function runeLength(bytes: Uint8Array, at: number, end: number): number {
  const first = bytes[at] as number;
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return 0;
  const length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  if (at + length > end) return 0;
  const second = bytes[at + 1] as number;
  // No overlong forms, no surrogates, nothing beyond U+10FFFF.
  const low = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const high = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  if (second < low || second > high) return 0;
  for (let i = 2; i < length; i++) if (((bytes[at + i] as number) & 0xc0) !== 0x80) return 0;
  return length;
}

/**
 * A well spread unsigned 32-bit hash of the range (FNV-1a, then mixed so that any bits of it may be used). For tables in
 * memory: never stored, never sent, and not safe against somebody who wants collisions.
 */
export function hashBytes(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ (bytes[i] as number), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** Above this many bytes the engine's own copy wins over a loop, though it makes a view per call. */
const LOOP_BYTES_MAX = 48;

/**
 * Copies `from[fromStart..fromEnd)` to `to` at `toStart`; the ranges must not overlap.
 *
 * Measured (tools/bench/copy_bench.ts): an unrolled loop costs 6 ns + 0.8 ns a byte, set(subarray) 45 ns whatever the
 * size. Who has a DataView of both sides copies words at 8 ns + 0.3 ns a byte, but making one costs 100 ns.
 */
export function copyBytes(from: Uint8Array, fromStart: number, fromEnd: number, to: Uint8Array, toStart: number): void {
  const length = fromEnd - fromStart;
  if (length > LOOP_BYTES_MAX) {
    to.set(from.subarray(fromStart, fromEnd), toStart);
    return;
  }
  let i = 0;
  for (; i + 8 <= length; i += 8) {
    const source = fromStart + i;
    const target = toStart + i;
    to[target] = from[source] as number;
    to[target + 1] = from[source + 1] as number;
    to[target + 2] = from[source + 2] as number;
    to[target + 3] = from[source + 3] as number;
    to[target + 4] = from[source + 4] as number;
    to[target + 5] = from[source + 5] as number;
    to[target + 6] = from[source + 6] as number;
    to[target + 7] = from[source + 7] as number;
  }
  for (; i < length; i++) to[toStart + i] = from[fromStart + i] as number;
}
