// The body of a request for messages, direct or through the API. Compat: jetstream_api.go, JSApiMsgGetRequest.
import { TIME } from '../json/json_time.ts';
import { BOOL, INT, type JsonType, list, optional, pointer, STRING, struct, UINT64 } from '../json/json_type.ts';

export interface MessageGetRequest {
  readonly seq: number;
  readonly last_by_subj: string;
  readonly next_by_subj: string;
  readonly batch: number;
  readonly max_bytes: number;
  /** RFC 3339. */
  readonly start_time: string | null;
  readonly multi_last: readonly string[];
  readonly up_to_seq: number;
  readonly up_to_time: string | null;
  readonly no_hdr: boolean;
}

export const MESSAGE_GET: JsonType<MessageGetRequest> = struct<MessageGetRequest>('JSApiMsgGetRequest', {
  seq: optional(UINT64),
  last_by_subj: optional(STRING),
  next_by_subj: optional(STRING),
  batch: optional(INT),
  max_bytes: optional(INT),
  start_time: optional(pointer(TIME)),
  multi_last: optional(list(STRING)),
  up_to_seq: optional(UINT64),
  up_to_time: optional(pointer(TIME)),
  no_hdr: optional(BOOL),
});
