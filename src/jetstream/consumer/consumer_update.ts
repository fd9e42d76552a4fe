// What of a consumer may change while it lives. Pure; asked with a configuration that passed consumer_config_check.ts.
// Whether the old deliver subject still has interest, which forbids another one, is told by the caller.
// Compat: nats-server consumer.go, checkNewConsumerConfig; jetstream_versioning.go.
import { ZERO_TIME_TEXT } from '../../base/nanos.ts';
import { type ApiError, apiError } from '../api/api_error.ts';
import { timeNanos } from '../json/json_time.ts';
import { type ConsumerConfig, isSameConsumerConfig } from './consumer_config.ts';

/** The API level that a consumer's features need, kept in its metadata. Compat: setStaticConsumerMetadata. */
export function consumerLevelNeeded(config: ConsumerConfig): number {
  if (config.ack_policy === 'flow_control') return 4;
  const usesPriority =
    config.priority_policy !== 'none' || config.priority_timeout !== 0 || config.priority_groups.length > 0;
  const isPaused = config.pause_until !== null && config.pause_until !== ZERO_TIME_TEXT;
  return isPaused || usesPriority ? 1 : 0;
}

/** Fields that stay as they were, in the reference's order, and what a refusal calls them. */
const FIXED = [
  ['deliver_policy', 'deliver policy'],
  ['mem_storage', 'storage type'],
  ['direct', 'direct'],
  ['sourcing', 'sourcing'],
  ['opt_start_seq', 'start sequence'],
  ['opt_start_time', 'start time'],
  ['ack_policy', 'ack policy'],
  ['replay_policy', 'replay policy'],
  ['idle_heartbeat', 'heart beats'],
  ['flow_control', 'flow control'],
] as const;

function isSameTime(a: string | null, b: string | null): boolean {
  return a === null || b === null ? a === b : timeNanos(a) === timeNanos(b);
}

function failed(text: string): ApiError {
  return apiError('JSConsumerCreateErrF', { err: text });
}

export function checkConsumerUpdate(old: ConsumerConfig, next: ConsumerConfig, isDelivering: boolean): ApiError | null {
  if (isSameConsumerConfig(old, next)) return null;
  for (const [key, words] of FIXED) {
    const isSame = key === 'opt_start_time' ? isSameTime(old[key], next[key]) : old[key] === next[key];
    if (!isSame) return failed(`${words} can not be updated`);
  }
  if (old.deliver_subject !== next.deliver_subject) {
    if (old.deliver_subject === '') return failed('can not update pull consumer to push based');
    if (next.deliver_subject === '') return failed('can not update push consumer to pull based');
    if (isDelivering) return apiError('JSConsumerNameExistErr');
  }
  if (old.max_waiting !== next.max_waiting) return failed('max waiting can not be updated');
  return next.max_deliver !== -1 && next.backoff.length > next.max_deliver
    ? apiError('JSConsumerMaxDeliverBackoffErr')
    : null;
}
