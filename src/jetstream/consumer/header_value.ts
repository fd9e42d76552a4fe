// One value out of a raw `NATS/1.0` header block: exact key, first occurrence, blanks around it dropped. For the few
// requests of clients that carry headers; stored messages are never searched.
import { asciiText } from '../../base/bytes.ts';

/** Null when the block has no such key. */
export function headerValue(block: Uint8Array, start: number, end: number, key: string): string | null {
  if (start >= end) return null;
  for (const line of asciiText(block, start, end).split('\r\n')) {
    if (line.startsWith(`${key}:`)) return line.slice(key.length + 1).trim();
  }
  return null;
}
