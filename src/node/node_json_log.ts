// Log lines as JSON objects, one a line, for machines (`--log_format json`): level, time, pid, fields, msg. pino makes them;
// it is loaded only where somebody asks for them. One of the sinks of node_log.ts.
import type { LogFields } from '../base/log.ts';
import type { LogLevel, LogSink } from './node_log.ts';
import type { LineWriter } from './node_log_lines.ts';

export interface NodeJsonLogOptions {
  readonly pid: number;
  /** `logtime`: whether a line says when, always in UTC. */
  readonly hasTime: boolean;
  /** Unix milliseconds with fraction: NodeClock.realtimeMs. */
  readonly realtimeMs: () => number;
}

/** How pino is used here: each level a method. */
type Say = Record<LogLevel, (fields: LogFields, text: string) => void>;

const NO_FIELDS: LogFields = {};

export class NodeJsonLog implements LogSink {
  readonly #say: Say;
  #writer: LineWriter | null = null;
  /** The line made last, where nobody writes it. */
  #made = '';

  private constructor(makeSay: (write: (line: string) => void) => Say) {
    this.#say = makeSay((line) => {
      if (this.#writer === null) this.#made = line;
      else this.#writer.write(line);
    });
  }

  /** Everything is written to what `open` returns; until then nothing may be said. */
  static async open(
    options: NodeJsonLogOptions,
    open: (line: (level: LogLevel, text: string) => string) => LineWriter,
  ): Promise<NodeJsonLog> {
    const { pino } = await import('pino');
    const log = new NodeJsonLog((write) =>
      pino(
        {
          level: 'trace',
          base: { pid: options.pid },
          timestamp: options.hasTime ? () => `,"time":"${timeText(options.realtimeMs())}"` : false,
          formatters: { level: (level) => ({ level }) },
        },
        { write },
      ),
    );
    log.#writer = open((level, text) => log.#line(level, text));
    return log;
  }

  say(level: LogLevel, text: string, fields: LogFields | undefined): void {
    this.#say[level](fields ?? NO_FIELDS, text);
  }

  reopen(): boolean {
    return this.#writer?.reopen() ?? false;
  }

  close(): Promise<void> {
    return this.#writer?.close() ?? Promise.resolve();
  }

  /** For the writer, which has something to say too, while it is not to be written to. */
  #line(level: LogLevel, text: string): string {
    const writer = this.#writer;
    this.#writer = null;
    this.#say[level](NO_FIELDS, text);
    this.#writer = writer;
    return this.#made;
  }
}

/** `2026-11-23T10:02:11.482113Z` */
function timeText(nowMs: number): string {
  const second = Math.floor(nowMs / 1000);
  const micros = Math.floor((nowMs - second * 1000) * 1000);
  return `${new Date(second * 1000).toISOString().slice(0, 19)}.${String(micros).padStart(6, '0')}Z`;
}
