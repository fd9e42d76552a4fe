// Starts and kills NATS servers for the compatibility tests: the reference (nats-server from `npm run peers`) and the
// server under test, both as processes that take nats-server's flags. It decides ports and store directories, waits for
// the INFO line, and can kill a server the hard way and start it again on the same port and directory.
// It knows no scenario and compares nothing. Called by clients_test.ts and protocol_test.ts.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository: this file runs as dist/test/compat/server_process.js. */
export const repositoryRoot = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));

/** Where `npm run peers` puts what does not come with npm. */
export const peersFolder = process.env['CONTRAIL_PEERS'] ?? join(repositoryRoot, '.peers');

const READY_DEADLINE_MS = 20_000;
const STOP_DEADLINE_MS = 10_000;
/** One listener for each server that a test runs at a time, and some for the test runner. */
const LISTENERS_MAX = 64;

export type Side = {
  /** How the side is called in test output: 'reference' or 'contrail'. */
  readonly name: string;
  /** Program and leading arguments; nats-server's flags are appended. */
  readonly command: readonly string[];
};

/** The pinned nats-server. */
export function referenceSide(): Side {
  const program = join(peersFolder, 'bin', 'nats-server');
  if (!existsSync(program)) {
    throw new Error(`Cannot find the reference server at '${program}': run 'npm run peers' (it needs Go)`);
  }
  return { name: 'reference', command: [program] };
}

/** The server under test: the words of CONTRAIL_SERVER, or our own build. */
export function contrailSide(): Side {
  const words = process.env['CONTRAIL_SERVER']?.split(/\s+/).filter((word) => word !== '') ?? [];
  if (words.length > 0) return { name: 'contrail', command: words };
  const program = join(repositoryRoot, 'dist', 'src', 'app', 'contrail_server.js');
  if (!existsSync(program)) throw new Error(`Cannot find the server under test at '${program}': run 'npm run setup'`);
  return { name: 'contrail', command: [process.execPath, program] };
}

export type ServerOptions = {
  /** nats-server flags, without address, port and store directory. */
  readonly flags?: readonly string[];
  /** A configuration file's text, for what has no flag. */
  readonly config?: string;
  /** Starts JetStream on a fresh store directory. */
  readonly jetStream?: boolean;
};

export class ServerProcess {
  readonly port: number;
  readonly #side: Side;
  readonly #options: ServerOptions;
  readonly #folder: string;
  /** An interrupted test leaves no server behind; see endWithServers. */
  readonly #killWithUs = () => this.#child?.kill('SIGKILL');
  #child: ChildProcess | null = null;
  #log = '';

  private constructor(side: Side, options: ServerOptions, port: number) {
    this.#side = side;
    this.#options = options;
    this.port = port;
    this.#folder = mkdtempSync(join(tmpdir(), 'contrail-compat-'));
  }

  static async start(side: Side, options: ServerOptions = {}): Promise<ServerProcess> {
    const server = new ServerProcess(side, options, await freePort());
    process.setMaxListeners(LISTENERS_MAX);
    process.on('exit', server.#killWithUs);
    try {
      await server.startAgain();
    } catch (error) {
      await server.stop();
      throw error;
    }
    return server;
  }

  get url(): string {
    return `nats://127.0.0.1:${this.port}`;
  }

  /** What the server printed so far, for failure messages. */
  get log(): string {
    return this.#log;
  }

  /** The process is not there any more, though nobody ended it. */
  get hasEnded(): boolean {
    return this.#child !== null && (this.#child.exitCode !== null || this.#child.signalCode !== null);
  }

  /** Starts the process on its port and directory; returns once it sends INFO. */
  async startAgain(): Promise<void> {
    const words = [...this.#side.command, '-a', '127.0.0.1', '-p', String(this.port), ...(this.#options.flags ?? [])];
    if (this.#options.jetStream === true) words.push('-js', '-sd', join(this.#folder, 'store'));
    if (this.#options.config !== undefined) {
      const path = join(this.#folder, 'server.conf');
      writeFileSync(path, this.#options.config);
      words.push('-c', path);
    }
    const [program = '', ...rest] = words;
    const child = spawn(program, rest, { cwd: this.#folder, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        this.#log = (this.#log + chunk.toString()).slice(-20_000);
      });
    }
    child.on('error', (error) => {
      this.#log += `\n${error.message}`;
    });
    await waitForInfo(this.port, child, () => `${this.#side.name} server '${words.join(' ')}' said:\n${this.#log}`);
  }

  /** kill -9: whatever was not written is gone. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Tells the process something that does not end it, or not at once. */
  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  /** Ends the process in order, and leaves its directory. */
  async interrupt(): Promise<void> {
    await this.#end('SIGINT');
  }

  /** Ends the process and removes its directory. */
  async stop(): Promise<void> {
    await this.#end('SIGTERM');
    process.off('exit', this.#killWithUs);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    await new Promise<void>((resolve) => {
      const deadline = setTimeout(() => child.kill('SIGKILL'), STOP_DEADLINE_MS);
      child.once('exit', () => {
        clearTimeout(deadline);
        resolve();
      });
      child.kill(signal);
    });
  }
}

/** Lets an interrupted test process end by way of 'exit', which takes its servers along. */
export function endWithServers(): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1));
}

/** A port that nobody listened on a moment ago, below the range that outgoing connections take theirs from. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < 100; tries++) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    if (await canListen(port)) return port;
  }
  throw new Error('Cannot find a free port between 20000 and 32000');
}

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}

/** Reads JSON that belongs to the tests, by its path from the repository's root. */
export function readRepositoryJson(path: string): unknown {
  return JSON.parse(readFileSync(join(repositoryRoot, path), 'utf8'));
}

async function waitForInfo(port: number, child: ChildProcess, describe: () => string): Promise<void> {
  const until = performance.now() + READY_DEADLINE_MS;
  while (performance.now() < until) {
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`Server ended with exit code ${child.exitCode ?? child.signalCode}; the ${describe()}`);
    if (await sendsInfo(port)) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`Server sent no INFO within ${READY_DEADLINE_MS} ms; the ${describe()}`);
}

function sendsInfo(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const answer = (value: boolean) => {
      socket.destroy();
      resolve(value);
    };
    socket.setTimeout(1000, () => answer(false));
    socket.once('error', () => answer(false));
    socket.once('data', (chunk) => answer(chunk.toString('latin1').startsWith('INFO ')));
  });
}
