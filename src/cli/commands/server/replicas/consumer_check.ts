// `contrail server consumer-check`: every replica of every consumer beside the others, and whether they agree.
// Compat: natscli cli/server_consumer_check.go.
import { compareText } from '../../../../base/text_order.ts';
import type { ConsumerInfo } from '../../../client/js_types.ts';
import type { SystemAnswer } from '../../../client/system_requests.ts';
import { defineCommand, flag } from '../../../command.ts';
import { TextTable } from '../../../output/table.ts';
import type { Jsz, StreamDetail, StreamNumbers } from '../../../servers/jetstream_row.ts';
import type { Session } from '../../../session.ts';
import {
  accountText,
  driftText,
  gatherReplicas,
  healthHead,
  healthText,
  peersText,
  REPLICA_FLAGS,
  showReplicas,
} from './replica_flags.ts';

interface ConsumerReplica {
  readonly serverName: string;
  readonly serverId: string;
  readonly account: string;
  readonly accountId: string;
  readonly group: string;
  readonly consumer: ConsumerInfo;
  readonly stream: StreamNumbers;
  readonly streamLeader: string;
}

interface Judged {
  readonly replica: ConsumerReplica;
  readonly status: string;
  readonly isUnsynced: boolean;
  readonly leader: ConsumerInfo | undefined;
}

export const CONSUMER_CHECK = defineCommand({
  name: 'consumer-check',
  summary: 'Check and display consumer information',
  isHidden: true,
  flags: {
    stream: flag.text('Filter results by stream'),
    consumer: flag.text('Filter results by consumer'),
    health: flag.switch('Check health from consumers'),
    ...REPLICA_FLAGS,
  },
  examples: [{ text: 'Of one consumer', command: 'contrail server consumer-check --stream ORDERS --consumer NEW' }],
  json: 'A list of objects: consumer, stream, raft_group, account, account_id, server, is_leader, status, synced, delivered and ack_floor (stream_seq, consumer_seq), ack_pending, redelivered, waiting, pending, leader, stream_leader, health (or null).',
  run: async (session, _args, { stream, consumer, ...flags }) => {
    const replicas = consumerReplicas(await gatherReplicas(session, flags));
    if (!flags.csv && !session.isJson) session.print(`Consumers: ${replicas.length}`);
    const judged = replicas
      .map((replica) => judge(replica, groupOf(replicas, replica)))
      .filter(
        ({ replica, isUnsynced }) =>
          (stream === undefined || replica.consumer.stream_name === stream) &&
          (consumer === undefined || replica.consumer.name === consumer) &&
          (flags.raftGroup === undefined || replica.group === flags.raftGroup) &&
          (isUnsynced || !flags.unsynced),
      );
    const health = flags.health ? await healthOf(session, judged) : null;
    if (session.isJson) session.json(judged.map((one, index) => asObject(one, health?.[index] ?? null)));
    else showReplicas(session, table(judged, health, flags), flags);
  },
});

/** By account, group and server. */
function consumerReplicas(answers: readonly SystemAnswer<Jsz>[]): ConsumerReplica[] {
  const replicas = answers.flatMap(({ server, data }) =>
    (data.account_details ?? []).flatMap(({ name, id, stream_detail: streams }) =>
      (streams ?? []).flatMap((detail) =>
        (detail.consumer_detail ?? []).map(
          (consumer): ConsumerReplica => ({
            serverName: server.name,
            serverId: server.id,
            account: name,
            accountId: id,
            group: raftGroupOf(detail, consumer),
            consumer,
            stream: detail.state ?? { messages: 0, bytes: 0, first_seq: 0, last_seq: 0, consumer_count: 0 },
            streamLeader: detail.cluster?.leader ?? '',
          }),
        ),
      ),
    ),
  );
  return replicas.sort(
    (a, b) =>
      compareText(a.account, b.account) || compareText(a.group, b.group) || compareText(a.serverName, b.serverName),
  );
}

function raftGroupOf({ consumer_raft_groups: groups }: StreamDetail, { name, cluster }: ConsumerInfo): string {
  return (groups ?? []).find((one) => one.name === name)?.raft_group ?? cluster?.raft_group ?? '';
}

function groupOf(replicas: readonly ConsumerReplica[], one: ConsumerReplica): ConsumerReplica[] {
  const isSame = ({ consumer }: ConsumerReplica): boolean =>
    consumer.name === one.consumer.name && consumer.stream_name === one.consumer.stream_name;
  return replicas.filter(
    (other) => other.account === one.account && other.group === one.group && (one.group !== '' || isSame(other)),
  );
}

