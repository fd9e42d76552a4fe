// Connections as servers describe them, gathered from all servers page by page, sorted, counted, in a table with a second
// one per server. For `account report connections`, and for whoever shows connections of other accounts.
// Compat: natscli cli/server_report_command.go, getConnz and renderConnections.
import { requestServers, type ServerInfo, type SystemAnswer } from '../client/system_requests.ts';
import { UsageError } from '../errors.ts';
import { parseGoPattern } from '../input/go_pattern.ts';
import { countText, sizeText } from '../output/human.ts';
import { TextTable } from '../output/table.ts';
import { type Session, timeMs } from '../session.ts';

export const CONNECTION_SORTS = ['in-bytes', 'out-bytes', 'in-msgs', 'out-msgs', 'uptime', 'cid', 'subs'] as const;
export type ConnectionSort = (typeof CONNECTION_SORTS)[number];

export interface ConnectionQuery {
  readonly state: 'open' | 'closed' | 'all';
  readonly subject?: string | undefined;
  readonly username?: string | undefined;
  readonly account?: string | undefined;
  readonly closedReason?: string | undefined;
  /** Of servers, where not all are meant. */
  readonly filter?: Readonly<Record<string, unknown>>;
  readonly expected?: number | null;
}

export interface ConnectionInfo {
  readonly cid: number;
  readonly kind?: string;
  readonly name?: string;
  readonly mqtt_client?: string;
  readonly ip: string;
  readonly port: number;
  readonly account?: string;
  readonly start: string;
  readonly last_activity?: string;
  readonly uptime: string;
  readonly in_msgs: number;
  readonly out_msgs: number;
  readonly in_bytes: number;
  readonly out_bytes: number;
  readonly subscriptions: number;
  readonly subscriptions_list?: readonly string[];
  readonly reason?: string;
  readonly server: ServerInfo;
}

interface Connz {
  readonly connections?: readonly Omit<ConnectionInfo, 'server'>[] | null;
  readonly offset: number;
  readonly limit: number;
  readonly total: number;
}

const PAGE = 1024;
/** As the servers count them. */
export const CONNECTION_STATES = { open: 0, closed: 1, all: 2 } as const;

/** Of the user's own account: any user may ask. */
export function accountConnections(session: Session, query: ConnectionQuery): Promise<ConnectionInfo[]> {
  return gatherConnections(session, '$SYS.REQ.ACCOUNT.PING.CONNZ', query);
}

export async function gatherConnections(
  session: Session,
  subject: string,
  query: ConnectionQuery,
): Promise<ConnectionInfo[]> {
  const isWanted = query.closedReason === undefined ? null : reasonPattern(query.closedReason);
  const connections: ConnectionInfo[] = [];
  for (let offset = 0; ; offset += PAGE) {
    const body = {
      subscriptions: true,
      auth: true,
      state: CONNECTION_STATES[query.state],
      limit: PAGE,
      offset,
      ...(query.subject === undefined ? {} : { filter_subject: query.subject }),
      ...(query.username === undefined ? {} : { user: query.username }),
      ...(query.account === undefined ? {} : { acc: query.account }),
      ...query.filter,
    };
    const { expected = null } = query;
    const answers = await requestServers<Connz>(session, { subject, body, expected });
    connections.push(...answers.flatMap(connectionsOf));
    if (!answers.some(({ data }) => data.offset + data.limit < data.total)) break;
  }
  return isWanted === null ? connections : connections.filter(({ reason = '' }) => isWanted.test(reason));
}

/** Whatever the case. */
function reasonPattern(text: string): RegExp {
  const read = parseGoPattern(text);
  if (!read.ok) throw new UsageError(`--closed-reason ${read.error}`);
  return new RegExp(read.value, `${read.value.flags.replace('i', '')}i`);
}

function connectionsOf({ server, data }: SystemAnswer<Connz>): ConnectionInfo[] {
  return (data.connections ?? []).map((connection) => ({ ...connection, server }));
}

export interface ShowOptions {
  readonly sort: ConnectionSort;
  readonly top: number;
  readonly reverse: boolean;
  readonly state: 'open' | 'closed' | 'all';
}

