// What is wrong with a configuration and where. Thrown by the language (lexer, parser) at its first fault, caught by
// configuration.ts; findings about keys and values are collected instead (findings.ts), because a file has many.

export interface ConfigPosition {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /**
   * Bytes from the start of the line. From 1, but from 0 on the first line of a file for positions of keys and values.
   * Compat: conf/lex.go, emit, counts from the line feed in front of the line, and the first line has none.
   */
  readonly column: number;
}

export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  /** Null when the file as a whole could not be had. */
  readonly position: ConfigPosition | null;

  constructor(position: ConfigPosition | null, text: string) {
    super(text);
    this.position = position;
  }
}

/** `file:line:column: text`, the form that the reference uses for keys and we use for everything. */
export function locatedText(position: ConfigPosition | null, text: string): string {
  return position === null ? text : `${position.file}:${position.line}:${position.column}: ${text}`;
}
