// `contrail object add` and `edit`: a new bucket, and another configuration for one that is there.
import { loadBucket, OBJECTS } from '../../buckets/bucket.ts';
import { bucketChanges, newObjectConfig } from '../../buckets/bucket_config.ts';
import { BUCKET_FLAGS, STORAGE_FLAG } from '../../buckets/bucket_flags.ts';
import { createBucket, updateBucket } from '../../buckets/bucket_update.ts';
import { argument, defineCommand } from '../../command.ts';
import { draftOf } from '../../streams/stream_config_file.ts';
import { showObjectBucket } from './object_info.ts';

const BUCKET = argument.required('The bucket to act on');
const JSON_SHAPE = "The server's answer about the bucket's stream, as for stream info.";

export const OBJECT_ADD = defineCommand({
  name: 'add',
  summary: 'Adds a new Object Store Bucket',
  args: { bucket: BUCKET },
  flags: { ...BUCKET_FLAGS, ...STORAGE_FLAG },
  examples: [
    { text: 'A bucket for files', command: 'contrail object add FILES --max-bucket-size 10GB' },
    { text: 'Objects that live for a day', command: 'contrail object add SCRATCH --ttl 1d --storage memory' },
  ],
  json: JSON_SHAPE,
  run: async (session, { bucket }, flags) => {
    showObjectBucket(session, await createBucket(session, OBJECTS, newObjectConfig(bucket, flags)));
  },
});

export const OBJECT_EDIT = defineCommand({
  name: 'edit',
  summary: 'Edit an existing Object Store Bucket',
  description: 'Changes what a flag names and leaves the rest of the configuration as it is.',
  args: { bucket: BUCKET },
  flags: BUCKET_FLAGS,
  examples: [{ text: 'More room', command: 'contrail object edit FILES --max-bucket-size 20GB' }],
  json: JSON_SHAPE,
  run: async (session, { bucket }, flags) => {
    const { exact } = await loadBucket(session, OBJECTS, bucket);
    const before = draftOf(exact);
    showObjectBucket(session, await updateBucket(session, OBJECTS, { ...before, ...bucketChanges(flags, before) }));
  },
});
