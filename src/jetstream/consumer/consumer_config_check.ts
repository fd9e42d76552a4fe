// May a consumer be as it was asked to be, on this stream? Fills in the defaults and refuses with the reference's words,
// in its order of checks. Pure; used by creation and update. What passes here may still be refused for what this version
// cannot do (unsupported.ts), for what the stream's other consumers take (stream.ts) and for what an update may not
// change (consumer_update.ts). Compat: nats-server consumer.go, setConsumerConfigDefaults and checkConsumerCfg.
import { durationText } from '../../base/duration.ts';
import { hasWildcard, isSubsetMatch, isValidSubject, tokensOf } from '../../subject/subject.ts';
import { type ApiError, apiError } from '../api/api_error.ts';
import {
  byteLength,
  DESCRIPTION_BYTES_MAX,
  isValidAssetName,
  METADATA_BYTES_MAX,
  metadataBytes,
} from '../asset_names.ts';
import { goQuote } from '../json/go_quote.ts';
import type { AccountLimits, ServerLimits } from '../limits.ts';
import type { StreamConfig } from '../stream/stream_config.ts';
import { type ConsumerConfig, filtersOf } from './consumer_config.ts';

const MILLISECOND = 1e6;
const SECOND = 1e9;
const ACK_WAIT_NS = 30 * SECOND;
const ACK_PENDING = 1000;
const WAITING = 512;
const PINNED_TTL_NS = 120 * SECOND;
const HEARTBEAT_MIN_NS = 100 * MILLISECOND;
/** What consumers that acknowledge by flow control must use. */
const SOURCING_HEARTBEAT_NS = SECOND;
const GROUP_NAME = /^[a-zA-Z0-9/_=-]{1,16}$/;

export interface ConsumerCheckContext {
  readonly server: ServerLimits;
  readonly account: AccountLimits;
  readonly stream: StreamConfig;
  readonly isPedantic: boolean;
}

export type ConsumerCheck =
  | { readonly ok: true; readonly config: ConsumerConfig }
  | { readonly ok: false; readonly error: ApiError };

type Draft = { -readonly [K in keyof ConsumerConfig]: ConsumerConfig[K] };
type Rule = (draft: Draft, context: ConsumerCheckContext) => ApiError | null;

/** Whether everything that `subject` stands for also matches `pattern`. */
function isCovered(subject: string, pattern: string): boolean {
  return isSubsetMatch(tokensOf(subject), tokensOf(pattern));
}

function invalid(text: string): ApiError {
  return apiError('JSStreamInvalidConfigF', { err: text });
}

function pedantic(text: string): ApiError {
  return apiError('JSPedanticErrF', { err: text });
}

/** Defaults first, then checks, each in the reference's order. */
const RULES: readonly Rule[] = [
  dropNegatives,
  fillWaits,
  fillFromStream,
  fillFromLimits,
  checkNames,
  checkReplicas,
  checkWaits,
  checkFlowControlAcks,
  checkSizes,
  checkDelivery,
  checkLimits,
  checkDirect,
  checkFilters,
  checkStart,
  checkRest,
  checkPriority,
];

export function checkConsumerConfig(config: ConsumerConfig, context: ConsumerCheckContext): ConsumerCheck {
  const draft: Draft = { ...config };
  for (const rule of RULES) {
    const error = rule(draft, context);
    if (error !== null) return { ok: false, error };
  }
  return { ok: true, config: draft };
}

/** In the reference's order, with what a value below zero becomes. */
const NON_NEGATIVES = [
  'max_batch',
  'max_expires',
  'max_bytes',
  'idle_heartbeat',
  'inactive_threshold',
  'priority_timeout',
] as const;

function dropNegatives(draft: Draft, { isPedantic }: ConsumerCheckContext): ApiError | null {
  if (draft.max_deliver === 0 || draft.max_deliver < -1) {
    if (isPedantic && draft.max_deliver < -1) return pedantic('max_deliver must be set to -1');
    draft.max_deliver = -1;
  }
  if (draft.max_waiting < 0) {
    if (isPedantic) return pedantic('max_waiting must not be negative');
    draft.max_waiting = 0;
  }
  if (draft.max_ack_pending < -1) {
    if (isPedantic) return pedantic('max_ack_pending must be set to -1');
    draft.max_ack_pending = -1;
  }
  for (const key of NON_NEGATIVES) {
    if (draft[key] >= 0) continue;
    if (isPedantic) return pedantic(`${key} must not be negative`);
    draft[key] = 0;
  }
  return null;
}

