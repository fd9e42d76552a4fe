// Stores a message that passed its checks: under which time, with which headers, and what follows from it (its id is
// known, a rollup removes what came before). Decides nothing about whether. Synchronous; no object per message unless
// its headers must be cleaned.
import { NanoTime } from '../../base/nanos.ts';
import type { Clock } from '../../ports/clock.ts';
import { Message } from '../../ports/message.ts';
import { TTL_HEADER, TTL_NONE } from '../../store/message_ttl.ts';
import type { StreamStore } from '../../store/stream_store.ts';
import { withoutHeaders } from '../../wire/headers.ts';
import type { IngestParts, IngestRules } from './ingest_rules.ts';
import { type MessageIds, nanosMs } from './message_ids.ts';
import { messageTtl, subjectText } from './publish_checks.ts';
import { MSG_ID, type PublishHeaders, ROLLUP } from './publish_headers.ts';
import type { Republisher } from './republisher.ts';

export class MessageKeeper {
  readonly #parts: Pick<IngestParts, 'keeps'>;
  readonly #store: StreamStore;
  readonly #clock: Clock;
  readonly #ids: MessageIds;
  /** Time of the last message: the next one is later, whatever the clock says. */
  readonly #time = new NanoTime();
  #lastHigh = 0;
  #removed = 0;
  #lastLow = 0;
  /** Null where the stream publishes nothing again. */
  #republisher: Republisher | null = null;
  #ttlSecondsMin = 0;

  constructor(parts: IngestParts, ids: MessageIds) {
    this.#parts = parts;
    this.#store = parts.store;
    this.#clock = parts.clock;
    this.#ids = ids;
    this.#time.setNs(parts.store.state.timeLast);
    this.#lastHigh = this.#time.high;
    this.#lastLow = this.#time.low;
  }

  /** The stream was updated. */
  setRules(rules: IngestRules, republisher: Republisher): void {
    this.#republisher = rules.republish === null ? null : republisher;
    this.#ttlSecondsMin = rules.ttlSecondsMin;
  }

  /** `headers` were read from `message`; `stored` is what goes to the store in its place. Returns the sequence. */
  keep(message: Message, headers: PublishHeaders, stored: Message): number {
    const store = this.#store;
    const time = this.#time;
    this.#nextTime();
    let sequence: number;
    if (this.#parts.keeps(message.subject, message.subjectStart, message.subjectEnd)) {
      // Whoever checked the message has refused what is no TTL.
      const ttl = messageTtl(headers) ?? TTL_NONE;
      const isShort = ttl > 0 && ttl < this.#ttlSecondsMin;
      sequence = isShort
        ? this.#append(withTtl(stored, this.#ttlSecondsMin), this.#ttlSecondsMin)
        : this.#append(stored, ttl);
    } else {
      sequence = store.state.sequenceLast + 1;
      store.skipTo(sequence, time.high, time.low);
    }
    if (headers.has(MSG_ID)) {
      this.#ids.add(message.body, headers.start(MSG_ID), headers.end(MSG_ID), sequence, nanosMs(time));
    } else this.#ids.forgetLast();
    if (headers.has(ROLLUP)) this.#removed += this.#rollUp(message, headers);
    return sequence;
  }

  #append(stored: Message, ttl: number): number {
    const time = this.#time;
    const republisher = this.#republisher;
    if (republisher === null) return this.#store.append(stored, time.high, time.low, ttl);
    const last = republisher.lastBefore(stored);
    const sequence = this.#store.append(stored, time.high, time.low, ttl);
    republisher.add(stored, sequence, time, last);
    return sequence;
  }

  /** Whether rollups have removed messages since this was asked last. */
  takeRemoved(): boolean {
    const hasRemoved = this.#removed > 0;
    this.#removed = 0;
    return hasRemoved;
  }

  /** What was kept leaves again where it is durable at once; whoever answers for it does so after that. */
  republish(): void {
    if (this.#republisher !== null) this.#republisher.release();
  }

  #rollUp(message: Message, headers: PublishHeaders): number {
    const filter = headers.text(ROLLUP) === 'all' ? null : subjectText(message);
    return this.#store.purge({ filter, sequence: 0, keep: 1 });
  }

  /** Now, or a nanosecond after the last message where the clock did not move on. */
  #nextTime(): void {
    const time = this.#time;
    time.setMs(this.#clock.realtimeMs());
    const isLater = time.high > this.#lastHigh || (time.high === this.#lastHigh && time.low > this.#lastLow);
    if (!isLater) {
      time.set(this.#lastHigh, this.#lastLow);
      time.increment();
    }
    this.#lastHigh = time.high;
    this.#lastLow = time.low;
  }
}

const TTL_NAME = Buffer.from(TTL_HEADER);

/** The message with another TTL, behind its other headers. */
function withTtl(message: Message, seconds: number): Message {
  const { body, headerStart, payloadStart, payloadEnd } = message;
  const kept = withoutHeaders(body, headerStart, payloadStart, [TTL_NAME]);
  const first = kept.length === 0 ? Buffer.from('NATS/1.0\r\n') : kept.subarray(0, kept.length - 2);
  const line = Buffer.from(`${TTL_HEADER}: ${seconds}\r\n\r\n`);
  const changed = Object.assign(new Message(), message);
  changed.body = Buffer.concat([first, line, body.subarray(payloadStart, payloadEnd)]);
  changed.headerStart = 0;
  changed.payloadStart = first.length + line.length;
  changed.payloadEnd = changed.body.length;
  return changed;
}
