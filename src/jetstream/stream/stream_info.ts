// A stream as the API shows it: configuration, state, who leads it. Values and their JSON; gathers nothing by itself
// but from a store's state. Compat: nats-server stream.go, StreamInfo; store.go, StreamState.
import { rfc3339NanoOrZero } from '../../base/nanos.ts';
import type { StreamState } from '../../store/stream_store.ts';
import { field, INT, type JsonType, list, map, optional, pointer, STRING, struct, UINT64 } from '../json/json_type.ts';
import { STREAM_CONFIG, type StreamConfig } from './stream_config.ts';

export interface LostInfo {
  readonly msgs: readonly number[];
  readonly bytes: number;
}

export interface StateInfo {
  readonly messages: number;
  readonly bytes: number;
  readonly first_seq: number;
  readonly first_ts: string;
  readonly last_seq: number;
  readonly last_ts: string;
  readonly num_subjects: number;
  readonly subjects: ReadonlyMap<string, number>;
  readonly num_deleted: number;
  readonly deleted: readonly number[];
  readonly lost: LostInfo | null;
  readonly consumer_count: number;
}

export interface ClusterInfo {
  readonly leader: string;
}

export interface StreamInfo {
  readonly config: StreamConfig;
  readonly created: string;
  readonly state: StateInfo;
  readonly domain: string;
  readonly cluster: ClusterInfo | null;
  /** When all this was gathered. */
  readonly ts: string;
}

const LOST = struct<LostInfo>('LostStreamData', { msgs: field(list(UINT64)), bytes: field(UINT64) });

export const STATE: JsonType<StateInfo> = struct<StateInfo>('StreamState', {
  messages: field(UINT64),
  bytes: field(UINT64),
  first_seq: field(UINT64),
  first_ts: field(STRING),
  last_seq: field(UINT64),
  last_ts: field(STRING),
  num_subjects: optional(INT),
  subjects: optional(map(UINT64)),
  num_deleted: optional(INT),
  deleted: optional(list(UINT64)),
  lost: optional(pointer(LOST)),
  consumer_count: field(INT),
});

export function encodeState(state: StateInfo): string {
  return STATE.encode(state);
}

const CLUSTER = struct<ClusterInfo>('ClusterInfo', { leader: optional(STRING) });

export const STREAM_INFO: JsonType<StreamInfo> = struct<StreamInfo>('StreamInfo', {
  config: field(STREAM_CONFIG),
  created: field(STRING),
  state: field(STATE),
  domain: optional(STRING),
  cluster: optional(pointer(CLUSTER)),
  ts: field(STRING),
});

export interface StateDetails {
  readonly subjects: ReadonlyMap<string, number>;
  readonly deleted: readonly number[];
}

export const NO_DETAILS: StateDetails = { subjects: new Map(), deleted: [] };

export function stateInfo(state: StreamState, consumers: number, details: StateDetails): StateInfo {
  // Compat: a stream that never had anything shows 0 for both sequences.
  const isUntouched = state.sequenceLast === 0;
  return {
    messages: state.messages,
    bytes: state.bytes,
    first_seq: isUntouched ? 0 : state.sequenceFirst,
    first_ts: rfc3339NanoOrZero(state.timeFirst),
    last_seq: state.sequenceLast,
    last_ts: rfc3339NanoOrZero(state.timeLast),
    num_subjects: state.subjects,
    subjects: details.subjects,
    num_deleted: state.deleted,
    deleted: details.deleted,
    lost: state.lost === null ? null : { msgs: state.lost.sequences, bytes: state.lost.bytes },
    consumer_count: consumers,
  };
}