function fillWaits(draft: Draft, { isPedantic }: ConsumerCheckContext): ApiError | null {
  if (draft.deliver_subject === '' && draft.max_waiting === 0) draft.max_waiting = WAITING;
  if (draft.ack_wait === 0 && (draft.ack_policy === 'explicit' || draft.ack_policy === 'all')) {
    draft.ack_wait = ACK_WAIT_NS;
  }
  const first = draft.backoff[0];
  if (first !== undefined) {
    if (isPedantic && draft.ack_wait !== first) return pedantic('first backoff value has to equal batch AckWait');
    draft.ack_wait = first;
  }
  return null;
}

function fillFromStream(draft: Draft, { stream, isPedantic }: ConsumerCheckContext): ApiError | null {
  const limits = stream.consumer_limits;
  if (draft.max_ack_pending === 0) {
    if (isPedantic && limits.max_ack_pending > 0) {
      return pedantic("max_ack_pending must be set if it's configured in stream limits");
    }
    draft.max_ack_pending = limits.max_ack_pending;
  }
  if (draft.inactive_threshold === 0) {
    if (isPedantic && limits.inactive_threshold > 0) {
      return pedantic("inactive_threshold must be set if it's configured in stream limits");
    }
    draft.inactive_threshold = limits.inactive_threshold;
  }
  return null;
}

function fillFromLimits(draft: Draft, { server, account, isPedantic }: ConsumerCheckContext): ApiError | null {
  if (draft.max_ack_pending === 0 && draft.ack_policy !== 'none') {
    const limits = [server.ackPendingMax, account.max_ack_pending].filter((limit) => limit > 0);
    draft.max_ack_pending = Math.min(ACK_PENDING, ...limits);
  }
  if (draft.deliver_subject === '' && draft.max_batch === 0 && server.requestBatchMax > 0) {
    if (isPedantic) return pedantic("max_request_batch must be set if it's JetStream limits are set");
    draft.max_batch = server.requestBatchMax;
  }
  if (draft.priority_policy === 'pinned_client' && draft.priority_timeout === 0) draft.priority_timeout = PINNED_TTL_NS;
  if (draft.ack_policy === 'flow_control' && !isPedantic) {
    draft.flow_control = true;
    draft.idle_heartbeat = SOURCING_HEARTBEAT_NS;
  }
  return null;
}

function checkNames(draft: Draft): ApiError | null {
  if (draft.name !== '' && !isValidAssetName(draft.name)) {
    return invalid("consumer name can not contain '.', '*', '>', '\\', '/'");
  }
  if (draft.durable_name !== '' && !isValidAssetName(draft.durable_name)) {
    return invalid("consumer durable name can not contain '.', '*', '>', '\\', '/'");
  }
  return null;
}

function checkReplicas(draft: Draft, { stream }: ConsumerCheckContext): ApiError | null {
  if (draft.num_replicas > stream.num_replicas) return apiError('JSConsumerReplicasExceedsStream');
  if (draft.num_replicas < 0) return apiError('JSReplicasCountCannotBeNegative');
  const mustMatch = stream.retention !== 'limits' && draft.num_replicas !== 0;
  return mustMatch && draft.num_replicas !== stream.num_replicas
    ? apiError('JSConsumerReplicasShouldMatchStream')
    : null;
}

function checkWaits(draft: Draft): ApiError | null {
  if (draft.backoff.some((wait) => wait < 0)) return apiError('JSConsumerBackOffNegativeErr');
  return draft.ack_wait < 0 ? apiError('JSConsumerAckWaitNegativeErr') : null;
}

