// `contrail kv history` and `revert`: what a key was, and how to make it that again.
import { KvBucket } from '../../buckets/kv_bucket.ts';
import { entryJson, type KvEntry, shortText } from '../../buckets/kv_entry.ts';
import { checkKey, checkKeyPattern } from '../../buckets/kv_key.ts';
import { argument, defineCommand, flag } from '../../command.ts';
import { CommandError } from '../../errors.ts';
import { countText } from '../../output/human.ts';
import { TextTable } from '../../output/table.ts';
import type { Session } from '../../session.ts';
import { liveEntry } from './kv_get.ts';

const JSON_SHAPE =
  'A list of entries, oldest first: bucket, key, revision, operation (PUT, DELETE or PURGE), created, length, value (value_base64 where it is no text).';

export const KV_HISTORY = defineCommand({
  name: 'history',
  summary: 'Shows the full history for a key',
  args: { bucket: argument.required('The bucket to act on'), key: argument.required('The key to act on') },
  examples: [
    { text: 'One key', command: 'contrail kv history CONFIG site.title' },
    { text: 'All keys', command: 'contrail kv history CONFIG ">"' },
  ],
  json: JSON_SHAPE,
  run: async (session, { bucket, key }) => {
    checkKeyPattern(key);
    const opened = await KvBucket.open(session, bucket);
    showHistory(session, { bucket, key, entries: await historyOf(opened, key) });
  },
});

export const KV_REVERT = defineCommand({
  name: 'revert',
  summary: 'Reverts a value to a previous revision using put',
  description: 'Nothing is lost: the earlier value becomes a new revision, if nobody has changed the key meanwhile.',
  args: {
    bucket: argument.required('The bucket to act on'),
    key: argument.required('The key to act on'),
    revision: argument.requiredInteger('The revision to revert to', { min: 1 }),
  },
  flags: { force: flag.toggle('Force reverting without prompting', { short: 'f' }) },
  examples: [{ text: 'Back to revision 12', command: 'contrail kv revert CONFIG site.title 12 --force' }],
  json: JSON_SHAPE,
  run: async (session, { bucket, key, revision }, { force }) => {
    checkKey(key);
    const opened = await KvBucket.open(session, bucket);
    const history = await historyOf(opened, key);
    const latest = history.at(-1)?.revision ?? 0;
    if (history.length <= 1) {
      throw new CommandError(
        `cannot revert key '${key}': its history has one value; 'contrail kv edit ${bucket} --history 10' keeps more from now on`,
      );
    }
    const earlier = await liveEntry(opened, key, revision);
    if (force !== true && !(await agrees(session, earlier))) return;
    await opened.write(key, (kv) => kv.update(key, earlier.value, latest));
    showHistory(session, { bucket, key, entries: await historyOf(opened, key) });
  },
});

async function agrees(session: Session, { revision, value }: KvEntry): Promise<boolean> {
  if (session.ask.isPossible) session.print(`Revision: ${revision}\n\n${shortText(value)}\n`);
  return await session.ask.confirm(`Really revert to revision ${revision}`);
}

async function historyOf(bucket: KvBucket, key: string): Promise<KvEntry[]> {
  const entries: KvEntry[] = [];
  for await (const entry of bucket.entries({ keys: key, start: 'all' })) entries.push(entry);
  if (entries.length > 0) return entries;
  throw new CommandError(`key not found: '${key}'; 'contrail kv ls ${bucket.name}' shows the keys there are`);
}

interface History {
  readonly bucket: string;
  readonly key: string;
  readonly entries: readonly KvEntry[];
}

function showHistory(session: Session, { bucket, key, entries }: History): void {
  if (session.isJson) {
    session.json(entries.map(entryJson));
    return;
  }
  const table = new TextTable(`History for ${bucket} > ${key}`, [
    'Key',
    'Revision',
    'Op',
    'Created',
    'Length',
    'Value',
  ]);
  for (const { key: name, revision, operation, created, value } of entries) {
    table.row(name, revision, operation, session.time(created), countText(value.length), shortText(value));
  }
  session.table(table);
}
