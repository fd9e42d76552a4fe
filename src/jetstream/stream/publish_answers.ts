// What publishers are told: acknowledgements, refusals, and the texts of batches. An acknowledgement waits in a queue
// until the store says that its message is durable; a refusal leaves at once. Words and sends, decides nothing else.
import { writeAscii, writeDecimal } from '../../base/bytes.ts';
import { errorText } from '../../base/errors.ts';
import type { Logger } from '../../base/log.ts';
import type { Bus } from '../../ports/bus.ts';
import { Message } from '../../ports/message.ts';
import type { StreamStore } from '../../store/stream_store.ts';
import { API_ERROR, type ApiError } from '../api/api_error.ts';
import { goQuote } from '../json/go_quote.ts';
import { encodeString } from '../json/json_type.ts';
import { AckQueue, OWNER_SINGLE, OWNER_TEXT } from './ack_queue.ts';
import type { IngestRules } from './ingest_rules.ts';

const encoder = new TextEncoder();
const NOTHING = new Uint8Array(0);

export interface AnswerParts {
  readonly bus: Bus;
  readonly log: Logger;
  readonly store: StreamStore;
}

export class PublishAnswers {
  /** What waits to be durable. */
  readonly waiting = new AckQueue();
  readonly #bus: Bus;
  readonly #log: Logger;
  readonly #store: StreamStore;
  #rules: IngestRules;
  readonly #answer = new Message();
  /** The answer being built: everything before the sequence is always the same. */
  #bytes = new Uint8Array(512);
  #prefix = '';
  #prefixBytes = 0;
  /** Texts that wait, by the number that stands in the queue for them. */
  readonly #texts = new Map<number, string>();
  #textNumber = 0;
  #isClosed = false;

  constructor(parts: AnswerParts, rules: IngestRules) {
    this.#bus = parts.bus;
    this.#log = parts.log;
    this.#store = parts.store;
    this.#rules = rules;
    this.#preparePrefix();
  }

  setRules(rules: IngestRules): void {
    this.#rules = rules;
    this.#preparePrefix();
  }

  /** Those who wait get no answer. */
  close(): void {
    this.#isClosed = true;
    this.waiting.clear();
    this.#texts.clear();
  }

  // --- acknowledgements ----------------------------------------------------------------------------------------------

