// `contrail server report jetstream`: what each server stores and answers, the group that leads all, who leads what.
// Compat: natscli cli/server_report_command.go, reportJetStream.
import type { SystemAnswer } from '../../../client/system_requests.ts';
import { defineCommand, flag } from '../../../command.ts';
import { countText, sizeText } from '../../../output/human.ts';
import { type Cell, TextTable } from '../../../output/table.ts';
import { compactNames } from '../../../servers/compact_names.ts';
import { type JetStreamRow, type Jsz, jetStreamRow } from '../../../servers/jetstream_row.ts';
import { metaTable } from '../../../servers/meta_table.ts';
import { isFiltered } from '../../../servers/server_filter.ts';
import type { Session } from '../../../session.ts';
import { LeaderReport } from '../../../streams/leader_report.ts';
import { fetchReport, filterOf, JSON_ANSWERS, LIMIT, ordered, REPORT_FLAGS, watched } from './report_run.ts';

const SORTS = [
  ...['name', 'cluster', 'streams', 'consumers', 'msgs', 'mbytes', 'bytes', 'mem', 'file', 'store', 'api', 'err'],
] as const;
type Sort = (typeof SORTS)[number];

/** Streams of an account that one answer holds. */
const ACCOUNT_STREAMS_MAX = 10_000;

export const REPORT_JETSTREAM = defineCommand({
  name: 'jetstream',
  aliases: ['jsz', 'js'],
  summary: 'Report on JetStream activity',
  args: LIMIT,
  flags: {
    account: flag.text('Produce the report for a specific account'),
    sort: flag.choice(
      'Sort by a specific property (name,cluster,streams,consumers,msgs,mbytes,mem,file,api,err)',
      SORTS,
      { default: 'cluster' },
    ),
    compact: flag.toggle('Compact server names', { default: true }),
    leaders: flag.switch('Show details about cluster leaders', { short: 'l' }),
    ...REPORT_FLAGS,
  },
  examples: [
    { text: 'All servers and who leads', command: 'contrail server report jetstream' },
    { text: 'What one account has', command: 'contrail server report jetstream --account ORDERS' },
  ],
  json: JSON_ANSWERS,
  run: async (session, { limit }, { account, sort, compact, leaders, ...flags }) => {
    const ofAccount = { account, streams: true, consumer: true, limit: ACCOUNT_STREAMS_MAX };
    const body = { raft: true, ...(account === undefined ? {} : ofAccount) };
    await watched(session, flags.watch, async () => {
      const { answers, exact } = await fetchReport<Jsz>(session, { page: 'JSZ', flags, limit, body });
      const byName = ({ server }: SystemAnswer<Jsz>): string => server.name;
      const sorted = ordered(answers, flags.reverse, sortKey(sort), byName);
      return () => {
        if (session.isJson) session.json(exact);
        else show(session, sorted, { account, compact, leaders, isPart: isFiltered(filterOf(flags)) });
      };
    });
  },
});

function sortKey(sort: Sort): (answer: SystemAnswer<Jsz>) => string | number {
  switch (sort) {
    case 'name':
      return ({ server }) => server.name;
    case 'cluster':
      return ({ server }) => server.cluster ?? '';
    case 'streams':
      return ({ data }) => data.streams;
    case 'consumers':
      return ({ data }) => data.consumers;
    case 'msgs':
      return ({ data }) => data.messages;
    case 'mbytes':
    case 'bytes':
      return ({ data }) => data.bytes;
    case 'mem':
      return ({ data }) => data.memory;
    case 'file':
    case 'store':
      return ({ data }) => data.storage;
    case 'api':
      return ({ data }) => data.api.total;
    case 'err':
      return ({ data }) => data.api.errors;
  }
}

interface ShowOptions {
  readonly account: string | undefined;
  readonly compact: boolean;
  readonly leaders: boolean;
  /** Not all servers were asked. */
  readonly isPart: boolean;
}

function show(session: Session, answers: readonly SystemAnswer<Jsz>[], options: ShowOptions): void {
  const { account, compact, leaders, isPart } = options;
  const rows = answers.map((answer) => jetStreamRow(answer, account));
  session.table(summaryTable(answers, { rows, account, compact }));
  if (!isPart) showMeta(session, answers, compact);
  if (leaders) showLeaders(session, answers, rows);
}

