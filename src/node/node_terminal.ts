// Standard input, output and error of this process. Output that nobody reads any more (`contrail ... | head`) ends the
// process quietly, as other tools do. Called through ports/terminal.ts.
import type { Terminal, TerminalSize } from '../ports/terminal.ts';

/** What shells expect of a program that a broken pipe ended: 128 + SIGPIPE. */
const BROKEN_PIPE_EXIT_CODE = 141;

export class NodeTerminal implements Terminal {
  readonly isInputTerminal: boolean = process.stdin.isTTY === true;
  readonly isOutputTerminal: boolean = process.stdout.isTTY === true;
  readonly isErrorTerminal: boolean = process.stderr.isTTY === true;

  constructor() {
    const endOnBrokenPipe = (error: NodeJS.ErrnoException): void => {
      if (error.code === 'EPIPE') process.exit(BROKEN_PIPE_EXIT_CODE);
      throw error;
    };
    process.stdout.on('error', endOnBrokenPipe);
    process.stderr.on('error', endOnBrokenPipe);
  }

  size(): TerminalSize | null {
    const { columns, rows } = process.stdout;
    return this.isOutputTerminal && columns > 0 && rows > 0 ? { columns, rows } : null;
  }

  write(text: string | Uint8Array): void {
    process.stdout.write(text);
  }

  writeError(text: string): void {
    process.stderr.write(text);
  }

  async *input(): AsyncIterable<Uint8Array> {
    for await (const chunk of process.stdin) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
  }

  onInterrupt(callback: () => void): () => void {
    const listener = () => callback();
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
    for (const signal of signals) process.on(signal, listener);
    return () => {
      for (const signal of signals) process.off(signal, listener);
    };
  }

  streams(): { readonly input: NodeJS.ReadableStream; readonly output: NodeJS.WritableStream } {
    return { input: process.stdin, output: process.stdout };
  }
}
