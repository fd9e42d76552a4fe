// How long a message may live by its own header, `Nats-TTL`: whole seconds, a duration of a second or more, or `never`.
// Pure. Called by the ingest for what arrives and by the file store for what it finds.
// Compat: stream.go, parseMessageTTL.
import { parseDuration } from '../base/duration.ts';
import { headerText } from '../wire/headers.ts';
import { parseSize } from '../wire/parser.ts';

export const TTL_HEADER = 'Nats-TTL';
/** A message without one. */
export const TTL_NONE = 0;
/** The message outlives the stream's max_age, too. */
export const TTL_NEVER = -1;

const SECOND_NS = 1_000_000_000n;

/** Seconds, or TTL_NEVER; null when the text is none. */
export function parseMessageTtl(text: string): number | null {
  if (text.toLowerCase() === 'never') return TTL_NEVER;
  const duration = parseDuration(text);
  if (duration.ok) return duration.value >= SECOND_NS ? Number(duration.value / SECOND_NS) : null;
  const bytes = new TextEncoder().encode(text);
  const seconds = parseSize(bytes, 0, bytes.length);
  return seconds < 0 ? null : seconds;
}

/** Of a header block that was stored: what is no TTL counts as none. */
export function storedTtl(bytes: Uint8Array, start: number, end: number): number {
  const text = start === end ? null : headerText(bytes, start, end, TTL_HEADER);
  return text === null ? TTL_NONE : (parseMessageTtl(text) ?? TTL_NONE);
}
