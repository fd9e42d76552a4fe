// `contrail kv add` and `edit`: a new bucket, and another configuration for one that is there.
import { KEY_VALUE, loadBucket } from '../../buckets/bucket.ts';
import { kvChanges, newKvConfig } from '../../buckets/bucket_config.ts';
import { KV_FLAGS, STORAGE_FLAG } from '../../buckets/bucket_flags.ts';
import { createBucket, updateBucket } from '../../buckets/bucket_update.ts';
import { argument, defineCommand, flag } from '../../command.ts';
import { draftOf } from '../../streams/stream_config_file.ts';
import { showKvBucket } from './kv_info.ts';

const BUCKET = argument.required('The bucket to act on');

export const KV_ADD = defineCommand({
  name: 'add',
  aliases: ['new'],
  summary: 'Adds a new KV Store Bucket',
  args: { bucket: BUCKET },
  flags: {
    ...KV_FLAGS,
    ...STORAGE_FLAG,
    mirror: flag.text('Creates a mirror of a different bucket'),
    mirrorDomain: flag.text('When mirroring find the bucket in a different domain'),
  },
  examples: [
    { text: 'A bucket that keeps ten values of each key', command: 'contrail kv add CONFIG --history 10' },
    {
      text: 'Values that live for an hour, keys with lives of their own',
      command: 'contrail kv add SESSIONS --ttl 1h --marker-ttl 10m',
    },
    { text: 'A copy of another bucket that follows it', command: 'contrail kv add CONFIG_COPY --mirror CONFIG' },
  ],
  json: "The server's answer about the bucket's stream, as for stream info.",
  run: async (session, { bucket }, flags) => {
    showKvBucket(session, await createBucket(session, KEY_VALUE, newKvConfig(bucket, flags)));
  },
});

export const KV_EDIT = defineCommand({
  name: 'edit',
  summary: 'Edits an existing KV Store Bucket',
  description: 'Changes what a flag names and leaves the rest of the configuration as it is.',
  args: { bucket: BUCKET },
  flags: { ...KV_FLAGS, noMirror: flag.switch('Removes mirror configuration from a bucket') },
  examples: [
    { text: 'Keep more of each key', command: 'contrail kv edit CONFIG --history 20' },
    { text: 'A mirror that becomes a bucket of its own', command: 'contrail kv edit CONFIG_COPY --no-mirror' },
  ],
  json: "The server's answer about the bucket's stream, as for stream info.",
  run: async (session, { bucket }, flags) => {
    const { exact } = await loadBucket(session, KEY_VALUE, bucket);
    const before = draftOf(exact);
    const after = { ...before, ...kvChanges(bucket, flags, before) };
    if (flags.noMirror && before['mirror'] !== undefined) {
      Object.assign(after, { mirror: undefined, mirror_direct: false, subjects: [`$KV.${bucket}.>`] });
    }
    showKvBucket(session, await updateBucket(session, KEY_VALUE, after));
  },
});
