// What a request to create a consumer comes to, before anything is done: the configuration to make real, the consumer to
// update with it, or the refusal, in the reference's order of checks. Pure: the stream and its consumers come in as
// configurations. The API's request handlers act on it.
// Compat: nats-server jetstream_api.go, jsConsumerCreateRequest; consumer.go, addConsumerWithAssignment.
import { subjectsCollide } from '../../subject/subject.ts';
import { type ApiError, apiError } from '../api/api_error.ts';
import { withMetadataOf, withStaticMetadata } from '../asset_metadata.ts';
import { byteLength, hasPathSeparator, NAME_BYTES_MAX } from '../asset_names.ts';
import type { AccountLimits, ServerLimits } from '../limits.ts';
import type { StreamConfig } from '../stream/stream_config.ts';
import { refuseUnsupportedConsumer } from '../unsupported.ts';
import {
  type ConsumerAction,
  type ConsumerConfig,
  type ConsumerCreateRequest,
  filtersOf,
  isSameConsumerConfig,
} from './consumer_config.ts';
import { checkConsumerConfig } from './consumer_config_check.ts';
import { checkConsumerUpdate, consumerLevelNeeded } from './consumer_update.ts';

const EPHEMERAL_THRESHOLD_NS = 5e9;

/** What the subject of a create request says. */
export interface ConsumerAddress {
  /** `CREATE.<stream>`, `CREATE.<stream>.<name>[.<filter>]` or `DURABLE.CREATE.<stream>.<name>`. */
  readonly form: 'ephemeral' | 'named' | 'durable';
  readonly stream: string;
  /** Empty in the ephemeral form. */
  readonly name: string;
  /** Empty where the subject has none. */
  readonly filter: string;
}

export interface ConsumerPlanContext {
  readonly server: ServerLimits;
  readonly account: AccountLimits;
  /** Null where there is no such stream. */
  readonly stream: StreamConfig | null;
  readonly consumers: ReadonlyMap<string, ConsumerConfig>;
  /** Whether somebody listens on a subject now. */
  readonly hasInterest: (subject: string) => boolean;
}

export type ConsumerPlan =
  /** A configuration without any name still needs one. */
  | { readonly kind: 'create'; readonly config: ConsumerConfig }
  | { readonly kind: 'update'; readonly name: string; readonly config: ConsumerConfig }
  | { readonly kind: 'refuse'; readonly error: ApiError };

function refuse(error: ApiError): ConsumerPlan {
  return { kind: 'refuse', error };
}

/** What the subject and the body say must be the same. */
function refuseAddress(address: ConsumerAddress, request: ConsumerCreateRequest): ApiError | null {
  const { config } = request;
  const name = address.form === 'ephemeral' ? config.name : address.name;
  if (address.stream !== request.stream_name) return apiError('JSStreamMismatchErr');
  if (hasPathSeparator(name)) return apiError('JSConsumerNameContainsPathSeparatorsErr');
  if (address.form === 'durable' && config.durable_name === '') return apiError('JSConsumerDurableNameNotSetErr');
  if (address.form === 'ephemeral') {
    if (config.durable_name !== '') return apiError('JSConsumerEphemeralWithDurableNameErr');
  } else if (config.durable_name !== '' && config.durable_name !== name) {
    return apiError('JSConsumerDurableNameNotMatchSubjectErr');
  }
  if (address.filter === '') return null;
  if (config.filter_subjects.length > 0) return apiError('JSConsumerMultipleFiltersNotAllowed');
  return config.filter_subject === address.filter ? null : apiError('JSConsumerCreateFilterSubjectMismatchErr');
}

/** Whether no other consumer of a work queue takes messages that these filters take. */
function isPartitionUnique(name: string, filters: readonly string[], context: ConsumerPlanContext): boolean {
  for (const [otherName, other] of context.consumers) {
    if (otherName === name || filters.length === 0) continue;
    const theirs = filtersOf(other);
    if (theirs.length === 0) return false;
    if (filters.some((ours) => theirs.some((filter) => subjectsCollide(ours, filter)))) return false;
  }
  return true;
}

function refuseCount(stream: StreamConfig, context: ConsumerPlanContext): ApiError | null {
  const { account, server } = context;
  let limit = stream.max_consumers;
  if (limit <= 0 || (account.max_consumers > 0 && account.max_consumers < limit)) limit = account.max_consumers;
  if (limit <= 0 && server.consumersDefaultMax > 0) limit = server.consumersDefaultMax;
  return limit > 0 && context.consumers.size >= limit ? apiError('JSMaximumConsumersLimitErr') : null;
}

/** Every message of a work queue belongs to one consumer. */
function refuseOnWorkQueue(config: ConsumerConfig, context: ConsumerPlanContext): ApiError | null {
  if (config.ack_policy !== 'explicit' && config.ack_policy !== 'flow_control') {
    return apiError('JSConsumerWQRequiresExplicitAckErr');
  }
  if (config.deliver_policy !== 'all') return apiError('JSConsumerWQConsumerNotDeliverAllErr');
  if (context.consumers.size === 0) return null;
  const filters = filtersOf(config);
  if (filters.length === 0) return apiError('JSConsumerWQMultipleUnfilteredErr');
  const name = config.durable_name || config.name;
  return isPartitionUnique(name, filters, context) ? null : apiError('JSConsumerWQConsumerNotUniqueErr');
}

