// One reason to wake up, on at most one timer. Deadlines that move later cost nothing: the timer fires at the old time,
// its owner looks and asks again. So an owner must expect to be woken early.
import type { Clock, Timer } from '../../ports/clock.ts';

export class Alarm {
  readonly #clock: Clock;
  readonly #ring: () => void;
  #timer: Timer | null = null;
  /** When the timer fires; Infinity without one. */
  #atMs = Number.POSITIVE_INFINITY;

  constructor(clock: Clock, callback: () => void) {
    this.#clock = clock;
    this.#ring = () => {
      this.#timer = null;
      this.#atMs = Number.POSITIVE_INFINITY;
      callback();
    };
  }

  /** Whether wakeAt(atMs) would change nothing. */
  covers(atMs: number): boolean {
    return this.#atMs <= atMs;
  }

  /** Wakes at `atMs` (monotonic) or earlier. Infinity asks for nothing. */
  wakeAt(atMs: number, nowMs: number): void {
    if (atMs >= this.#atMs) return;
    this.#timer?.cancel();
    this.#atMs = atMs;
    this.#timer = this.#clock.after(Math.max(0, atMs - nowMs), this.#ring);
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = null;
    this.#atMs = Number.POSITIVE_INFINITY;
  }
}
