// INFO: what an account uses and may use. Compat: nats-server jetstream_api.go, jsAccountInfoRequest; jetstream.go,
// JetStreamAccountStats.
import { API_LEVEL } from '../asset_metadata.ts';
import { BOOL, field, INT, INT64, optional, STRING, struct, UINT64 } from '../json/json_type.ts';
import type { AccountLimits } from '../limits.ts';
import { type ApiAnswer, type ApiRequest, accept, answerKind } from './api_request.ts';
import type { Route } from './api_routes.ts';

interface ApiNumbers {
  readonly level: number;
  readonly total: number;
  readonly errors: number;
  readonly inflight: number;
}

interface AccountInfo {
  readonly memory: number;
  readonly storage: number;
  readonly reserved_memory: number;
  readonly reserved_storage: number;
  readonly streams: number;
  readonly consumers: number;
  readonly limits: AccountLimits;
  readonly domain: string;
  readonly api: ApiNumbers;
}

const ACCOUNT_INFO = struct<AccountInfo>('JetStreamAccountStats', {
  memory: field(UINT64),
  storage: field(UINT64),
  reserved_memory: field(UINT64),
  reserved_storage: field(UINT64),
  streams: field(INT),
  consumers: field(INT),
  limits: field(
    struct<AccountLimits>('JetStreamAccountLimits', {
      max_memory: field(INT64),
      max_storage: field(INT64),
      max_streams: field(INT),
      max_consumers: field(INT),
      max_ack_pending: field(INT),
      memory_max_stream_bytes: field(INT64),
      storage_max_stream_bytes: field(INT64),
      max_bytes_required: field(BOOL),
    }),
  ),
  domain: optional(STRING),
  api: field(
    struct<ApiNumbers>('JetStreamAPIStats', {
      level: field(INT),
      total: field(UINT64),
      errors: field(UINT64),
      inflight: optional(UINT64),
    }),
  ),
});

const INFO = answerKind('account_info');

function handleInfo({ account, stats }: ApiRequest): ApiAnswer {
  const reserved = account.reserved();
  const info: AccountInfo = {
    memory: account.usedBytes('memory'),
    storage: account.usedBytes('file'),
    reserved_memory: reserved.memory,
    reserved_storage: reserved.file,
    streams: account.streamCount,
    consumers: account.consumerCount,
    limits: account.limits,
    domain: account.parts.domain,
    // Compat: the number in flight is never filled in for an account.
    api: { level: API_LEVEL, total: stats.total, errors: stats.errors, inflight: 0 },
  };
  return accept(INFO, ACCOUNT_INFO.encode(info));
}

export const ACCOUNT_ROUTES: readonly Route[] = [{ words: 'INFO', names: 0, kind: INFO, handler: handleInfo }];
