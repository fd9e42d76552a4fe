// `contrail server stream-check`: every replica of every stream beside the others, and whether they agree.
// Compat: natscli cli/server_stream_check.go.
import { defineCommand, flag } from '../../../command.ts';
import type { StreamDetail, StreamNumbers } from '../../../servers/jetstream_row.ts';
import {
  checkReplicas,
  driftText,
  type Judgement,
  leaderOf,
  type Replica,
  type ReplicaKind,
  replicasOf,
} from './replica_check.ts';
import { gatherReplicas, REPLICA_FLAGS } from './replica_flags.ts';

interface StreamReplica extends Replica {
  readonly state: StreamNumbers;
}

export const STREAM_CHECK = defineCommand({
  name: 'stream-check',
  summary: 'Check and display stream information',
  isHidden: true,
  flags: {
    stream: flag.text('Filter results by stream'),
    health: flag.switch('Check health from streams'),
    ...REPLICA_FLAGS,
  },
  examples: [{ text: 'Replicas that do not agree', command: 'contrail server stream-check --unsynced' }],
  json: 'A list of objects: stream, raft_group, account, account_id, server, is_leader, status, synced, messages, bytes, subjects, deleted, consumers, first_seq, last_seq, leader, health (or null).',
  run: async (session, _args, { stream, ...flags }) => {
    const answers = await gatherReplicas(session, flags);
    const replicas = replicasOf(answers, (detail, place) => [{ ...place, ...replicaOf(detail) }]);
    const matches = (replica: StreamReplica): boolean => stream === undefined || replica.stream === stream;
    await checkReplicas(session, replicas, { kind: { ...STREAM_REPLICAS, matches }, flags });
  },
});

const NOTHING: StreamNumbers = { messages: 0, bytes: 0, first_seq: 0, last_seq: 0, consumer_count: 0 };

function replicaOf({ name, cluster, stream_raft_group: group, state }: StreamDetail) {
  return {
    name,
    stream: name,
    group: group ?? cluster?.raft_group ?? '',
    state: state ?? NOTHING,
    cluster: cluster ?? null,
  };
}

const STREAM_REPLICAS: Omit<ReplicaKind<StreamReplica>, 'matches'> = {
  title: 'Streams',
  heads: [['Stream Replica'], ['Messages', 'Bytes', 'Subjects', 'Deleted', 'Consumers', 'First', 'Last'], []],
  names: ({ stream }) => [stream],
  numbers: ({ state }, leader) => {
    const theirs = leader === undefined ? null : numbersOf(leader.state);
    return numbersOf(state).map((value, at) => (theirs === null ? value : driftText(value, theirs[at])));
  },
  leaders: () => [],
  judge,
  keys: ({ stream, state }) => {
    const [messages, bytes, subjects, deleted, consumers, first_seq, last_seq] = numbersOf(state);
    return [{ stream }, { messages, bytes, subjects, deleted, consumers, first_seq, last_seq }];
  },
  asked: ({ account, stream }) => ({ account, stream }),
};

function judge(replica: StreamReplica, group: readonly StreamReplica[]): Judgement<StreamReplica> {
  const { server, state, cluster } = replica;
  const leaderName = leaderOf(replica);
  const isLeader = leaderName === server.name;
  const statuses: string[] = [];
  for (const other of group) {
    const differs =
      (other.state.messages !== state.messages && other.state.bytes !== state.bytes) ||
      other.state.first_seq !== state.first_seq ||
      other.state.last_seq !== state.last_seq;
    if (differs) statuses.push('UNSYNCED');
    const itsLeader = leaderOf(other);
    if (itsLeader !== '' && leaderName !== '' && itsLeader !== leaderName) statuses.push('MULTILEADER');
  }
  if (leaderName === '') statuses.push('LEADERLESS');
  else if (!isLeader && replica.group === '') statuses.push('MISSING_GROUP');
  if (isLeader && (cluster?.replicas ?? []).some(({ name }) => name === leaderName))
    statuses.push('LEADER_IS_FOLLOWER');
  const leader = isLeader ? undefined : group.find((other) => other.server.name === leaderName);
  return { status: statuses.at(-1) ?? 'IN SYNC', isUnsynced: statuses.length > 0, leader };
}

function numbersOf(state: StreamNumbers): number[] {
  const { messages, bytes, num_subjects: subjects = 0, num_deleted: deleted = 0, consumer_count: consumers } = state;
  return [messages, bytes, subjects, deleted, consumers, state.first_seq, state.last_seq];
}
