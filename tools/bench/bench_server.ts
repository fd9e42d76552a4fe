// One server under test: a process on a port and a store directory of its own, asked by name whether it is really
// the one that answers, with the two times of its start. It knows both sides only as words to run.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, connect as dial } from 'node:net';
import { join } from 'node:path';
import { connect as connectClient } from '@nats-io/transport-node';
import type { KeptProcess, ProcessKeeper } from './process_keeper.ts';

const START_DEADLINE_MS = 20_000;
const READY_LINE_DEADLINE_MS = 5_000;
const API_DEADLINE_MS = 20_000;

export type SideName = 'ours' | 'reference';

/** The two bodies of the comparison. */
export interface Side {
  readonly name: SideName;
  /** Program and leading arguments; nats-server's flags are appended. */
  readonly command: readonly string[];
  readonly version: string;
}

/**
 * When a PubAck leaves. `default`: as the server comes. `lazy`: acknowledged from the page cache, synced every two
 * minutes (nats-server's default). `always`: synced before every acknowledgement (ours by default).
 */
export type Durability = 'default' | 'lazy' | 'always';

/**
 * Who comes in how. `open`: anybody. `permissions`: anybody as a user of an account of its own, with permissions that
 * each publish and each subscription is held against. `tls`: as `open`, over TLS as well as without.
 */
export type Access = 'open' | 'permissions' | 'tls';

export interface StartOptions {
  readonly durability: Durability;
  readonly access: Access;
  /** Store directories are made below this one. */
  readonly folder: string;
  /** Cores for the server (taskset's list), or empty for all. */
  readonly cores: string;
}

export class BenchServer {
  readonly side: Side;
  readonly port: number;
  readonly folder: string;
  /** From the start of the process to the first answered PING. */
  firstPongMs = 0;
  /** From the start of the process to its line `Server is ready`, or null when it was not seen. */
  readyLineMs: number | null = null;
  readonly #kept: KeptProcess;

  private constructor(side: Side, port: number, folder: string, kept: KeptProcess) {
    this.side = side;
    this.port = port;
    this.folder = folder;
    this.#kept = kept;
  }

  static async start(keeper: ProcessKeeper, side: Side, options: StartOptions): Promise<BenchServer> {
    const port = await freePort();
    const serverName = `bench-${side.name}-${port}`;
    const folder = join(options.folder, serverName);
    const store = join(folder, 'store');
    mkdirSync(store, { recursive: true });
    const words = [...side.command, '-js', '-sd', store, '-a', '127.0.0.1', '-p', String(port), '-n', serverName];
    const config = `${durabilityConfig(options.durability)}${accessConfig(options.access)}`;
    if (config !== '') {
      writeFileSync(join(folder, 'server.conf'), config);
      words.push('-c', join(folder, 'server.conf'));
    }
    const pinned = options.cores === '' ? words : ['taskset', '-c', options.cores, ...words];
    const begun = performance.now();
    const server = new BenchServer(
      side,
      port,
      folder,
      keeper.spawn(pinned, { name: `${side.name} server`, cwd: folder }),
    );
    const seesLine = (output: string): boolean => {
      if (!output.includes('Server is ready')) return false;
      server.readyLineMs = performance.now() - begun;
      return true;
    };
    // A missing line costs only the row that asks for it.
    const line = server.#kept.waitForOutput('ready line', READY_LINE_DEADLINE_MS, seesLine).catch(() => undefined);
    try {
      await server.#waitForPong(serverName, begun);
    } catch (error) {
      await server.stop();
      throw error;
    }
    await line;
    return server;
  }

  get url(): string {
    return `nats://127.0.0.1:${this.port}`;
  }

  get pid(): number {
    return this.#kept.pid;
  }

