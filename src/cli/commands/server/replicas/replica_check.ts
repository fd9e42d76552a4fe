// What `contrail server stream-check` and `consumer-check` do alike with what servers have said: which replicas belong together,
// which are meant, the health of each, the table. How replicas agree is judged by either command.
import { compareText } from '../../../../base/text_order.ts';
import type { ClusterInfo } from '../../../client/js_types.ts';
import { askServers, type ServerInfo, type SystemAnswer } from '../../../client/system_requests.ts';
import { TextTable } from '../../../output/table.ts';
import type { Jsz, StreamDetail } from '../../../servers/jetstream_row.ts';
import type { Session } from '../../../session.ts';
import type { ReplicaFlags } from './replica_flags.ts';

/** Of a stream or a consumer, on one server. */
export interface Replica {
  readonly server: ServerInfo;
  readonly account: string;
  readonly accountId: string;
  readonly name: string;
  readonly stream: string;
  readonly group: string;
  /** Null where it is in none. */
  readonly cluster: ClusterInfo | null;
}

export interface Judgement<R> {
  readonly status: string;
  readonly isUnsynced: boolean;
  /** The leader's replica, where this is not the leader's. */
  readonly leader: R | undefined;
}

interface Judged<R> extends Judgement<R> {
  readonly replica: R;
}

export interface ReplicaKind<R extends Replica> {
  /** Of the table: `Streams`. */
  readonly title: string;
  /** Of the columns before the group's, before the status, and between leader and peers. */
  readonly heads: readonly [names: readonly string[], numbers: readonly string[], leaders: readonly string[]];
  readonly names: (replica: R) => readonly string[];
  /** Beside the leader's, where there is one to compare with. */
  readonly numbers: (replica: R, leader: R | undefined) => readonly (string | number)[];
  readonly leaders: (replica: R) => readonly string[];
  readonly judge: (replica: R, group: readonly R[]) => Judgement<R>;
  /** Keys of --json, before and behind those that all have. */
  readonly keys: (replica: R) => readonly [before: object, behind: object];
  /** What a server is asked to tell the health of. */
  readonly asked: (replica: R) => object;
  readonly matches: (replica: R) => boolean;
}

/** Where a stream's replica is said to be. */
type Place = Pick<Replica, 'server' | 'account' | 'accountId'>;

/** By account, group and server. */
export function replicasOf<R extends Replica>(
  answers: readonly SystemAnswer<Jsz>[],
  replicasIn: (detail: StreamDetail, place: Place) => readonly R[],
): R[] {
  const replicas = answers.flatMap(({ server, data }) =>
    (data.account_details ?? []).flatMap(({ name: account, id: accountId, stream_detail: streams }) =>
      (streams ?? []).flatMap((detail) => replicasIn(detail, { server, account, accountId })),
    ),
  );
  return replicas.sort(
    (a, b) =>
      compareText(a.account, b.account) || compareText(a.group, b.group) || compareText(a.server.name, b.server.name),
  );
}

export function leaderOf({ cluster }: Replica): string {
  return cluster?.leader ?? '';
}

export async function checkReplicas<R extends Replica>(
  session: Session,
  replicas: readonly R[],
  { kind, flags }: { readonly kind: ReplicaKind<R>; readonly flags: ReplicaFlags },
): Promise<void> {
  if (!flags.csv && !session.isJson) session.print(`${kind.title}: ${replicas.length}`);
  const judged = replicas
    .map((replica) => ({ replica, ...kind.judge(replica, groupOf(replicas, replica)) }))
    .filter(
      ({ replica, isUnsynced }) =>
        kind.matches(replica) &&
        (flags.raftGroup === undefined || replica.group === flags.raftGroup) &&
        (isUnsynced || !flags.unsynced),
    );
  const health = flags.health ? await healthOf(session, judged, kind) : null;
  if (session.isJson) {
    session.json(judged.map((one, index) => asObject(one, kind, health?.[index] ?? null)));
    return;
  }
  const drawn = table(judged, { kind, health, flags });
  if (flags.csv) session.print(drawn.csv());
  else session.table(drawn);
}

