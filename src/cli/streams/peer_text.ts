// Who holds a stream or consumer, in few letters: `a, b*, c!` with a star for the leader and `!` for who is behind or
// away, without the part of their names that all share. Compat: natscli cli/util.go, renderCluster.
import type { ClusterInfo } from '../client/js_types.ts';

export function peerText(cluster: ClusterInfo | null | undefined): string {
  if (cluster === null || cluster === undefined) return '';
  const { leader = '', replicas } = cluster;
  const peers = (replicas ?? []).map(({ name, current, offline }) => ({ name, mark: offline || !current ? '!' : '' }));
  if (leader !== '') peers.unshift({ name: leader, mark: '*' });
  const names = withoutSharedEnd(peers.map(({ name }) => name));
  return names
    .map((name, index) => name + (peers[index]?.mark ?? ''))
    .sort()
    .join(', ');
}

/** `a.lon.example.net`, `b.lon.example.net`: `a`, `b`. The first word always stays. */
export function withoutSharedEnd(names: readonly string[]): string[] {
  if (names.length === 0) return [];
  const split = names.map((name) => name.split('.'));
  const shortest = Math.min(...split.map((words) => words.length));
  let shared = 0;
  for (let i = shortest - 1; i > 0; i--) {
    const word = split[0]?.[i];
    if (!split.every((words) => words[i] === word)) break;
    shared++;
  }
  // The reference compares words by their place from the front, so only names of one length lose anything.
  const suffix = shared === 0 ? '' : `.${split[0]?.slice(shortest - shared, shortest).join('.')}`;
  return names.map((name) => (suffix !== '' && name.endsWith(suffix) ? name.slice(0, -suffix.length) : name));
}
