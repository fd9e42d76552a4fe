// /healthz: whether everything works that should, or whether one account, stream or consumer does. An answer says the
// first thing that is wrong or, with details, everything. Compat: monitor.go, healthz, whose sentences these are; what
// a damaged store lost is our own.
import type { GoJsonStruct } from '../base/go_json.ts';
import { goQuote } from '../config/go_text.ts';
import type { JetStreamAccount } from '../jetstream/account.ts';
import type { Stream } from '../jetstream/stream/stream.ts';
import type { JetStreamParts, MonitorParts, StoreDamage } from './monitor_parts.ts';
import type { PageQuery } from './page_query.ts';

/** In the names of a request's body. */
export interface HealthzOptions {
  /** Looks no further than whether JetStream runs; the first is the old name. */
  readonly 'js-enabled': boolean;
  readonly 'js-enabled-only': boolean;
  /** Looks at no account, stream or consumer. */
  readonly 'js-server-only': boolean;
  readonly 'js-meta-only': boolean;
  /** Empty is all, here and below. */
  readonly account: string;
  readonly stream: string;
  readonly consumer: string;
  readonly details: boolean;
}

export function healthzOptions(query: PageQuery): HealthzOptions {
  return {
    'js-enabled': query.bool('js-enabled'),
    'js-enabled-only': query.bool('js-enabled-only'),
    'js-server-only': query.bool('js-server-only'),
    'js-meta-only': query.bool('js-meta-only'),
    details: query.bool('details'),
    account: query.text('account'),
    stream: query.text('stream'),
    consumer: query.text('consumer'),
  };
}

export type HealthErrorType = 'CONNECTION' | 'BAD_REQUEST' | 'JETSTREAM' | 'ACCOUNT' | 'STREAM' | 'CONSUMER';

type HealthError = {
  readonly type: HealthErrorType;
  readonly account?: string;
  readonly stream?: string;
  readonly consumer?: string;
  readonly error: string;
};

export interface Health {
  readonly statusCode: number;
  /** The body, without the code: on HTTP the answer has it already. */
  readonly status: GoJsonStruct;
  /** What the log says about it; null when all is well. */
  readonly warning: string | null;
}

const OK = 200;
const BAD_REQUEST = 400;
const NOT_FOUND = 404;
const INTERNAL_ERROR = 500;
const UNAVAILABLE = 503;

export function healthz(parts: MonitorParts, options: HealthzOptions): Health {
  const { server, jetStream } = parts;
  const { account, stream, consumer, details } = options;
  const asked = refuseQuestion(options);
  if (asked !== null) return unwell(BAD_REQUEST, 'error', [asked], details);
  if (server.address === null) {
    const error = 'failed to be ready for connections after 1ms: server';
    return unwell(INTERNAL_ERROR, 'error', [{ type: 'CONNECTION', error }], details);
  }
  if (options['js-server-only'] || jetStream === null || options['js-enabled-only'] || options['js-enabled'])
    return well();
  if (account !== '') {
    const missing = findMissing(jetStream, account, stream, consumer);
    if (missing !== null) return unwell(NOT_FOUND, 'unavailable', [missing], details);
  }
  const faults = faultsOf(jetStream, account, stream);
  return faults.length === 0 ? well() : unwell(UNAVAILABLE, 'unavailable', faults, details);
}

function refuseQuestion({ account, stream, consumer }: HealthzOptions): HealthError | null {
  if (account === '' && stream !== '') {
    return { type: 'BAD_REQUEST', error: '"account" must not be empty when checking stream health' };
  }
  if (stream === '' && consumer !== '') {
    return { type: 'BAD_REQUEST', error: '"stream" must not be empty when checking consumer health' };
  }
  return null;
}

// --- what there is ---------------------------------------------------------------------------------------------------

