// The log of a process: which levels are on, and the sink that everything goes to. Both can be changed while the server
// runs (reload), and whoever holds the Logger notices nothing. The sinks are node_log_lines.ts (nats-server's lines, on
// standard error or in a file), node_syslog.ts and node_json_log.ts; node_logging.ts chooses.
import type { LogFields, Logger } from '../base/log.ts';

export type LogLevel = 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'fatal';

export interface LogSink {
  say(level: LogLevel, text: string, fields: LogFields | undefined): void;
  /** Opens its file again: somebody has moved the old one away. False where it writes into none. */
  reopen(): boolean;
  /** Resolves when everything has left. */
  close(): Promise<void>;
}

export interface LogLevels {
  readonly isDebug: boolean;
  readonly isTrace: boolean;
}

export class NodeLog implements Logger {
  #sink: LogSink;
  #levels: LogLevels;

  constructor(sink: LogSink, levels: LogLevels) {
    this.#sink = sink;
    this.#levels = levels;
  }

  get isDebug(): boolean {
    return this.#levels.isDebug;
  }

  get isTrace(): boolean {
    return this.#levels.isTrace;
  }

  /** From the next line on. The sink so far is closed. */
  use(sink: LogSink, levels: LogLevels): void {
    const last = this.#sink;
    this.#sink = sink;
    this.#levels = levels;
    void last.close();
  }

  /** False where there is no file to open again. */
  reopen(): boolean {
    return this.#sink.reopen();
  }

  /** Resolves when everything has left. What is said afterwards is lost. */
  close(): Promise<void> {
    return this.#sink.close();
  }

  error(text: string, fields?: LogFields): void {
    this.#sink.say('error', text, fields);
  }

  warn(text: string, fields?: LogFields): void {
    this.#sink.say('warn', text, fields);
  }

  info(text: string, fields?: LogFields): void {
    this.#sink.say('info', text, fields);
  }

  debug(text: string, fields?: LogFields): void {
    if (this.#levels.isDebug) this.#sink.say('debug', text, fields);
  }

  trace(text: string, fields?: LogFields): void {
    if (this.#levels.isTrace) this.#sink.say('trace', text, fields);
  }

  /** For whoever ends the process next; rooms below app/ have no such word. */
  fatal(text: string, fields?: LogFields): void {
    this.#sink.say('fatal', text, fields);
  }
}
