// Runs the reference server for one test file and talks to it. Found in .peers/bin of the repository, or in bin of the
// folder that CONTRAIL_PEERS names instead of .peers.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type MsgHdrs, type NatsConnection } from '@nats-io/transport-node';

const START_DEADLINE_MS = 20_000;
/** A removed stream's folder goes after the answer: until then there is now and then no room for another of its name. */
const REMOVAL_DEADLINE_MS = 5_000;
const BEING_REMOVED = '"err_code":10049,"description":"error creating store for stream"';

function peersFolder(): string {
  const folder = join(process.env['CONTRAIL_PEERS'] ?? join(process.cwd(), '.peers'), 'bin');
  if (!existsSync(join(folder, 'nats-server'))) {
    throw new Error(`No reference server in '${folder}': run \`npm run peers\` first`);
  }
  return folder;
}

/** Resolves with the port that the server's log names. */
function portOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    let log = '';
    const timer = setTimeout(() => reject(new Error(`The reference server did not start:\n${log}`)), START_DEADLINE_MS);
    child.on('exit', () => reject(new Error(`The reference server stopped:\n${log}`)));
    child.stderr?.on('data', (chunk: Buffer) => {
      log += chunk.toString();
      const port = /Listening for client connections on [^\s]*:(\d+)/.exec(log)?.[1];
      if (port === undefined || !log.includes('Server is ready')) return;
      clearTimeout(timer);
      resolve(Number(port));
    });
  });
}

export class JsReference {
  readonly connection: NatsConnection;
  readonly port: number;
  readonly #child: ChildProcess;
  readonly #folder: string;

  private constructor(connection: NatsConnection, port: number, child: ChildProcess, folder: string) {
    this.connection = connection;
    this.port = port;
    this.#child = child;
    this.#folder = folder;
  }

  static async start(): Promise<JsReference> {
    const folder = mkdtempSync(join(tmpdir(), 'contrail-reference-'));
    const server = join(peersFolder(), 'nats-server');
    const child = spawn(server, ['-js', '-a', '127.0.0.1', '-p', '-1', '-sd', folder], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const port = await portOf(child);
    const connection = await connect({ servers: `127.0.0.1:${port}` });
    return new JsReference(connection, port, child, folder);
  }

  /** The body of the answer to a request on `$JS.API.<endpoint>`. */
  async ask(endpoint: string, body: string | Uint8Array, headers?: MsgHdrs): Promise<string> {
    const options = headers === undefined ? { timeout: 5000 } : { timeout: 5000, headers };
    const deadlineMs = performance.now() + REMOVAL_DEADLINE_MS;
    for (;;) {
      const answer = (await this.connection.request(`$JS.API.${endpoint}`, body, options)).string();
      if (!answer.includes(BEING_REMOVED) || performance.now() > deadlineMs) return answer;
    }
  }

  async stop(): Promise<void> {
    await this.connection.close();
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGTERM');
    await ended;
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
