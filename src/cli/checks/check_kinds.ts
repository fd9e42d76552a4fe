// Every kind of check that can be named in a file, with the options it takes and their defaults. In the file an option is
// written with underscores: `connect_time_warning`.
import type { Session } from '../session.ts';
import type { CheckResult } from './check_result.ts';
import { CONNECTION_OPTIONS, checkConnection } from './connection_check.ts';
import { CONSUMER_OPTIONS, checkConsumer } from './consumer_check.ts';
import { CREDENTIAL_OPTIONS, checkCredential } from './credential_check.ts';
import { checkJetStream, JETSTREAM_OPTIONS } from './jetstream_check.ts';
import { checkKv, KV_OPTIONS } from './kv_check.ts';
import { checkMessage, MESSAGE_OPTIONS } from './message_check.ts';
import { checkMeta, META_OPTIONS } from './meta_check.ts';
import { checkRequest, REQUEST_OPTIONS } from './request_check.ts';
import { checkServer, SERVER_OPTIONS } from './server_check.ts';
import { checkStream, STREAM_OPTIONS } from './stream_check.ts';

export interface CheckKind {
  /** Their defaults, whose types are the types of the options. */
  readonly options: Readonly<Record<string, unknown>>;
  /** What it cannot do without. */
  readonly required: readonly string[];
  /** `given` has only what somebody has said. */
  readonly run: (session: Session, result: CheckResult, given: Readonly<Record<string, unknown>>) => Promise<void>;
}

function kind<O extends object>(
  options: O,
  check: (session: Session, result: CheckResult, options: O) => Promise<void>,
  required: readonly (keyof O & string)[] = [],
): CheckKind {
  return {
    options: options as Readonly<Record<string, unknown>>,
    required,
    run: (session, result, given) => check(session, result, { ...options, ...given }),
  };
}

/** A check that takes from metadata what nobody has said. */
function metadataKind<O extends object>(
  options: O,
  check: (session: Session, result: CheckResult, given: O) => Promise<void>,
  required: readonly (keyof O & string)[],
): CheckKind {
  // What is required is given: the reader of the file has looked.
  return { ...kind(options, check, required), run: (session, result, given) => check(session, result, given as O) };
}

export const CHECK_KINDS: Readonly<Record<string, CheckKind>> = {
  connection: kind(CONNECTION_OPTIONS, checkConnection),
  stream: metadataKind(STREAM_OPTIONS, checkStream, ['streamName']),
  consumer: metadataKind(CONSUMER_OPTIONS, checkConsumer, ['streamName', 'consumerName']),
  message: kind(MESSAGE_OPTIONS, checkMessage, ['streamName']),
  meta: kind(META_OPTIONS, checkMeta),
  request: kind(REQUEST_OPTIONS, checkRequest, ['subject']),
  jetstream: kind(JETSTREAM_OPTIONS, checkJetStream),
  server: kind(SERVER_OPTIONS, checkServer, ['name']),
  kv: kind(KV_OPTIONS, checkKv, ['bucket']),
  credential: kind(CREDENTIAL_OPTIONS, checkCredential, ['file']),
};