function judge(replica: ConsumerReplica, group: readonly ConsumerReplica[]): Judged {
  const { consumer, stream, serverName, streamLeader } = replica;
  const { delivered, ack_floor: floor, cluster } = consumer;
  const leaderName = cluster?.leader ?? '';
  const faults = new Set<string>();
  if (stream.last_seq < delivered.stream_seq) faults.add('UNSYNCED:DELIVERED_AHEAD_OF_STREAM_SEQ');
  if (stream.last_seq < floor.stream_seq) faults.add('UNSYNCED:ACKFLOOR_AHEAD_OF_STREAM_SEQ');
  for (const { consumer: other } of group) {
    if (!isSamePosition(other.delivered, delivered)) faults.add('UNSYNCED:DELIVERED');
    if (!isSamePosition(other.ack_floor, floor)) faults.add('UNSYNCED:ACK_FLOOR');
    if (other.cluster == null) faults.add('NO_CLUSTER');
    const itsLeader = other.cluster?.leader ?? '';
    if (itsLeader !== '' && leaderName !== '' && itsLeader !== leaderName) faults.add('MULTILEADER');
  }
  const leader = group.find((other) => other.serverName === leaderName && other !== replica)?.consumer;
  const alone = cluster == null ? 'NO_CLUSTER' : leaderName === '' ? 'LEADERLESS' : null;
  const isEmpty = [delivered.stream_seq, delivered.consumer_seq, floor.stream_seq, floor.consumer_seq].includes(0);
  const statuses = [...faults, ...(isEmpty ? ['EMPTY'] : [])];
  const text = statuses.length === 0 ? 'IN SYNC' : statuses.map((one) => `${one},`).join('');
  const intersects = serverName === leaderName && leaderName === streamLeader;
  const status = alone ?? (leaderName !== serverName && replica.group === '' ? 'MISSING_GROUP' : text);
  return {
    replica,
    status: intersects && status === text ? `${text} / INTERSECT` : status,
    isUnsynced: faults.size > 0 || alone !== null,
    leader,
  };
}

type Position = ConsumerInfo['delivered'];

function isSamePosition(a: Position, b: Position): boolean {
  return a.stream_seq === b.stream_seq && a.consumer_seq === b.consumer_seq;
}

async function healthOf(session: Session, judged: readonly Judged[]): Promise<string[]> {
  const texts: string[] = [];
  for (const { replica } of judged) {
    const { account, consumer, serverId } = replica;
    texts.push(await healthText(session, serverId, { account, stream: consumer.stream_name, consumer: consumer.name }));
  }
  return texts;
}

interface TableFlags {
  readonly csv: boolean;
  readonly unsynced: boolean;
}

function table(judged: readonly Judged[], health: readonly string[] | null, { csv, unsynced }: TableFlags): TextTable {
  const drawn = new TextTable(csv ? '' : 'Consumers', [
    ...['Consumer', 'Stream', 'Raft', 'Account', 'Account ID', 'Node', 'Delivered (S,C)', 'ACK Floor (S,C)'],
    ...['Counters', 'Status', 'Leader', 'Stream Cluster Leader', 'Peers', ...healthHead(judged.length, health)],
  ]);
  let last: ConsumerReplica | null = null;
  for (const [index, { replica, status, leader }] of judged.entries()) {
    const { consumer, account, serverName } = replica;
    if (last !== null && (last.consumer.name !== consumer.name || last.account !== account)) drawn.separator();
    last = replica;
    const { cluster, stream_name: stream, num_ack_pending: pending, num_redelivered: again } = consumer;
    drawn.row(
      consumer.name,
      stream,
      replica.group,
      accountText(account),
      replica.accountId,
      `${serverName}${cluster?.leader === serverName ? '*' : ''}`,
      ...positionTexts(replica, unsynced ? leader : undefined),
      `(ap:${pending}, nr:${again}, nw:${consumer.num_waiting}, np:${consumer.num_pending})`,
      status,
      cluster?.leader ?? '',
      replica.streamLeader,
      peersText(cluster?.replicas),
      health?.[index] ?? '',
    );
  }
  return drawn;
}

function positionTexts({ consumer, stream }: ConsumerReplica, leader: ConsumerInfo | undefined): [string, string] {
  const { delivered, ack_floor: floor } = consumer;
  const share =
    stream.last_seq === 0 ? '0%' : `${((delivered.stream_seq / stream.last_seq) * 100).toFixed(0).padEnd(3)}%`;
  const range = `[${stream.first_seq}, ${stream.last_seq}] ${share.padEnd(3)}`;
  const { delivered: ledDelivered, ack_floor: ledFloor } = leader ?? {};
  return [
    `${driftText(delivered.stream_seq, ledDelivered?.stream_seq)} ${range} | ${driftText(delivered.consumer_seq, ledDelivered?.consumer_seq)}`,
    `${driftText(floor.stream_seq, ledFloor?.stream_seq)} | ${driftText(floor.consumer_seq, ledFloor?.consumer_seq)}`,
  ];
}

function asObject({ replica, status, isUnsynced }: Judged, health: string | null): unknown {
  const { consumer, account, accountId, group, serverName, streamLeader } = replica;
  const leader = consumer.cluster?.leader ?? '';
  const position = ({ stream_seq, consumer_seq }: Position): unknown => ({ stream_seq, consumer_seq });
  return {
    consumer: consumer.name,
    stream: consumer.stream_name,
    raft_group: group,
    account,
    account_id: accountId,
    server: serverName,
    is_leader: leader === serverName,
    status,
    synced: !isUnsynced,
    delivered: position(consumer.delivered),
    ack_floor: position(consumer.ack_floor),
    ack_pending: consumer.num_ack_pending,
    redelivered: consumer.num_redelivered,
    waiting: consumer.num_waiting,
    pending: consumer.num_pending,
    leader,
    stream_leader: streamLeader,
    health,
  };
}
