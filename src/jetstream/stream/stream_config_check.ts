// May a stream be as it was asked to be? Fills in the defaults and refuses with the reference's words, in its order of
// checks, because clients see the first one. Pure; used by creation, update and restore. What passes here may still be
// refused for what this version cannot do (unsupported.ts) and for what an update may not change (stream_update.ts).
// Compat: nats-server stream.go, checkStreamCfgLocked.
import { durationText } from '../../base/duration.ts';
import { isSubsetMatch, isValidSubject, subjectsCollide, tokensOf } from '../../subject/subject.ts';
import { checkMapping } from '../../subject/transform.ts';
import { type ApiError, apiError } from '../api/api_error.ts';
import {
  byteLength,
  DESCRIPTION_BYTES_MAX,
  isValidAssetName,
  METADATA_BYTES_MAX,
  metadataBytes,
  NAME_BYTES_MAX,
} from '../asset_names.ts';
import { goQuote } from '../json/go_quote.ts';
import type { AccountLimits, ServerLimits } from '../limits.ts';
import { checkSources, type StreamLookup } from './source_rules.ts';
import type { StreamConfig } from './stream_config.ts';

const REPLICAS_MAX = 5;
const MILLISECOND = 1e6;
const SECOND = 1e9;
const AGE_MIN_NS = 100 * MILLISECOND;
const DUPLICATE_WINDOW_NS = 120 * SECOND;
const DUPLICATE_WINDOW_MIN_NS = 100 * MILLISECOND;
const MARKER_TTL_MIN_NS = SECOND;

export interface StreamCheckContext {
  readonly server: ServerLimits;
  readonly account: AccountLimits;
  /** Pedantic requests want their configuration taken as it is, or refused. */
  readonly isPedantic: boolean;
  /** The account's other streams, by name. */
  readonly findStream: StreamLookup;
}

export type StreamCheck =
  | { readonly ok: true; readonly config: StreamConfig }
  | { readonly ok: false; readonly error: ApiError };

/** A configuration under construction. */
type Draft = { -readonly [K in keyof StreamConfig]: StreamConfig[K] };
type Check = (draft: Draft, context: StreamCheckContext) => ApiError | null;

function invalid(text: string): ApiError {
  return apiError('JSStreamInvalidConfigF', { err: text });
}

function pedantic(text: string): ApiError {
  return apiError('JSPedanticErrF', { err: text });
}

/** In the reference's order. */
const CHECKS: readonly Check[] = [
  checkNames,
  checkReplicas,
  checkCounts,
  checkAge,
  checkDuplicateWindow,
  checkRollups,
  checkCounter,
  checkDiscardNewPerSubject,
  checkDeleteMarkers,
  checkSchedules,
  checkPersistMode,
  checkSources,
  checkSubjects,
  checkBytesRequired,
  checkSubjectTransform,
  checkRepublish,
  checkPlacement,
];

export function checkStreamConfig(config: StreamConfig, context: StreamCheckContext): StreamCheck {
  const draft: Draft = { ...config };
  for (const check of CHECKS) {
    const error = check(draft, context);
    if (error !== null) return { ok: false, error };
  }
  return { ok: true, config: draft };
}

function checkNames(draft: Draft): ApiError | null {
  if (!isValidAssetName(draft.name)) {
    return invalid("stream name is required and can not contain '.', '*', '>', '\\', '/'");
  }
  if (byteLength(draft.name) > NAME_BYTES_MAX) {
    return invalid(`stream name is too long, maximum allowed is ${NAME_BYTES_MAX}`);
  }
  if (byteLength(draft.description) > DESCRIPTION_BYTES_MAX) {
    return invalid(`stream description is too long, maximum allowed is ${DESCRIPTION_BYTES_MAX}`);
  }
  if (metadataBytes(draft.metadata) > METADATA_BYTES_MAX) {
    return invalid(`stream metadata exceeds maximum size of ${METADATA_BYTES_MAX} bytes`);
  }
  return null;
}

function checkReplicas(draft: Draft): ApiError | null {
  if (draft.num_replicas === 0) draft.num_replicas = 1;
  if (draft.num_replicas > REPLICAS_MAX) return invalid(`maximum replicas is ${REPLICAS_MAX}`);
  return draft.num_replicas < 0 ? apiError('JSReplicasCountCannotBeNegative') : null;
}

const COUNTS = ['max_msgs', 'max_msgs_per_subject', 'max_bytes', 'max_msg_size', 'max_consumers'] as const;

