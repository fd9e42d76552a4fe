// `contrail account report`: the account's connections and its traffic, server by server.
// Compat: natscli cli/account_command.go.
import { requestServers } from '../../client/system_requests.ts';
import { defineCommand, defineGroup, flag } from '../../command.ts';
import { checkSubject } from '../../input/subjects.ts';
import { countText, sizeText } from '../../output/human.ts';
import { TextTable } from '../../output/table.ts';
import { accountConnections, CONNECTION_SORTS, showConnections } from '../../reports/connection_report.ts';
import type { Session } from '../../session.ts';

const CONNECTIONS = defineCommand({
  name: 'connections',
  aliases: ['conn', 'connz', 'conns'],
  summary: 'Report on connections',
  flags: {
    sort: flag.choice(
      'Sort by a specific property (in-bytes,out-bytes,in-msgs,out-msgs,uptime,cid,subs)',
      CONNECTION_SORTS,
      {
        default: 'subs',
      },
    ),
    top: flag.integer('Limit results to the top results', { default: 1000 }),
    subject: flag.text('Limits responses only to those connections with matching subscription interest'),
    username: flag.text('Limits responses only to those connections for a specific authentication username'),
    reverse: flag.switch('Reverse sort connections', { short: 'R' }),
    state: flag.choice(
      'Limits responses only to those connections that are in a specific state (open, closed, all)',
      ['open', 'closed', 'all'],
      { default: 'open' },
    ),
    closedReason: flag.text('Filter results based on a closed reason', { placeholder: 'REASON' }),
  },
  examples: [{ text: 'Who receives most', command: 'contrail account report connections --sort out-bytes' }],
  json: 'A list of connections as the server describes them (cid, name, ip, port, in_msgs and so on), each with its server.',
  run: async (session, _args, flags) => {
    if (flags.subject !== undefined) checkSubject(flags.subject, '--subject');
    const connections = await accountConnections(session, flags);
    if (session.isJson) session.json(connections);
    else showConnections(session, connections, flags);
  },
});

interface Transfer {
  readonly msgs: number;
  readonly bytes: number;
}

interface AccountStatz {
  readonly account_statz?: readonly {
    readonly acc: string;
    readonly conns: number;
    readonly leafnodes: number;
    readonly num_subscriptions: number;
    readonly sent: Transfer;
    readonly received: Transfer;
    readonly slow_consumers: number;
  }[];
}

const STATISTICS = defineCommand({
  name: 'statistics',
  aliases: ['stats', 'statsz'],
  summary: 'Report on server statistics',
  examples: [{ text: 'What went through each server', command: 'contrail account report statistics' }],
  json: 'A list with an object per server: server (what it says of itself), data (its account_statz).',
  run: async (session) => {
    const answers = await requestServers<AccountStatz>(session, { subject: '$SYS.REQ.ACCOUNT.PING.STATZ' });
    if (session.isJson) session.json(answers);
    else showStatistics(session, answers);
  },
});

function showStatistics(session: Session, answers: Awaited<ReturnType<typeof requestServers<AccountStatz>>>): void {
  const table = new TextTable('Server Statistics', [
    'Server',
    'Cluster',
    'Version',
    'Tags',
    'Connections',
    'Subscriptions',
    'Leafnodes',
    'Sent Bytes',
    'Sent Messages',
    'Received Bytes',
    'Received Messages',
    'Slow Consumers',
  ]);
  const totals = { conns: 0, subs: 0, leafs: 0, sentBytes: 0, sent: 0, receivedBytes: 0, received: 0, slow: 0 };
  for (const { server, data } of answers) {
    const [stats] = data.account_statz ?? [];
    if (stats === undefined) continue;
    const { conns, num_subscriptions: subs, leafnodes: leafs, sent, received, slow_consumers: slow } = stats;
    table.row(
      server.host,
      server.cluster ?? '',
      server.ver,
      (server.tags ?? []).join(', '),
      countText(conns),
      countText(subs),
      countText(leafs),
      sizeText(sent.bytes),
      countText(sent.msgs),
      sizeText(received.bytes),
      countText(received.msgs),
      countText(slow),
    );
    totals.conns += conns;
    totals.subs += subs;
    totals.leafs += leafs;
    totals.sentBytes += sent.bytes;
    totals.sent += sent.msgs;
    totals.receivedBytes += received.bytes;
    totals.received += received.msgs;
    totals.slow += slow;
  }
  table.foot(
    String(answers.length),
    '',
    '',
    '',
    countText(totals.conns),
    countText(totals.subs),
    countText(totals.leafs),
    sizeText(totals.sentBytes),
    countText(totals.sent),
    sizeText(totals.receivedBytes),
    countText(totals.received),
    countText(totals.slow),
  );
  session.table(table);
}

export const ACCOUNT_REPORT = defineGroup({
  name: 'report',
  aliases: ['rep'],
  summary: 'Report on account metrics',
  commands: [CONNECTIONS, STATISTICS],
});
