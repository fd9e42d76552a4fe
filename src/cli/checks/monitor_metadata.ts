// Thresholds that streams and consumers carry in their metadata (`io.nats.monitor.lag-critical: 200`), so that who makes
// them says what is healthy. Pure.
import { type Parsed, parsed, refused } from '../../base/parsed.ts';
import { parseDuration } from '../input/duration.ts';
import { parseInteger } from '../input/number.ts';

const PREFIX = 'io.nats.monitor.';

export type MonitorKind = 'count' | 'duration' | 'boolean';

/** What is behind the prefix -> the option it sets, and how its value is written. */
export type MonitorKeys<O> = Readonly<Record<string, readonly [option: keyof O, kind: MonitorKind]>>;

export function monitorOptions<O>(
  metadata: Readonly<Record<string, string>> | undefined,
  keys: MonitorKeys<O>,
): Parsed<Partial<O>> {
  const options: Partial<Record<keyof O, unknown>> = {};
  for (const [key, [option, kind]] of Object.entries(keys)) {
    const text = metadata?.[PREFIX + key];
    if (text === undefined) continue;
    const value = readValue(text, kind);
    if (!value.ok) return refused(`${PREFIX}${key}: ${value.error}`);
    options[option] = value.value;
  }
  // Each value was read by the kind that the option has.
  return parsed(options as Partial<O>);
}

/** False where the metadata says that nobody shall watch it. */
export function isMonitored(metadata: Readonly<Record<string, string>> | undefined): boolean {
  const value = booleanOf(metadata?.[`${PREFIX}enabled`] ?? 'true');
  return !value.ok || value.value;
}

/** Durations in seconds. */
function readValue(text: string, kind: MonitorKind): Parsed<number | boolean> {
  switch (kind) {
    case 'count':
      return parseInteger(text);
    case 'boolean':
      return booleanOf(text);
    case 'duration': {
      const duration = parseDuration(text);
      return duration.ok ? parsed(duration.value / 1e9) : duration;
    }
  }
}

function booleanOf(text: string): Parsed<boolean> {
  if (/^(?:1|t|true)$/i.test(text)) return parsed(true);
  if (/^(?:0|f|false)$/i.test(text)) return parsed(false);
  return refused(`'${text}' is neither true nor false`);
}
