// Requests about consumers: create in its three forms, names, list, info, delete, pause, reset. Each handler reads its
// body, asks the plan or the stream, and words the answer; nothing is decided here.
// Compat: nats-server jetstream_api.go, jsConsumer*Request; consumer.go, processResetReq.
import { errorText, isLeftAlone } from '../../base/errors.ts';
import { NanoTime, rfc3339Nano, ZERO_TIME_NS, ZERO_TIME_TEXT } from '../../base/nanos.ts';
import type { JetStreamAccount } from '../account.ts';
import { withDynamicMetadata, withStaticMetadata } from '../asset_metadata.ts';
import {
  type ConsumerConfig,
  type ConsumerCreateRequest,
  decodeConsumerCreateRequest,
} from '../consumer/consumer_config.ts';
import { CONSUMER_INFO, type ConsumerInfo } from '../consumer/consumer_info.ts';
import { type ConsumerAddress, type ConsumerPlanContext, planConsumerCreate } from '../consumer/consumer_plan.ts';
import { consumerLevelNeeded } from '../consumer/consumer_update.ts';
import { decodeSingle, type JsonResult } from '../json/json_decode.ts';
import { TIME, timeNanos } from '../json/json_time.ts';
import { BOOL, compareText, DURATION, field, list, optional, STRING, struct, UINT64 } from '../json/json_type.ts';
import type { Stream } from '../stream/stream.ts';
import { type ApiError, apiError } from './api_error.ts';
import {
  OFFLINE_LIST,
  type OfflineList,
  offlineOf,
  PAGED,
  type PagedRequest,
  pageFields,
  pageStart,
} from './api_page.ts';
import {
  type ApiAnswer,
  type ApiRequest,
  accept,
  answerKind,
  findStream,
  isEmptyBody,
  isRefusal,
  joinObjects,
  readOptionalBody,
  refuse,
} from './api_request.ts';
import type { Route } from './api_routes.ts';

const LIST_MAX = 256;
const NAMES_MAX = 1024;
const NO_PAGE = pageFields({ total: 0, offset: 0, limit: 0 });

const CREATE = answerKind('consumer_create');
const NAMES = answerKind('consumer_names', joinObjects(NO_PAGE, '{"consumers":[]}'));
const LIST = answerKind('consumer_list', joinObjects(NO_PAGE, '{"consumers":[]}'));
const INFO = answerKind('consumer_info');
const DELETE = answerKind('consumer_delete');
const PAUSE = answerKind('consumer_pause', `{"paused":false,"pause_until":"${ZERO_TIME_TEXT}"}`);
const RESET = answerKind('consumer_reset', '{"reset_seq":0}');
const UNPIN = answerKind('consumer_unpin');

// --- create ----------------------------------------------------------------------------------------------------------

function encodeInfo(info: ConsumerInfo): string {
  return CONSUMER_INFO.encode({ ...info, config: withDynamicMetadata(info.config) });
}

function planContext(account: JetStreamAccount, stream: Stream | undefined): ConsumerPlanContext {
  return {
    server: account.parts.limits,
    account: account.limits,
    stream: stream?.config ?? null,
    consumers: stream?.consumers.configs() ?? new Map(),
    hasInterest: (subject) => account.bus.hasInterest(subject),
  };
}

/** Compat: the body is looked at before anything else. */
function refuseBody({ body }: ApiRequest): ApiAnswer | null {
  const read = decodeConsumerCreateRequest(body);
  return read.ok ? null : refuse(CREATE, apiError('JSInvalidJSONErr', { err: read.text }));
}

function handleCreate(addressOf: (names: readonly string[]) => ConsumerAddress) {
  return (request: ApiRequest): ApiAnswer | Promise<ApiAnswer> => {
    const read = decodeConsumerCreateRequest(request.body);
    if (!read.ok) return refuse(CREATE, apiError('JSInvalidJSONErr', { err: read.text }));
    const address = addressOf(request.names);
    return request.account.changeInTurn(() => create(request.account, address, read.value));
  };
}

