// How busy the process is, in percent of one core: of the last moment, not since the start. A sample is taken where
// somebody asks and the last one is old enough. Compat: pse/pse_linux.go, which samples too.
import type { Clock } from '../ports/clock.ts';
import type { Host } from '../ports/host.ts';

/** Two askers within it get the same answer. */
const SAMPLE_MS = 1_000;

export class CpuMeter {
  readonly #clock: Clock;
  readonly #host: Host;
  #sampledAtMs: number;
  #cpuMicros: number;
  #percent = 0;

  constructor(clock: Clock, host: Host) {
    this.#clock = clock;
    this.#host = host;
    this.#sampledAtMs = clock.monotonicMs();
    this.#cpuMicros = host.usage().cpuMicros;
  }

  /** With one digit behind the point. */
  percent(): number {
    const nowMs = this.#clock.monotonicMs();
    const elapsedMs = nowMs - this.#sampledAtMs;
    if (elapsedMs < SAMPLE_MS) return this.#percent;
    const { cpuMicros } = this.#host.usage();
    // Microseconds per millisecond are tenths of a percent.
    this.#percent = Math.round((cpuMicros - this.#cpuMicros) / elapsedMs) / 10;
    this.#sampledAtMs = nowMs;
    this.#cpuMicros = cpuMicros;
    return this.#percent;
  }
}
