// `contrail server stream-check`: every replica of every stream beside the others, and whether they agree.
// Compat: natscli cli/server_stream_check.go.
import { compareText } from '../../../../base/text_order.ts';
import type { ClusterInfo } from '../../../client/js_types.ts';
import type { ServerInfo, SystemAnswer } from '../../../client/system_requests.ts';
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

export interface StreamReplica {
  readonly server: ServerInfo;
  readonly account: string;
  readonly accountId: string;
  readonly stream: string;
  readonly group: string;
  readonly numbers: StreamNumbers;
  readonly cluster: ClusterInfo;
}

interface Judged {
  readonly replica: StreamReplica;
  readonly status: string;
  readonly isUnsynced: boolean;
  /** What the leader has, where this is not the leader. */
  readonly leader: StreamNumbers | undefined;
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
    const replicas = streamReplicas(await gatherReplicas(session, flags));
    if (!flags.csv && !session.isJson) session.print(`Streams: ${replicas.length}`);
    const judged = replicas
      .map((replica) => judge(replica, groupOf(replicas, replica)))
      .filter(
        ({ replica, isUnsynced }) =>
          (stream === undefined || replica.stream === stream) &&
          (flags.raftGroup === undefined || replica.group === flags.raftGroup) &&
          (isUnsynced || !flags.unsynced),
      );
    const health = flags.health ? await healthOf(session, judged) : null;
    if (session.isJson) session.json(judged.map((one, index) => asObject(one, health?.[index] ?? null)));
    else showReplicas(session, table(judged, health, flags), flags);
  },
});

/** By account, group and server. */
export function streamReplicas(answers: readonly SystemAnswer<Jsz>[]): StreamReplica[] {
  const replicas = answers.flatMap(({ server, data }) =>
    (data.account_details ?? []).flatMap(({ name, id, stream_detail: streams }) =>
      (streams ?? []).map((detail) => replicaOf(server, { account: name, accountId: id }, detail)),
    ),
  );
  return replicas.sort(
    (a, b) =>
      compareText(a.account, b.account) || compareText(a.group, b.group) || compareText(a.server.name, b.server.name),
  );
}

function replicaOf(
  server: ServerInfo,
  account: Pick<StreamReplica, 'account' | 'accountId'>,
  detail: StreamDetail,
): StreamReplica {
  const cluster = detail.cluster ?? {};
  const group = detail.stream_raft_group ?? cluster.raft_group ?? '';
  return { server, ...account, stream: detail.name, group, numbers: detail.state ?? NOTHING, cluster };
}

const NOTHING: StreamNumbers = { messages: 0, bytes: 0, first_seq: 0, last_seq: 0, consumer_count: 0 };

/** What stands alone has no group: then its name joins it. */
function groupOf(replicas: readonly StreamReplica[], one: StreamReplica): StreamReplica[] {
  return replicas.filter(
    ({ account, group, stream }) =>
      account === one.account && group === one.group && (group !== '' || stream === one.stream),
  );
}

function judge(replica: StreamReplica, group: readonly StreamReplica[]): Judged {
  const { server, numbers, cluster } = replica;
  const leaderName = cluster.leader ?? '';
  const isLeader = leaderName === server.name;
  const statuses: string[] = [];
  for (const { numbers: other, cluster: its } of group) {
    const differs =
      (other.messages !== numbers.messages && other.bytes !== numbers.bytes) ||
      other.first_seq !== numbers.first_seq ||
      other.last_seq !== numbers.last_seq;
    if (differs) statuses.push('UNSYNCED');
    const itsLeader = its.leader ?? '';
    if (itsLeader !== '' && leaderName !== '' && itsLeader !== leaderName) statuses.push('MULTILEADER');
  }
  if (leaderName === '') statuses.push('LEADERLESS');
  else if (!isLeader && replica.group === '') statuses.push('MISSING_GROUP');
  if (isLeader && (cluster.replicas ?? []).some(({ name }) => name === leaderName)) statuses.push('LEADER_IS_FOLLOWER');
  const leader = isLeader ? undefined : group.find((other) => other.server.name === leaderName)?.numbers;
  return { replica, status: statuses.at(-1) ?? 'IN SYNC', isUnsynced: statuses.length > 0, leader };
}

async function healthOf(session: Session, judged: readonly Judged[]): Promise<string[]> {
  const texts: string[] = [];
  for (const { replica } of judged) {
    const { account, stream } = replica;
    texts.push(await healthText(session, replica.server.id, { account, stream }));
  }
  return texts;
}

function numbersOf({
  messages,
  bytes,
  num_subjects: subjects,
  num_deleted: deleted,
  ...rest
}: StreamNumbers): number[] {
  return [messages, bytes, subjects ?? 0, deleted ?? 0, rest.consumer_count, rest.first_seq, rest.last_seq];
}

function table(
  judged: readonly Judged[],
  health: readonly string[] | null,
  flags: { readonly csv: boolean; readonly unsynced: boolean },
): TextTable {
  const drawn = new TextTable(flags.csv ? '' : 'Streams', [
    ...['Stream Replica', 'Raft', 'Account', 'Account ID', 'Node', 'Messages', 'Bytes', 'Subjects', 'Deleted'],
    ...['Consumers', 'First', 'Last', 'Status', 'Leader', 'Peers', ...healthHead(judged.length, health)],
  ]);
  let last: StreamReplica | null = null;
  for (const [index, { replica, status, leader }] of judged.entries()) {
    if (last !== null && (last.stream !== replica.stream || last.account !== replica.account)) drawn.separator();
    last = replica;
    const numbers = numbersOf(replica.numbers);
    const theirs = flags.unsynced && leader !== undefined ? numbersOf(leader) : null;
    const leads = replica.cluster.leader === replica.server.name;
    drawn.row(
      replica.stream,
      replica.group,
      accountText(replica.account),
      replica.accountId,
      `${replica.server.name}${leads ? '*' : ''}`,
      ...numbers.map((value, at) => (theirs === null ? value : driftText(value, theirs[at]))),
      status,
      replica.cluster.leader ?? '',
      peersText(replica.cluster.replicas),
      health?.[index] ?? '',
    );
  }
  return drawn;
}

function asObject({ replica, status, isUnsynced }: Judged, health: string | null): unknown {
  const { server, account, accountId, stream, group, numbers, cluster } = replica;
  return {
    stream,
    raft_group: group,
    account,
    account_id: accountId,
    server: server.name,
    is_leader: cluster.leader === server.name,
    status,
    synced: !isUnsynced,
    messages: numbers.messages,
    bytes: numbers.bytes,
    subjects: numbers.num_subjects ?? 0,
    deleted: numbers.num_deleted ?? 0,
    consumers: numbers.consumer_count,
    first_seq: numbers.first_seq,
    last_seq: numbers.last_seq,
    leader: cluster.leader ?? '',
    health,
  };
}
