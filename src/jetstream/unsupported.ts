// What the reference can and this version cannot yet: one table for streams and one for consumers. Whoever implements a
// row removes it. A configuration that asks for one passes all of the reference's checks first and is then refused by
// name, so that nothing is silently ignored.
import { type ApiError, apiError } from './api/api_error.ts';
import type { ConsumerConfig } from './consumer/consumer_config.ts';
import { SEQUENCE_STORED_MAX } from './limits.ts';
import type { StreamConfig } from './stream/stream_config.ts';

type Rule<T> = readonly [feature: string, isAskedFor: (config: T) => boolean];

const STREAM_FEATURES: readonly Rule<StreamConfig>[] = [
  [`first_seq above ${SEQUENCE_STORED_MAX}`, (config) => config.first_seq > SEQUENCE_STORED_MAX],
  ['mirror', (config) => config.mirror !== null],
  ['sources', (config) => config.sources.length > 0],
  ['compression s2', (config) => config.compression === 's2'],
  ['placement', (config) => config.placement !== null],
  ['allow_msg_counter', (config) => config.allow_msg_counter],
  ['allow_msg_schedules', (config) => config.allow_msg_schedules],
  ['persist_mode async', (config) => config.persist_mode === 'async'],
];

const CONSUMER_FEATURES: readonly Rule<ConsumerConfig>[] = [
  ['sourcing', (config) => config.sourcing],
  ['direct', (config) => config.direct],
];

function refuseUnsupported<T>(features: readonly Rule<T>[], config: T): ApiError | null {
  const rule = features.find(([, isAskedFor]) => isAskedFor(config));
  if (rule === undefined) return null;
  return apiError('JSStreamInvalidConfigF', { err: `${rule[0]} is not supported by this version of Contrail yet` });
}

export function refuseUnsupportedStream(config: StreamConfig): ApiError | null {
  return refuseUnsupported(STREAM_FEATURES, config);
}

export function refuseUnsupportedConsumer(config: ConsumerConfig): ApiError | null {
  return refuseUnsupported(CONSUMER_FEATURES, config);
}