interface SummaryOptions {
  readonly rows: readonly JetStreamRow[];
  readonly account: string | undefined;
  readonly compact: boolean;
}

function summaryTable(answers: readonly SystemAnswer<Jsz>[], { rows, account, compact }: SummaryOptions): TextTable {
  const hasDomain = answers.some(({ data }) => (data.config?.domain ?? '') !== '');
  const names = answers.map(({ server }) => server.name);
  const shown = compact ? compactNames(names) : names;
  const title = account === undefined ? 'JetStream Summary' : `JetStream Summary for Account ${account}`;
  const table = new TextTable(title, [
    ...['Server', 'Cluster', ...(hasDomain ? ['Domain'] : [])],
    ...['Streams', 'Consumers', 'Messages', 'Bytes', 'Memory', 'File', 'API Req', 'Pending', 'Quorum Sz', 'Rescuing'],
  ]);
  for (const [index, { server, data }] of answers.entries()) {
    const row = rows[index];
    if (row === undefined) continue;
    const { meta_cluster: meta } = data;
    const leads = meta?.leader === server.name ? '*' : '';
    table.row(
      `${shown[index]}${leads}`,
      server.cluster ?? '',
      ...(hasDomain ? [data.config?.domain ?? ''] : []),
      ...cells(row),
      meta === undefined ? '' : countText(meta.quorum_needed ?? 0),
      meta === undefined ? '' : String(meta.rescue === true),
    );
  }
  const sum = (value: (row: JetStreamRow) => number): number => rows.reduce((all, row) => all + value(row), 0);
  const total: JetStreamRow = {
    streams: sum((row) => row.streams),
    consumers: sum((row) => row.consumers),
    messages: sum((row) => row.messages),
    bytes: sum((row) => row.bytes),
    memory: sum((row) => row.memory),
    storage: sum((row) => row.storage),
    apiRequests: sum((row) => row.apiRequests),
    pending: sum((row) => row.pending),
    streamLeaders: [],
    consumerLeaders: [],
  };
  table.foot('', '', ...(hasDomain ? [''] : []), ...cells(total));
  return table;
}

function cells(row: JetStreamRow): Cell[] {
  return [
    countText(row.streams),
    countText(row.consumers),
    countText(row.messages),
    sizeText(row.bytes),
    sizeText(row.memory),
    sizeText(row.storage),
    countText(row.apiRequests),
    row.pending,
  ];
}

/** The group that all servers with JetStream are in; a warning where nobody leads it. */
function showMeta(session: Session, answers: readonly SystemAnswer<Jsz>[], compact: boolean): void {
  const size = Math.max(0, ...answers.map(({ data }) => data.meta_cluster?.cluster_size ?? 0));
  if (size === 0) return;
  const led = answers.filter(({ server, data }) => data.meta_cluster?.leader === server.name);
  if (led.length === 0) {
    session.print(
      `WARNING: No cluster meta leader found. The cluster expects ${size} nodes but only ${answers.length} responded. ` +
        `JetStream operation requires at least ${Math.floor(size / 2) + 1} up nodes.`,
    );
    return;
  }
  for (const [index, { data }] of led.entries()) {
    if (index > 0) session.print();
    const { meta_cluster: meta } = data;
    if (meta !== undefined) session.write(metaTable(meta, { compact, style: session.style }).render(session.style));
  }
}

function showLeaders(session: Session, answers: readonly SystemAnswer<Jsz>[], rows: readonly JetStreamRow[]): void {
  const [streams, consumers] = [new LeaderReport(), new LeaderReport()];
  for (const [index, { server }] of answers.entries()) {
    const cluster = server.cluster ?? '';
    for (const { name, groups } of rows[index]?.streamLeaders ?? []) streams.addGroups(name, cluster, groups);
    for (const { name, groups } of rows[index]?.consumerLeaders ?? []) consumers.addGroups(name, cluster, groups);
  }
  if (streams.isEmpty && consumers.isEmpty) {
    session.print('No JetStream asset leader data reported');
    return;
  }
  session.table(streams.table('Stream Leaders'));
  session.table(consumers.table('Consumer Leaders'));
}
