// Numbers, sizes, durations and times as the reference's command line shows them to people.
// Compat: natscli columns.go (F, HumanizeDuration), go-humanize (Comma, IBytes).
import { durationText } from '../../base/duration.ts';
import { rfc3339Nano } from '../../base/nanos.ts';

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'];
const SECOND_NS = 1e9;
/** The server's word for "not for as long as it can count". */
export const FOREVER_NS = 9_223_372_036_854_775_000;

/** `1,234,567`. */
export function countText(value: number | bigint): string {
  const text = String(typeof value === 'number' ? Math.trunc(value) : value);
  return text.includes('e') ? text : text.replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}

/** `1 value`, `2,000 values`: nouns whose plural has an s. */
export function countedText(count: number, noun: string): string {
  return `${countText(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** `1,234.568`: up to three digits behind the point, none that are zero at the end. */
export function decimalText(value: number): string {
  const [whole = '0', fraction = ''] = value.toFixed(3).split('.');
  const digits = fraction.replace(/0+$/, '');
  const sign = value < 0 && Number(whole) === 0 ? '-' : '';
  return `${sign}${countText(Number(whole)).replace(/^-?/, Number(whole) < 0 ? '-' : '')}${digits === '' ? '' : `.${digits}`}`;
}

/** `512 B`, `1.7 GiB`, `38 MiB`. */
export function sizeText(bytes: number | bigint): string {
  const value = Number(bytes);
  if (value < 10) return `${value} B`;
  const power = Math.min(Math.floor(Math.log2(value) / 10), UNITS.length - 1);
  const scaled = value / 1024 ** power;
  // Rounded once: 293.49 is 293, not 293.5 and then 294.
  const tenths = Math.floor(scaled * 10 + 0.5);
  return `${tenths < 100 ? (tenths / 10).toFixed(1) : Math.floor(scaled + 0.5)} ${UNITS[power]}`;
}

/** `7d0h0m0s`, `2m0s`, `1.50s`, `300ms`, `12µs`, `never`. */
export function durationHuman(ns: number): string {
  if (ns >= FOREVER_NS) return 'never';
  if (ns < SECOND_NS) {
    const unit = ns < 1e6 ? 1e3 : 1e6;
    return durationText(BigInt(Math.round(ns / unit) * unit));
  }
  const seconds = Math.floor(ns / SECOND_NS);
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  const days = Math.floor(hours / 24);
  const years = Math.floor(days / 365);
  const tail = `${minutes % 60}m${seconds % 60}s`;
  if (years > 0) return `${years}y${days % 365}d${hours % 24}h${tail}`;
  if (days > 0) return `${days}d${hours % 24}h${tail}`;
  if (hours > 0) return `${hours}h${tail}`;
  if (minutes > 0) return tail;
  return `${(ns / SECOND_NS).toFixed(2)}s`;
}

/** Go's own text of a duration, `2m0s`, for prompts and defaults. */
export function durationGo(ns: number): string {
  return durationText(BigInt(Math.round(ns)));
}

/** Local time as `2006-01-02 15:04:05`. `ms` is a Unix time, `offsetMinutes` how far local time is ahead of UTC. */
export function timeText(ms: number, offsetMinutes: number): string {
  const local = BigInt(Math.floor(ms / 1000) + offsetMinutes * 60) * 1_000_000_000n;
  return rfc3339Nano(local).slice(0, 19).replace('T', ' ');
}

/** Only the time of day, `15:04:05`, as log lines begin. */
export function clockText(ms: number, offsetMinutes: number): string {
  return timeText(ms, offsetMinutes).slice(11);
}
