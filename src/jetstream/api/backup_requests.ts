// Requests for backups of streams and for restores. Each handler reads its body, asks the plan, starts the transfer and
// words the answer; what is sent and stored is the business of ../backup.
// Compat: nats-server jetstream_api.go, jsStreamSnapshotRequest and jsStreamRestoreRequest.
import { errorText } from '../../base/errors.ts';
import { isValidLiteralSubject } from '../../subject/subject.ts';
import { type RestoreResult, RestoreTransfer } from '../backup/restore_transfer.ts';
import { SnapshotTransfer } from '../backup/snapshot_transfer.ts';
import { BOOL, field, INT, optional, STRING, struct } from '../json/json_type.ts';
import { encodeStreamConfig, STREAM_CONFIG, type StreamConfig } from '../stream/stream_config.ts';
import { encodeState, NO_DETAILS, STATE, type StateInfo } from '../stream/stream_info.ts';
import { planStreamRestore } from '../stream/stream_plan.ts';
import { apiError } from './api_error.ts';
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
import { CREATE, encodeInfo, planContext } from './stream_requests.ts';

const SNAPSHOT = answerKind('stream_snapshot');
const RESTORE = answerKind('stream_restore', '{"deliver_subject":""}');
const TOO_MANY = 'too many backups and restores are under way';

interface SnapshotRequest {
  readonly deliver_subject: string;
  readonly no_consumers: boolean;
  readonly chunk_size: number;
  readonly window_size: number;
  readonly jsck: boolean;
}

const SNAPSHOT_REQUEST = struct<SnapshotRequest>('JSApiStreamSnapshotRequest', {
  deliver_subject: field(STRING),
  no_consumers: optional(BOOL),
  chunk_size: optional(INT),
  window_size: optional(INT),
  // Compat: of no meaning any more: every message is checked when it is read.
  jsck: optional(BOOL),
});

function handleSnapshot({ account, names, body, client, passage }: ApiRequest): ApiAnswer {
  if (isEmptyBody(body)) return refuse(SNAPSHOT, apiError('JSBadRequestErr'));
  const stream = findStream(account, names[0]);
  if (isRefusal(stream)) return refuse(SNAPSHOT, stream);
  const read = readBody(body, SNAPSHOT_REQUEST);
  if (!read.ok) return refuse(SNAPSHOT, read.error);
  const { deliver_subject, no_consumers, chunk_size, window_size } = read.value;
  if (!isValidLiteralSubject(deliver_subject)) {
    return refuse(SNAPSHOT, apiError('JSSnapshotDeliverSubjectInvalidErr'));
  }
  const { transfers } = account;
  if (transfers.isFull) return refuse(SNAPSHOT, apiError('JSStreamSnapshotErrF', { err: TOO_MANY }));
  const options = {
    deliverSubject: deliver_subject,
    hasConsumers: !no_consumers,
    chunkSize: chunk_size,
    windowSize: window_size,
  };
  const transfer = new SnapshotTransfer(account, stream, options, { client, passage });
  transfers.start(transfer);
  return accept(SNAPSHOT, `{"config":${encodeStreamConfig(stream.config)},"state":${encodeState(transfer.state)}}`);
}

interface RestoreRequest {
  readonly config: StreamConfig;
  readonly state: StateInfo;
}

const RESTORE_REQUEST = struct<RestoreRequest>('JSApiStreamRestoreRequest', {
  config: field(STREAM_CONFIG),
  // What the archive itself says counts.
  state: field(STATE),
});

async function handleRestore({ account, names, body, client, passage }: ApiRequest): Promise<ApiAnswer> {
  if (isEmptyBody(body)) return refuse(RESTORE, apiError('JSBadRequestErr'));
  const read = readBody(body, RESTORE_REQUEST);
  if (!read.ok) return refuse(RESTORE, read.error);
  const name = names[0] ?? '';
  const plan = planStreamRestore(name, read.value.config, planContext(account));
  if (plan.kind === 'refuse') return refuse(RESTORE, plan.error);
  const { config } = plan;
  const tooMany = apiError('JSStreamRestoreErrF', { err: TOO_MANY });
  if (account.transfers.isFull) return refuse(RESTORE, tooMany);
  const check = () => {
    const late = planStreamRestore(name, config, planContext(account));
    return late.kind === 'refuse' ? late.error : null;
  };
  const answer = (result: RestoreResult) => {
    if (result.kind === 'refused') return refuse(CREATE, result.error).text;
    const { stream } = result;
    return accept(CREATE, encodeInfo(stream.info(NO_DETAILS, account.nowNs()), stream.config)).text;
  };
  try {
    const transfer = await RestoreTransfer.open(account, { config, check, answer }, { client, passage });
    account.transfers.start(transfer);
    return accept(RESTORE, `{"deliver_subject":"${transfer.subject}"}`);
  } catch (error) {
    account.parts.log.error(
      `Cannot make room for a restore of '${account.bus.account} > ${name}': ${errorText(error)}`,
    );
    return refuse(RESTORE, apiError('JSTempStorageFailedErr'));
  }
}

export const BACKUP_ROUTES: readonly Route[] = [
  { words: 'STREAM.SNAPSHOT', names: 1, kind: SNAPSHOT, handler: handleSnapshot },
  { words: 'STREAM.RESTORE', names: 1, kind: RESTORE, handler: handleRestore },
];
