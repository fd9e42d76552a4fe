// Standard input, output and error of this process. Output that nobody reads any more (`contrail ... | head`) ends the
// process quietly, as other tools do; output that cannot be written ends it with a sentence. Called through ports/terminal.ts.
import type { Terminal, TerminalSize } from '../ports/terminal.ts';

/** What shells expect of a program that a broken pipe ended: 128 + SIGPIPE. */
const BROKEN_PIPE_EXIT_CODE = 141;

export class NodeTerminal implements Terminal {
  readonly isInputTerminal: boolean = process.stdin.isTTY === true;
  readonly isOutputTerminal: boolean = process.stdout.isTTY === true;
  readonly isErrorTerminal: boolean = process.stderr.isTTY === true;

  constructor() {
    process.stdout.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit(BROKEN_PIPE_EXIT_CODE);
      process.stderr.write(`contrail: error: Cannot write to standard output: ${reasonOf(error)}\n`);
      process.exit(1);
    });
    process.stderr.on('error', (error: NodeJS.ErrnoException) => {
      // What else is wrong with it cannot be told anywhere.
      if (error.code === 'EPIPE') process.exit(BROKEN_PIPE_EXIT_CODE);
    });
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

  written(): Promise<void> {
    return new Promise((resolve) => {
      // Where writing has failed the listener above has ended the process before.
      process.stdout.write('', () => resolve());
    });
  }

  async *input(): AsyncIterable<Uint8Array> {
    for await (const chunk of process.stdin) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
  }

  onInterrupt(callback: (exitCode: number) => void): () => void {
    const listener = (_: NodeJS.Signals, number: number) => callback(128 + number);
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

function reasonOf({ code = '', message }: NodeJS.ErrnoException): string {
  if (code === 'ENOSPC') return 'there is no space left';
  return message;
}
