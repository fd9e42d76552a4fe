// The delays between deliveries of a message that nobody acknowledges, growing at equal steps.
// Compat: natscli cli/consumer_command.go, askBackoffPolicy; jsm.go, LinearBackoffPeriods.
import { UsageError } from '../../errors.ts';
import { parseDuration } from '../../input/duration.ts';
import { parseInteger } from '../../input/number.ts';
import type { Session } from '../../session.ts';

export interface Backoff {
  readonly steps: number;
  readonly minNs: number;
  readonly maxNs: number;
}

const MILLISECOND_NS = 1_000_000;

/** Nanoseconds, the shortest first; the longest is one step short of the maximum, as the reference makes them. */
export function linearBackoff({ steps, minNs, maxNs }: Backoff): number[] {
  if (minNs <= 0) throw new UsageError('--backoff-min must be more than 0');
  if (maxNs <= 0) throw new UsageError('--backoff-max must be more than 0');
  const [low, high] = minNs < maxNs ? [minNs, maxNs] : [maxNs, minNs];
  const step = Math.floor((high - low) / steps);
  if (high !== low && step === 0) throw new UsageError(`--backoff-steps ${steps} are too many between these times`);
  return Array.from(
    { length: steps },
    (_, index) => low + Math.round((index * step) / MILLISECOND_NS) * MILLISECOND_NS,
  );
}

/** Null where the person wants none, or is not there. */
export async function askBackoff(session: Session): Promise<Backoff | null> {
  if (!(await session.ask.yesOrNo('Add a Retry Backoff Policy', false))) return null;
  const mode = await session.ask.choice({
    message: 'Backoff policy',
    flag: '--backoff',
    choices: ['linear', 'none'],
    default: 'none',
  });
  if (mode === 'none') return null;
  const minNs = await askDuration(session, 'Minimum retry time', '--backoff-min', '1m');
  const maxNs = await askDuration(session, 'Maximum retry time', '--backoff-max', '10m');
  const steps = await session.ask.text({
    message: 'Number of steps to generate in the policy',
    flag: '--backoff-steps',
    default: '20',
    check: (typed) => {
      const read = parseInteger(typed, { min: 1 });
      return read.ok ? null : read.error;
    },
  });
  return { steps: Number(steps), minNs, maxNs };
}

async function askDuration(session: Session, message: string, flag: string, initial: string): Promise<number> {
  const text = await session.ask.text({
    message,
    flag,
    default: initial,
    check: (typed) => {
      const read = parseDuration(typed);
      return read.ok ? null : read.error;
    },
  });
  const read = parseDuration(text);
  if (!read.ok) throw new UsageError(`${flag} ${read.error}`);
  return read.value;
}
