// When a connection is pinged, what round trip it has and when its silence ends it. Times only; the connection sends.
// Compat: client.go, setFirstPingTimer and processPingTimer.
import type { Clock, Timer } from '../ports/clock.ts';

/** The first ping comes this soon, so that the round trip is known. */
const FIRST_PING_MS = 2_000;
/** The round trip is measured again at least this often even on a busy connection. */
const RTT_INTERVAL_MS = 3_600_000;
/** The least round trip there is, so that it counts as known. */
const NANOSECOND_MS = 1e-6;

export interface KeepaliveParts {
  readonly clock: Clock;
  /** Asked whenever they matter: a reload may change them. */
  readonly limits: () => { readonly pingIntervalMs: number; readonly pingsOutMax: number };
  /** A number in [0, count), to spread the first pings. */
  readonly pick: (count: number) => number;
  ping(): void;
  stale(): void;
}

export class Keepalive {
  readonly #parts: KeepaliveParts;
  #timer: Timer | null = null;
  #lastHeardMs = 0;
  #pingSentMs = -1;
  #pingsOut = 0;
  rttMs = 0;

  constructor(parts: KeepaliveParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#lastHeardMs = this.#parts.clock.monotonicMs();
    this.#scheduleFirst();
  }

  /** CONNECT came: the time since the connection began is its first round trip. Compat: client.go, computeRTT. */
  greeted(startMs: number): void {
    this.rttMs = Math.max(this.#parts.clock.monotonicMs() - startMs, NANOSECOND_MS);
  }

  /** The client is in: the first ping is due soon, whatever was scheduled. */
  connected(): void {
    this.#timer?.cancel();
    this.#scheduleFirst();
  }

  heard(): void {
    this.#lastHeardMs = this.#parts.clock.monotonicMs();
  }

  ponged(): void {
    this.#pingsOut = 0;
    if (this.#pingSentMs >= 0) {
      this.rttMs = Math.max(this.#parts.clock.monotonicMs() - this.#pingSentMs, NANOSECOND_MS);
    }
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }

  #scheduleFirst(): void {
    const base = Math.min(this.#parts.limits().pingIntervalMs, FIRST_PING_MS);
    this.#schedule(base + this.#parts.pick(Math.max(1, Math.floor(base / 5))));
  }

  #schedule(delayMs: number): void {
    this.#timer = this.#parts.clock.after(delayMs, () => this.#due());
  }

  #due(): void {
    const { clock, limits } = this.#parts;
    const { pingIntervalMs: intervalMs, pingsOutMax: outMax } = limits();
    const now = clock.monotonicMs();
    const needsRtt = this.#pingSentMs < 0 || now - this.#pingSentMs > RTT_INTERVAL_MS;
    if (needsRtt || now - this.#lastHeardMs >= intervalMs) {
      if (this.#pingsOut + 1 > outMax) {
        this.#timer = null;
        this.#parts.stale();
        return;
      }
      this.#pingSentMs = now;
      this.#pingsOut++;
      this.#parts.ping();
    }
    this.#schedule(intervalMs);
  }
}