  /** Ends the process and removes its store. */
  async stop(): Promise<void> {
    await this.#kept.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** One JetStream API request on a connection of its own; an error reply throws. */
  async askApi(subject: string, request: object = {}): Promise<void> {
    const client = await connectClient({ servers: this.url, reconnect: false });
    try {
      const reply = await client.request(`$JS.API.${subject}`, JSON.stringify(request), { timeout: API_DEADLINE_MS });
      const body = reply.json<{ error?: { description?: string } }>();
      if (body.error !== undefined) throw new Error(`${this.side.name} refuses ${subject}: ${body.error.description}`);
    } finally {
      await client.close();
    }
  }

  /** Resolves once somebody answers requests on the subject. */
  async waitForResponder(subject: string, timeoutMs: number): Promise<void> {
    const client = await connectClient({ servers: this.url, reconnect: false });
    const until = performance.now() + timeoutMs;
    try {
      while (true) {
        const answered = await client.request(subject, 'x', { timeout: 1000 }).then(
          () => true,
          () => false,
        );
        if (answered) return;
        if (performance.now() > until) throw new Error(`nobody answers on '${subject}'`);
        await pause(20);
      }
    } finally {
      await client.close();
    }
  }

  async #waitForPong(serverName: string, begun: number): Promise<void> {
    while (performance.now() - begun < START_DEADLINE_MS) {
      if (this.#kept.child.exitCode !== null) throw new Error(`${this.side.name} server ended: ${this.#kept.output}`);
      const info = await pingOnce(this.port);
      if (info !== null) {
        this.firstPongMs = performance.now() - begun;
        // Without this check a stranger on the same port would be measured.
        if (!info.includes(`"server_name":"${serverName}"`))
          throw new Error(`another server answers on port ${this.port}`);
        return;
      }
      await pause(1);
    }
    throw new Error(`${this.side.name} server answered no PING within ${START_DEADLINE_MS} ms: ${this.#kept.output}`);
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Returns the INFO line if the server answers a PING, else null. */
function pingOnce(port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = dial(port, '127.0.0.1');
    let text = '';
    const answer = (value: string | null): void => {
      socket.destroy();
      resolve(value);
    };
    socket.setTimeout(2000, () => answer(null));
    socket.once('error', () => answer(null));
    socket.once('close', () => answer(null));
    socket.once('connect', () => socket.write('CONNECT {"verbose":false}\r\nPING\r\n'));
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      if (text.includes('PONG')) answer(text.slice(0, text.indexOf('\r\n')));
    });
  });
}

/** A port that was free a moment ago, below the range that outgoing connections take theirs from. */
async function freePort(): Promise<number> {
  for (let tries = 0; tries < 100; tries++) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    const free = await new Promise<boolean>((resolve) => {
      const probe = createServer();
      probe.once('error', () => resolve(false));
      probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
    });
    if (free) return port;
  }
  throw new Error('Cannot find a free port between 20000 and 32000');
}

function durabilityConfig(durability: Durability): string {
  if (durability === 'default') return '';
  return `jetstream { sync_interval: ${durability === 'always' ? 'always' : '"2m"'} }\n`;
}

/** This file runs as dist/tools/bench/bench_server.js. */
const certificates = join(import.meta.dirname, '..', '..', '..', 'test', 'fixtures', 'tls');

function accessConfig(access: Access): string {
  if (access === 'open') return '';
  if (access === 'tls') {
    const [certificate, key] = ['server.pem', 'server.key.pem'].map((name) => join(certificates, name));
    return `allow_non_tls: true\ntls { cert_file: "${certificate}", key_file: "${key}" }\n`;
  }
  const allowed = '{ allow: ["bench.*", "other.>", "_INBOX.>"], deny: ["bench.secret", "other.*.secret"] }';
  const permissions = `{ publish: ${allowed}, subscribe: ${allowed} }`;
  const users = `[{ user: bench, password: bench, permissions: ${permissions} }]`;
  return `accounts { BENCH: { users: ${users} } }\nno_auth_user: bench\n`;
}
