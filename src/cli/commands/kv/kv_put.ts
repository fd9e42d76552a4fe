// `contrail kv put`, `create` and `update`: a value under a key, whatever stands there, only where nothing does, or only
// where it has not changed meanwhile.
import type { KV } from '@nats-io/kv';
import { KEY_VALUE } from '../../buckets/bucket.ts';
import { KvBucket } from '../../buckets/kv_bucket.ts';
import { checkKey } from '../../buckets/kv_key.ts';
import { ApiError } from '../../client/js_api.ts';
import { argument, defineCommand, flag } from '../../command.ts';
import { CommandError, UsageError } from '../../errors.ts';
import { wholeInput } from '../../messages/payload_source.ts';
import { durationGo } from '../../output/human.ts';
import type { Session } from '../../session.ts';

const BUCKET = argument.required('The bucket to act on');
const KEY = argument.required('The key to act on');
const VALUE = argument.optional('The value to store, when empty reads STDIN');
const JSON_SHAPE = 'An object: bucket, key, revision.';

const SECOND_NS = 1e9;
/** Another revision than the expected one; the second number is a cluster's. */
const WRONG_REVISION: readonly number[] = [10071, 10164];
const TTL_DISABLED = 10166;

export const KV_PUT = defineCommand({
  name: 'put',
  summary: 'Puts a value into a key',
  args: { bucket: BUCKET, key: KEY, value: VALUE },
  examples: [
    { text: 'A value', command: 'contrail kv put CONFIG site.title "Hello"' },
    { text: 'A file', command: 'contrail kv put CONFIG logo < logo.png' },
  ],
  json: JSON_SHAPE,
  run: async (session, { bucket, key, value }) => {
    const inTheWay = 'has changed meanwhile';
    await store(session, { bucket, key, value, inTheWay }, (kv, bytes) => kv.put(key, bytes));
  },
});

export const KV_CREATE = defineCommand({
  name: 'create',
  summary: "Puts a value into a key only if the key is new or it's last operation was a delete",
  args: { bucket: BUCKET, key: KEY, value: VALUE },
  flags: { ttl: flag.duration('Sets a TTL for the key', { placeholder: 'DURATION' }) },
  examples: [
    { text: 'Whoever comes first', command: 'contrail kv create LOCKS job-7 worker-1' },
    { text: 'A lock that goes by itself', command: 'contrail kv create LOCKS job-7 worker-1 --ttl 30s' },
  ],
  json: JSON_SHAPE,
  run: async (session, { bucket, key, value }, { ttl }) => {
    const lifetime = lifetimeOf(ttl);
    const inTheWay = 'exists already';
    await store(session, { bucket, key, value, inTheWay }, (kv, bytes) => kv.create(key, bytes, lifetime));
  },
});

export const KV_UPDATE = defineCommand({
  name: 'update',
  summary: 'Updates a key with a new value if the previous value matches the given revision',
  args: {
    bucket: BUCKET,
    key: KEY,
    value: argument.required('The value to store'),
    revision: argument.requiredInteger('The revision of the previous value in the bucket', { min: 1 }),
  },
  examples: [
    { text: 'Only if nobody else has changed it', command: 'contrail kv update CONFIG site.title "Hi" 12' },
    { text: 'From standard input', command: 'contrail kv update CONFIG logo "" 12 < logo.png' },
  ],
  json: JSON_SHAPE,
  run: async (session, { bucket, key, value, revision }) => {
    const inTheWay = `is not at revision ${revision}`;
    await store(session, { bucket, key, value, inTheWay }, (kv, bytes) => kv.update(key, bytes, revision));
  },
});

interface Given {
  readonly bucket: string;
  readonly key: string;
  readonly value: string | undefined;
  /** What is the matter with the key, where the server has it at another revision. */
  readonly inTheWay: string;
}

async function store(
  session: Session,
  { bucket, key, value, inTheWay }: Given,
  work: (kv: KV, bytes: Uint8Array) => Promise<number>,
): Promise<void> {
  checkKey(key);
  const opened = await KvBucket.open(session, bucket);
  const bytes = await valueBytes(session, value);
  try {
    const revision = await opened.write(key, (kv) => work(kv, bytes));
    if (session.isJson) session.json({ bucket, key, revision });
    else session.print(value ?? '');
  } catch (error) {
    throw error instanceof ApiError ? refusal(error, { bucket: opened.name, key, inTheWay }) : error;
  }
}

/** Standard input where no value is given and somebody else than a person is there to give one. */
async function valueBytes(session: Session, value: string | undefined): Promise<Uint8Array> {
  const isGiven = value !== undefined && value !== '';
  if (isGiven || session.doors.terminal.isInputTerminal) return Buffer.from(value ?? '', 'utf8');
  return await wholeInput(session);
}

/** The text of a lifetime as the server reads it. */
export function lifetimeOf(ttl: number | undefined): string | undefined {
  if (ttl === undefined || ttl === 0) return undefined;
  if (ttl >= SECOND_NS) return durationGo(ttl);
  throw new UsageError('--ttl must be 1s or more');
}

function refusal(error: ApiError, { bucket, key, inTheWay }: Omit<Given, 'value'>): CommandError {
  const code = error.body.err_code;
  if (WRONG_REVISION.includes(code)) {
    const why = `key '${key}' ${inTheWay}: ${error.body.description} (${code})`;
    const then = `'contrail kv get ${bucket} ${key}' shows the latest, 'contrail kv put' replaces whatever is there`;
    return new CommandError(`${why}; ${then}`, { cause: error });
  }
  return ttlRefusal(error, bucket);
}

export function ttlRefusal(error: ApiError, bucket: string): CommandError {
  if (error.body.err_code !== TTL_DISABLED) return error;
  return new CommandError(
    `${error.body.description} (${TTL_DISABLED}): 'contrail stream edit ${KEY_VALUE.prefix}${bucket} --allow-msg-ttl' allows keys of this bucket to have a TTL`,
    { cause: error },
  );
}
