// Numbers and dates of the configuration language: tokens whose shape the lexer has accepted into values, or the sentence
// why not. Compat: conf/parse.go, processItem.
import { type Parsed, parsed, refused } from '../base/parsed.ts';

const THOUSANDS = 'kmgtpe';
const INTEGER_MAX = (1n << 63n) - 1n;
const INTEGER_MIN = -(1n << 63n);

/**
 * `-12`, `4k` (4000), `4kb`, `4Ki`, `4KiB` (4096), and so for m, g, t, p and e. A product beyond 64 bits wraps, as in the
 * reference.
 */
export function parseInteger(text: string): Parsed<bigint> {
  const [, digits = '', unit = ''] = /^([\p{Nd}-]*)(.*)$/su.exec(text) ?? [];
  if (!/^-?[0-9]+$/.test(digits)) return refused(`expected integer, but got '${text}'`);
  const number = BigInt(digits);
  if (number > INTEGER_MAX || number < INTEGER_MIN) return refused(`integer '${text}' is out of the range`);
  const factor = unitFactor(unit.toLowerCase());
  // The reference forgets the value and its key.
  if (factor === null) return refused(`integer '${text}' has the unknown unit '${unit}'`);
  return parsed(BigInt.asIntN(64, number * factor));
}

function unitFactor(unit: string): bigint | null {
  if (unit === '') return 1n;
  const power = BigInt(THOUSANDS.indexOf(unit.charAt(0)) + 1);
  if (power === 0n) return null;
  const rest = unit.slice(1);
  if (rest === '') return 1000n ** power;
  return rest === 'b' || rest === 'i' || rest === 'ib' ? 1024n ** power : null;
}

export function parseFloat64(text: string): Parsed<number> {
  if (!/^-?[0-9]+\.[0-9]+$/.test(text)) return refused(`expected float, but got '${text}'`);
  const number = Number(text);
  return Number.isFinite(number) ? parsed(number) : refused(`float '${text}' is out of the range`);
}

/** `2026-11-23T10:02:11Z`, when there is such a moment. */
export function parseDatetime(text: string): Parsed<string> {
  const refusal = refused(`expected Zulu formatted DateTime, but got '${text}'`);
  const fields = /^([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})Z$/.exec(text);
  if (fields === null) return refusal;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = fields.slice(1).map(Number);
  if (month < 1 || month > 12 || day < 1 || day > daysOf(year, month)) return refusal;
  return hour > 23 || minute > 59 || second > 59 ? refusal : parsed(text);
}

function daysOf(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}
