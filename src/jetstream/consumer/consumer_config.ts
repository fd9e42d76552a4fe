// What a consumer is told to be: every field in the API's own names, how it is read from a request or a file and written
// into a response. Pure tables; what may stand in the fields is consumer_config_check.ts's business.
// Every field is always there; what Go leaves nil or zero is an empty list, map, text, 0 or null here.
// Compat: nats-server consumer.go, ConsumerConfig (field order and omitempty), store.go (enumerations).
import { goQuote } from '../json/go_quote.ts';
import { decodeRequest, type JsonResult } from '../json/json_decode.ts';
import { TIME } from '../json/json_time.ts';
import {
  BOOL,
  choice,
  DURATION,
  field,
  INT,
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

export type DeliverPolicy = 'all' | 'last' | 'new' | 'by_start_sequence' | 'by_start_time' | 'last_per_subject';
export type AckPolicy = 'none' | 'all' | 'explicit' | 'flow_control';
export type ReplayPolicy = 'instant' | 'original';
export type PriorityPolicy = 'none' | 'overflow' | 'pinned_client' | 'prioritized';
/** What a create request insists on; empty is both. */
export type ConsumerAction = '' | 'create' | 'update';

export interface ConsumerConfig {
  readonly durable_name: string;
  readonly name: string;
  readonly description: string;
  readonly deliver_policy: DeliverPolicy;
  readonly opt_start_seq: number;
  /** RFC 3339; timeNanos() of json_time.ts makes Unix nanoseconds of it. */
  readonly opt_start_time: string | null;
  readonly ack_policy: AckPolicy;
  /** Nanoseconds, as are all durations here. */
  readonly ack_wait: number;
  /** -1 is no limit. */
  readonly max_deliver: number;
  readonly backoff: readonly number[];
  readonly filter_subject: string;
  readonly filter_subjects: readonly string[];
  readonly replay_policy: ReplayPolicy;
  /** Bits per second; 0 is no limit. */
  readonly rate_limit_bps: number;
  readonly sample_freq: string;
  readonly max_waiting: number;
  /** -1 is no limit. */
  readonly max_ack_pending: number;
  readonly flow_control: boolean;
  readonly headers_only: boolean;
  readonly max_batch: number;
  readonly max_expires: number;
  readonly max_bytes: number;
  /** Empty for a pull consumer. */
  readonly deliver_subject: string;
  readonly deliver_group: string;
  readonly idle_heartbeat: number;
  readonly inactive_threshold: number;
  readonly num_replicas: number;
  readonly mem_storage: boolean;
  readonly direct: boolean;
  readonly sourcing: boolean;
  readonly metadata: ReadonlyMap<string, string>;
  readonly pause_until: string | null;
  readonly priority_groups: readonly string[];
  readonly priority_policy: PriorityPolicy;
  readonly priority_timeout: number;
}

/** The body of CONSUMER.CREATE in all its forms. */
export interface ConsumerCreateRequest {
  readonly stream_name: string;
  readonly config: ConsumerConfig;
  readonly action: ConsumerAction;
  readonly pedantic: boolean;
}

function refuseUnmarshal(raw: string): string {
  return `can not unmarshal ${goQuote(raw)}`;
}

const DELIVER_POLICY = choice<DeliverPolicy>(
  'server.DeliverPolicy',
  'all',
  {
    all: 'all',
    undefined: 'all',
    last: 'last',
    last_per_subject: 'last_per_subject',
    new: 'new',
    by_start_sequence: 'by_start_sequence',
    by_start_time: 'by_start_time',
  },
  refuseUnmarshal,
);

const ACK_POLICY = choice<AckPolicy>(
  'server.AckPolicy',
  'none',
  { none: 'none', all: 'all', explicit: 'explicit', flow_control: 'flow_control' },
  refuseUnmarshal,
);

const REPLAY_POLICY = choice<ReplayPolicy>(
  'server.ReplayPolicy',
  'instant',
  { instant: 'instant', original: 'original' },
  refuseUnmarshal,
);

const PRIORITY_POLICY = choice<PriorityPolicy>(
  'server.PriorityPolicy',
  'none',
  { none: 'none', overflow: 'overflow', pinned_client: 'pinned_client', prioritized: 'prioritized' },
  (raw) => `unknown priority policy: ${raw}`,
);

const ACTION = choice<ConsumerAction>(
  'server.ConsumerAction',
  '',
  { create: 'create', update: 'update', '': '' },
  (raw) => `unknown consumer action: ${raw}`,
);

export const CONSUMER_CONFIG_FIELDS: JsonFields<ConsumerConfig> = {
  durable_name: optional(STRING),
  name: optional(STRING),
  description: optional(STRING),
  deliver_policy: field(DELIVER_POLICY),
  opt_start_seq: optional(UINT64),
  opt_start_time: optional(pointer(TIME)),
  ack_policy: field(ACK_POLICY),
  ack_wait: optional(DURATION),
  max_deliver: optional(INT),
  backoff: optional(list(DURATION)),
  filter_subject: optional(STRING),
  filter_subjects: optional(list(STRING)),
  replay_policy: field(REPLAY_POLICY),
  rate_limit_bps: optional(UINT64),
  sample_freq: optional(STRING),
  max_waiting: optional(INT),
  max_ack_pending: optional(INT),
  flow_control: optional(BOOL),
  headers_only: optional(BOOL),
  max_batch: optional(INT),
  max_expires: optional(DURATION),
  max_bytes: optional(INT),
  deliver_subject: optional(STRING),
  deliver_group: optional(STRING),
  idle_heartbeat: optional(DURATION),
  inactive_threshold: optional(DURATION),
  num_replicas: field(INT),
  mem_storage: optional(BOOL),
  direct: optional(BOOL),
  sourcing: optional(BOOL),
  metadata: optional(STRING_MAP),
  pause_until: optional(pointer(TIME)),
  priority_groups: optional(list(STRING)),
  priority_policy: optional(PRIORITY_POLICY),
  priority_timeout: optional(DURATION),
};

export const CONSUMER_CONFIG: JsonType<ConsumerConfig> = struct<ConsumerConfig>(
  'ConsumerConfig',
  CONSUMER_CONFIG_FIELDS,
);

const CONSUMER_CREATE_REQUEST = struct<ConsumerCreateRequest>('CreateConsumerRequest', {
  stream_name: field(STRING),
  config: field(CONSUMER_CONFIG),
  action: field(ACTION),
  pedantic: optional(BOOL),
});

export function decodeConsumerCreateRequest(body: Uint8Array): JsonResult<ConsumerCreateRequest> {
  return decodeRequest(body, CONSUMER_CREATE_REQUEST);
}

export function encodeConsumerConfig(config: ConsumerConfig): string {
  return CONSUMER_CONFIG.encode(config);
}

/** Whether two configurations are the same one (an absent list and an empty one are). */
export function isSameConsumerConfig(a: ConsumerConfig, b: ConsumerConfig): boolean {
  return encodeConsumerConfig(a) === encodeConsumerConfig(b);
}

/** All filters, wherever they were given; none means everything. */
export function filtersOf(config: ConsumerConfig): readonly string[] {
  return config.filter_subject === '' ? config.filter_subjects : [...config.filter_subjects, config.filter_subject];
}
