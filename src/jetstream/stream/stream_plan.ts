// What a request to create or update a stream comes to, before anything is done: the configuration to make real, the
// stream that is already so, or the refusal, in the reference's order of checks. Pure: the account's streams come in as
// configurations. The API's request handlers act on it.
// Compat: nats-server jetstream_api.go, jsStreamCreateRequest and jsStreamUpdateRequest; stream.go,
// addStreamWithAssignment and updateWithAdvisory.
import { subjectsCollide } from '../../subject/subject.ts';
import { type ApiError, apiError } from '../api/api_error.ts';
import { withMetadataOf, withStaticMetadata } from '../asset_metadata.ts';
import { hasPathSeparator } from '../asset_names.ts';
import type { AccountLimits, ServerLimits } from '../limits.ts';
import { refuseUnsupportedStream } from '../unsupported.ts';
import { checkReservation, type Reserved, reservedBytes } from './reservations.ts';
import { decodeStreamConfigRequest, isSameStreamConfig, type StreamConfig } from './stream_config.ts';
import { checkStreamConfig, type StreamCheckContext } from './stream_config_check.ts';
import { checkStreamUpdate, streamLevelNeeded } from './stream_update.ts';

/** The account as a plan sees it. */
export interface StreamPlanContext {
  readonly server: ServerLimits;
  readonly account: AccountLimits;
  readonly streams: ReadonlyMap<string, StreamConfig>;
  /** Of all accounts together. */
  readonly serverReserved: Reserved;
}

export type StreamPlan =
  | { readonly kind: 'create'; readonly config: StreamConfig }
  /** The same stream is already there. */
  | { readonly kind: 'exists'; readonly config: StreamConfig }
  | { readonly kind: 'update'; readonly config: StreamConfig }
  | { readonly kind: 'refuse'; readonly error: ApiError };

function refuse(error: ApiError): StreamPlan {
  return { kind: 'refuse', error };
}

function checkContext(context: StreamPlanContext, isPedantic: boolean): StreamCheckContext {
  const findStream = (name: string) => context.streams.get(name) ?? null;
  return { server: context.server, account: context.account, isPedantic, findStream };
}

function refuseReservation(config: StreamConfig, context: StreamPlanContext): ApiError | null {
  return checkReservation(config, {
    account: context.account,
    accountReserved: reservedBytes(context.streams.values(), config.name),
    server: context.server,
    serverReserved: context.serverReserved,
  });
}

/** Subjects belong to one stream of an account. */
function refuseOverlap(config: StreamConfig, context: StreamPlanContext): ApiError | null {
  for (const other of context.streams.values()) {
    if (other.name === config.name) continue;
    const overlaps = other.subjects.some((theirs) => config.subjects.some((ours) => subjectsCollide(ours, theirs)));
    if (overlaps) return apiError('JSStreamSubjectOverlapErr');
  }
  return null;
}

/** What only the creation of a stream asks, before the configuration is looked at as a whole. */
function refuseCreateRequest(name: string, config: StreamConfig, context: StreamPlanContext): ApiError | null {
  if (name !== config.name) return apiError('JSStreamMismatchErr');
  if (hasPathSeparator(name)) return apiError('JSStreamNameContainsPathSeparatorsErr');
  if (config.sealed) {
    return apiError('JSStreamInvalidConfigF', { err: 'stream configuration for create can not be sealed' });
  }
  if (config.mirror_direct && config.mirror === null) {
    return apiError('JSStreamInvalidConfigF', { err: 'stream has no mirror but does have mirror direct' });
  }
  const others = context.streams.size - (context.streams.has(name) ? 1 : 0);
  if (context.account.max_streams > 0 && others >= context.account.max_streams) {
    return apiError('JSMaximumStreamsLimitErr');
  }
  return refuseReservation(config, context);
}

