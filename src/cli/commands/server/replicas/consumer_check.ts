// `contrail server consumer-check`: every replica of every consumer beside the others, and whether they agree.
// Compat: natscli cli/server_consumer_check.go.
import type { ConsumerInfo } from '../../../client/js_types.ts';
import { defineCommand, flag } from '../../../command.ts';
import type { StreamDetail, StreamNumbers } from '../../../servers/jetstream_row.ts';
import {
  checkReplicas,
  driftText,
  type Judgement,
  type Replica,
  type ReplicaKind,
  replicasOf,
} from './replica_check.ts';
import { gatherReplicas, REPLICA_FLAGS } from './replica_flags.ts';

interface ConsumerReplica extends Replica {
  readonly consumer: ConsumerInfo;
  readonly streamState: StreamNumbers;
  readonly streamLeader: string;
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
  json: 'A list of objects: consumer, stream, raft_group, account, account_id, server, is_leader, status, synced, delivered and ack_floor (stream_seq, consumer_seq), ack_pending, redelivered, waiting, pending, stream_leader, leader, health (or null).',
  run: async (session, _args, { stream, consumer, ...flags }) => {
    const answers = await gatherReplicas(session, flags);
    const replicas = replicasOf(answers, (detail, place) =>
      (detail.consumer_detail ?? []).map((one) => ({ ...place, ...replicaOf(detail, one) })),
    );
    const matches = (replica: ConsumerReplica): boolean =>
      (stream === undefined || replica.stream === stream) && (consumer === undefined || replica.name === consumer);
    await checkReplicas(session, replicas, { kind: { ...CONSUMER_REPLICAS, matches }, flags });
  },
});

function replicaOf(detail: StreamDetail, consumer: ConsumerInfo) {
  return {
    name: consumer.name,
    stream: consumer.stream_name,
    group: raftGroupOf(detail, consumer),
    cluster: consumer.cluster ?? null,
    consumer,
    streamState: detail.state ?? { messages: 0, bytes: 0, first_seq: 0, last_seq: 0, consumer_count: 0 },
    streamLeader: detail.cluster?.leader ?? '',
  };
}

function raftGroupOf({ consumer_raft_groups: groups }: StreamDetail, { name, cluster }: ConsumerInfo): string {
  return (groups ?? []).find((one) => one.name === name)?.raft_group ?? cluster?.raft_group ?? '';
}

const CONSUMER_REPLICAS: Omit<ReplicaKind<ConsumerReplica>, 'matches'> = {
  title: 'Consumers',
  heads: [['Consumer', 'Stream'], ['Delivered (S,C)', 'ACK Floor (S,C)', 'Counters'], ['Stream Cluster Leader']],
  names: ({ name, stream }) => [name, stream],
  numbers: (replica, leader) => {
    const { num_ack_pending: pending, num_redelivered: again, num_waiting: waiting, num_pending } = replica.consumer;
    const counters = `(ap:${pending}, nr:${again}, nw:${waiting}, np:${num_pending})`;
    return [...positionTexts(replica, leader?.consumer), counters];
  },
  leaders: ({ streamLeader }) => [streamLeader],
  judge,
  keys: ({ name, stream, consumer, streamLeader }) => [
    { consumer: name, stream },
    {
      delivered: positionOf(consumer.delivered),
      ack_floor: positionOf(consumer.ack_floor),
      ack_pending: consumer.num_ack_pending,
      redelivered: consumer.num_redelivered,
      waiting: consumer.num_waiting,
      pending: consumer.num_pending,
      stream_leader: streamLeader,
    },
  ],
  asked: ({ account, stream, name }) => ({ account, stream, consumer: name }),
};

function judge(replica: ConsumerReplica, group: readonly ConsumerReplica[]): Judgement<ConsumerReplica> {
  const { consumer, streamState: stream, server, streamLeader } = replica;
  const { name: serverName } = server;
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
  const leader = group.find((other) => other.server.name === leaderName && other !== replica);
  const alone = cluster == null ? 'NO_CLUSTER' : leaderName === '' ? 'LEADERLESS' : null;
  const isEmpty = [delivered.stream_seq, delivered.consumer_seq, floor.stream_seq, floor.consumer_seq].includes(0);
  const statuses = [...faults, ...(isEmpty ? ['EMPTY'] : [])];
  const text = statuses.length === 0 ? 'IN SYNC' : statuses.map((one) => `${one},`).join('');
  const intersects = serverName === leaderName && leaderName === streamLeader;
  const status = alone ?? (leaderName !== serverName && replica.group === '' ? 'MISSING_GROUP' : text);
  return {
    status: intersects && status === text ? `${text} / INTERSECT` : status,
    isUnsynced: faults.size > 0 || alone !== null,
    leader,
  };
}

type Position = ConsumerInfo['delivered'];

function isSamePosition(a: Position, b: Position): boolean {
  return a.stream_seq === b.stream_seq && a.consumer_seq === b.consumer_seq;
}

function positionOf({ stream_seq, consumer_seq }: Position): Position {
  return { stream_seq, consumer_seq };
}

function positionTexts(
  { consumer, streamState: stream }: ConsumerReplica,
  leader: ConsumerInfo | undefined,
): [string, string] {
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
