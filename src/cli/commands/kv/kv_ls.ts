// `contrail kv ls`: the buckets, or the keys in one.
import { KEY_VALUE } from '../../buckets/bucket.ts';
import { showBuckets } from '../../buckets/bucket_list.ts';
import { KvBucket } from '../../buckets/kv_bucket.ts';
import { entryJson, type KvEntry } from '../../buckets/kv_entry.ts';
import { checkKeyPattern } from '../../buckets/kv_key.ts';
import { argument, defineCommand, flag } from '../../command.ts';
import { TextTable } from '../../output/table.ts';
import type { Session } from '../../session.ts';

export const KV_LS = defineCommand({
  name: 'ls',
  aliases: ['list'],
  summary: 'List available buckets or the keys in a bucket',
  args: {
    bucket: argument.optional('The bucket to list the keys'),
    key: argument.optional('The keys to list: a key, or a pattern with wildcards'),
  },
  flags: {
    names: flag.switch('Show just the bucket names', { short: 'n' }),
    verbose: flag.switch('Show detailed info about the key', { short: 'v' }),
    displayValue: flag.switch("Display value in verbose output (has no effect without 'verbose')"),
  },
  examples: [
    { text: 'The buckets', command: 'contrail kv ls' },
    { text: 'The keys in one', command: 'contrail kv ls CONFIG' },
    { text: 'Some of them, with their values', command: 'contrail kv ls CONFIG "site.>" -v --display-value' },
  ],
  json: 'Without a bucket a list of bucket, description, created, bytes, values, last_update (null where nothing came), with --names of names. With one a list of keys; with --verbose of bucket, key, revision, operation, created, and with --display-value length and value (value_base64 where it is no text).',
  run: async (session, { bucket, key }, { names, verbose, displayValue }) => {
    if (bucket === undefined || bucket === '') {
      await showBuckets(session, KEY_VALUE, { names, hasValues: true });
      return;
    }
    if (key !== undefined && key !== '') checkKeyPattern(key);
    const opened = await KvBucket.open(session, bucket);
    const hasValues = verbose && displayValue;
    const entries = await liveEntries(opened, key === undefined || key === '' ? '>' : key, hasValues);
    if (verbose) showEntries(session, bucket, { entries, hasValues });
    else showKeys(session, entries);
    if (entries.length === 0 && !names && !session.isJson) session.print('No keys found in bucket');
  },
});

async function liveEntries(bucket: KvBucket, keys: string, hasValues: boolean): Promise<KvEntry[]> {
  const entries: KvEntry[] = [];
  for await (const entry of bucket.entries({ keys, start: 'last', isHeadersOnly: !hasValues })) {
    if (entry.operation === 'PUT') entries.push(entry);
  }
  return entries;
}

function showKeys(session: Session, entries: readonly KvEntry[]): void {
  if (session.isJson) session.json(entries.map(({ key }) => key));
  else for (const { key } of entries) session.print(key);
}

interface Shown {
  readonly entries: readonly KvEntry[];
  readonly hasValues: boolean;
}

function showEntries(session: Session, bucket: string, { entries, hasValues }: Shown): void {
  if (session.isJson) {
    session.json(entries.map((entry) => (hasValues ? entryJson(entry) : withoutValue(entry))));
    return;
  }
  if (entries.length === 0) return;
  const head = ['Key', 'Created', 'Delta', 'Revision', ...(hasValues ? ['Value'] : [])];
  const table = new TextTable(`Contents for bucket '${bucket}'`, head);
  for (const { key, created, revision, value } of entries) {
    const shown = hasValues ? [Buffer.from(value).toString('utf8')] : [];
    // A listed value is the latest: nothing is between it and the end.
    table.row(key, session.time(created), 0, revision, ...shown);
  }
  session.table(table);
}

function withoutValue({ value, ...entry }: KvEntry): Omit<KvEntry, 'value'> {
  return entry;
}
