// Times of connections between servers, as reports show them.
import { parseDuration } from '../../../../base/duration.ts';
import { durationHuman } from '../../../output/human.ts';
import type { Style } from '../../../output/style.ts';

/** Red where it is longer than it should be; as it came where it is no duration. */
export function rttText(rtt: string | undefined, slowMs: number, style: Style): string {
  const read = parseDuration(rtt ?? '');
  if (!read.ok) return rtt ?? '';
  const ns = Number(read.value);
  const text = durationHuman(ns);
  return ns < slowMs * 1e6 ? text : style.color('red', text);
}

/** `1m2s`; servers write days too, which stay as they came. */
export function uptimeText(uptime: string): string {
  const read = parseDuration(uptime);
  return read.ok ? durationHuman(Number(read.value)) : uptime;
}
