// `contrail kv del` and `purge`: a key goes behind a marker, with or without its history; or the whole bucket goes.
import { KEY_VALUE, loadBucket } from '../../buckets/bucket.ts';
import { KvBucket } from '../../buckets/kv_bucket.ts';
import { checkKey } from '../../buckets/kv_key.ts';
import { ApiError } from '../../client/js_api.ts';
import { argument, defineCommand, flag } from '../../command.ts';
import { countedText, sizeText } from '../../output/human.ts';
import type { Session } from '../../session.ts';
import { subjectCounts } from '../../streams/stream_subjects.ts';
import { lifetimeOf, ttlRefusal } from './kv_put.ts';

const FORCE = flag.switch('Act without confirmation', { short: 'f' });
const DRY_RUN = flag.switch('Only say what would be removed');

interface RemoveFlags {
  readonly force: boolean;
  readonly dryRun: boolean;
}

export const KV_DEL = defineCommand({
  name: 'del',
  aliases: ['rm'],
  summary: 'Deletes a key or the entire bucket',
  description: 'A deleted key keeps its history, as far as the bucket keeps any; purge takes it too.',
  args: { bucket: argument.required('The bucket to act on'), key: argument.optional('The key to act on') },
  flags: { force: FORCE, dryRun: DRY_RUN },
  examples: [
    { text: 'One key', command: 'contrail kv del CONFIG site.title --force' },
    { text: 'How much the bucket holds', command: 'contrail kv del CONFIG --dry-run' },
    { text: 'The bucket', command: 'contrail kv del CONFIG --force' },
  ],
  json: 'Of a key: bucket, key, operation, values (stored under it before), dry_run. Of a bucket: bucket, removed (1 or 0), values, bytes, dry_run.',
  run: async (session, { bucket, key }, flags) => {
    if (key === undefined || key === '') await removeBucket(session, bucket, flags);
    else await removeKey(session, { bucket, key, isPurge: false, lifetime: undefined }, flags);
  },
});

export const KV_PURGE = defineCommand({
  name: 'purge',
  summary: 'Deletes a key from the bucket, clearing history before creating a delete marker',
  args: { bucket: argument.required('The bucket to act on'), key: argument.required('The key to act on') },
  flags: {
    force: FORCE,
    dryRun: DRY_RUN,
    ttl: flag.duration('Sets a TTL for the purge marker', { placeholder: 'DURATION' }),
  },
  examples: [
    { text: 'How many values would go', command: 'contrail kv purge CONFIG site.title --dry-run' },
    { text: 'A marker that goes as well', command: 'contrail kv purge CONFIG site.title --ttl 1h --force' },
  ],
  json: 'An object: bucket, key, operation, values (that were stored under it), dry_run.',
  run: async (session, { bucket, key }, flags) => {
    await removeKey(session, { bucket, key, isPurge: true, lifetime: lifetimeOf(flags.ttl) }, flags);
  },
});

interface KeyRemoval {
  readonly bucket: string;
  readonly key: string;
  readonly isPurge: boolean;
  /** Of the marker. */
  readonly lifetime: string | undefined;
}

async function removeKey(session: Session, removal: KeyRemoval, { force, dryRun }: RemoveFlags): Promise<void> {
  const { bucket, key, isPurge, lifetime } = removal;
  checkKey(key);
  const opened = await KvBucket.open(session, bucket);
  const counts = await subjectCounts(await session.api(), opened.info.config.name, opened.subjectOf(key));
  const values = counts.get(opened.subjectOf(key)) ?? 0;
  const verb = isPurge ? 'Purge' : 'Delete';
  if (!dryRun) {
    if (!force && !(await session.ask.confirm(`${verb} key ${bucket} > ${key}`))) {
      session.print(`Skipping ${verb.toLowerCase()}`);
      return;
    }
    try {
      const options = lifetime === undefined ? {} : { ttl: lifetime };
      await opened.write(key, (kv) => (isPurge ? kv.purge(key, options) : kv.delete(key)));
    } catch (error) {
      throw error instanceof ApiError ? ttlRefusal(error, bucket) : error;
    }
  }
  const operation = isPurge ? 'PURGE' : 'DELETE';
  if (session.isJson) session.json({ bucket, key, operation, values, dry_run: dryRun });
  else session.print(`${done(verb, dryRun)} ${bucket} > ${key}${storedText(values, { isPurge, dryRun })}`);
}

function done(verb: string, isDryRun: boolean): string {
  return isDryRun ? `Would ${verb.toLowerCase()}` : `${verb}d`;
}

/** A purge takes what was stored, a deletion puts a marker behind it. */
function storedText(
  values: number,
  { isPurge, dryRun }: { readonly isPurge: boolean; readonly dryRun: boolean },
): string {
  const counted = countedText(values, 'value');
  return isPurge ? ` with ${counted}` : ` (${counted} stored ${dryRun ? 'under it' : 'before'})`;
}

async function removeBucket(session: Session, bucket: string, { force, dryRun }: RemoveFlags): Promise<void> {
  const { value } = await loadBucket(session, KEY_VALUE, bucket);
  const { messages: values, bytes } = value.state;
  if (!dryRun) {
    if (!force && !(await session.ask.confirm(`Delete bucket ${bucket}`))) {
      session.print('Skipping delete');
      return;
    }
    const api = await session.api();
    await session.during(`bucket ${bucket} may or may not have been removed`, () =>
      api.request(`STREAM.DELETE.${value.config.name}`),
    );
  }
  if (session.isJson) session.json({ bucket, removed: dryRun ? 0 : 1, values, bytes, dry_run: dryRun });
  else
    session.print(
      `${done('Delete', dryRun)} bucket ${bucket} with ${countedText(values, 'value')} (${sizeText(bytes)})`,
    );
}