/** `name` is the one in the request's subject. */
export function planStreamCreate(name: string, body: Uint8Array, context: StreamPlanContext): StreamPlan {
  const decoded = decodeStreamConfigRequest(body);
  if (!decoded.ok) return refuse(apiError('JSInvalidJSONErr', { err: decoded.text }));
  const { pedantic, ...asked } = decoded.value;
  const early = refuseCreateRequest(name, asked, context);
  if (early !== null) return refuse(early);

  const check = checkStreamConfig(withStaticMetadata(asked, streamLevelNeeded(asked)), checkContext(context, pedantic));
  if (!check.ok) return refuse(check.error);
  const { config } = check;
  if (config.num_replicas > 1) return refuse(apiError('JSStreamReplicasNotSupportedErr'));

  const existing = context.streams.get(name);
  if (existing !== undefined) {
    return isSameStreamConfig(withMetadataOf(config, existing), existing)
      ? { kind: 'exists', config: existing }
      : refuse(apiError('JSStreamNameExistErr'));
  }
  const late = refuseReservation(config, context) ?? refuseOverlap(config, context) ?? refuseUnsupportedStream(config);
  return late === null ? { kind: 'create', config } : refuse(late);
}

/**
 * Why a stream that is not there could not be made like this either. The reference says of all such updates that there is
 * no stream; so told, `contrail apply` learns without a trace what would be refused.
 */
function refuseNew(config: StreamConfig, context: StreamPlanContext): ApiError | null {
  if (config.num_replicas > 1) return apiError('JSStreamReplicasNotSupportedErr');
  return refuseReservation(config, context) ?? refuseUnsupportedStream(config);
}

/** What a backup is to become. `name` is the one in the request's subject. */
export function planStreamRestore(name: string, asked: StreamConfig, context: StreamPlanContext): StreamPlan {
  const named = asked.name === '' ? { ...asked, name } : asked;
  if (named.name !== name) return refuse(apiError('JSStreamMismatchErr'));
  if (hasPathSeparator(name)) return refuse(apiError('JSStreamNameContainsPathSeparatorsErr'));
  const check = checkStreamConfig(withStaticMetadata(named, streamLevelNeeded(named)), checkContext(context, false));
  if (!check.ok) return refuse(check.error);
  const { config } = check;
  const { max_streams: streamsMax } = context.account;
  if (streamsMax > 0 && context.streams.size >= streamsMax) return refuse(apiError('JSMaximumStreamsLimitErr'));
  const reservation = refuseReservation(config, context);
  if (reservation !== null) return refuse(reservation);
  if (context.streams.has(name)) return refuse(apiError('JSStreamNameExistRestoreFailedErr'));
  // Compat: the reference says so only when it has got all of the backup.
  if (config.num_replicas > 1) return refuse(apiError('JSStreamReplicasNotSupportedErr'));
  const late = refuseOverlap(config, context) ?? refuseUnsupportedStream(config);
  return late === null ? { kind: 'create', config } : refuse(late);
}

/** An update reserves what it adds, not the whole again. */
function refuseUpdateReservation(old: StreamConfig, next: StreamConfig, context: StreamPlanContext): ApiError | null {
  const added = Math.max(0, Math.max(next.max_bytes, 0) - Math.max(old.max_bytes, 0));
  const others = reservedBytes(context.streams.values(), next.name);
  const kept = next.max_bytes - added;
  const own = Math.max(kept, 0);
  const accountReserved =
    next.storage === 'memory' ? { ...others, memory: others.memory + own } : { ...others, file: others.file + own };
  const { account, server, serverReserved } = context;
  return checkReservation({ ...next, max_bytes: added }, { account, accountReserved, server, serverReserved });
}

export function planStreamUpdate(name: string, body: Uint8Array, context: StreamPlanContext): StreamPlan {
  const decoded = decodeStreamConfigRequest(body);
  if (!decoded.ok) return refuse(apiError('JSInvalidJSONErr', { err: decoded.text }));
  const { pedantic, ...asked } = decoded.value;
  const first = checkStreamConfig(asked, checkContext(context, pedantic));
  if (!first.ok) return refuse(first.error);
  if (name !== first.config.name) return refuse(apiError('JSStreamMismatchErr'));
  const old = context.streams.get(name);
  if (old === undefined) return refuse(refuseNew(first.config, context) ?? apiError('JSStreamNotFoundErr'));

  const stamped = withStaticMetadata(first.config, streamLevelNeeded(first.config));
  const second = checkStreamConfig(stamped, checkContext(context, pedantic));
  if (!second.ok) return refuse(second.error);
  const update = checkStreamUpdate(old, second.config);
  if (!update.ok) return refuse(update.error);
  const late =
    refuseUpdateReservation(old, update.config, context) ??
    refuseOverlap(update.config, context) ??
    refuseUnsupportedStream(update.config);
  return late === null ? { kind: 'update', config: update.config } : refuse(late);
}
