// Unix times in nanoseconds, exact. On hot paths a time is two unsigned 32-bit halves of the signed 64-bit number that
// files and the wire have (times before 1970 are negative); at the edges it is a bigint, or RFC 3339 text as Go prints
// it. No clock in here, no time zones but UTC, no BigInt in the functions on halves. Store, consumers and API call it.
import { writeDigits } from './bytes.ts';
import { type Parsed, parsed, quoteForTimeError, refused } from './parsed.ts';

const TWO_32 = 4_294_967_296;
const BILLION = 1_000_000_000;

/** Go's zero time, which stands for "none" in the API. It is no Unix time that 64 bits can hold. */
export const ZERO_TIME_TEXT = '0001-01-01T00:00:00Z';
export const ZERO_TIME_NS = -62_135_596_800_000_000_000n;

/** A time that is filled again and again. Invariant: both halves are integers in 0 .. 2^32 - 1. */
export class NanoTime {
  high = 0;
  low = 0;

  set(high: number, low: number): void {
    this.high = high;
    this.low = low;
  }

  /** From Unix milliseconds with fraction (Clock.realtimeMs): the nanosecond at or before it, exactly. */
  setMs(ms: number): void {
    const whole = Math.floor(ms);
    const nanos = Math.floor((ms - whole) * 1_000_000);
    // whole = upper * 2^16 + lower, so whole * 10^6 stays within what a double holds exactly, part by part.
    const upper = Math.floor(whole / 65_536);
    const lower = whole - upper * 65_536;
    const product = upper * 1_000_000;
    const high = Math.floor(product / 65_536);
    const low = (product - high * 65_536) * 65_536 + lower * 1_000_000 + nanos;
    const carry = Math.floor(low / TWO_32);
    this.high = (high + carry) >>> 0;
    this.low = low - carry * TWO_32;
  }

  setNs(ns: bigint): void {
    this.high = nanosHigh(ns);
    this.low = nanosLow(ns);
  }

  /** Adds nanoseconds: any integer up to 2^53 - 1 either way. */
  add(ns: number): void {
    const sum = this.low + ns;
    const carry = Math.floor(sum / TWO_32);
    this.low = sum - carry * TWO_32;
    this.high = (this.high + carry) >>> 0;
  }

  increment(): void {
    if (this.low < TWO_32 - 1) {
      this.low++;
      return;
    }
    this.low = 0;
    this.high = (this.high + 1) >>> 0;
  }

  toNs(): bigint {
    return nanosToNs(this.high, this.low);
  }
}

/** Negative, 0 or positive as the first time is before, at or behind the second. */
export function compareNanos(aHigh: number, aLow: number, bHigh: number, bLow: number): number {
  return aHigh === bHigh ? aLow - bLow : (aHigh | 0) - (bHigh | 0);
}

export function nanosHigh(ns: bigint): number {
  return Number(BigInt.asUintN(32, ns >> 32n));
}

export function nanosLow(ns: bigint): number {
  return Number(BigInt.asUintN(32, ns));
}

export function nanosToNs(high: number, low: number): bigint {
  return (BigInt(high | 0) << 32n) | BigInt(low);
}

/** Unix milliseconds with fraction; exact to about a quarter of a microsecond. */
export function nanosToMs(high: number, low: number): number {
  return ((high | 0) * TWO_32 + low) / 1_000_000;
}

/** The whole Unix millisecond at or before the time, exactly. */
export function nanosToWholeMs(high: number, low: number): number {
  // 2^32 ns are 4294 ms and 967296 ns.
  const signed = high | 0;
  return signed * 4294 + Math.floor((signed * 967_296 + low) / 1_000_000);
}

/** The whole Unix second at or before the time, exactly. */
export function nanosToWholeSeconds(high: number, low: number): number {
  return Math.floor(nanosToWholeMs(high, low) / 1000);
}

/**
 * Writes the nanoseconds in decimal as ASCII (19 digits for our days) and returns the position behind them. The halves
 * are taken as they stand, as an unsigned number: that is for times since 1970 only.
 */
