// The network between the hosts of a simulated world: names, listeners, connections, and what goes wrong with them.
// host() gives one life of one server its door (ports/network.ts); tests and the world use the rest.
//
// The fault model: parcels take a random time; bytes arrive cut and joined anywhere, but on a living connection all of
// them, in order. A partition holds everything back until it heals (as TCP does, which keeps trying) and refuses dialing
// after a while. A connection may break: what was not read is gone, on both sides. A killed process closes its
// connections; a host without power is silent, and forgets them.
import { OperatingError } from '../base/errors.ts';
import type { Listener, Network, NetworkAddress, Socket } from '../ports/network.ts';
import type { Surroundings } from './_sim_socket.ts';
import { SimSocket } from './_sim_socket.ts';
import type { Life } from './life.ts';
import type { Scheduler } from './scheduler.ts';
import type { SimRandom } from './sim_random.ts';

export interface NetworkFaults {
  /** How long a parcel is on its way, milliseconds. */
  readonly delayMs: readonly [number, number];
  /** That a parcel waits `stallMs` more. */
  readonly stallChance: number;
  readonly stallMs: readonly [number, number];
  /** That the connection breaks with a parcel. */
  readonly breakChance: number;
}

export interface SimNetworkOptions {
  readonly scheduler: Scheduler;
  readonly faults?: Partial<NetworkFaults>;
  /** Bytes on the way to one end of a connection, or there and not read. */
  readonly windowBytes?: number;
  readonly chunkBytesMax?: number;
}

const FAULTS_DEFAULT: NetworkFaults = { delayMs: [0.05, 0.5], stallChance: 0, stallMs: [10, 500], breakChance: 0 };
const WINDOW_DEFAULT_BYTES = 256 * 1024;
const CHUNK_DEFAULT_BYTES = 64 * 1024;
/** How long dialing is tried where nothing gets through. */
const DIAL_TIMEOUT_MS = 5_000;
const LOCAL_NAMES: ReadonlySet<string> = new Set(['', '0.0.0.0', '::', 'localhost', '127.0.0.1', '::1']);
const FIRST_FREE_PORT = 30_000;

interface Listening {
  readonly life: Life;
  readonly onConnection: (socket: Socket) => void;
}

export class SimNetwork {
  readonly #scheduler: Scheduler;
  readonly #random: SimRandom;
  readonly #around: Surroundings;
  /** By `host:port`. */
  readonly #listeners: Map<string, Listening>;
  /** Ends that may still have to do with each other. */
  #sockets: SimSocket[];
  /** `from>to` pairs that nothing passes. */
  readonly #blocked: Set<string>;
  readonly #unpowered: Set<string>;
  #faults: NetworkFaults;
  #nextPort: number;

