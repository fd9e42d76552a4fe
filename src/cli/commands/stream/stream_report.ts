// `contrail stream report`: sizes, losses and places of all streams, what replicates what, who leads.
// Compat: natscli cli/stream_command.go, reportAction.
import type { StreamInfo, StreamSourceInfo } from '../../client/js_types.ts';
import { defineCommand, flag } from '../../command.ts';
import { checkSubject } from '../../input/subjects.ts';
import { countText, durationHuman, sizeText } from '../../output/human.ts';
import { TextTable } from '../../output/table.ts';
import type { Session } from '../../session.ts';
import { LeaderReport } from '../../streams/leader_report.ts';
import { peerText } from '../../streams/peer_text.ts';
import { listStreams, type StreamList, showUnreachable } from '../../streams/stream_list.ts';
import { replicationGraph } from './replication_graph.ts';
import { ALL_FLAG } from './stream_all_flag.ts';

interface ReportFlags {
  readonly consumers: boolean;
  readonly messages: boolean;
  readonly name: boolean;
  readonly storage: boolean;
  readonly raw: boolean;
  readonly dot: string | undefined;
  readonly leaders: boolean;
}

export const STREAM_REPORT = defineCommand({
  name: 'report',
  summary: 'Reports on stream statistics',
  flags: {
    subject: flag.text('Limit the report to streams with matching subjects'),
    cluster: flag.text('Limit report to streams within a specific cluster'),
    consumers: flag.switch('Sort by number of Consumers', { short: 'o' }),
    messages: flag.switch('Sort by number of Messages', { short: 'm' }),
    name: flag.switch('Sort by stream name', { short: 'n' }),
    storage: flag.switch('Sort by Storage type', { short: 't' }),
    raw: flag.switch('Show un-formatted numbers', { short: 'r' }),
    dot: flag.text('Produce a GraphViz graph of replication topology', { placeholder: 'FILE' }),
    leaders: flag.switch('Show details about cluster leaders', { short: 'l' }),
    ...ALL_FLAG,
  },
  examples: [
    { text: 'The largest last', command: 'contrail stream report' },
    { text: 'Who leads what', command: 'contrail stream report --leaders' },
  ],
  json: 'An object: streams (list of name, storage, placement, consumers, messages, bytes, lost_messages, lost_bytes, deleted, api_level, leader, replicas), replication (list of stream, kind, api_prefix, source, filters, active_ns, lag, error), leaders (list of server, cluster, groups), missing, offline.',
  run: async (session, _args, { subject = '', cluster, ...flags }) => {
    if (subject !== '') checkSubject(subject, '--subject');
    if (!session.isJson) session.print('Obtaining Stream stats\n');
    const list = await listStreams(await session.api(), subject);
    const streams = list.streams.filter((info) => cluster === undefined || info.cluster?.name === cluster);
    const leaders = new LeaderReport();
    for (const info of streams) leaders.add(info.cluster);
    const sorted = [...streams].sort(orderOf(flags));
    if (session.isJson) session.json(reportObject(sorted, list, leaders));
    else show(session, sorted, { list, leaders, flags });
    if (flags.dot !== undefined) session.doors.files.writeWhole(flags.dot, replicationGraph(streams));
  },
});

function orderOf(flags: ReportFlags): (a: StreamInfo, b: StreamInfo) => number {
  if (flags.consumers) return (a, b) => a.state.consumer_count - b.state.consumer_count;
  if (flags.messages) return (a, b) => a.state.messages - b.state.messages;
  if (flags.name) return (a, b) => (a.config.name < b.config.name ? -1 : 1);
  if (flags.storage)
    return (a, b) => (a.config.storage < b.config.storage ? -1 : Number(a.config.storage > b.config.storage));
  return (a, b) => a.state.bytes - b.state.bytes;
}

interface ShowOptions {
  readonly list: StreamList;
  readonly leaders: LeaderReport;
  readonly flags: ReportFlags;
}

function show(session: Session, streams: readonly StreamInfo[], { list, leaders, flags }: ShowOptions): void {
  if (streams.length === 0 && list.missing.length === 0 && Object.keys(list.offline).length === 0) {
    session.print('No Streams defined');
    return;
  }
  session.table(streamTable(streams, flags.raw));
  const replicas = replicationRows(streams);
  if (replicas.length > 0) session.table(replicationTable(replicas, flags.raw));
  if (flags.leaders && !leaders.isEmpty) session.table(leaders.table('Streams'));
  showUnreachable(session, list);
}

