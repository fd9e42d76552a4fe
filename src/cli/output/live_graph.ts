// Numbers that are taken every second and drawn one graph under the other over the whole terminal, until Ctrl-C. With --json
// an object per second and line, on any output.
import type { Session } from '../session.ts';
import { clearScreen, graphSize, graphText } from './screen.ts';

const INTERVAL_MS = 1000;
const HISTORY_MAX = 1000;

export interface Series {
  readonly caption: string;
  /** Its name with --json. */
  readonly key: string;
}

export class LiveGraph {
  readonly #session: Session;
  readonly #title: string;
  readonly #series: readonly Series[];
  readonly #history: number[][];

  /** Refuses a terminal that is too small, before anything is asked of the server. */
  constructor(session: Session, title: string, series: readonly Series[]) {
    if (!session.isJson) graphSize(session);
    this.#session = session;
    this.#title = title;
    this.#series = series;
    this.#history = series.map(() => []);
  }

  /** `take` gives a number for each series, as it is now; `seconds` have passed since it was last called. */
  async run(take: (seconds: number) => Promise<readonly number[]>): Promise<void> {
    const { clock } = this.#session.doors;
    let lastMs = clock.monotonicMs();
    while (await this.#session.pause(INTERVAL_MS)) {
      const nowMs = clock.monotonicMs();
      const values = await take((nowMs - lastMs) / 1000);
      lastMs = nowMs;
      if (this.#session.isJson) {
        this.#session.jsonLine(Object.fromEntries(this.#series.map(({ key }, index) => [key, values[index] ?? 0])));
      } else this.#draw(values);
    }
    if (!this.#session.isJson) clearScreen(this.#session);
  }

  #draw(values: readonly number[]): void {
    // The terminal may have another size by now.
    const { width, height } = graphSize(this.#session);
    const share = Math.floor(height / this.#series.length) - 2;
    const graphs = this.#series.map(({ caption }, index) => {
      const history = this.#history[index] ?? [];
      history.push(values[index] ?? 0);
      if (history.length > HISTORY_MAX) history.shift();
      return graphText({ caption, values: history, width, height: share });
    });
    clearScreen(this.#session);
    this.#session.print(`${this.#title}\n`);
    this.#session.print(graphs.join('\n\n'));
  }
}
