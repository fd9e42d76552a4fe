// A command in a real pseudo-terminal (util-linux `script`): what a person sees, what they type. Test code.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { environmentFor, PROGRAMS, type ProgramName } from './command_pair.ts';

const folder = mkdtempSync(join(tmpdir(), 'contrail-terminal-'));
after(() => rmSync(folder, { recursive: true, force: true }));
let terminals = 0;

const DEADLINE_MS = 60_000;

export interface TerminalOptions {
  readonly columns?: number;
  readonly rows?: number;
  readonly name?: ProgramName;
  /** Another program than the one of that name. */
  readonly program?: readonly string[];
  /** Another environment than that of the server. */
  readonly environment?: NodeJS.ProcessEnv;
}

/** `words` without single quotes. */
export class TerminalRun {
  readonly #child: ChildProcess;
  readonly #ended: Promise<number | null>;
  /** A file with the name of the terminal. */
  readonly #device = join(folder, `terminal${terminals++}`);
  #shown = '';
  #looked = 0;
  #wake: () => void = () => undefined;

  constructor(url: string, words: readonly string[], options: TerminalOptions = {}) {
    const {
      columns = 100,
      rows = 40,
      name = 'contrail',
      program = PROGRAMS[name],
      environment = environmentFor(url),
    } = options;
    const quoted = [...program, ...words].map((word) => `'${word}'`).join(' ');
    const env = { ...environment, TERM: 'xterm-256color', NO_COLOR: '' };
    const command = `tty > '${this.#device}'; stty cols ${columns} rows ${rows}; exec ${quoted}`;
    this.#child = spawn('script', ['-qefc', command, '/dev/null'], { env, stdio: ['pipe', 'pipe', 'pipe'] });
    this.#child.stdout?.on('data', (chunk: Buffer) => {
      this.#shown += chunk.toString();
      this.#wake();
    });
    this.#ended = new Promise((resolve) => this.#child.on('close', resolve));
    void this.#ended.then(() => this.#wake());
  }

  /** What a person sees, without what moves the cursor and paints. */
  get text(): string {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what they begin with
    return this.#shown.replace(/\u001b\[[\d;?]*[A-Za-z]/g, '').replaceAll('\r', '');
  }

  get raw(): string {
    return this.#shown;
  }

  type(keys: string): void {
    this.#child.stdin?.write(keys);
  }

  /** As a person who drags the window's corner. */
  resize(columns: number, rows: number): void {
    const device = readFileSync(this.#device, 'utf8').trim();
    const { status, stderr } = spawnSync('stty', ['-F', device, 'cols', String(columns), 'rows', String(rows)]);
    assert.equal(status, 0, String(stderr));
  }

  /** Forgets what was seen so far. */
  lookAhead(): void {
    this.#looked = this.text.length;
  }

  /** Waits for a text behind the last one that was waited for. */
  async sees(text: string): Promise<void> {
    const until = performance.now() + DEADLINE_MS;
    while (!this.text.slice(this.#looked).includes(text)) {
      assert.ok(performance.now() < until && this.#child.exitCode === null, `'${text}' is not in:\n${this.text}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 1000);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.#looked = this.text.indexOf(text, this.#looked) + text.length;
  }

  /** Ends whatever runs in it, as closing the window does. */
  close(): void {
    this.#child.kill('SIGTERM');
  }

  ended(): Promise<number | null> {
    return this.#ended;
  }
}