function findMissing(
  { engine, stores }: JetStreamParts,
  account: string,
  stream: string,
  consumer: string,
): HealthError | null {
  const [accountName, streamName, consumerName] = [account, stream, consumer].map(goQuote);
  const found = engine.account(account);
  if (found === undefined) {
    return { type: 'ACCOUNT', account, error: `JetStream account ${accountName} not found` };
  }
  if (stream === '') return null;
  // One that is left alone on the disk is there too: it is broken, not missing.
  const damaged = stores.damages().filter((damage) => damage.account === account && damage.stream === stream);
  if (found.stream(stream) === undefined && damaged.length === 0) {
    const error = `JetStream stream ${streamName} not found on account ${accountName}`;
    return { type: 'STREAM', account, stream, error };
  }
  if (consumer === '') return null;
  const names = found.stream(stream)?.consumers.names() ?? [];
  if (names.includes(consumer) || damaged.some((damage) => damage.consumer === consumer)) return null;
  const error = `JetStream consumer ${consumerName} not found for stream ${streamName} on account ${accountName}`;
  return { type: 'CONSUMER', account, stream, consumer, error };
}

// --- what does not work ----------------------------------------------------------------------------------------------

function faultsOf({ engine, stores }: JetStreamParts, account: string, stream: string): HealthError[] {
  const isAsked = (one: { account: string; stream: string }) =>
    (account === '' || one.account === account) && (stream === '' || one.stream === stream);
  const faults: HealthError[] = stores.damages().filter(isAsked).map(damageError);
  for (const one of engine.accounts()) {
    for (const { config } of one.streams()) {
      if (!isAsked({ account: one.bus.account, stream: config.name })) continue;
      const found = one.stream(config.name);
      if (found !== undefined) faults.push(...streamFaults(one, found));
    }
  }
  return faults;
}

function damageError({ account, stream, consumer, problem }: StoreDamage): HealthError {
  if (consumer !== null) return { type: 'CONSUMER', account, stream, consumer, error: problem };
  return { type: 'STREAM', account, stream, error: `JetStream stream '${account} > ${stream}' could not be recovered` };
}

function streamFaults({ bus }: JetStreamAccount, stream: Stream): HealthError[] {
  const { account } = bus;
  const { name } = stream.config;
  const label = `JetStream stream '${account} > ${name}'`;
  const faults: HealthError[] = [];
  if (stream.offlineReason !== null) {
    faults.push({ type: 'STREAM', account, stream: name, error: `${label} could not be recovered` });
  } else if (stream.fault !== null) {
    faults.push({ type: 'STREAM', account, stream: name, error: `${label} write error: ${stream.fault}` });
  }
  const { lost } = stream.store.state;
  if (lost !== null) {
    const error = `${label} lost ${lost.sequences.length} messages (${lost.bytes} bytes) to damage on disk`;
    faults.push({ type: 'STREAM', account, stream: name, error });
  }
  for (const [consumer, reason] of stream.consumers.faults()) {
    const error = `JetStream consumer '${account} > ${name} > ${consumer}' does not work: ${reason}`;
    faults.push({ type: 'CONSUMER', account, stream: name, consumer, error });
  }
  return faults;
}

// --- how it is said --------------------------------------------------------------------------------------------------

function well(): Health {
  return { statusCode: OK, status: { status: 'ok' }, warning: null };
}

function unwell(statusCode: number, status: string, errors: readonly HealthError[], withDetails: boolean): Health {
  if (withDetails) {
    const warning = `Healthcheck failed: ${errors.length} errors`;
    return { statusCode, status: { status: 'error', errors }, warning };
  }
  const error = errors[0]?.error ?? '';
  return { statusCode, status: { status, error }, warning: `Healthcheck failed: ${goQuote(error)}` };
}

/** As a request on the system account is answered: with the code. */
export function healthStatus({ status, statusCode }: Health): GoJsonStruct {
  const { status: word, ...rest } = status;
  return { status: word, status_code: statusCode, ...rest };
}
