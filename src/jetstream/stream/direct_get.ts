// Direct gets: messages of one stream for who asks, as messages and not as JSON, alone, in batches or the last of many
// subjects. Runs in the asker's turn, waits only for the disk and for askers that read slowly. Changes nothing.
// Compat: nats-server stream.go, processDirectGetRequest, getDirectRequest, getDirectMulti.
import { copyBytes, utf8Text, writeDecimal } from '../../base/bytes.ts';
import { errorText } from '../../base/errors.ts';
import type { Logger } from '../../base/log.ts';
import { TimeText } from '../../base/time_text.ts';
import { type Bus, type BusSubscription, DELIVERED_CONGESTED, type DeliveryResult } from '../../ports/bus.ts';
import { Message } from '../../ports/message.ts';
import {
  READ_FOUND,
  READ_LOADING,
  READ_MISSING,
  StoredMessage,
  type StoreFilter,
  type StreamStore,
} from '../../store/stream_store.ts';
import { hasWildcard } from '../../subject/subject.ts';
import { headerText } from '../../wire/headers.ts';
import { isApiLevelSupported } from '../asset_metadata.ts';
import { decodeSingle } from '../json/json_decode.ts';
import { timeNanos } from '../json/json_time.ts';
import { MESSAGE_GET, type MessageGetRequest } from './message_get_request.ts';

/** So many subjects one request may get the last message of. */
const MULTI_LAST_MAX = 1024;
const PREFIX = '$JS.API.DIRECT.GET.';
const CRLF = '\r\n';
/** `Nats-Sequence` and its like, with 20 digits each, and a time. */
const HEADER_NUMBERS_BYTES_MAX = 400;

const FIRST_LINE = ascii(`NATS/1.0${CRLF}`);
const SUBJECT = ascii(`${CRLF}Nats-Subject: `);
const SEQUENCE = ascii(`${CRLF}Nats-Sequence: `);
const TIME_STAMP = ascii(`${CRLF}Nats-Time-Stamp: `);
const NUM_PENDING = ascii(`${CRLF}Nats-Num-Pending: `);
const LAST_SEQUENCE = ascii(`${CRLF}Nats-Last-Sequence: `);
const END = ascii(CRLF + CRLF);

/** How a message is sent. */
interface Form {
  readonly hasHeaders: boolean;
  /** Of a batch, else null. */
  readonly course: Course | null;
}

export interface DirectGetParts {
  readonly stream: string;
  readonly bus: Bus;
  readonly store: StreamStore;
  readonly log: Logger;
  /** What a request without max_bytes may cost. */
  readonly bytesMax: number;
}

/** Where one request stands; kept over waits. */
interface Course {
  readonly reply: Uint8Array;
  readonly request: MessageGetRequest;
  readonly isBatch: boolean;
  readonly filter: StoreFilter | null;
  /** What is still to be sent, of a request for the last of many subjects; null for the others. */
  readonly sequences: readonly number[] | null;
  /** Index into `sequences`, or how many were sent. */
  sent: number;
  /** The next sequence to look at. */
  next: number;
  /** Of messages that pass behind the current one. */
  pending: number;
  lastSent: number;
  bytes: number;
  /** Sequence up to which `pending` was counted; for `sequences` the ceiling. */
  readonly upTo: number;
}

export class DirectGet {
  readonly #parts: DirectGetParts;
  readonly #stored = new StoredMessage();
  readonly #answer = new Message();
  readonly #streamLine: Uint8Array;
  readonly #timeText = new TimeText();
  #buffer = new Uint8Array(1024);
  #subscriptions: readonly BusSubscription[] = [];

  constructor(parts: DirectGetParts) {
    this.#parts = parts;
    this.#streamLine = Buffer.from(`Nats-Stream: ${parts.stream}`);
  }

