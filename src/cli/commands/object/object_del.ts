// `contrail object del`: an object, or a bucket with all its objects.
import { loadBucket, OBJECTS } from '../../buckets/bucket.ts';
import { objectBucketPage } from '../../buckets/bucket_page.ts';
import { ObjectBucket } from '../../buckets/object_bucket.ts';
import { argument, defineCommand, flag } from '../../command.ts';
import { countedText, sizeText } from '../../output/human.ts';
import type { Session } from '../../session.ts';

interface RemoveFlags {
  readonly force: boolean;
  readonly dryRun: boolean;
}

export const OBJECT_DEL = defineCommand({
  name: 'del',
  aliases: ['rm'],
  summary: 'Deletes a file or bucket from the store',
  args: { bucket: argument.required('The bucket to act on'), file: argument.optional('The object to delete') },
  flags: {
    force: flag.switch('Act without confirmation', { short: 'f' }),
    dryRun: flag.switch('Only say what would be removed'),
  },
  examples: [
    { text: 'One object', command: 'contrail object del FILES logo.png --force' },
    { text: 'How much the bucket holds', command: 'contrail object del FILES --dry-run' },
    { text: 'The bucket', command: 'contrail object del FILES --force' },
  ],
  json: 'Of an object: bucket, name, removed (1 or 0), size, chunks, dry_run. Of a bucket: bucket, removed, objects, bytes, dry_run.',
  run: async (session, { bucket, file }, flags) => {
    const opened = await ObjectBucket.open(session, bucket);
    if (file === undefined || file === '') await removeBucket(session, opened, flags);
    else await removeObject(session, opened, { file, ...flags });
  },
});

async function removeObject(
  session: Session,
  bucket: ObjectBucket,
  { file, force, dryRun }: RemoveFlags & { readonly file: string },
): Promise<void> {
  const { size, chunks } = await bucket.liveEntry(file);
  if (!dryRun) {
    if (!force && !(await session.ask.confirm(`Delete ${sizeText(size)} byte file ${bucket.name} > ${file}`))) {
      session.print('Skipping delete');
      return;
    }
    await bucket.write(file, (store) => store.delete(file));
  }
  if (session.isJson) {
    session.json({ bucket: bucket.name, name: file, removed: dryRun ? 0 : 1, size, chunks, dry_run: dryRun });
    return;
  }
  if (dryRun) {
    session.print(`Would remove ${bucket.name} > ${file} (${sizeText(size)} in ${countedText(chunks, 'chunk')})`);
    return;
  }
  session.print(`Removed ${bucket.name} > ${file}`);
  session.page(objectBucketPage(session, (await loadBucket(session, OBJECTS, bucket.name)).value));
}

async function removeBucket(session: Session, bucket: ObjectBucket, { force, dryRun }: RemoveFlags): Promise<void> {
  const { bytes } = bucket.info.state;
  const objects = await objectCount(bucket);
  if (!dryRun) {
    if (!force && !(await session.ask.confirm(`Delete bucket ${bucket.name} and all its files`))) {
      session.print('Skipping delete');
      return;
    }
    const api = await session.api();
    await session.during(`bucket ${bucket.name} may or may not have been removed`, () =>
      api.request(`STREAM.DELETE.${bucket.info.config.name}`),
    );
  }
  const report = { bucket: bucket.name, removed: dryRun ? 0 : 1, objects, bytes, dry_run: dryRun };
  const lost = `${countedText(objects, 'object')} (${sizeText(bytes)})`;
  if (session.isJson) session.json(report);
  else session.print(`${dryRun ? 'Would delete' : 'Deleted'} bucket ${bucket.name} with ${lost}`);
}

export async function objectCount(bucket: ObjectBucket): Promise<number> {
  let count = 0;
  for await (const _ of bucket.objects()) count++;
  return count;
}
