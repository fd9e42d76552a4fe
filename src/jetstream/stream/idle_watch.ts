// Ends what nobody touched for a while. One timer, however often it is touched: it fires at the first deadline, looks,
// and waits for the rest. Knows nothing of what it ends.
import type { Clock, Timer } from '../../ports/clock.ts';

export class IdleWatch {
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #onIdle: () => void;
  #touchedMs: number;
  #timer: Timer | null;

  constructor(clock: Clock, timeoutMs: number, onIdle: () => void) {
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
    this.#onIdle = onIdle;
    this.#touchedMs = clock.monotonicMs();
    this.#timer = clock.after(timeoutMs, () => this.#look());
  }

  touch(): void {
    this.#touchedMs = this.#clock.monotonicMs();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }

  #look(): void {
    const leftMs = this.#touchedMs + this.#timeoutMs - this.#clock.monotonicMs();
    if (leftMs > 0) {
      this.#timer = this.#clock.after(leftMs, () => this.#look());
      return;
    }
    this.#timer = null;
    this.#onIdle();
  }
}
