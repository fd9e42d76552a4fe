// A request to the JetStream API as its handlers see it, and what they answer. Values and small helpers for bodies;
// api_router.ts makes the one from a message and sends the other.
import type { ClientInfo, Passage } from '../../ports/message.ts';
import type { JetStreamAccount } from '../account.ts';
import { decodeRequest } from '../json/json_decode.ts';
import type { JsonType } from '../json/json_type.ts';
import type { Stream } from '../stream/stream.ts';
import { API_ERROR, type ApiError, apiError } from './api_error.ts';

export interface ApiRequest {
  readonly account: JetStreamAccount;
  /** The whole subject. */
  readonly subject: string;
  /** The tokens behind the endpoint's own: names, mostly. */
  readonly names: readonly string[];
  readonly body: Uint8Array;
  readonly client: ClientInfo | null;
  /** How the request came from the client's account; null where that is the account that was asked. */
  readonly passage: Passage | null;
  /** Of the account's API, before this request. */
  readonly stats: ApiStats;
}

export interface ApiStats {
  readonly total: number;
  readonly errors: number;
  /** Requests that are not answered yet. */
  readonly inflight: number;
}

export interface ApiAnswer {
  readonly text: string;
  readonly isError: boolean;
  /** False where the reference does not count the call. */
  readonly isCounted: boolean;
}

/** The stream a request names, ready for work, or why not. */
export function findStream(account: JetStreamAccount, name: string | undefined): Stream | ApiError {
  const stream = account.stream(name ?? '');
  if (stream === undefined) return apiError('JSStreamNotFoundErr');
  const reason = stream.offlineReason;
  return reason === null ? stream : apiError('JSStreamOfflineReasonErrF', { err: reason });
}

/** Whether findStream() found none. */
export function isRefusal(found: object): found is ApiError {
  return 'err_code' in found;
}

export type ApiHandler = (request: ApiRequest) => ApiAnswer | Promise<ApiAnswer>;

/** What kinds of answer look like: their name, and what they show besides an error. */
export interface AnswerKind {
  readonly name: string;
  /** JSON object with the fields that are there even in a refusal. */
  readonly refused: string;
}

export function answerKind(name: string, refused = '{}'): AnswerKind {
  return { name, refused };
}

function typed(kind: AnswerKind, error: string, fields: string): string {
  const rest = fields === '{}' ? '}' : `,${fields.slice(1)}`;
  return `{"type":"io.nats.jetstream.api.v1.${kind.name}_response"${error}${rest}`;
}

/** `fields` is the JSON object of what the answer says. */
export function accept(kind: AnswerKind, fields: string): ApiAnswer {
  return { text: typed(kind, '', fields), isError: false, isCounted: true };
}

export function refuse(kind: AnswerKind, error: ApiError): ApiAnswer {
  return { text: typed(kind, `,"error":${API_ERROR.encode(error)}`, kind.refused), isError: true, isCounted: true };
}

/** Joins the fields of two JSON objects. */
export function joinObjects(first: string, second: string): string {
  if (first === '{}') return second;
  return second === '{}' ? first : `${first.slice(0, -1)},${second.slice(1)}`;
}

export type Body<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: ApiError };

export function readBody<T>(body: Uint8Array, type: JsonType<T>): Body<T> {
  const decoded = decodeRequest(body, type);
  if (decoded.ok) return decoded;
  return { ok: false, error: apiError('JSInvalidJSONErr', { err: decoded.text }) };
}

const OPEN_OBJECT = 0x7b;
const OPEN_ARRAY = 0x5b;

function isBlank(byte: number): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d;
}

/** A body that may be left out: anything but an object or a list counts as none. Compat: isJSONObjectOrArray. */
export function readOptionalBody<T>(body: Uint8Array, type: JsonType<T>): Body<T> {
  const first = body.find((byte) => !isBlank(byte));
  if (first !== OPEN_OBJECT && first !== OPEN_ARRAY) return { ok: true, value: type.zero() };
  return readBody(body, type);
}

/** Compat: isEmptyRequest: nothing, or an object without fields. */
export function isEmptyBody(body: Uint8Array): boolean {
  if (body.length === 0) return true;
  return /^[ \t\r\n]*\{[ \t\r\n]*\}[ \t\r\n]*$/.test(Buffer.from(body).toString('latin1'));
}