const NAME_MAX = 40;
const ACCOUNT_MAX = 46;

export function showConnections(session: Session, connections: readonly ConnectionInfo[], options: ShowOptions): void {
  const { sort, top, reverse, state } = options;
  const direction = reverse ? -1 : 1;
  const sorted = [...connections].sort((a, b) => (sortValue(a, sort) - sortValue(b, sort)) * direction);
  const limit = top > 0 && top <= sorted.length ? top : sorted.length;
  const hasReason = state !== 'open';
  const title = `Top ${limit} Connections out of ${countText(sorted.length)} by ${sort}`;
  const table = new TextTable(title, [...HEAD, ...(hasReason ? ['Reason'] : [])]);
  for (const one of sorted.slice(0, limit)) table.row(...rowOf(one), ...(hasReason ? [one.reason ?? ''] : []));
  if (sorted.length > 1) table.foot(...footOf(sorted), ...(hasReason ? [''] : []));
  session.write(table.render(session.style));
  if (sorted.length > 0) {
    session.print();
    session.write(perServer(sorted).render(session.style));
  }
}

const HEAD = [
  'CID',
  'Name',
  'Server',
  'Cluster',
  'IP',
  'Account',
  'Uptime',
  'In Msgs',
  'Out Msgs',
  'In Bytes',
  'Out Bytes',
  'Subs',
];

function sortValue(connection: ConnectionInfo, sort: ConnectionSort): number {
  switch (sort) {
    case 'in-bytes':
      return connection.in_bytes;
    case 'out-bytes':
      return connection.out_bytes;
    case 'in-msgs':
      return connection.in_msgs;
    case 'out-msgs':
      return connection.out_msgs;
    case 'uptime':
      return -timeMs(connection.start);
    case 'cid':
      return connection.cid;
    case 'subs':
      return subscriptionCount(connection);
  }
}

/** Of those that the server lists: its own count has more. */
export function subscriptionCount({ subscriptions_list: list, subscriptions }: ConnectionInfo): number {
  return list?.length ?? subscriptions;
}

function rowOf(connection: ConnectionInfo): string[] {
  const { cid, kind = 'Client', name = '', mqtt_client: mqtt = '', ip, port, account = '', server } = connection;
  const shown = name === '' ? mqtt : name;
  return [
    kind === 'Client' ? String(cid) : `${kind.charAt(0)}${cid}`,
    shown.length > NAME_MAX ? `${shown.slice(0, NAME_MAX)} ..` : shown,
    server.name,
    server.cluster ?? '',
    `${ip}:${port}`,
    account.length > ACCOUNT_MAX ? `${account.slice(0, 12)} ..` : account,
    connection.uptime,
    countText(connection.in_msgs),
    countText(connection.out_msgs),
    sizeText(connection.in_bytes),
    sizeText(connection.out_bytes),
    countText(subscriptionCount(connection)),
  ];
}

function footOf(connections: readonly ConnectionInfo[]): string[] {
  const sum = (value: (one: ConnectionInfo) => number): number => connections.reduce((all, one) => all + value(one), 0);
  return [
    '',
    `Totals for ${countText(connections.length)} connections`,
    ...['', '', '', '', ''],
    countText(sum(({ in_msgs: value }) => value)),
    countText(sum(({ out_msgs: value }) => value)),
    sizeText(sum(({ in_bytes: value }) => value)),
    sizeText(sum(({ out_bytes: value }) => value)),
    countText(sum(({ subscriptions: value }) => value)),
  ];
}

function perServer(connections: readonly ConnectionInfo[]): TextTable {
  const servers = new Map<string, { readonly cluster: string; count: number }>();
  for (const { server } of connections) {
    const one = servers.get(server.name) ?? { cluster: server.cluster ?? '', count: 0 };
    one.count++;
    servers.set(server.name, one);
  }
  const table = new TextTable('Connections per server', ['Server', 'Cluster', 'Connections']);
  for (const [name, { cluster, count }] of [...servers].sort(([, a], [, b]) => a.count - b.count)) {
    table.row(name, cluster, count);
  }
  return table;
}
