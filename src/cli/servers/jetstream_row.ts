// What one server says of its JetStream (/jsz), as a row of a report: of all that it has, or of one account.

import type { ClusterInfo, ConsumerInfo, StreamConfig } from '../client/js_types.ts';
import type { SystemAnswer } from '../client/system_requests.ts';
import type { JetStreamConfig, JetStreamStats, MetaCluster } from './server_types.ts';

export interface StreamDetail {
  readonly name: string;
  readonly cluster?: ClusterInfo | null;
  readonly config?: StreamConfig;
  readonly state?: StreamNumbers;
  readonly consumer_detail?: readonly ConsumerInfo[] | null;
  readonly stream_raft_group?: string;
  readonly consumer_raft_groups?: readonly { readonly name: string; readonly raft_group?: string }[] | null;
}

export interface StreamNumbers {
  readonly messages: number;
  readonly bytes: number;
  readonly first_seq: number;
  readonly last_seq: number;
  readonly num_subjects?: number;
  readonly num_deleted?: number;
  readonly consumer_count: number;
}

export interface AccountDetail extends JetStreamStats {
  readonly name: string;
  readonly id: string;
  readonly stream_detail?: readonly StreamDetail[] | null;
}

export interface Jsz extends JetStreamStats {
  readonly config?: JetStreamConfig;
  readonly streams: number;
  readonly streams_leader?: number;
  readonly consumers: number;
  readonly consumers_leader?: number;
  readonly messages: number;
  readonly bytes: number;
  readonly meta_cluster?: MetaCluster;
  readonly account_details?: readonly AccountDetail[] | null;
}

export interface Led {
  readonly name: string;
  readonly groups: number;
}

export interface JetStreamRow {
  readonly streams: number;
  readonly consumers: number;
  readonly messages: number;
  readonly bytes: number;
  readonly memory: number;
  readonly storage: number;
  readonly apiRequests: number;
  readonly pending: number;
  /** How many groups this server leads; none where nothing has a group. */
  readonly streamLeaders: readonly Led[];
  readonly consumerLeaders: readonly Led[];
}

export function jetStreamRow({ server, data }: SystemAnswer<Jsz>, account: string | undefined): JetStreamRow {
  const pending = data.meta_cluster?.pending ?? 0;
  const [detail, ...more] = data.account_details ?? [];
  if (account !== undefined && detail !== undefined && more.length === 0) {
    return { ...accountRow(server.name, detail), pending };
  }
  const { streams_leader: streamsLed = 0, consumers_leader: consumersLed = 0 } = data;
  const led = (groups: number): Led[] =>
    streamsLed === 0 && consumersLed === 0 ? [] : [{ name: server.name, groups }];
  return {
    streams: data.streams,
    consumers: data.consumers,
    messages: data.messages,
    bytes: data.bytes,
    memory: data.memory,
    storage: data.storage,
    apiRequests: data.api.total,
    pending,
    streamLeaders: led(streamsLed),
    consumerLeaders: led(consumersLed),
  };
}

function accountRow(name: string, detail: AccountDetail): Omit<JetStreamRow, 'pending'> {
  const streams = detail.stream_detail ?? [];
  const leads = ({ cluster }: { readonly cluster?: ClusterInfo | null }): boolean => cluster?.leader === name;
  const led = (groups: number): Led[] => (groups === 0 ? [] : [{ name, groups }]);
  const consumers = streams.flatMap(({ consumer_detail: list }) => list ?? []);
  return {
    streams: streams.length,
    consumers: streams.reduce((sum, { state }) => sum + (state?.consumer_count ?? 0), 0),
    messages: streams.reduce((sum, { state }) => sum + (state?.messages ?? 0), 0),
    bytes: detail.memory + detail.storage,
    memory: detail.memory,
    storage: detail.storage,
    apiRequests: detail.api.total,
    streamLeaders: led(streams.filter(leads).length),
    consumerLeaders: led(consumers.filter(leads).length),
  };
}
