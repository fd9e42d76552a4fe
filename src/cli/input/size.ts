// Sizes as people type them (`512`, `64KB`, `1GiB`), in bytes. Every unit counts by 1024.
// Compat: the reference's ParseStringAsBytes; a negative number means unlimited, which is -1. Where a size is no limit, -1 is not offered.
import { type Parsed, parsed, refused } from '../../base/parsed.ts';

const POWERS: ReadonlyMap<string, number> = new Map([
  ['', 0],
  ['B', 0],
  ['K', 1],
  ['M', 2],
  ['G', 3],
  ['T', 4],
  ['P', 5],
]);

export function parseSize(text: string, { isLimit = true } = {}): Parsed<number> {
  const trimmed = text.trim();
  if (/^-\d+$/.test(trimmed)) return parsed(-1);
  const match = /^(\d+)\s*([a-zA-Z]*)$/.exec(trimmed);
  const unit = (match?.[2] ?? '').toUpperCase();
  const power = POWERS.get(/^[KMGTP]I?B$/.test(unit) ? unit.charAt(0) : unit);
  if (match === null || power === undefined) {
    const ways = isLimit ? '1024, 64KB, 512MB, 10GiB or -1 for unlimited' : '512, 1024B, 64KB or 1MB';
    return refused(`'${text}' is no size: write it like ${ways}`);
  }
  const bytes = Number(match[1]) * 1024 ** power;
  if (!Number.isSafeInteger(bytes)) return refused(`'${text}' is larger than any stream can be`);
  return parsed(bytes);
}
