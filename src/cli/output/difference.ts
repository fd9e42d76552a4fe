// What differs between two objects, key by key; lists of texts that differ in their order alone are equal.
import { durationWord, isDurationField } from '../documents/duration_word.ts';
import { jsonLine } from './json.ts';

export interface Difference {
  /** `placement.cluster`. */
  readonly key: string;
  /** Undefined where it was not there. */
  readonly old: unknown;
  readonly new: unknown;
}

export function differences(before: unknown, after: unknown, key = ''): Difference[] {
  if (isObject(before) && isObject(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    return keys.flatMap((name) => differences(before[name], after[name], key === '' ? name : `${key}.${name}`));
  }
  return comparable(before) === comparable(after) ? [] : [{ key, old: before, new: after }];
}

/** A field of a configuration as people read it: durations are `7d`, not nanoseconds. */
export function valueText(key: string, value: unknown): string {
  if (value === undefined || value === null) return '-';
  if (!isDurationField(key.slice(key.lastIndexOf('.') + 1))) return jsonLine(value);
  if (Array.isArray(value)) return `[${value.map((one) => durationWord(Number(one))).join(', ')}]`;
  return durationWord(Number(value));
}

/** `-  max_age: 0s` and `+  max_age: 1m`. */
export function differenceLines(changes: readonly Difference[]): string[] {
  return changes.flatMap(({ key, old, new: now }) => [
    ...(old === undefined ? [] : [`-  ${key}: ${valueText(key, old)}`]),
    ...(now === undefined ? [] : [`+  ${key}: ${valueText(key, now)}`]),
  ]);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What is not there is what is empty: the server leaves such keys out. */
function comparable(value: unknown): string {
  if (value === undefined || value === null || value === false || value === '' || value === 0) return '';
  if (isObject(value) && Object.keys(value).length === 0) return '';
  if (!Array.isArray(value)) return jsonLine(value);
  return jsonLine(value.every((one) => typeof one === 'string') ? [...value].sort() : value);
}
