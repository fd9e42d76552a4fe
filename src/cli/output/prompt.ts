// Questions to the person, where there is one. Without a terminal nobody is asked: a question with a default answers
// itself, any other is a refusal that names the flag or argument to give. Asking loads the prompt library.
import type { Terminal } from '../../ports/terminal.ts';
import { CommandError, UsageError } from '../errors.ts';

export interface Question {
  readonly message: string;
  /** How to answer without being asked: `--subjects`, `<stream>`. */
  readonly flag: string;
  readonly default?: string;
  readonly help?: string;
  /** A sentence why the answer will not do, or null. */
  readonly check?: (text: string) => string | null;
}

export interface Choice {
  readonly message: string;
  readonly flag: string;
  readonly choices: readonly string[];
  readonly default?: string;
}

export class Prompt {
  readonly #terminal: Terminal;
  readonly #prefix: string;

  /** `contextName` stands in front of each question, so that nobody answers for the wrong server. */
  constructor(terminal: Terminal, contextName: string | null) {
    this.#terminal = terminal;
    this.#prefix = contextName === null ? '' : `[${contextName}] `;
  }

  get isPossible(): boolean {
    return this.#terminal.isInputTerminal && this.#terminal.isOutputTerminal;
  }

  async text(question: Question): Promise<string> {
    const { message, flag, default: initial, check } = question;
    if (!this.isPossible) {
      if (initial !== undefined) return initial;
      throw new UsageError(`${flag} is required: there is no terminal to ask '${message}' on`);
    }
    const { input } = await import('@inquirer/prompts');
    return await this.#answered(
      input(
        {
          message: this.#prefix + message,
          required: initial === undefined,
          ...(initial === undefined ? {} : { default: initial }),
          validate: (text: string) => check?.(text) ?? true,
        },
        this.#terminal.streams(),
      ),
    );
  }

  /** What is typed is not shown. There is no default. */
  async secret({ message, flag, check }: Omit<Question, 'default' | 'help'>): Promise<string> {
    if (!this.isPossible) throw new UsageError(`${flag} is required: there is no terminal to ask '${message}' on`);
    const { password } = await import('@inquirer/prompts');
    return await this.#answered(
      password(
        { message: this.#prefix + message, mask: true, validate: (text: string) => check?.(text) ?? true },
        this.#terminal.streams(),
      ),
    );
  }

  async choice({ message, flag, choices, default: initial }: Choice): Promise<string> {
    if (!this.isPossible) {
      if (initial !== undefined) return initial;
      throw new UsageError(`${flag} is required: there is no terminal to ask '${message}' on`);
    }
    const { select } = await import('@inquirer/prompts');
    return await this.#answered(
      select(
        {
          message: this.#prefix + message,
          choices: choices.map((value) => ({ value, name: value })),
          loop: false,
          pageSize: Math.max(4, Math.min(choices.length, (this.#terminal.size()?.rows ?? 40) - 4)),
          ...(initial === undefined ? {} : { default: initial }),
        },
        this.#terminal.streams(),
      ),
    );
  }

  /** A question about how something is to be: without a terminal it is as it mostly is. */
  async yesOrNo(message: string, initial: boolean): Promise<boolean> {
    return this.isPossible ? await this.#confirmed(message, initial) : initial;
  }

  /** A question before something is lost. Without a terminal it is refused, for nobody has agreed. */
  async confirm(message: string, flag = '--force'): Promise<boolean> {
    if (this.isPossible) return await this.#confirmed(message, false);
    throw new UsageError(`${message}? There is no terminal to ask on: say ${flag} to go ahead`);
  }

  async #confirmed(message: string, initial: boolean): Promise<boolean> {
    const { confirm } = await import('@inquirer/prompts');
    return await this.#answered(
      confirm({ message: this.#prefix + message, default: initial }, this.#terminal.streams()),
    );
  }

  async #answered<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (error) {
      // The library's word for Ctrl-C while it asks.
      if (error instanceof Error && error.name === 'ExitPromptError') {
        throw new CommandError('interrupted, nothing was changed', { code: 130, cause: error });
      }
      throw error;
    }
  }
}
