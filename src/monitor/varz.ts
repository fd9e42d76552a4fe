// /varz: the server's configuration and counters in the reference's field order. Reads, changes nothing.
// Compat: monitor.go, Varz. Sections of parts that this server does not have are empty, as in a reference without them.
import { type GoJsonStruct, omitEmpty } from '../base/go_json.ts';
import { TLS_TIMEOUT_MS_DEFAULT } from '../config/tls_options.ts';
import type { Server } from '../server/server.ts';
import { jetStreamVarz } from './jetstream_numbers.ts';
import { nanosOfMs, timeText, uptimeText } from './monitor_json.ts';
import type { MonitorFacts, MonitorParts } from './monitor_parts.ts';

export function varz(parts: MonitorParts, monitor: MonitorFacts): GoJsonStruct {
  const { server, host, configuration } = parts;
  const { options } = server;
  const now = server.clock.realtimeMs();
  return {
    server_id: options.serverId,
    server_name: options.serverName,
    version: options.version,
    proto: 1,
    go: options.runtime,
    host: server.info.host,
    port: server.info.port,
    ...configured(parts, monitor),
    start: timeText(server.startRealMs),
    now: timeText(now),
    uptime: uptimeText(now - server.startRealMs),
    mem: host.usage().residentBytes,
    cores: host.cores,
    gomaxprocs: host.cores,
    cpu: parts.cpu.percent(),
    ...counters(parts),
    http_req_stats: monitor.requests,
    config_load_time: timeText(configuration.loadedAtMs),
    config_digest: configuration.options.configDigest ?? '',
    tags: omitEmpty(options.tags),
    metadata: omitEmpty(options.metadata),
    feature_flags: options.featureFlags,
    system_account: server.hasSystemAccount ? server.systemAccount.name : undefined,
    slow_consumer_stats: byKind(server.traffic.slowConsumers),
    stale_connection_stats: byKind(server.traffic.staleConnections),
    disk_io_wait_stats: { waiters: 0, waits: 0, wait_time: 0, max_wait_time: 0 },
    tls_cert_not_after: notAfterText(server),
    contrail: { version: parts.contrailVersion },
  };
}

function notAfterText({ tls }: Server): string | undefined {
  const notAfterMs = tls?.context.notAfterMs ?? null;
  return notAfterMs === null ? undefined : timeText(notAfterMs);
}

/** What the reference shows where nobody may connect. */
const NOBODY = -1;

function configured(parts: MonitorParts, monitor: MonitorFacts): GoJsonStruct {
  const { server, configuration } = parts;
  const { options } = server;
  const { monitor: listen } = configuration.options;
  const port = monitor.address?.port ?? 0;
  return {
    auth_required: server.login.isRequired || undefined,
    tls_required: server.info.tlsRequired || undefined,
    tls_verify: server.info.tlsVerify || undefined,
    max_connections: options.connectionsMax || NOBODY,
    max_subscriptions: omitEmpty(options.subscriptionsMax),
    ping_interval: nanosOfMs(options.pingIntervalMs),
    ping_max: options.pingsOutMax,
    http_host: listen?.host ?? configuration.options.listen.host,
    http_port: listen?.isSecure === true ? 0 : port,
    http_base_path: listen?.basePathGiven ?? '',
    https_port: listen?.isSecure === true ? port : 0,
    auth_timeout: options.authTimeoutMs / 1000,
    max_control_line: options.controlLineMax,
    max_payload: options.payloadMax,
    max_pending: options.pendingBytesMax,
    cluster: {},
    gateway: {},
    leaf: {},
    mqtt: {},
    websocket: {},
    jetstream: jetStreamVarz(parts),
    tls_timeout: (configuration.options.tls?.timeoutMs ?? TLS_TIMEOUT_MS_DEFAULT) / 1000,
    write_deadline: nanosOfMs(options.writeDeadlineMs),
  };
}

function counters({ server }: MonitorParts): GoJsonStruct {
  const { traffic } = server;
  return {
    connections: server.connections.size,
    total_connections: server.connectionsTotal,
    routes: 0,
    remotes: 0,
    leafnodes: 0,
    in_msgs: traffic.messagesIn,
    in_bytes: traffic.bytesIn,
    in_client_msgs: traffic.messagesIn,
    in_client_bytes: traffic.bytesIn,
    out_msgs: traffic.messagesOut,
    out_bytes: traffic.bytesOut,
    out_client_msgs: traffic.messagesOut,
    out_client_bytes: traffic.bytesOut,
    slow_consumers: traffic.slowConsumers,
    stale_connections: traffic.staleConnections,
    stalled_clients: traffic.stalledClients,
    subscriptions: server.subscriptionCount,
  };
}

/** Only clients here: there are no other connections yet. */
function byKind(clients: number): GoJsonStruct {
  return { clients, routes: 0, gateways: 0, leafs: 0 };
}