function checkCounts(draft: Draft, context: StreamCheckContext): ApiError | null {
  for (const key of COUNTS) {
    const value = draft[key];
    if (value > 0 || value === -1) continue;
    if (context.isPedantic && value < -1) return pedantic(`${key} must be set to -1`);
    draft[key] = -1;
  }
  return null;
}

function checkAge(draft: Draft): ApiError | null {
  if (draft.max_age < 0) return invalid('max age can not be negative');
  return draft.max_age !== 0 && draft.max_age < AGE_MIN_NS ? invalid('max age needs to be >= 100ms') : null;
}

function defaultDuplicateWindow(draft: Draft, context: StreamCheckContext): ApiError | null {
  const limit = context.server.duplicateWindowMaxNs;
  let window = DUPLICATE_WINDOW_NS;
  if (limit > 0 && window > limit) {
    if (context.isPedantic) return pedantic('duplicate window limits are higher than current limits');
    window = limit;
  }
  if (draft.max_age !== 0 && draft.max_age < window) {
    if (context.isPedantic) return pedantic('duplicate window cannot be bigger than max age');
    window = draft.max_age;
  }
  draft.duplicate_window = window;
  return null;
}

function checkDuplicateWindow(draft: Draft, context: StreamCheckContext): ApiError | null {
  if (draft.duplicate_window === 0 && draft.mirror === null && draft.sources.length === 0) {
    const error = defaultDuplicateWindow(draft, context);
    if (error !== null) return error;
  }
  const window = draft.duplicate_window;
  const limit = context.server.duplicateWindowMaxNs;
  if (window < 0) return invalid('duplicates window can not be negative');
  if (draft.max_age !== 0 && window > draft.max_age) {
    return invalid('duplicates window can not be larger then max age');
  }
  if (limit > 0 && window > limit) {
    return invalid(`duplicates window can not be larger then server limit of ${durationText(BigInt(limit))}`);
  }
  return window > 0 && window < DUPLICATE_WINDOW_MIN_NS ? invalid('duplicates window needs to be >= 100ms') : null;
}

function checkRollups(draft: Draft): ApiError | null {
  return draft.deny_purge && draft.allow_rollup_hdrs ? invalid('roll-ups require the purge permission') : null;
}

function checkCounter(draft: Draft): ApiError | null {
  if (!draft.allow_msg_counter) return null;
  if (draft.discard === 'new') return invalid('counter stream cannot use discard new');
  if (draft.allow_msg_ttl) return invalid('counter stream cannot use message TTLs');
  if (draft.allow_msg_schedules) return invalid('counter stream cannot use message schedules');
  return draft.retention === 'limits' ? null : invalid('counter stream can only use limits retention');
}

function checkDiscardNewPerSubject(draft: Draft): ApiError | null {
  if (!draft.discard_new_per_subject) return null;
  if (draft.discard !== 'new') return invalid('discard new per subject requires discard new policy to be set');
  return draft.max_msgs_per_subject > 0 ? null : invalid('discard new per subject requires max msgs per subject > 0');
}

function checkDeleteMarkers(draft: Draft, context: StreamCheckContext): ApiError | null {
  const ttl = draft.subject_delete_marker_ttl;
  if (ttl < 0) return invalid('subject delete marker TTL must not be negative');
  if (ttl === 0) return null;
  if (ttl < MARKER_TTL_MIN_NS) return invalid('subject delete marker TTL must be at least 1 second');
  if (!draft.allow_msg_ttl) {
    if (context.isPedantic) return invalid('subject delete marker cannot be set if message TTLs are disabled');
    draft.allow_msg_ttl = true;
  }
  if (!draft.allow_rollup_hdrs) {
    if (context.isPedantic) return invalid('subject delete marker cannot be set if roll-ups are disabled');
    draft.allow_rollup_hdrs = true;
    draft.deny_purge = false;
  }
  return null;
}

function checkSchedules(draft: Draft, context: StreamCheckContext): ApiError | null {
  if (!draft.allow_msg_schedules) return null;
  if (draft.discard === 'new') return invalid('message scheduling cannot use discard new');
  if (!draft.allow_rollup_hdrs) {
    if (context.isPedantic) return invalid('message scheduling cannot be set if roll-ups are disabled');
    draft.allow_rollup_hdrs = true;
    draft.deny_purge = false;
  }
  return null;
}

function checkPersistMode(draft: Draft): ApiError | null {
  if (draft.persist_mode !== 'async') return null;
  if (draft.storage !== 'file') return invalid('async persist mode is only supported on file storage');
  if (draft.num_replicas > 1) return invalid('async persist mode is not supported on replicated streams');
  return draft.allow_atomic ? invalid('async persist mode is not supported with atomic batch publish') : null;
}

