// Node's clock, which a test can put forward: timers that are due then call back at once. For tests of commands that wait
// longer than a test should.
import { NodeClock } from '../node/node_clock.ts';
import type { Clock, Timer } from '../ports/clock.ts';

interface Waiting {
  readonly dueMs: number;
  readonly fire: () => void;
}

export class TestingClock implements Clock {
  readonly #clock: NodeClock;
  readonly #waiting: Set<Waiting>;
  #aheadMs: number;

  constructor() {
    this.#clock = new NodeClock();
    this.#waiting = new Set();
    this.#aheadMs = 0;
  }

  monotonicMs(): number {
    return this.#clock.monotonicMs() + this.#aheadMs;
  }

  realtimeMs(): number {
    return this.#clock.realtimeMs() + this.#aheadMs;
  }

  after(delayMs: number, callback: () => void): Timer {
    const over = (): void => {
      timer.cancel();
      this.#waiting.delete(waiting);
    };
    const waiting = {
      dueMs: this.monotonicMs() + delayMs,
      fire: () => {
        over();
        callback();
      },
    };
    const timer = this.#clock.after(delayMs, waiting.fire);
    this.#waiting.add(waiting);
    return { cancel: over };
  }

  atTurnEnd(callback: () => void): void {
    this.#clock.atTurnEnd(callback);
  }

  /** Puts the clock forward. */
  pass(ms: number): void {
    this.#aheadMs += ms;
    for (const waiting of [...this.#waiting]) if (waiting.dueMs <= this.monotonicMs()) waiting.fire();
  }
}