  start(): void {
    if (this.#subscriptions.length > 0) return;
    const { bus, stream } = this.#parts;
    const prefixLength = PREFIX.length + Buffer.byteLength(stream) + 1;
    this.#subscriptions = [
      bus.subscribe(`${PREFIX}${stream}`, null, (message) => this.#onRequest(message)),
      bus.subscribe(`${PREFIX}${stream}.>`, null, (message) => this.#onSubjectRequest(message, prefixLength)),
    ];
  }

  stop(): void {
    for (const subscription of this.#subscriptions) subscription.close();
    this.#subscriptions = [];
  }

  // --- requests ------------------------------------------------------------------------------------------------------

  #onRequest(message: Message): void {
    if (message.replyStart === message.replyEnd || !this.#isLevelSupported(message)) return;
    const { body, payloadStart, payloadEnd } = message;
    if (payloadStart === payloadEnd) return this.#status(message, '408 Empty Request');
    const decoded = decodeSingle(body.subarray(payloadStart, payloadEnd), MESSAGE_GET);
    if (!decoded.ok) return this.#status(message, '408 Malformed Request');
    const request = decoded.value;
    if (isEmpty(request)) return this.#status(message, '408 Empty Request');
    if (isContradictory(request)) return this.#status(message, '408 Bad Request');
    this.#begin(message.reply.slice(message.replyStart, message.replyEnd), request);
  }

  /** The last message of the subject that is part of the request's own: what key-value clients ask for. */
  #onSubjectRequest(message: Message, prefixLength: number): void {
    if (message.replyStart === message.replyEnd || !this.#isLevelSupported(message)) return;
    const { body, payloadStart, payloadEnd, subject, subjectEnd } = message;
    const start = message.subjectStart + prefixLength;
    let hasHeaders = true;
    if (payloadStart < payloadEnd) {
      const decoded = decodeSingle(body.subarray(payloadStart, payloadEnd), MESSAGE_GET);
      if (!decoded.ok) return this.#status(message, '408 Malformed Request');
      if (!isEmpty(decoded.value) || isPartial(decoded.value)) return this.#status(message, '408 Bad Request');
      hasHeaders = !decoded.value.no_hdr;
    }
    const { store } = this.#parts;
    const sequence = store.lastOfSubject(subject, start, subjectEnd);
    if (sequence > 0 && store.read(sequence, this.#stored) === READ_FOUND) {
      this.#send(message.reply, message.replyStart, message.replyEnd, { hasHeaders, course: null });
      return;
    }
    const last_by_subj = utf8Text(subject, start, subjectEnd);
    const reply = message.reply.slice(message.replyStart, message.replyEnd);
    this.#begin(reply, { ...MESSAGE_GET.zero(), last_by_subj, no_hdr: !hasHeaders });
  }

  #isLevelSupported(message: Message): boolean {
    if (message.headerStart === message.payloadStart) return true;
    const level = headerText(message.body, message.headerStart, message.payloadStart, 'Nats-Required-Api-Level');
    if (level === null || isApiLevelSupported(level)) return true;
    this.#status(message, '412 Required Api Level');
    return false;
  }

  // --- one request's course ------------------------------------------------------------------------------------------

  #begin(reply: Uint8Array, request: MessageGetRequest): void {
    const isMulti = request.multi_last.length > 0;
    const time = isMulti ? request.up_to_time : request.start_time;
    if (time === null) return this.#beginAt(reply, request, request.seq, request.up_to_seq);
    const { store, log } = this.#parts;
    store
      .sequenceAtTime(timeNanos(time))
      .then((sequence) => {
        if (!isMulti) return this.#beginAt(reply, request, sequence, request.up_to_seq);
        // The first message that is too late: nothing is early enough when it is the stream's first.
        if (sequence <= store.state.sequenceFirst) return this.#statusTo(reply, '404 No Results');
        return this.#beginAt(reply, request, request.seq, sequence - 1);
      })
      .catch((error: unknown) => {
        log.error(`Direct get from stream '${this.#parts.stream}' failed: ${errorText(error)}`);
        this.#statusTo(reply, '500 Internal Error');
      });
  }

  #beginAt(reply: Uint8Array, request: MessageGetRequest, start: number, upTo: number): void {
    if (request.multi_last.length > 0) return this.#beginMulti(reply, request, start, upTo);
    const { store } = this.#parts;
    const isBatch = request.batch !== 0;
    const filter = request.next_by_subj === '' ? null : store.filter([request.next_by_subj]);
    const course: Course = {
      reply,
      request,
      isBatch,
      filter,
      sequences: null,
      sent: 0,
      next: start,
      pending: isBatch ? store.count(filter, start, false) : 0,
      lastSent: 0,
      bytes: 0,
      upTo: store.state.sequenceLast,
    };
    // Compat: a negative batch is one without messages.
    if (request.batch < 0) this.#end(course);
    else this.#step(course);
  }

  #beginMulti(reply: Uint8Array, request: MessageGetRequest, start: number, upTo: number): void {
    const { store } = this.#parts;
    const ceiling = upTo === 0 ? store.state.sequenceLast : upTo;
    const filter = store.filter(request.multi_last);
    const sequences = store.lastPerSubject(filter, ceiling).filter((sequence) => sequence >= start);
    filter.close();
    if (sequences.length > MULTI_LAST_MAX) return this.#statusTo(reply, '413 Too Many Results');
    if (sequences.length === 0) return this.#statusTo(reply, '404 No Results');
    this.#step({
      reply,
      request,
      isBatch: true,
      filter: null,
      sequences,
      sent: 0,
      next: 0,
      pending: sequences.length,
      lastSent: 0,
      bytes: 0,
      upTo: ceiling,
    });
  }

  /** Sends until the request is answered, or until it has to wait. */
  #step(course: Course): void {
    const { store, bus } = this.#parts;
    for (;;) {
      const sequence = this.#nextOf(course);
      const result = sequence === 0 ? READ_MISSING : store.read(sequence, this.#stored);
      if (result === READ_LOADING) return store.load(sequence, () => this.#step(course));
      if (result === READ_MISSING) return this.#endEarly(course, sequence);
      const delivered = this.#sendOf(course, sequence);
      if (this.#isDone(course)) return this.#end(course);
      if (delivered === DELIVERED_CONGESTED) {
        return bus.whenRelieved(course.reply, 0, course.reply.length, () => this.#step(course));
      }
    }
  }

  /** The sequence to send next; 0 where there is none. */
  #nextOf(course: Course): number {
    const { store } = this.#parts;
    const { request, sequences } = course;
    if (sequences !== null) return sequences[course.sent] ?? 0;
    if (course.filter !== null) return store.nextSequence(course.filter, Math.max(course.next, 1));
    if (course.next === 0) return this.#lastFor(request.last_by_subj);
    return course.isBatch ? store.nextSequence(null, course.next) : course.next;
  }

  #lastFor(subject: string): number {
    const { store } = this.#parts;
    const last = store.state.sequenceLast;
    if (subject === '') return store.previousSequence(null, last);
    if (!hasWildcard(subject)) {
      const bytes = Buffer.from(subject);
      return store.lastOfSubject(bytes, 0, bytes.length);
    }
    const filter = store.filter([subject]);
    const sequence = store.previousSequence(filter, last);
    filter.close();
    return sequence;
  }

  #sendOf(course: Course, sequence: number): DeliveryResult {
    const { message } = this.#stored;
    const size = message.subjectEnd - message.subjectStart + message.payloadEnd - message.headerStart;
    const { reply, request } = course;
    const hasHeaders = course.sequences !== null || !request.no_hdr;
    // Compat: without headers the messages are not counted down.
    if (hasHeaders && course.pending > 0) course.pending--;
    const delivered = this.#send(reply, 0, reply.length, { hasHeaders, course: course.isBatch ? course : null });
    course.lastSent = sequence;
    course.next = sequence + 1;
    course.bytes += size;
    course.sent++;
    return delivered;
  }

  #isDone(course: Course): boolean {
    const { request } = course;
    const bytesMax = request.max_bytes === 0 ? this.#parts.bytesMax : request.max_bytes;
    if (course.bytes >= bytesMax) return true;
    if (course.sequences !== null) {
      return course.sent >= course.sequences.length || (request.batch > 0 && course.sent >= request.batch);
    }
    return course.sent >= Math.max(1, request.batch);
  }

  #endEarly(course: Course, sequence: number): void {
    // Of many subjects, one message that is gone is left out by ending here, as the reference does.
    if (course.sequences !== null && sequence > 0) return this.#statusTo(course.reply, '404 Message Not Found');
    if (course.request.batch > 1 && course.sent > 0) return this.#end(course);
    course.filter?.close();
    this.#statusTo(course.reply, '404 Message Not Found');
  }

  #end(course: Course): void {
    const { store } = this.#parts;
    if (course.isBatch) {
      // What arrived meanwhile is pending too.
      const hasMore = course.sequences === null && store.state.sequenceLast > course.upTo;
      const pending = hasMore ? store.count(course.filter, course.next, false) : course.pending;
      const upTo = course.sequences === null ? '' : `${CRLF}Nats-UpTo-Sequence: ${course.upTo}`;
      const numbers = `Nats-Num-Pending: ${pending}${CRLF}Nats-Last-Sequence: ${course.lastSent}${upTo}`;
      this.#statusTo(course.reply, `204 EOB${CRLF}${numbers}`);
    }
    course.filter?.close();
  }

  // --- bytes ---------------------------------------------------------------------------------------------------------

  /**
   * Sends the message that was read, with or without headers; in a batch these say how far it is.
   *
   *   NATS/1.0 ␍␊ own headers … Nats-Stream, Nats-Subject, Nats-Sequence, Nats-Time-Stamp,
   *   in a batch Nats-Num-Pending, Nats-Last-Sequence ␍␊ ␍␊ payload
   */
  #send(reply: Uint8Array, replyStart: number, replyEnd: number, form: Form): DeliveryResult {
    const { message } = this.#stored;
    const payloadBytes = message.payloadEnd - message.payloadStart;
    const buffer = this.#room(message.payloadEnd - message.headerStart, message);
    let at = 0;
    if (form.hasHeaders) at = this.#writeHeader(buffer, message, form.course);
    const headerEnd = at;
    copyBytes(message.body, message.payloadStart, message.payloadEnd, buffer, at);
    const answer = this.#answer;
    answer.subject = reply;
    answer.subjectStart = replyStart;
    answer.subjectEnd = replyEnd;
    answer.body = buffer;
    answer.headerStart = 0;
    answer.payloadStart = headerEnd;
    answer.payloadEnd = headerEnd + payloadBytes;
    return this.#parts.bus.publish(answer);
  }

  #room(bytes: number, message: Message): Uint8Array {
    const names = message.subjectEnd - message.subjectStart + this.#streamLine.length;
    const needed = bytes + names + HEADER_NUMBERS_BYTES_MAX;
    if (needed > this.#buffer.length) this.#buffer = new Uint8Array(needed * 2);
    return this.#buffer;
  }

  #writeHeader(buffer: Uint8Array, message: Message, course: Course | null): number {
    let at: number;
    if (message.payloadStart > message.headerStart) {
      at = append(buffer, 0, message.body, message.headerStart, message.payloadStart - CRLF.length);
    } else {
      at = append(buffer, 0, FIRST_LINE, 0, FIRST_LINE.length);
    }
    at = append(buffer, at, this.#streamLine, 0, this.#streamLine.length);
    at = append(buffer, at, SUBJECT, 0, SUBJECT.length);
    at = append(buffer, at, message.subject, message.subjectStart, message.subjectEnd);
    at = append(buffer, at, SEQUENCE, 0, SEQUENCE.length);
    at = writeDecimal(this.#stored.sequence, buffer, at);
    at = append(buffer, at, TIME_STAMP, 0, TIME_STAMP.length);
    at = this.#timeText.write(this.#stored.timeHigh, this.#stored.timeLow, buffer, at);
    if (course !== null) {
      at = append(buffer, at, NUM_PENDING, 0, NUM_PENDING.length);
      at = writeDecimal(course.pending, buffer, at);
      at = append(buffer, at, LAST_SEQUENCE, 0, LAST_SEQUENCE.length);
      at = writeDecimal(course.lastSent, buffer, at);
    }
    return append(buffer, at, END, 0, END.length);
  }

  #status(message: Message, line: string): void {
    this.#statusTo(message.reply.slice(message.replyStart, message.replyEnd), line);
  }

  #statusTo(reply: Uint8Array, line: string): void {
    const body = Buffer.from(`NATS/1.0 ${line}${CRLF}${CRLF}`);
    const answer = this.#answer;
    answer.subject = reply;
    answer.subjectStart = 0;
    answer.subjectEnd = reply.length;
    answer.body = body;
    answer.headerStart = 0;
    answer.payloadStart = body.length;
    answer.payloadEnd = body.length;
    this.#parts.bus.publish(answer);
  }
}

