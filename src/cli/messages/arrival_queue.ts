// Messages of several subscriptions in the order they arrived, taken one after the other by a reader that may be slow:
// what does not fit any more is dropped and counted, so that a fast subject cannot fill the memory.

export const ARRIVALS_MAX = 512 * 1024;

export class ArrivalQueue<T> implements AsyncIterable<T> {
  readonly #waiting: T[];
  readonly #max: number;
  #head: number;
  #dropped: number;
  #isOver: boolean;
  #wake: (() => void) | null;

  constructor(max = ARRIVALS_MAX) {
    this.#waiting = [];
    this.#max = max;
    this.#head = 0;
    this.#dropped = 0;
    this.#isOver = false;
    this.#wake = null;
  }

  /** Since the last call. */
  takeDropped(): number {
    const dropped = this.#dropped;
    this.#dropped = 0;
    return dropped;
  }

  push(item: T): void {
    if (this.#isOver) return;
    if (this.#waiting.length - this.#head >= this.#max) this.#dropped++;
    else this.#waiting.push(item);
    this.#wake?.();
  }

  /** What has arrived is still taken. */
  end(): void {
    this.#isOver = true;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncIterator<T> {
    while (true) {
      while (this.#head < this.#waiting.length) {
        const item = this.#waiting[this.#head++];
        if (this.#head > 1024 && this.#head * 2 > this.#waiting.length) this.#forget();
        if (item !== undefined) yield item;
      }
      if (this.#isOver) return;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = null;
    }
  }

  #forget(): void {
    this.#waiting.splice(0, this.#head);
    this.#head = 0;
  }
}