  /** Acknowledges with `sequence` once it is durable; as a duplicate when it is negative. */
  acknowledge(message: Message, sequence: number): void {
    if (!this.#canAnswer(message)) return;
    const { reply, replyStart, replyEnd } = message;
    const durable = sequence < 0 ? -sequence : sequence;
    if (durable <= this.#store.sequenceDurable) this.#sendAck(reply, replyStart, replyEnd, sequence);
    else this.waiting.add(durable, OWNER_SINGLE, sequence, reply, replyStart, replyEnd);
  }

  /**
   * Acknowledges a message that removed others, once their removal is durable too. Removals get to disk after what caused
   * them: after a crash between the two, the publisher would find again what it was told is gone.
   */
  acknowledgeRemovals(message: Message, sequence: number): void {
    const reply = message.reply.slice(message.replyStart, message.replyEnd);
    if (this.#canAnswer(message)) this.#whenFlushed(() => this.#sendAck(reply, 0, reply.length, sequence));
  }

  /** The same for an atomic batch with rollups in it. */
  acknowledgeBatchRemovals(message: Message, sequence: number, id: string, count: number): void {
    const reply = message.reply.slice(message.replyStart, message.replyEnd);
    const text = this.batchText(sequence, id, count, false);
    if (this.#canAnswer(message)) this.#whenFlushed(() => this.say(reply, 0, reply.length, text));
  }

  #whenFlushed(answer: () => void): void {
    this.#store.flush().then(
      () => {
        if (!this.#isClosed) answer();
      },
      (error: unknown) => this.#log.debug(`No answer to a rollup of '${this.#rules.stream}': ${errorText(error)}`),
    );
  }

  /** Says `text` once `sequence` is durable. */
  sayWhenDurable(message: Message, sequence: number, text: string): void {
    const { reply, replyStart, replyEnd } = message;
    if (sequence <= this.#store.sequenceDurable) {
      this.say(reply, replyStart, replyEnd, text);
      return;
    }
    const number = ++this.#textNumber;
    this.#texts.set(number, text);
    this.waiting.add(sequence, OWNER_TEXT, number, reply, replyStart, replyEnd);
  }

  /** Acknowledges a whole atomic batch once its last message is durable. */
  acknowledgeBatch(message: Message, sequence: number, id: string, count: number): void {
    if (this.#canAnswer(message)) this.sayWhenDurable(message, sequence, this.batchText(sequence, id, count, false));
  }

  /** Compat: stream.go quotes names as Go's %q does, which is no JSON where something is not printable. */
  batchText(sequence: number, id: string, count: number, isDuplicate: boolean): string {
    const mark = isDuplicate ? ',"duplicate": true' : '';
    return `${this.#prefix}${sequence}${mark},"batch":${goQuote(id)},"count":${count}}`;
  }

  /** Sends the first one of those that wait, which is no fast batch's. */
  sendFirst(): void {
    const { bytes, firstStart, firstEnd, firstAnswer, firstOwner } = this.waiting;
    if (firstOwner === OWNER_SINGLE) {
      this.#sendAck(bytes, firstStart, firstEnd, firstAnswer);
      return;
    }
    const text = this.#texts.get(firstAnswer) ?? '';
    this.#texts.delete(firstAnswer);
    this.say(bytes, firstStart, firstEnd, text);
  }

  // --- at once -------------------------------------------------------------------------------------------------------

  /** To whoever waits on `reply[start..end)`, also where the stream does not acknowledge. */
  say(reply: Uint8Array, start: number, end: number, text: string): void {
    const body = encoder.encode(text);
    this.#send(reply, start, end, body, body.length);
  }

  /** A message of a batch arrived and is held. */
  confirm(message: Message): void {
    if (this.#canAnswer(message)) this.#send(message.reply, message.replyStart, message.replyEnd, NOTHING, 0);
  }

  refuse(message: Message, error: ApiError): void {
    const log = this.#log;
    if (log.isDebug) log.debug(`JetStream refused a message for stream '${this.#rules.stream}': ${error.description}`);
    if (!this.#canAnswer(message)) return;
    this.say(message.reply, message.replyStart, message.replyEnd, this.refusalText(error));
  }

  refusalText(error: ApiError): string {
    return `{"error":${API_ERROR.encode(error)},"stream":${encodeString(this.#rules.stream)},"seq":0}`;
  }

  #canAnswer(message: Message): boolean {
    return this.#rules.answers && message.replyEnd > message.replyStart;
  }

  /** `{"stream":"S","seq":N}`, with ` "duplicate": true` for a negative sequence. Compat: the reference's own spelling. */
  #sendAck(reply: Uint8Array, start: number, end: number, sequence: number): void {
    const bytes = this.#bytes;
    let at = writeDecimal(sequence < 0 ? -sequence : sequence, bytes, this.#prefixBytes);
    if (sequence < 0) at = writeAscii(',"duplicate": true', bytes, at);
    bytes[at++] = 125;
    this.#send(reply, start, end, bytes, at);
  }

  #send(reply: Uint8Array, start: number, end: number, body: Uint8Array, length: number): void {
    const message = this.#answer;
    message.subject = reply;
    message.subjectStart = start;
    message.subjectEnd = end;
    message.body = body;
    message.headerStart = 0;
    message.payloadStart = 0;
    message.payloadEnd = length;
    this.#bus.publish(message);
  }

  #preparePrefix(): void {
    const domain = this.#rules.domain === null ? '' : `"domain":${goQuote(this.#rules.domain)},`;
    this.#prefix = `{"stream":${goQuote(this.#rules.stream)},${domain}"seq":`;
    const prefix = encoder.encode(this.#prefix);
    // Behind the prefix: 16 digits, the duplicate mark and the brace.
    this.#bytes = new Uint8Array(prefix.length + 64);
    this.#bytes.set(prefix);
    this.#prefixBytes = prefix.length;
  }
}
