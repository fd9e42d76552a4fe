// A consumer as the API shows it: configuration and numbers. Values and their JSON.
// Compat: nats-server consumer.go, ConsumerInfo.
import { NanoTime, rfc3339Nano, ZERO_TIME_TEXT } from '../../base/nanos.ts';
import {
  BOOL,
  DURATION,
  field,
  INT,
  type JsonFields,
  type JsonType,
  list,
  optional,
  pointer,
  STRING,
  struct,
  UINT64,
} from '../json/json_type.ts';
import { CONSUMER_CONFIG, type ConsumerConfig } from './consumer_config.ts';
import type { ConsumerNumbers, SequenceNumbers } from './consumer_numbers.ts';

export interface SequenceInfo {
  readonly consumer_seq: number;
  readonly stream_seq: number;
  readonly last_active: string | null;
}

export interface GroupInfo {
  readonly group: string;
  readonly pinned_client_id: string;
  readonly pinned_ts: string;
}

export interface ConsumerInfo {
  readonly stream_name: string;
  readonly name: string;
  readonly created: string;
  readonly config: ConsumerConfig;
  readonly delivered: SequenceInfo;
  readonly ack_floor: SequenceInfo;
  readonly num_ack_pending: number;
  readonly num_redelivered: number;
  readonly num_waiting: number;
  readonly num_pending: number;
  readonly cluster: { readonly leader: string } | null;
  readonly push_bound: boolean;
  readonly paused: boolean;
  /** Nanoseconds. */
  readonly pause_remaining: number;
  readonly ts: string;
  readonly priority_groups: readonly GroupInfo[];
}

const SEQUENCE = struct<SequenceInfo>('SequenceInfo', {
  consumer_seq: field(UINT64),
  stream_seq: field(UINT64),
  last_active: optional(pointer(STRING)),
});

const CLUSTER = struct<{ readonly leader: string }>('ClusterInfo', { leader: optional(STRING) });

const GROUP = struct<GroupInfo>('PriorityGroupState', {
  group: field(STRING),
  pinned_client_id: optional(STRING),
  pinned_ts: field(STRING),
});

const INFO_FIELDS: JsonFields<ConsumerInfo> = {
  stream_name: field(STRING),
  name: field(STRING),
  created: field(STRING),
  config: field(CONSUMER_CONFIG),
  delivered: field(SEQUENCE),
  ack_floor: field(SEQUENCE),
  num_ack_pending: field(INT),
  num_redelivered: field(INT),
  num_waiting: field(INT),
  num_pending: field(UINT64),
  cluster: optional(pointer(CLUSTER)),
  push_bound: optional(BOOL),
  paused: optional(BOOL),
  pause_remaining: optional(DURATION),
  ts: field(STRING),
  priority_groups: optional(list(GROUP)),
};

export const CONSUMER_INFO: JsonType<ConsumerInfo> = struct<ConsumerInfo>('ConsumerInfo', INFO_FIELDS);

const { config: _, ...BRIEF_FIELDS } = INFO_FIELDS;

/** Without the configuration, as monitoring shows it where nobody asked for that. */
export const CONSUMER_INFO_BRIEF: JsonType<Omit<ConsumerInfo, 'config'>> = struct<Omit<ConsumerInfo, 'config'>>(
  'ConsumerInfo',
  BRIEF_FIELDS,
);

function sequenceInfo(numbers: SequenceNumbers): SequenceInfo {
  let lastActive: string | null = null;
  if (numbers.lastActiveMs !== null) {
    const time = new NanoTime();
    time.setMs(numbers.lastActiveMs);
    lastActive = rfc3339Nano(time.toNs());
  }
  return {
    consumer_seq: numbers.consumerSequence,
    stream_seq: numbers.streamSequence,
    last_active: lastActive,
  };
}

/** Compat: of several groups only the first is shown. */
function groupInfos(config: ConsumerConfig, numbers: ConsumerNumbers): readonly GroupInfo[] {
  const [group] = config.priority_groups;
  if (group === undefined) return [];
  const pinned = new NanoTime();
  pinned.setMs(numbers.pinnedMs);
  const pinnedAt = numbers.pinnedMs === 0 ? ZERO_TIME_TEXT : rfc3339Nano(pinned.toNs());
  return [{ group, pinned_client_id: numbers.pin, pinned_ts: pinnedAt }];
}

/** What the numbers do not say. */
export interface ConsumerIdentity {
  readonly stream: string;
  readonly name: string;
  readonly createdNs: bigint;
  readonly config: ConsumerConfig;
  /** When the numbers were taken, Unix nanoseconds. */
  readonly nowNs: bigint;
}

export function consumerInfo(identity: ConsumerIdentity, numbers: ConsumerNumbers): ConsumerInfo {
  return {
    stream_name: identity.stream,
    name: identity.name,
    created: rfc3339Nano(identity.createdNs),
    config: identity.config,
    delivered: sequenceInfo(numbers.delivered),
    ack_floor: sequenceInfo(numbers.ackFloor),
    num_ack_pending: numbers.ackPending,
    num_redelivered: numbers.redelivered,
    num_waiting: numbers.waiting,
    num_pending: numbers.pending,
    cluster: null,
    push_bound: numbers.isPushBound,
    paused: numbers.isPaused,
    pause_remaining: numbers.pauseRemainingNs,
    ts: rfc3339Nano(identity.nowNs),
    priority_groups: groupInfos(identity.config, numbers),
  };
}
