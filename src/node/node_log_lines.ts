// Log lines as nats-server writes them, because people's tools read them:
//
//   [4711] 2026/11/23 10:02:11.482113 [INF] Server is ready
//
// on standard error, coloured on a terminal, or in a file. Fields follow the sentence as key=value. One call is one line:
// control characters are written as escapes, so no peer can forge a line. One of the sinks of node_log.ts.
import type { LogFields } from '../base/log.ts';
import type { LogLevel, LogSink } from './node_log.ts';

export interface NodeLogLinesOptions {
  readonly pid: number;
  /** `logtime`, `logtime_utc`: whether a line says when, and whether in UTC instead of local time. */
  readonly hasTime: boolean;
  readonly isUtc: boolean;
  readonly isColored: boolean;
  /** Unix milliseconds with fraction: NodeClock.realtimeMs. */
  readonly realtimeMs: () => number;
}

/** Takes one whole line, with its end. */
export interface LineWriter {
  write(line: string): void;
  /** Starts a new file where it writes into one; false where it does not. */
  reopen(): boolean;
  /** Resolves when everything has left. */
  close(): Promise<void>;
}

const LEVELS = { error: 'ERR', warn: 'WRN', info: 'INF', debug: 'DBG', trace: 'TRC', fatal: 'FTL' } as const;
/** Compat: logger/log.go, setColoredLabelFormats. */
const COLORS = { error: '31', warn: '0;93', info: '32', debug: '36', trace: '33', fatal: '31' } as const;

export class NodeLogLines implements LogSink {
  readonly #options: NodeLogLinesOptions;
  readonly #writer: LineWriter;
  readonly #prefix: string;
  readonly #labels: Readonly<Record<LogLevel, string>>;
  /** The second that `#secondText` spells, so that it is spelled once. */
  #second: number;
  #secondText: string;

  /** `open` makes the writer, which may have something to say itself: it gets what makes a line of it. */
  constructor(options: NodeLogLinesOptions, open: (line: (level: LogLevel, text: string) => string) => LineWriter) {
    this.#options = options;
    this.#prefix = `[${options.pid}] `;
    this.#labels = labels(options.isColored);
    this.#second = -1;
    this.#secondText = '';
    this.#writer = open((level, text) => this.#line(level, text, undefined));
  }

  say(level: LogLevel, text: string, fields: LogFields | undefined): void {
    this.#writer.write(this.#line(level, text, fields));
  }

  reopen(): boolean {
    return this.#writer.reopen();
  }

  close(): Promise<void> {
    return this.#writer.close();
  }

  #line(level: LogLevel, text: string, fields: LogFields | undefined): string {
    const body = plainText(text) + (fields === undefined ? '' : fieldsText(fields));
    return `${this.#prefix}${this.#time()}${this.#labels[level]} ${body}\n`;
  }

  /** `2026/11/23 10:02:11.482113 `, or nothing. */
  #time(): string {
    if (!this.#options.hasTime) return '';
    const nowMs = this.#options.realtimeMs();
    const second = Math.floor(nowMs / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#secondText = secondText(new Date(second * 1000), this.#options.isUtc);
    }
    const micros = Math.floor((nowMs - second * 1000) * 1000);
    return `${this.#secondText}.${String(micros).padStart(6, '0')} `;
  }
}

function labels(isColored: boolean): Readonly<Record<LogLevel, string>> {
  const label = (level: LogLevel) =>
    isColored ? `[\x1b[${COLORS[level]}m${LEVELS[level]}\x1b[0m]` : `[${LEVELS[level]}]`;
  return {
    error: label('error'),
    warn: label('warn'),
    info: label('info'),
    debug: label('debug'),
    trace: label('trace'),
    fatal: label('fatal'),
  };
}

function secondText(date: Date, isUtc: boolean): string {
  const two = (value: number) => String(value).padStart(2, '0');
  if (isUtc) return date.toISOString().slice(0, 19).replaceAll('-', '/').replace('T', ' ');
  const day = `${date.getFullYear()}/${two(date.getMonth() + 1)}/${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** ` key=value` for each. */
export function fieldsText(fields: LogFields): string {
  let text = '';
  for (const [key, value] of Object.entries(fields)) text += ` ${key}=${fieldText(value)}`;
  return text;
}

/** Quoted where a reader could not tell where the value ends. */
function fieldText(value: string | number | boolean): string {
  if (typeof value !== 'string') return String(value);
  return value === '' || /[\s"=]/.test(value) ? JSON.stringify(value) : plainText(value);
}

/** On one line, whatever it is. */
export function plainText(text: string): string {
  return CONTROL.test(text) ? text.replace(CONTROLS, escapeOf) : text;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the point
const CONTROL = /[\x00-\x1f\x7f-\x9f\u2028\u2029]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the point
const CONTROLS = /[\x00-\x1f\x7f-\x9f\u2028\u2029]/g;

function escapeOf(character: string): string {
  switch (character) {
    case '\n':
      return '\\n';
    case '\r':
      return '\\r';
    case '\t':
      return '\\t';
    default: {
      const hex = character.charCodeAt(0).toString(16).padStart(2, '0');
      return hex.length > 2 ? `\\u${hex}` : `\\x${hex}`;
    }
  }
}
