// What a stream is told to be: every field in the API's own names, how it is read from a request or a file and written
// into a response. Pure tables; what may stand in the fields is stream_config_check.ts's business.
// Every field is always there; what Go leaves nil or zero is an empty list, map, text, 0 or null here.
// Compat: nats-server stream.go, StreamConfig (field order and omitempty), store.go (enumerations).
import { goQuote } from '../json/go_quote.ts';
import { DecodeStop } from '../json/json_cursor.ts';
import { decodeRequest, type JsonResult } from '../json/json_decode.ts';
import { TIME } from '../json/json_time.ts';
import {
  BOOL,
  choice,
  custom,
  DURATION,
  embed,
  field,
  INT,
  INT32,
  INT64,
  type JsonFields,
  type JsonType,
  list,
  optional,
  pointer,
  STRING,
  STRING_MAP,
  struct,
  UINT64,
} from '../json/json_type.ts';

export type Retention = 'limits' | 'interest' | 'workqueue';
export type Discard = 'old' | 'new';
export type Storage = 'file' | 'memory';
export type Compression = 'none' | 's2';
export type PersistMode = 'default' | 'async';

export interface Placement {
  readonly cluster: string;
  readonly tags: readonly string[];
  readonly preferred: string;
}

export interface SubjectTransform {
  readonly src: string;
  readonly dest: string;
}

export interface Republish {
  readonly src: string;
  readonly dest: string;
  readonly headers_only: boolean;
}

export interface ExternalStream {
  readonly api: string;
  readonly deliver: string;
}

export interface SourceConsumer {
  readonly name: string;
  readonly deliver_subject: string;
}

export interface StreamSource {
  readonly name: string;
  readonly opt_start_seq: number;
  readonly opt_start_time: string | null;
  readonly filter_subject: string;
  readonly subject_transforms: readonly SubjectTransform[];
  readonly external: ExternalStream | null;
  readonly consumer: SourceConsumer | null;
}

export interface StreamConsumerLimits {
  /** Nanoseconds; 0 is none. */
  readonly inactive_threshold: number;
  readonly max_ack_pending: number;
}

export interface StreamConfig {
  readonly name: string;
  readonly description: string;
  readonly subjects: readonly string[];
  readonly retention: Retention;
  /** -1 is no limit, here and below. */
  readonly max_consumers: number;
  readonly max_msgs: number;
  readonly max_bytes: number;
  /** Nanoseconds; 0 is no limit. */
  readonly max_age: number;
  readonly max_msgs_per_subject: number;
  readonly max_msg_size: number;
  readonly discard: Discard;
  readonly storage: Storage;
  readonly num_replicas: number;
  readonly no_ack: boolean;
  /** Nanoseconds. */
  readonly duplicate_window: number;
  readonly placement: Placement | null;
  readonly mirror: StreamSource | null;
  readonly sources: readonly (StreamSource | null)[];
  readonly compression: Compression;
  readonly first_seq: number;
  readonly subject_transform: SubjectTransform | null;
  readonly republish: Republish | null;
  readonly allow_direct: boolean;
  readonly mirror_direct: boolean;
  readonly discard_new_per_subject: boolean;
  readonly sealed: boolean;
  readonly deny_delete: boolean;
  readonly deny_purge: boolean;
  readonly allow_rollup_hdrs: boolean;
  readonly consumer_limits: StreamConsumerLimits;
  readonly allow_msg_ttl: boolean;
  /** Nanoseconds; 0 is none. */
  readonly subject_delete_marker_ttl: number;
  readonly allow_msg_counter: boolean;
  readonly allow_atomic: boolean;
  readonly allow_msg_schedules: boolean;
  readonly persist_mode: PersistMode;
  readonly allow_batched: boolean;
  readonly metadata: ReadonlyMap<string, string>;
}

/** The body of STREAM.CREATE and STREAM.UPDATE. */
export interface StreamConfigRequest extends StreamConfig {
  readonly pedantic: boolean;
}

function refuseUnmarshal(raw: string): string {
  return `can not unmarshal ${goQuote(raw)}`;
}

const RETENTION = choice<Retention>(
  'server.RetentionPolicy',
  'limits',
  { limits: 'limits', interest: 'interest', workqueue: 'workqueue' },
  refuseUnmarshal,
);

/** The one enumeration that is read without regard to case. */
const DISCARD: JsonType<Discard> = {
  ...choice<Discard>('server.DiscardPolicy', 'old', { old: 'old', new: 'new' }, refuseUnmarshal),
  decode(cursor) {
    const raw = cursor.raw();
    const lower = raw.toLowerCase();
    if (lower === '"old"') return 'old';
    if (lower === '"new"') return 'new';
    throw new DecodeStop(refuseUnmarshal(raw));
  },
};

