// Durations as people type them: Go's units, and days, weeks, months and years beside them, in nanoseconds.
// Compat: the reference's command line takes `d w M y` in either case, `M` alone being months.
import { type Parsed, parsed, refused } from '../../base/parsed.ts';

const SECOND_NS = 1_000_000_000;
const DAY_NS = 86_400 * SECOND_NS;
/** What 64 signed bits hold; above it the server would refuse. */
const DURATION_NS_MAX = 2 ** 63 - 1024;

const UNITS: ReadonlyMap<string, number> = new Map([
  ['ns', 1],
  ['us', 1000],
  ['µs', 1000],
  ['μs', 1000],
  ['ms', 1_000_000],
  ['s', SECOND_NS],
  ['m', 60 * SECOND_NS],
  ['h', 3600 * SECOND_NS],
  ['d', DAY_NS],
  ['D', DAY_NS],
  ['w', 7 * DAY_NS],
  ['W', 7 * DAY_NS],
  ['M', 30 * DAY_NS],
  ['y', 365 * DAY_NS],
  ['Y', 365 * DAY_NS],
]);

/** `30d`, `1w12h`, `2m30s`, `1.5h`, `300ms`, `0`, `-5s`; in nanoseconds. */
export function parseDuration(text: string): Parsed<number> {
  const trimmed = text.trim();
  if (trimmed === '0') return parsed(0);
  const [, sign = '', rest = ''] = /^([-+]?)(.*)$/s.exec(trimmed) ?? [];
  if (rest === '' || !/^(?:\d+(?:\.\d*)?[a-zA-Zµμ]+|\.\d+[a-zA-Zµμ]+)+$/.test(rest)) return refusal(text);
  let total = 0;
  for (const [, number = '', unit = ''] of rest.matchAll(/([\d.]+)([a-zA-Zµμ]+)/g)) {
    const unitNs = UNITS.get(unit);
    if (unitNs === undefined) return refusal(text);
    total += Number(number) * unitNs;
  }
  if (total > DURATION_NS_MAX) return refused(`'${text}' is longer than the server can count (292 years)`);
  const whole = Math.round(total);
  return parsed(sign === '-' ? -whole : whole);
}

function refusal(text: string): Parsed<number> {
  return refused(`'${text}' is no duration: write it like 300ms, 2m30s, 12h, 7d, 2w, 1M or 1y`);
}
