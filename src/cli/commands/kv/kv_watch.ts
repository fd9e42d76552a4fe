// `contrail kv watch`: a bucket's values as they are and as they change, until it is interrupted.
import { KvBucket } from '../../buckets/kv_bucket.ts';
import { entryJson, type KvEntry } from '../../buckets/kv_entry.ts';
import { checkKeyPattern } from '../../buckets/kv_key.ts';
import { argument, defineCommand, flag } from '../../command.ts';
import { UsageError } from '../../errors.ts';
import type { Session } from '../../session.ts';
import type { FeedStart } from '../../streams/message_feed.ts';

export const KV_WATCH = defineCommand({
  name: 'watch',
  summary: 'Watch the bucket or a specific key for updated',
  description: 'Shows the latest value of each key and then every change, until it is interrupted.',
  args: {
    bucket: argument.required('The bucket to act on'),
    key: argument.optional('The keys to watch: a key, or a pattern with wildcards (all where none is given)'),
  },
  flags: {
    history: flag.switch('Includes historic values'),
    deletes: flag.toggle('Includes deletes in watched values', { default: true }),
    updates: flag.switch('Only show new values written'),
    revision: flag.integer('Starts from a certain revision', { placeholder: 'REVISION', min: 0 }),
  },
  examples: [
    { text: 'The whole bucket', command: 'contrail kv watch CONFIG' },
    { text: 'Only what changes from now on', command: 'contrail kv watch CONFIG "site.>" --updates' },
    { text: 'For another program', command: 'contrail kv watch CONFIG --json' },
  ],
  json: 'An object per line: bucket, key, revision, operation (PUT, DELETE or PURGE), created, length, value (value_base64 where it is no text).',
  run: async (session, { bucket, key = '>' }, flags) => {
    checkKeyPattern(key);
    if (flags.history && flags.updates) throw new UsageError('give --history or --updates, not both');
    const opened = await KvBucket.open(session, bucket);
    for await (const entry of opened.following({ keys: key, start: startOf(flags) })) {
      if (entry.operation === 'PUT' || flags.deletes) show(session, entry);
    }
  },
});

interface WatchFlags {
  readonly history: boolean;
  readonly updates: boolean;
  readonly revision: number | undefined;
}

function startOf({ history, updates, revision = 0 }: WatchFlags): FeedStart {
  if (revision > 0) return { seq: revision };
  if (history) return 'all';
  return updates ? 'new' : 'last';
}

function show(session: Session, entry: KvEntry): void {
  if (session.isJson) {
    session.jsonLine(entryJson(entry));
    return;
  }
  const { bucket, key, operation, created, value } = entry;
  const isPut = operation === 'PUT';
  const word = session.style.color(isPut ? 'green' : 'red', operation);
  const tail = isPut ? `: ${Buffer.from(value).toString('utf8')}` : '';
  session.print(`[${session.time(created)}] ${word} ${bucket} > ${key}${tail}`);
}
