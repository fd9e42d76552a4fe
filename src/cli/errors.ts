// What ends a command that cannot do what it was asked: a sentence for the person, printed behind `contrail: error: `.
// Thrown anywhere in cli/, caught once in main.ts.

/** The sentence says what is wrong and, where that helps, what to type. */
export class CommandError extends Error {
  override readonly name: string = 'CommandError';
  /** Exit code; 1 where nothing else is agreed, as in the reference. */
  readonly code: number;

  constructor(message: string, options: { readonly code?: number; readonly cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = options.code ?? 1;
  }
}

/** The command line itself is wrong: the command's usage is shown as well. */
export class UsageError extends CommandError {
  override readonly name = 'UsageError';
}

/** Ends a command quietly, with an exit code that says something (a check's verdict, a difference found). */
export class ExitCode extends CommandError {
  override readonly name = 'ExitCode';

  constructor(code: number) {
    super('', { code });
  }
}
