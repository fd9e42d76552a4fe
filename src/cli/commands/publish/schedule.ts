// The headers that make a stored message a schedule: when, where to, for how long. Decides which flags go together.
// Compat: natscli cli/pub_command.go, validateScheduleHeaders and addScheduleHeaders.
import { parseRfc3339, rfc3339Nano } from '../../../base/nanos.ts';
import { UsageError } from '../../errors.ts';
import { durationGo } from '../../output/human.ts';

export interface ScheduleFlags {
  readonly scheduleAfter: number | undefined;
  readonly scheduleAt: string | undefined;
  readonly scheduleCron: string | undefined;
  readonly scheduleDest: string | undefined;
  readonly scheduleEvery: number | undefined;
  readonly scheduleSource: string | undefined;
  readonly scheduleTtl: number | undefined;
}

export type HeaderPair = readonly [name: string, value: string];

/** Null where no flag asks for a schedule. `nowMs` is asked for each message. */
export function scheduleHeaders(flags: ScheduleFlags): ((nowMs: number) => HeaderPair[]) | null {
  const given = Object.entries(flags).filter(([key, value]) => key.startsWith('schedule') && value !== undefined);
  if (given.length === 0) return null;
  const { scheduleAfter: after, scheduleAt, scheduleCron: cron, scheduleDest: target, scheduleEvery: every } = flags;
  if (target === undefined)
    throw new UsageError('schedule destination is required when setting schedule properties: say --schedule-dest');
  if (after !== undefined && after <= 0) throw new UsageError('--schedule-after must be greater than 0');
  if (every !== undefined && every <= 0) throw new UsageError('--schedule-every must be greater than 0');
  const kinds = [
    ['--schedule-at', scheduleAt],
    ['--schedule-after', after],
    ['--schedule-every', every],
    ['--schedule-cron', cron],
  ].filter(([, value]) => value !== undefined);
  if (kinds.length > 1) throw new UsageError(`${kinds.map(([name]) => name).join(' and ')} are mutually exclusive`);
  const at = scheduleAt === undefined ? null : utcSeconds(scheduleAt);
  return (nowMs) => {
    const headers: HeaderPair[] = [['Nats-Schedule-Target', target]];
    if (at !== null) headers.push(['Nats-Schedule', `@at ${at}`]);
    else if (after !== undefined) headers.push(['Nats-Schedule', `@at ${wholeSecond(nowMs + after / 1e6)}`]);
    else if (every !== undefined) headers.push(['Nats-Schedule', `@every ${durationGo(every)}`]);
    else if (cron !== undefined) headers.push(['Nats-Schedule', cron]);
    if (flags.scheduleTtl !== undefined) headers.push(['Nats-Schedule-TTL', durationGo(flags.scheduleTtl)]);
    if (flags.scheduleSource !== undefined) headers.push(['Nats-Schedule-Source', flags.scheduleSource]);
    return headers;
  };
}

function utcSeconds(text: string): string {
  const time = parseRfc3339(text);
  if (!time.ok) throw new UsageError(`--schedule-at '${text}' is no time: write it like 2026-11-23T10:00:00Z`);
  return wholeSecond(Number(time.value / 1_000_000n));
}

function wholeSecond(ms: number): string {
  return rfc3339Nano(BigInt(Math.floor(ms / 1000)) * 1_000_000_000n);
}
