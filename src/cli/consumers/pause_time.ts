// When a pause ends, as people type it: a duration from now, or a moment in UTC.
import { rfc3339Nano } from '../../base/nanos.ts';
import { UsageError } from '../errors.ts';
import { parseDuration } from '../input/duration.ts';

/** Unix milliseconds. Compat: the reference reads `2026-12-24 18:00:00` as UTC too. */
export function pauseTime(text: string, nowMs: number, where: string): number {
  if (/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(text)) {
    const ms = Date.parse(`${text.replace(' ', 'T')}Z`);
    if (Number.isFinite(ms)) return ms;
  }
  const duration = parseDuration(text);
  if (duration.ok) return nowMs + duration.value / 1e6;
  throw new UsageError(
    `${where} '${text}' could not be parsed as either timestamp (2026-12-24 18:00:00) or duration (1h30m)`,
  );
}

/** RFC 3339, as the API takes times. */
export function apiTime(ms: number): string {
  return rfc3339Nano(BigInt(Math.round(ms)) * 1_000_000n);
}
