// `contrail server report connections` and `accounts`: who is connected where, and what goes through each account.
// Compat: natscli cli/server_report_command.go, reportConnections and reportAccount.
import { argument, defineCommand, flag } from '../../../command.ts';
import { CommandError, UsageError } from '../../../errors.ts';
import { type Condition, parseCondition } from '../../../input/expression.ts';
import { checkSubject } from '../../../input/subjects.ts';
import { countText, sizeText } from '../../../output/human.ts';
import { TextTable } from '../../../output/table.ts';
import { type AccountTraffic, accountTraffic } from '../../../reports/account_traffic.ts';
import {
  CONNECTION_SORTS,
  type ConnectionInfo,
  type ConnectionQuery,
  gatherConnections,
  showConnections,
} from '../../../reports/connection_report.ts';
import { domainFilterBody, expectedAnswers } from '../../../servers/server_filter.ts';
import type { Session } from '../../../session.ts';
import { filterOf, LIMIT, ordered, REPORT_FLAGS, type ReportFlags, watched } from './report_run.ts';

const TOP_FLAG = { top: flag.integer('Limit results to the top results', { default: 1000 }) } as const;

export const REPORT_CONNECTIONS = defineCommand({
  name: 'connections',
  aliases: ['conn', 'connz', 'conns'],
  summary: 'Report on connections',
  args: LIMIT,
  flags: {
    account: flag.text('Limit report to a specific account'),
    sort: flag.choice(`Sort by a specific property (${CONNECTION_SORTS.join(',')})`, CONNECTION_SORTS, {
      default: 'subs',
    }),
    ...TOP_FLAG,
    subject: flag.text('Limits responses only to those connections with matching subscription interest'),
    username: flag.text('Limits responses only to those connections for a specific authentication username'),
    state: flag.choice(
      'Limits responses only to those connections that are in a specific state (open, closed, all)',
      ['open', 'closed', 'all'],
      { default: 'open' },
    ),
    closedReason: flag.text('Filter results based on a closed reason', { placeholder: 'REASON' }),
    filter: flag.text('Expression based filter for connections'),
    ...REPORT_FLAGS,
  },
  examples: [
    { text: 'Who receives most', command: 'contrail server report connections --sort out-bytes' },
    {
      text: 'Who waits to be sent something',
      command: "contrail server report connections --filter 'conn.pending_bytes > 0'",
    },
  ],
  json: 'A list of connections as the server describes them (cid, name, ip, port, in_msgs and so on), each with its server.',
  run: async (session, { limit }, { filter, closedReason, ...flags }) => {
    if (flags.subject !== undefined) checkSubject(flags.subject, '--subject');
    if (filter !== undefined && closedReason !== undefined) {
      throw new UsageError('--filter and --closed-reason exclude each other: give one of them');
    }
    const isWanted = filter === undefined ? null : filterCondition(filter);
    await watched(session, flags.watch, async () => {
      const all = await serverConnections(session, { ...flags, closedReason }, { flags, limit });
      const connections = isWanted === null ? all : all.filter((one) => isWanted(one));
      if (connections.length === 0) throw nobodyMatches();
      return () => (session.isJson ? session.json(connections) : showConnections(session, connections, flags));
    });
  },
});

function nobodyMatches(): CommandError {
  return new CommandError(
    'did not get results from any servers: no connection matches, look for more with fewer flags',
  );
}

/** The words of the condition are `conn` and `server`, with the keys that servers use. */
function filterCondition(text: string): (connection: ConnectionInfo) => boolean {
  const renamed = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      throw new CommandError(error.message.replace('--expression', '--filter'), { cause: error });
    }
  };
  const condition: Condition = renamed(() => parseCondition(text));
  return ({ server, ...conn }) => renamed(() => condition({ server, conn, conns: conn }));
}

async function serverConnections(
  session: Session,
  query: ConnectionQuery,
  { flags, limit }: { readonly flags: ReportFlags; readonly limit: number | undefined },
): Promise<ConnectionInfo[]> {
  const filter = filterOf(flags);
  return await gatherConnections(session, '$SYS.REQ.SERVER.PING.CONNZ', {
    ...query,
    filter: domainFilterBody(session, filter),
    expected: await expectedAnswers(session, filter, limit),
  });
}

