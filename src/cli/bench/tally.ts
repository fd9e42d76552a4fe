// What one client of a measurement has done so far: how many, since when, how long each took. Filled by the client, read by
// whoever shows progress and results. Says when the client has to stop.
import type { Clock } from '../../ports/clock.ts';
import { deferred } from '../deferred.ts';
import { Latency, type LatencyData } from './latency.ts';

/** The result of one client, as it crosses threads. Times are Unix milliseconds with fraction. */
export interface Sample {
  readonly done: number;
  readonly startMs: number;
  readonly endMs: number;
  readonly latency: LatencyData;
  readonly warnings: readonly string[];
}

export class Tally {
  readonly target: number;
  readonly latency: Latency;
  readonly warnings: Set<string>;
  /** Resolves when the client has to end where it is. */
  readonly stopped: Promise<void>;
  done: number;
  readonly #clock: Clock;
  readonly #resolve: () => void;
  #startMs: number;
  #endMs: number;
  #isStopped: boolean;

  constructor(target: number, clock: Clock) {
    this.target = target;
    this.latency = new Latency();
    this.warnings = new Set();
    this.done = 0;
    this.#clock = clock;
    this.#startMs = 0;
    this.#endMs = 0;
    this.#isStopped = false;
    const { promise, resolve } = deferred();
    this.stopped = promise;
    this.#resolve = resolve;
  }

  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** Done with all, or told to stop. */
  get isOver(): boolean {
    return this.done >= this.target || this.#isStopped;
  }

  get isStarted(): boolean {
    return this.#startMs > 0;
  }

  start(): void {
    this.#startMs = this.#clock.realtimeMs();
  }

  end(): void {
    this.#endMs = this.#clock.realtimeMs();
  }

  stop(): void {
    this.#isStopped = true;
    this.#resolve();
  }

  /** Null where nothing was measured. */
  sample(): Sample | null {
    if (!this.isStarted || this.done === 0) return null;
    const endMs = this.#endMs > 0 ? this.#endMs : this.#clock.realtimeMs();
    const { done, latency, warnings } = this;
    return { done, startMs: this.#startMs, endMs, latency: latency.data(), warnings: [...warnings] };
  }
}
