// Whether what listens where a NATS server should be is something else: the client waits for the end of a line, which other
// protocols need not send, so where a greeting is late its first bytes are looked at over a connection of their own.
// Called while the client connects; a server that greets in time is never asked.
import type { NetworkAddress, Socket } from '../../ports/network.ts';
import { type Deferred, deferred } from '../deferred.ts';
import type { CliDoors } from '../doors.ts';
import { serverAddress } from './server_address.ts';

/** A server that greets takes a fraction of it. */
const PATIENCE_MS = 300;
/** What a NATS server begins with: its greeting, or why there is none. */
const BEGINNINGS = ['INFO ', '-ERR '];

export class StrangerProbe {
  readonly #found: Deferred<void>;
  readonly #sockets: Set<Socket>;
  readonly #stopTimer: () => void;
  /** Servers that may still be one. */
  #left: number;
  #isStopped: boolean;

  constructor(servers: readonly string[], { clock, network }: Pick<CliDoors, 'clock' | 'network'>) {
    this.#found = deferred();
    this.#sockets = new Set();
    this.#left = servers.length;
    this.#isStopped = false;
    const timer = clock.after(PATIENCE_MS, () => {
      for (const server of servers) void this.#look(serverAddress(server), network);
    });
    this.#stopTimer = () => timer.cancel();
  }

  /** Resolves when none of the servers begins as one; never otherwise. */
  get found(): Promise<void> {
    return this.#found.promise;
  }

  stop(): void {
    this.#isStopped = true;
    this.#stopTimer();
    for (const socket of this.#sockets) socket.destroy();
  }

  async #look(address: NetworkAddress, network: CliDoors['network']): Promise<void> {
    let socket: Socket;
    try {
      socket = await (await network()).dial(address);
    } catch {
      // Whoever connects in earnest learns of it.
      return;
    }
    if (this.#isStopped) {
      socket.destroy();
      return;
    }
    this.#sockets.add(socket);
    let begun = '';
    socket.attach({
      onData: (chunk) => {
        begun += Buffer.from(chunk).toString('latin1');
        if (BEGINNINGS.some((beginning) => beginning.startsWith(begun))) return;
        socket.destroy();
        if (!BEGINNINGS.some((beginning) => begun.startsWith(beginning)) && --this.#left === 0) this.#found.resolve();
      },
      onWritten: () => undefined,
      onClose: () => this.#sockets.delete(socket),
    });
  }
}
