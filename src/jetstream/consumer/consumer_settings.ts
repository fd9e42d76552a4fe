// A consumer's configuration as the engine works with it: numbers in its own units, limits where 0 is none, texts
// parsed. Pure; the configuration was checked before (consumer_config_check.ts).
import { timeNanos } from '../json/json_time.ts';
import type { AckPolicy, ConsumerConfig, DeliverPolicy, PriorityPolicy } from './consumer_config.ts';
import type { PullLimits } from './pull_request.ts';
import type { RedeliveryTimes } from './redelivery.ts';

/** An ephemeral consumer without a threshold of its own. Compat: consumer.go, JsDeleteWaitTimeDefault. */
export const INACTIVE_THRESHOLD_DEFAULT_MS = 5000;

export interface ConsumerSettings {
  readonly isPull: boolean;
  readonly isDurable: boolean;
  readonly deliverPolicy: DeliverPolicy;
  readonly startSequence: number;
  /** Unix nanoseconds; null without a start time. */
  readonly startTimeNs: bigint | null;
  readonly filters: readonly string[];
  readonly ackPolicy: AckPolicy;
  readonly times: RedeliveryTimes;
  /** 0 is no limit, as in all limits here. */
  readonly deliveriesMax: number;
  readonly ackPendingMax: number;
  readonly headersOnly: boolean;
  readonly isReplay: boolean;
  readonly rateBitsPerSecond: number;
  /** Percent of acknowledgements that are reported. */
  readonly samplePercent: number;
  readonly pull: PullLimits;
  readonly waitingMax: number;
  readonly priorityPolicy: PriorityPolicy;
  readonly priorityGroups: readonly string[];
  /** How long an unused pin lasts. */
  readonly priorityTimeoutMs: number;
  readonly deliverSubject: string;
  /** Null without one. */
  readonly deliverGroup: string | null;
  readonly hasFlowControl: boolean;
  readonly heartbeatMs: number;
  /** 0 never removes it. */
  readonly inactiveMs: number;
  /** Whether removal comes a random moment later, so that many consumers do not go at once. */
  readonly hasInactiveJitter: boolean;
  /** Unix milliseconds; 0 is not paused. */
  readonly pauseUntilMs: number;
}

export function compileSettings(config: ConsumerConfig): ConsumerSettings {
  const isDurable = config.durable_name !== '';
  const isPull = config.deliver_subject === '';
  const hasDefaultThreshold = !isDurable && config.inactive_threshold <= 0;
  return {
    isPull,
    isDurable,
    deliverPolicy: config.deliver_policy,
    startSequence: config.opt_start_seq,
    startTimeNs: config.opt_start_time === null ? null : timeNanos(config.opt_start_time),
    filters: config.filter_subject === '' ? config.filter_subjects : [config.filter_subject],
    ackPolicy: config.ack_policy,
    times: { ackWaitMs: ackWaitMs(config), backoffMs: config.backoff.map((wait) => wait / 1e6) },
    deliveriesMax: Math.max(0, config.max_deliver),
    ackPendingMax: config.ack_policy === 'none' ? 0 : Math.max(0, config.max_ack_pending),
    headersOnly: config.headers_only,
    isReplay: config.replay_policy === 'original',
    rateBitsPerSecond: config.rate_limit_bps,
    samplePercent: samplePercent(config.sample_freq),
    pull: { batchMax: config.max_batch, expiresMaxNs: config.max_expires, bytesMax: config.max_bytes },
    waitingMax: config.max_waiting,
    priorityPolicy: config.priority_policy,
    priorityGroups: config.priority_groups,
    priorityTimeoutMs: config.priority_timeout / 1e6,
    deliverSubject: config.deliver_subject,
    deliverGroup: config.deliver_group === '' ? null : config.deliver_group,
    hasFlowControl: config.flow_control,
    heartbeatMs: isPull ? 0 : config.idle_heartbeat / 1e6,
    inactiveMs: hasDefaultThreshold ? INACTIVE_THRESHOLD_DEFAULT_MS : config.inactive_threshold / 1e6,
    hasInactiveJitter: hasDefaultThreshold || (isPull && config.inactive_threshold > 0),
    pauseUntilMs: config.pause_until === null ? 0 : Number(timeNanos(config.pause_until) / 1_000_000n),
  };
}

/** Without a wait (acknowledgement by flow control) nothing is ever delivered again by itself. */
function ackWaitMs(config: ConsumerConfig): number {
  return config.ack_wait > 0 ? config.ack_wait / 1e6 : Number.POSITIVE_INFINITY;
}

function samplePercent(text: string): number {
  const percent = Number.parseInt(text.replace(/%$/, ''), 10);
  return Number.isNaN(percent) ? 0 : percent;
}
