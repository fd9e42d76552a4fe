// How long services of an account take to answer requests from others: which requests are measured, and the event about
// each, published in the exporting account. Compat: accounts.go, shouldSample, ServiceLatency and send*TrackingLatency.
import { type GoJsonStruct, type GoJsonValue, goJson, omitEmpty } from '../../base/go_json.ts';
import { NanoTime, nanosToNs, rfc3339Nano } from '../../base/nanos.ts';
import { Message } from '../../ports/message.ts';
import type { ServiceLatency } from '../../subject/shared_account.ts';
import type { Account } from '../account.ts';
import { deliver } from '../deliver.ts';
import type { Receiver } from '../subscription.ts';
import { mimeHeaders } from './mime_headers.ts';
import { clientFields } from './request_info.ts';
import type { SharingContext } from './sharing_context.ts';

const TYPE = 'io.nats.server.metric.v1.service_latency';
const ALWAYS = 100;
const encoder = new TextEncoder();

/** The headers that asked for it; null where nothing had to. */
export type TrackingHeader = ReadonlyMap<string, readonly string[]> | null;

/** One request that is measured. */
export interface LatencyTracking {
  readonly latency: ServiceLatency;
  readonly header: TrackingHeader;
  /** Who asked; null for the inside of the house. */
  readonly requestor: Receiver | null;
  /** Whether the account that asks lets the other know more than its name. */
  readonly isDetailed: boolean;
  /** When it came: unix ms, and monotonic ms. */
  readonly startRealMs: number;
  readonly startMs: number;
  /** The answer came: it is told only once. */
  isAnswered: boolean;
}

/** Whether this request is measured: `false` if not, else what asked for it. */
export function sampled(
  latency: ServiceLatency,
  message: Message,
  pick: (count: number) => number,
): TrackingHeader | false {
  const { sampling } = latency;
  if (sampling >= ALWAYS) return null;
  if (sampling > 0 && pick(100) <= sampling) return null;
  const headers = mimeHeaders(message.body, message.headerStart, message.payloadStart);
  return headers === null ? false : sampledByHeader(headers);
}

/** Compat: the headers of Uber, B3 in its two forms, and Trace Context, in this order. */
function sampledByHeader(headers: ReadonlyMap<string, readonly string[]>): TrackingHeader | false {
  const uber = headers.get('Uber-Trace-Id');
  if (uber !== undefined) return isUberSampled(uber[0] ?? '') ? chosen(headers, ['Uber-Trace-Id'], 'Uberctx-') : false;
  const wanted = headers.get('X-B3-Sampled')?.[0];
  const b3Names = ['X-B3-Sampled', 'X-B3-Traceid', 'X-B3-Parentspanid', 'X-B3-Spanid'];
  if (wanted === '1') return chosen(headers, b3Names);
  if (wanted === '0') return false;
  if (headers.has('X-B3-Traceid')) return chosen(headers, b3Names);
  const b3 = headers.get('B3');
  if (b3 !== undefined) {
    const parts = (b3[0] ?? '').split('-');
    const isDenied = (parts.length > 2 && parts[2] === '0') || (parts.length === 1 && parts[0] === '0');
    return isDenied ? false : chosen(headers, ['B3']);
  }
  const context = headers.get('Traceparent');
  if (context === undefined) return false;
  const parts = (context[0] ?? '').split('-');
  const flags = parts[3] ?? '';
  // Compat: the flags are read as a number of eight bits with a sign.
  const isSampled = parts.length === 4 && /^[0-7][0-9a-f]$|^[+-][0-9a-f]$/i.test(flags) && isOddHex(flags);
  return isSampled ? chosen(headers, ['Traceparent', 'Tracestate']) : false;
}

function isUberSampled(value: string): boolean {
  const flags = value.split(':');
  return flags.length === 4 && /^[0-9a-f]{1,2}$/i.test(flags[3] ?? '') && isOddHex(flags[3] ?? '');
}

function isOddHex(text: string): boolean {
  return (Number.parseInt(text.slice(-1), 16) & 1) === 1;
}