async function create(
  account: JetStreamAccount,
  address: ConsumerAddress,
  request: ConsumerCreateRequest,
): Promise<ApiAnswer> {
  const stream = account.stream(address.stream);
  const plan = planConsumerCreate(address, request, planContext(account, stream));
  if (plan.kind === 'refuse') return refuse(CREATE, plan.error);
  if (stream === undefined) return refuse(CREATE, apiError('JSStreamNotFoundErr'));
  if (stream.offlineReason !== null) {
    return refuse(CREATE, apiError('JSStreamOfflineReasonErrF', { err: stream.offlineReason }));
  }
  if (plan.kind === 'update' && stream.consumers.offlineReason(plan.name) !== null) {
    return refuse(CREATE, refuseMissing(stream, plan.name));
  }
  try {
    const name = plan.kind === 'update' ? plan.name : await createNew(stream, plan.config);
    if (plan.kind === 'update') await stream.consumers.update(name, plan.config);
    const info = stream.consumers.info(name);
    if (info === null) return refuse(CREATE, apiError('JSConsumerCreateErrF', { err: 'consumer closed' }));
    return accept(CREATE, encodeInfo(info));
  } catch (error) {
    account.parts.log.error(`Cannot create a consumer of stream '${address.stream}': ${errorText(error)}`);
    const err = isLeftAlone(error) ? error.message : 'error creating store for consumer';
    return refuse(CREATE, apiError('JSConsumerCreateErrF', { err }));
  }
}

async function createNew(stream: Stream, config: ConsumerConfig): Promise<string> {
  // Compat: a consumer that was given no name has one, but its configuration still shows none.
  const name = config.durable_name || config.name || stream.consumers.newName();
  await stream.consumers.create(name, config);
  return name;
}

function ephemeralAddress([stream = '']: readonly string[]): ConsumerAddress {
  return { form: 'ephemeral', stream, name: '', filter: '' };
}

function namedAddress([stream = '', name = '', ...filter]: readonly string[]): ConsumerAddress {
  return { form: 'named', stream, name, filter: filter.join('.') };
}

function durableAddress([stream = '', name = '']: readonly string[]): ConsumerAddress {
  return { form: 'durable', stream, name, filter: '' };
}

// --- names, list, info -----------------------------------------------------------------------------------------------

const CONSUMERS_REQUEST = struct<PagedRequest>('JSApiConsumersRequest', PAGED);

interface ConsumerList extends OfflineList {
  readonly consumers: readonly ConsumerInfo[];
}

const CONSUMER_LIST = struct<ConsumerList>('JSApiConsumerListResponse', {
  consumers: field(list(CONSUMER_INFO)),
  ...OFFLINE_LIST,
});

function namesOf(stream: Stream): readonly string[] {
  return [...stream.consumers.names()].sort(compareText);
}

function handleNames({ account, names, body }: ApiRequest): ApiAnswer {
  const read = readOptionalBody(body, CONSUMERS_REQUEST);
  if (!read.ok) return refuse(NAMES, read.error);
  const stream = findStream(account, names[0]);
  if (isRefusal(stream)) return refuse(NAMES, stream);
  const all = namesOf(stream);
  const offset = pageStart(read.value.offset, all.length);
  const page = pageFields({ total: all.length, offset, limit: NAMES_MAX });
  const text = list(STRING).encode(all.slice(offset, offset + NAMES_MAX));
  return accept(NAMES, joinObjects(page, `{"consumers":${text}}`));
}

function handleList({ account, names, body }: ApiRequest): ApiAnswer {
  const read = readOptionalBody(body, CONSUMERS_REQUEST);
  if (!read.ok) return refuse(LIST, read.error);
  const stream = findStream(account, names[0]);
  if (isRefusal(stream)) return refuse(LIST, stream);
  const all = namesOf(stream);
  const offset = pageStart(read.value.offset, all.length);
  const shown = all.slice(offset, offset + LIST_MAX);
  const listed: ConsumerList = {
    consumers: shown.map((name) => stream.consumers.info(name)).filter((info) => info !== null),
    ...offlineOf(shown.map((name) => [name, stream.consumers.offlineReason(name)])),
  };
  const page = pageFields({ total: all.length, offset, limit: LIST_MAX });
  return accept(LIST, joinObjects(page, CONSUMER_LIST.encode(listed)));
}

