// The door to byte streams between processes. Bodies: node/node_network.ts, sim/sim_network.ts.
// A chunk comes with the memory it lies in: the network fills that again after the call unless somebody holds it, so a
// large payload can leave by reference. What is given to `write` belongs to the network until `onWritten`.
import type { BodyMemory } from './message.ts';
import type { TlsContext, TlsSession, TlsSettings, TlsStart } from './tls.ts';

export interface NetworkAddress {
  readonly host: string;
  readonly port: number;
}

/** The memory that chunks lie in; hold() is called within onData() only. */
export type ChunkMemory = BodyMemory;

export interface SocketHandler {
  /** Bytes arrived. They stay unchanged during the call, and longer for who holds `memory`; without one they always do. */
  onData(chunk: Uint8Array, memory: ChunkMemory | null): void;

  /** Everything written so far has left for the kernel: buffers given to `write` may be used again. */
  onWritten(): void;

  /** The connection is over, called exactly once. `error` is null after an orderly end by either side. */
  onClose(error: Error | null): void;
}

export interface Socket {
  readonly local: NetworkAddress;
  readonly remote: NetworkAddress;

  /** Bytes given to `write` that the kernel has not taken yet. */
  readonly pendingBytes: number;

  /** What TLS agreed on; null while everything is in clear. */
  readonly tls: TlsSession | null;

  /** Starts the flow of events. Called once, in the same turn as the socket was handed over. */
  attach(handler: SocketHandler): void;

  /**
   * From here on both directions are TLS's; what was written before still leaves in clear. Called once, behind `attach`.
   * Until `onSecured` writes are ignored, and `end` is `destroy`. A failed handshake ends the connection with a TlsHandshakeError.
   */
  startTls(start: TlsStart): void;

  /** Sends `count` pieces in order as one unit. The bytes must stay unchanged until `onWritten`. Ignored once closed. */
  write(pieces: readonly Uint8Array[], count: number): void;

  /** Stops and resumes `onData`; back-pressure reaches the peer through its own full buffers. */
  pause(): void;
  resume(): void;

  /** Ends after everything written has left. */
  end(): void;

  /** Ends at once; what has not left is lost. */
  destroy(): void;
}

export interface Listener {
  /** What was bound: the real port where port 0 was asked for. */
  readonly address: NetworkAddress;

  /** Stops accepting. Sockets already accepted stay. */
  close(): void;
}

export interface Network {
  /**
   * Listens on `address`; port 0 picks a free one.
   * Rejects with OperatingError `NETWORK_ADDRESS_IN_USE`, `NETWORK_PERMISSION` or `NETWORK_ADDRESS_UNAVAILABLE`.
   */
  listen(address: NetworkAddress, onConnection: (socket: Socket) => void): Promise<Listener>;

  /** Reads the files of the settings. Throws OperatingError `TLS_SETTINGS` when they, or the settings, are no good. */
  tls(settings: TlsSettings): TlsContext;

  /** Connects; rejects with OperatingError `LINK_REFUSED` when nobody answers. */
  dial(address: NetworkAddress): Promise<Socket>;
}
