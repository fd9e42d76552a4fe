// ports/network over node:net. Connections read into memory of the network's own (read_memory.ts); pieces leave with one
// writev. Adds nothing: no buffering, no framing, no retries. Encrypted connections are the same with a TLS stream in
// front; a client's chunks come from it as Node allocates them.
import { createConnection, createServer, Socket as NetSocket } from 'node:net';
import { assert } from '../base/assert.ts';
import { OperatingError, type OperatingErrorCode } from '../base/errors.ts';
import type { Listener, Network, NetworkAddress, Socket, SocketHandler } from '../ports/network.ts';
import type { TlsSession, TlsSettings, TlsStart } from '../ports/tls.ts';
import { ConnectionReader, READ_LEVELS, ReadMemoryPool, TLS_READ_LEVELS } from './_read_memory.ts';
import { handshakeError } from './_tls_errors.ts';
import { startTls } from './_tls_start.ts';
import { TlsWriter } from './_tls_writer.ts';
import { NodeTlsContext } from './node_tls.ts';

/** Connections that may wait to be accepted. */
const LISTEN_BACKLOG = 4096;

/** What all connections of a network read into. */
interface NetworkMemory {
  readonly plain: ReadMemoryPool;
  readonly tls: ReadMemoryPool;
}

class NodeSocket implements Socket {
  readonly remote: NetworkAddress;
  #local: NetworkAddress | null = null;
  /** What is written to and read from: the connection itself, or the TLS stream in front of it. */
  #socket: NetSocket;
  /** Null: chunks come as Node allocates them. */
  readonly #reader: ConnectionReader | null;
  /** The same for what TLS has deciphered. */
  #tlsReader: ConnectionReader | null = null;
  readonly #memory: NetworkMemory;
  #handler: SocketHandler | null = null;
  #error: Error | null = null;
  #isClosed = false;
  /** A handshake is under way: until it is done there is nothing to write to. */
  #isSecuring = false;
  #tls: TlsSession | null = null;
  #tlsWriter: TlsWriter | null = null;
  /** One function for every write, so that a write makes no closure. */
  readonly #written = (): void => {
    if (this.#socket.writableLength === 0 && !this.#isClosed) this.#handler?.onWritten();
  };
  readonly #received = (chunk: Uint8Array): void => this.#handler?.onData(chunk, null);
  /** A peer that has said its last word is gone: there are no half-open NATS connections. */
  readonly #ended = (): void => {
    if (this.#isSecuring) this.#socket.destroy();
    else this.#socket.end();
  };
  readonly #failed = (error: Error): void => {
    this.#error ??= error;
  };
  readonly #closed = (): void => {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#reader?.close();
    this.#tlsReader?.close();
    this.#handler?.onClose(this.#isSecuring ? handshakeError(this.#error, this.local, this.remote) : this.#error);
  };

  constructor(socket: NetSocket, reader: ConnectionReader | null, memory: NetworkMemory) {
    this.#socket = socket;
    this.#memory = memory;
    this.#reader = reader;
    this.remote = { host: plainAddress(socket.remoteAddress ?? ''), port: socket.remotePort ?? 0 };
    socket.setNoDelay(true);
    socket.on('error', this.#failed);
    socket.on('close', this.#closed);
  }

  /** The system is asked when somebody wants it: few do, and many connections may come at once. */
  get local(): NetworkAddress {
    this.#local ??= localAddress(this.#socket);
    return this.#local;
  }

  get pendingBytes(): number {
    return this.#socket.writableLength;
  }

  get tls(): TlsSession | null {
    return this.#tls;
  }

  attach(handler: SocketHandler): void {
    this.#handler = handler;
    if (this.#reader === null) this.#socket.on('data', this.#received);
    else this.#readInto(this.#reader, handler);
    this.#socket.resume();
    this.#socket.on('end', this.#ended);
  }

  startTls(start: TlsStart): void {
    const handler = this.#handler;
    assert(handler !== null && this.#tls === null && !this.#isSecuring, 'TLS starts once, behind attach');
    assert(start.context instanceof NodeTlsContext, 'a context is of use to the network that made it');
    const plain = this.#socket;
    if (this.#isClosed || plain.destroyed) return;
    // For the error of a handshake: when that comes, there is nothing left to ask.
    this.#local = localAddress(plain);
    plain.pause();
    plain.off('data', this.#received);
    plain.off('end', this.#ended);
    plain.off('close', this.#closed);
    this.#isSecuring = true;
    const secured = (session: TlsSession): void => {
      if (this.#isClosed) return;
      this.#isSecuring = false;
      this.#tls = session;
      start.onSecured(session);
    };
    const events = { secured, failed: this.#failed };
    if (this.#reader !== null) {
      this.#tlsReader = new ConnectionReader(this.#memory.tls);
      this.#readInto(this.#tlsReader, handler);
    }
    const { socket, isRead } = startTls(plain, start, start.context, events, this.#tlsReader);
    this.#socket = socket;
    this.#tlsWriter = new TlsWriter(socket, this.#memory.plain, this.#written);
    socket.on('error', this.#failed);
    socket.on('close', this.#closed);
    socket.on('end', this.#ended);
    if (!isRead) socket.on('data', this.#received);
    socket.resume();
  }

  #readInto(reader: ConnectionReader, handler: SocketHandler): void {
    reader.start((chunk, memory) => handler.onData(chunk, memory));
  }

  write(pieces: readonly Uint8Array[], count: number): void {
    if (this.#isClosed || this.#isSecuring || !this.#socket.writable) return;
    if (this.#tlsWriter !== null) return this.#tlsWriter.write(pieces, count);
    if (count === 1) {
      this.#socket.write(pieces[0] as Uint8Array, this.#written);
      return;
    }
    this.#socket.cork();
    for (let i = 0; i < count - 1; i++) this.#socket.write(pieces[i] as Uint8Array);
    this.#socket.write(pieces[count - 1] as Uint8Array, this.#written);
    this.#socket.uncork();
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  end(): void {
    // Without TLS there is no way to end in order.
    if (this.#isSecuring) this.destroy();
    else this.#socket.end();
  }

  destroy(): void {
    // Its own end is no failed handshake.
    this.#isSecuring = false;
    this.#socket.destroy();
  }
}

/** A socket's connection, which Node types as private. */
interface WithHandle {
  _handle: unknown;
}

/**
 * The same connection reading into `reader`. Node takes `onread` for sockets that connect, and has no such option for those
 * that a server accepts; so the accepted one's handle goes to a socket made with it. Null where that cannot be had.
 */
function rewired(accepted: NetSocket, reader: ConnectionReader): NetSocket | null {
  const from = accepted as unknown as WithHandle;
  const handle = from._handle;
  if (typeof handle !== 'object' || handle === null) return null;
  from._handle = null;
  return new NetSocket({ handle, allowHalfOpen: true, onread: readInto(reader) } as object);
}

function readInto(reader: ConnectionReader) {
  return {
    buffer: () => reader.next(),
    callback: (count: number) => {
      reader.arrived(count);
      return true;
    },
  };
}

export class NodeNetwork implements Network {
  readonly #memory: NetworkMemory = {
    plain: new ReadMemoryPool(READ_LEVELS),
    tls: new ReadMemoryPool(TLS_READ_LEVELS),
  };

  listen(address: NetworkAddress, onConnection: (socket: Socket) => void): Promise<Listener> {
    return new Promise((resolve, reject) => {
      const options = { noDelay: true, allowHalfOpen: true, pauseOnConnect: true };
      const server = createServer(options, (accepted) => onConnection(this.#accept(accepted)));
      server.once('error', (error: NodeJS.ErrnoException) => reject(listenError(error, address)));
      server.listen({ host: address.host, port: address.port, backlog: LISTEN_BACKLOG }, () => {
        const bound = server.address();
        const port = typeof bound === 'object' && bound !== null ? bound.port : address.port;
        // A failed accept (too many files) must not end the server.
        server.removeAllListeners('error');
        server.on('error', () => undefined);
        resolve({ address: { host: address.host, port }, close: () => server.close() });
      });
    });
  }

  #accept(accepted: NetSocket): Socket {
    const reader = new ConnectionReader(this.#memory.plain);
    const socket = rewired(accepted, reader);
    return socket === null
      ? new NodeSocket(accepted, null, this.#memory)
      : new NodeSocket(socket, reader, this.#memory);
  }

  tls(settings: TlsSettings): NodeTlsContext {
    return new NodeTlsContext(settings);
  }

  dial(address: NetworkAddress): Promise<Socket> {
    return new Promise((resolve, reject) => {
      const reader = new ConnectionReader(this.#memory.plain);
      const { host, port } = address;
      const socket = createConnection({ host, port, noDelay: true, allowHalfOpen: true, onread: readInto(reader) });
      const refused = (error: NodeJS.ErrnoException): void => {
        const message = `Cannot connect to ${address.host}:${address.port}: ${error.message}`;
        reject(new OperatingError('LINK_REFUSED', message, { cause: error, context: { ...address } }));
      };
      socket.once('error', refused);
      socket.once('connect', () => {
        socket.removeListener('error', refused);
        resolve(new NodeSocket(socket, reader, this.#memory));
      });
    });
  }
}

function localAddress({ localAddress: host, localPort: port }: NetSocket): NetworkAddress {
  return { host: host ?? '', port: port ?? 0 };
}

/** IPv4 clients of a dual-stack listener are shown as IPv4. */
export function plainAddress(address: string): string {
  return address.startsWith('::ffff:') ? address.slice(7) : address;
}

const LISTEN_ERRORS: Readonly<Record<string, OperatingErrorCode>> = {
  EADDRINUSE: 'NETWORK_ADDRESS_IN_USE',
  EADDRNOTAVAIL: 'NETWORK_ADDRESS_UNAVAILABLE',
  EAFNOSUPPORT: 'NETWORK_ADDRESS_UNAVAILABLE',
  ENOTFOUND: 'NETWORK_ADDRESS_UNAVAILABLE',
  EACCES: 'NETWORK_PERMISSION',
};

export function listenError(error: NodeJS.ErrnoException, address: NetworkAddress): OperatingError {
  const code = LISTEN_ERRORS[error.code ?? ''] ?? 'NETWORK_OTHER';
  return new OperatingError(code, `Cannot listen on ${address.host}:${address.port}: ${error.message}`, {
    cause: error,
    context: { ...address },
  });
}