function checkFlowControlAcks(draft: Draft): ApiError | null {
  if (draft.ack_policy !== 'flow_control') return null;
  if (draft.deliver_subject === '') return apiError('JSConsumerAckFCRequiresPushErr');
  if (!draft.flow_control) return apiError('JSConsumerAckFCRequiresFCErr');
  if (draft.idle_heartbeat !== SOURCING_HEARTBEAT_NS) {
    return invalid('flow control ack policy heartbeat needs to be 1s');
  }
  if (draft.max_ack_pending <= 0) return apiError('JSConsumerAckFCRequiresMaxAckPendingErr');
  if (draft.ack_wait !== 0 || draft.backoff.length > 0) return apiError('JSConsumerAckFCRequiresNoAckWaitErr');
  return draft.max_deliver > 0 ? apiError('JSConsumerAckFCRequiresNoMaxDeliverErr') : null;
}

function checkSizes(draft: Draft): ApiError | null {
  if (draft.max_deliver !== -1 && draft.backoff.length > draft.max_deliver) {
    return apiError('JSConsumerMaxDeliverBackoffErr');
  }
  return byteLength(draft.description) > DESCRIPTION_BYTES_MAX
    ? apiError('JSConsumerDescriptionTooLongErrF', { max: DESCRIPTION_BYTES_MAX })
    : null;
}

function checkDelivery(draft: Draft, context: ConsumerCheckContext): ApiError | null {
  return draft.deliver_subject === '' ? checkPull(draft, context) : checkPush(draft, context);
}

function checkPush(draft: Draft, { stream }: ConsumerCheckContext): ApiError | null {
  const subject = draft.deliver_subject;
  if (hasWildcard(subject)) return apiError('JSConsumerDeliverToWildcardsErr');
  if (!isValidSubject(subject)) return apiError('JSConsumerInvalidDeliverSubject');
  if (stream.subjects.some((other) => isCovered(subject, other))) return apiError('JSConsumerDeliverCycleErr');
  if (draft.max_waiting !== 0) return apiError('JSConsumerPushMaxWaitingErr');
  if (draft.max_ack_pending > 0 && draft.ack_policy === 'none') {
    return apiError('JSConsumerMaxPendingAckPolicyRequiredErr');
  }
  const heartbeat = draft.idle_heartbeat;
  return heartbeat > 0 && heartbeat < HEARTBEAT_MIN_NS ? apiError('JSConsumerSmallHeartbeatErr') : null;
}

function checkPull(draft: Draft, { stream, server }: ConsumerCheckContext): ApiError | null {
  if (draft.ack_policy === 'none' && stream.retention === 'workqueue') return apiError('JSConsumerPullRequiresAckErr');
  if (draft.rate_limit_bps > 0) return apiError('JSConsumerPullWithRateLimitErr');
  if (draft.idle_heartbeat > 0) return apiError('JSConsumerHBRequiresPushErr');
  if (draft.flow_control) return apiError('JSConsumerFCRequiresPushErr');
  if (draft.max_expires !== 0 && draft.max_expires < MILLISECOND) {
    return apiError('JSConsumerMaxRequestExpiresTooSmall');
  }
  const limit = server.requestBatchMax;
  return limit > 0 && draft.max_batch > limit ? apiError('JSConsumerMaxRequestBatchExceededF', { limit }) : null;
}

function checkLimits(draft: Draft, { server, account, stream }: ConsumerCheckContext): ApiError | null {
  for (const limit of [server.ackPendingMax, account.max_ack_pending, stream.consumer_limits.max_ack_pending]) {
    if (limit > 0 && draft.max_ack_pending > limit) return apiError('JSConsumerMaxPendingAckExcessErrF', { limit });
  }
  const threshold = stream.consumer_limits.inactive_threshold;
  return threshold > 0 && draft.inactive_threshold > threshold
    ? apiError('JSConsumerInactiveThresholdExcess', { limit: durationText(BigInt(threshold)) })
    : null;
}

function checkDirect(draft: Draft): ApiError | null {
  if (!draft.direct) return null;
  if (draft.deliver_subject === '') return apiError('JSConsumerDirectRequiresPushErr');
  return draft.durable_name === '' ? null : apiError('JSConsumerDirectRequiresEphemeralErr');
}

