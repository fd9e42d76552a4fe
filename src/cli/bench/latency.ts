// How long operations took, in nanoseconds: counted in buckets of a thousandth, so that millions of them need little memory
// and those of many clients can be added up. Sum, least and greatest are exact. Pure.

/** Values below this have a bucket each; above, one in so many of every power of two. */
const LINEAR = 2048;
const HALF = LINEAR / 2;
const LINEAR_BITS = 11;

/** What crosses from one thread to another. */
export interface LatencyData {
  readonly counts: Uint32Array;
  readonly count: number;
  readonly sumNs: number;
  readonly sumOfSquares: number;
  readonly minNs: number;
  readonly maxNs: number;
}

export interface LatencyBucket {
  readonly fromNs: number;
  readonly toNs: number;
  readonly count: number;
}

export class Latency {
  #counts: Uint32Array;
  #count: number;
  #sumNs: number;
  #sumOfSquares: number;
  #minNs: number;
  #maxNs: number;

  constructor() {
    this.#counts = new Uint32Array(8 * HALF);
    this.#count = 0;
    this.#sumNs = 0;
    this.#sumOfSquares = 0;
    this.#minNs = Number.POSITIVE_INFINITY;
    this.#maxNs = 0;
  }

  get count(): number {
    return this.#count;
  }

  /** `times` operations of that length. */
  record(ns: number, times = 1): void {
    if (times <= 0) return;
    const value = ns > 0 ? Math.round(ns) : 0;
    const index = bucketOf(value);
    if (index >= this.#counts.length) this.#grow(index);
    this.#counts[index] = (this.#counts[index] as number) + times;
    this.#count += times;
    this.#sumNs += value * times;
    this.#sumOfSquares += value * value * times;
    if (value < this.#minNs) this.#minNs = value;
    if (value > this.#maxNs) this.#maxNs = value;
  }

  get minNs(): number {
    return this.#count === 0 ? 0 : this.#minNs;
  }

  get maxNs(): number {
    return this.#maxNs;
  }

  get averageNs(): number {
    return this.#count === 0 ? 0 : this.#sumNs / this.#count;
  }

  get deviationNs(): number {
    if (this.#count === 0) return 0;
    return Math.sqrt(Math.max(0, this.#sumOfSquares / this.#count - this.averageNs ** 2));
  }

  /** So long, or less, took this share of them (0 to 100). */
  percentileNs(percent: number): number {
    const rank = Math.ceil((percent / 100) * this.#count);
    let seen = 0;
    for (let index = 0; index < this.#counts.length && this.#count > 0; index++) {
      seen += this.#counts[index] as number;
      if (seen >= rank) return Math.min(Math.max(lastOf(index), this.#minNs), this.#maxNs);
    }
    return 0;
  }

  /** Powers of two from the least to the greatest, for people. */
  doublings(): LatencyBucket[] {
    if (this.#count === 0) return [];
    const buckets: LatencyBucket[] = [];
    let index = 0;
    for (let toNs = 1; index < this.#counts.length; toNs *= 2) {
      let count = 0;
      for (; index < this.#counts.length && lastOf(index) <= toNs; index++) count += this.#counts[index] as number;
      if (count > 0 || buckets.length > 0) buckets.push({ fromNs: toNs / 2, toNs, count });
      if (toNs >= this.#maxNs) break;
    }
    return buckets;
  }

  data(): LatencyData {
    return {
      counts: this.#counts,
      count: this.#count,
      sumNs: this.#sumNs,
      sumOfSquares: this.#sumOfSquares,
      minNs: this.#minNs,
      maxNs: this.#maxNs,
    };
  }

  add(data: LatencyData): void {
    if (data.counts.length > this.#counts.length) this.#grow(data.counts.length - 1);
    for (let i = 0; i < data.counts.length; i++) {
      this.#counts[i] = (this.#counts[i] as number) + (data.counts[i] as number);
    }
    this.#count += data.count;
    this.#sumNs += data.sumNs;
    this.#sumOfSquares += data.sumOfSquares;
    this.#minNs = Math.min(this.#minNs, data.minNs);
    this.#maxNs = Math.max(this.#maxNs, data.maxNs);
  }

  #grow(index: number): void {
    const wider = new Uint32Array((Math.floor(index / HALF) + 2) * HALF);
    wider.set(this.#counts);
    this.#counts = wider;
  }
}

function bucketOf(value: number): number {
  if (value < LINEAR) return value;
  const shift = Math.floor(Math.log2(value)) - LINEAR_BITS + 1;
  return shift * HALF + Math.floor(value / 2 ** shift);
}

/** The greatest value of a bucket. */
function lastOf(index: number): number {
  if (index < LINEAR) return index;
  const shift = Math.floor(index / HALF) - 1;
  return (index - shift * HALF + 1) * 2 ** shift - 1;
}
