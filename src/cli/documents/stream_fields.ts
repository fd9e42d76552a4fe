// The fields of a stream in documents: the server's names, NACK's where they differ. Facts: nats-server's StreamConfig,
// NACK's deploy/crds.yml (jetstream.nats.io/v1beta2, Stream).
import {
  BOOLEAN,
  choice,
  DURATION,
  DURATION_OR_NANOS,
  type Field,
  INTEGER,
  list,
  oneOf,
  SIZE,
  struct,
  TEXT,
  TEXT_MAP,
  TEXTS,
  TIME,
} from './field.ts';

const NANOS = { kind: DURATION_OR_NANOS, camelKind: DURATION } as const;

export const PLACEMENT = struct([
  { key: 'cluster', kind: TEXT },
  { key: 'tags', kind: TEXTS },
]);

const TRANSFORM = struct(
  [
    { key: 'src', kind: TEXT, also: ['source'] },
    { key: 'dest', kind: TEXT, also: ['destination'] },
  ],
  ['dest'],
);

export const REPUBLISH = struct(
  [
    { key: 'src', kind: TEXT, also: ['source'] },
    { key: 'dest', kind: TEXT, also: ['destination'] },
    { key: 'headers_only', kind: BOOLEAN },
  ],
  ['dest'],
);

const EXTERNAL = struct([
  { key: 'api', kind: TEXT },
  { key: 'deliver', kind: TEXT },
]);

export const SOURCE = struct(
  [
    { key: 'name', kind: TEXT },
    { key: 'opt_start_seq', kind: INTEGER },
    { key: 'opt_start_time', kind: TIME },
    { key: 'filter_subject', kind: TEXT },
    { key: 'subject_transforms', kind: list(TRANSFORM) },
    { key: 'external', kind: EXTERNAL },
    { key: 'external.api', kind: TEXT, also: ['externalApiPrefix'] },
    { key: 'external.deliver', kind: TEXT, also: ['externalDeliverPrefix'] },
    {
      key: 'consumer',
      kind: struct([
        { key: 'name', kind: TEXT },
        { key: 'deliver_subject', kind: TEXT },
      ]),
    },
  ],
  ['name'],
);

export const STORAGE = oneOf('file', 'memory');

export const STREAM_FIELDS: readonly Field[] = [
  { key: 'name', kind: TEXT },
  { key: 'description', kind: TEXT },
  { key: 'subjects', kind: TEXTS },
  { key: 'retention', kind: oneOf('limits', 'interest', 'workqueue') },
  { key: 'max_consumers', kind: INTEGER },
  { key: 'max_msgs', kind: INTEGER },
  { key: 'max_bytes', kind: SIZE },
  { key: 'max_age', ...NANOS },
  { key: 'max_msgs_per_subject', kind: INTEGER },
  { key: 'max_msg_size', kind: SIZE },
  { key: 'discard', kind: oneOf('old', 'new') },
  { key: 'discard_new_per_subject', kind: BOOLEAN, also: ['discardPerSubject'] },
  { key: 'storage', kind: STORAGE },
  { key: 'num_replicas', kind: INTEGER, also: ['replicas'] },
  { key: 'no_ack', kind: BOOLEAN },
  { key: 'duplicate_window', ...NANOS },
  { key: 'placement', kind: PLACEMENT },
  { key: 'mirror', kind: SOURCE },
  { key: 'sources', kind: list(SOURCE) },
  { key: 'compression', kind: choice({ none: 'none', s2: 's2', '': '' }) },
  { key: 'first_seq', kind: INTEGER, also: ['firstSequence'] },
  { key: 'subject_transform', kind: TRANSFORM },
  { key: 'republish', kind: REPUBLISH },
  { key: 'sealed', kind: BOOLEAN },
  { key: 'deny_delete', kind: BOOLEAN },
  { key: 'deny_purge', kind: BOOLEAN },
  { key: 'allow_rollup_hdrs', kind: BOOLEAN, also: ['allowRollup'] },
  { key: 'allow_direct', kind: BOOLEAN },
  { key: 'mirror_direct', kind: BOOLEAN },
  { key: 'allow_msg_ttl', kind: BOOLEAN },
  { key: 'subject_delete_marker_ttl', ...NANOS },
  { key: 'allow_msg_counter', kind: BOOLEAN },
  { key: 'allow_atomic', kind: BOOLEAN, also: ['allowAtomicPublish'] },
  { key: 'allow_batched', kind: BOOLEAN },
  { key: 'allow_msg_schedules', kind: BOOLEAN },
  { key: 'persist_mode', kind: choice({ default: 'default', async: 'async', '': '' }) },
  {
    key: 'consumer_limits',
    kind: struct([
      { key: 'inactive_threshold', ...NANOS },
      { key: 'max_ack_pending', kind: INTEGER },
    ]),
  },
  { key: 'metadata', kind: TEXT_MAP },
];
