// A server on a virtual clock with clients that are nothing but a script and what came back. Only tests import it.
import { asciiText } from '../base/bytes.ts';
import { type Logger, SILENT_LOGGER } from '../base/log.ts';
import type { Listener, Network, NetworkAddress, Socket, SocketHandler } from '../ports/network.ts';
import type { TlsContext, TlsSession, TlsStart } from '../ports/tls.ts';
import { type AuthorizationSettings, Server } from '../server/server.ts';
import { SERVER_OPTIONS_DEFAULT, type ServerOptions } from '../server/server_options.ts';
import type { ServerTls } from '../server/server_tls.ts';
import { Life } from './life.ts';
import { Scheduler } from './scheduler.ts';
import { SimClock } from './sim_clock.ts';
import { SimPasswordChecker } from './sim_password_checker.ts';

const encoder = new TextEncoder();

/** One end of a connection whose kernel takes what it is told to take. */
export class FakeSocket implements Socket {
  readonly local = { host: '127.0.0.1', port: 4222 };
  readonly remote: NetworkAddress;
  /** Everything the server wrote. */
  received = '';
  isEnded = false;
  isDestroyed = false;
  isPaused = false;
  /** Writes so far: what left in one piece. */
  writes = 0;
  pendingBytes = 0;
  /** False: nothing is taken until drain(). */
  takes = true;
  tls: TlsSession | null = null;
  /** The handshake that the server began and the test ends. */
  handshake: TlsStart | null = null;
  #handler: SocketHandler | null = null;

  constructor(port: number, host: string) {
    this.remote = { host, port };
  }

  attach(handler: SocketHandler): void {
    this.#handler = handler;
  }

  startTls(start: TlsStart): void {
    this.handshake = start;
  }

  /** Ends the handshake well. */
  secure(session: TlsSession): void {
    this.tls = session;
    this.handshake?.onSecured(session);
  }

  /** Ends the connection for a reason. */
  fail(error: Error): void {
    this.#handler?.onClose(error);
  }

  write(pieces: readonly Uint8Array[], count: number): void {
    this.writes++;
    for (let i = 0; i < count; i++) {
      const piece = pieces[i] as Uint8Array;
      this.received += asciiText(piece, 0, piece.length);
      this.pendingBytes += piece.length;
    }
    if (this.takes) this.drain();
  }

  drain(): void {
    this.pendingBytes = 0;
    this.#handler?.onWritten();
  }

  /** All but so much is taken. */
  drainTo(bytes: number): void {
    this.pendingBytes = Math.min(this.pendingBytes, bytes);
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }

  end(): void {
    this.isEnded = true;
  }

  destroy(): void {
    this.isDestroyed = true;
  }

  send(text: string): void {
    this.#handler?.onData(encoder.encode(text), null);
  }

  sendBytes(bytes: Uint8Array): void {
    this.#handler?.onData(bytes, null);
  }

  hangUp(): void {
    this.#handler?.onClose(null);
  }

  /** What came since the last call. */
  take(): string {
    const text = this.received;
    this.received = '';
    return text;
  }
}

class FakeNetwork implements Network {
  accept: (socket: Socket) => void = () => undefined;

  listen(address: NetworkAddress, onConnection: (socket: Socket) => void): Promise<Listener> {
    this.accept = onConnection;
    return Promise.resolve({ address, close: () => undefined });
  }

  tls(): TlsContext {
    throw new Error('nobody reads certificates here');
  }

  dial(): Promise<Socket> {
    return Promise.reject(new Error('nobody dials here'));
  }
}

/** Everybody may come in, into `$G`. */
export const EVERYBODY: AuthorizationSettings = {
  rules: { user: null, password: null, token: null, users: [], noAuthUser: null, mapsCertificates: false },
  accounts: [],
  systemAccount: '$SYS',
  announcesNoAuthUser: true,
};

export class ServerWorld {
  readonly scheduler = new Scheduler({ seed: 1 });
  readonly clock = new SimClock({ scheduler: this.scheduler, life: new Life('server') });
  readonly network = new FakeNetwork();
  readonly server: Server;
  #port = 50_000;

  constructor(
    options: Partial<ServerOptions> = {},
    authorization = EVERYBODY,
    log: Logger = SILENT_LOGGER,
    tls: ServerTls | null = null,
    socketsMax = Number.POSITIVE_INFINITY,
  ) {
    this.server = new Server({
      options: { ...SERVER_OPTIONS_DEFAULT, serverId: 'NTEST', serverName: 'test', ...options },
      socketsMax,
      clock: this.clock,
      network: this.network,
      entropy: { fill: (bytes) => bytes.fill(7) },
      log,
      passwords: new SimPasswordChecker(this.clock),
      authorization,
      tls,
      jetStream: { isEnabled: false, apiLevel: 5 },
    });
  }

  async start(): Promise<this> {
    await this.server.listen();
    return this;
  }

  /** A connection that has said nothing yet. */
  dial(host = '127.0.0.1'): FakeSocket {
    const socket = new FakeSocket(this.#port++, host);
    this.network.accept(socket);
    return socket;
  }

  /** A client past CONNECT, its INFO and answers already taken. */
  async connect(options: Readonly<Record<string, unknown>> = {}): Promise<FakeSocket> {
    const socket = this.dial();
    socket.send(`CONNECT ${JSON.stringify({ verbose: false, pedantic: false, protocol: 0, ...options })}\r\n`);
    await this.turn();
    socket.take();
    return socket;
  }

  /** Lets this turn of the loop end. */
  turn(): Promise<void> {
    return this.scheduler.advance(1);
  }

  advance(ms: number): Promise<void> {
    return this.scheduler.advance(ms);
  }
}
