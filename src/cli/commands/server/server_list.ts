// `contrail server list`: every server with its load, and the clusters they make.
// Compat: natscli cli/server_list_command.go.
import { compareText } from '../../../base/text_order.ts';
import { askServers } from '../../client/system_requests.ts';
import { argument, defineCommand, flag } from '../../command.ts';
import { countText, durationHuman, sizeText } from '../../output/human.ts';
import { TextTable } from '../../output/table.ts';
import { compactNames } from '../../servers/compact_names.ts';
import { noAnswer } from '../../servers/server_filter.ts';
import type { ServerStats, SlowConsumers } from '../../servers/server_types.ts';
import { type Session, timeMs } from '../../session.ts';

const SORTS = [
  ...['name', 'cluster', 'conns', 'conn', 'subs', 'sub', 'routes', 'route', 'gws', 'gw', 'mem', 'cpu', 'slow'],
  ...['uptime', 'rtt'],
] as const;

interface Listed extends ServerStats {
  readonly rttNs: number;
}

export const SERVER_LIST = defineCommand({
  name: 'list',
  aliases: ['ls'],
  summary: 'List known servers',
  args: { expect: argument.integer('How many servers to expect', { min: 0 }) },
  flags: {
    sort: flag.choice(
      'Sort servers by a specific key (name,cluster,conns,subs,routes,gws,mem,cpu,slow,uptime,rtt)',
      SORTS,
      { default: 'rtt' },
    ),
    reverse: flag.switch('Reverse sort servers', { short: 'R' }),
    compact: flag.toggle('Compact server names', { default: true }),
  },
  examples: [
    { text: 'All servers, the nearest first', command: 'contrail server list' },
    { text: 'Who has most connections', command: 'contrail server list --sort conns' },
  ],
  json: 'A list of objects: server (what it says of itself), statsz (its numbers).',
  run: async (session, { expect = 0 }, { sort, reverse, compact }) => {
    // The way to the server is no part of its answer.
    await session.connect();
    const startMs = session.doors.clock.monotonicMs();
    const messages = await askServers(session, {
      subject: '$SYS.REQ.SERVER.PING',
      expected: expect === 0 ? null : expect,
    });
    if (messages.length === 0) throw noAnswer();
    if (session.isJson) {
      session.json(messages.map(({ exact }) => exact));
      return;
    }
    const listed = messages.map(({ value, atMs }) => ({
      // What servers promise for this subject.
      ...(value as ServerStats),
      rttNs: Math.round((atMs - startMs) * 1e6),
    }));
    const direction = reverse ? -1 : 1;
    const order = orderOf(sort);
    showServers(
      session,
      listed.sort((a, b) => order(a, b) * direction),
      compact,
    );
  },
});

/** As people mostly want it: most first, names and times from the start. */
function orderOf(sort: (typeof SORTS)[number]): (a: Listed, b: Listed) => number {
  const byName = (a: Listed, b: Listed): number => compareText(a.server.name, b.server.name);
  const most = (value: (one: Listed) => number) => (a: Listed, b: Listed) => value(b) - value(a) || byName(a, b);
  switch (sort) {
    case 'name':
      return byName;
    case 'conns':
    case 'conn':
      return most(({ statsz }) => statsz.connections);
    case 'subs':
    case 'sub':
      return most(({ statsz }) => statsz.subscriptions);
    case 'routes':
    case 'route':
      return most(({ statsz }) => (statsz.routes ?? []).length);
    case 'gws':
    case 'gw':
      return most(({ statsz }) => (statsz.gateways ?? []).length);
    case 'mem':
      return most(({ statsz }) => statsz.mem);
    case 'cpu':
      return most(({ statsz }) => statsz.cpu);
    case 'slow':
      return most(({ statsz }) => statsz.slow_consumers);
    case 'uptime':
      return most(({ statsz }) => -timeMs(statsz.start));
    case 'cluster':
      return (a, b) => compareText(a.server.cluster ?? '', b.server.cluster ?? '') || byName(b, a);
    case 'rtt':
      return (a, b) => a.rttNs - b.rttNs;
  }
}

function showServers(session: Session, listed: readonly Listed[], isCompact: boolean): void {
  const shorten = (names: readonly string[]): readonly string[] => (isCompact ? compactNames(names) : names);
  const names = shorten(listed.map(({ server }) => server.name));
  const hosts = shorten(listed.map(({ server }) => server.host));
  const table = new TextTable('Server Overview', HEAD);
  for (const [index, one] of listed.entries()) table.row(...rowOf(one, names[index] ?? '', hosts[index] ?? ''));
  const clusters = clustersOf(listed);
  table.foot(...footOf(listed, clusters));
  session.write(table.render(session.style));
  if (clusters.length > 0) {
    session.print();
    session.write(clusterTable(clusters).render(session.style));
  }
}

