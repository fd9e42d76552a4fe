// The flags that describe a bucket's configuration, for new buckets and for changed ones.
// Compat: natscli cli/kv_command.go and object_command.go, addCreateFlags.
import { flag, type ValuesOf } from '../command.ts';

export const STORAGE_FLAG = {
  storage: flag.choice('Storage backend to use (file, memory)', ['file', 'f', 'memory', 'm']),
} as const;

/** Of both stores. */
export const BUCKET_FLAGS = {
  description: flag.text('A description for the bucket'),
  ttl: flag.duration('How long to keep what is put into it', { placeholder: 'DURATION' }),
  replicas: flag.integer('How many replicas of the data to store', { min: 1 }),
  maxBucketSize: flag.size('Maximum size for the bucket', { placeholder: 'BYTES' }),
  tags: flag.texts('Place the bucket on servers that has specific tags'),
  cluster: flag.text('Place the bucket on a specific cluster'),
  compress: flag.toggle('Compress the bucket data'),
  metadata: flag.map('Adds metadata to the bucket', { placeholder: 'META' }),
} as const;

/** Of the key-value store. */
export const KV_FLAGS = {
  ...BUCKET_FLAGS,
  history: flag.integer('How many historic values to keep per key (1 where none is given)', { min: 1, max: 64 }),
  markerTtl: flag.duration('Enables Per-Key TTLs and Limit Markers', { placeholder: 'DURATION' }),
  maxValueSize: flag.size('Maximum size for any single value', { placeholder: 'BYTES' }),
  republishSource: flag.text('Republish messages to --republish-destination', { placeholder: 'SRC' }),
  republishDestination: flag.text('Republish destination for messages in --republish-source', { placeholder: 'DEST' }),
  republishHeaders: flag.switch('Republish only message headers, no bodies'),
  source: flag.texts('Source from a different bucket', { placeholder: 'BUCKET' }),
} as const;

export type BucketFlags = ValuesOf<typeof BUCKET_FLAGS>;
export type KvFlags = ValuesOf<typeof KV_FLAGS>;
