// Time for one life of a simulated server. Monotonic time is the scheduler's; the wall clock may be made to jump.

import { assert } from '../base/assert.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { Life } from './life.ts';
import type { Scheduler } from './scheduler.ts';
import type { SimRandom } from './sim_random.ts';

/** 2026-11-23T00:00:00Z. */
export const SIM_EPOCH_MS = 1_795_392_000_000;
/** Within how much time after the first request a turn of the loop ends; input that arrives until then is in the turn. */
const TURN_MS: readonly [number, number] = [0, 0.05];
/** More rounds than this in one turn end are a bug: callbacks that ask for the next one for ever. */
const ROUNDS_MAX = 1000;

export interface SimClockOptions {
  readonly scheduler: Scheduler;
  readonly life: Life;
  /** What the wall clock shows beyond the true time; a world keeps it over restarts. */
  readonly wall?: WallClock;
}

/** The wall clock of one simulated machine. */
export class WallClock {
  #offsetMs: number;

  constructor() {
    this.#offsetMs = 0;
  }

  get offsetMs(): number {
    return this.#offsetMs;
  }

  /** Sets it forward, or back where negative. */
  jump(byMs: number): void {
    this.#offsetMs += byMs;
  }
}

export class SimClock implements Clock {
  readonly #scheduler: Scheduler;
  readonly #life: Life;
  readonly #wall: WallClock;
  readonly #random: SimRandom;
  readonly #startMs: number;
  #waiting: (() => void)[];

  constructor(options: SimClockOptions) {
    this.#scheduler = options.scheduler;
    this.#life = options.life;
    this.#wall = options.wall ?? new WallClock();
    this.#random = options.scheduler.random.fork(`clock ${options.life.name} ${options.life.pid}`);
    // Another zero in every life: who keeps a monotonic time over a restart is wrong.
    this.#startMs = this.#random.between(0, 1_000_000);
    this.#waiting = [];
  }

  monotonicMs(): number {
    return this.#startMs + this.#scheduler.nowMs;
  }

  realtimeMs(): number {
    return SIM_EPOCH_MS + this.#wall.offsetMs + this.#scheduler.nowMs;
  }

  after(delayMs: number, callback: () => void): Timer {
    return this.#scheduler.after(delayMs, this.#life, 'timer', callback);
  }

  atTurnEnd(callback: () => void): void {
    this.#waiting.push(callback);
    if (this.#waiting.length > 1) return;
    this.#scheduler.after(this.#random.within(TURN_MS), this.#life, 'turn end', () => this.#endTurn());
  }

  #endTurn(): void {
    for (let round = 0; this.#waiting.length > 0; round++) {
      assert(round < ROUNDS_MAX, 'callbacks at a turn end stop asking for further rounds');
      // While the round runs the list is not empty, so that nobody in it arms a second turn end.
      const callbacks = this.#waiting;
      const count = callbacks.length;
      for (let index = 0; index < count; index++) {
        if (this.#life.isOver) return;
        callbacks[index]?.();
      }
      this.#waiting = callbacks.slice(count);
    }
  }
}
