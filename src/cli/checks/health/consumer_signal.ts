// Whether every consumer is within the tolerance: what it has not delivered, what waits for acknowledgement, since when
// nothing moved though something waits. What its own metadata says goes before what holds for all. Pure.
import type { ConsumerInfo } from '../../client/js_types.ts';
import { countText } from '../../output/human.ts';
import { CheckResult } from '../check_result.ts';
import { CONSUMER_MONITOR_KEYS, CONSUMER_OPTIONS, type ConsumerOptions, judgeConsumer } from '../consumer_check.ts';
import { isMonitored, monitorOptions } from '../monitor_metadata.ts';
import { type Signal, signal } from './signal.ts';
import { counted } from './stream_signal.ts';

export interface LagLimits {
  readonly options: Partial<ConsumerOptions>;
  readonly nowMs: number;
}

export interface FoundConsumers {
  readonly consumers: readonly ConsumerInfo[];
  /** `STREAM > CONSUMER`, and why it does not answer. */
  readonly silent: readonly (readonly [name: string, why: string])[];
}

export function consumerSignal({ consumers, silent }: FoundConsumers, limits: LagLimits): Signal {
  const watched = consumers.filter(({ config }) => isMonitored(config.metadata));
  const results = watched.map((info) => judged(info, limits));
  for (const [name, why] of silent) {
    const result = new CheckResult('consumer', name);
    result.critical(why);
    results.push(result);
  }
  const worst = watched.reduce<ConsumerInfo | null>(
    (most, info) => (most === null || lagOf(info) > lagOf(most) ? info : most),
    null,
  );
  const totals = new CheckResult('consumers', 'Consumers');
  totals.measure('consumers_checked', results.length, 'Consumers that were looked at');
  const failing = results.filter(({ status }) => status !== 'OK').length;
  totals.measure('consumers_failing', failing, 'Consumers beyond their tolerance', { critical: 1 });
  const { unprocessedWarning: warning = 0, unprocessedCritical: critical = 0 } = limits.options;
  totals.measure('unprocessed_max', Math.max(0, ...watched.map((info) => info.num_pending)), MOST_BEHIND, {
    warning,
    critical,
  });
  totals.measure('ack_pending_max', Math.max(0, ...watched.map((info) => info.num_ack_pending)), MOST_PENDING, {
    critical: limits.options.ackOutstandingCritical ?? 0,
  });
  const left = consumers.length - watched.length;
  const behind = worst === null ? '' : `, the furthest behind is ${titleOf(worst)} with ${countText(lagOf(worst))}`;
  const summary = `${counted(results.length, 'consumer')} within tolerance${behind}`;
  return {
    ...signal('consumer_lag', results, `${summary}${left === 0 ? '' : `, ${left} left out by metadata`}`),
    totals,
  };
}

const MOST_BEHIND = 'Messages that the consumer furthest behind has not delivered';
const MOST_PENDING = 'Messages of one consumer that wait for acknowledgement';

function titleOf({ stream_name: stream, name }: ConsumerInfo): string {
  return `${stream} > ${name}`;
}

function lagOf({ num_pending: pending, num_ack_pending: acks }: ConsumerInfo): number {
  return pending + acks;
}

function judged(info: ConsumerInfo, { options, nowMs }: LagLimits): CheckResult {
  const result = new CheckResult('consumer', `${info.stream_name}_${info.name}`);
  const fromMetadata = monitorOptions(info.config.metadata, CONSUMER_MONITOR_KEYS);
  if (!fromMetadata.ok) {
    result.critical(`could not configure based on metadata: ${fromMetadata.error}`);
    return result;
  }
  // A consumer that has nothing to do may rest for as long as it likes.
  const idle = {
    ...(info.num_pending === 0 ? { lastDeliveryCritical: 0 } : {}),
    ...(info.num_ack_pending === 0 ? { lastAckCritical: 0 } : {}),
  };
  judgeConsumer(info, result, { options: { ...CONSUMER_OPTIONS, ...options, ...idle, ...fromMetadata.value }, nowMs });
  const most = info.config.max_ack_pending ?? 0;
  const isFull = info.config.ack_policy !== 'none' && most > 0 && info.num_ack_pending >= most;
  if (isFull && info.num_pending > 0) {
    result.warn(
      `Ack Pending: ${info.num_ack_pending} is all it allows, nothing more is delivered; see 'contrail consumer why ${info.stream_name} ${info.name}'`,
    );
  }
  return result;
}
