// `contrail server report routes` and `leafnodes`: connections from server to server within a cluster, and of leaves.
// Compat: natscli cli/server_report_command.go, reportRoute and reportLeafs.
import type { ServerInfo } from '../../../client/system_requests.ts';
import { defineCommand, flag } from '../../../command.ts';
import { countText, durationHuman, sizeText } from '../../../output/human.ts';
import type { Style } from '../../../output/style.ts';
import { TextTable } from '../../../output/table.ts';
import { timeMs } from '../../../session.ts';
import { rttText } from './link_text.ts';
import { fetchReport, JSON_ANSWERS, LIMIT, ordered, REPORT_FLAGS, watched } from './report_run.ts';

interface Route {
  readonly rid: number;
  readonly remote_name?: string;
  readonly ip: string;
  readonly port: number;
  readonly start: string;
  readonly rtt?: string;
  readonly in_bytes: number;
  readonly out_bytes: number;
  readonly subscriptions: number;
  readonly account?: string;
}

interface RouteOf {
  readonly server: ServerInfo;
  readonly route: Route;
}

const ROUTE_SORTS = ['server', 'cluster', 'name', 'account', 'subs', 'in-bytes', 'out-bytes'] as const;
const SLOW_ROUTE_MS = 100;

export const REPORT_ROUTES = defineCommand({
  name: 'routes',
  aliases: ['route'],
  summary: 'Report on Route (Cluster) connections',
  args: LIMIT,
  flags: {
    sort: flag.choice(`Sort by a specific property (${ROUTE_SORTS.join(',')})`, ROUTE_SORTS),
    ...REPORT_FLAGS,
  },
  examples: [{ text: 'Of one cluster', command: 'contrail server report routes --cluster c1' }],
  json: JSON_ANSWERS,
  run: async (session, { limit }, flags) => {
    await watched(session, flags.watch, async () => {
      const { answers, exact } = await fetchReport<{ readonly routes?: readonly Route[] | null }>(session, {
        page: 'ROUTEZ',
        flags,
        limit,
      });
      const routes = answers.flatMap(({ server, data }) => (data.routes ?? []).map((route) => ({ server, route })));
      const sorted = ordered(routes, flags.reverse, routeKey(flags.sort), ...ROUTE_KEYS);
      return () => (session.isJson ? session.json(exact) : session.table(routeTable(sorted, session.style)));
    });
  },
});

function routeKey(sort: (typeof ROUTE_SORTS)[number] | undefined): (one: RouteOf) => string | number {
  switch (sort) {
    case 'cluster':
      return ({ server }) => server.cluster ?? '';
    case 'name':
      return ({ route }) => route.remote_name ?? '';
    case 'account':
      return ({ route }) => route.account ?? '';
    case 'subs':
      return ({ route }) => route.subscriptions;
    case 'in-bytes':
      return ({ route }) => route.in_bytes;
    case 'out-bytes':
      return ({ route }) => route.out_bytes;
    default:
      return ({ server }) => server.name;
  }
}

const ROUTE_KEYS: readonly ((one: RouteOf) => string)[] = [
  ({ server }) => server.name,
  ({ server }) => server.cluster ?? '',
  ({ route }) => route.remote_name ?? '',
  ({ route }) => route.account ?? '',
];

/** What is the same as in the row above is left out. */
function routeTable(routes: readonly RouteOf[], style: Style): TextTable {
  const table = new TextTable('Cluster Report', [
    ...['Server', 'Cluster', 'Name', 'Account', 'Address', 'ID', 'Uptime', 'RTT', 'Subs', 'Bytes In', 'Bytes Out'],
  ]);
  let last: RouteOf | null = null;
  for (const one of routes) {
    const { server, route } = one;
    const isSameServer = server.name === last?.server.name;
    const isSameRemote = isSameServer && route.remote_name === last?.route.remote_name;
    table.row(
      isSameServer ? '' : server.name,
      isSameServer && server.cluster === last?.server.cluster ? '' : (server.cluster ?? ''),
      isSameRemote ? '' : (route.remote_name ?? ''),
      shortAccount(route.account ?? ''),
      `${route.ip}:${route.port}`,
      `rid:${route.rid}`,
      durationHuman((timeMs(server.time ?? '') - timeMs(route.start)) * 1e6),
      rttText(route.rtt, SLOW_ROUTE_MS, style),
      countText(route.subscriptions),
      sizeText(route.in_bytes),
      sizeText(route.out_bytes),
    );
    last = one;
  }
  const sum = (value: (route: Route) => number): number => routes.reduce((all, { route }) => all + value(route), 0);
  const count = (value: (server: ServerInfo) => unknown): string =>
    countText(new Set(routes.map(({ server }) => value(server))).size);
  table.foot(
    count(({ name }) => name),
    count(({ cluster }) => cluster),
    '',
    '',
    countText(routes.length),
    ...['', '', ''],
    countText(sum((route) => route.subscriptions)),
    sizeText(sum((route) => route.in_bytes)),
    sizeText(sum((route) => route.out_bytes)),
  );
  return table;
}

