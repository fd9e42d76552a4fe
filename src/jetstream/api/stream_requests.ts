// Requests about streams: create, update, names, list, info, delete, purge. Each handler reads its body, asks the plan
// or the stream, and words the answer; nothing is decided here. Compat: nats-server jetstream_api.go, jsStream*Request.
import { errorText, isLeftAlone } from '../../base/errors.ts';
import { subjectsCollide } from '../../subject/subject.ts';
import type { JetStreamAccount } from '../account.ts';
import { withDynamicMetadata } from '../asset_metadata.ts';
import { BOOL, compareText, field, list, optional, STRING, struct, UINT64 } from '../json/json_type.ts';
import { SEQUENCE_STORED_MAX } from '../limits.ts';
import type { Stream } from '../stream/stream.ts';
import type { StreamConfig } from '../stream/stream_config.ts';
import { NO_DETAILS, STREAM_INFO, type StateDetails, type StreamInfo } from '../stream/stream_info.ts';
import { planStreamCreate, planStreamUpdate, type StreamPlanContext } from '../stream/stream_plan.ts';
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
const SUBJECT_DETAILS_MAX = 100_000;
const NO_PAGE = pageFields({ total: 0, offset: 0, limit: 0 });

export const CREATE = answerKind('stream_create');
const UPDATE = answerKind('stream_update');
const NAMES = answerKind('stream_names', joinObjects(NO_PAGE, '{"streams":null}'));
const LIST = answerKind('stream_list', joinObjects(NO_PAGE, '{"streams":[]}'));
const INFO = answerKind('stream_info', NO_PAGE);
const DELETE = answerKind('stream_delete');
const PURGE = answerKind('stream_purge', '{"purged":0}');

// --- create and update -----------------------------------------------------------------------------------------------

export function planContext(account: JetStreamAccount): StreamPlanContext {
  return {
    server: account.parts.limits,
    account: account.limits,
    streams: account.configs(),
    serverReserved: account.serverReserved(),
  };
}

export function encodeInfo(info: StreamInfo, config: StreamConfig): string {
  return STREAM_INFO.encode({ ...info, config: withDynamicMetadata(config) });
}

function createdAnswer(account: JetStreamAccount, stream: Stream): ApiAnswer {
  const info = stream.info(NO_DETAILS, account.nowNs());
  // Compat: a server by itself says so for a stream that was already there too.
  return accept(CREATE, joinObjects(encodeInfo(info, stream.config), '{"did_create":true}'));
}

function handleCreate(request: ApiRequest): Promise<ApiAnswer> {
  const { account, body } = request;
  const name = request.names[0] ?? '';
  return account.changeInTurn(async () => {
    const plan = planStreamCreate(name, body, planContext(account));
    if (plan.kind === 'refuse') return refuse(CREATE, plan.error);
    const existing = account.stream(name);
    if (existing !== undefined) return createdAnswer(account, existing);
    try {
      return createdAnswer(account, await account.createStream(plan.config));
    } catch (error) {
      account.parts.log.error(`Cannot create stream '${account.bus.account} > ${name}': ${errorText(error)}`);
      const err = isLeftAlone(error) ? error.message : 'error creating store for stream';
      return refuse(CREATE, apiError('JSStreamCreateErrF', { err }));
    }
  });
}

/** Changed limits that consumers of the stream exceed. */
function refuseViolation(stream: Stream, next: StreamConfig): ApiError | null {
  const old = stream.config.consumer_limits;
  const { inactive_threshold: threshold, max_ack_pending: pending } = next.consumer_limits;
  const isChanged =
    (threshold > 0 && threshold !== old.inactive_threshold) || (pending > 0 && pending !== old.max_ack_pending);
  const names = isChanged ? stream.consumers.violating(next) : [];
  if (names.length === 0) return null;
  return apiError('JSStreamUpdateErrF', { err: `change to limits violates consumers: ${names.join(', ')}` });
}