function planExisting(
  old: ConsumerConfig,
  next: ConsumerConfig,
  action: ConsumerAction,
  context: ConsumerPlanContext & { readonly stream: StreamConfig },
): ConsumerPlan {
  const name = next.durable_name || next.name;
  if (action === 'create' && !isSameConsumerConfig(withMetadataOf(next, old), old)) {
    return refuse(apiError('JSConsumerAlreadyExists'));
  }
  if (context.stream.retention === 'workqueue' && !isPartitionUnique(name, filtersOf(next), context)) {
    return refuse(apiError('JSConsumerWQConsumerNotUniqueErr'));
  }
  const isDelivering = old.deliver_subject !== '' && context.hasInterest(old.deliver_subject);
  const error = checkConsumerUpdate(old, next, isDelivering) ?? refuseUnsupportedConsumer(next);
  return error === null ? { kind: 'update', name, config: withThreshold(next, old.durable_name) } : refuse(error);
}

/** Consumers that are not durable go away by themselves when nobody uses them, sooner or later. */
function withThreshold(config: ConsumerConfig, durableName: string): ConsumerConfig {
  const needsOne = durableName === '' && config.inactive_threshold <= 0;
  return needsOne ? { ...config, inactive_threshold: EPHEMERAL_THRESHOLD_NS } : config;
}

function planNew(
  config: ConsumerConfig,
  action: ConsumerAction,
  context: ConsumerPlanContext & { readonly stream: StreamConfig },
): ConsumerPlan {
  if (action === 'update') return refuse(apiError('JSConsumerDoesNotExist'));
  const isInternal = config.direct || config.sourcing;
  if (!isInternal) {
    const isWorkQueue = context.stream.retention === 'workqueue';
    const error = refuseCount(context.stream, context) ?? (isWorkQueue ? refuseOnWorkQueue(config, context) : null);
    if (error !== null) return refuse(error);
  }
  if (byteLength(config.durable_name || config.name) > NAME_BYTES_MAX) {
    return refuse(apiError('JSConsumerNameTooLongErrF', { max: NAME_BYTES_MAX }));
  }
  const error = refuseUnsupportedConsumer(config);
  return error === null ? { kind: 'create', config: withThreshold(config, config.durable_name) } : refuse(error);
}

/** A consumer of a backup, which `name` is what the backup calls it. */
export function planConsumerRestore(
  name: string,
  config: ConsumerConfig,
  context: ConsumerPlanContext & { readonly stream: StreamConfig },
): ConsumerPlan {
  if (name === '') return refuse(apiError('JSConsumerBadDurableNameErr'));
  if (hasPathSeparator(name)) return refuse(apiError('JSConsumerNameContainsPathSeparatorsErr'));
  if (config.durable_name !== '' && config.durable_name !== name) {
    return refuse(apiError('JSConsumerCreateDurableAndNameMismatch'));
  }
  if (context.consumers.has(name)) return refuse(apiError('JSConsumerAlreadyExists'));
  const asked = { ...config, name };
  const { server, account, stream } = context;
  const check = checkConsumerConfig(withStaticMetadata(asked, consumerLevelNeeded(asked)), {
    server,
    account,
    stream,
    isPedantic: false,
  });
  return check.ok ? planNew(check.config, 'create', context) : refuse(check.error);
}

/** The request is what decodeConsumerCreateRequest() made of the body. */
export function planConsumerCreate(
  address: ConsumerAddress,
  request: ConsumerCreateRequest,
  context: ConsumerPlanContext,
): ConsumerPlan {
  const early = refuseAddress(address, request);
  if (early !== null) return refuse(early);
  if (request.config.num_replicas > 1) return refuse(apiError('JSStreamReplicasNotSupportedErr'));
  const { stream } = context;
  if (stream === null) return refuse(apiError('JSStreamNotFoundErr'));

  // The subject's name is the name, wherever the body has it too.
  const name = address.form === 'ephemeral' ? request.config.name : address.name;
  const existing = context.consumers.get(name);
  // Pausing has an endpoint of its own.
  const pauseUntil = existing === undefined ? request.config.pause_until : existing.pause_until;
  const asked = { ...request.config, name, pause_until: pauseUntil };
  const { server, account } = context;
  const check = checkConsumerConfig(withStaticMetadata(asked, consumerLevelNeeded(asked)), {
    server,
    account,
    stream,
    isPedantic: request.pedantic,
  });
  if (!check.ok) return refuse(check.error);
  return existing === undefined
    ? planNew(check.config, request.action, { ...context, stream })
    : planExisting(existing, check.config, request.action, { ...context, stream });
}
