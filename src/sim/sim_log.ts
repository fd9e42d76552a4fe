// Log lines of one life of a simulated server: they go to the trace, and what is at least a warning is kept for tests.
import type { LogFields, Logger } from '../base/log.ts';
import type { Life } from './life.ts';
import type { Scheduler } from './scheduler.ts';

export class SimLog implements Logger {
  readonly isDebug: boolean;
  readonly isTrace = false;
  /** Warnings and errors, oldest first. */
  readonly complaints: string[];
  readonly #scheduler: Scheduler;
  readonly #life: Life;

  constructor(scheduler: Scheduler, life: Life) {
    this.isDebug = scheduler.trace.isOn;
    this.complaints = [];
    this.#scheduler = scheduler;
    this.#life = life;
  }

  error(text: string, fields?: LogFields): void {
    this.complaints.push(this.#line('[ERR]', text, fields));
  }

  warn(text: string, fields?: LogFields): void {
    this.complaints.push(this.#line('[WRN]', text, fields));
  }

  info(text: string, fields?: LogFields): void {
    this.#line('[INF]', text, fields);
  }

  debug(text: string, fields?: LogFields): void {
    if (this.isDebug) this.#line('[DBG]', text, fields);
  }

  trace(): void {
    // What a trace line would tell is in the network's own trace.
  }

  #line(level: string, text: string, fields: LogFields = {}): string {
    const words = Object.entries(fields).map(([key, value]) => ` ${key}=${String(value)}`);
    const line = `${level} ${text}${words.join('')}`;
    if (this.#scheduler.trace.isOn && !this.#life.isOver) this.#scheduler.note(this.#life.name, line);
    return line;
  }
}