function handleUpdate(request: ApiRequest): Promise<ApiAnswer> {
  const { account, body } = request;
  const name = request.names[0] ?? '';
  return account.changeInTurn(async () => {
    const plan = planStreamUpdate(name, body, planContext(account));
    if (plan.kind === 'refuse') return refuse(UPDATE, plan.error);
    const stream = findStream(account, name);
    if (isRefusal(stream)) return refuse(UPDATE, stream);
    const violation = refuseViolation(stream, plan.config);
    if (violation !== null) return refuse(UPDATE, violation);
    await stream.update(plan.config);
    const info = { ...stream.info(NO_DETAILS, account.nowNs()), domain: account.parts.domain };
    return accept(UPDATE, encodeInfo(info, stream.config));
  });
}

// --- names, list, info -----------------------------------------------------------------------------------------------

interface StreamsRequest extends PagedRequest {
  readonly subject: string;
}

const NAMES_REQUEST = struct<StreamsRequest>('JSApiStreamNamesRequest', { ...PAGED, subject: optional(STRING) });
const LIST_REQUEST = struct<StreamsRequest>('JSApiStreamListRequest', { ...PAGED, subject: optional(STRING) });

/** The account's streams with a subject that meets the filter, by name. */
function streamsOf(account: JetStreamAccount, filter: string): readonly Stream[] {
  const passes = ({ config }: Stream) =>
    filter === '' || config.subjects.some((subject) => subjectsCollide(filter, subject));
  return [...account.streams()].filter(passes).sort((a, b) => compareText(a.config.name, b.config.name));
}

function handleNames({ account, body }: ApiRequest): ApiAnswer {
  const read = readOptionalBody(body, NAMES_REQUEST);
  if (!read.ok) return refuse(NAMES, read.error);
  const streams = streamsOf(account, read.value.subject);
  const offset = pageStart(read.value.offset, streams.length);
  const names = streams.slice(offset, offset + NAMES_MAX).map(({ config }) => config.name);
  const page = pageFields({ total: streams.length, offset, limit: NAMES_MAX });
  const text = names.length === 0 ? 'null' : list(STRING).encode(names);
  return accept(NAMES, joinObjects(page, `{"streams":${text}}`));
}

function handleList({ account, body }: ApiRequest): ApiAnswer {
  const read = readOptionalBody(body, LIST_REQUEST);
  if (!read.ok) return refuse(LIST, read.error);
  const streams = streamsOf(account, read.value.subject);
  const offset = pageStart(read.value.offset, streams.length);
  const nowNs = account.nowNs();
  const shown = streams.slice(offset, offset + LIST_MAX);
  const listed: StreamList = {
    streams: shown
      .filter(({ offlineReason }) => offlineReason === null)
      .map((stream) => ({ ...stream.info(NO_DETAILS, nowNs), domain: account.parts.domain })),
    ...offlineOf(shown.map(({ config, offlineReason }) => [config.name, offlineReason])),
  };
  const page = pageFields({ total: streams.length, offset, limit: LIST_MAX });
  return accept(LIST, joinObjects(page, STREAM_LIST.encode(listed)));
}

interface StreamList extends OfflineList {
  readonly streams: readonly StreamInfo[];
}

const STREAM_LIST = struct<StreamList>('JSApiStreamListResponse', {
  streams: field(list(STREAM_INFO)),
  ...OFFLINE_LIST,
});

interface InfoRequest extends PagedRequest {
  readonly deleted_details: boolean;
  readonly subjects_filter: string;
}

const INFO_REQUEST = struct<InfoRequest>('JSApiStreamInfoRequest', {
  ...PAGED,
  deleted_details: optional(BOOL),
  subjects_filter: optional(STRING),
});

interface SubjectPage {
  readonly fields: string;
  readonly subjects: ReadonlyMap<string, number>;
}

