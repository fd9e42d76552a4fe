// What servers say of themselves on the system account, as far as this command line shows it. Durations are nanoseconds
// where they are numbers, times RFC 3339.
import type { ServerInfo } from '../client/system_requests.ts';

export interface Transfer {
  readonly msgs: number;
  readonly bytes: number;
}

export interface SlowConsumers {
  readonly clients: number;
  readonly routes: number;
  readonly gateways: number;
  readonly leafs: number;
}

/** A server's answer on `$SYS.REQ.SERVER.PING`, and what it publishes now and then. */
export interface ServerStats {
  readonly server: ServerInfo;
  readonly statsz: Stats;
}

export interface Stats {
  readonly start: string;
  readonly mem: number;
  readonly cores: number;
  readonly cpu: number;
  readonly connections: number;
  readonly subscriptions: number;
  readonly sent: Transfer;
  readonly received: Transfer;
  readonly slow_consumers: number;
  readonly slow_consumer_stats?: SlowConsumers;
  readonly routes?: readonly unknown[];
  readonly gateways?: readonly { readonly inbound_connections?: number }[];
  readonly active_servers?: number;
  readonly jetstream?: JetStreamVarz;
}

export interface JetStreamStats {
  readonly memory: number;
  readonly storage: number;
  readonly accounts?: number;
  readonly ha_assets?: number;
  readonly api: { readonly level?: number; readonly total: number; readonly errors: number };
}

export interface MetaPeer {
  readonly name: string;
  readonly current: boolean;
  readonly offline?: boolean;
  readonly active: number;
  readonly lag?: number;
  readonly peer?: string;
}

export interface MetaCluster {
  readonly name?: string;
  readonly leader?: string;
  readonly peer?: string;
  readonly replicas?: readonly MetaPeer[] | null;
  readonly cluster_size: number;
  readonly quorum_needed?: number;
  readonly rescue?: boolean;
  readonly pending?: number;
  readonly pending_requests?: number;
  readonly pending_infos?: number;
  readonly snapshot?: { readonly last_time?: string; readonly last_duration?: number } | null;
}

export interface JetStreamConfig {
  readonly max_memory?: number;
  readonly max_storage?: number;
  readonly store_dir?: string;
  readonly sync_interval?: number;
  readonly sync_always?: boolean;
  readonly domain?: string;
  readonly unique_tag?: string;
  readonly compress_ok?: boolean;
  readonly strict?: boolean;
}

export interface JetStreamVarz {
  readonly config?: JetStreamConfig;
  readonly stats?: JetStreamStats;
  readonly meta?: MetaCluster;
  readonly limits?: {
    readonly max_request_batch?: number;
    readonly max_ack_pending?: number;
    readonly max_ha_assets?: number;
    readonly max_duplicate_window?: number;
    readonly max_batch_inflight_per_stream?: number;
    readonly max_batch_inflight_total?: number;
    readonly max_batch_timeout?: number;
  };
}

export interface Varz {
  readonly server_id: string;
  readonly server_name: string;
  readonly version: string;
  readonly git_commit?: string;
  readonly go: string;
  readonly host: string;
  readonly port: number;
  readonly ip?: string;
  readonly auth_required?: boolean;
  readonly tls_required?: boolean;
  readonly connect_urls?: readonly string[];
  readonly ws_connect_urls?: readonly string[];
  readonly max_connections: number;
  readonly max_subscriptions?: number;
  readonly max_payload: number;
  readonly tls_timeout: number;
  readonly write_deadline: number;
  readonly start: string;
  readonly config_load_time: string;
  readonly config_digest?: string;
  readonly uptime: string;
  readonly mem: number;
  readonly cores: number;
  readonly gomaxprocs?: number;
  readonly gomemlimit?: number;
  readonly cpu: number;
  readonly connections: number;
  readonly subscriptions: number;
  readonly in_msgs: number;
  readonly out_msgs: number;
  readonly in_bytes: number;
  readonly out_bytes: number;
  readonly slow_consumers: number;
  readonly tags?: readonly string[];
  readonly cluster?: {
    readonly name?: string;
    readonly addr?: string;
    readonly cluster_port?: number;
    readonly urls?: readonly string[];
  };
  readonly gateway?: {
    readonly name?: string;
    readonly host?: string;
    readonly port?: number;
    readonly gateways?: readonly { readonly name?: string }[];
  };
  readonly jetstream?: JetStreamVarz;
}