/** Public keys are long, and told apart by their ends. */
function shortAccount(account: string): string {
  return account.length > 23 ? `${account.slice(0, 10)}...${account.slice(-10)}` : account;
}

interface Leaf {
  readonly name: string;
  readonly is_spoke?: boolean;
  readonly account: string;
  readonly ip: string;
  readonly port: number;
  readonly rtt?: string;
  readonly in_msgs: number;
  readonly out_msgs: number;
  readonly in_bytes: number;
  readonly out_bytes: number;
  readonly subscriptions: number;
  readonly compression?: string;
}

interface LeafOf {
  readonly server: ServerInfo;
  readonly leaf: Leaf;
}

const LEAF_SORTS = ['server', 'name', 'account', 'subs', 'in-bytes', 'out-bytes', 'in-msgs', 'out-msgs'] as const;

export const REPORT_LEAFNODES = defineCommand({
  name: 'leafnodes',
  aliases: ['leaf', 'leafz'],
  summary: 'Report on Leafnode connections',
  args: LIMIT,
  flags: {
    account: flag.text('Produce the report for a specific account'),
    sort: flag.choice(`Sort by a specific property (${LEAF_SORTS.join(',')})`, LEAF_SORTS),
    ...REPORT_FLAGS,
  },
  examples: [{ text: 'The busiest last', command: 'contrail server report leafnodes --sort in-bytes' }],
  json: JSON_ANSWERS,
  run: async (session, { limit }, flags) => {
    await watched(session, flags.watch, async () => {
      const body = { subscriptions: false, account: flags.account ?? '' };
      const { answers, exact } = await fetchReport<{ readonly leafs?: readonly Leaf[] | null }>(session, {
        page: 'LEAFZ',
        flags,
        limit,
        body,
      });
      const leafs = answers.flatMap(({ server, data }) => (data.leafs ?? []).map((leaf) => ({ server, leaf })));
      const sorted = ordered(leafs, flags.reverse, leafKey(flags.sort), ({ server }) => server.name);
      return () => (session.isJson ? session.json(exact) : session.table(leafTable(sorted)));
    });
  },
});

function leafKey(sort: (typeof LEAF_SORTS)[number] | undefined): (one: LeafOf) => string | number {
  switch (sort) {
    case 'name':
      return ({ leaf }) => leaf.name;
    case 'account':
      return ({ leaf }) => leaf.account;
    case 'subs':
      return ({ leaf }) => leaf.subscriptions;
    case 'in-bytes':
      return ({ leaf }) => leaf.in_bytes;
    case 'out-bytes':
      return ({ leaf }) => leaf.out_bytes;
    case 'in-msgs':
      return ({ leaf }) => leaf.in_msgs;
    case 'out-msgs':
      return ({ leaf }) => leaf.out_msgs;
    default:
      return ({ server }) => server.name;
  }
}

function leafTable(leafs: readonly LeafOf[]): TextTable {
  const table = new TextTable('Leafnode Report', [
    ...['Server', 'Name', 'Account', 'Address', 'RTT', 'Msgs In', 'Msgs Out', 'Bytes In', 'Bytes Out', 'Subs'],
    ...['Compressed', 'Spoke'],
  ]);
  for (const { server, leaf } of leafs) {
    table.row(
      server.name,
      leaf.name,
      shortAccount(leaf.account),
      `${leaf.ip}:${leaf.port}`,
      leaf.rtt ?? '',
      countText(leaf.in_msgs),
      countText(leaf.out_msgs),
      sizeText(leaf.in_bytes),
      sizeText(leaf.out_bytes),
      countText(leaf.subscriptions),
      leaf.compression ?? '',
      String(leaf.is_spoke === true),
    );
  }
  return table;
}
