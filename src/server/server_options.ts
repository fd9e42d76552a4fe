// What a server can be told, with the reference's defaults. Values only: app/ joins flags and files into one of these.
import { advertisedAddress } from '../config/client_advertise.ts';
import { CONTROL_LINE_MAX_DEFAULT, PAYLOAD_MAX_DEFAULT } from '../wire/limits.ts';

export interface ServerOptions {
  readonly serverName: string;
  /** Public id of the server, 56 characters that start with N. */
  readonly serverId: string;
  /** The version that clients see and decide by. */
  readonly version: string;
  /** Shown where the reference shows its Go version. */
  readonly runtime: string;
  readonly host: string;
  readonly port: number;
  readonly clientAdvertise: string | null;
  /** Bytes. */
  readonly payloadMax: number;
  readonly controlLineMax: number;
  /** Bytes waiting for one client before it counts as slow. */
  readonly pendingBytesMax: number;
  readonly connectionsMax: number;
  /** Subscriptions of one connection; 0 is no limit. */
  readonly subscriptionsMax: number;
  /** Tokens of a subscription; 0 is no limit. */
  readonly subscriptionTokensMax: number;
  readonly writeDeadlineMs: number;
  readonly pingIntervalMs: number;
  readonly pingsOutMax: number;
  readonly authTimeoutMs: number;
  readonly headersSupported: boolean;
  /** Slow receivers make fast senders wait a little. */
  readonly stallsFastProducers: boolean;
  readonly closedConnectionsKept: number;
  /** How this server is told from others. */
  readonly tags: readonly string[];
  readonly metadata: ReadonlyMap<string, string>;
  readonly featureFlags: ReadonlyMap<string, boolean>;
  /** Of JetStream; empty without one. */
  readonly domain: string;
  /** Of a traced message at most so many bytes; 0: all. */
  readonly tracedBytesMax: number;
  /** Of a traced message only the headers. */
  readonly tracesHeadersOnly: boolean;
}

/**
 * What INFO and /varz say of where the server is: `client_advertise`, or where it listens. Compat: server.go,
 * setInfoHostPort.
 */
export function publicAddress(options: ServerOptions, port: number): { readonly host: string; readonly port: number } {
  const { clientAdvertise } = options;
  const advertised = clientAdvertise === null ? null : advertisedAddress(clientAdvertise, port);
  // One that is no address stops the start or the reload before it comes here.
  return advertised?.ok === true ? advertised.value : { host: options.host, port };
}

/** Compat: feature_flags.go. */
export const FEATURE_FLAGS_DEFAULT: ReadonlyMap<string, boolean> = new Map([
  ['js_ack_fc_v2', false],
  ['js_api_reply_v2', false],
  ['js_raft_delete_range', true],
  ['js_snapshot_sources', false],
]);

export const SERVER_OPTIONS_DEFAULT: ServerOptions = {
  serverName: '',
  serverId: '',
  version: '2.15.2',
  runtime: 'node',
  host: '0.0.0.0',
  port: 4222,
  clientAdvertise: null,
  payloadMax: PAYLOAD_MAX_DEFAULT,
  controlLineMax: CONTROL_LINE_MAX_DEFAULT,
  pendingBytesMax: 64 * 1024 * 1024,
  connectionsMax: 65536,
  subscriptionsMax: 0,
  subscriptionTokensMax: 0,
  writeDeadlineMs: 10_000,
  pingIntervalMs: 120_000,
  pingsOutMax: 2,
  authTimeoutMs: 2_000,
  headersSupported: true,
  stallsFastProducers: true,
  closedConnectionsKept: 10_000,
  tags: [],
  metadata: new Map(),
  featureFlags: FEATURE_FLAGS_DEFAULT,
  domain: '',
  tracedBytesMax: 0,
  tracesHeadersOnly: false,
};
