// Whether the group that holds JetStream's own state is whole: its leader and its peers. Asked in the system account.
// Compat: jsm.go monitor/meta.go.
import { errorText } from '../../base/errors.ts';
import type { PeerInfo } from '../client/js_types.ts';
import { durationGo } from '../output/human.ts';
import type { Session } from '../session.ts';
import type { CheckResult } from './check_result.ts';
import { firstAnswer } from './system_answer.ts';

/** Times in seconds; 0 for none. */
export const META_OPTIONS = { expectServers: 0, lagCritical: 0, seenCritical: 0 };

export type MetaOptions = typeof META_OPTIONS;

export interface MetaCluster {
  readonly leader?: string;
  readonly replicas?: readonly PeerInfo[] | null;
}

const ANSWER_MS = 1000;

export async function checkMeta(session: Session, result: CheckResult, options: MetaOptions): Promise<void> {
  try {
    await session.connect();
  } catch (error) {
    result.critical(`connection failed: ${errorText(error)}`);
    return;
  }
  let answer: { readonly meta_cluster?: MetaCluster | null };
  try {
    answer = await firstAnswer(session, 'JSZ', { leader_only: true }, ANSWER_MS);
  } catch (error) {
    result.critical(`JSZ API request failed: ${errorText(error)}`);
    return;
  }
  judgeMeta(answer.meta_cluster ?? null, result, options);
}

export function judgeMeta(cluster: MetaCluster | null, result: CheckResult, options: MetaOptions): void {
  if (cluster === null) {
    result.critical('no cluster information');
    return;
  }
  const { leader = '' } = cluster;
  if (leader === '') {
    result.critical('No leader');
    return;
  }
  const { expectServers: expected, lagCritical, seenCritical } = options;
  const replicas = cluster.replicas ?? [];
  const peers = replicas.length + 1;
  result.measure('peers', peers, 'Configured RAFT peers', { warning: expected, critical: expected });
  if (expected > 0 && peers !== expected) result.critical(`${peers} peers of expected ${expected}`);
  const offline = replicas.filter((peer) => peer.offline === true).length;
  const notCurrent = replicas.filter(({ current }) => !current).length;
  const inactive = replicas.filter(({ active }) => seenCritical > 0 && active > seenCritical * 1e9).length;
  const lagged = replicas.filter(({ lag = 0 }) => lagCritical > 0 && lag > lagCritical).length;
  result.measure('peer_offline', offline, 'Offline RAFT peers');
  result.measure('peer_not_current', notCurrent, 'RAFT peers that are not current');
  result.measure('peer_inactive', inactive, 'Inactive RAFT peers');
  result.measure('peer_lagged', lagged, 'RAFT peers that are lagged more than configured threshold');
  if (notCurrent > 0) result.critical(`${notCurrent} not current`);
  if (inactive > 0) result.critical(`${inactive} inactive more than ${durationGo(seenCritical * 1e9)}`);
  if (offline > 0) result.critical(`${offline} offline`);
  if (lagged > 0) result.critical(`${lagged} lagged more than ${lagCritical} ops`);
  result.okIfClean(`${peers} peers led by ${leader}`);
}
