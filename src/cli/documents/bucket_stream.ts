// A bucket is a stream: which one, as the official clients make it of a bucket's settings, and what its fields are
// called where people speak of the bucket. Pure. Facts: nats.go jetstream/kv.go and object.go, ADR-8, ADR-20.
import { bucketOf, KEY_VALUE, OBJECTS } from '../buckets/bucket.ts';
import { BUCKET_PARTS, KEY_VALUE_PARTS, keySubjects, keyTransform, objectSubjects } from '../buckets/bucket_parts.ts';
import type { BucketKind } from './asset_kind.ts';
import type { Draft } from './field.ts';

const HISTORY_MAX = 64;
const BUCKET_NAME = /^[a-zA-Z0-9_-]+$/;

export function bucketStreamName(kind: BucketKind, bucket: string): string {
  return (kind === 'KeyValue' ? KEY_VALUE : OBJECTS).prefix + bucket;
}

/** Null for streams that are no buckets. */
export function bucketOfStream(stream: string): { readonly kind: BucketKind; readonly bucket: string } | null {
  const [, prefix, bucket = ''] = /^(KV|OBJ)_([a-zA-Z0-9_-]+)$/.exec(stream) ?? [];
  return prefix === undefined ? null : { kind: prefix === 'KV' ? 'KeyValue' : 'ObjectStore', bucket };
}

/** The sentence why, with the field; null where the settings are such as buckets can have. */
export function bucketFault(settings: Draft): readonly [field: string, text: string] | null {
  const { bucket, history } = settings;
  if (typeof bucket === 'string' && !BUCKET_NAME.test(bucket)) {
    return ['bucket', `'${bucket}' is no name of a bucket: use letters, digits, _ and -`];
  }
  if (typeof history === 'number' && (history < 1 || history > HISTORY_MAX)) {
    return ['history', `must be from 1 to ${HISTORY_MAX}, not ${history}`];
  }
  return null;
}

/** The stream's configuration, of settings in the names of bucket_fields.ts. */
export function bucketStream(kind: BucketKind, settings: Draft): Draft {
  const { bucket, compression, ttl, replicas, max_bytes: bytes, ...rest } = settings;
  const name = String(bucket);
  const common = {
    name: bucketStreamName(kind, name),
    ...only(rest, ['description', 'storage', 'placement', 'metadata']),
    ...only({ max_age: ttl, num_replicas: replicas, max_bytes: bytes }, ['max_age', 'num_replicas', 'max_bytes']),
    ...(compression === undefined ? {} : { compression: compression === true ? 's2' : 'none' }),
    ...BUCKET_PARTS,
  };
  if (kind === 'ObjectStore') return { ...common, subjects: objectSubjects(name) };
  const { history = 1, max_value_size: valueSize, limit_marker_ttl: markerTtl } = rest;
  return {
    ...common,
    max_msgs_per_subject: history,
    ...KEY_VALUE_PARTS,
    ...only({ max_msg_size: valueSize, republish: rest['republish'] }, ['max_msg_size', 'republish']),
    ...(markerTtl === undefined || markerTtl === 0
      ? {}
      : { allow_msg_ttl: true, subject_delete_marker_ttl: markerTtl }),
    ...originsOf(name, rest),
  };
}

function only(from: Draft, keys: readonly string[]): Draft {
  return Object.fromEntries(keys.filter((key) => from[key] !== undefined).map((key) => [key, from[key]]));
}

function originsOf(bucket: string, { mirror, sources }: Draft): Draft {
  if (mirror !== undefined) {
    const { name, ...rest } = mirror as Draft;
    return { mirror: { ...rest, name: prefixed(String(name)) }, mirror_direct: true };
  }
  const list = Array.isArray(sources) ? sources : [];
  if (list.length === 0) return { subjects: [keySubjects(bucket)] };
  return { subjects: [keySubjects(bucket)], sources: list.map((source: Draft) => sourceOf(bucket, source)) };
}

function prefixed(name: string): string {
  return name.startsWith(KEY_VALUE.prefix) ? name : KEY_VALUE.prefix + name;
}

/** Keys of the other bucket become keys of this one; who says how himself is left alone. */
function sourceOf(bucket: string, source: Draft): Draft {
  const transforms = source['subject_transforms'];
  if (Array.isArray(transforms) && transforms.length > 0) return source;
  const name = prefixed(String(source['name']));
  const other = bucketOf(KEY_VALUE, name);
  if (source['external'] !== undefined && other === bucket) return { ...source, name };
  return { ...source, name, subject_transforms: [keyTransform(other, bucket)] };
}

const SETTING_NAMES: ReadonlyMap<string, string> = new Map([
  ['max_age', 'ttl'],
  ['num_replicas', 'replicas'],
]);

const KEY_VALUE_NAMES: ReadonlyMap<string, string> = new Map([
  ['max_msgs_per_subject', 'history'],
  ['max_msg_size', 'max_value_size'],
  ['subject_delete_marker_ttl', 'limit_marker_ttl'],
]);

/** What a bucket calls a field of its stream. */
export function settingName(kind: BucketKind, key: string): string {
  return SETTING_NAMES.get(key) ?? (kind === 'KeyValue' ? KEY_VALUE_NAMES.get(key) : undefined) ?? key;
}