/** What stands alone has no group: then its name joins it. */
function groupOf<R extends Replica>(replicas: readonly R[], one: R): R[] {
  return replicas.filter(
    ({ account, group, stream, name }) =>
      account === one.account && group === one.group && (group !== '' || (stream === one.stream && name === one.name)),
  );
}

async function healthOf<R extends Replica>(
  session: Session,
  judged: readonly Judged<R>[],
  { asked }: ReplicaKind<R>,
): Promise<string[]> {
  const texts: string[] = [];
  for (const { replica } of judged) texts.push(await healthText(session, replica.server.id, asked(replica)));
  return texts;
}

interface TableOptions<R extends Replica> {
  readonly kind: ReplicaKind<R>;
  readonly health: readonly string[] | null;
  readonly flags: ReplicaFlags;
}

function table<R extends Replica>(judged: readonly Judged<R>[], { kind, health, flags }: TableOptions<R>): TextTable {
  const [names, numbers, leaders] = kind.heads;
  const drawn = new TextTable(flags.csv ? '' : kind.title, [
    ...[...names, 'Raft', 'Account', 'Account ID', 'Node', ...numbers, 'Status', 'Leader', ...leaders, 'Peers'],
    ...healthHead(judged.length, health),
  ]);
  let last: R | null = null;
  for (const [index, { replica, status, leader }] of judged.entries()) {
    if (last !== null && (last.name !== replica.name || last.account !== replica.account)) drawn.separator();
    last = replica;
    const { server, account, accountId, group, cluster } = replica;
    drawn.row(
      ...kind.names(replica),
      group,
      accountText(account),
      accountId,
      `${server.name}${leaderOf(replica) === server.name ? '*' : ''}`,
      ...kind.numbers(replica, flags.unsynced ? leader : undefined),
      status,
      leaderOf(replica),
      ...kind.leaders(replica),
      peersText(cluster?.replicas),
      health?.[index] ?? '',
    );
  }
  return drawn;
}

function asObject<R extends Replica>(
  { replica, status, isUnsynced }: Judged<R>,
  { keys }: ReplicaKind<R>,
  health: string | null,
): object {
  const { server, account, accountId, group } = replica;
  const [before, behind] = keys(replica);
  const leader = leaderOf(replica);
  return {
    ...before,
    raft_group: group,
    account,
    account_id: accountId,
    server: server.name,
    is_leader: leader === server.name,
    status,
    synced: !isUnsynced,
    ...behind,
    leader,
    health,
  };
}

/** `:ok:`, or with what is wrong. */
async function healthText(session: Session, serverId: string, body: unknown): Promise<string> {
  const subject = `$SYS.REQ.SERVER.${serverId}.HEALTHZ`;
  const [first] = await askServers(session, { subject, body, expected: 1 });
  const { data } = (first?.value ?? {}) as { readonly data?: { readonly status: string; readonly error?: string } };
  return data === undefined ? '' : `:${data.status}:${data.error ?? ''}`;
}

/** Compat: rows have a cell for it, empty where nobody asked; a table without rows has none. */
function healthHead(rowCount: number, health: readonly string[] | null): readonly string[] {
  if (health !== null) return ['Health'];
  return rowCount === 0 ? [] : [''];
}

/** A number beside its leader's: how far it is off in percent, where it is. */
export function driftText(value: number, leader: number | undefined): string {
  if (leader === undefined || value === leader) return String(value);
  if (leader === 0) return `${value} (+100%)`;
  const percent = ((value - leader) / leader) * 100;
  const shown = Math.abs(percent) < 0.01 ? Math.sign(percent) * 0.01 : percent;
  const digits = Math.abs(shown)
    .toFixed(2)
    .replace(/\.?0+$/, '');
  return `${value} (${shown < 0 ? '-' : '+'}${digits}%)`;
}

/** As the reference cuts them. */
function accountText(account: string): string {
  return account.slice(0, 10).replaceAll(' ', '_');
}

interface Peer {
  readonly name: string;
  readonly current: boolean;
  readonly offline?: boolean;
}

/** The last first, each with room for a name. */
function peersText(peers: readonly Peer[] | null | undefined): string {
  const texts = (peers ?? []).map(({ name, current, offline }) =>
    `${name}(current=${String(current).padEnd(5)},offline=${offline === true})`.padEnd(40),
  );
  return texts.reverse().join(' ').trim();
}
