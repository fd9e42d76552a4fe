// Virtual time: one queue of events, one seed, one event at a time. Everything the simulated world does is an event here,
// so a run depends on its seed and on nothing else.
//
// Promises: code under test awaits what the doors promised (Disk.open, Network.dial). Every such promise is settled by an
// event, and before the next event all that follows from it must have run, or the order would be up to the engine. So
// after each event the driver waits for one setImmediate: Node runs every microtask, and every one those add, before it
// goes on to that. This real turn of the loop is the only real thing awaited here, and no timing depends on it. Code under
// test must not await anything else that is real; tools/tidy sees to that.

import { Heap } from '../base/heap.ts';
import type { Life } from './life.ts';
import { SimRandom } from './sim_random.ts';
import { Trace } from './trace.ts';

/** Time comes in steps of 2^-20 ms (about a nanosecond): sums and differences of such numbers are exact. */
const STEPS_PER_MS = 2 ** 20;

/** Which of two events of one moment runs first: the one asked for first, or whichever the seed says. */
export type TieOrder = 'insertion' | 'seed';

export interface SchedulerOptions {
  readonly seed: number;
  readonly ties?: TieOrder;
  readonly trace?: Trace;
}

export interface RunLimits {
  /** Virtual time this may take; beyond it the run fails. */
  readonly deadlineMs?: number;
}

const DEADLINE_DEFAULT_MS = 60_000;

export class SimEvent {
  readonly dueMs: number;
  readonly tie: number;
  readonly order: number;
  readonly life: Life | null;
  readonly what: string;
  callback: (() => void) | null;

  constructor(dueMs: number, tie: number, order: number, life: Life | null, what: string, callback: () => void) {
    this.dueMs = dueMs;
    this.tie = tie;
    this.order = order;
    this.life = life;
    this.what = what;
    this.callback = callback;
  }

  cancel(): void {
    this.callback = null;
  }

  isBefore(other: SimEvent): boolean {
    if (this.dueMs !== other.dueMs) return this.dueMs < other.dueMs;
    if (this.tie !== other.tie) return this.tie < other.tie;
    return this.order < other.order;
  }
}

export class Scheduler {
  readonly seed: number;
  /** For whoever needs a stream of random numbers: fork it by a name of your own. */
  readonly random: SimRandom;
  readonly trace: Trace;
  readonly #ties: TieOrder;
  readonly #tieRandom: SimRandom;
  readonly #events: Heap<SimEvent>;
  #order: number;
  #nowMs: number;
  #eventsRun: number;

  constructor(options: SchedulerOptions) {
    this.seed = options.seed;
    this.random = new SimRandom(options.seed);
    this.trace = options.trace ?? new Trace();
    this.#ties = options.ties ?? 'seed';
    this.#tieRandom = this.random.fork('ties');
    this.#events = new Heap((a, b) => a.isBefore(b));
    this.#order = 0;
    this.#nowMs = 0;
    this.#eventsRun = 0;
  }

  /** Virtual milliseconds since the start of the run. */
  get nowMs(): number {
    return this.#nowMs;
  }

  get eventsRun(): number {
    return this.#eventsRun;
  }

  /** Runs `callback` as an event of its own, `delayMs` from now, unless `life` is over by then. */
  after(delayMs: number, life: Life | null, what: string, callback: () => void): SimEvent {
    const dueMs = this.#nowMs + Math.ceil(Math.max(0, delayMs) * STEPS_PER_MS) / STEPS_PER_MS;
    return this.#push(dueMs, life, what, callback);
  }

  /** The same at a moment that was read from `SimEvent.dueMs` or `nowMs`. */
  at(dueMs: number, life: Life | null, what: string, callback: () => void): SimEvent {
    return this.#push(Math.max(this.#nowMs, dueMs), life, what, callback);
  }

  note(who: string, what: string): void {
    this.trace.add(this.#nowMs, who, what);
  }

  /** Runs the next event and what follows from it; false when there is none. */
  async step(): Promise<boolean> {
    const event = this.#takeNext();
    if (event === null) return false;
    this.#run(event);
    await drained();
    return true;
  }

  /** Runs everything that happens in the next `durationMs`. */
  async advance(durationMs: number): Promise<void> {
    const endMs = this.#nowMs + Math.ceil(durationMs * STEPS_PER_MS) / STEPS_PER_MS;
    await drained();
    for (;;) {
      this.#dropDead();
      const next = this.#events.peek();
      if (next === undefined || next.dueMs > endMs) break;
      await this.step();
    }
    this.#nowMs = endMs;
  }

  /** Runs until `condition` holds. Fails when the deadline passes or nothing is left that could make it hold. */
  async runUntil(condition: () => boolean, limits: RunLimits = {}): Promise<void> {
    const endMs = this.#nowMs + (limits.deadlineMs ?? DEADLINE_DEFAULT_MS);
    await drained();
    while (!condition()) {
      this.#dropDead();
      const next = this.#events.peek();
      if (next === undefined) throw new Error(this.#stuckText('nothing is left to happen'));
      if (next.dueMs > endMs) throw new Error(this.#stuckText('the deadline has passed'));
      await this.step();
    }
  }

  /** Runs until `promise` is settled and gives what it gave. */
  async settle<T>(promise: Promise<T>, limits: RunLimits = {}): Promise<T> {
    let isSettled = false;
    const settle = () => {
      isSettled = true;
    };
    promise.then(settle, settle);
    await this.runUntil(() => isSettled, limits);
    return promise;
  }

  #stuckText(why: string): string {
    const last = this.trace.lines().slice(-10).join('\n  ');
    return `The simulated run of seed ${this.seed} is stuck at ${this.#nowMs.toFixed(3)} ms: ${why}. Last:\n  ${last}`;
  }

  #run(event: SimEvent): void {
    this.#nowMs = event.dueMs;
    this.#eventsRun++;
    const callback = event.callback;
    event.callback = null;
    if (this.trace.isOn) this.note(event.life?.name ?? '-', event.what);
    callback?.();
  }

  #takeNext(): SimEvent | null {
    this.#dropDead();
    return this.#events.pop() ?? null;
  }

  /** Events that were cancelled, or whose server is dead, neither run nor move the time. */
  #dropDead(): void {
    for (;;) {
      const next = this.#events.peek();
      if (next === undefined || (next.callback !== null && next.life?.isOver !== true)) return;
      this.#events.pop();
    }
  }

  #push(dueMs: number, life: Life | null, what: string, callback: () => void): SimEvent {
    const tie = this.#ties === 'seed' ? this.#tieRandom.u32() : 0;
    const event = new SimEvent(dueMs, tie, this.#order++, life, what, callback);
    this.#events.push(event);
    return event;
  }
}

/** Resolves when no microtask is left. */
function drained(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