export function writeNanos(high: number, low: number, to: Uint8Array, at: number): number {
  // Long division of the 64 bits by 10^9, in steps of 16 bits so that every remainder * 2^16 is exact.
  const q2 = Math.floor(high / BILLION);
  const r2 = high - q2 * BILLION;
  const d1 = r2 * 65_536 + (low >>> 16);
  const q1 = Math.floor(d1 / BILLION);
  const r1 = d1 - q1 * BILLION;
  const d0 = r1 * 65_536 + (low & 0xffff);
  const q0 = Math.floor(d0 / BILLION);
  const lowest = d0 - q0 * BILLION;
  const rest = q2 * TWO_32 + q1 * 65_536 + q0;

  if (rest === 0) return writeLeading(lowest, to, at);
  const upper = Math.floor(rest / BILLION);
  const middle = rest - upper * BILLION;
  let end = at;
  if (upper === 0) {
    end = writeLeading(middle, to, at);
  } else {
    end = writeLeading(upper, to, at);
    writeDigits(middle, to, end, 9);
    end += 9;
  }
  writeDigits(lowest, to, end, 9);
  return end + 9;
}

/** An integer below 10^9 without leading zeros. */
function writeLeading(value: number, to: Uint8Array, at: number): number {
  let count = 1;
  for (let limit = 10; count < 9 && value >= limit; limit *= 10) count++;
  writeDigits(value, to, at, count);
  return at + count;
}

// --- text ---------------------------------------------------------------------------------------------------------

const DAY_SECONDS = 86_400;
/** Days from 0000-03-01, where the calendar's 400-year cycle begins conveniently, to 1970-01-01. */
const DAYS_TO_1970 = 719_468;
const CYCLE_DAYS = 146_097;

