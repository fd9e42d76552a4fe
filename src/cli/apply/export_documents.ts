// What is on a server, as the documents that would make it: only what is not the server's default anyway. Pure.
import type { ConsumerConfig } from '../../jetstream/consumer/consumer_config.ts';
import type { StreamConfig } from '../../jetstream/stream/stream_config.ts';
import type { ConsumerInfo, StreamInfo } from '../client/js_types.ts';
import type { BucketKind } from '../documents/asset_kind.ts';
import { bucketOfStream, bucketStream } from '../documents/bucket_stream.ts';
import { durationWord, isDurationField } from '../documents/duration_word.ts';
import { type Draft, isObject } from '../documents/field.ts';
import { differences } from '../output/difference.ts';
import { jsonLine } from '../output/json.ts';
import {
  consumerFields,
  consumerForm,
  type FormContext,
  presentConsumerForm,
  presentStreamForm,
  streamFields,
  streamForm,
} from './forms.ts';
import { type Metadata, ownershipOf, plainMetadata } from './ownership.ts';

/** A stream's document is a bucket's where the stream is exactly what clients make of one. */
export function streamDocument(info: StreamInfo, context: FormContext): Draft {
  const present = presentStreamForm(info.config, context);
  const { name } = present;
  const metadata = withMetadata(plainMetadata(info.config.metadata));
  const chosen = chosenOf(info.config.metadata, name, streamFields(present));
  const fields = without(streamFields(present), chosen);
  const isEnough = (draft: Draft): boolean => {
    const formed = streamForm(draft, context);
    return formed.ok && isSame(without(streamFields(formed.config), chosen), fields);
  };
  const bucket = bucketOfStream(name);
  const settings = bucket === null ? null : bucketSettings(present, bucket, isEnough);
  if (settings !== null) return { kind: bucket?.kind, bucket: bucket?.bucket, ...written(settings), ...metadata };
  const said = least(fields, (draft) => isEnough({ name, ...draft }));
  return { kind: 'Stream', name, ...written(said), ...metadata };
}

/** Null where the consumer goes away by itself: documents are for those that stay. */
export function consumerDocument(info: ConsumerInfo, stream: StreamConfig, { account }: FormContext): Draft | null {
  const { stream_name: on, name } = info;
  if ((info.config.durable_name ?? '') === '') return null;
  const present: ConsumerConfig = presentConsumerForm(info.config, stream, account);
  const chosen = chosenOf(info.config.metadata, `${on}/${name}`, consumerFields(present));
  const fields = without(consumerFields(present), chosen);
  const isEnough = (draft: Draft): boolean => {
    const formed = consumerForm({ name, durable_name: name, ...draft }, stream, account);
    return formed.ok && isSame(without(consumerFields(formed.config), chosen), fields);
  };
  // Whether acknowledgements are waited for is said in any case.
  const said = { ack_policy: present.ack_policy, ...least(fields, isEnough) };
  return { kind: 'Consumer', stream: on, name, ...written(said), ...withMetadata(plainMetadata(info.config.metadata)) };
}

/** Where nothing was said, the server chose, and nobody has changed that: a document need not say it either. */
function chosenOf(metadata: Metadata | undefined, path: string, present: Draft): Draft {
  const chosen = Object.entries(ownershipOf(metadata, path)?.chosen ?? {});
  return Object.fromEntries(chosen.filter(([key, value]) => jsonLine(value) === jsonLine(present[key] ?? null)));
}

function without(fields: Draft, chosen: Draft): Draft {
  return Object.fromEntries(Object.entries(fields).filter(([key]) => !Object.hasOwn(chosen, key)));
}

function isSame(a: Draft, b: Draft): boolean {
  return differences(a, b).length === 0;
}

type Check = (draft: Draft) => boolean;

/** Without what need not be said. */
function least(fields: Draft, isEnough: Check): Draft {
  let draft = fields;
  for (const key of Object.keys(fields)) {
    const { [key]: _one, ...rest } = draft;
    if (isEnough(rest)) draft = rest;
  }
  return draft;
}

/** Null where the stream is more than a bucket. */
function bucketSettings(
  present: StreamConfig,
  { kind, bucket }: { readonly kind: BucketKind; readonly bucket: string },
  isEnoughStream: Check,
): Draft | null {
  const isEnough = (settings: Draft): boolean => isEnoughStream(bucketStream(kind, { bucket, ...settings }));
  const all: Draft = {
    description: present.description,
    storage: present.storage,
    replicas: present.num_replicas,
    ttl: present.max_age,
    max_bytes: present.max_bytes,
    compression: present.compression === 's2',
    ...only(streamFields(present), ['placement']),
    ...(kind === 'ObjectStore' ? {} : keyValueSettings(present)),
  };
  const simple = { ...all, ...simpleOrigins(all) };
  if (isEnough(simple)) return least(simple, isEnough);
  return isEnough(all) ? least(all, isEnough) : null;
}

function keyValueSettings(present: StreamConfig): Draft {
  return {
    history: present.max_msgs_per_subject,
    max_value_size: present.max_msg_size,
    limit_marker_ttl: present.subject_delete_marker_ttl,
    ...only(streamFields(present), ['republish', 'mirror', 'sources']),
  };
}

function only(fields: Draft, keys: readonly string[]): Draft {
  return Object.fromEntries(keys.filter((key) => fields[key] !== undefined).map((key) => [key, fields[key]]));
}

/** Other buckets by their names, without what follows from these. */
function simpleOrigins({ mirror, sources }: Draft): Draft {
  const simple = (origin: Draft): Draft => {
    const { subject_transforms: _transforms, ...rest } = origin;
    return { ...rest, name: String(origin['name']).replace(/^KV_/, '') };
  };
  return {
    ...(isObject(mirror) ? { mirror: simple(mirror) } : {}),
    ...(Array.isArray(sources) ? { sources: sources.map(simple) } : {}),
  };
}

function withMetadata(metadata: Draft): Draft {
  return Object.keys(metadata).length === 0 ? {} : { metadata };
}

/** Durations as people write them, in objects within as well. */
function written(fields: Draft): Draft {
  const entries = Object.entries(fields).map(([key, value]) => [key, writtenValue(key, value)]);
  return Object.fromEntries(entries);
}

function writtenValue(key: string, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((one) => writtenValue(key, one));
  if (isObject(value)) return written(value);
  return typeof value === 'number' && isDurationField(key) ? durationWord(value) : value;
}
