// `contrail object seal`: a bucket that stays as it is, for good.
import { OBJECTS } from '../../buckets/bucket.ts';
import { updateBucket } from '../../buckets/bucket_update.ts';
import { ObjectBucket } from '../../buckets/object_bucket.ts';
import { argument, defineCommand, flag } from '../../command.ts';
import { countedText, sizeText } from '../../output/human.ts';
import { draftOf } from '../../streams/stream_config_file.ts';
import { objectCount } from './object_del.ts';
import { showObjectBucket } from './object_info.ts';

export const OBJECT_SEAL = defineCommand({
  name: 'seal',
  summary: 'Seals a bucket preventing further updates',
  description: 'A sealed bucket cannot be unsealed: it can only be read, and deleted as a whole.',
  args: { bucket: argument.required('The bucket to act on') },
  flags: {
    force: flag.switch('Force sealing without prompting', { short: 'f' }),
    dryRun: flag.switch('Only say what would be sealed'),
  },
  examples: [
    { text: 'What would be sealed', command: 'contrail object seal ARCHIVE --dry-run' },
    { text: 'For good', command: 'contrail object seal ARCHIVE --force' },
  ],
  json: "The server's answer about the bucket's stream, as for stream info; with --dry-run: bucket, sealed (as it is now), objects, bytes, dry_run.",
  run: async (session, { bucket }, { force, dryRun }) => {
    const opened = await ObjectBucket.open(session, bucket);
    if (dryRun) {
      const { config, state } = opened.info;
      const [objects, bytes] = [await objectCount(opened), state.bytes];
      const report = { bucket, sealed: config.sealed === true, objects, bytes, dry_run: true };
      if (session.isJson) session.json(report);
      else session.print(`Would seal bucket ${bucket} with ${countedText(objects, 'object')} (${sizeText(bytes)})`);
      return;
    }
    const question = `Really seal Bucket ${bucket}, sealed buckets can not be unsealed or modified`;
    if (!force && !(await session.ask.confirm(question))) return;
    const answer = await updateBucket(session, OBJECTS, { ...draftOf(opened.answer.exact), sealed: true });
    if (!session.isJson) session.print(`${bucket} has been sealed`);
    showObjectBucket(session, answer);
  },
});
