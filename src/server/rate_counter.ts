// How many of something there may be in a second. Compat: rate_counter.go: a second begins with the first of them.

const SECOND_MS = 1_000;

export class RateCounter {
  readonly #perSecondMax: number;
  #count = 0;
  #endMs = Number.NEGATIVE_INFINITY;
  #refused = 0;

  constructor(perSecondMax: number) {
    this.#perSecondMax = perSecondMax;
  }

  /** Whether one more is fine now. */
  allows(nowMs: number): boolean {
    if (nowMs > this.#endMs) {
      this.#count = 0;
      this.#endMs = nowMs + SECOND_MS;
    }
    this.#count++;
    if (this.#count <= this.#perSecondMax) return true;
    this.#refused++;
    return false;
  }

  /** How many were refused since the last call. */
  takeRefused(): number {
    const refused = this.#refused;
    this.#refused = 0;
    return refused;
  }
}
