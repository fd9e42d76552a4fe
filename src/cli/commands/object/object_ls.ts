// `contrail object ls`: the buckets, or the objects in one.
import { OBJECTS } from '../../buckets/bucket.ts';
import { showBuckets } from '../../buckets/bucket_list.ts';
import { ObjectBucket } from '../../buckets/object_bucket.ts';
import { type ObjectEntry, objectJson } from '../../buckets/object_entry.ts';
import { argument, defineCommand, flag } from '../../command.ts';
import { sizeText } from '../../output/human.ts';
import { TextTable } from '../../output/table.ts';
import type { Session } from '../../session.ts';

export const OBJECT_LS = defineCommand({
  name: 'ls',
  aliases: ['list'],
  summary: 'List buckets or contents of a specific bucket',
  args: { bucket: argument.optional('The bucket to act on') },
  flags: { names: flag.switch('Show just the names of buckets or objects', { short: 'n' }) },
  examples: [
    { text: 'The buckets', command: 'contrail object ls' },
    { text: 'The objects in one', command: 'contrail object ls FILES' },
  ],
  json: 'Without a bucket a list of bucket, description, created, bytes, last_update (null where nothing came); with one a list of objects as for object info. With --names a list of names.',
  run: async (session, { bucket }, { names }) => {
    if (bucket === undefined || bucket === '') {
      await showBuckets(session, OBJECTS, { names, hasValues: false });
      return;
    }
    const opened = await ObjectBucket.open(session, bucket);
    const entries: ObjectEntry[] = [];
    for await (const entry of opened.objects()) entries.push(entry);
    if (names) showNames(session, entries);
    else showObjects(session, entries);
  },
});

function showNames(session: Session, entries: readonly ObjectEntry[]): void {
  if (session.isJson) session.json(entries.map(({ name }) => name));
  else for (const { name } of entries) session.print(name);
}

function showObjects(session: Session, entries: readonly ObjectEntry[]): void {
  if (session.isJson) {
    session.json(entries.map(objectJson));
    return;
  }
  if (entries.length === 0) {
    session.print('No entries found');
    return;
  }
  const table = new TextTable('Bucket Contents', ['Name', 'Size', 'Time']);
  for (const { name, size, modified } of entries) table.row(name, sizeText(size), session.time(modified));
  session.table(table);
}
