// The door to the person at the command line: what is typed, what is shown, how wide it may be. Used by cli/ alone.
// Body: node/node_terminal.ts; tests have one that keeps what was written.

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

export interface Terminal {
  readonly isInputTerminal: boolean;
  readonly isOutputTerminal: boolean;
  readonly isErrorTerminal: boolean;

  /** Null where the output is no terminal, or tells no size. */
  size(): TerminalSize | null;
  write(text: string | Uint8Array): void;
  writeError(text: string): void;

  /** Resolves when all that was written has left; never where it could not. */
  written(): Promise<void>;

  /** Everything that comes in, chunk by chunk, to its end. */
  input(): AsyncIterable<Uint8Array>;

  /**
   * Ctrl-C, or a request to end. The exit code is the one that shells show of a program that the signal ended. Returns a
   * function that stops listening.
   */
  onInterrupt(callback: (exitCode: number) => void): () => void;

  /** For libraries that ask questions, which speak to streams themselves. */
  streams(): { readonly input: NodeJS.ReadableStream; readonly output: NodeJS.WritableStream };
}
