// Builds and runs tools/bench/blaster, the raw-socket load generator in Go: client libraries would be the limit of
// the core rows. Without Go the rows that need it are skipped. Called by bench.ts and load_row.ts.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { BenchServer } from './bench_server.ts';
import type { ProcessKeeper } from './process_keeper.ts';

const BUILD_DEADLINE_MS = 180_000;

export interface BlasterLoad {
  readonly mode: 'core' | 'js';
  readonly subject: string;
  readonly size: number;
  readonly messages: number;
  /** Core only. */
  readonly subscribers?: number;
  /** JetStream only: unacknowledged messages at most. */
  readonly window?: number;
  readonly tls?: boolean;
  readonly timeoutMs: number;
}

/** The JSON that the blaster prints; main.go says what each field means. */
export interface BlasterReport {
  readonly delivered: number;
  readonly seconds: number;
  readonly delivered_per_second: number;
  readonly publish_seconds: number;
  readonly publish_per_second: number;
  readonly publisher_waits: number;
  readonly ack_p50_micros?: number;
  readonly ack_p99_micros?: number;
  readonly acks_disordered?: number;
  readonly cpu_seconds: number;
}

/** Builds the blaster if a source is newer; returns its path, or null when there is no Go to build it with. */
export function buildBlaster(sourceFolder: string, program: string): string | null {
  const newest = Math.max(...readdirSync(sourceFolder).map((name) => statSync(join(sourceFolder, name)).mtimeMs));
  if (existsSync(program) && statSync(program).mtimeMs > newest) return program;
  if (spawnSync('go', ['version'], { stdio: 'ignore' }).status !== 0) return existsSync(program) ? program : null;
  mkdirSync(dirname(program), { recursive: true });
  const built = spawnSync('go', ['build', '-trimpath', '-o', program, '.'], {
    cwd: sourceFolder,
    stdio: ['ignore', 'inherit', 'inherit'],
    timeout: BUILD_DEADLINE_MS,
    // It has no dependencies: a build that wants the network is a mistake.
    env: { ...process.env, GOTOOLCHAIN: 'local', GOPROXY: 'off', GOWORK: 'off', CGO_ENABLED: '0' },
  });
  if (built.status !== 0) throw new Error(`Cannot build the load generator in '${sourceFolder}'`);
  return program;
}

export class Blaster {
  readonly #keeper: ProcessKeeper;
  readonly #program: readonly string[];

  constructor(keeper: ProcessKeeper, program: readonly string[]) {
    this.#keeper = keeper;
    this.#program = program;
  }

  async run(server: BenchServer, load: BlasterLoad): Promise<BlasterReport> {
    const words = [
      ...this.#program,
      '-server',
      `127.0.0.1:${server.port}`,
      '-mode',
      load.mode,
      '-subject',
      load.subject,
    ];
    words.push('-size', String(load.size), '-msgs', String(load.messages), '-timeout', `${load.timeoutMs}ms`);
    if (load.subscribers !== undefined) words.push('-subs', String(load.subscribers));
    if (load.tls === true) words.push('-tls');
    if (load.window !== undefined) words.push('-window', String(load.window));
    const output = await this.#keeper.run(words, { name: 'blaster', timeoutMs: load.timeoutMs + 5000 });
    return JSON.parse(output) as BlasterReport;
  }
}