/** Nothing says what is wanted. */
function isEmpty(request: MessageGetRequest): boolean {
  const { seq, last_by_subj, next_by_subj, multi_last, start_time } = request;
  return seq === 0 && last_by_subj === '' && next_by_subj === '' && multi_last.length === 0 && start_time === null;
}

/** Says how, where only what is asked for in the subject. */
function isPartial(request: MessageGetRequest): boolean {
  return request.batch !== 0 || request.up_to_seq !== 0 || request.up_to_time !== null;
}

function isContradictory(request: MessageGetRequest): boolean {
  const { seq, last_by_subj, next_by_subj, multi_last, start_time, batch, up_to_seq, up_to_time } = request;
  const hasLast = last_by_subj !== '';
  return (
    (seq > 0 && hasLast) ||
    (seq > 0 && start_time !== null) ||
    (start_time !== null && hasLast) ||
    (hasLast && next_by_subj !== '') ||
    (hasLast && batch > 0) ||
    (hasLast && multi_last.length > 0) ||
    (next_by_subj !== '' && multi_last.length > 0) ||
    (up_to_seq > 0 && up_to_time !== null)
  );
}

function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** Where the next byte goes. */
function append(to: Uint8Array, at: number, from: Uint8Array, start: number, end: number): number {
  copyBytes(from, start, end, to, at);
  return at + end - start;
}