const ACCOUNT_SORTS = ['in-bytes', 'out-bytes', 'in-msgs', 'out-msgs', 'conns', 'subs'] as const;

export const REPORT_ACCOUNTS = defineCommand({
  name: 'accounts',
  aliases: ['acct'],
  summary: 'Report on account activity',
  args: { account: argument.optional('Account to produce a report for'), ...LIMIT },
  flags: {
    sort: flag.choice(`Sort by a specific property (${ACCOUNT_SORTS.join(',')})`, ACCOUNT_SORTS, { default: 'subs' }),
    ...TOP_FLAG,
    ...REPORT_FLAGS,
  },
  examples: [
    { text: 'The busiest last', command: 'contrail server report accounts --sort in-msgs' },
    { text: 'Who is connected to one of them', command: 'contrail server report accounts ORDERS' },
  ],
  json: 'A list of objects (with an account given the one object): account, connections, connection_info (list of connections), in_msgs, out_msgs, in_bytes, out_bytes, subscriptions, server (list of servers).',
  run: async (session, { account, limit }, flags) => {
    await watched(session, flags.watch, async () => {
      const connections = await serverConnections(session, { state: 'open', account }, { flags, limit });
      const accounts = accountTraffic(connections);
      if (account !== undefined) return oneAccount(session, accounts, { account, flags });
      const sorted = topOf(ordered(accounts, flags.reverse, accountKey(flags.sort), byName), flags);
      return () => (session.isJson ? session.json(sorted) : session.write(accountTable(sorted).render(session.style)));
    });
  },
});

interface AccountFlags {
  readonly sort: (typeof ACCOUNT_SORTS)[number];
  readonly top: number;
  readonly reverse: boolean;
}

function oneAccount(
  session: Session,
  accounts: readonly AccountTraffic[],
  { account, flags }: { readonly account: string; readonly flags: AccountFlags },
): () => void {
  const [found] = accounts.filter((one) => one.account === account);
  if (found === undefined) {
    throw new CommandError(
      `did not receive any results for account ${account}: nobody is connected to it, or there is none of that name`,
    );
  }
  const { sort, top, reverse } = flags;
  const shown = { sort: sort === 'conns' ? ('subs' as const) : sort, top, reverse, state: 'open' as const };
  return () => (session.isJson ? session.json(found) : showConnections(session, found.connection_info, shown));
}

function accountKey(sort: (typeof ACCOUNT_SORTS)[number]): (one: AccountTraffic) => number {
  switch (sort) {
    case 'in-bytes':
      return (one) => one.in_bytes;
    case 'out-bytes':
      return (one) => one.out_bytes;
    case 'in-msgs':
      return (one) => one.in_msgs;
    case 'out-msgs':
      return (one) => one.out_msgs;
    case 'conns':
      return (one) => one.connections;
    case 'subs':
      return (one) => one.subscriptions;
  }
}

function byName({ account }: AccountTraffic): string {
  return account;
}

/** The largest, wherever they stand. */
function topOf<T>(sorted: readonly T[], { top, reverse }: AccountFlags): readonly T[] {
  if (top <= 0 || top >= sorted.length) return sorted;
  return reverse ? sorted.slice(0, top) : sorted.slice(-top);
}

function accountTable(accounts: readonly AccountTraffic[]): TextTable {
  const head = ['Account', 'Connections', 'In Msgs', 'Out Msgs', 'In Bytes', 'Out Bytes', 'Subs'];
  const table = new TextTable(`${accounts.length} Accounts Overview`, head);
  for (const one of accounts) {
    table.row(
      one.account,
      countText(one.connections),
      countText(one.in_msgs),
      countText(one.out_msgs),
      sizeText(one.in_bytes),
      sizeText(one.out_bytes),
      countText(one.subscriptions),
    );
  }
  return table;
}
