// Which messages of a stream live by a TTL of their own: when each of them must go, and which never go by age. Holds;
// the store removes. Entries of messages that went for other reasons stay until their time comes, and mean nothing then.
import type { ByteReader } from '../base/byte_reader.ts';
import { ByteWriter } from '../base/byte_writer.ts';
import { nanosToMs } from '../base/nanos.ts';
import type { Parsed } from '../base/parsed.ts';
import { TimerWheel } from '../base/timer_wheel.ts';
import { TTL_NEVER } from './message_ttl.ts';

export class MessageExpiry {
  readonly #wheel = new TimerWheel();
  /** Sequences whose TTL is `never`, and those that somebody else sees to. */
  readonly #forever = new Set<number>();
  /** Those whose time has come and that nobody has taken yet. */
  readonly #due: number[] = [];

  get hasForever(): boolean {
    return this.#forever.size > 0;
  }

  /** Unix milliseconds when take() has something; Infinity for never. */
  get nextMs(): number {
    return this.#due.length > 0 ? 0 : this.#wheel.nextMs;
  }

  /** A message was stored at this time with this TTL in seconds. */
  add(sequence: number, timeHigh: number, timeLow: number, ttlSeconds: number): void {
    if (ttlSeconds === TTL_NEVER) this.#forever.add(sequence);
    else this.#wheel.insert(sequence, nanosToMs(timeHigh, timeLow) + ttlSeconds * 1000);
  }

  /** The message goes by age no more: somebody else sees to it. */
  hold(sequence: number): void {
    this.#forever.add(sequence);
  }

  /** The message is gone. */
  forget(sequence: number): void {
    if (this.#forever.size > 0) this.#forever.delete(sequence);
  }

  isForever(sequence: number): boolean {
    return this.#forever.has(sequence);
  }

  /** Of all that have a time to go. */
  sequences(): Iterable<number> {
    return this.#wheel.ids();
  }

  /** At most `max` of those whose time has come, in the order of their sequences as far as they come together. */
  take(nowMs: number, max: number): number[] {
    const due = this.#due;
    this.#wheel.advance(nowMs, (sequence) => due.push(sequence));
    due.sort((a, b) => a - b);
    return due.splice(0, max);
  }

  /** Messages below this are gone. */
  forgetBelow(sequence: number): void {
    for (const one of this.#forever) if (one < sequence) this.#forever.delete(one);
  }

  /** As thw.db: `sequenceNext` is the first one that it does not know about. */
  encode(sequenceNext: number): Uint8Array {
    const to = new ByteWriter(4096);
    this.#wheel.encode(to, sequenceNext);
    return to.written();
  }

  /** Takes what encode() wrote and returns the first sequence that it does not know about; forever ones are not in it. */
  decode(from: ByteReader): Parsed<number> {
    return this.#wheel.decode(from);
  }

  clear(): void {
    this.#wheel.clear();
    this.#forever.clear();
    this.#due.length = 0;
  }
}
