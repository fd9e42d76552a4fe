// A person who is not there: keeps what the command line writes, gives prepared input, interrupts when told. Everything
// else of the doors is Node's. For tests of commands within the process.
import { NodeClock } from '../node/node_clock.ts';
import { NodeEntropy } from '../node/node_entropy.ts';
import { NodeFiles } from '../node/node_files.ts';
import { NodeNetwork } from '../node/node_network.ts';
import { NodePlace } from '../node/node_place.ts';
import { NodePrograms } from '../node/node_programs.ts';
import { NodeThreads } from '../node/node_threads.ts';
import { NodeWeb } from '../node/node_web.ts';
import type { Clock } from '../ports/clock.ts';
import type { Terminal, TerminalSize } from '../ports/terminal.ts';
import type { CliDoors } from './doors.ts';
import { runCommandLine } from './main.ts';
import type { RawVerb, Verb } from './program/verb.ts';
import { VERBS } from './registry.ts';

export interface TestingOptions {
  /** Standard input; none where it is not given. */
  readonly input?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly size?: TerminalSize;
  readonly verbs?: readonly Verb[];
  readonly rawVerbs?: readonly RawVerb[];
  /** The time of day and of timers; Node's where it is not given. */
  readonly clock?: Clock;
}

/** Who waits for a text that does not come shall learn what came instead. */
const PATIENCE_MS = 60_000;

export class TestingTerminal implements Terminal {
  readonly isInputTerminal = false;
  readonly isErrorTerminal = false;
  readonly isOutputTerminal: boolean;
  readonly #input: string;
  readonly #size: TerminalSize | null;
  readonly #interrupts: Set<(exitCode: number) => void>;
  readonly #watchers: Set<() => void>;
  #output: Buffer[];
  #error: string;

  constructor({ input = '', size }: TestingOptions) {
    this.isOutputTerminal = size !== undefined;
    this.#input = input;
    this.#size = size ?? null;
    this.#interrupts = new Set();
    this.#watchers = new Set();
    this.#output = [];
    this.#error = '';
  }

  get output(): string {
    return Buffer.concat(this.#output).toString('utf8');
  }

  get error(): string {
    return this.#error;
  }

  size(): TerminalSize | null {
    return this.#size;
  }

  write(text: string | Uint8Array): void {
    this.#output.push(Buffer.from(text));
    for (const watcher of this.#watchers) watcher();
  }

  writeError(text: string): void {
    this.#error += text;
    for (const watcher of this.#watchers) watcher();
  }

  async written(): Promise<void> {
    // It keeps what is written at once.
  }

  async *input(): AsyncIterable<Uint8Array> {
    if (this.#input !== '') yield Buffer.from(this.#input);
  }

  onInterrupt(callback: (exitCode: number) => void): () => void {
    this.#interrupts.add(callback);
    return () => this.#interrupts.delete(callback);
  }

  /** By Ctrl-C, or by the signal whose exit code is given. */
  interrupt(exitCode = 130): void {
    for (const callback of this.#interrupts) callback(exitCode);
  }

  streams(): { readonly input: NodeJS.ReadableStream; readonly output: NodeJS.WritableStream } {
    return { input: process.stdin, output: process.stdout };
  }

  /** Resolves when the output or the errors have such a text. */
  shows(text: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = new NodeClock().after(PATIENCE_MS, () => {
        this.#watchers.delete(look);
        reject(new Error(`'${text}' was not shown:\n${this.output}${this.#error}`));
      });
      const look = (): void => {
        if (!this.output.includes(text) && !this.#error.includes(text)) return;
        timer.cancel();
        this.#watchers.delete(look);
        resolve();
      };
      this.#watchers.add(look);
      look();
    });
  }
}

export interface Ran {
  readonly code: number;
  readonly output: string;
  readonly error: string;
}

/** A command that is under way. */
export interface Running {
  readonly terminal: TestingTerminal;
  readonly ended: Promise<Ran>;
}

export function startCommand(words: readonly string[], options: TestingOptions = {}): Running {
  const terminal = new TestingTerminal(options);
  const network = new NodeNetwork();
  const environment = { TZ: 'UTC', XDG_CONFIG_HOME: '/nonexistent', ...options.environment };
  const doors: CliDoors = {
    clock: options.clock ?? new NodeClock(),
    entropy: new NodeEntropy(),
    terminal,
    files: new NodeFiles(),
    programs: new NodePrograms(),
    place: new NodePlace(),
    web: async () => new NodeWeb(),
    network: async () => network,
    threads: new NodeThreads(),
    configSource: async () => new (await import('../node/node_config_source.ts')).NodeConfigSource(),
    program: ['node', "/it's/contrail.js"],
    environment: (name) => environment[name as keyof typeof environment] ?? null,
  };
  const { verbs = VERBS, rawVerbs = [] } = options;
  const ended = runCommandLine(words, { doors, version: '0.0.0', verbs, rawVerbs }).then((code) => ({
    code,
    output: terminal.output,
    error: terminal.error,
  }));
  return { terminal, ended };
}

export function runCommand(words: readonly string[], options: TestingOptions = {}): Promise<Ran> {
  return startCommand(words, options).ended;
}
