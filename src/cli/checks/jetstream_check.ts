// How much of its limits an account has used of JetStream, and whether the replicas of its streams are well.
// Compat: jsm.go monitor/js_account.go.
import { errorText } from '../../base/errors.ts';
import type { StreamInfo } from '../client/js_types.ts';
import { durationGo } from '../output/human.ts';
import type { Session } from '../session.ts';
import { listStreams, type StreamList } from '../streams/stream_list.ts';
import type { CheckResult } from './check_result.ts';

/** Percents of the limits, -1 for none; times in seconds. */
export const JETSTREAM_OPTIONS = {
  memoryWarning: -1,
  memoryCritical: -1,
  fileWarning: -1,
  fileCritical: -1,
  streamWarning: -1,
  streamCritical: -1,
  consumersWarning: -1,
  consumersCritical: -1,
  checkReplicas: false,
  replicaSeenCritical: 0,
  replicaLagCritical: 0,
};

export type JetStreamOptions = typeof JETSTREAM_OPTIONS;

export interface AccountUsage {
  readonly memory: number;
  readonly storage: number;
  readonly streams: number;
  readonly consumers: number;
  readonly limits: {
    readonly max_memory: number;
    readonly max_storage: number;
    readonly max_streams: number;
    readonly max_consumers: number;
  };
}

export async function checkJetStream(session: Session, result: CheckResult, options: JetStreamOptions): Promise<void> {
  try {
    await session.connect();
  } catch (error) {
    result.critical(`connection failed: ${errorText(error)}`);
    return;
  }
  try {
    const api = await session.api();
    judgeUsage((await api.request<AccountUsage>('INFO')).value, result, options);
    if (options.checkReplicas) judgeReplicas(await listStreams(api), result, options);
  } catch (error) {
    result.critical(`JetStream not available: ${errorText(error)}`);
  }
}

export function judgeUsage(usage: AccountUsage, result: CheckResult, options: JetStreamOptions): void {
  const { limits } = usage;
  const judge = (item: string, current: number, limit: UsageLimit): void =>
    judgeItem(result, item, { ...limit, current });
  const { memoryWarning, memoryCritical, fileWarning, fileCritical } = options;
  judge('memory', usage.memory, {
    max: limits.max_memory,
    warning: memoryWarning,
    critical: memoryCritical,
    unit: 'B',
  });
  judge('storage', usage.storage, { max: limits.max_storage, warning: fileWarning, critical: fileCritical, unit: 'B' });
  const { streamWarning, streamCritical, consumersWarning, consumersCritical } = options;
  judge('streams', usage.streams, { max: limits.max_streams, warning: streamWarning, critical: streamCritical });
  judge('consumers', usage.consumers, {
    max: limits.max_consumers,
    warning: consumersWarning,
    critical: consumersCritical,
  });
}

interface UsageLimit {
  /** -1 for none. */
  readonly max: number;
  readonly warning: number;
  readonly critical: number;
  readonly unit?: string;
}

function judgeItem(
  result: CheckResult,
  item: string,
  { current, max, warning, critical, unit = '' }: UsageLimit & { readonly current: number },
): void {
  const percent = max > 0 ? Math.trunc((current / max) * 100) : 0;
  result.measure(item, current, `JetStream ${item} resource usage`, { unit });
  result.measure(`${item}_pct`, percent, `JetStream ${item} resource usage in percent`, {
    warning: Math.max(0, warning),
    critical: Math.max(0, critical),
    unit: '%',
  });
  if (warning !== -1 && critical !== -1 && warning >= critical) result.critical(`${item}: invalid thresholds`);
  else if (percent > 100) result.critical(`${item}: exceed server limits`);
  else if (warning >= 0 && critical >= 0) {
    if (percent > critical) result.critical(`${percent}% ${item}`);
    else if (percent > warning) result.warn(`${percent}% ${item}`);
  }
}

type ReplicaFault = 'fail' | 'noLeader' | 'missing' | 'notSeen' | 'lagged';

export function judgeReplicas(list: StreamList, result: CheckResult, options: JetStreamOptions): void {
  const faults = list.streams.map((info) => replicaFaults(info, options));
  // A stream for which nobody answers has no leader, or none that can be reached.
  faults.push(...list.missing.map((): ReplicaFault[] => ['noLeader']));
  faults.push(...Object.keys(list.offline).map((): ReplicaFault[] => ['fail']));
  const count = (fault: ReplicaFault): number => faults.flat().filter((one) => one === fault).length;
  const { replicaLagCritical: lag, replicaSeenCritical: seen } = options;
  const healthy = faults.filter((one) => one.length === 0).length;
  result.measure('replicas_ok', healthy, 'Streams with healthy cluster state');
  result.measure('replicas_no_leader', count('noLeader'), 'Streams with no leader elected');
  const missingHelp = 'Streams where there are fewer known replicas than configured';
  result.measure('replicas_missing_replicas', count('missing'), missingHelp);
  result.measure('replicas_lagged', count('lagged'), `Streams with > ${lag} lagged replicas`, { critical: lag });
  const seenHelp = `Streams with replicas seen > ${durationGo(seen * 1e9)} ago`;
  result.measure('replicas_not_seen', count('notSeen'), seenHelp, { critical: seen, unit: 's' });
  result.measure('replicas_fail', count('fail'), 'Streams unhealthy cluster state');
  const unhealthy = faults.flat().length;
  if (unhealthy > 0) result.critical(`${unhealthy} unhealthy streams`);
}

/** One for a stream that is not well as a whole, else one for each replica that is not. */
function replicaFaults({ config, cluster }: StreamInfo, options: JetStreamOptions): ReplicaFault[] {
  if (config.num_replicas <= 1) return [];
  if (cluster === undefined || cluster === null) return ['fail'];
  if ((cluster.leader ?? '') === '') return ['noLeader'];
  const replicas = cluster.replicas ?? [];
  if (replicas.length !== config.num_replicas - 1) return ['missing'];
  const { replicaLagCritical: lagCritical, replicaSeenCritical: seenCritical } = options;
  return replicas.flatMap(({ offline, active, lag = 0 }): ReplicaFault[] => {
    if (offline === true) return ['fail'];
    if (seenCritical > 0 && active > seenCritical * 1e9) return ['notSeen'];
    return lagCritical > 0 && lag > lagCritical ? ['lagged'] : [];
  });
}
