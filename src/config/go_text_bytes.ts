// Bytes that may be no text at all, inside messages as the reference shows them.
import { goQuote } from './go_text.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const ASCII_END = 0x80;
/** UTF-8 of U+FFFD, which is also what a decoder makes of faults. */
const REPLACEMENT = '\ufffd';

/** In double quotes; what is no UTF-8 as `\\xff`. Compat: Go fmt, %q of bytes. */
export function goQuoteBytes(bytes: Uint8Array): string {
  let quoted = '"';
  for (let at = 0; at < bytes.length; ) {
    const length = textLength(bytes, at);
    if (length === 0) quoted += `\\x${(bytes[at] as number).toString(16).padStart(2, '0')}`;
    else quoted += goQuote(decoder.decode(bytes.subarray(at, at + length))).slice(1, -1);
    at += length || 1;
  }
  return `${quoted}"`;
}

/** Bytes of the run of ASCII or of the one other character that starts here; 0 where there is none. */
function textLength(bytes: Uint8Array, start: number): number {
  let end = start;
  while (end < bytes.length && (bytes[end] as number) < ASCII_END) end++;
  if (end > start) return end - start;
  const first = bytes[start] as number;
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  const part = bytes.subarray(start, start + length);
  const char = decoder.decode(part);
  const isWhole = part.length === length && [...char].length === 1;
  if (!isWhole) return 0;
  return char !== REPLACEMENT || encoder.encode(REPLACEMENT).every((byte, i) => byte === part[i]) ? length : 0;
}