const HEAD = [
  ...['Name', 'Cluster', 'Host', 'Version', 'JS', 'Conns', 'Subs', 'Routes', 'GWs', 'Mem', 'CPU %', 'Cores', 'Slow'],
  ...['Uptime', 'RTT'],
];

function rowOf({ server, statsz, rttNs }: Listed, name: string, host: string): (string | number)[] {
  const { jetstream, domain = '' } = server;
  const uptimeNs = (timeMs(server.time ?? '') - timeMs(statsz.start)) * 1e6;
  return [
    name,
    server.cluster ?? '',
    host,
    server.ver,
    jetstream === true ? domain || 'yes' : 'no',
    countText(statsz.connections),
    countText(statsz.subscriptions),
    (statsz.routes ?? []).length,
    (statsz.gateways ?? []).length,
    sizeText(statsz.mem),
    statsz.cpu.toFixed(0),
    statsz.cores,
    slowText(statsz.slow_consumers, statsz.slow_consumer_stats),
    durationHuman(uptimeNs),
    durationHuman(Math.round(rttNs / 1e6) * 1e6),
  ];
}

/** What kinds they are, unless they are all clients. */
function slowText(count: number, kinds: SlowConsumers | undefined): string {
  const { clients = 0, routes = 0, gateways = 0, leafs = 0 } = kinds ?? {};
  if (routes + gateways + leafs === 0) return countText(count);
  const parts = Object.entries({ c: clients, r: routes, g: gateways, l: leafs }).filter(([, value]) => value > 0);
  return `${countText(count)} (${parts.map(([letter, value]) => `${letter}: ${countText(value)}`).join(' ')})`;
}

interface Cluster {
  readonly name: string;
  nodes: number;
  outgoing: number;
  incoming: number;
  connections: number;
  readonly routes: Set<number>;
}

/** The one with fewest connections first. */
function clustersOf(listed: readonly Listed[]): Cluster[] {
  const clusters = new Map<string, Cluster>();
  for (const { server, statsz } of listed) {
    const { cluster: name = '' } = server;
    if (name === '') continue;
    const empty = { name, nodes: 0, outgoing: 0, incoming: 0, connections: 0, routes: new Set<number>() };
    const one = clusters.get(name) ?? empty;
    const gateways = statsz.gateways ?? [];
    one.nodes++;
    one.outgoing += gateways.length;
    one.incoming += gateways.reduce((sum, { inbound_connections: inbound = 0 }) => sum + inbound, 0);
    one.connections += statsz.connections;
    one.routes.add((statsz.routes ?? []).length);
    clusters.set(name, one);
  }
  return [...clusters.values()].sort((a, b) => a.connections - b.connections);
}

/** Totals; an X stands where servers differ that should not. */
function footOf(listed: readonly Listed[], clusters: readonly Cluster[]): (string | number)[] {
  const sum = (value: (one: Listed) => number): number => listed.reduce((all, one) => all + value(one), 0);
  const differs = (value: (one: Listed) => unknown): string => (new Set(listed.map(value)).size > 1 ? 'X' : '');
  return [
    '',
    clusters.length,
    listed.length,
    differs(({ server }) => server.ver),
    listed.filter(({ server }) => server.jetstream === true).length,
    countText(sum(({ statsz }) => statsz.connections)),
    countText(sum(({ statsz }) => statsz.subscriptions)),
    clusters.some(({ routes }) => routes.size > 1) ? 'X' : '',
    differs(({ statsz }) => (statsz.gateways ?? []).length),
    sizeText(sum(({ statsz }) => statsz.mem)),
    '',
    '',
    countText(sum(({ statsz }) => statsz.slow_consumers)),
    '',
    '',
  ];
}

function clusterTable(clusters: readonly Cluster[]): TextTable {
  const head = ['Cluster', 'Node Count', 'Outgoing Gateways', 'Incoming Gateways', 'Connections'];
  const table = new TextTable('Cluster Overview', head);
  const totals = [0, 0, 0, 0];
  for (const { name, nodes, outgoing, incoming, connections } of clusters) {
    const numbers = [nodes, outgoing, incoming, connections];
    table.row(name, ...numbers);
    for (const [index, value] of numbers.entries()) totals[index] = (totals[index] ?? 0) + value;
  }
  table.foot('', ...totals);
  return table;
}
