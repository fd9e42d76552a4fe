// Time and the turn of the event loop. Decides when a turn is over: in libuv's check phase, right after the poll phase
// has handed out the input that was waiting. Called through ports/clock.ts, atTurnEnd() once per socket chunk.
import type { Clock, Timer } from '../ports/clock.ts';

/** What setTimeout can wait at most; a longer wait is cut in pieces. */
const WAIT_MS_MAX = 0x7fffffff;
/** Rounds of one turn end before the rest waits for the next turn, so that callbacks which never stop cannot starve input. */
const ROUNDS_MAX = 1000;
/** The greatest fraction of a millisecond that a double of today's size can hold. */
const LAST_FRACTION = 1 - 2 ** -12;

class NodeTimer implements Timer {
  readonly #dueMs: number;
  readonly #callback: () => void;
  #handle: NodeJS.Timeout;

  constructor(delayMs: number, callback: () => void) {
    this.#dueMs = performance.now() + delayMs;
    this.#callback = callback;
    this.#handle = this.#wait(delayMs);
  }

  cancel(): void {
    clearTimeout(this.#handle);
  }

  #wait(delayMs: number): NodeJS.Timeout {
    return setTimeout(() => this.#fire(), Math.min(delayMs, WAIT_MS_MAX));
  }

  #fire(): void {
    // libuv counts whole milliseconds from the start of a turn and can be early by almost one: then wait once more, or
    // callers that compare the time with their deadline would find it not reached.
    const leftMs = this.#dueMs - performance.now();
    if (leftMs > 0) this.#handle = this.#wait(leftMs);
    else this.#callback();
  }
}

function nothing(): void {
  // Fills the slots of callbacks that have run, so that what they hold can be freed.
}

export class NodeClock implements Clock {
  /** Real time minus monotonic time. Invariant: corrected whenever it disagrees with the system's whole millisecond. */
  #realtimeOffsetMs: number;
  /** `#waiting[0..#waitingCount)` run at the end of this turn. Swapped with `#running`, so that neither is allocated. */
  #waiting: (() => void)[];
  #waitingCount: number;
  #running: (() => void)[];
  #isArmed: boolean;
  readonly #endTurn: () => void;

  constructor() {
    this.#realtimeOffsetMs = Date.now() - performance.now();
    this.#waiting = [];
    this.#waitingCount = 0;
    this.#running = [];
    this.#isArmed = false;
    this.#endTurn = () => this.#runRounds();
  }

  monotonicMs(): number {
    return performance.now();
  }

  /**
   * The system tells whole milliseconds of real time only. The fraction comes from the monotonic clock; the result never
   * leaves the millisecond that the system tells, so it follows every jump and drift.
   */
  realtimeMs(): number {
    const monotonic = performance.now();
    const whole = Date.now();
    const result = monotonic + this.#realtimeOffsetMs;
    if (result >= whole && result < whole + 1) return result;
    const corrected = result < whole ? whole : whole + LAST_FRACTION;
    this.#realtimeOffsetMs = corrected - monotonic;
    return corrected;
  }

  after(delayMs: number, callback: () => void): Timer {
    return new NodeTimer(delayMs, callback);
  }

  atTurnEnd(callback: () => void): void {
    this.#waiting[this.#waitingCount++] = callback;
    this.#arm();
  }

  #arm(): void {
    if (this.#isArmed) return;
    this.#isArmed = true;
    setImmediate(this.#endTurn);
  }

  #runRounds(): void {
    try {
      for (let round = 0; this.#waitingCount > 0 && round < ROUNDS_MAX; round++) this.#runRound();
    } finally {
      this.#isArmed = false;
      if (this.#waitingCount > 0) this.#arm();
    }
  }

  #runRound(): void {
    const callbacks = this.#waiting;
    const count = this.#waitingCount;
    this.#waiting = this.#running;
    this.#running = callbacks;
    this.#waitingCount = 0;
    let index = 0;
    try {
      while (index < count) {
        const callback = callbacks[index] ?? nothing;
        callbacks[index++] = nothing;
        callback();
      }
    } finally {
      // One that threw takes none of the others with it.
      while (index < count) this.#waiting[this.#waitingCount++] = callbacks[index++] ?? nothing;
    }
  }
}