  constructor(options: SimNetworkOptions) {
    this.#scheduler = options.scheduler;
    this.#random = options.scheduler.random.fork('network');
    this.#listeners = new Map();
    this.#sockets = [];
    this.#blocked = new Set();
    this.#unpowered = new Set();
    this.#faults = { ...FAULTS_DEFAULT, ...options.faults };
    this.#nextPort = FIRST_FREE_PORT;
    this.#around = {
      scheduler: options.scheduler,
      random: this.#random,
      windowBytes: options.windowBytes ?? WINDOW_DEFAULT_BYTES,
      chunkBytesMax: options.chunkBytesMax ?? CHUNK_DEFAULT_BYTES,
      delayMs: () => this.#delayMs(),
      isBlocked: (from, to) => this.#blocked.has(`${from}>${to}`),
      isUp: (host) => !this.#unpowered.has(host),
      breaks: () => this.#faults.breakChance > 0 && this.#random.chance(this.#faults.breakChance),
    };
  }

  // --- for tests and the world -------------------------------------------------------------------------------------

  /** The door of one life on a host. Its power is on from now. */
  host(name: string, life: Life): Network {
    this.#unpowered.delete(name);
    this.#retry();
    life.whenOver(() => this.#lifeOver(name, life));
    return {
      listen: (address, onConnection) => this.#listen(name, life, address, onConnection),
      dial: (address) => this.#dial(name, life, address),
      tls: () => {
        throw new OperatingError('TLS_UNAVAILABLE', 'The simulated network has no TLS');
      },
    };
  }

  setFaults(faults: Partial<NetworkFaults>): void {
    this.#faults = { ...this.#faults, ...faults };
  }

  /** Nothing gets from one host to the other; the way back may be open. */
  block(from: string, to: string): void {
    this.#blocked.add(`${from}>${to}`);
  }

  /** Splits hosts into groups that hear nothing of each other. */
  partition(groups: readonly (readonly string[])[]): void {
    for (const group of groups) {
      for (const other of groups) {
        if (other === group) continue;
        for (const from of group) for (const to of other) this.block(from, to);
      }
    }
  }

  /** Ends every block: what was held back gets through. */
  heal(): void {
    this.#blocked.clear();
    this.#retry();
  }

  /** Breaks all connections between two hosts. */
  breakBetween(one: string, other: string): void {
    for (const socket of this.#living()) {
      if (socket.hostName === one && socket.remote.host === other) socket.break();
    }
  }

  /** From now on nobody on this host answers, not even its kernel. Say so before ending the life. */
  cutPower(name: string): void {
    this.#unpowered.add(name);
  }

  get connections(): number {
    return this.#living().length / 2;
  }

  #retry(): void {
    for (const socket of this.#sockets) socket.retry();
  }

  #living(): readonly SimSocket[] {
    return this.#sockets.filter((socket) => !socket.isClosed && !socket.life.isOver);
  }

  #lifeOver(name: string, life: Life): void {
    for (const [key, listening] of this.#listeners) if (listening.life === life) this.#listeners.delete(key);
    if (this.#unpowered.has(name)) return;
    for (const socket of this.#sockets) if (socket.life === life) socket.abort();
  }

  #delayMs(): number {
    const { delayMs, stallChance, stallMs } = this.#faults;
    const stall = stallChance > 0 && this.#random.chance(stallChance) ? this.#random.within(stallMs) : 0;
    return this.#random.within(delayMs) + stall;
  }

  // --- ports/network.ts --------------------------------------------------------------------------------------------

  #listen(
    name: string,
    life: Life,
    address: NetworkAddress,
    onConnection: (socket: Socket) => void,
  ): Promise<Listener> {
    return this.#later(life, 'net listen', () => {
      if (!LOCAL_NAMES.has(address.host) && address.host !== name) {
        throw listenRefusal('NETWORK_ADDRESS_UNAVAILABLE', address, 'address not available');
      }
      const port = address.port === 0 ? this.#nextPort++ : address.port;
      const key = `${name}:${port}`;
      if (this.#listeners.has(key)) throw listenRefusal('NETWORK_ADDRESS_IN_USE', address, 'address already in use');
      const listening = { life, onConnection };
      this.#listeners.set(key, listening);
      const close = () => {
        if (this.#listeners.get(key) === listening) this.#listeners.delete(key);
      };
      return { address: { host: address.host, port }, close };
    });
  }

  async #dial(name: string, life: Life, address: NetworkAddress): Promise<Socket> {
    const target = LOCAL_NAMES.has(address.host) ? name : address.host;
    const isReached = () => this.#around.isUp(target) && !this.#isApart(name, target);
    if (!isReached()) await this.#wait(life, DIAL_TIMEOUT_MS);
    else await this.#wait(life, this.#delayMs());
    const listening = this.#listeners.get(`${target}:${address.port}`);
    if (!isReached() || listening === undefined) {
      const message = `Cannot connect to ${address.host}:${address.port}: connection refused`;
      throw new OperatingError('LINK_REFUSED', message, { context: { ...address } });
    }
    const socket = this.#connect(name, life, { host: target, port: address.port }, listening);
    await this.#wait(life, this.#delayMs());
    return socket;
  }

  #isApart(one: string, other: string): boolean {
    return this.#around.isBlocked(one, other) || this.#around.isBlocked(other, one);
  }

  #connect(name: string, life: Life, target: NetworkAddress, listening: Listening): SimSocket {
    const own = { host: name, port: this.#nextPort++ };
    const dialing = new SimSocket(this.#around, life, name, own, target);
    const accepted = new SimSocket(this.#around, listening.life, target.host, target, own);
    dialing.join(accepted);
    this.#sockets = this.#sockets.filter((socket) => !socket.isFinished);
    this.#sockets.push(dialing, accepted);
    listening.onConnection(accepted);
    return dialing;
  }

  #wait(life: Life, delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.#scheduler.after(delayMs, life, 'net dial', resolve);
    });
  }

  #later<T>(life: Life, what: string, act: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#scheduler.after(0, life, what, () => {
        try {
          resolve(act());
        } catch (error) {
          reject(error);
        }
      });
    });
  }
}

function listenRefusal(
  code: 'NETWORK_ADDRESS_IN_USE' | 'NETWORK_ADDRESS_UNAVAILABLE',
  address: NetworkAddress,
  why: string,
): OperatingError {
  const message = `Cannot listen on ${address.host}:${address.port}: ${why}`;
  return new OperatingError(code, message, { context: { ...address } });
}
