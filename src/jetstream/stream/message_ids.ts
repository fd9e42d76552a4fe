// The ids that publishers gave to messages: those of the duplicate window, and the last one. Knows the clock; told of
// every message that is stored. After a restart it learns them from the store.
import { utf8Text } from '../../base/bytes.ts';
import { NanoTime } from '../../base/nanos.ts';
import type { Clock } from '../../ports/clock.ts';
import { READ_FOUND, READ_LOADING, StoredMessage, type StreamStore } from '../../store/stream_store.ts';
import { Dedupe } from './dedupe.ts';
import { MSG_ID, PublishHeaders } from './publish_headers.ts';

export class MessageIds {
  readonly #clock: Clock;
  #windowMs: number;
  readonly #dedupe: Dedupe;
  #last: Uint8Array = new Uint8Array(64);
  /** 0 when the last message had none. */
  #lastLength = 0;
  readonly #time = new NanoTime();

  constructor(clock: Clock, windowMs: number) {
    this.#clock = clock;
    this.#windowMs = windowMs;
    this.#dedupe = new Dedupe(windowMs);
  }

  setWindow(windowMs: number): void {
    this.#windowMs = windowMs;
    this.#dedupe.setWindow(windowMs);
  }

  /** Ids in the duplicate window. */
  get size(): number {
    return this.#dedupe.size;
  }

  get last(): string {
    return utf8Text(this.#last, 0, this.#lastLength);
  }

  /** Sequence of the message that has this id already; 0 when there is none. */
  find(bytes: Uint8Array, start: number, end: number): number {
    return this.#dedupe.find(bytes, start, end, this.#clock.realtimeMs());
  }

  isLast(bytes: Uint8Array, start: number, end: number): boolean {
    const length = end - start;
    if (length !== this.#lastLength) return false;
    for (let i = 0; i < length; i++) if (bytes[start + i] !== this.#last[i]) return false;
    return true;
  }

  /** The message that was stored last has no id. */
  forgetLast(): void {
    this.#lastLength = 0;
  }

  /** The message that was stored last has this id, which find() did not know. */
  add(bytes: Uint8Array, start: number, end: number, sequence: number, timeMs: number): void {
    this.#setLast(bytes, start, end);
    this.#dedupe.add(bytes, start, end, sequence, timeMs);
  }

  #setLast(bytes: Uint8Array, start: number, end: number): void {
    const length = end - start;
    if (length > this.#last.length) this.#last = new Uint8Array(length * 2);
    for (let i = 0; i < length; i++) this.#last[i] = bytes[start + i] as number;
    this.#lastLength = length;
  }

  /** Learns the ids of the duplicate window from the store. */
  async recover(store: StreamStore): Promise<void> {
    const last = store.state.sequenceLast;
    if (last === 0) return;
    const windowStartMs = Math.max(0, Math.floor(this.#clock.realtimeMs() - this.#windowMs));
    const from = this.#windowMs > 0 ? await store.sequenceAtTime(BigInt(windowStartMs) * 1_000_000n) : last;
    const stored = new StoredMessage();
    const headers = new PublishHeaders();
    for (let sequence = from; sequence !== 0 && sequence <= last; ) {
      const next = store.nextSequence(null, sequence);
      if (next === 0) break;
      const result = store.read(next, stored);
      if (result === READ_LOADING) {
        await new Promise<void>((resolve) => store.load(next, resolve));
        sequence = next;
        continue;
      }
      if (result === READ_FOUND) this.#learn(stored, headers, last);
      sequence = next + 1;
    }
  }

  #learn(stored: StoredMessage, headers: PublishHeaders, last: number): void {
    const { message } = stored;
    if (message.payloadStart === message.headerStart) return;
    headers.read(message.body, message.headerStart, message.payloadStart);
    if (!headers.has(MSG_ID)) return;
    const start = headers.start(MSG_ID);
    const end = headers.end(MSG_ID);
    if (stored.sequence === last) this.#setLast(message.body, start, end);
    this.#time.set(stored.timeHigh, stored.timeLow);
    const timeMs = nanosMs(this.#time);
    if (this.#dedupe.find(message.body, start, end, timeMs) === 0) {
      this.#dedupe.add(message.body, start, end, stored.sequence, timeMs);
    }
  }
}

/** Unix milliseconds, near enough for a window. */
export function nanosMs(time: NanoTime): number {
  return time.high * 4294.967296 + time.low / 1e6;
}
