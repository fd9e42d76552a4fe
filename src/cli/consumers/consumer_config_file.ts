// A consumer's configuration as JSON in a file: as `consumer add --output` wrote it, or within what `consumer info
// --json` printed. Checked for keys and types before anything is sent; what the values mean is the server's to judge.
import { errorText } from '../../base/errors.ts';
import { CommandError } from '../errors.ts';
import { readFile } from '../input/input_file.ts';
import { didYouMean } from '../input/suggestion.ts';
import type { Session } from '../session.ts';

/** A configuration as it is sent: any key the server may know. */
export type ConsumerConfigDraft = Readonly<Record<string, unknown>>;

interface Kind {
  readonly text: string;
  readonly holds: (value: unknown) => boolean;
}

const TEXT: Kind = { text: 'a text', holds: (value) => typeof value === 'string' };
const NUMBER: Kind = { text: 'a whole number (durations are nanoseconds)', holds: Number.isInteger };
const BOOLEAN: Kind = { text: 'true or false', holds: (value) => typeof value === 'boolean' };
const TEXTS: Kind = { text: 'a list of texts', holds: (value) => isListOf(value, TEXT) };
const NUMBERS: Kind = { text: 'a list of whole numbers (nanoseconds)', holds: (value) => isListOf(value, NUMBER) };
const OBJECT: Kind = { text: 'an object', holds: isObject };

const KEYS: Readonly<Record<string, Kind>> = {
  name: TEXT,
  durable_name: TEXT,
  description: TEXT,
  deliver_policy: TEXT,
  opt_start_seq: NUMBER,
  opt_start_time: TEXT,
  deliver_subject: TEXT,
  deliver_group: TEXT,
  ack_policy: TEXT,
  ack_wait: NUMBER,
  max_deliver: NUMBER,
  backoff: NUMBERS,
  filter_subject: TEXT,
  filter_subjects: TEXTS,
  replay_policy: TEXT,
  rate_limit_bps: NUMBER,
  sample_freq: TEXT,
  max_waiting: NUMBER,
  max_ack_pending: NUMBER,
  flow_control: BOOLEAN,
  idle_heartbeat: NUMBER,
  headers_only: BOOLEAN,
  max_batch: NUMBER,
  max_expires: NUMBER,
  max_bytes: NUMBER,
  inactive_threshold: NUMBER,
  num_replicas: NUMBER,
  mem_storage: BOOLEAN,
  metadata: OBJECT,
  pause_until: TEXT,
  priority_groups: TEXTS,
  priority_policy: TEXT,
  priority_timeout: NUMBER,
};

const CHOICES: Readonly<Record<string, readonly string[]>> = {
  deliver_policy: ['all', 'last', 'new', 'by_start_sequence', 'by_start_time', 'last_per_subject'],
  ack_policy: ['none', 'all', 'explicit', 'flow_control'],
  replay_policy: ['instant', 'original'],
  priority_policy: ['none', 'overflow', 'pinned_client', 'prioritized'],
};

export function readConsumerConfig(session: Session, path: string): ConsumerConfigDraft {
  const text = readFile(session, path, '--config');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new CommandError(`--config '${path}' is no JSON: ${errorText(error)}`);
  }
  if (isObject(value) && isObject(value['config'])) value = value['config'];
  if (!isObject(value)) throw new CommandError(`--config '${path}' holds no JSON object`);
  const faults = consumerConfigFaults(value);
  if (faults.length > 0) throw new CommandError(`--config '${path}': ${faults.join('; ')}`);
  return value;
}

/** Sentences, one per fault; none for a configuration that can be sent. */
export function consumerConfigFaults(config: ConsumerConfigDraft): string[] {
  const faults: string[] = [];
  for (const [key, value] of Object.entries(config)) {
    const kind = KEYS[key];
    if (kind === undefined) faults.push(`unknown key '${key}'${didYouMean(key, Object.keys(KEYS))}`);
    else if (value !== null && value !== undefined && !kind.holds(value)) faults.push(`'${key}' must be ${kind.text}`);
    const choices = CHOICES[key];
    if (choices !== undefined && typeof value === 'string' && !choices.includes(value)) {
      faults.push(`'${key}' is '${value}', it may be ${choices.join(', ')}`);
    }
  }
  return faults;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isListOf(value: unknown, kind: Kind): boolean {
  return Array.isArray(value) && value.every(kind.holds);
}
