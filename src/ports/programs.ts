// The door to other programs: filters and commands that a person names on the command line, the editor, password tools.
// Body: node/node_programs.ts.

export interface ProgramOptions {
  readonly input?: Uint8Array;
  /** Beside what this process has in its environment. */
  readonly environment?: Readonly<Record<string, string>>;
}

export interface ProgramResult {
  /** 0 for success; null where a signal ended it. */
  readonly code: number | null;
  /** Standard output and standard error, as they came. */
  readonly output: Uint8Array;
  readonly standardOutput: Uint8Array;
}

export interface Programs {
  /** Runs to the end. Throws an OperatingError where there is no such program. */
  run(words: readonly string[], options?: ProgramOptions): Promise<ProgramResult>;
  /** Gives the terminal to the program and returns its exit code when it is done. */
  runInTerminal(words: readonly string[]): Promise<number | null>;
}
