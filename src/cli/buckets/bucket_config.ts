// Configurations of buckets as flags describe them; the fixed parts are bucket_parts.ts's.
import type { StreamSource } from '../client/js_types.ts';
import { UsageError } from '../errors.ts';
import { checkSubject } from '../input/subjects.ts';
import type { StreamConfigDraft } from '../streams/stream_config_file.ts';
import { userMetadata } from '../streams/stream_page.ts';
import { bucketOf, checkBucketName, KEY_VALUE, OBJECTS } from './bucket.ts';
import type { BucketFlags, KvFlags } from './bucket_flags.ts';
import { BUCKET_PARTS, KEY_VALUE_PARTS, keySubjects, keyTransform, objectSubjects } from './bucket_parts.ts';

type Part = Readonly<Record<string, unknown>>;

/** A duplicate window is this long, or as long as values live where that is shorter. */
const DUPLICATES_NS = 120e9;
const VALUE_SIZE_MAX = 2 ** 31 - 1;
const SECOND_NS = 1e9;

export interface NewBucket {
  readonly storage: string | undefined;
  /** A bucket that the new one is to follow. */
  readonly mirror?: string | undefined;
  readonly mirrorDomain?: string | undefined;
}

export function newKvConfig(name: string, flags: KvFlags & NewBucket): StreamConfigDraft {
  checkBucketName(name);
  const { mirror, mirrorDomain } = flags;
  if (mirrorDomain !== undefined && mirror === undefined) throw new UsageError('--mirror-domain requires --mirror');
  if (mirror !== undefined && flags.source.length > 0) throw new UsageError('give --mirror or --source, not both');
  if (mirror !== undefined) checkBucketName(mirror, '--mirror');
  return {
    name: KEY_VALUE.prefix + name,
    ...(mirror === undefined ? { subjects: [keySubjects(name)] } : {}),
    ...newStream(flags),
    max_msgs_per_subject: 1,
    ...KEY_VALUE_PARTS,
    ...(mirror === undefined ? {} : { mirror: mirrorOf(mirror, mirrorDomain), mirror_direct: true }),
    ...kvChanges(name, flags, {}),
  };
}

export function newObjectConfig(name: string, flags: BucketFlags & NewBucket): StreamConfigDraft {
  checkBucketName(name);
  return {
    name: OBJECTS.prefix + name,
    subjects: objectSubjects(name),
    ...newStream(flags),
    ...bucketChanges(flags, {}),
  };
}

function newStream({ storage }: NewBucket): Part {
  return {
    retention: 'limits',
    storage: storage === 'm' || storage === 'memory' ? 'memory' : 'file',
    ...BUCKET_PARTS,
    num_replicas: 1,
    max_msgs: -1,
    max_bytes: -1,
    max_consumers: -1,
    max_msg_size: -1,
    duplicate_window: DUPLICATES_NS,
  };
}

function mirrorOf(mirror: string, domain: string | undefined): Part {
  const name = KEY_VALUE.prefix + mirror;
  return domain === undefined || domain === '' ? { name } : { name, external: { api: `$JS.${domain}.API` } };
}

/** What the flags say differs from a configuration; nothing where they say nothing. */
export function bucketChanges(flags: BucketFlags, before: Part): Part {
  const { description, ttl, replicas, maxBucketSize, compress, metadata } = flags;
  if (ttl !== undefined && ttl < 0) throw new UsageError('--ttl cannot be negative: 0 keeps things for good');
  return {
    ...(description === undefined ? {} : { description }),
    ...(ttl === undefined
      ? {}
      : { max_age: ttl, duplicate_window: ttl > 0 ? Math.min(ttl, DUPLICATES_NS) : DUPLICATES_NS }),
    ...(replicas === undefined ? {} : { num_replicas: replicas }),
    ...(maxBucketSize === undefined ? {} : { max_bytes: limitOf(maxBucketSize) }),
    ...(compress === undefined ? {} : { compression: compress ? 's2' : 'none' }),
    ...(metadata === undefined ? {} : { metadata: userMetadata(metadata) }),
    ...placementChange(flags, before),
  };
}

function placementChange({ cluster, tags }: BucketFlags, { placement }: Part): Part {
  if (cluster === undefined && tags.length === 0) return {};
  const kept = typeof placement === 'object' ? placement : {};
  const named = cluster === undefined ? {} : { cluster };
  return { placement: { ...kept, ...named, ...(tags.length === 0 ? {} : { tags: splitTags(tags) }) } };
}

function splitTags(tags: readonly string[]): string[] {
  return tags.flatMap((tag) => tag.split(',')).filter((tag) => tag !== '');
}

/** Also what a key-value bucket alone has. */
export function kvChanges(name: string, flags: KvFlags, before: Part): Part {
  const { history, markerTtl, maxValueSize } = flags;
  if ((maxValueSize ?? 0) > VALUE_SIZE_MAX) {
    throw new UsageError(`--max-value-size ${maxValueSize} is too big, the most is ${VALUE_SIZE_MAX}`);
  }
  if (markerTtl !== undefined && markerTtl < SECOND_NS) {
    throw new UsageError('--marker-ttl must be 1s or more; markers of a bucket that has them cannot be turned off');
  }
  return {
    ...bucketChanges(flags, before),
    ...(history === undefined ? {} : { max_msgs_per_subject: history }),
    ...(markerTtl === undefined ? {} : { allow_msg_ttl: true, subject_delete_marker_ttl: markerTtl }),
    ...(maxValueSize === undefined ? {} : { max_msg_size: limitOf(maxValueSize) }),
    ...republishChange(flags),
    ...sourceChange(name, flags, before),
  };
}

function republishChange({ republishSource: src, republishDestination: dest, republishHeaders }: KvFlags): Part {
  if (src === undefined && dest === undefined && !republishHeaders) return {};
  if (src === undefined || dest === undefined) {
    throw new UsageError('republishing needs both --republish-source and --republish-destination');
  }
  checkSubject(src, '--republish-source');
  return { republish: { src, dest, ...(republishHeaders ? { headers_only: true } : {}) } };
}

function sourceChange(name: string, { source }: KvFlags, before: Part): Part {
  if (source.length === 0) return {};
  // The server's own word for what stands there.
  const kept = (before['sources'] ?? []) as readonly StreamSource[];
  return { sources: [...kept, ...source.map((bucket) => sourceOf(bucket, name))] };
}

/** The other bucket's keys become keys of this one. */
function sourceOf(bucket: string, into: string): StreamSource {
  const from = bucketOf(KEY_VALUE, bucket);
  checkBucketName(from, '--source');
  if (from === into) throw new UsageError(`--source '${bucket}': a bucket cannot be its own source`);
  return {
    name: KEY_VALUE.prefix + from,
    subject_transforms: [keyTransform(from, into)],
  };
}

/** Zero stands for unlimited, as a negative number does. */
function limitOf(bytes: number): number {
  return bytes <= 0 ? -1 : bytes;
}
