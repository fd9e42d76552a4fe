// When the next message may leave: the rate limit in bits per second, and replay at the speed at which messages were
// stored. Pure: asked before a delivery, told after it.

/** Gaps up to this long are not replayed. Compat: consumer.go, loopAndGatherMsgs. */
const REPLAY_GAP_MIN_MS = 1;
/** From bits per second to bytes per millisecond. */
const RATE_UNIT = 8000;

export class Pacing {
  /** Bytes per millisecond; 0 is no limit. */
  #rate = 0;
  /** A burst of one message of the largest size is always allowed. */
  #burstBytes: number;
  #tokens: number;
  #tokensAtMs: number;
  /** Replay goes on up to this sequence; 0 when it is over (or never was). */
  #replayUntil: number;
  /** Stored time of the last message delivered, in milliseconds; NaN before the first. */
  #storedMs = Number.NaN;
  #deliveredMs = 0;

  constructor(bitsPerSecond: number, burstBytes: number, replayUntil: number, nowMs: number) {
    this.#rate = bitsPerSecond / RATE_UNIT;
    this.#burstBytes = burstBytes;
    this.#tokens = burstBytes;
    this.#tokensAtMs = nowMs;
    this.#replayUntil = replayUntil;
  }

  get isFree(): boolean {
    return this.#rate === 0 && this.#replayUntil === 0;
  }

  /** Another limit, with its burst. Compat: consumer.go, setRateLimit. */
  updateRate(bitsPerSecond: number, burstBytes: number): void {
    this.#rate = bitsPerSecond / RATE_UNIT;
    this.#burstBytes = burstBytes;
  }

  /** How long the message must wait from `nowMs`; 0 when it may leave. */
  waitMs(nowMs: number, sequence: number, storedMs: number, size: number): number {
    return Math.max(this.#replayWaitMs(nowMs, sequence, storedMs), this.#rateWaitMs(nowMs, size));
  }

  delivered(nowMs: number, storedMs: number, size: number): void {
    this.#storedMs = storedMs;
    this.#deliveredMs = nowMs;
    if (this.#rate > 0) {
      this.#refill(nowMs);
      this.#tokens -= size;
    }
  }

  #replayWaitMs(nowMs: number, sequence: number, storedMs: number): number {
    if (this.#replayUntil === 0) return 0;
    if (sequence > this.#replayUntil) {
      this.#replayUntil = 0;
      return 0;
    }
    const gapMs = storedMs - this.#storedMs;
    if (!(gapMs > REPLAY_GAP_MIN_MS)) return 0;
    return Math.max(0, this.#deliveredMs + gapMs - nowMs);
  }

  #rateWaitMs(nowMs: number, size: number): number {
    if (this.#rate === 0) return 0;
    this.#refill(nowMs);
    const needed = Math.min(size, this.#burstBytes);
    return this.#tokens >= needed ? 0 : (needed - this.#tokens) / this.#rate;
  }

  #refill(nowMs: number): void {
    this.#tokens = Math.min(this.#burstBytes, this.#tokens + (nowMs - this.#tokensAtMs) * this.#rate);
    this.#tokensAtMs = nowMs;
  }
}
