// Times in requests: RFC 3339 text as Go's time package takes it, refused in its words, kept as the text that it would
// print again (fraction without trailing zeros, the zone as given). Pure; used by the configurations and by requests
// that name a time.
import { parseRfc3339, rfc3339Nano, ZERO_TIME_TEXT } from '../../base/nanos.ts';
import { type Parsed, parsed } from '../../base/parsed.ts';
import { DecodeStop } from './json_cursor.ts';
import { custom, type JsonType } from './json_type.ts';

const MINUTE_NS = 60_000_000_000n;

/** Minutes east of Greenwich that a valid text ends with. */
function offsetMinutes(text: string): bigint {
  const zone = /([+-])(\d\d):(\d\d)$/.exec(text);
  if (zone === null) return 0n;
  const minutes = BigInt(zone[2] ?? 0) * 60n + BigInt(zone[3] ?? 0);
  return zone[1] === '-' ? -minutes : minutes;
}

function zoneText(minutes: bigint): string {
  if (minutes === 0n) return 'Z';
  const away = minutes < 0n ? -minutes : minutes;
  const two = (value: bigint) => String(value).padStart(2, '0');
  return `${minutes < 0n ? '-' : '+'}${two(away / 60n)}:${two(away % 60n)}`;
}

/** The time as Go would print it again, or Go's refusal. */
export function normalTime(text: string): Parsed<string> {
  const time = parseRfc3339(text);
  if (!time.ok) return time;
  const minutes = offsetMinutes(text);
  const local = rfc3339Nano(time.value + minutes * MINUTE_NS);
  return parsed(`${local.slice(0, -1)}${zoneText(minutes)}`);
}

/** Unix nanoseconds of a text that normalTime() gave. */
export function timeNanos(text: string): bigint {
  const time = parseRfc3339(text);
  return time.ok ? time.value : 0n;
}

function parseTime(raw: string): string {
  if (raw === 'null') return ZERO_TIME_TEXT;
  if (raw[0] !== '"') throw new DecodeStop('Time.UnmarshalJSON: input is not a JSON string');
  const time = normalTime(raw.slice(1, -1));
  if (!time.ok) throw new DecodeStop(time.error);
  return time.value;
}

/** time.Time, as text. */
export const TIME: JsonType<string> = custom('time.Time', ZERO_TIME_TEXT, parseTime);
