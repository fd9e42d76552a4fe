// A request that leaves its account for another one's service, and the answer that comes back. Both go the same way: a new
// subject, a reply that leads back here, and delivery to whoever is in the account that is entered.
// Compat: client.go, processServiceImport and setupResponseServiceImport.
import { DELIVERED, DELIVERED_NONE, type DeliveryResult } from '../../ports/bus.ts';
import type { ClientInfo, Message, Passage } from '../../ports/message.ts';
import type { ServiceImport } from '../../subject/shared_account.ts';
import { SubjectBuffer } from '../../subject/subject_buffer.ts';
import type { Receiver, Relay } from '../subscription.ts';
import type { AccountSharing } from './account_sharing.ts';
import { type RelayFrame, startsWith } from './relay_frames.ts';
import { infoLine, type RequestInfoOptions, writeRequestInfo } from './request_info.ts';
import { LATENCY_BAD_REQUEST, sampled, startTracking, type TrackingHeader } from './service_latency.ts';
import type { ServiceResponse } from './service_response.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const ACKNOWLEDGEMENT = encoder.encode('$JS.ACK.');
/** Ends the replies of publishers in batches, which JetStream must see as they are. Compat: stream.go, FastBatchSuffix. */
const BATCH_SUFFIX = encoder.encode('.$FI');

/** Requests by one import. */
export class ServiceRelay implements Relay {
  /** The account that imports. */
  readonly #importer: AccountSharing;
  readonly #exporter: AccountSharing;
  readonly #import: ServiceImport;
  readonly #to: Uint8Array;
  /** Whether the exporter is the system account. */
  readonly #isSystem: boolean;
  readonly #passage: Passage;
  /** The line about each client that asks without a detour. */
  readonly #lines = new WeakMap<ClientInfo, Uint8Array>();

  constructor(importer: AccountSharing, exporter: AccountSharing, imported: ServiceImport) {
    this.#importer = importer;
    this.#exporter = exporter;
    this.#import = imported;
    this.#to = encoder.encode(imported.to);
    const { service, shares } = imported;
    this.#isSystem = importer.context.isSystemAccount(exporter.account);
    this.#passage = {
      service,
      previous: null,
      isAnswer: false,
      isDetailed: shares,
      namesServer: shares || this.#isSystem,
      reply: null,
    };
  }

  relay(message: Message, shown: Uint8Array, start: number, end: number, producer: Receiver | null): DeliveryResult {
    if (hasPassed(message.passage, this.#import.service)) return DELIVERED_NONE;
    const { frames } = this.#importer.context;
    const frame = frames.enter();
    if (frame === null) return DELIVERED_NONE;
    try {
      return this.#pass(frame, message, shown, start, end, producer);
    } finally {
      frames.leave();
    }
  }

  congested(target: Uint8Array, start: number, end: number): Receiver | null {
    const subject = new SubjectBuffer();
    this.#writeSubject(subject, target, start, end);
    return this.#exporter.congested(subject.bytes, 0, subject.length);
  }

  #pass(
    frame: RelayFrame,
    message: Message,
    shown: Uint8Array,
    start: number,
    end: number,
    producer: Receiver | null,
  ): DeliveryResult {
    const exporter = this.#exporter;
    const response = this.#expect(frame, message, producer);
    const { subject } = frame;
    subject.clear();
    if (message.target === null) this.#writeSubject(subject, shown, start, end);
    else this.#writeSubject(subject, message.target, message.targetStart, message.targetEnd);
    exporter.map(subject);
    const passage = this.#passageOf(message);
    if (message.client === null) frame.takeBody(message);
    else writeRequestInfo(frame, message, this.#line(message, passage, message.client));
    frame.setSubject(message, subject, shown, start, end);
    frame.message.passage = passage;
    const outcome = exporter.deliver(frame.message, producer);
    if (outcome === DELIVERED_NONE && response !== null) exporter.responses.end(response, 'no delivery');
    return outcome;
  }

  /** Gives the frame a reply, and expects the answer there; null where none is expected. */
  #expect(frame: RelayFrame, message: Message, producer: Receiver | null): ServiceResponse | null {
    const { service, shares } = this.#import;
    const { context } = this.#importer;
    const exporter = this.#exporter;
    const { latency } = service;
    const header: TrackingHeader | false = latency === null ? false : sampled(latency, message, context.pick);
    const isTracked = latency !== null && header !== false;
    if (message.replyEnd === message.replyStart) {
      frame.setReply(message.reply, 0, 0);
      if (isTracked && producer !== null) {
        exporter.latencyEvents.failed(startTracking(latency, header, producer, shares, context), LATENCY_BAD_REQUEST);
      }
      return null;
    }
    const response = expectAnswer(frame, message, {
      from: exporter,
      requestor: this.#importer,
      service,
      type: service.responseType,
      isDetailed: shares,
    });
    if (response === null || latency === null) return response;
    if (isTracked && response.type === 'singleton') {
      response.tracking = startTracking(latency, header, producer, shares, context);
    }
    return response;
  }

  #writeSubject(to: SubjectBuffer, from: Uint8Array, start: number, end: number): void {
    const { transform, keepsSubject } = this.#import;
    if (transform !== null) transform.write(from, start, end, to, this.#importer.context.pick);
    else if (keepsSubject) to.range(from, start, end);
    else to.range(this.#to, 0, this.#to.length);
  }

  #passageOf(message: Message): Passage {
    const { passage: previous, reply, replyStart, replyEnd } = message;
    if (previous !== null) {
      const { isDetailed, namesServer } = previous;
      // Compat: an account that lets others know everything says where the request came in, whoever made it.
      const isNamed = namesServer || this.#isSystem || (this.#import.shares && !previous.isAnswer);
      const { service } = this.#import;
      return { service, previous, isAnswer: false, isDetailed, namesServer: isNamed, reply: previous.reply };
    }
    if (!endsWith(reply, replyStart, replyEnd, BATCH_SUFFIX)) return this.#passage;
    return { ...this.#passage, reply: reply.slice(replyStart, replyEnd) };
  }

  #line(message: Message, passage: Passage, client: ClientInfo): Uint8Array {
    const isPlain = passage === this.#passage;
    const known = isPlain ? this.#lines.get(client) : undefined;
    if (known !== undefined) return known;
    const { context, account } = this.#importer;
    const options: RequestInfoOptions = {
      isDetailed: passage.isDetailed,
      names: passage.namesServer ? context.names : null,
      // An answer that becomes a request tells of whoever answered, as if it came from there.
      service: message.passage === null || message.passage.isAnswer ? '' : account.name,
      reply: passage.reply === null ? '' : decoder.decode(passage.reply),
    };
    const line = infoLine(client, options);
    if (isPlain) this.#lines.set(client, line);
    return line;
  }
}

