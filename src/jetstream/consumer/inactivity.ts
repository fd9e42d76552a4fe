// When a consumer that nobody uses is removed: its inactive threshold, counted from the last sign of life and, for a
// pull consumer, from the last moment at which an acknowledgement may still come. Pure but for its one timer.
import type { Clock } from '../../ports/clock.ts';
import type { Entropy } from '../../ports/entropy.ts';
import { Alarm } from './alarm.ts';

/** Compat: consumer.go, updateInactiveThreshold: 100 ms to 1 s later, so that many do not go at once. */
const JITTER_MIN_MS = 100;
const JITTER_MS = 900;

export interface InactivityProbe {
  /** Monotonic time up to which the consumer was used for sure; Infinity while somebody uses it. */
  usedUntilMs(nowMs: number): number;
  removeInactive(): void;
}

export class Inactivity {
  readonly #clock: Clock;
  readonly #entropy: Entropy;
  readonly #probe: InactivityProbe;
  readonly #alarm: Alarm;
  /** 0 is never. */
  #thresholdMs = 0;

  constructor(clock: Clock, entropy: Entropy, probe: InactivityProbe) {
    this.#clock = clock;
    this.#entropy = entropy;
    this.#probe = probe;
    this.#alarm = new Alarm(clock, () => this.#onAlarm());
  }

  /** Counts from now. */
  start(thresholdMs: number, hasJitter: boolean): void {
    this.#alarm.stop();
    this.#thresholdMs = thresholdMs > 0 && hasJitter ? thresholdMs + this.#jitterMs() : thresholdMs;
    this.look(this.#clock.monotonicMs());
  }

  /** Something was used: the removal is at most one threshold away, however far it was. */
  look(nowMs: number): void {
    if (this.#thresholdMs === 0) return;
    this.#alarm.wakeAt(nowMs + this.#thresholdMs, nowMs);
  }

  stop(): void {
    this.#alarm.stop();
    this.#thresholdMs = 0;
  }

  #onAlarm(): void {
    const nowMs = this.#clock.monotonicMs();
    const removeAtMs = this.#probe.usedUntilMs(nowMs) + this.#thresholdMs;
    if (removeAtMs === Number.POSITIVE_INFINITY) this.look(nowMs);
    else if (removeAtMs > nowMs) this.#alarm.wakeAt(removeAtMs, nowMs);
    else this.#probe.removeInactive();
  }

  #jitterMs(): number {
    const random = new Uint8Array(2);
    this.#entropy.fill(random);
    return JITTER_MIN_MS + (((random[0] as number) * 256 + (random[1] as number)) / 65536) * JITTER_MS;
  }
}
