// Texts that monitoring shares with the reference: times, up-time, round trips. Pure.
import { durationText, MICROSECOND, MILLISECOND } from '../base/duration.ts';
import { rfc3339NanoOfMs } from '../base/nanos.ts';

/** Unix milliseconds (fraction welcome) as RFC 3339 with what precision there is. */
export function timeText(ms: number): string {
  return rfc3339NanoOfMs(ms);
}

/** Up-time as the reference spells it: `1d2h3m4s`, `26m53s`. Compat: monitor.go, myUptime. */
export function uptimeText(ms: number): string {
  const seconds = Math.trunc(ms / 1000);
  const minutes = Math.trunc(seconds / 60);
  const hours = Math.trunc(minutes / 60);
  const days = Math.trunc(hours / 24);
  const years = Math.trunc(days / 365);
  if (years > 0) return `${years}y${days % 365}d${hours % 24}h${minutes % 60}m${seconds % 60}s`;
  if (days > 0) return `${days}d${hours % 24}h${minutes % 60}m${seconds % 60}s`;
  if (hours > 0) return `${hours}h${minutes % 60}m${seconds % 60}s`;
  if (minutes > 0) return `${minutes}m${seconds % 60}s`;
  return `${seconds}s`;
}

/** A round trip, in whole microseconds below a millisecond. Compat: client.go, getRTT. */
export function rttText(ms: number): string {
  const ns = BigInt(Math.round(ms * 1e6));
  return durationText(ns > MICROSECOND && ns < MILLISECOND ? ns - (ns % MICROSECOND) : ns);
}

/** Nanoseconds of milliseconds, whole. */
export function nanosOfMs(ms: number): number {
  return Math.round(ms * 1_000_000);
}

const INT_MAX = 2n ** 63n - 1n;

/** A Go int beyond 2^53 prints all its digits; what was rounded past its range goes back to the end of it. */
export function goInt(value: number): number | bigint {
  if (Number.isSafeInteger(value)) return value;
  const exact = BigInt(value);
  return exact > INT_MAX ? INT_MAX : exact;
}
