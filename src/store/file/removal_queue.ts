// Removals that are to be written down, in order, each with the position of the log up to which everything must be
// durable first: a removal on disk whose cause (a newer message, a rollup) a crash took away would be a loss. Numbers in
// typed arrays, as there may be one removal for every message. FileStreamStore fills and empties it.

export class RemovalQueue {
  #sequences = new Float64Array(16);
  #positions = new Float64Array(16);
  #timesHigh = new Uint32Array(16);
  #timesLow = new Uint32Array(16);
  #first = 0;
  #length = 0;
  /** How many were ever put in, and taken (or cleared) out. */
  added = 0;
  taken = 0;

  get length(): number {
    return this.#length;
  }

  /** Of the first one. */
  get sequence(): number {
    return this.#sequences[this.#first]!;
  }

  get position(): number {
    return this.#positions[this.#first]!;
  }

  get timeHigh(): number {
    return this.#timesHigh[this.#first]!;
  }

  get timeLow(): number {
    return this.#timesLow[this.#first]!;
  }

  push(sequence: number, timeHigh: number, timeLow: number, position: number): void {
    if (this.#length === this.#sequences.length) this.#grow();
    this.added++;
    const at = (this.#first + this.#length++) & (this.#sequences.length - 1);
    this.#sequences[at] = sequence;
    this.#positions[at] = position;
    this.#timesHigh[at] = timeHigh;
    this.#timesLow[at] = timeLow;
  }

  /** Takes the first one out. */
  shift(): void {
    this.taken++;
    this.#first = (this.#first + 1) & (this.#sequences.length - 1);
    if (--this.#length === 0) this.#first = 0;
  }

  clear(): void {
    this.taken = this.added;
    this.#first = 0;
    this.#length = 0;
  }

  #grow(): void {
    const length = this.#sequences.length;
    const sequences = new Float64Array(length * 2);
    const positions = new Float64Array(length * 2);
    const timesHigh = new Uint32Array(length * 2);
    const timesLow = new Uint32Array(length * 2);
    for (let i = 0; i < this.#length; i++) {
      const at = (this.#first + i) & (length - 1);
      sequences[i] = this.#sequences[at]!;
      positions[i] = this.#positions[at]!;
      timesHigh[i] = this.#timesHigh[at]!;
      timesLow[i] = this.#timesLow[at]!;
    }
    this.#sequences = sequences;
    this.#positions = positions;
    this.#timesHigh = timesHigh;
    this.#timesLow = timesLow;
    this.#first = 0;
  }
}
