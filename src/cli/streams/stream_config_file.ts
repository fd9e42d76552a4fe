// A stream's configuration as JSON in a file: as `stream add --output` wrote it, or within what `stream info --json`
// printed. Checked for keys and types before anything is sent; what the values mean is the server's to judge.
import type { JsonValue } from '../../base/json_parser.ts';
import { CommandError } from '../errors.ts';
import { readFile } from '../input/input_file.ts';
import { didYouMean } from '../input/suggestion.ts';
import type { Session } from '../session.ts';
import { userMetadata } from './stream_page.ts';

/** A configuration as it is sent: any key the server may know. */
export type StreamConfigDraft = Record<string, unknown> & { name: string };

type Kind = 'text' | 'number' | 'boolean' | 'texts' | 'object' | 'list';

const KEYS: Readonly<Record<string, Kind>> = {
  name: 'text',
  description: 'text',
  subjects: 'texts',
  retention: 'text',
  max_consumers: 'number',
  max_msgs_per_subject: 'number',
  max_msgs: 'number',
  max_bytes: 'number',
  max_age: 'number',
  max_msg_size: 'number',
  storage: 'text',
  discard: 'text',
  num_replicas: 'number',
  no_ack: 'boolean',
  duplicate_window: 'number',
  placement: 'object',
  mirror: 'object',
  sources: 'list',
  compression: 'text',
  subject_transform: 'object',
  republish: 'object',
  sealed: 'boolean',
  deny_delete: 'boolean',
  deny_purge: 'boolean',
  allow_rollup_hdrs: 'boolean',
  allow_direct: 'boolean',
  mirror_direct: 'boolean',
  discard_new_per_subject: 'boolean',
  first_seq: 'number',
  metadata: 'object',
  allow_msg_ttl: 'boolean',
  subject_delete_marker_ttl: 'number',
  consumer_limits: 'object',
  allow_atomic: 'boolean',
  allow_msg_counter: 'boolean',
  allow_msg_schedules: 'boolean',
  persist_mode: 'text',
  allow_batched: 'boolean',
  template_owner: 'text',
};

const CHOICES: Readonly<Record<string, readonly string[]>> = {
  retention: ['limits', 'interest', 'workqueue'],
  storage: ['file', 'memory'],
  discard: ['old', 'new'],
  compression: ['none', 's2', ''],
  persist_mode: ['default', 'async', ''],
};

export function readStreamConfig(session: Session, path: string): StreamConfigDraft {
  const text = readFile(session, path, '--config');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new CommandError(`--config '${path}' is no JSON: ${error instanceof Error ? error.message : error}`);
  }
  if (isObject(value) && isObject(value['config'])) value = value['config'];
  if (!isObject(value)) throw new CommandError(`--config '${path}' holds no JSON object`);
  const faults = streamConfigFaults({ name: '', ...value });
  if (faults.length > 0) throw new CommandError(`--config '${path}': ${faults.join('; ')}`);
  return { name: '', ...value };
}

/** Sentences, one per fault; none for a configuration that can be sent. */
export function streamConfigFaults(config: StreamConfigDraft): string[] {
  const faults: string[] = [];
  for (const [key, value] of Object.entries(config)) {
    const kind = KEYS[key];
    if (kind === undefined) faults.push(`unknown key '${key}'${didYouMean(key, Object.keys(KEYS))}`);
    else if (value !== null && value !== undefined && !isKind(value, kind))
      faults.push(`'${key}' must be ${kindText(kind)}`);
    const choices = CHOICES[key];
    if (choices !== undefined && typeof value === 'string' && !choices.includes(value)) {
      faults.push(`'${key}' is '${value}', it may be ${choices.filter((choice) => choice !== '').join(', ')}`);
    }
  }
  const { subjects } = config;
  if (config['no_ack'] !== true && Array.isArray(subjects) && subjects.includes('>')) {
    faults.push("subjects cannot be '>' when acknowledgement is enabled");
  }
  return faults;
}

/** The configuration in a server's answer, without what the server itself keeps in the metadata. */
export function draftOf(answer: JsonValue): StreamConfigDraft {
  const { config } = answer as { readonly config: StreamConfigDraft };
  const metadata = userMetadata(config['metadata'] as Readonly<Record<string, string>> | undefined);
  const draft: StreamConfigDraft = { ...config };
  delete draft['metadata'];
  return Object.keys(metadata).length === 0 ? draft : { ...draft, metadata };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isKind(value: unknown, kind: Kind): boolean {
  switch (kind) {
    case 'text':
      return typeof value === 'string';
    case 'number':
      return typeof value === 'number' && Number.isInteger(value);
    case 'boolean':
      return typeof value === 'boolean';
    case 'texts':
      return Array.isArray(value) && value.every((one) => typeof one === 'string');
    case 'object':
      return isObject(value);
    case 'list':
      return Array.isArray(value) && value.every(isObject);
  }
}

function kindText(kind: Kind): string {
  switch (kind) {
    case 'text':
      return 'a text';
    case 'number':
      return 'a whole number (durations are nanoseconds)';
    case 'boolean':
      return 'true or false';
    case 'texts':
      return 'a list of texts';
    case 'object':
      return 'an object';
    case 'list':
      return 'a list of objects';
  }
}
