// The servers that keep a stream or a consumer together: which they are, and what is waited for after one of them was told
// to stop leading or to leave. Asks for the state again and again; the requests themselves are the commands'.
import type { ClusterInfo } from '../client/js_types.ts';
import { CommandError, UsageError } from '../errors.ts';
import type { Session } from '../session.ts';

const WAIT_MS = 500;
const ELECTION_WAITS_MAX = 10;
const EVACUATION_WAITS_MAX = 60;

interface Clustered {
  readonly cluster?: ClusterInfo | null;
}

export interface RaftGroup<T extends Clustered> {
  /** `stream "ORDERS"`. */
  readonly name: string;
  /** `Stream` or `Consumer`. */
  readonly kind: string;
  readonly load: () => Promise<T>;
}

/** Refuses what only one server keeps. */
export function clusterOf<T extends Clustered>({ name }: RaftGroup<T>, { cluster }: T): ClusterInfo {
  if (cluster == null || (cluster.replicas ?? []).length === 0) {
    throw new CommandError(`${name} is not clustered: it has one replica`);
  }
  return cluster;
}

/** The leader that is there now; empty where there is none and that does not matter. */
export function leaderOf(name: string, { leader = '' }: ClusterInfo, force: boolean): string {
  if (leader === '' && !force) throw new CommandError(`${name} has no current leader: --force asks all the same`);
  return leader;
}

export async function newLeader<T extends Clustered>(
  session: Session,
  group: RaftGroup<T>,
  before: string,
): Promise<T> {
  const startMs = session.doors.clock.monotonicMs();
  let last: T | null = null;
  for (let wait = 0; wait < ELECTION_WAITS_MAX && (await session.pause(WAIT_MS)); wait++) {
    last = await stateOrNull(session, group);
    const leader = last?.cluster?.leader ?? '';
    if (leader === '') session.log('No leader elected');
    else if (leader !== before) {
      session.log(`New leader elected "${leader}"`);
      break;
    }
  }
  if (last === null) throw new CommandError(`${group.name} did not elect a new leader in time`);
  if (last.cluster?.leader === before) {
    const ms = Math.round(session.doors.clock.monotonicMs() - startMs);
    session.log(`Leader did not change after ${ms}ms`);
  }
  return last;
}

/** The peers that are left once one of them has gone. */
export async function peersWithout<T extends Clustered>(
  session: Session,
  group: RaftGroup<T>,
  peer: string,
): Promise<string[]> {
  session.log(`Requested evacuation of peer "${peer}"`);
  session.log('Waiting up to 1 minute for peer state to change');
  for (let wait = 0; wait < EVACUATION_WAITS_MAX && (await session.pause(2 * WAIT_MS)); wait++) {
    const peers = peersOf((await stateOrNull(session, group))?.cluster);
    if (peers.length > 0 && !peers.includes(peer)) return peers;
  }
  const verb = group.kind.toLowerCase();
  throw new CommandError(`${verb} failed to evacuate "${peer}", review its state using 'contrail ${verb} info'`);
}

/** Null while nobody can answer. */
async function stateOrNull<T extends Clustered>(session: Session, { kind, load }: RaftGroup<T>): Promise<T | null> {
  try {
    return await load();
  } catch (error) {
    session.log(`Failed to retrieve ${kind} State: ${error instanceof Error ? error.message : error}`);
    return null;
  }
}

function peersOf(cluster: ClusterInfo | null | undefined): string[] {
  if (cluster == null) return [];
  return [cluster.leader ?? '', ...(cluster.replicas ?? []).map(({ name }) => name)].filter((name) => name !== '');
}

export async function askPeer(session: Session, cluster: ClusterInfo): Promise<string> {
  if (!session.ask.isPossible) throw new UsageError('<peer> is required: there is no terminal to select one on');
  return await session.ask.choice({ message: 'Select a Peer', flag: '<peer>', choices: peersOf(cluster) });
}
