// `contrail server watch servers` and `jetstream`: the numbers that every server publishes, the busiest first.
// Compat: natscli cli/server_watch_srv_command.go, server_watch_js_command.go.
import { compareText } from '../../../../base/text_order.ts';
import { askServers } from '../../../client/system_requests.ts';
import { defineCommand, flag } from '../../../command.ts';
import { countText, decimalText, durationHuman, sizeText } from '../../../output/human.ts';
import { TextTable } from '../../../output/table.ts';
import type { JetStreamStats, MetaCluster, ServerStats, Stats } from '../../../servers/server_types.ts';
import { type Session, timeMs } from '../../../session.ts';
import { countTitle, JSON_SECONDS, NUMBER_FLAG, rowsShown, showLive, UPDATES } from './live_screen.ts';

const STATS_SUBJECT = '$SYS.SERVER.*.STATSZ';
/** Lines of the screen that are no rows. */
const MARGIN = 9;

/** The last numbers of each server, and when they came. */
class ServerWatch {
  readonly #session: Session;
  readonly #servers: Map<string, ServerStats>;
  #lastMs: number;

  constructor(session: Session) {
    this.#session = session;
    this.#servers = new Map();
    this.#lastMs = session.nowMs();
  }

  add(stats: ServerStats): void {
    this.#servers.set(stats.server.id, stats);
    this.#lastMs = this.#session.nowMs();
  }

