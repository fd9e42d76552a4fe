// Whether a consumer keeps up: what waits for acknowledgement, what it has not delivered, when it last did, who is pinned.
// Compat: jsm.go monitor/consumer.go.
import { errorText } from '../../base/errors.ts';
import type { ConsumerInfo } from '../client/js_types.ts';
import { durationGo } from '../output/human.ts';
import { type Session, timeMs } from '../session.ts';
import type { CheckResult } from './check_result.ts';
import { type MonitorKeys, monitorOptions } from './monitor_metadata.ts';

/** Times in seconds; 0 or less for none. */
export const CONSUMER_OPTIONS = {
  streamName: '',
  consumerName: '',
  ackOutstandingCritical: 0,
  waitingCritical: 0,
  unprocessedWarning: 0,
  unprocessedCritical: 0,
  lastDeliveryCritical: 0,
  lastAckCritical: 0,
  redeliveryCritical: 0,
  pinned: false,
};

export type ConsumerOptions = typeof CONSUMER_OPTIONS;

export const CONSUMER_MONITOR_KEYS: MonitorKeys<ConsumerOptions> = {
  'outstanding-ack-critical': ['ackOutstandingCritical', 'count'],
  'waiting-critical': ['waitingCritical', 'count'],
  'unprocessed-critical': ['unprocessedCritical', 'count'],
  'last-delivery-critical': ['lastDeliveryCritical', 'duration'],
  'last-ack-critical': ['lastAckCritical', 'duration'],
  'redelivery-critical': ['redeliveryCritical', 'count'],
  pinned: ['pinned', 'boolean'],
};

/** What is given goes before what the consumer's metadata says. */
export async function checkConsumer(
  session: Session,
  result: CheckResult,
  given: Partial<ConsumerOptions> & Pick<ConsumerOptions, 'streamName' | 'consumerName'>,
): Promise<void> {
  let info: ConsumerInfo;
  try {
    const api = await session.api();
    info = (await api.request<ConsumerInfo>(`CONSUMER.INFO.${given.streamName}.${given.consumerName}`)).value;
  } catch (error) {
    result.critical(`could not load info: ${errorText(error)}`);
    return;
  }
  const fromMetadata = monitorOptions(info.config.metadata, CONSUMER_MONITOR_KEYS);
  if (!fromMetadata.ok) {
    result.critical(`could not configure based on metadata: ${fromMetadata.error}`);
    return;
  }
  judgeConsumer(info, result, {
    options: { ...CONSUMER_OPTIONS, ...fromMetadata.value, ...given },
    nowMs: session.nowMs(),
  });
}

export interface ConsumerJudgement {
  readonly options: ConsumerOptions;
  readonly nowMs: number;
}

export function judgeConsumer(info: ConsumerInfo, result: CheckResult, { options, nowMs }: ConsumerJudgement): void {
  // The server's clock has stamped the times, so it also says how long ago they are.
  const now = info.ts === undefined ? nowMs : timeMs(info.ts);
  const delivery = secondsSince(info.delivered.last_active, now);
  const ack = secondsSince(info.ack_floor.last_active, now);
  measureConsumer(info, result, { options, delivery, ack });
  const count = (label: string, value: number, { critical, warning = 0 }: CountLimit): void => {
    if (critical <= 0 && warning <= 0) return;
    if (critical > 0 && value >= critical) result.critical(`${label}: ${value}`);
    else if (warning > 0 && value >= warning) result.warn(`${label}: ${value}`);
    else result.ok(`${label}: ${value}`);
  };
  count('Ack Pending', info.num_ack_pending, { critical: options.ackOutstandingCritical });
  count('Waiting Pulls', info.num_waiting, { critical: options.waitingCritical });
  const { unprocessedWarning, unprocessedCritical } = options;
  count('Unprocessed Messages', info.num_pending, { warning: unprocessedWarning, critical: unprocessedCritical });
  count('Redelivered', info.num_redelivered, { critical: options.redeliveryCritical });
  const age = (label: string, seconds: number | null, { critical, never, at = '' }: AgeLimit): void => {
    if (critical <= 0) return;
    if (seconds === null) result.critical(never);
    else if (seconds >= critical) result.critical(`${label} ${durationGo(seconds * 1e9)} ago`);
    else result.ok(`${label} ${at.replace('T', ' ').replace('Z', ' +0000 UTC')}`);
  };
  const { last_active: deliveredAt } = info.delivered;
  age('Last delivery', delivery, { critical: options.lastDeliveryCritical, never: 'No deliveries', at: deliveredAt });
  age('Last ack', ack, { critical: options.lastAckCritical, never: 'No acks', at: info.ack_floor.last_active });
  judgePinned(info, result, options.pinned);
}

interface CountLimit {
  readonly critical: number;
  readonly warning?: number;
}

interface AgeLimit {
  readonly critical: number;
  /** Said where it has never happened. */
  readonly never: string;
  readonly at: string | undefined;
}

interface Ages {
  readonly options: ConsumerOptions;
  readonly delivery: number | null;
  readonly ack: number | null;
}

function measureConsumer(info: ConsumerInfo, result: CheckResult, { options, delivery, ack }: Ages): void {
  result.measure('ack_pending', info.num_ack_pending, 'The number of messages waiting to be Acknowledged', {
    critical: options.ackOutstandingCritical,
  });
  result.measure('pull_waiting', info.num_waiting, 'The number of waiting Pull requests', {
    critical: options.waitingCritical,
  });
  result.measure('pending', info.num_pending, 'The number of messages that have not yet been consumed', {
    warning: options.unprocessedWarning,
    critical: options.unprocessedCritical,
  });
  result.measure('redelivered', info.num_redelivered, 'The number of messages currently being redelivered', {
    critical: options.redeliveryCritical,
  });
  if (delivery !== null) {
    const limits = { critical: options.lastDeliveryCritical, unit: 's' };
    result.measure('last_delivery', delivery, 'Seconds since the last message was delivered', limits);
  }
  if (ack !== null) {
    const limits = { critical: options.lastAckCritical, unit: 's' };
    result.measure('last_ack', ack, 'Seconds since the last message was acknowledged', limits);
  }
}

function secondsSince(time: string | undefined, nowMs: number): number | null {
  if (time === undefined || time.startsWith('0001-')) return null;
  return Math.max(0, nowMs - timeMs(time)) / 1000;
}

function judgePinned(
  { config, priority_groups: states = [] }: ConsumerInfo,
  result: CheckResult,
  isWanted: boolean,
): void {
  const groups = config.priority_groups ?? [];
  const isPinning = config.priority_policy === 'pinned_client';
  const pinned = states.filter(({ pinned_client_id: id }) => (id ?? '') !== '').length;
  if (isPinning) {
    result.measure('pinned_groups', pinned, 'The number of consumers groups with pinned clients');
    result.measure('groups', groups.length, 'The total number of consumers groups');
  }
  if (!isWanted) return;
  if (!isPinning || groups.length === 0 || states.length === 0) result.critical('Not pinned client priority mode');
  else if (pinned !== groups.length) result.critical(`${pinned} / ${groups.length} pinned clients`);
  else result.ok(`${pinned} pinned clients`);
}
