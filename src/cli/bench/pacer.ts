// Waiting between messages, more exactly than timers alone can: the last millisecond is spent turn by turn. Keeps a rate,
// or a pause behind each message.
import type { Clock } from '../../ports/clock.ts';
import { deferred } from '../deferred.ts';
import type { Tally } from './tally.ts';

export interface Pace {
  /** Behind each message; 0 for none. */
  readonly sleepMs: number;
  /** Messages a second of this client; 0 for as many as possible. */
  readonly rate: number;
}

/** Timers may be late by so much. */
const TIMER_MS = 1.5;

export class Pacer {
  readonly isPaced: boolean;
  readonly #pace: Pace;
  readonly #clock: Clock;
  readonly #tally: Tally;
  readonly #startMs: number;

  constructor(pace: Pace, clock: Clock, tally: Tally) {
    this.isPaced = pace.sleepMs > 0 || pace.rate > 0;
    this.#pace = pace;
    this.#clock = clock;
    this.#tally = tally;
    this.#startMs = clock.monotonicMs();
  }

  /** Waits behind the message that was the `sent`th; resolves with the milliseconds that went by. */
  async after(sent: number): Promise<number> {
    if (!this.isPaced) return 0;
    const beforeMs = this.#clock.monotonicMs();
    const { sleepMs, rate } = this.#pace;
    const dueMs = rate > 0 ? this.#startMs + (sent / rate) * 1000 : 0;
    await this.until(Math.max(beforeMs + sleepMs, dueMs));
    return this.#clock.monotonicMs() - beforeMs;
  }

  /** Until a time of the monotonic clock, or until the client is to stop. */
  async until(dueMs: number): Promise<void> {
    const leftMs = dueMs - this.#clock.monotonicMs();
    if (leftMs > TIMER_MS) {
      const { promise, resolve } = deferred();
      const timer = this.#clock.after(leftMs - TIMER_MS, resolve);
      await Promise.race([promise, this.#tally.stopped]);
      timer.cancel();
    }
    while (this.#clock.monotonicMs() < dueMs && !this.#tally.isStopped) await turn(this.#clock);
  }
}

/** Lets what has come in be handled. */
export function turn(clock: Clock): Promise<void> {
  return new Promise((resolve) => clock.atTurnEnd(resolve));
}
