// Whole and decimal numbers as people type them.
import { type Parsed, parsed, refused } from '../../base/parsed.ts';

export interface NumberRange {
  readonly min?: number;
  readonly max?: number;
}

export function parseInteger(text: string, { min, max }: NumberRange = {}): Parsed<number> {
  const value = /^[-+]?\d+$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value)) return refused(`'${text}' is no whole number`);
  if (min !== undefined && value < min) return refused(`${value} is too small: the least is ${min}`);
  if (max !== undefined && value > max) return refused(`${value} is too large: the most is ${max}`);
  return parsed(value);
}

export function parseDecimal(text: string): Parsed<number> {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  return Number.isFinite(value) ? parsed(value) : refused(`'${text}' is no number`);
}