function checkSubjects(draft: Draft): ApiError | null {
  if (draft.subjects.length === 0) {
    if (draft.mirror === null && draft.sources.length === 0) draft.subjects = [draft.name];
    return null;
  }
  if (draft.mirror !== null) return apiError('JSMirrorWithSubjectsErr');
  for (const [i, subject] of draft.subjects.entries()) {
    const error = checkSubject(draft, subject, i);
    if (error !== null) return error;
  }
  return null;
}

function checkSubject(draft: Draft, subject: string, index: number): ApiError | null {
  if (!isValidSubject(subject)) return invalid('invalid subject');
  if (draft.subjects.indexOf(subject) < index) return invalid('duplicate subjects detected');
  if (subject === '>') {
    if (!draft.no_ack) return invalid('capturing all subjects requires no-ack to be true');
    if (draft.num_replicas !== 1) return invalid('capturing all subjects requires replicas of 1');
  }
  if (!draft.no_ack) {
    const error = checkReservedSubject(subject);
    if (error !== null) return error;
  }
  const other = draft.subjects.slice(index + 1).find((later) => subjectsCollide(later, subject));
  return other === undefined ? null : invalid(`subject ${goQuote(subject)} overlaps with ${goQuote(other)}`);
}

/** Streams that would acknowledge must stay away from what the server itself speaks on. */
function checkReservedSubject(subject: string): ApiError | null {
  for (const namespace of ['$JS.>', '$JSC.>', '$NRG.>']) {
    if (subjectsCollide(subject, namespace) && !isSubsetMatch(tokensOf(subject), ['$JS', 'EVENT', '>'])) {
      return invalid('subjects that overlap with jetstream api require no-ack to be true');
    }
  }
  if (subjectsCollide(subject, '$SYS.>') && !isSubsetMatch(tokensOf(subject), ['$SYS', 'ACCOUNT', '>'])) {
    return invalid('subjects that overlap with system api require no-ack to be true');
  }
  return null;
}

function checkBytesRequired(draft: Draft, context: StreamCheckContext): ApiError | null {
  const { account } = context;
  const limit = draft.storage === 'memory' ? account.memory_max_stream_bytes : account.storage_max_stream_bytes;
  if (account.max_bytes_required && draft.max_bytes <= 0) return apiError('JSStreamMaxBytesRequired');
  return limit > 0 && draft.max_bytes > limit ? apiError('JSStreamMaxStreamBytesExceeded') : null;
}

function checkSubjectTransform(draft: Draft): ApiError | null {
  if (draft.subject_transform === null) return null;
  const { src, dest } = draft.subject_transform;
  if (src !== '' && !isValidSubject(src)) {
    return apiError('JSStreamTransformInvalidSource', { err: `invalid subject ${src}` });
  }
  const text = checkMapping(src, dest);
  return text === null ? null : apiError('JSStreamTransformInvalidDestination', { err: text });
}

function checkRepublish(draft: Draft, context: StreamCheckContext): ApiError | null {
  if (draft.republish === null) return null;
  let { src, dest } = draft.republish;
  if (src === '') {
    if (context.isPedantic) return pedantic('republish source can not be empty');
    src = '>';
  }
  const transform = draft.subject_transform;
  // Everything to everything means: as the stream's own transform names it, when that covers all of the stream.
  if (
    dest === '>' &&
    src === '>' &&
    transform !== null &&
    draft.subjects.length === 1 &&
    transform.src === draft.subjects[0]
  ) {
    if (context.isPedantic) return pedantic('implicit republish based on subject transform');
    src = transform.dest;
    dest = transform.dest;
  }
  draft.republish = { ...draft.republish, src, dest };
  if (draft.subjects.some((subject) => subjectsCollide(dest, subject))) {
    return invalid('stream configuration for republish destination forms a cycle');
  }
  // A destination with white space would become lines of protocol that nobody sent: it is refused as any other that is none.
  if (checkMapping(src, dest) !== null) {
    return invalid(`stream configuration for republish with transform from '${src}' to '${dest}' not valid`);
  }
  return null;
}

function checkPlacement(draft: Draft): ApiError | null {
  const { placement } = draft;
  if (placement === null) return null;
  if (placement.cluster === '' && placement.tags.length === 0 && placement.preferred === '') {
    draft.placement = null;
    return null;
  }
  return placement.preferred === '' ? null : invalid('preferred server not permitted in placement');
}
