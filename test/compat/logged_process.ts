// A server process that is known by its log: when it is ready, on which ports, how it ended. It can be traced, killed,
// stopped in order, and never outlives its test. Decides no flags. Called by the kill sweep, hard_start_test.ts and
// lifecycle_test.ts.
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ProcessOptions {
  readonly environment?: Readonly<Record<string, string>>;
  /** The words begin with strace, whose only child is the server. */
  readonly isTraced?: boolean;
}

const READY_DEADLINE_MS = 30_000;
const END_DEADLINE_MS = 30_000;
const LOG_BYTES_MAX = 100_000;

export class LoggedProcess {
  readonly ended: Promise<Ending>;
  readonly #child: ChildProcess;
  readonly #isTraced: boolean;
  #log = '';
  #output = '';
  #hasEnded = false;

  private constructor(child: ChildProcess, isTraced: boolean) {
    this.#child = child;
    this.#isTraced = isTraced;
    this.ended = new Promise((resolve) => {
      child.once('error', (error) => {
        this.#log += error.message;
        this.#hasEnded = true;
        resolve({ code: null, signal: null });
      });
      // Not 'exit': what the process said last may come after it.
      child.once('close', (code, signal) => {
        this.#hasEnded = true;
        resolve({ code, signal });
      });
    });
    child.stderr?.on('data', (chunk: Buffer) => {
      this.#log = (this.#log + chunk.toString()).slice(-LOG_BYTES_MAX);
    });
    child.stdout?.on('data', (chunk: Buffer) => {
      this.#output = (this.#output + chunk.toString()).slice(-LOG_BYTES_MAX);
    });
  }

  static start(words: readonly string[], { environment = {}, isTraced = false }: ProcessOptions = {}): LoggedProcess {
    const [program = '', ...rest] = words;
    const env = { ...process.env, ...environment };
    // A process group of its own, so that nothing of it is left when it is disposed of.
    const child = spawn(program, rest, { env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    return new LoggedProcess(child, isTraced);
  }

  /** Standard error, where the log goes. */
  get log(): string {
    return this.#log;
  }

  /** Standard output. */
  get output(): string {
    return this.#output;
  }

  /** Of the server itself. */
  get pid(): number {
    const { pid = 0 } = this.#child;
    return this.#isTraced ? (childrenOf(pid)[0] ?? 0) : pid;
  }

  /** Where clients connect, or null when the process ended before it was ready. */
  async ready(): Promise<number | null> {
    await this.until((log) => log.includes('Server is ready'), READY_DEADLINE_MS);
    return this.#hasEnded ? null : this.#portAfter('Listening for client connections on');
  }

  get monitorPort(): number {
    return this.#portAfter('Starting http monitor on');
  }

  /** Resolves when the log is as wanted, or when the process has ended. */
  async until(isWanted: (log: string) => boolean, limitMs: number): Promise<void> {
    const deadline = performance.now() + limitMs;
    while (!this.#hasEnded && !isWanted(this.#log)) {
      if (performance.now() > deadline) throw new Error(`Not within ${limitMs} ms; the process said:\n${this.#log}`);
      await Promise.race([this.#moreLog(), this.ended]);
    }
  }

  /** Ends it in order. */
  terminate(signal: NodeJS.Signals = 'SIGTERM'): Promise<Ending> {
    return this.#end(signal);
  }

  kill(): Promise<Ending> {
    return this.#end('SIGKILL');
  }

  /** Whatever is left of it is gone; for those who were interrupted. */
  async dispose(): Promise<void> {
    const { pid } = this.#child;
    if (pid === undefined || this.#hasEnded) return;
    process.kill(-pid, 'SIGKILL');
    await this.ended;
  }

  #portAfter(words: string): number {
    return Number(new RegExp(`${words} [^\\s]*:(\\d+)`).exec(this.#log)?.[1] ?? 0);
  }

  #moreLog(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, 1000);
      this.#child.stderr?.once('data', () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  async #end(signal: NodeJS.Signals): Promise<Ending> {
    this.#signal(signal);
    const timer = setTimeout(() => this.#signal('SIGKILL'), END_DEADLINE_MS);
    const ending = await this.ended;
    clearTimeout(timer);
    return ending;
  }

  /** To the server itself: strace passes no signals on. */
  #signal(signal: NodeJS.Signals): void {
    const { pid } = this.#child;
    if (pid === undefined || this.#hasEnded) return;
    try {
      process.kill(this.pid || pid, signal);
    } catch (error) {
      // It ended a moment ago.
      if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
    }
  }
}

function childrenOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return text === '' ? [] : text.split(' ').map(Number);
}