/** Why there is nothing to show or change of a consumer. */
function refuseMissing(stream: Stream, name: string): ApiError {
  const reason = stream.consumers.offlineReason(name);
  return reason === null ? apiError('JSConsumerNotFoundErr') : apiError('JSConsumerOfflineReasonErrF', { err: reason });
}

/** Compat: the body is looked at before the API level. */
function refuseInfoBody({ body }: ApiRequest): ApiAnswer | null {
  return isEmptyBody(body) ? null : refuse(INFO, apiError('JSNotEmptyRequestErr'));
}

function handleInfo({ account, names }: ApiRequest): ApiAnswer {
  const stream = findStream(account, names[0]);
  if (isRefusal(stream)) return refuse(INFO, stream);
  const name = names[1] ?? '';
  const info = stream.consumers.info(name);
  return info === null ? refuse(INFO, refuseMissing(stream, name)) : accept(INFO, encodeInfo(info));
}

// --- delete ----------------------------------------------------------------------------------------------------------

function handleDelete({ account, names, body }: ApiRequest): ApiAnswer | Promise<ApiAnswer> {
  if (!isEmptyBody(body)) return refuse(DELETE, apiError('JSNotEmptyRequestErr'));
  return account.changeInTurn(async () => {
    const stream = findStream(account, names[0]);
    if (isRefusal(stream)) return refuse(DELETE, stream);
    const isRemoved = await stream.consumers.remove(names[1] ?? '');
    return isRemoved ? accept(DELETE, '{"success":true}') : refuse(DELETE, apiError('JSConsumerNotFoundErr'));
  });
}

// --- pause -----------------------------------------------------------------------------------------------------------

interface PauseRequest {
  readonly pause_until: string;
}

const PAUSE_REQUEST = struct<PauseRequest>('JSApiConsumerPauseRequest', { pause_until: optional(TIME) });

interface PauseFields {
  readonly paused: boolean;
  readonly pause_until: string;
  readonly pause_remaining: number;
}

const PAUSE_ANSWER = struct<PauseFields>('JSApiConsumerPauseResponse', {
  paused: field(BOOL),
  pause_until: field(STRING),
  pause_remaining: optional(DURATION),
});

/** Compat: the body is looked at before the API level. */
function refusePauseBody({ body }: ApiRequest): ApiAnswer | null {
  const read = readOptionalBody(body, PAUSE_REQUEST);
  return read.ok ? null : refuse(PAUSE, read.error);
}

function handlePause({ account, names, body }: ApiRequest): ApiAnswer | Promise<ApiAnswer> {
  const read = readOptionalBody(body, PAUSE_REQUEST);
  if (!read.ok) return refuse(PAUSE, read.error);
  return account.changeInTurn(async () => {
    const stream = findStream(account, names[0]);
    if (isRefusal(stream)) return refuse(PAUSE, stream);
    const name = names[1] ?? '';
    const entry = stream.consumers.get(name);
    if (entry === undefined) return refuse(PAUSE, refuseMissing(stream, name));
    const untilNs = timeNanos(read.value.pause_until);
    const until = untilNs === ZERO_TIME_NS ? null : rfc3339Nano(untilNs);
    const config = { ...entry.consumer.config, pause_until: until };
    await stream.consumers.update(name, withStaticMetadata(config, consumerLevelNeeded(config)));
    return accept(PAUSE, pauseText(untilNs, account));
  });
}

