// One life of one simulated server, from its start to its stop or crash. All doors given to it ask this: once it is over,
// timers no longer fire, callbacks are not called, promises stay as they are and calls have no effect. What the dead
// server's code still does in the run in which it died therefore reaches nobody.

export class Life {
  readonly name: string;
  readonly pid: number;
  #isOver: boolean;
  readonly #listeners: (() => void)[];

  constructor(name: string, pid = 1) {
    this.name = name;
    this.pid = pid;
    this.#isOver = false;
    this.#listeners = [];
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Called inside end(), once. */
  whenOver(listener: () => void): void {
    this.#listeners.push(listener);
  }

  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    for (const listener of this.#listeners) listener();
  }
}