const STORAGE = choice<Storage>('server.StorageType', 'file', { file: 'file', memory: 'memory' }, refuseUnmarshal);

const PERSIST_MODE = choice<PersistMode>(
  'server.PersistModeType',
  'default',
  { default: 'default', '': 'default', async: 'async' },
  refuseUnmarshal,
);

/** Read as any JSON string first, so that its type errors sound like those of a plain field. */
const COMPRESSION: JsonType<Compression> = {
  ...custom<Compression>('server.StoreCompression', 'none', () => 'none'),
  decode(cursor) {
    const kind = cursor.kind();
    if (kind !== 'string' && kind !== 'null') throw new DecodeStop(cursor.typeErrorText(kind, 'string'));
    const text = kind === 'string' ? cursor.string() : cursor.raw();
    if (text === 'none' || text === 's2') return text;
    throw new DecodeStop('unknown compression algorithm');
  },
};

const PLACEMENT = struct<Placement>('Placement', {
  cluster: optional(STRING),
  tags: optional(list(STRING)),
  preferred: optional(STRING),
});

const SUBJECT_TRANSFORM = struct<SubjectTransform>('SubjectTransformConfig', {
  src: field(STRING),
  dest: field(STRING),
});

const REPUBLISH = struct<Republish>('RePublish', {
  src: optional(STRING),
  dest: field(STRING),
  headers_only: optional(BOOL),
});

export const STREAM_SOURCE = struct<StreamSource>('StreamSource', {
  name: field(STRING),
  opt_start_seq: optional(UINT64),
  opt_start_time: optional(pointer(TIME)),
  filter_subject: optional(STRING),
  subject_transforms: optional(list(SUBJECT_TRANSFORM)),
  external: optional(pointer(struct<ExternalStream>('ExternalStream', { api: field(STRING), deliver: field(STRING) }))),
  consumer: optional(
    pointer(
      struct<SourceConsumer>('StreamConsumerSource', { name: optional(STRING), deliver_subject: optional(STRING) }),
    ),
  ),
});

const CONSUMER_LIMITS = struct<StreamConsumerLimits>('StreamConsumerLimits', {
  inactive_threshold: optional(DURATION),
  max_ack_pending: optional(INT),
});

export const STREAM_CONFIG_FIELDS: JsonFields<StreamConfig> = {
  name: field(STRING),
  description: optional(STRING),
  subjects: optional(list(STRING)),
  retention: field(RETENTION),
  max_consumers: field(INT),
  max_msgs: field(INT64),
  max_bytes: field(INT64),
  max_age: field(DURATION),
  max_msgs_per_subject: field(INT64),
  max_msg_size: optional(INT32),
  discard: field(DISCARD),
  storage: field(STORAGE),
  num_replicas: field(INT),
  no_ack: optional(BOOL),
  duplicate_window: optional(DURATION),
  placement: optional(pointer(PLACEMENT)),
  mirror: optional(pointer(STREAM_SOURCE)),
  sources: optional(list(pointer(STREAM_SOURCE))),
  compression: field(COMPRESSION),
  first_seq: optional(UINT64),
  subject_transform: optional(pointer(SUBJECT_TRANSFORM)),
  republish: optional(pointer(REPUBLISH)),
  allow_direct: field(BOOL),
  mirror_direct: field(BOOL),
  discard_new_per_subject: optional(BOOL),
  sealed: field(BOOL),
  deny_delete: field(BOOL),
  deny_purge: field(BOOL),
  allow_rollup_hdrs: field(BOOL),
  consumer_limits: field(CONSUMER_LIMITS),
  allow_msg_ttl: field(BOOL),
  subject_delete_marker_ttl: optional(DURATION),
  allow_msg_counter: optional(BOOL),
  allow_atomic: optional(BOOL),
  allow_msg_schedules: optional(BOOL),
  persist_mode: optional(PERSIST_MODE),
  allow_batched: optional(BOOL),
  metadata: optional(STRING_MAP),
};

export const STREAM_CONFIG: JsonType<StreamConfig> = struct<StreamConfig>('StreamConfig', STREAM_CONFIG_FIELDS);

const STREAM_CONFIG_REQUEST = struct<StreamConfigRequest>('StreamConfigRequest', {
  ...embed<StreamConfig>('StreamConfig', STREAM_CONFIG_FIELDS),
  pedantic: optional(BOOL),
});

export function decodeStreamConfigRequest(body: Uint8Array): JsonResult<StreamConfigRequest> {
  return decodeRequest(body, STREAM_CONFIG_REQUEST);
}

export function encodeStreamConfig(config: StreamConfig): string {
  return STREAM_CONFIG.encode(config);
}

/** Whether two configurations are the same one (an absent list and an empty one are). */
export function isSameStreamConfig(a: StreamConfig, b: StreamConfig): boolean {
  return encodeStreamConfig(a) === encodeStreamConfig(b);
}
