// Owns every process the bench starts: bounded in time, ended by its own pid, and none left behind.
// Called by everything in tools/bench that runs a program.
import { type ChildProcess, spawn } from 'node:child_process';

const STOP_DEADLINE_MS = 10_000;
const OUTPUT_CHARACTERS_MAX = 200_000;

export interface Finished {
  readonly code: number | null;
  readonly output: string;
}

export class KeptProcess {
  readonly name: string;
  readonly child: ChildProcess;
  readonly ended: Promise<Finished>;
  /** What the program printed so far on both streams, its newest part. */
  output = '';
  #watchers: ((output: string) => void)[] = [];

  constructor(name: string, child: ChildProcess) {
    this.name = name;
    this.child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.output = (this.output + chunk.toString()).slice(-OUTPUT_CHARACTERS_MAX);
        for (const watcher of this.#watchers) watcher(this.output);
      });
    }
    this.ended = new Promise((resolve) => {
      child.once('error', (error) => resolve({ code: null, output: `${this.output}\n${error.message}` }));
      child.once('close', (code) => resolve({ code, output: this.output }));
    });
  }

  get pid(): number {
    if (this.child.pid === undefined) throw new Error(`${this.name} did not start: ${this.output}`);
    return this.child.pid;
  }

  /** Resolves when the output satisfies the test; fails when the process ends or the time runs out before. */
  waitForOutput(what: string, timeoutMs: number, test: (output: string) => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (error: Error | null): void => {
        clearTimeout(timer);
        this.#watchers = this.#watchers.filter((watcher) => watcher !== check);
        if (error === null) resolve();
        else reject(error);
      };
      const check = (output: string): void => {
        if (test(output)) settle(null);
      };
      const fail = (why: string): void => settle(new Error(`${this.name}: ${what} ${why}; it said:\n${this.output}`));
      const timer = setTimeout(() => fail(`did not appear within ${timeoutMs} ms`), timeoutMs);
      this.#watchers.push(check);
      void this.ended.then(() => fail('did not appear before the process ended'));
      check(this.output);
    });
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Finished> {
    this.child.kill(signal);
    const hard = setTimeout(() => this.child.kill('SIGKILL'), STOP_DEADLINE_MS);
    const finished = await this.ended;
    clearTimeout(hard);
    return finished;
  }
}

export class ProcessKeeper {
  readonly #live = new Set<KeptProcess>();

  spawn(
    words: readonly string[],
    options: { name: string; environment?: NodeJS.ProcessEnv; cwd?: string },
  ): KeptProcess {
    const [program = '', ...rest] = words;
    const child = spawn(program, rest, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...options.environment },
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    });
    const kept = new KeptProcess(options.name, child);
    this.#live.add(kept);
    void kept.ended.then(() => this.#live.delete(kept));
    return kept;
  }

  /** Runs a program to its end and returns its output; throws when it fails or takes longer than timeoutMs. */
  async run(
    words: readonly string[],
    options: { name: string; timeoutMs: number; environment?: NodeJS.ProcessEnv; cwd?: string },
  ): Promise<string> {
    return this.finish(this.spawn(words, options), options.timeoutMs);
  }

  async finish(kept: KeptProcess, timeoutMs: number): Promise<string> {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      kept.child.kill('SIGKILL');
    }, timeoutMs);
    const { code, output } = await kept.ended;
    clearTimeout(timer);
    if (late) throw new Error(`${kept.name} took longer than ${timeoutMs} ms: ${output.trim().slice(-300)}`);
    if (code !== 0) throw new Error(`${kept.name} failed: ${output.trim().slice(-300)}`);
    return output;
  }

  async stopAll(): Promise<void> {
    await Promise.all([...this.#live].map((kept) => kept.stop()));
  }

  /** For the way out on a signal, when nothing can be awaited. */
  killAll(): void {
    for (const kept of this.#live) kept.child.kill('SIGKILL');
  }
}
