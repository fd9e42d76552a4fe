// What a stream publishes again: each message it has stored whose subject the configuration's source matches, under the
// subject that the destination makes of it, with headers that say where it is stored. It goes out in order, once it is
// durable and before its publisher is told so. The ingest asks while it stores; a stream without this has none.
// Compat: nats-server stream.go, processJetStreamMsg.
import { copyBytes, writeAscii, writeDecimal } from '../../base/bytes.ts';
import type { NanoTime } from '../../base/nanos.ts';
import { TIME_TEXT_BYTES_MAX, TimeText } from '../../base/time_text.ts';
import type { Bus } from '../../ports/bus.ts';
import { Message } from '../../ports/message.ts';
import type { StreamStore } from '../../store/stream_store.ts';
import { SubjectBuffer } from '../../subject/subject_buffer.ts';
import type { Pick, SubjectTransform } from '../../subject/transform.ts';

/** What the configuration says of it. */
export interface RepublishRule {
  readonly transform: SubjectTransform;
  readonly headersOnly: boolean;
}

export interface RepublisherParts {
  readonly bus: Bus;
  readonly store: StreamStore;
  readonly pick: Pick;
}

interface Waiting {
  /** It leaves when this is durable. */
  readonly sequence: number;
  readonly message: Message;
}

const FIRST_LINE = 'NATS/1.0\r\n';
const STREAM = 'Nats-Stream: ';
const SUBJECT = '\r\nNats-Subject: ';
const SEQUENCE = '\r\nNats-Sequence: ';
const TIME_STAMP = '\r\nNats-Time-Stamp: ';
const LAST_SEQUENCE = '\r\nNats-Last-Sequence: ';
const MSG_SIZE = '\r\nNats-Msg-Size: ';
const END = '\r\n\r\n';
const WORDS = [FIRST_LINE, STREAM, SUBJECT, SEQUENCE, TIME_STAMP, LAST_SEQUENCE, MSG_SIZE, END];
const NUMBER_BYTES_MAX = 20;
/** Everything that is added to a message, but for the names of stream and subject. */
const ADDED_BYTES_MAX = WORDS.join('').length + 3 * NUMBER_BYTES_MAX + TIME_TEXT_BYTES_MAX;
/** `lastBefore()` of a message that is not published again. */
const NOT_MATCHED = -1;

export class Republisher {
  readonly #parts: RepublisherParts;
  readonly #stream: Uint8Array;
  #rule: RepublishRule | null;
  /** `#waiting[#next..]`, in the order of their sequences. */
  #waiting: Waiting[] = [];
  #next = 0;
  #isReleasing = false;
  readonly #target = new SubjectBuffer();
  readonly #timeText = new TimeText();

  constructor(parts: RepublisherParts, stream: string, rule: RepublishRule | null) {
    this.#parts = parts;
    this.#stream = Buffer.from(stream);
    this.#rule = rule;
  }

  /** What was stored before leaves as the rule of then had it. */
  setRule(rule: RepublishRule | null): void {
    this.#rule = rule;
  }

  /** What waits is not published any more. */
  close(): void {
    this.#waiting = [];
    this.#next = 0;
  }

  /** To be asked before `message` is stored: the last sequence of its subject, or that it does not matter. */
  lastBefore({ subject, subjectStart, subjectEnd }: Message): number {
    const isMatched = this.#rule?.transform.matches(subject, subjectStart, subjectEnd) ?? false;
    return isMatched ? this.#parts.store.lastOfSubject(subject, subjectStart, subjectEnd) : NOT_MATCHED;
  }

  /** `message` was stored; `last` is what lastBefore() said. Copies it. */
  add(message: Message, sequence: number, time: NanoTime, last: number): void {
    const rule = this.#rule;
    if (rule === null || last === NOT_MATCHED) return;
    const target = this.#target;
    target.clear();
    rule.transform.write(message.subject, message.subjectStart, message.subjectEnd, target, this.#parts.pick);
    if (target.length === 0) return;
    this.#waiting.push({ sequence, message: this.#compose(message, sequence, time, last, rule.headersOnly) });
  }

  /**
   * Publishes what is durable. Whoever gets a message may publish to this stream before the call returns: what that adds
   * leaves with the next call, so that streams which republish to each other do not go round in one turn.
   */
  release(): void {
    if (this.#next === this.#waiting.length || this.#isReleasing) return;
    const { bus, store } = this.#parts;
    const upTo = store.sequenceDurable;
    this.#isReleasing = true;
    try {
      for (let first = this.#waiting[this.#next]; first !== undefined; first = this.#waiting[this.#next]) {
        if (first.sequence > upTo) break;
        this.#next++;
        bus.publish(first.message);
      }
    } finally {
      this.#isReleasing = false;
      if (this.#next === this.#waiting.length) this.close();
      else if (this.#next * 2 > this.#waiting.length) this.#forget();
    }
  }

  #forget(): void {
    this.#waiting = this.#waiting.slice(this.#next);
    this.#next = 0;
  }

  /** One piece of memory: the new subject, the headers, and the payload unless only headers are wanted. */
  #compose(stored: Message, sequence: number, time: NanoTime, last: number, headersOnly: boolean): Message {
    const { subject, subjectStart, subjectEnd, body, headerStart, payloadStart, payloadEnd } = stored;
    const target = this.#target;
    const payloadBytes = payloadEnd - payloadStart;
    const names = target.length + this.#stream.length + subjectEnd - subjectStart;
    const carried = payloadStart - headerStart + (headersOnly ? 0 : payloadBytes);
    const bytes = new Uint8Array(names + carried + ADDED_BYTES_MAX);
    const message = new Message();
    message.subject = bytes;
    message.body = bytes;

    let at = put(target.bytes, 0, target.length, bytes, 0);
    message.subjectEnd = at;
    message.headerStart = at;
    // Behind the stored headers, in place of the empty line that ends them.
    if (payloadStart === headerStart) at = writeAscii(FIRST_LINE, bytes, at);
    else at = put(body, headerStart, Math.max(headerStart, payloadStart - 2), bytes, at);
    at = writeAscii(STREAM, bytes, at);
    at = put(this.#stream, 0, this.#stream.length, bytes, at);
    at = put(subject, subjectStart, subjectEnd, bytes, writeAscii(SUBJECT, bytes, at));
    at = writeDecimal(sequence, bytes, writeAscii(SEQUENCE, bytes, at));
    at = this.#timeText.write(time.high, time.low, bytes, writeAscii(TIME_STAMP, bytes, at));
    at = writeDecimal(last, bytes, writeAscii(LAST_SEQUENCE, bytes, at));
    if (headersOnly) at = writeDecimal(payloadBytes, bytes, writeAscii(MSG_SIZE, bytes, at));
    at = writeAscii(END, bytes, at);
    message.payloadStart = at;
    message.payloadEnd = headersOnly ? at : put(body, payloadStart, payloadEnd, bytes, at);
    return message;
  }
}

function put(from: Uint8Array, start: number, end: number, to: Uint8Array, at: number): number {
  copyBytes(from, start, end, to, at);
  return at + end - start;
}