/** Answers to requests that an account's services were asked by others: everything below its reply prefix. */
export class ResponseRelay implements Relay {
  /** The account of the services. */
  readonly #exporter: AccountSharing;

  constructor(exporter: AccountSharing) {
    this.#exporter = exporter;
  }

  relay(message: Message, shown: Uint8Array, start: number, end: number, producer: Receiver | null): DeliveryResult {
    const { responses, context } = this.#exporter;
    const response =
      message.target === null
        ? responses.find(shown, start, end)
        : responses.find(message.target, message.targetStart, message.targetEnd);
    // Compat: whoever answers is never told that nobody waits any more.
    if (response === null || hasPassed(message.passage, response.service)) return DELIVERED;
    const frame = context.frames.enter();
    if (frame === null) return DELIVERED;
    try {
      return this.#pass(frame, response, message, shown, start, end, producer);
    } finally {
      context.frames.leave();
    }
  }

  congested(target: Uint8Array, start: number, end: number): Receiver | null {
    const response = this.#exporter.responses.find(target, start, end);
    if (response === null) return null;
    return response.requestor.congested(response.reply, 0, response.reply.length);
  }

  #pass(
    frame: RelayFrame,
    response: ServiceResponse,
    message: Message,
    shown: Uint8Array,
    start: number,
    end: number,
    producer: Receiver | null,
  ): DeliveryResult {
    const exporter = this.#exporter;
    const { requestor, service, type, isDetailed, reply } = response;
    // Who answers may ask back.
    if (message.replyEnd === message.replyStart) frame.setReply(message.reply, 0, 0);
    else expectAnswer(frame, message, { from: requestor, requestor: exporter, service, type, isDetailed });
    const isMeasured = this.#measure(response, producer);
    const { subject } = frame;
    subject.clear();
    subject.range(reply, 0, reply.length);
    requestor.map(subject);
    frame.takeBody(message);
    frame.setSubject(message, subject, shown, start, end);
    frame.message.passage = {
      service,
      previous: message.passage,
      isAnswer: true,
      isDetailed,
      namesServer: isDetailed,
      reply: null,
    };
    const outcome = requestor.deliver(frame.message, producer);
    const isOver = outcome === DELIVERED_NONE || type === 'singleton' || message.payloadEnd === message.headerStart;
    if (isOver && isMeasured) exporter.responses.end(response, outcome === DELIVERED_NONE ? 'no delivery' : 'done');
    else if (type !== 'singleton' && outcome !== DELIVERED_NONE) exporter.responses.touch(response);
    return outcome === DELIVERED_NONE ? DELIVERED : outcome;
  }

  /** False where a measurement is still to come. */
  #measure({ tracking }: ServiceResponse, responder: Receiver | null): boolean {
    if (tracking === null) return true;
    if (tracking.isAnswered) return false;
    tracking.isAnswered = true;
    return this.#exporter.latencyEvents.answered(tracking, responder);
  }
}

/**
 * Makes a reply in the account `from` that leads back to the message's own, and writes it to the frame. Acknowledgements
 * of JetStream keep theirs: null.
 */
function expectAnswer(
  frame: RelayFrame,
  message: Message,
  parts: {
    readonly from: AccountSharing;
    readonly requestor: AccountSharing;
    readonly service: ServiceImport['service'];
    readonly type: ServiceImport['service']['responseType'];
    readonly isDetailed: boolean;
  },
): ServiceResponse | null {
  const { reply, replyStart, replyEnd } = message;
  if (startsWith(reply, replyStart, replyEnd, ACKNOWLEDGEMENT)) {
    frame.setReply(reply, replyStart, replyEnd);
    return null;
  }
  const { from, requestor, service, type, isDetailed } = parts;
  const copy = reply.slice(replyStart, replyEnd);
  const response = from.expect({ requestor, reply: copy, service, type, isDetailed });
  const { tokens } = from.responses;
  const made = frame.reply;
  made.clear();
  made.range(tokens.prefix, 0, tokens.prefix.length);
  tokens.appendToken(response.token, made);
  frame.setReply(made.bytes, 0, made.length);
  return response;
}

function hasPassed(passage: Passage | null, service: object): boolean {
  for (let one = passage; one !== null; one = one.previous) if (one.service === service) return true;
  return false;
}

function endsWith(bytes: Uint8Array, start: number, end: number, suffix: Uint8Array): boolean {
  return end - start >= suffix.length && startsWith(bytes, end - suffix.length, end, suffix);
}
