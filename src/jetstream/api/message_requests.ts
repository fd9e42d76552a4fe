// Requests about single messages, through the API: get and delete. Compat: nats-server jetstream_api.go, jsMsgGetRequest
// and jsMsgDeleteRequest.
import { rfc3339Nano } from '../../base/nanos.ts';
import type { StreamStore } from '../../store/stream_store.ts';
import { hasWildcard } from '../../subject/subject.ts';
import { timeNanos } from '../json/json_time.ts';
import { BOOL, field, optional, STRING, struct, UINT64 } from '../json/json_type.ts';
import { MESSAGE_GET, type MessageGetRequest } from '../stream/message_get_request.ts';
import type { MessageCopy } from '../stream/message_reader.ts';
import { type ApiError, apiError } from './api_error.ts';
import {
  type ApiAnswer,
  type ApiRequest,
  accept,
  answerKind,
  findStream,
  isEmptyBody,
  isRefusal,
  readBody,
  refuse,
} from './api_request.ts';
import type { Route } from './api_routes.ts';

const GET = answerKind('stream_msg_get');
const DELETE = answerKind('stream_msg_delete');

// --- get -------------------------------------------------------------------------------------------------------------

interface StoredMessageFields {
  readonly subject: string;
  readonly seq: number;
  /** Base64. */
  readonly hdrs: string;
  readonly data: string;
  readonly time: string;
}

const STORED_MESSAGE = struct<StoredMessageFields>('StoredMsg', {
  subject: field(STRING),
  seq: field(UINT64),
  hdrs: optional(STRING),
  data: optional(STRING),
  time: field(STRING),
});

function messageText(copy: MessageCopy, hasHeaders: boolean): string {
  return STORED_MESSAGE.encode({
    subject: copy.subject,
    seq: copy.sequence,
    hdrs: hasHeaders ? Buffer.from(copy.header).toString('base64') : '',
    data: Buffer.from(copy.data).toString('base64'),
    time: rfc3339Nano(copy.timeNs),
  });
}

/** Exactly one way to say which message. */
function isGetValid(request: MessageGetRequest): boolean {
  const { seq, last_by_subj: last, next_by_subj: next, start_time: time, batch, max_bytes } = request;
  if (batch > 0 || max_bytes > 0) return false;
  if (seq > 0 && (last !== '' || time !== null)) return false;
  if (seq === 0 && last === '' && next === '' && time === null) return false;
  return last === '' || (time === null && next === '');
}

/** The sequence asked for; 0 when there is none. */
async function findSequence(store: StreamStore, request: MessageGetRequest): Promise<number> {
  const { next_by_subj: next, last_by_subj: last, start_time: time } = request;
  const sequence = time === null ? request.seq : await store.sequenceAtTime(timeNanos(time));
  if (next !== '') {
    const filter = store.filter([next]);
    const found = store.nextSequence(filter, Math.max(sequence, 1));
    filter.close();
    return found;
  }
  return sequence > 0 ? sequence : lastFor(store, last);
}

function lastFor(store: StreamStore, subject: string): number {
  const { sequenceLast } = store.state;
  // Compat: the last of everything is the last sequence, also when its message is gone.
  if (subject === '>') return sequenceLast;
  if (!hasWildcard(subject)) {
    const bytes = Buffer.from(subject);
    return store.lastOfSubject(bytes, 0, bytes.length);
  }
  const filter = store.filter([subject]);
  const found = store.previousSequence(filter, sequenceLast);
  filter.close();
  return found;
}

async function handleGet({ account, names, body }: ApiRequest): Promise<ApiAnswer> {
  if (isEmptyBody(body)) return refuse(GET, apiError('JSBadRequestErr'));
  const read = readBody(body, MESSAGE_GET);
  if (!read.ok) return refuse(GET, read.error);
  if (!isGetValid(read.value)) return refuse(GET, apiError('JSBadRequestErr'));
  const stream = findStream(account, names[0]);
  if (isRefusal(stream)) return refuse(GET, stream);
  const sequence = await findSequence(stream.store, read.value);
  const copy = sequence === 0 ? null : await stream.copyMessage(sequence);
  if (copy === null) return refuse(GET, apiError('JSNoMessageFoundErr'));
  // Compat: an answer with a message does not go through what counts calls.
  return { ...accept(GET, `{"message":${messageText(copy, !read.value.no_hdr)}}`), isCounted: false };
}

// --- delete ----------------------------------------------------------------------------------------------------------

interface DeleteRequest {
  readonly seq: number;
  readonly no_erase: boolean;
}

const DELETE_REQUEST = struct<DeleteRequest>('JSApiMsgDeleteRequest', { seq: field(UINT64), no_erase: optional(BOOL) });

/** Compat: file and memory stores word the absence of a message differently. */
function notFound(store: StreamStore, sequence: number): ApiError {
  const { sequenceFirst, sequenceLast } = store.state;
  if (store.kind === 'file' && sequence > sequenceLast) {
    return apiError('JSStreamMsgDeleteFailedF', { err: 'stream store EOF' });
  }
  if (store.kind === 'file' && sequence < sequenceFirst) {
    return apiError('JSStreamMsgDeleteFailedF', { err: 'no message found' });
  }
  return apiError('JSSequenceNotFoundErrF', { seq: sequence });
}

async function handleDelete({ account, names, body }: ApiRequest): Promise<ApiAnswer> {
  if (isEmptyBody(body)) return refuse(DELETE, apiError('JSBadRequestErr'));
  const read = readBody(body, DELETE_REQUEST);
  if (!read.ok) return refuse(DELETE, read.error);
  const stream = findStream(account, names[0]);
  if (isRefusal(stream)) return refuse(DELETE, stream);
  if (stream.config.sealed) return refuse(DELETE, apiError('JSStreamSealedErr'));
  if (stream.config.deny_delete) {
    return refuse(DELETE, apiError('JSStreamMsgDeleteFailedF', { err: 'message delete not permitted' }));
  }
  const { seq, no_erase } = read.value;
  const error = notFound(stream.store, seq);
  if (!stream.store.remove(seq, !no_erase)) return refuse(DELETE, error);
  await stream.store.flush();
  return accept(DELETE, '{"success":true}');
}

export const MESSAGE_ROUTES: readonly Route[] = [
  { words: 'STREAM.MSG.GET', names: 1, kind: GET, handler: handleGet },
  { words: 'STREAM.MSG.DELETE', names: 1, kind: DELETE, handler: handleDelete },
];