function pauseText(untilNs: bigint, account: JetStreamAccount): string {
  const now = new NanoTime();
  now.setMs(account.parts.clock.realtimeMs());
  const remaining = Number(untilNs - now.toNs());
  return PAUSE_ANSWER.encode({
    paused: remaining > 0,
    pause_until: rfc3339Nano(untilNs),
    pause_remaining: Math.max(remaining, 0),
  });
}

// --- reset and unpin -------------------------------------------------------------------------------------------------

interface ResetRequest {
  readonly seq: number;
}

const RESET_REQUEST = struct<ResetRequest>('JSApiConsumerResetRequest', { seq: optional(UINT64) });

async function handleReset({ account, names, body }: ApiRequest): Promise<ApiAnswer> {
  const read = readOptionalBody(body, RESET_REQUEST);
  if (!read.ok) return refuse(RESET, read.error);
  const stream = findStream(account, names[0]);
  if (isRefusal(stream)) return refuse(RESET, stream);
  const name = names[1] ?? '';
  const entry = stream.consumers.get(name);
  if (entry === undefined) return refuse(RESET, refuseMissing(stream, name));
  const result = await entry.consumer.reset(read.value.seq);
  if (typeof result === 'string') return refuse(RESET, apiError('JSConsumerInvalidResetErr', { err: result }));
  const info = stream.consumers.info(name);
  if (info === null) return refuse(RESET, refuseMissing(stream, name));
  return accept(RESET, joinObjects(encodeInfo(info), `{"reset_seq":${result}}`));
}

function handleUnpin({ account, names, body }: ApiRequest): ApiAnswer {
  const read = decodeSingle(body, UNPIN_REQUEST);
  const wrong = unpinError(read);
  if (!read.ok || wrong !== null) return refuse(UNPIN, apiError('JSInvalidJSONErr', { err: wrong ?? '' }));
  const stream = findStream(account, names[0]);
  if (isRefusal(stream)) return refuse(UNPIN, stream);
  const name = names[1] ?? '';
  const entry = stream.consumers.get(name);
  if (entry === undefined) return refuse(UNPIN, refuseMissing(stream, name));
  const { group } = read.value;
  if (!entry.consumer.config.priority_groups.includes(group)) {
    return refuse(UNPIN, apiError('JSConsumerInvalidPriorityGroupErr'));
  }
  entry.consumer.unpin(group);
  return accept(UNPIN, '{}');
}

const UNPIN_REQUEST = struct<{ readonly group: string }>('JSApiConsumerUnpinRequest', { group: field(STRING) });

function unpinError(read: JsonResult<{ readonly group: string }>): string | null {
  if (!read.ok) return read.text;
  return read.value.group === '' ? 'consumer group not specified' : null;
}

export const CONSUMER_ROUTES: readonly Route[] = [
  {
    words: 'CONSUMER.CREATE',
    names: 1,
    kind: CREATE,
    handler: handleCreate(ephemeralAddress),
    beforeLevel: refuseBody,
  },
  {
    words: 'CONSUMER.CREATE',
    names: 2,
    more: true,
    kind: CREATE,
    handler: handleCreate(namedAddress),
    beforeLevel: refuseBody,
  },
  {
    words: 'CONSUMER.DURABLE.CREATE',
    names: 2,
    kind: CREATE,
    handler: handleCreate(durableAddress),
    beforeLevel: refuseBody,
  },
  { words: 'CONSUMER.NAMES', names: 1, kind: NAMES, handler: handleNames },
  { words: 'CONSUMER.LIST', names: 1, kind: LIST, handler: handleList },
  { words: 'CONSUMER.INFO', names: 2, kind: INFO, handler: handleInfo, beforeLevel: refuseInfoBody },
  { words: 'CONSUMER.DELETE', names: 2, kind: DELETE, handler: handleDelete },
  { words: 'CONSUMER.PAUSE', names: 2, kind: PAUSE, handler: handlePause, beforeLevel: refusePauseBody },
  { words: 'CONSUMER.RESET', names: 2, kind: RESET, handler: handleReset },
  { words: 'CONSUMER.UNPIN', names: 2, kind: UNPIN, handler: handleUnpin },
];
