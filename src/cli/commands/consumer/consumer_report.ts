// `contrail consumer report`: how all consumers of a stream do, and who leads them.
// Compat: natscli cli/consumer_command.go, reportAction.
import type { ConsumerInfo } from '../../client/js_types.ts';
import { argument, defineCommand, flag } from '../../command.ts';
import { listConsumers } from '../../consumers/consumer_list.ts';
import { ackPolicyText, isPushConsumer } from '../../consumers/consumer_page.ts';
import { countText, durationGo, durationHuman } from '../../output/human.ts';
import { type Cell, TextTable } from '../../output/table.ts';
import { LeaderReport } from '../../streams/leader_report.ts';
import { peerText } from '../../streams/peer_text.ts';
import { pickStream } from '../../streams/pick_stream.ts';
import { showUnreachable } from '../../streams/stream_list.ts';
import { ALL_FLAG } from './consumer_all_flag.ts';

const HEADINGS = [
  'Consumer',
  'Mode',
  'Ack Policy',
  'Ack Wait',
  'Ack Pending',
  'Redelivered',
  'Unprocessed',
  'Ack Floor',
  'API Level',
  'Cluster',
];

export const CONSUMER_REPORT = defineCommand({
  name: 'report',
  summary: 'Reports on consumer statistics',
  args: { stream: argument.optional('Stream name') },
  flags: {
    raw: flag.switch('Show un-formatted numbers', { short: 'r' }),
    leaders: flag.switch('Show details about the leaders', { short: 'l' }),
    ...ALL_FLAG,
  },
  examples: [
    { text: 'Who falls behind', command: 'contrail consumer report EVENTS' },
    { text: 'Who leads them', command: 'contrail consumer report EVENTS --leaders' },
  ],
  json: 'An object: consumers (list of name, mode, ack_policy, ack_wait, ack_pending, redelivered, unprocessed, ack_floor, api_level, leader), leaders (list of server, cluster, groups), missing, offline.',
  run: async (session, { stream }, { raw, leaders: showsLeaders, all }) => {
    const { value } = await pickStream(session, stream, { all });
    const { name } = value.config;
    const list = await listConsumers(await session.api(), name);
    const leaders = new LeaderReport();
    for (const { cluster } of list.consumers) leaders.add(cluster);
    if (session.isJson) {
      const { missing, offline } = list;
      session.json({ consumers: list.consumers.map(reportRow), leaders: leaders.values(), missing, offline });
      return;
    }
    const title = `Consumer report for ${name} with ${countText(value.state.consumer_count)} consumers`;
    const table = new TextTable(title, HEADINGS);
    for (const info of list.consumers) table.row(...tableRow(info, { isRaw: raw, messages: value.state.messages }));
    session.table(table);
    if (showsLeaders && !leaders.isEmpty) session.table(leaders.table('Consumers'));
    showUnreachable(session, list, 'Consumers');
  },
});

function apiLevel({ config }: ConsumerInfo): string {
  return config.metadata?.['_nats.req.level'] ?? '0';
}

function reportRow(info: ConsumerInfo): Readonly<Record<string, unknown>> {
  return {
    name: info.name,
    mode: isPushConsumer(info.config) ? 'push' : 'pull',
    ack_policy: info.config.ack_policy,
    ack_wait: info.config.ack_wait ?? 0,
    ack_pending: info.num_ack_pending,
    redelivered: info.num_redelivered,
    unprocessed: info.num_pending,
    ack_floor: info.ack_floor.stream_seq,
    api_level: Number(apiLevel(info)),
    leader: info.cluster?.leader,
  };
}

function tableRow(
  info: ConsumerInfo,
  { isRaw, messages }: { readonly isRaw: boolean; readonly messages: number },
): Cell[] {
  const { config, num_pending: pending } = info;
  const wait = config.ack_wait ?? 0;
  const number = (count: number): Cell => (isRaw ? count : countText(count));
  const share = Math.min(100, Math.floor((pending / messages) * 100));
  const unprocessed = pending > 0 ? `${countText(pending)} / ${share}%` : '0';
  return [
    info.name,
    isPushConsumer(config) ? 'Push' : 'Pull',
    ackPolicyText(config),
    isRaw ? durationGo(wait) : durationHuman(wait),
    number(info.num_ack_pending),
    number(info.num_redelivered),
    isRaw ? pending : unprocessed,
    number(info.ack_floor.stream_seq),
    apiLevel(info),
    peerText(info.cluster),
  ];
}
