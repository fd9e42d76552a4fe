// The fields of key-value and object buckets in documents. Facts: NACK's deploy/crds.yml (jetstream.nats.io/v1beta2,
// KeyValue and ObjectStore), the configurations of the official clients.
import { BOOLEAN, DURATION, DURATION_OR_NANOS, type Field, INTEGER, list, SIZE, TEXT, TEXT_MAP } from './field.ts';
import { PLACEMENT, REPUBLISH, SOURCE, STORAGE } from './stream_fields.ts';

const BUCKET_FIELDS: readonly Field[] = [
  { key: 'bucket', kind: TEXT, also: ['name'] },
  { key: 'description', kind: TEXT },
  { key: 'ttl', kind: DURATION },
  { key: 'max_bytes', kind: SIZE },
  { key: 'storage', kind: STORAGE },
  { key: 'replicas', kind: INTEGER, also: ['num_replicas', 'numReplicas'] },
  { key: 'placement', kind: PLACEMENT },
  { key: 'compression', kind: BOOLEAN },
  { key: 'metadata', kind: TEXT_MAP },
];

export const KEY_VALUE_FIELDS: readonly Field[] = [
  ...BUCKET_FIELDS,
  { key: 'history', kind: INTEGER },
  { key: 'max_value_size', kind: SIZE },
  // NACK has nanoseconds here, under both spellings.
  { key: 'limit_marker_ttl', kind: DURATION_OR_NANOS },
  { key: 'republish', kind: REPUBLISH },
  { key: 'mirror', kind: SOURCE },
  { key: 'sources', kind: list(SOURCE) },
];

export const OBJECT_STORE_FIELDS: readonly Field[] = BUCKET_FIELDS;
