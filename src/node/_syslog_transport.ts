// How syslog messages travel: UDP datagrams, a stream that is connected again when it breaks, or the `logger` command.
// Nobody waits for them: what cannot leave is kept up to a limit and then lost. Called by node_syslog.ts.
import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { existsSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { delimiter, join } from 'node:path';

export interface SyslogMessage {
  readonly severity: number;
  /** What is said, without its head. */
  readonly body: string;
  /** The whole message as it goes over a socket. */
  readonly line: string;
}

export interface SyslogTransport {
  send(message: SyslogMessage): void;
  /** Resolves when what was sent has left, or soon. */
  close(): Promise<void>;
}

export type StreamAddress = { readonly path: string } | { readonly host: string; readonly port: number };

/** Characters that wait for a stream that is being connected again. */
const WAITING_CHARS_MAX = 1024 * 1024;
const CONNECT_LIMIT_MS = 5_000;
/** How long the last messages may take to leave. */
const CLOSE_LIMIT_MS = 1_000;

export async function openUdp(address: { readonly host: string; readonly port: number }): Promise<SyslogTransport> {
  const { family } = await lookup(address.host);
  const socket = createSocket(family === 6 ? 'udp6' : 'udp4');
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.connect(address.port, address.host, () => {
      socket.off('error', reject);
      resolve();
    });
  });
  // Nobody listens there, at the moment.
  socket.on('error', () => undefined);
  socket.unref();
  return { send: ({ line }) => sendDatagram(socket, line), close: () => closeUdp(socket) };
}

function sendDatagram(socket: UdpSocket, line: string): void {
  socket.send(line, () => undefined);
}

function closeUdp(socket: UdpSocket): Promise<void> {
  return new Promise((resolve) => {
    // Behind the datagrams before it.
    socket.send('', () => socket.close(() => resolve()));
  });
}

/** Rejects when nobody answers. */
export async function openStream(address: StreamAddress): Promise<SyslogTransport> {
  const stream = new SyslogStream(address);
  await stream.connect();
  return stream;
}

class SyslogStream implements SyslogTransport {
  readonly #address: StreamAddress;
  #socket: Socket | null = null;
  #isConnecting = false;
  #waiting: string[] = [];
  #waitingChars = 0;

  constructor(address: StreamAddress) {
    this.#address = address;
  }

  connect(): Promise<void> {
    this.#isConnecting = true;
    return new Promise((resolve, reject) => {
      const socket = createConnection({ ...this.#address, timeout: CONNECT_LIMIT_MS });
      const failed = (error: Error): void => {
        this.#isConnecting = false;
        socket.destroy();
        reject(error);
      };
      socket.once('error', failed);
      socket.once('timeout', () => failed(new Error('i/o timeout')));
      socket.once('connect', () => {
        socket.off('error', failed);
        socket.setTimeout(0);
        this.#connected(socket);
        resolve();
      });
    });
  }

  send({ line }: SyslogMessage): void {
    if (this.#socket !== null) {
      this.#socket.write(line);
      return;
    }
    if (this.#waitingChars + line.length <= WAITING_CHARS_MAX) {
      this.#waiting.push(line);
      this.#waitingChars += line.length;
    }
    // One attempt for each message, as long as there is none.
    if (!this.#isConnecting) this.connect().catch(() => undefined);
  }

  close(): Promise<void> {
    const socket = this.#socket;
    if (socket === null) return Promise.resolve();
    return new Promise((resolve) => {
      const limit = setTimeout(() => socket.destroy(), CLOSE_LIMIT_MS);
      socket.once('close', () => {
        clearTimeout(limit);
        resolve();
      });
      socket.end();
    });
  }

  #connected(socket: Socket): void {
    this.#isConnecting = false;
    this.#socket = socket;
    socket.unref();
    socket.on('error', () => undefined);
    socket.once('close', () => {
      if (this.#socket === socket) this.#socket = null;
    });
    // A server that says it is done with us would not hear the next message.
    socket.once('end', () => socket.destroy());
    socket.resume();
    for (const line of this.#waiting) socket.write(line);
    this.#waiting = [];
    this.#waitingChars = 0;
  }
}

const SEVERITY_NAMES = ['emerg', 'alert', 'crit', 'err', 'warning', 'notice', 'info', 'debug'];

/** One process for each severity that occurs: every `logger` there is takes it as an argument, and lines from its input. */
export class LoggerCommand implements SyslogTransport {
  readonly #program: string;
  readonly #arguments: readonly string[];
  readonly #children = new Map<number, ChildProcess>();

  private constructor(program: string, args: readonly string[]) {
    this.#program = program;
    this.#arguments = args;
  }

  /** Null when the machine has no such command. `path`: the socket, where it is not the one that `logger` takes itself. */
  static find(path: string | null, tag: string): LoggerCommand | null {
    const program = (process.env['PATH'] ?? '')
      .split(delimiter)
      .map((folder) => join(folder, 'logger'))
      .find((candidate) => existsSync(candidate));
    if (program === undefined) return null;
    return new LoggerCommand(program, ['-t', tag, ...(path === null ? [] : ['-u', path])]);
  }

  send({ severity, body }: SyslogMessage): void {
    this.#child(severity).stdin?.write(`${body}\n`);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#children.values()].map(endOf));
    this.#children.clear();
  }

  #child(severity: number): ChildProcess {
    let child = this.#children.get(severity);
    if (child !== undefined) return child;
    const priority = `daemon.${SEVERITY_NAMES[severity]}`;
    // In a group of its own: signals for the server are none for the log.
    child = spawn(this.#program, [...this.#arguments, '-p', priority], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
    });
    child.unref();
    const gone = (): void => {
      this.#children.delete(severity);
    };
    child.on('error', gone);
    child.on('exit', gone);
    child.stdin?.on('error', () => undefined);
    this.#children.set(severity, child);
    return child;
  }
}

function endOf(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    const limit = setTimeout(() => child.kill(), CLOSE_LIMIT_MS);
    child.once('exit', () => {
      clearTimeout(limit);
      resolve();
    });
    child.stdin?.end();
  });
}
