// Whether a stream is well: its leader and replicas, its messages and subjects, what it mirrors and whence it takes.
// Compat: jsm.go monitor/stream.go.
import { errorText } from '../../base/errors.ts';
import type { ClusterInfo, StreamInfo, StreamSourceInfo } from '../client/js_types.ts';
import { durationGo } from '../output/human.ts';
import type { Session } from '../session.ts';
import type { CheckResult } from './check_result.ts';
import { type MonitorKeys, monitorOptions } from './monitor_metadata.ts';

/** Times in seconds; 0 for none. */
export const STREAM_OPTIONS = {
  streamName: '',
  sourcesLagCritical: 0,
  sourcesSeenCritical: 0,
  minSources: 0,
  maxSources: 0,
  clusterExpectedPeers: 0,
  clusterLagCritical: 0,
  clusterSeenCritical: 0,
  messagesWarn: 0,
  messagesCritical: 0,
  subjectsWarn: 0,
  subjectsCritical: 0,
};

export type StreamOptions = typeof STREAM_OPTIONS;

export const STREAM_MONITOR_KEYS: MonitorKeys<StreamOptions> = {
  'lag-critical': ['sourcesLagCritical', 'count'],
  'seen-critical': ['sourcesSeenCritical', 'duration'],
  'min-sources': ['minSources', 'count'],
  'max-sources': ['maxSources', 'count'],
  'peer-expect': ['clusterExpectedPeers', 'count'],
  'peer-lag-critical': ['clusterLagCritical', 'count'],
  'peer-seen-critical': ['clusterSeenCritical', 'duration'],
  'msgs-warn': ['messagesWarn', 'count'],
  'msgs-critical': ['messagesCritical', 'count'],
  'subjects-warn': ['subjectsWarn', 'count'],
  'subjects-critical': ['subjectsCritical', 'count'],
};

/** What is given goes before what the stream's metadata says. */
export async function checkStream(
  session: Session,
  result: CheckResult,
  given: Partial<StreamOptions> & Pick<StreamOptions, 'streamName'>,
): Promise<void> {
  let info: StreamInfo;
  try {
    const api = await session.api();
    info = (await api.request<StreamInfo>(`STREAM.INFO.${given.streamName}`)).value;
  } catch (error) {
    result.critical(`could not load info: ${errorText(error)}`);
    return;
  }
  const fromMetadata = monitorOptions(info.config.metadata, STREAM_MONITOR_KEYS);
  if (!fromMetadata.ok) {
    result.critical(`could not configure based on metadata: ${fromMetadata.error}`);
    return;
  }
  judgeStream(info, result, { ...STREAM_OPTIONS, ...fromMetadata.value, ...given });
}

export function judgeStream(info: StreamInfo, result: CheckResult, options: StreamOptions): void {
  judgeCluster(info, result, options);
  judgeMessages(info.state.messages, result, options);
  judgeSubjects(info.state.num_subjects ?? 0, result, options);
  judgeSources(info.sources ?? [], result, options);
  judgeMirror(info, result, options);
}

function judgeCluster({ config, cluster }: StreamInfo, result: CheckResult, options: StreamOptions): void {
  const replicas = config.num_replicas ?? 1;
  if (cluster === undefined || cluster === null || replicas <= 1) {
    if (options.clusterExpectedPeers > 0) result.critical('Stream is not clustered');
    return;
  }
  if ((cluster.leader ?? '') === '') {
    result.critical('No leader');
    return;
  }
  const peers = (cluster.replicas ?? []).length + 1;
  const expected = options.clusterExpectedPeers > 0 ? options.clusterExpectedPeers : replicas;
  if (peers !== expected) {
    result.critical(`Expected ${expected} replicas got ${peers}`);
    return;
  }
  result.ok(`${peers} peers`);
  judgePeers(cluster, result, options);
}