/** RFC 3339 in UTC with as many digits of the second as needed, as Go's RFC3339Nano. */
export function rfc3339Nano(ns: bigint): string {
  const fraction = Number(((ns % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n);
  const seconds = Number((ns - BigInt(fraction)) / 1_000_000_000n);
  const days = Math.floor(seconds / DAY_SECONDS);
  const clock = seconds - days * DAY_SECONDS;
  const hour = Math.floor(clock / 3600);
  const minute = Math.floor((clock % 3600) / 60);
  const time = `${pad(hour, 2)}:${pad(minute, 2)}:${pad(clock % 60, 2)}`;
  const digits = fraction === 0 ? '' : `.${pad(fraction, 9).replace(/0+$/, '')}`;
  return `${dateText(days)}T${time}${digits}Z`;
}

/** As rfc3339Nano, from Unix milliseconds with fraction. */
export function rfc3339NanoOfMs(ms: number): string {
  const time = new NanoTime();
  time.setMs(ms);
  return rfc3339Nano(time.toNs());
}

/** As rfc3339Nano, with 0 (no time) as Go's zero time: how the API shows times that a stream may not have. */
export function rfc3339NanoOrZero(ns: bigint): string {
  return ns === 0n ? ZERO_TIME_TEXT : rfc3339Nano(ns);
}

function pad(value: number, digits: number): string {
  return String(value).padStart(digits, '0');
}

/** The date of a day counted from 1970-01-01, by the calendar's cycles with years that begin in March. */
function dateText(daysSince1970: number): string {
  const days = daysSince1970 + DAYS_TO_1970;
  const cycle = Math.floor(days / CYCLE_DAYS);
  const dayOfCycle = days - cycle * CYCLE_DAYS;
  const leapDays =
    Math.floor(dayOfCycle / 1460) - Math.floor(dayOfCycle / 36_524) + Math.floor(dayOfCycle / (CYCLE_DAYS - 1));
  const yearOfCycle = Math.floor((dayOfCycle - leapDays) / 365);
  const dayOfYear = dayOfCycle - (365 * yearOfCycle + Math.floor(yearOfCycle / 4) - Math.floor(yearOfCycle / 100));
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1;
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
  const year = yearOfCycle + cycle * 400 + (month <= 2 ? 1 : 0);
  return `${year < 0 ? `-${pad(-year, 4)}` : pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}`;
}

/** The inverse of dateText. */
function daysOf(year: number, month: number, day: number): number {
  const marchYear = month <= 2 ? year - 1 : year;
  const cycle = Math.floor(marchYear / 400);
  const yearOfCycle = marchYear - cycle * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const dayOfCycle = yearOfCycle * 365 + Math.floor(yearOfCycle / 4) - Math.floor(yearOfCycle / 100) + dayOfYear;
  return cycle * CYCLE_DAYS + dayOfCycle - DAYS_TO_1970;
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

const LAYOUT = '2006-01-02T15:04:05Z07:00';

/** One number of the layout: what stands before it, how the layout calls it, what digits and values it may have. */
const FIELDS = [
  { before: '', name: '2006', pattern: /^\d{4}/, min: 0, max: 9999, what: 'year' },
  { before: '-', name: '01', pattern: /^\d\d/, min: 1, max: 12, what: 'month' },
  { before: '-', name: '02', pattern: /^\d\d/, min: 0, max: 99, what: 'day' },
  { before: 'T', name: '15', pattern: /^\d\d?/, min: 0, max: 23, what: 'hour' },
  { before: ':', name: '04', pattern: /^\d\d/, min: 0, max: 59, what: 'minute' },
  { before: ':', name: '05', pattern: /^\d\d/, min: 0, max: 59, what: 'second' },
] as const;

/**
 * Reads RFC 3339 text with `Z` or an offset and any number of digits of the second (those beyond nine are dropped).
 * Compat: Go time/format.go, parse with RFC3339: an hour of one digit, a comma for the point and an offset up to 24:60
 * are taken; refusals have its texts.
 */
export function parseRfc3339(text: string): Parsed<bigint> {
  const values: number[] = [];
  let rest = text;
  for (const field of FIELDS) {
    if (!rest.startsWith(field.before)) return unreadable(text, rest, field.before);
    rest = rest.slice(field.before.length);
    const digits = field.pattern.exec(rest)?.[0];
    if (digits === undefined) return unreadable(text, rest, field.name);
    const value = Number(digits);
    rest = rest.slice(digits.length);
    if (value < field.min || value > field.max) return outOfRange(text, field.what);
    values.push(value);
  }
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = values;

  const fraction = /^[.,](\d+)/.exec(rest);
  const nanos = fraction === null ? 0 : Number((fraction[1] ?? '').slice(0, 9).padEnd(9, '0'));
  rest = rest.slice(fraction === null ? 0 : fraction[0].length);

  const zone = /^(?:Z|([+-])(\d\d):(\d\d))/.exec(rest);
  if (zone === null) return unreadableZone(text, rest);
  const zoneHour = Number(zone[2] ?? 0);
  const zoneMinute = Number(zone[3] ?? 0);
  if (zoneMinute > 60) return outOfRange(text, 'time zone offset minute');
  if (zoneHour > 24) return outOfRange(text, 'time zone offset hour');
  rest = rest.slice(zone[0].length);
  if (rest !== '') return refused(`parsing time ${quoteForTimeError(text)}: extra text: ${quoteForTimeError(rest)}`);
  if (day < 1 || day > daysInMonth(year, month)) return outOfRange(text, 'day');

  const offset = (zoneHour * 60 + zoneMinute) * (zone[1] === '-' ? -60 : 60);
  const seconds = daysOf(year, month, day) * DAY_SECONDS + hour * 3600 + minute * 60 + second - offset;
  return parsed(BigInt(seconds) * 1_000_000_000n + BigInt(nanos));
}

function unreadable(text: string, rest: string, element: string): Parsed<bigint> {
  const [time, left, layout, part] = [text, rest, LAYOUT, element].map(quoteForTimeError);
  return refused(`parsing time ${time} as ${layout}: cannot parse ${left} as ${part}`);
}

/** A range error of the digits wins over a wrong sign, as in the reference. */
function unreadableZone(text: string, rest: string): Parsed<bigint> {
  const digits = /^.(\d\d):(\d\d)/s.exec(rest);
  if (digits !== null && Number(digits[2]) > 60) return outOfRange(text, 'time zone offset minute');
  if (digits !== null && Number(digits[1]) > 24) return outOfRange(text, 'time zone offset hour');
  return unreadable(text, rest, 'Z07:00');
}

function outOfRange(text: string, what: string): Parsed<bigint> {
  return refused(`parsing time ${quoteForTimeError(text)}: ${what} out of range`);
}