function checkFilters(draft: Draft): ApiError | null {
  if (draft.filter_subject !== '' && draft.filter_subjects.length > 0) {
    return apiError('JSConsumerDuplicateFilterSubjects');
  }
  if (draft.filter_subject !== '' && !isValidSubject(draft.filter_subject)) return invalid('invalid subject');
  if (draft.filter_subjects.includes('')) return apiError('JSConsumerEmptyFilter');
  const filters = filtersOf(draft);
  for (const [i, filter] of filters.entries()) {
    if (!isValidSubject(filter)) return invalid('invalid subject');
    if (filters.some((other, j) => j !== i && isCovered(filter, other))) {
      return apiError('JSConsumerOverlappingSubjectFilters');
    }
  }
  return null;
}

/** How the reference calls a policy in refusals. */
function policyWords(draft: Draft): string {
  return draft.deliver_policy.replaceAll('_', ' ');
}

function badStart(draft: Draft, start: string): ApiError {
  const err = `consumer delivery policy is deliver ${policyWords(draft)}, but optional start ${start} is also set`;
  return apiError('JSConsumerInvalidPolicyErrF', { err });
}

function notSet(draft: Draft, what: string): ApiError {
  const err = `consumer delivery policy is deliver ${policyWords(draft)}, but optional ${what} is not set`;
  return apiError('JSConsumerInvalidPolicyErrF', { err });
}

function checkStart(draft: Draft): ApiError | null {
  const hasSequence = draft.opt_start_seq > 0;
  const hasTime = draft.opt_start_time !== null;
  if (draft.deliver_policy === 'by_start_sequence') {
    if (!hasSequence) return notSet(draft, 'start sequence');
    return hasTime ? badStart(draft, 'time') : null;
  }
  if (draft.deliver_policy === 'by_start_time') {
    if (!hasTime) return notSet(draft, 'start time');
    return hasSequence ? badStart(draft, 'start sequence') : null;
  }
  if (hasSequence) return badStart(draft, 'sequence');
  if (hasTime) return badStart(draft, 'time');
  const needsFilter = draft.deliver_policy === 'last_per_subject' && filtersOf(draft).length === 0;
  return needsFilter ? notSet(draft, 'filter subject') : null;
}

const INT64_MAX = 2n ** 63n - 1n;

/** Why Go's Atoi would not take the text as a count; null where it does. */
function samplingError(text: string): string | null {
  const digits = text.endsWith('%') ? text.slice(0, -1) : text;
  if (!/^[+-]?\d+$/.test(digits)) return `strconv.Atoi: parsing ${goQuote(digits)}: invalid syntax`;
  const value = BigInt(digits.replace(/^\+/, ''));
  if (value > INT64_MAX || value < -INT64_MAX - 1n)
    return `strconv.Atoi: parsing ${goQuote(digits)}: value out of range`;
  // Compat: a negative percentage is refused with the text of no error at all.
  return value < 0n ? '<nil>' : null;
}

function checkRest(draft: Draft): ApiError | null {
  const sampling = draft.sample_freq === '' ? null : samplingError(draft.sample_freq);
  if (sampling !== null) return apiError('JSConsumerInvalidSamplingErrF', { err: sampling });
  if (draft.flow_control && draft.idle_heartbeat === 0) return apiError('JSConsumerWithFlowControlNeedsHeartbeats');
  if (draft.durable_name !== '' && draft.name !== '' && draft.name !== draft.durable_name) {
    return apiError('JSConsumerCreateDurableAndNameMismatch');
  }
  return metadataBytes(draft.metadata) > METADATA_BYTES_MAX
    ? apiError('JSConsumerMetadataLengthErrF', { limit: `${METADATA_BYTES_MAX / 1024}KB` })
    : null;
}

function checkPriority(draft: Draft): ApiError | null {
  if (draft.priority_policy === 'none') {
    if (draft.priority_groups.length > 0) return apiError('JSConsumerPriorityGroupWithPolicyNone');
    return draft.priority_timeout > 0 ? apiError('JSConsumerPinnedTTLWithoutPriorityPolicyNone') : null;
  }
  if (draft.deliver_subject !== '') return apiError('JSConsumerPushWithPriorityGroupErr');
  if (draft.priority_groups.length === 0) return apiError('JSConsumerPriorityPolicyWithoutGroup');
  for (const group of draft.priority_groups) {
    if (group === '') return apiError('JSConsumerEmptyGroupName');
    if (!GROUP_NAME.test(group)) return apiError('JSConsumerInvalidGroupNameErr');
  }
  return null;
}