function streamTable(streams: readonly StreamInfo[], isRaw: boolean): TextTable {
  const table = new TextTable('Stream Report', [
    'Stream',
    'Storage',
    'Placement',
    'Consumers',
    'Messages',
    'Bytes',
    'Lost',
    'Deleted',
    'API Level',
    'Replicas',
  ]);
  for (const info of streams) {
    const { config, state } = info;
    const lost = state.lost?.msgs ?? [];
    const lostBytes = state.lost?.bytes ?? 0;
    const lostText = isRaw ? `${lost.length} (${lostBytes})` : `${countText(lost.length)} (${sizeText(lostBytes)})`;
    table.row(
      config.name,
      config.storage === 'file' ? 'File' : 'Memory',
      placementText(info),
      isRaw ? state.consumer_count : countText(state.consumer_count),
      isRaw ? state.messages : countText(state.messages),
      isRaw ? state.bytes : sizeText(state.bytes),
      lost.length === 0 ? '0' : lostText,
      isRaw ? deletedOf(info) : countText(deletedOf(info)),
      apiLevelOf(info),
      peerText(info.cluster),
    );
  }
  return table;
}

function placementText({ config }: StreamInfo): string {
  const { cluster = '', tags = [] } = config.placement ?? {};
  return `${cluster === '' ? '' : `cluster: ${cluster} `}${tags.length === 0 ? '' : `tags: ${tags.join(', ')}`}`;
}

function deletedOf({ state }: StreamInfo): number {
  return (state.deleted ?? []).length > 0 ? (state.deleted ?? []).length : (state.num_deleted ?? 0);
}

function apiLevelOf({ config }: StreamInfo): string {
  return config.metadata?.['_nats.req.level'] ?? '0';
}

interface Replication {
  readonly stream: string;
  readonly kind: 'Mirror' | 'Source';
  readonly source: StreamSourceInfo;
}

function replicationRows(streams: readonly StreamInfo[]): Replication[] {
  return streams.flatMap(({ config, mirror, sources = [] }): Replication[] => [
    ...(mirror == null ? [] : [{ stream: config.name, kind: 'Mirror' as const, source: mirror }]),
    ...sources.map((source) => ({ stream: config.name, kind: 'Source' as const, source })),
  ]);
}

function replicationTable(rows: readonly Replication[], isRaw: boolean): TextTable {
  const table = new TextTable('Replication Report', [
    'Stream',
    'Kind',
    'API Prefix',
    'Source Stream',
    'Filters and Transforms',
    'Active',
    'Lag',
    'Error',
  ]);
  for (const { stream, kind, source } of rows) {
    table.row(
      stream,
      kind,
      source.external?.api ?? '',
      source.name,
      kind === 'Mirror' ? '' : filterTexts(source).join(', '),
      isRaw ? source.active : durationHuman(source.active),
      isRaw ? source.lag : countText(source.lag),
      errorText(source),
    );
  }
  return table;
}

function filterTexts({ subject_transforms: transforms = [], filter_subject: filter = '' }: StreamSourceInfo): string[] {
  if (transforms.length > 0) return transforms.map(({ src, dest }) => `${src} to ${dest}`);
  return filter === '' ? [] : [`${filter} untransformed`];
}

function errorText({ error }: StreamSourceInfo): string {
  return error === undefined ? '' : `${error.description} (${error.err_code})`;
}

function reportObject(streams: readonly StreamInfo[], list: StreamList, leaders: LeaderReport): unknown {
  return {
    streams: streams.map((info) => ({
      name: info.config.name,
      storage: info.config.storage,
      placement: info.config.placement ?? null,
      consumers: info.state.consumer_count,
      messages: info.state.messages,
      bytes: info.state.bytes,
      lost_messages: (info.state.lost?.msgs ?? []).length,
      lost_bytes: info.state.lost?.bytes ?? 0,
      deleted: deletedOf(info),
      api_level: Number(apiLevelOf(info)),
      leader: info.cluster?.leader ?? '',
      replicas: (info.cluster?.replicas ?? []).map(({ name }) => name),
    })),
    replication: replicationRows(streams).map(({ stream, kind, source }) => ({
      stream,
      kind: kind.toLowerCase(),
      api_prefix: source.external?.api ?? '',
      source: source.name,
      filters: filterTexts(source),
      active_ns: source.active,
      lag: source.lag,
      error: errorText(source),
    })),
    leaders: leaders.values(),
    missing: list.missing,
    offline: list.offline,
  };
}
