// `--report-subjects`: which subjects (or subscriptions) receive how much, once a second. On a terminal in place.
// Compat: natscli cli/sub_command.go, startSubjectReporting.

import type { Received } from '../../messages/received.ts';
import { countText, sizeText } from '../../output/human.ts';
import { clearScreen } from '../../output/screen.ts';
import { TextTable } from '../../output/table.ts';
import type { Session } from '../../session.ts';

interface Counted {
  messages: number;
  bytes: number;
}

export interface ReportOptions {
  /** How many subjects are shown. */
  readonly top: number;
  readonly bySubscription: boolean;
}

const INTERVAL_MS = 1000;

export class SubjectReport {
  readonly #session: Session;
  readonly #options: ReportOptions;
  readonly #counts: Map<string, Counted>;
  /** Something came that no table has shown. */
  #hasNews: boolean;

  constructor(session: Session, options: ReportOptions) {
    this.#session = session;
    this.#options = options;
    this.#counts = new Map();
    this.#hasNews = false;
  }

  add({ subject, pattern, data }: Received): void {
    const key = this.#options.bySubscription ? pattern : subject;
    const counted = this.#counts.get(key) ?? { messages: 0, bytes: 0 };
    counted.messages++;
    counted.bytes += data.length;
    this.#counts.set(key, counted);
    this.#hasNews = true;
  }

  /** Shows the report every second until `isOver` says so. */
  async showUntil(isOver: () => boolean): Promise<void> {
    while (!isOver() && (await this.#session.pause(INTERVAL_MS))) this.#show();
  }

  /** What came since the last table. */
  showRest(): void {
    if (this.#hasNews) this.#show();
  }

  #show(): void {
    this.#hasNews = false;
    const { top } = this.#options;
    const rows = [...this.#counts]
      .sort(([a, one], [b, other]) => other.messages - one.messages || (a < b ? -1 : 1))
      .slice(0, top);
    if (this.#session.isJson) {
      this.#session.jsonLine({ subjects: rows.map(([subject, counted]) => ({ subject, ...counted })) });
      return;
    }
    clearScreen(this.#session);
    const title = top === 1 ? 'Top Subject Report' : `Top ${top} Active Subjects Report`;
    const table = new TextTable(title, ['Subject', 'Message Count', 'Bytes']);
    let messages = 0;
    let bytes = 0;
    for (const [subject, counted] of rows) {
      table.row(subject, countText(counted.messages), sizeText(counted.bytes));
      messages += counted.messages;
      bytes += counted.bytes;
    }
    table.foot('Totals', countText(messages), sizeText(bytes));
    this.#session.table(table);
  }
}