function judgePeers({ replicas }: ClusterInfo, result: CheckResult, options: StreamOptions): void {
  const { clusterLagCritical: lagCritical, clusterSeenCritical: seenCritical } = options;
  const peers = replicas ?? [];
  const offline = peers.filter((peer) => peer.offline === true).length;
  const lagged = peers.filter(({ lag = 0 }) => lag > lagCritical).length;
  const inactive = peers.filter(({ active }) => active > seenCritical * 1e9).length;
  if (offline > 0) result.critical(`${offline} replicas offline`);
  if (lagCritical > 0) {
    if (lagged > 0) result.critical(`${lagged} replicas lagged`);
    else result.ok('replicas are current');
  }
  if (seenCritical > 0) {
    if (inactive > 0) result.critical(`${inactive} replicas inactive`);
    else result.ok('replicas are active');
  }
}

function judgeMessages(count: number, result: CheckResult, options: StreamOptions): void {
  const { messagesWarn: warning, messagesCritical: critical } = options;
  if (critical <= 0 && warning <= 0) return;
  result.measure('messages', count, 'Messages stored in the stream', { warning, critical });
  const text = `${count} messages`;
  if (critical > 0 && count <= critical) result.critical(text);
  else if (warning > 0 && count <= warning) result.warn(text);
  else result.ok(text);
}

/** More than the thresholds is too many; where the critical one is the smaller, fewer is too few. */
function judgeSubjects(count: number, result: CheckResult, options: StreamOptions): void {
  const { subjectsWarn: warning, subjectsCritical: critical } = options;
  if (warning <= 0 && critical <= 0) return;
  result.measure('subjects', count, 'Number of subjects stored in the stream', { warning, critical });
  const isBeyond = (limit: number): boolean => (warning < critical ? count >= limit : count <= limit);
  const text = `${count} subjects`;
  if (isBeyond(critical)) result.critical(text);
  else if (isBeyond(warning)) result.warn(text);
  else result.ok(text);
}

function judgeSources(sources: readonly StreamSourceInfo[], result: CheckResult, options: StreamOptions): void {
  const { minSources, maxSources, sourcesLagCritical, sourcesSeenCritical } = options;
  const count = sources.length;
  const limits = { warning: minSources, critical: maxSources };
  result.measure('sources', count, 'Number of sources being consumed by this stream', limits);
  const isOutside = (minSources > 0 && count < minSources) || (maxSources > 0 && count > maxSources);
  if (isOutside) result.critical(`${count} sources`);
  else result.ok(`${count} sources`);
  if (sourcesLagCritical <= 0 && sourcesSeenCritical <= 0) return;
  const lagged = sources.filter(({ lag }) => sourcesLagCritical > 0 && lag >= sourcesLagCritical).length;
  const inactive = sources.filter((one) => sourcesSeenCritical > 0 && one.active >= sourcesSeenCritical * 1e9).length;
  const laggedHelp = 'Number of sources that are behind more than the configured threshold';
  result.measure('sources_lagged', lagged, laggedHelp);
  result.measure('sources_inactive', inactive, 'Number of sources that are inactive');
  if (lagged > 0) result.critical(`${lagged} sources are lagged`);
  else result.ok(`${count} sources current`);
  if (inactive > 0) result.critical(`${inactive} sources are inactive`);
  else result.ok(`${count} sources active`);
}

function judgeMirror({ config, mirror, sources }: StreamInfo, result: CheckResult, options: StreamOptions): void {
  const { sourcesLagCritical: lagCritical, sourcesSeenCritical: seenCritical } = options;
  if ((lagCritical <= 0 && seenCritical <= 0) || (sources ?? []).length > 0) return;
  if (config.mirror === undefined || config.mirror === null) {
    result.critical('not mirrored');
    return;
  }
  if (mirror === undefined) {
    result.critical('invalid state');
    return;
  }
  result.measure('lag', mirror.lag, 'Number of operations this peer is behind its origin', { critical: lagCritical });
  result.measure('active', mirror.active / 1e9, 'Indicates if this peer is active and catching up if lagged', {
    critical: seenCritical,
    unit: 's',
  });
  const isLagged = lagCritical > 0 && mirror.lag >= lagCritical;
  const isInactive = seenCritical > 0 && mirror.active >= seenCritical * 1e9;
  if (isLagged) result.critical(`Mirror Lag ${mirror.lag}`);
  if (isInactive) result.critical(`Mirror Seen ${durationGo(mirror.active)}`);
  if (!isLagged && !isInactive) result.ok(`Mirror ${config.mirror.name}`);
}
