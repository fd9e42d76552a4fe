// A whole server inside the test's process, with Node's own doors: real sockets, a store directory and monitoring over HTTP,
// and every log line kept, debug and trace included. For tests of what leaks or comes in where the parts meet.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readCommandLine, rereadOptions } from '../../src/app/command_line.ts';
import { Contrail } from '../../src/app/compose.ts';
import { Reloader } from '../../src/app/reload.ts';
import { RunFiles } from '../../src/app/run_files.ts';
import { NodeClock } from '../../src/node/node_clock.ts';
import { NodeConfigSource } from '../../src/node/node_config_source.ts';
import { NodeDisk } from '../../src/node/node_disk.ts';
import { NodeEntropy } from '../../src/node/node_entropy.ts';
import { NodeHost } from '../../src/node/node_host.ts';
import { NodeHttp } from '../../src/node/node_http.ts';
import { NodeLog } from '../../src/node/node_log.ts';
import { NodeLogLines } from '../../src/node/node_log_lines.ts';
import { NodeNetwork } from '../../src/node/node_network.ts';
import { NodePasswordChecker } from '../../src/node/node_password_checker.ts';
import { RawConnection } from './raw_connection.ts';

export interface RunningOptions {
  /** The text of a configuration file; address, ports and store directory come by flag. */
  readonly config?: string;
  /** More flags. */
  readonly flags?: readonly string[];
  readonly jetStream?: boolean;
}

export class RunningServer {
  readonly contrail: Contrail;
  /** What the log says, line by line. */
  readonly log: string[];
  readonly folder: string;
  /** What it was started with. */
  readonly arguments: readonly string[];
  readonly #passwords: NodePasswordChecker;
  readonly #connections: RawConnection[] = [];

  private constructor(
    contrail: Contrail,
    log: string[],
    folder: string,
    words: readonly string[],
    passwords: NodePasswordChecker,
  ) {
    this.contrail = contrail;
    this.log = log;
    this.folder = folder;
    this.arguments = words;
    this.#passwords = passwords;
  }

  static async start(options: RunningOptions = {}): Promise<RunningServer> {
    const folder = mkdtempSync(join(tmpdir(), 'contrail-security-'));
    const flags = ['-a', '127.0.0.1', '-p', '-1', '-m', '-1', '-DV', ...(options.flags ?? [])];
    if (options.jetStream !== false) flags.push('-js', '-sd', join(folder, 'store'));
    if (options.config !== undefined) {
      writeFileSync(join(folder, 'server.conf'), options.config);
      flags.push('-c', join(folder, 'server.conf'));
    }
    const command = readCommandLine(flags, new NodeConfigSource(), { compatible: '2.15.2', contrail: '0' });
    if (command.kind !== 'run') throw new Error(`cannot run: ${JSON.stringify(command)}`);
    const clock = new NodeClock();
    const lines: string[] = [...command.messages];
    const log = new NodeLog(keeping(lines, clock), command.options.logging);
    const network = new NodeNetwork();
    const doors = {
      clock,
      network,
      disk: new NodeDisk(),
      entropy: new NodeEntropy(),
      host: new NodeHost(),
      passwords: new NodePasswordChecker(),
      log,
      http: new NodeHttp(log),
    };
    const contrail = await Contrail.start(doors, command.options);
    return new RunningServer(contrail, lines, folder, flags, doors.passwords);
  }

  /** Starts one, and stops it whatever comes of it. */
  static async with(options: RunningOptions, use: (running: RunningServer) => Promise<void>): Promise<void> {
    const running = await RunningServer.start(options);
    try {
      await use(running);
    } finally {
      await running.stop();
    }
  }

  get port(): number {
    return this.contrail.address.port;
  }

  /** A connection on which nothing was said; its INFO has come. */
  async dial(): Promise<RawConnection> {
    const connection = await RawConnection.open(this.port);
    this.#connections.push(connection);
    connection.info = await connection.line(/^INFO /);
    return connection;
  }

  /** A client past CONNECT. */
  async connect(options: Readonly<Record<string, unknown>> = {}): Promise<RawConnection> {
    const connection = await this.dial();
    const said = { verbose: false, pedantic: false, headers: true, no_responders: true, ...options };
    connection.send(`CONNECT ${JSON.stringify(said)}\r\n`);
    await connection.flush();
    return connection;
  }

  /** The body of a monitoring page, whatever its status. */
  page(path: string): Promise<string> {
    const address = this.contrail.monitorAddress;
    return new Promise((resolve, reject) => {
      const asked = request({ host: '127.0.0.1', port: address?.port ?? 0, path }, (response) => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          body += chunk;
        });
        response.on('end', () => resolve(body));
      });
      asked.once('error', reject);
      asked.end();
    });
  }

  /** Reads this configuration instead of its own; null, or why it cannot. */
  reload(config: string): Promise<string | null> {
    writeFileSync(join(this.folder, 'server.conf'), config);
    const { log } = this.contrail.server;
    const reloader = new Reloader({
      contrail: this.contrail,
      log,
      runFiles: new RunFiles(process.pid, log, () => ({})),
      reread: () => rereadOptions(this.arguments, new NodeConfigSource()),
      openLog: () => Promise.resolve(() => undefined),
    });
    return reloader.reload();
  }

  async stop(): Promise<void> {
    for (const connection of this.#connections) connection.close();
    await this.contrail.stop();
    this.#passwords.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function keeping(lines: string[], clock: NodeClock): NodeLogLines {
  const options = {
    pid: process.pid,
    hasTime: true,
    isUtc: true,
    isColored: false,
    realtimeMs: () => clock.realtimeMs(),
  };
  return new NodeLogLines(options, () => ({
    write: (line) => {
      lines.push(line);
    },
    reopen: () => false,
    close: () => Promise.resolve(),
  }));
}
