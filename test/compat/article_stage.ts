// Where the article's command lines are run as they are written: a shell in which `nats` is contrail, a server that listens
// where the article says, 4222 and 8222 of localhost. On Linux that is the localhost of a network of its own, so that whatever
// else runs on this machine is in nobody's way; where there is no right to make one it is the machine's. Test code.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { environmentFor, PROGRAMS, type Ran } from './command_pair.ts';
import { contrailSide } from './server_process.ts';
import { TerminalRun } from './terminal_run.ts';

const READY = /Server is ready/;
const DEADLINE_MS = 30_000;

function canHaveNetwork(): boolean {
  return spawnSync('unshare', ['-n', 'ip', 'link', 'set', 'lo', 'up']).status === 0;
}

export class ArticleStage {
  readonly #folder: string;
  readonly #hasNetwork: boolean;
  readonly #environment: NodeJS.ProcessEnv;
  readonly #killWithUs = (): void => void this.#server?.kill('SIGKILL');
  #server: ChildProcess | null = null;

  /** `url` stands in NATS_URL; without one the commands find the server where they look for it themselves. */
  constructor(url: string | null = null) {
    this.#folder = mkdtempSync(join(tmpdir(), 'contrail-article-'));
    this.#hasNetwork = url === null && canHaveNetwork();
    const bin = join(this.#folder, 'bin');
    mkdirSync(bin);
    const shim = join(bin, 'nats');
    writeFileSync(shim, `#!/bin/sh\nexec ${PROGRAMS.contrail.map((word) => `'${word}'`).join(' ')} "$@"\n`);
    chmodSync(shim, 0o755);
    const { NATS_URL, ...environment } = environmentFor(url ?? '');
    this.#environment = {
      ...environment,
      ...(url === null ? {} : { NATS_URL: url }),
      PATH: `${bin}${delimiter}${process.env['PATH'] ?? ''}`,
      TMPDIR: this.#folder,
    };
  }

  /** As `docker run nats` passes on what stands behind the image. */
  async startServer(...flags: string[]): Promise<void> {
    const words = [...contrailSide().command, ...flags].map((word) => `'${word}'`).join(' ');
    const [program, rest] = this.#hasNetwork
      ? ['unshare', ['-n', 'sh', '-c', `ip link set lo up && exec ${words}`]]
      : ['sh', ['-c', `exec ${words}`]];
    const server = spawn(program, rest, { env: this.#environment, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#server = server;
    process.on('exit', this.#killWithUs);
    let log = '';
    await new Promise<void>((resolve, reject) => {
      const fail = (): void => reject(new Error(`The server is not ready on 4222 and 8222:\n${log}`));
      const timer = setTimeout(fail, DEADLINE_MS);
      const read = (chunk: Buffer): void => {
        log += chunk.toString();
        if (!READY.test(log)) return;
        clearTimeout(timer);
        resolve();
      };
      server.stdout.on('data', read);
      server.stderr.on('data', read);
      server.once('exit', fail);
    });
  }

  /** As a machine that loses its power. */
  async killServer(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    process.off('exit', this.#killWithUs);
    if (server === null || server.exitCode !== null) return;
    await new Promise((resolve) => {
      server.once('exit', resolve);
      server.kill('SIGKILL');
    });
  }

  get #shell(): readonly string[] {
    const pid = this.#server?.pid;
    const enter = this.#hasNetwork && pid !== undefined ? ['nsenter', '-t', String(pid), '-n'] : [];
    return [...enter, 'sh', '-c'];
  }

  /** A line of the shell, without anything to read from. */
  run(line: string): Promise<Ran> {
    const [program = '', ...rest] = [...this.#shell, `exec <&-\n${line}`];
    return new Promise((resolve, reject) => {
      const child = spawn(program, rest, { env: this.#environment, stdio: ['ignore', 'pipe', 'pipe'] });
      let output = '';
      let error = '';
      child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
      child.stderr.on('data', (chunk: Buffer) => (error += chunk.toString()));
      child.on('error', reject);
      child.on('close', (code) => resolve({ code, output, error }));
    });
  }

  /** A line of the shell, typed at a terminal. */
  type(line: string): TerminalRun {
    return new TerminalRun('', [line], { program: this.#shell, environment: this.#environment });
  }

  async stop(): Promise<void> {
    await this.killServer();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
