// What a room needs to say something: four levels, a sentence, fields. No sinks here: node/node_log.ts writes lines.

export type LogFields = Readonly<Record<string, string | number | boolean>>;

export interface Logger {
  error(text: string, fields?: LogFields): void;
  warn(text: string, fields?: LogFields): void;
  info(text: string, fields?: LogFields): void;
  debug(text: string, fields?: LogFields): void;
  trace(text: string, fields?: LogFields): void;
  /** Ask before building a text that costs something. */
  readonly isDebug: boolean;
  readonly isTrace: boolean;
}

function say(): void {
  // Nothing is kept.
}

export const SILENT_LOGGER: Logger = {
  error: say,
  warn: say,
  info: say,
  debug: say,
  trace: say,
  isDebug: false,
  isTrace: false,
};
