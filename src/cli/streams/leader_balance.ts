// Spreads leaders evenly over the servers of each cluster: whoever leads most hands a group to the least loaded of its
// current followers, as long as that makes the difference smaller. Also for consumers.
import type { ClusterInfo } from '../client/js_types.ts';
import type { Session } from '../session.ts';

export interface LedGroup {
  readonly name: string;
  readonly cluster: ClusterInfo;
  /** The API request that lets its leader step down. */
  readonly stepDown: string;
}

interface Move {
  readonly group: LedGroup;
  readonly from: string;
  readonly to: string;
}

/** How many leaders were moved. */
export async function balanceLeaders(session: Session, groups: readonly LedGroup[]): Promise<number> {
  const api = await session.api();
  const moves = plannedMoves(groups);
  let moved = 0;
  for (const { group, from, to } of moves) {
    if (session.isInterrupted) break;
    session.log(`Moving the leader of ${group.name} from ${from} to ${to}`);
    await session.during(`${moved} of ${moves.length} leaders were moved`, () =>
      api.request(group.stepDown, { placement: { preferred: to, cluster: group.cluster.name } }),
    );
    moved++;
  }
  return moved;
}

export function plannedMoves(groups: readonly LedGroup[]): Move[] {
  const moves: Move[] = [];
  const byCluster = new Map<string, LedGroup[]>();
  for (const group of groups) {
    const name = group.cluster.name ?? '';
    byCluster.set(name, [...(byCluster.get(name) ?? []), group]);
  }
  for (const members of byCluster.values()) moves.push(...movesWithin(members));
  return moves;
}

function movesWithin(groups: readonly LedGroup[]): Move[] {
  const leads = new Map<string, number>();
  const leaderOf = new Map<LedGroup, string>();
  for (const group of groups) {
    const { leader = '', replicas } = group.cluster;
    for (const { name } of replicas ?? []) leads.set(name, leads.get(name) ?? 0);
    if (leader === '') continue;
    leads.set(leader, (leads.get(leader) ?? 0) + 1);
    leaderOf.set(group, leader);
  }
  const moves: Move[] = [];
  const left = new Set(leaderOf.keys());
  while (true) {
    const move = bestMove(left, leads, leaderOf);
    if (move === null) return moves;
    moves.push(move);
    left.delete(move.group);
    leads.set(move.from, (leads.get(move.from) ?? 0) - 1);
    leads.set(move.to, (leads.get(move.to) ?? 0) + 1);
  }
}

/** Null where no move would make the load more even. */
function bestMove(
  groups: ReadonlySet<LedGroup>,
  leads: ReadonlyMap<string, number>,
  leaderOf: ReadonlyMap<LedGroup, string>,
): Move | null {
  let best: Move | null = null;
  let bestGain = 1;
  for (const group of groups) {
    const from = leaderOf.get(group) ?? '';
    for (const { name: to, current, offline } of group.cluster.replicas ?? []) {
      const gain = (leads.get(from) ?? 0) - (leads.get(to) ?? 0);
      if (!current || offline === true || gain <= bestGain) continue;
      best = { group, from, to };
      bestGain = gain;
    }
  }
  return best;
}