  /** Asks all of them now, so that nobody waits for the first update. */
  async begin(): Promise<void> {
    for (const { value } of await askServers(this.#session, { subject: '$SYS.REQ.SERVER.PING' })) {
      // What servers promise for this subject.
      this.add(value as ServerStats);
    }
  }

  values(): ServerStats[] {
    return [...this.#servers.values()];
  }

  title(count: string, dimension: string): string {
    return `Top ${count} Server activity by ${dimension} at ${this.#session.time(this.#lastMs)}`;
  }
}

const SERVER_SORTS = {
  conns: ['Connections', (stats: Stats) => stats.connections],
  cpu: ['CPU', (stats: Stats) => stats.cpu],
  gway: ['Gateways', (stats: Stats) => (stats.gateways ?? []).length],
  mem: ['Memory', (stats: Stats) => stats.mem],
  name: ['Server Name', () => 0],
  recvb: ['Received Bytes', (stats: Stats) => stats.received.bytes],
  recvm: ['Received Messages', (stats: Stats) => stats.received.msgs],
  route: ['Routes', (stats: Stats) => (stats.routes ?? []).length],
  sentb: ['Sent Bytes', (stats: Stats) => stats.sent.bytes],
  sentm: ['Sent Messages', (stats: Stats) => stats.sent.msgs],
  slow: ['Slow Consumers', (stats: Stats) => stats.slow_consumers],
  subs: ['Subscriptions', (stats: Stats) => stats.subscriptions],
} as const;

const SERVER_KEYS = Object.keys(SERVER_SORTS) as (keyof typeof SERVER_SORTS)[];

export const WATCH_SERVERS = defineCommand({
  name: 'servers',
  aliases: ['server', 'srv'],
  summary: 'Watch server statistics',
  description: UPDATES,
  flags: {
    sort: flag.choice(`Sorts by a specific property (${SERVER_KEYS.join(', ')})`, SERVER_KEYS, { default: 'conns' }),
    ...NUMBER_FLAG,
  },
  examples: [{ text: 'Who needs most memory', command: 'contrail server watch servers --sort mem' }],
  json: `${JSON_SECONDS}: servers (list of server, statsz).`,
  run: async (session, _args, { sort, number }) => {
    const watch = new ServerWatch(session);
    await watch.begin();
    const [dimension, value] = SERVER_SORTS[sort];
    const sorted = (): ServerStats[] =>
      watch.values().sort((a, b) => value(b.statsz) - value(a.statsz) || byName(a, b));
    await showLive(session, {
      subject: STATS_SUBJECT,
      onMessage: (message) => watch.add(message.json<ServerStats>()),
      object: () => ({ servers: sorted() }),
      text: () => {
        const servers = sorted();
        const shown = Math.min(servers.length, rowsShown(session, number, MARGIN));
        const title = watch.title(countTitle(servers.length, shown), dimension);
        return serverTable(title, servers, shown).render(session.style);
      },
    });
  },
});

function byName(a: ServerStats, b: ServerStats): number {
  return compareText(a.server.name, b.server.name);
}

function serverTable(title: string, servers: readonly ServerStats[], shown: number): TextTable {
  const table = new TextTable(title, [
    ...['Server', 'Connections', 'Subscription', 'Slow', 'Memory', 'CPU', 'Cores', 'Routes', 'Gateways', 'Sent'],
    'Received',
  ]);
  const transfer = ({ msgs, bytes }: Stats['sent']): string => `${countText(msgs)} / ${sizeText(bytes)}`;
  for (const { server, statsz } of servers.slice(0, shown)) {
    table.row(
      server.name,
      countText(statsz.connections),
      countText(statsz.subscriptions),
      countText(statsz.slow_consumers),
      sizeText(statsz.mem),
      decimalText(statsz.cpu),
      countText(statsz.cores),
      countText((statsz.routes ?? []).length),
      countText((statsz.gateways ?? []).length),
      transfer(statsz.sent),
      transfer(statsz.received),
    );
  }
  const sum = (value: (stats: Stats) => number): number => servers.reduce((all, { statsz }) => all + value(statsz), 0);
  table.foot(
    'Totals (All Servers)',
    countText(sum(({ connections }) => connections)),
    countText(sum(({ subscriptions }) => subscriptions)),
    countText(sum(({ slow_consumers: slow }) => slow)),
    sizeText(sum(({ mem }) => mem)),
    ...['', '', '', ''],
    transfer({ msgs: sum(({ sent }) => sent.msgs), bytes: sum(({ sent }) => sent.bytes) }),
    transfer({ msgs: sum(({ received }) => received.msgs), bytes: sum(({ received }) => received.bytes) }),
  );
  return table;
}

const JETSTREAM_SORTS = {
  api: ['API Requests', (stats: JetStreamStats) => stats.api.total],
  assets: ['HA Asset', (stats: JetStreamStats) => stats.ha_assets ?? 0],
  file: ['File Storage', (stats: JetStreamStats) => stats.storage],
  mem: ['Memory Used', (stats: JetStreamStats) => stats.memory],
} as const;

const JETSTREAM_KEYS = Object.keys(JETSTREAM_SORTS) as (keyof typeof JETSTREAM_SORTS)[];

interface JetStreamServer {
  readonly name: string;
  readonly stats: JetStreamStats;
  readonly meta: MetaCluster | undefined;
}

export const WATCH_JETSTREAM = defineCommand({
  name: 'jetstream',
  aliases: ['js', 'jsz'],
  summary: 'Watch JetStream statistics',
  description: UPDATES,
  flags: {
    sort: flag.choice(`Sorts by a specific property (${JETSTREAM_KEYS.join(', ')})`, JETSTREAM_KEYS, {
      default: 'assets',
    }),
    ...NUMBER_FLAG,
  },
  examples: [{ text: 'Who is asked most', command: 'contrail server watch jetstream --sort api' }],
  json: `${JSON_SECONDS}: servers (list of name, stats, meta).`,
  run: async (session, _args, { sort, number }) => {
    const watch = new ServerWatch(session);
    await watch.begin();
    const [dimension, value] = JETSTREAM_SORTS[sort];
    const sorted = (): JetStreamServer[] =>
      jetStreamServers(watch.values()).sort((a, b) => value(b.stats) - value(a.stats) || compareText(a.name, b.name));
    await showLive(session, {
      subject: STATS_SUBJECT,
      onMessage: (message) => watch.add(message.json<ServerStats>()),
      object: () => ({ servers: sorted() }),
      text: () => {
        const servers = sorted();
        if (servers.length === 0) return null;
        const shown = Math.min(servers.length, rowsShown(session, number, MARGIN));
        const title = watch.title(countTitle(servers.length, shown), dimension);
        return jetStreamTable(title, servers, { shown, nowMs: session.nowMs() }).render(session.style);
      },
    });
  },
});

function jetStreamServers(servers: readonly ServerStats[]): JetStreamServer[] {
  return servers.flatMap(({ server, statsz: { jetstream } }): JetStreamServer[] =>
    jetstream?.stats === undefined ? [] : [{ name: server.name, stats: jetstream.stats, meta: jetstream.meta }],
  );
}

function jetStreamTable(
  title: string,
  servers: readonly JetStreamServer[],
  { shown, nowMs }: { readonly shown: number; readonly nowMs: number },
): TextTable {
  const table = new TextTable(title, [
    ...['Server', 'HA Assets', 'Memory', 'File', 'API', 'API Errors', 'Pending', 'Snapshot Time'],
  ]);
  for (const { name, stats, meta } of servers.slice(0, shown)) {
    const leads = meta?.leader === name;
    table.row(
      leads ? `${name}*` : name,
      countText(stats.ha_assets ?? 0),
      sizeText(stats.memory),
      sizeText(stats.storage),
      countText(stats.api.total),
      countText(stats.api.errors),
      pendingText([meta]),
      leads ? snapshotText(meta, nowMs) : '',
    );
  }
  const sum = (value: (stats: JetStreamStats) => number): number =>
    servers.reduce((all, { stats }) => all + value(stats), 0);
  table.foot(
    `Totals (${shown} Servers)`,
    countText(sum(({ ha_assets: assets = 0 }) => assets)),
    sizeText(sum(({ memory }) => memory)),
    sizeText(sum(({ storage }) => storage)),
    countText(sum(({ api }) => api.total)),
    countText(sum(({ api }) => api.errors)),
    pendingText(servers.map(({ meta }) => meta)),
  );
  return table;
}

function pendingText(metas: readonly (MetaCluster | undefined)[]): string {
  const sum = (value: (meta: MetaCluster) => number | undefined): number =>
    metas.reduce((all, meta) => all + (meta === undefined ? 0 : (value(meta) ?? 0)), 0);
  const [infos, requests] = [sum(({ pending_infos: count }) => count), sum(({ pending_requests: count }) => count)];
  const parts = [countText(sum(({ pending }) => pending))];
  if (infos > 0) parts.push(`${countText(infos)} info`);
  if (requests > 0) parts.push(`${countText(requests)} req`);
  return parts.join(' / ');
}

function snapshotText({ snapshot }: MetaCluster, nowMs: number): string {
  const atMs = timeMs(snapshot?.last_time ?? '');
  if (atMs <= 0) return '';
  return `${durationHuman((nowMs - atMs) * 1e6)} ago (${durationHuman(snapshot?.last_duration ?? 0)})`;
}