function chosen(
  headers: ReadonlyMap<string, readonly string[]>,
  names: readonly string[],
  prefix: string | null = null,
): TrackingHeader {
  const found = new Map<string, readonly string[]>();
  for (const [name, values] of headers) {
    if (names.includes(name) || (prefix !== null && name.startsWith(prefix))) found.set(name, values);
  }
  return found;
}

/** What became of a request, as far as there is no answer to measure. */
export const LATENCY_BAD_REQUEST = { status: 400, description: 'Bad Request' };
export const LATENCY_INTEREST_LOST = { status: 408, description: 'Request Timeout' };
export const LATENCY_NO_DELIVERY = { status: 503, description: 'Service Unavailable' };
export const LATENCY_TIMEOUT = { status: 504, description: 'Service Timeout' };

export interface LatencyFailure {
  readonly status: number;
  readonly description: string;
}

/** Publishes the events of one exporting account. */
export class LatencyEvents {
  readonly #account: Account;
  readonly #context: SharingContext;

  constructor(account: Account, context: SharingContext) {
    this.#account = account;
    this.#context = context;
  }

  /** A request was not answered. */
  failed(tracking: LatencyTracking, { status, description }: LatencyFailure): void {
    const requestor = this.#client(tracking.requestor, tracking.isDetailed);
    const rttMs = tracking.requestor?.clientInfo().rttMs ?? 0;
    this.#publish(tracking.latency, {
      status,
      description,
      requestor,
      header: headerValue(tracking.header),
      start: timeText(tracking.startRealMs - rttMs),
      service: 0,
      system: 0,
      total: 0,
    });
  }

  /** `responder` answered. False where that cannot be measured, because it is the inside of the house. */
  answered(tracking: LatencyTracking, responder: Receiver | null): boolean {
    if (tracking.requestor === null) return true;
    if (responder === null) return false;
    const tookMs = this.#context.clock.monotonicMs() - tracking.startMs;
    const requestorRttMs = tracking.requestor.clientInfo().rttMs;
    const responderRttMs = responder.clientInfo().rttMs;
    this.#publish(tracking.latency, {
      status: 200,
      requestor: this.#client(tracking.requestor, tracking.isDetailed),
      responder: this.#client(responder, true),
      header: headerValue(tracking.header),
      start: timeText(tracking.startRealMs - requestorRttMs),
      service: nanos(Math.max(0, tookMs - responderRttMs)),
      system: 0,
      total: nanos(requestorRttMs + tookMs),
    });
    return true;
  }

  #client(receiver: Receiver | null, isDetailed: boolean): GoJsonStruct | undefined {
    if (receiver === null) return undefined;
    const names = isDetailed ? this.#context.names : null;
    return clientFields(receiver.clientInfo(), { isDetailed, names, service: '', reply: '' });
  }

  /** In a turn of its own, as everything that the system publishes. */
  #publish(latency: ServiceLatency, fields: GoJsonStruct): void {
    const { clock, pick } = this.#context;
    const event = { type: TYPE, id: this.#context.eventId(), timestamp: timeText(clock.realtimeMs()), ...fields };
    const message = new Message();
    message.subject = encoder.encode(latency.subject);
    message.subjectEnd = message.subject.length;
    message.body = encoder.encode(goJson(event));
    message.payloadEnd = message.body.length;
    clock.after(0, () => {
      const result = this.#account.subscriptions.match(message.subject, 0, message.subjectEnd);
      deliver(result, message, message.subject, 0, message.subjectEnd, null, pick);
    });
  }
}

/** A measurement that begins now. */
export function startTracking(
  latency: ServiceLatency,
  header: TrackingHeader,
  requestor: Receiver | null,
  isDetailed: boolean,
  context: SharingContext,
): LatencyTracking {
  const { clock } = context;
  return {
    latency,
    header,
    requestor,
    isDetailed,
    startRealMs: clock.realtimeMs(),
    startMs: clock.monotonicMs(),
    isAnswered: false,
  };
}

function headerValue(header: TrackingHeader): GoJsonValue {
  return header === null ? undefined : omitEmpty(header);
}

function nanos(ms: number): number {
  return Math.round(ms * 1e6);
}

function timeText(unixMs: number): string {
  const time = new NanoTime();
  time.setMs(unixMs);
  return rfc3339Nano(nanosToNs(time.high, time.low));
}
