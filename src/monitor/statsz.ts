// STATSZ: the server's counters in short, to whoever asks and every ten seconds to whoever listens. Compat: events.go,
// ServerStats, sendStatsz and heartbeatStatsz.
import { type GoJsonStruct, goJson, omitEmpty } from '../base/go_json.ts';
import type { Bus } from '../ports/bus.ts';
import type { Timer } from '../ports/clock.ts';
import { textMessage } from '../ports/message.ts';
import { jetStreamConfig, jetStreamLimits, jetStreamStats } from './jetstream_numbers.ts';
import { timeText } from './monitor_json.ts';
import type { MonitorParts } from './monitor_parts.ts';

/** After the start it is told this often, then half as often each time, until it is the interval below. */
const INTERVAL_MS_FIRST = 250;
const INTERVAL_MS = 10_000;

export function statsz(parts: MonitorParts): GoJsonStruct {
  const { server, host, cpu } = parts;
  const { traffic } = server;
  const active = [...server.accounts].filter(({ connectionCount }) => connectionCount > 0);
  const sent = { msgs: traffic.messagesOut, bytes: traffic.bytesOut };
  const received = { msgs: traffic.messagesIn, bytes: traffic.bytesIn };
  return {
    start: timeText(server.startRealMs),
    mem: host.usage().residentBytes,
    cores: host.cores,
    cpu: cpu.percent(),
    connections: server.connections.size,
    total_connections: server.connectionsTotal,
    active_accounts: active.length,
    subscriptions: server.subscriptionCount,
    sent,
    sent_to_clients: sent,
    received,
    received_from_clients: received,
    slow_consumers: traffic.slowConsumers,
    slow_consumer_stats: byKind(traffic.slowConsumers),
    stale_connections: omitEmpty(traffic.staleConnections),
    stale_connection_stats: byKind(traffic.staleConnections),
    stalled_clients: omitEmpty(traffic.stalledClients),
    active_servers: 1,
    jetstream: jetStreamSection(parts),
    gomaxprocs: host.cores,
  };
}

/** Compat: only where there is something to count, unlike on /varz. */
function byKind(clients: number): GoJsonStruct | undefined {
  return clients === 0 ? undefined : { clients, routes: 0, gateways: 0, leafs: 0 };
}

/** Where streams are stored is not told around. */
function jetStreamSection({ jetStream, configuration }: MonitorParts): GoJsonStruct | undefined {
  if (jetStream === null) return undefined;
  const { jetstream: options } = configuration.options;
  const { store_dir: _, ...config } = jetStreamConfig(jetStream, options);
  return { config, stats: jetStreamStats(jetStream), limits: jetStreamLimits(options) };
}

/** Tells those who listen, without being asked. Nothing is gathered while nobody does. */
export class StatszBroadcast {
  readonly #parts: MonitorParts;
  readonly #bus: Bus;
  readonly #subject: string;
  #intervalMs = INTERVAL_MS_FIRST;
  #timer: Timer | null = null;

  constructor(parts: MonitorParts, bus: Bus) {
    this.#parts = parts;
    this.#bus = bus;
    this.#subject = `$SYS.SERVER.${parts.server.options.serverId}.STATSZ`;
  }

  start(): void {
    this.#timer = this.#parts.server.clock.after(this.#intervalMs, () => {
      this.#intervalMs = Math.min(this.#intervalMs * 2, INTERVAL_MS);
      this.start();
      this.tell(this.#subject);
    });
  }

  stop(): void {
    this.#timer?.cancel();
  }

  /** Null: whoever listens to all servers. */
  tell(reply: string | Uint8Array | null): void {
    const { server } = this.#parts;
    const subject = reply ?? this.#subject;
    if (typeof subject === 'string' && !this.#bus.hasInterest(subject)) return;
    const text = goJson({ server: server.identity.envelope(), statsz: statsz(this.#parts) });
    this.#bus.publish(textMessage(subject, text));
  }
}
