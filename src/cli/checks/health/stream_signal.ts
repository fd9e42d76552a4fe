// Whether every stream has its leader and its replicas, and what its own metadata asks for. Pure.
import type { StreamInfo } from '../../client/js_types.ts';
import { countText } from '../../output/human.ts';
import type { StreamList } from '../../streams/stream_list.ts';
import { CheckResult } from '../check_result.ts';
import { isMonitored, monitorOptions } from '../monitor_metadata.ts';
import { judgeStream, STREAM_MONITOR_KEYS, STREAM_OPTIONS } from '../stream_check.ts';
import { type Signal, signal } from './signal.ts';

export interface ReplicaLimits {
  readonly lagCritical: number;
  /** Seconds. */
  readonly seenCritical: number;
}

export function streamSignal(list: StreamList, limits: ReplicaLimits): Signal {
  const watched = list.streams.filter(({ config }) => isMonitored(config.metadata));
  const results = watched.map((info) => judged(info, limits));
  for (const name of list.missing) {
    const result = new CheckResult('stream', name);
    result.critical('No leader: nobody answers for it');
    results.push(result);
  }
  for (const [name, why] of Object.entries(list.offline)) {
    const result = new CheckResult('stream', name);
    result.critical(`Offline: ${why}`);
    results.push(result);
  }
  const totals = new CheckResult('streams', 'Streams');
  const leaderless = results.filter(({ criticals }) => criticals.some((text) => text.startsWith('No leader'))).length;
  totals.measure('streams_checked', results.length, 'Streams that were looked at');
  totals.measure('streams_no_leader', leaderless, 'Streams without a leader', { critical: 1 });
  const failing = results.filter(({ status }) => status === 'CRITICAL').length;
  totals.measure('streams_failing', failing, 'Streams that are not well', { critical: 1 });
  const left = list.streams.length - watched.length;
  const summary = `${counted(results.length, 'stream')} with leader${left === 0 ? '' : `, ${left} left out by metadata`}`;
  return { ...signal('stream_leader', results, summary), totals };
}

function judged(info: StreamInfo, { lagCritical, seenCritical }: ReplicaLimits): CheckResult {
  const { config, cluster } = info;
  const result = new CheckResult('stream', config.name);
  const fromMetadata = monitorOptions(config.metadata, STREAM_MONITOR_KEYS);
  if (!fromMetadata.ok) {
    result.critical(`could not configure based on metadata: ${fromMetadata.error}`);
    return result;
  }
  const limits = { clusterLagCritical: lagCritical, clusterSeenCritical: seenCritical };
  judgeStream(info, result, { ...STREAM_OPTIONS, ...limits, ...fromMetadata.value });
  // A server on its own leads what it has, and some say nothing of that.
  const leader = cluster?.leader ?? '';
  const isAlone = cluster === undefined || cluster === null;
  if (config.num_replicas <= 1 && !isAlone && leader === '') result.critical('No leader');
  // The reference's check does not look at this; a peer that has died under another leader shows nothing else.
  for (const { name, current, offline, lag = 0 } of cluster?.replicas ?? []) {
    if (current || offline === true) continue;
    result.warn(`replica ${name} is not current${lag > 0 ? `, ${countText(lag)} operations behind` : ''}`);
  }
  if (leader !== '') result.ok(`led by ${leader}`);
  return result;
}

export function counted(count: number, what: string): string {
  return `${countText(count)} ${what}${count === 1 ? '' : 's'}`;
}
