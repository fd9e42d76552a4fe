// The API's answers as this command line reads them. Numbers beyond 2^53 lose digits here; what is printed as JSON does
// not pass through these types (Answer.exact). Durations are nanoseconds, times RFC 3339.

export interface Placement {
  readonly cluster?: string;
  readonly tags?: readonly string[];
  readonly preferred?: string;
}

export interface SubjectTransform {
  readonly src: string;
  readonly dest: string;
}

export interface StreamSource {
  readonly name: string;
  readonly opt_start_seq?: number;
  readonly opt_start_time?: string;
  readonly filter_subject?: string;
  readonly subject_transforms?: readonly SubjectTransform[];
  readonly external?: { readonly api: string; readonly deliver?: string };
  readonly consumer?: { readonly name?: string; readonly deliver_subject?: string };
}

export interface Republish {
  readonly src: string;
  readonly dest: string;
  readonly headers_only?: boolean;
}

export interface StreamConfig {
  readonly name: string;
  readonly description?: string;
  readonly subjects?: readonly string[];
  readonly retention: 'limits' | 'interest' | 'workqueue';
  readonly max_consumers: number;
  readonly max_msgs: number;
  readonly max_msgs_per_subject?: number;
  readonly max_bytes: number;
  readonly max_age: number;
  readonly max_msg_size?: number;
  readonly storage: 'file' | 'memory';
  readonly discard: 'old' | 'new';
  readonly num_replicas: number;
  readonly no_ack?: boolean;
  readonly duplicate_window?: number;
  readonly placement?: Placement;
  readonly mirror?: StreamSource;
  readonly sources?: readonly StreamSource[];
  readonly compression?: string;
  readonly first_seq?: number;
  readonly subject_transform?: SubjectTransform;
  readonly republish?: Republish;
  readonly sealed?: boolean;
  readonly deny_delete?: boolean;
  readonly deny_purge?: boolean;
  readonly allow_rollup_hdrs?: boolean;
  readonly allow_direct?: boolean;
  readonly mirror_direct?: boolean;
  readonly discard_new_per_subject?: boolean;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly consumer_limits?: { readonly inactive_threshold?: number; readonly max_ack_pending?: number };
  readonly allow_msg_ttl?: boolean;
  readonly subject_delete_marker_ttl?: number;
  readonly allow_msg_counter?: boolean;
  readonly allow_atomic?: boolean;
  readonly allow_batched?: boolean;
  readonly allow_msg_schedules?: boolean;
  readonly persist_mode?: string;
}

export interface PeerInfo {
  readonly name: string;
  readonly current: boolean;
  readonly observer?: boolean;
  readonly offline?: boolean;
  readonly active: number;
  readonly lag?: number;
  readonly pending?: boolean;
}

export interface ClusterInfo {
  readonly name?: string;
  readonly raft_group?: string;
  readonly leader?: string;
  readonly leader_since?: string;
  readonly system_account?: boolean;
  readonly traffic_account?: string;
  readonly replicas?: readonly PeerInfo[] | null;
}

export interface StreamSourceInfo {
  readonly name: string;
  readonly lag: number;
  readonly active: number;
  readonly external?: { readonly api: string; readonly deliver?: string };
  readonly filter_subject?: string;
  readonly subject_transforms?: readonly SubjectTransform[];
  readonly error?: { readonly code: number; readonly err_code: number; readonly description: string };
}

export interface StreamState {
  readonly messages: number;
  readonly bytes: number;
  readonly first_seq: number;
  readonly first_ts: string;
  readonly last_seq: number;
  readonly last_ts: string;
  readonly num_subjects?: number;
  readonly subjects?: Readonly<Record<string, number>>;
  readonly num_deleted?: number;
  readonly deleted?: readonly number[] | null;
  readonly lost?: { readonly msgs: readonly number[] | null; readonly bytes: number } | null;
  readonly consumer_count: number;
}

export interface StreamInfo {
  readonly config: StreamConfig;
  readonly created: string;
  readonly state: StreamState;
  readonly cluster?: ClusterInfo | null;
  readonly mirror?: StreamSourceInfo;
  readonly sources?: readonly StreamSourceInfo[];
  readonly alternates?: readonly { readonly name: string; readonly cluster: string; readonly domain?: string }[];
  readonly ts?: string;
}

export interface ConsumerConfig {
  readonly name?: string;
  readonly durable_name?: string;
  readonly description?: string;
  readonly deliver_policy?: string;
  readonly opt_start_seq?: number;
  readonly opt_start_time?: string;
  readonly deliver_subject?: string;
  readonly deliver_group?: string;
  readonly ack_policy?: string;
  readonly ack_wait?: number;
  readonly max_deliver?: number;
  readonly backoff?: readonly number[];
  readonly filter_subject?: string;
  readonly filter_subjects?: readonly string[];
  readonly replay_policy?: string;
  readonly rate_limit_bps?: number;
  readonly sample_freq?: string;
  readonly max_waiting?: number;
  readonly max_ack_pending?: number;
  readonly flow_control?: boolean;
  readonly idle_heartbeat?: number;
  readonly headers_only?: boolean;
  readonly max_batch?: number;
  readonly max_expires?: number;
  readonly max_bytes?: number;
  readonly inactive_threshold?: number;
  readonly num_replicas?: number;
  readonly mem_storage?: boolean;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly pause_until?: string;
  readonly priority_groups?: readonly string[];
  readonly priority_policy?: string;
  readonly priority_timeout?: number;
}

export interface ConsumerPosition {
  readonly consumer_seq: number;
  readonly stream_seq: number;
  readonly last_active?: string;
}

export interface PriorityGroupState {
  readonly group: string;
  readonly pinned_client_id?: string;
  readonly pinned_ts?: string;
}

export interface ConsumerInfo {
  readonly stream_name: string;
  readonly name: string;
  readonly created: string;
  readonly config: ConsumerConfig;
  readonly delivered: ConsumerPosition;
  readonly ack_floor: ConsumerPosition;
  readonly num_pending: number;
  readonly num_ack_pending: number;
  readonly num_redelivered: number;
  readonly num_waiting: number;
  readonly push_bound?: boolean;
  readonly paused?: boolean;
  readonly pause_remaining?: number;
  readonly priority_groups?: readonly PriorityGroupState[];
  readonly cluster?: ClusterInfo | null;
  readonly ts?: string;
}
