// `contrail` and `nats` (natscli 0.5.1) run as a person or a script runs them, side by side against one server, and what of
// their output can be compared: what passes while they run (ages, round trips, numbers of connections) is blanked. Test code.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { peersFolder, repositoryRoot } from './server_process.ts';

const home = mkdtempSync(join(tmpdir(), 'contrail-cli-compat-'));
after(() => rmSync(home, { recursive: true, force: true }));

export interface Ran {
  readonly code: number | null;
  readonly output: string;
  readonly error: string;
}

export const PROGRAMS = {
  nats: [join(peersFolder, 'bin', 'nats')],
  contrail: [process.execPath, join(repositoryRoot, 'dist', 'src', 'app', 'contrail.js')],
} as const;

export type ProgramName = keyof typeof PROGRAMS;

/** What both find around them: the server, no contexts but their own, a place without summer time. */
export function environmentFor(url: string): NodeJS.ProcessEnv {
  return { ...process.env, NATS_URL: url, XDG_CONFIG_HOME: home, TZ: 'UTC' };
}

const DEADLINE_MS = 60_000;

/** A command that is under way. */
export class CommandRun {
  readonly ended: Promise<Ran>;
  readonly #child: ChildProcess;
  readonly #words: string;
  #output = '';
  #error = '';
  #wake: () => void = () => undefined;

  constructor(name: ProgramName, url: string, words: readonly string[]) {
    const [program = '', ...rest] = PROGRAMS[name];
    const child = spawn(program, [...rest, ...words], { env: environmentFor(url), stdio: ['pipe', 'pipe', 'pipe'] });
    this.#child = child;
    this.#words = `${name} ${words.join(' ')}`;
    child.stdout.on('data', (chunk: Buffer) => {
      this.#output += chunk.toString();
      this.#wake();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      this.#error += chunk.toString();
      this.#wake();
    });
    // One that ends before it has read its input is told apart by its code.
    child.stdin.on('error', () => undefined);
    this.ended = new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code) => resolve({ code, output: this.#output, error: this.#error }));
    });
    void this.ended.then(() => this.#wake());
  }

  get output(): string {
    return this.#output;
  }

  get error(): string {
    return this.#error;
  }

  /** More of its input; there may be still more. */
  write(input: string): void {
    this.#child.stdin?.write(input);
  }

  end(input: string): void {
    this.#child.stdin?.end(input);
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Waits until what it has printed is enough. */
  async until(what: string, isEnough: () => boolean): Promise<void> {
    const limit = performance.now() + DEADLINE_MS;
    while (!isEnough()) {
      const said = `${this.#words} shows no ${what}:\n${this.#output}${this.#error}`;
      assert.ok(performance.now() < limit && this.#child.exitCode === null, said);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 1000);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  /** Waits for a text in what it prints. */
  async shows(text: string): Promise<void> {
    await this.until(`'${text}'`, () => this.#output.includes(text) || this.#error.includes(text));
  }
}

export function run(name: ProgramName, url: string, words: readonly string[], input = ''): Promise<Ran> {
  const command = new CommandRun(name, url, words);
  command.end(input);
  return command.ended;
}

/** What differs from one moment to the next. */
export function steady(text: string): string {
  return text
    .replace(/^\d\d:\d\d:\d\d /gm, '')
    .replace(/\b(?:\d+y)?(?:\d+d)?(?:\d+h)?(?:\d+m)?\d+(?:\.\d+)?(?:s|ms|µs)\b/g, 'T')
    .replace(/_INBOX\.\S+/g, 'INBOX')
    .replace(/(\$JS\.ACK\.\w+)\.\w+/g, '$1.CONSUMER')
    .replace(/(Client ID|RTT): .*/g, '$1: -')
    .replace(/[ ─]+/g, ' ')
    .replace(/\n+$/g, '\n');
}

/** Keys that one of them leaves out when they are empty, or that are about the moment. */
export function facts(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(facts);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([key, one]) => key !== 'ts' && !isEmpty(one));
  return Object.fromEntries(entries.map(([key, one]) => [key, facts(one)]));
}

function isEmpty(value: unknown): boolean {
  // The server's word for no compression; the reference leaves it out.
  if (value === 'none') return true;
  if (value === null || value === false || value === '' || value === 0) return true;
  return typeof value === 'object' && Object.keys(facts(value) as object).length === 0;
}