function subjectPage(stream: Stream, { subjects_filter: filter, offset: asked }: InfoRequest): SubjectPage {
  const offset = Math.max(asked, 0);
  const totals = filter === '' ? [] : stream.store.subjectTotals(filter, 0, Number.MAX_SAFE_INTEGER);
  if (totals.length === 0) return { fields: NO_PAGE, subjects: new Map() };
  const page = totals.slice(offset, offset + SUBJECT_DETAILS_MAX);
  return {
    fields: pageFields({ total: totals.length, offset, limit: SUBJECT_DETAILS_MAX }),
    subjects: new Map(page.map(({ subject, messages }) => [subject, messages])),
  };
}

function handleInfo({ account, names, body }: ApiRequest): ApiAnswer {
  const read = readOptionalBody(body, INFO_REQUEST);
  if (!read.ok) return refuse(INFO, read.error);
  const stream = findStream(account, names[0]);
  if (isRefusal(stream)) return refuse(INFO, stream);
  const { fields, subjects } = subjectPage(stream, read.value);
  const deleted = read.value.deleted_details ? stream.store.deletedSequences() : [];
  const details: StateDetails = { subjects, deleted };
  const { domain, serverName } = account.parts;
  const info = { ...stream.info(details, account.nowNs()), domain, cluster: { leader: serverName } };
  return accept(INFO, joinObjects(fields, encodeInfo(info, stream.config)));
}

// --- delete and purge ------------------------------------------------------------------------------------------------

function handleDelete({ account, names, body }: ApiRequest): ApiAnswer | Promise<ApiAnswer> {
  if (!isEmptyBody(body)) return refuse(DELETE, apiError('JSNotEmptyRequestErr'));
  const name = names[0] ?? '';
  return account.changeInTurn(async () => {
    if (account.stream(name) === undefined) return refuse(DELETE, apiError('JSStreamNotFoundErr'));
    await account.removeStream(name);
    return accept(DELETE, '{"success":true}');
  });
}

interface PurgeRequestBody {
  readonly seq: number;
  readonly filter: string;
  readonly keep: number;
}

const PURGE_REQUEST = struct<PurgeRequestBody>('JSApiStreamPurgeRequest', {
  seq: optional(UINT64),
  filter: optional(STRING),
  keep: optional(UINT64),
});

async function handlePurge({ account, names, body }: ApiRequest): Promise<ApiAnswer> {
  const read = readOptionalBody(body, PURGE_REQUEST);
  if (!read.ok) return refuse(PURGE, read.error);
  const { seq: sequence, filter, keep } = read.value;
  if (sequence > 0 && keep > 0) return refuse(PURGE, apiError('JSBadRequestErr'));
  const stream = findStream(account, names[0]);
  if (isRefusal(stream)) return refuse(PURGE, stream);
  if (stream.config.sealed) return refuse(PURGE, apiError('JSStreamSealedErr'));
  if (stream.config.deny_purge) {
    return refuse(PURGE, apiError('JSStreamPurgeFailedF', { err: 'stream purge not permitted' }));
  }
  // What would be the next sequence must be one: beyond these numbers are not exact.
  if (sequence > SEQUENCE_STORED_MAX && (filter === '' || filter === '>')) {
    return refuse(
      PURGE,
      apiError('JSStreamPurgeFailedF', { err: `sequences above ${SEQUENCE_STORED_MAX} are not supported` }),
    );
  }
  const purged = stream.store.purge({ filter: filter === '' ? null : filter, sequence, keep });
  await stream.store.flush();
  return accept(PURGE, `{"success":true,"purged":${purged}}`);
}

export const STREAM_ROUTES: readonly Route[] = [
  { words: 'STREAM.CREATE', names: 1, kind: CREATE, handler: handleCreate },
  { words: 'STREAM.UPDATE', names: 1, kind: UPDATE, handler: handleUpdate },
  { words: 'STREAM.NAMES', names: 0, kind: NAMES, handler: handleNames },
  { words: 'STREAM.LIST', names: 0, kind: LIST, handler: handleList },
  { words: 'STREAM.INFO', names: 1, kind: INFO, handler: handleInfo },
  { words: 'STREAM.DELETE', names: 1, kind: DELETE, handler: handleDelete },
  { words: 'STREAM.PURGE', names: 1, kind: PURGE, handler: handlePurge },
];
