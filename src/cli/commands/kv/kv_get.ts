// `contrail kv get`: the value of a key, the latest or an earlier one.
import { KvBucket } from '../../buckets/kv_bucket.ts';
import { entryJson, type KvEntry, printableText } from '../../buckets/kv_entry.ts';
import { checkKey } from '../../buckets/kv_key.ts';
import { argument, defineCommand, flag } from '../../command.ts';
import { CommandError } from '../../errors.ts';
import { countText } from '../../output/human.ts';
import type { Session } from '../../session.ts';

const SHOWN_MAX = 120;

export const KV_GET = defineCommand({
  name: 'get',
  summary: 'Gets a value for a key',
  args: { bucket: argument.required('The bucket to act on'), key: argument.required('The key to act on') },
  flags: {
    revision: flag.integer('Gets a specific revision', { placeholder: 'REVISION', min: 0 }),
    raw: flag.switch('Show only the value string'),
  },
  examples: [
    { text: 'The latest value', command: 'contrail kv get CONFIG site.title' },
    { text: 'Its bytes, for a file or another program', command: 'contrail kv get CONFIG logo --raw > logo.png' },
    { text: 'What it was before', command: 'contrail kv get CONFIG site.title --revision 12' },
  ],
  json: 'The entry: bucket, key, revision, operation, created, length, value (value_base64 where it is no text).',
  run: async (session, { bucket, key }, { revision, raw }) => {
    checkKey(key);
    const opened = await KvBucket.open(session, bucket);
    const entry = await liveEntry(opened, key, revision);
    if (session.isJson) session.json(entryJson(entry));
    else if (raw) session.write(entry.value);
    else show(session, entry);
  },
});

/** The value, or a refusal that says why there is none. */
export async function liveEntry(bucket: KvBucket, key: string, revision = 0): Promise<KvEntry> {
  const entry = await bucket.entry(key, revision);
  if (entry !== null && entry.operation === 'PUT') return entry;
  const look = `'contrail kv history ${bucket.name} ${key}' shows what there was`;
  if (entry !== null)
    throw new CommandError(`key not found: '${key}' is deleted (revision ${entry.revision}); ${look}`);
  if (revision > 0) throw new CommandError(`key not found: '${key}' has no revision ${revision}; ${look}`);
  throw new CommandError(`key not found: '${key}'; 'contrail kv ls ${bucket.name}' shows the keys there are`);
}

function show(session: Session, { bucket, key, revision, created, value }: KvEntry): void {
  session.print(`${bucket} > ${key} revision: ${revision} created @ ${session.time(created)}\n`);
  const text = printableText(value);
  if (text.length > SHOWN_MAX) {
    session.print(`Showing first ${SHOWN_MAX} bytes of ${countText(text.length)}, use --raw for full data\n`);
  }
  session.print(`${text.slice(0, SHOWN_MAX)}\n`);
}
