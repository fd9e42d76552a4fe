// `--graph`: messages a second per subscription, drawn over the terminal.
// Compat: natscli cli/sub_command.go, startGraph.
import { CommandError } from '../../errors.ts';
import type { Received } from '../../messages/received.ts';
import { clearScreen, graphSize, graphText } from '../../output/screen.ts';
import type { Session } from '../../session.ts';

const PATTERNS_MAX = 4;
const INTERVAL_MS = 1000;
const HISTORY_MAX = 1000;

export class RateGraph {
  readonly #session: Session;
  readonly #rates: Map<string, { count: number; readonly history: number[] }>;

  constructor(session: Session, patterns: readonly string[]) {
    graphSize(session);
    if (patterns.length > PATTERNS_MAX)
      throw new CommandError(`maximum ${PATTERNS_MAX} subject patterns may be graphed`);
    this.#session = session;
    this.#rates = new Map(patterns.map((pattern) => [pattern, { count: 0, history: [] }]));
  }

  add({ pattern }: Received): void {
    const rate = this.#rates.get(pattern);
    if (rate !== undefined) rate.count++;
  }

  async showUntil(isOver: () => boolean): Promise<void> {
    while (!isOver() && (await this.#session.pause(INTERVAL_MS))) this.#show();
    clearScreen(this.#session);
  }

  #show(): void {
    const { width, height } = graphSize(this.#session);
    clearScreen(this.#session);
    for (const [pattern, rate] of this.#rates) {
      rate.history.push(rate.count);
      rate.count = 0;
      if (rate.history.length > HISTORY_MAX) rate.history.shift();
      const share = Math.floor(height / (this.#rates.size + 1)) - 1;
      this.#session.print(graphText({ caption: `${pattern} / second`, values: rate.history, width, height: share }));
      this.#session.print();
    }
  }
}
