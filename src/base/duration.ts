// Durations as Go writes and reads them (`1h0m0s`, `1.5s`, `500µs`), in nanoseconds. For configuration, API texts,
// logs and the command line; nothing here is called per message.
// Compat: Go time/time.go Duration.String and time/format.go ParseDuration, whose texts the refusals are.
import { type Parsed, parsed, quoteForTimeError, refused } from './parsed.ts';

export const NANOSECOND = 1n;
export const MICROSECOND = 1_000n;
export const MILLISECOND = 1_000_000n;
export const SECOND = 1_000_000_000n;
export const MINUTE = 60n * SECOND;
export const HOUR = 3600n * SECOND;

/** What 64 signed bits hold, either way. */
const MAGNITUDE_MAX = 1n << 63n;

const UNITS: ReadonlyMap<string, bigint> = new Map([
  ['ns', NANOSECOND],
  ['us', MICROSECOND],
  ['µs', MICROSECOND], // U+00B5
  ['μs', MICROSECOND], // U+03BC
  ['ms', MILLISECOND],
  ['s', SECOND],
  ['m', MINUTE],
  ['h', HOUR],
]);

/** `1h0m0s`, `2m0s`, `1.5s`, `100ms`, `1.5µs`, `7ns`, `0s`. */
export function durationText(ns: bigint): string {
  if (ns === 0n) return '0s';
  const sign = ns < 0n ? '-' : '';
  const size = ns < 0n ? -ns : ns;
  if (size < MICROSECOND) return `${sign}${size}ns`;
  if (size < MILLISECOND) return `${sign}${fractionText(size, MICROSECOND)}µs`;
  if (size < SECOND) return `${sign}${fractionText(size, MILLISECOND)}ms`;
  const hours = size / HOUR;
  const minutes = (size % HOUR) / MINUTE;
  const seconds = `${fractionText(size % MINUTE, SECOND)}s`;
  if (hours > 0n) return `${sign}${hours}h${minutes}m${seconds}`;
  return minutes > 0n ? `${sign}${minutes}m${seconds}` : `${sign}${seconds}`;
}

/** `size / unit` in decimal, without zeros at the end of the fraction. */
function fractionText(size: bigint, unit: bigint): string {
  const fraction = size % unit;
  if (fraction === 0n) return String(size / unit);
  const digits = String(fraction).padStart(String(unit).length - 1, '0');
  return `${size / unit}.${digits.replace(/0+$/, '')}`;
}

/** Nanoseconds of `[-+]?([0-9]*(\.[0-9]*)?unit)+`, or of `0`. */
export function parseDuration(text: string): Parsed<bigint> {
  const isNegative = text.startsWith('-');
  let rest = isNegative || text.startsWith('+') ? text.slice(1) : text;
  if (rest === '0') return parsed(0n);
  if (rest === '') return refusal('invalid duration', text);
  let total = 0n;
  while (rest !== '') {
    const number = /^(\d*)(?:\.(\d*))?/.exec(rest);
    const whole = number?.[1] ?? '';
    const fraction = number?.[2] ?? '';
    if (whole === '' && fraction === '') return refusal('invalid duration', text);
    if (BigInt(whole) > MAGNITUDE_MAX) return refusal('invalid duration', text);
    rest = rest.slice(number?.[0].length ?? 0);
    const unitText = /^[^.\d]*/.exec(rest)?.[0] ?? '';
    if (unitText === '') return refusal('missing unit in duration', text);
    const unit = UNITS.get(unitText);
    if (unit === undefined) return refusal(`unknown unit ${quoteForTimeError(unitText)} in duration`, text);
    rest = rest.slice(unitText.length);
    total += BigInt(whole) * unit + fractionNs(fraction, unit);
    if (total > MAGNITUDE_MAX) return refusal('invalid duration', text);
  }
  if (isNegative) return parsed(-total);
  return total === MAGNITUDE_MAX ? refusal('invalid duration', text) : parsed(total);
}

/** Whole nanoseconds in `0.digits` of a unit, rounded as the reference does: in double precision, then cut. */
function fractionNs(digits: string, unit: bigint): bigint {
  if (digits === '') return 0n;
  let value = 0n;
  let scale = 1;
  for (const digit of digits) {
    // Digits that do not fit 63 bits are dropped there too.
    const next = value * 10n + BigInt(digit);
    if (next > MAGNITUDE_MAX) break;
    value = next;
    scale *= 10;
  }
  return BigInt(Math.trunc(Number(value) * (Number(unit) / scale)));
}

function refusal(what: string, text: string): Parsed<bigint> {
  return refused(`time: ${what} ${quoteForTimeError(text)}`);
}
