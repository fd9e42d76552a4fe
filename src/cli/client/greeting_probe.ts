// What whoever listens says first, where the client gets no further: something else than a NATS server, which need not end
// its lines as the client waits for; or a server that is full, whose refusal the client passes over. Looked at over a
// connection of its own while the client connects; a server that greets in time is never asked.
import type { NetworkAddress, Socket } from '../../ports/network.ts';
import { type Deferred, deferred } from '../deferred.ts';
import type { CliDoors } from '../doors.ts';
import { serverAddress } from './server_address.ts';

/** A server that greets takes a fraction of it. */
const PATIENCE_MS = 300;
const GREETING = 'INFO ';
/** Said at once, without being asked. Behind it the server hangs up. */
const FULL = /^-ERR '(maximum [^']*)'/m;

export class GreetingProbe {
  readonly #refusal: Deferred<Error>;
  readonly #sockets: Set<Socket>;
  readonly #stopTimer: () => void;
  /** Servers that may still be one. */
  #left: number;
  #isStopped: boolean;

  constructor(servers: readonly string[], { clock, network }: Pick<CliDoors, 'clock' | 'network'>) {
    this.#refusal = deferred();
    this.#sockets = new Set();
    this.#left = servers.length;
    this.#isStopped = false;
    const timer = clock.after(PATIENCE_MS, () => {
      for (const server of servers) void this.#look(serverAddress(server), network);
    });
    this.#stopTimer = () => timer.cancel();
  }

  /** Resolves when none of the servers will do, with what the last one says; never otherwise. */
  get refusal(): Promise<Error> {
    return this.#refusal.promise;
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
        const refusal = refusalIn(begun);
        if (refusal === null) return;
        socket.destroy();
        if (--this.#left === 0) this.#refusal.resolve(refusal);
      },
      onWritten: () => undefined,
      onClose: () => this.#sockets.delete(socket),
    });
  }
}

/** Null while it may still be a server that lets us in. */
function refusalIn(begun: string): Error | null {
  const [, full] = FULL.exec(begun) ?? [];
  if (full !== undefined) return new Error(full);
  const isGreeting = begun.startsWith(GREETING) || GREETING.startsWith(begun) || /^-(?:E|$)/.test(begun);
  return isGreeting ? null : new Error('unexpected response');
}
