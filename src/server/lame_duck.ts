// Lame duck mode: a server that is to go away tells its clients, gives them a grace period to move to other servers, then
// closes them one after the other, so that they do not all arrive elsewhere at once. Times only: server.ts stops accepting
// and tells, and whoever started it ends the server when it is over.
// Compat: server.go, lameDuckMode.
import type { Logger } from '../base/log.ts';
import type { Clock, Timer } from '../ports/clock.ts';

export interface LameDuckTimes {
  /** Nobody is closed before this is over. */
  readonly gracePeriodMs: number;
  /** From the beginning to the last one, about. */
  readonly durationMs: number;
}

export interface LameDuckParts {
  readonly clock: Clock;
  readonly log: Logger;
  /** A number in [0, count). */
  readonly pick: (count: number) => number;
  /** Who is to be closed, asked once, in any order. */
  readonly connections: () => readonly { close(reason: string): void }[];
  /** Called once, in a turn of its own when somebody was there to close. */
  readonly over: () => void;
}

/** How long closing takes where grace period and duration leave nothing. */
const CLOSING_MS_MIN = 1_000;
/** Longest wait between two. */
const INTERVAL_MS_MAX = 1_000;
/** Shortest wait; where even that takes too long for all of them, several are closed together. */
const INTERVAL_MS_MIN = 1;

export class LameDuck {
  readonly #parts: LameDuckParts;
  readonly #times: LameDuckTimes;
  #timer: Timer | null = null;
  #waiting: { close(reason: string): void }[] = [];
  #intervalMs = 0;
  #batch = 1;

  constructor(parts: LameDuckParts, times: LameDuckTimes) {
    this.#parts = parts;
    this.#times = times;
  }

  start(): void {
    const { clock, connections, over } = this.#parts;
    const all = [...connections()];
    if (all.length === 0) return over();
    this.#waiting = this.#shuffled(all);
    const { gracePeriodMs, durationMs } = this.#times;
    const leftMs = durationMs - gracePeriodMs;
    const closingMs = leftMs > 0 ? leftMs : CLOSING_MS_MIN;
    const intervalMs = closingMs / all.length;
    this.#intervalMs = Math.min(Math.max(intervalMs, INTERVAL_MS_MIN), INTERVAL_MS_MAX);
    this.#batch = Math.max(1, Math.ceil(INTERVAL_MS_MIN / intervalMs));
    this.#timer = clock.after(gracePeriodMs, () => {
      this.#parts.log.info('Closing existing clients');
      this.#closeSome();
    });
  }

  /** Nobody is closed any more by this, and `over` is not called. */
  cancel(): void {
    this.#timer?.cancel();
    this.#timer = null;
    this.#waiting = [];
  }

  #closeSome(): void {
    for (const connection of this.#waiting.splice(0, this.#batch)) connection.close('Server Shutdown');
    if (this.#waiting.length === 0) return this.#parts.over();
    // At least half of the interval, so that they do not come in bursts.
    const half = this.#intervalMs / 2;
    const waitMs = Math.max(half, this.#parts.pick(Math.ceil(this.#intervalMs)));
    this.#timer = this.#parts.clock.after(waitMs, () => this.#closeSome());
  }

  #shuffled<T>(items: T[]): T[] {
    for (let i = items.length - 1; i > 0; i--) {
      const other = this.#parts.pick(i + 1);
      const item = items[i] as T;
      items[i] = items[other] as T;
      items[other] = item;
    }
    return items;
  }
}
