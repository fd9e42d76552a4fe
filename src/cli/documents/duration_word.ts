// Durations as documents have them and people read them: `7d`, `1h30m`, `250ms`. What input/duration.ts reads back.

const UNITS: readonly (readonly [word: string, ns: number])[] = [
  ['d', 86_400e9],
  ['h', 3600e9],
  ['m', 60e9],
  ['s', 1e9],
  ['ms', 1e6],
  ['us', 1e3],
  ['ns', 1],
];

export function durationWord(ns: number): string {
  if (ns < 0) return `-${durationWord(-ns)}`;
  let text = '';
  let rest = ns;
  for (const [word, unit] of UNITS) {
    const count = Math.floor(rest / unit);
    if (count === 0) continue;
    text += `${count}${word}`;
    rest -= count * unit;
  }
  return text === '' ? '0s' : text;
}

const DURATION_FIELDS = new Set([
  'max_age',
  'duplicate_window',
  'subject_delete_marker_ttl',
  'ttl',
  'limit_marker_ttl',
  'ack_wait',
  'backoff',
  'idle_heartbeat',
  'max_expires',
  'inactive_threshold',
  'priority_timeout',
]);

/** Of streams, consumers and buckets, in the names of documents. */
export function isDurationField(name: string): boolean {
  return DURATION_FIELDS.has(name);
}
