// `contrail server watch accounts`: connections and traffic of each account, over all servers that say something of it.
// Compat: natscli cli/server_watch_acct_command.go.
import { compareText } from '../../../../base/text_order.ts';
import type { ServerInfo } from '../../../client/system_requests.ts';
import { defineCommand, flag } from '../../../command.ts';
import { countText, sizeText } from '../../../output/human.ts';
import { TextTable } from '../../../output/table.ts';
import type { Transfer } from '../../../servers/server_types.ts';
import type { Session } from '../../../session.ts';
import { countTitle, JSON_SECONDS, NUMBER_FLAG, refuseOthers, rowsShown, showLive, UPDATES } from './live_screen.ts';

interface AccountUpdate {
  readonly server: ServerInfo;
  readonly acc: string;
  readonly name?: string;
  readonly conns: number;
  readonly leafnodes: number;
  readonly num_subscriptions: number;
  readonly sent: Transfer;
  readonly received: Transfer;
  readonly slow_consumers: number;
}

interface Total {
  readonly account: string;
  readonly name: string;
  readonly servers: number;
  readonly connections: number;
  readonly leafnodes: number;
  readonly subscriptions: number;
  readonly slow_consumers: number;
  readonly sent: Transfer;
  readonly received: Transfer;
}

const SORTS = {
  conns: ['Connections', (one: Total) => one.connections],
  recvb: ['Received Bytes', (one: Total) => one.received.bytes],
  recvm: ['Received Messages', (one: Total) => one.received.msgs],
  sentb: ['Sent Bytes', (one: Total) => one.sent.bytes],
  sentm: ['Sent Messages', (one: Total) => one.sent.msgs],
  slow: ['Slow Consumers', (one: Total) => one.slow_consumers],
  subs: ['Subscriptions', (one: Total) => one.subscriptions],
} as const;

const KEYS = Object.keys(SORTS) as (keyof typeof SORTS)[];
/** Servers without a connection of the account send nothing: what they said before counts no longer. */
const STALE_MS = 35_000;
const MARGIN = 7;

export const WATCH_ACCOUNTS = defineCommand({
  name: 'accounts',
  aliases: ['account', 'acct'],
  summary: 'Watch account usage',
  description: `${UPDATES} 'Servers' is how many of them said something of an account: only those with connections do.`,
  flags: {
    sort: flag.choice(`Sorts by a specific property (${KEYS.join(', ')})`, KEYS, { default: 'conns' }),
    ...NUMBER_FLAG,
  },
  examples: [{ text: 'Who sends most', command: 'contrail server watch accounts --sort recvm' }],
  json: `${JSON_SECONDS}: accounts (list of account, name, servers, connections, leafnodes, subscriptions, slow_consumers, sent, received).`,
  run: async (session, _args, { sort, number }) => {
    await refuseOthers(session);
    const { clock } = session.doors;
    const updates = new Map<string, Arrived>();
    const [dimension, value] = SORTS[sort];
    const sorted = (): Total[] =>
      totalsOf([...updates.values()], clock.monotonicMs()).sort(
        (a, b) => value(b) - value(a) || b.connections - a.connections || compareText(a.account, b.account),
      );
    let lastMs = 0;
    await showLive(session, {
      subject: '$SYS.ACCOUNT.*.SERVER.CONNS',
      onMessage: (message) => {
        const update = message.json<AccountUpdate>();
        updates.set(`${update.acc} ${update.server.id}`, { update, atMs: clock.monotonicMs() });
        lastMs = session.nowMs();
      },
      object: () => ({ accounts: sorted() }),
      text: () => {
        const accounts = sorted();
        if (accounts.length === 0) return null;
        return accountTable(session, accounts, { number, dimension, lastMs }).render(session.style);
      },
    });
  },
});

/** When it came counts: the clocks of servers may be others. */
interface Arrived {
  readonly update: AccountUpdate;
  readonly atMs: number;
}

function totalsOf(updates: readonly Arrived[], nowMs: number): Total[] {
  const totals = new Map<string, Total>();
  for (const { update, atMs } of updates) {
    if (nowMs - atMs > STALE_MS) continue;
    const before = totals.get(update.acc);
    totals.set(update.acc, {
      account: update.acc,
      name: update.name ?? '',
      servers: (before?.servers ?? 0) + 1,
      connections: (before?.connections ?? 0) + update.conns,
      leafnodes: (before?.leafnodes ?? 0) + update.leafnodes,
      subscriptions: (before?.subscriptions ?? 0) + update.num_subscriptions,
      slow_consumers: (before?.slow_consumers ?? 0) + update.slow_consumers,
      sent: added(before?.sent, update.sent),
      received: added(before?.received, update.received),
    });
  }
  return [...totals.values()];
}

function added(a: Transfer | undefined, b: Transfer): Transfer {
  return { msgs: (a?.msgs ?? 0) + b.msgs, bytes: (a?.bytes ?? 0) + b.bytes };
}

interface TableOptions {
  readonly number: number;
  readonly dimension: string;
  readonly lastMs: number;
}

function accountTable(session: Session, accounts: readonly Total[], options: TableOptions): TextTable {
  const { number, dimension, lastMs } = options;
  const shown = Math.min(accounts.length, rowsShown(session, number, MARGIN));
  const count = countTitle(accounts.length, shown);
  const table = new TextTable(`Top ${count} Account activity by ${dimension} at ${session.time(lastMs)}`, [
    ...['Account', 'Servers', 'Connections', 'Leafnodes', 'Subscriptions', 'Slow', 'Sent', 'Received'],
  ]);
  const transfer = ({ msgs, bytes }: Transfer): string => `${countText(msgs)} / ${sizeText(bytes)}`;
  for (const one of accounts.slice(0, shown)) {
    table.row(
      one.name === '' ? one.account : one.name,
      one.servers,
      countText(one.connections),
      countText(one.leafnodes),
      countText(one.subscriptions),
      countText(one.slow_consumers),
      transfer(one.sent),
      transfer(one.received),
    );
  }
  return table;
}
