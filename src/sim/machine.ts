// One simulated machine with one server on it: the disk and the wall clock stay, lives come and go. Decides what a crash
// leaves; the world decides when.
import type { Logger } from '../base/log.ts';
import type { Clock } from '../ports/clock.ts';
import type { Disk } from '../ports/disk.ts';
import type { Entropy } from '../ports/entropy.ts';
import type { Host } from '../ports/host.ts';
import type { Network } from '../ports/network.ts';
import { Life } from './life.ts';
import type { Scheduler } from './scheduler.ts';
import { SimClock, WallClock } from './sim_clock.ts';
import type { SimDiskOptions } from './sim_disk.ts';
import { SimDisk } from './sim_disk.ts';
import { SimEntropy } from './sim_entropy.ts';
import { SimHost } from './sim_host.ts';
import { SimLog } from './sim_log.ts';
import type { SimNetwork } from './sim_network.ts';
import type { SimRandom } from './sim_random.ts';

/** Everything a server sees of the world. */
export interface SimDoors {
  readonly clock: Clock;
  readonly network: Network;
  readonly disk: Disk;
  readonly entropy: Entropy;
  readonly host: Host;
  readonly log: Logger;
}

export interface SimServerOptions {
  readonly name: string;
  /** Where clients connect. */
  readonly port: number;
  readonly storeDirectory: string;
}

export interface SimServer {
  /** Ends it in order; afterwards no file is open. */
  stop(): Promise<void>;
}

/** Resolves when the server accepts clients. app/compose.ts gives the real one, tests give toys. */
export type SimServerFactory = (doors: SimDoors, options: SimServerOptions) => Promise<SimServer>;

/** `power`: the machine loses what was not synced, and is silent. `kill`: only the process ends, as by kill -9. */
export type CrashKind = 'power' | 'kill';

export type MachineState = 'down' | 'starting' | 'up' | 'stopping';

export const SERVER_PORT = 4222;
export const STORE_DIRECTORY = '/data';

export interface MachineParts {
  readonly name: string;
  readonly scheduler: Scheduler;
  readonly network: SimNetwork;
  readonly factory: SimServerFactory;
  readonly disk?: Partial<SimDiskOptions>;
}

export class Machine {
  readonly name: string;
  readonly wall: WallClock;
  readonly #parts: MachineParts;
  readonly #random: SimRandom;
  #disk: SimDisk;
  #life: Life;
  #host: SimHost | null;
  #log: SimLog | null;
  #server: SimServer | null;
  #state: MachineState;
  /** How the present life ends if it ends by itself, or how the last one ended. */
  #crashKind: CrashKind;
  #failure: unknown;

  constructor(parts: MachineParts) {
    this.name = parts.name;
    this.wall = new WallClock();
    this.#parts = parts;
    this.#random = parts.scheduler.random.fork(`machine ${parts.name}`);
    this.#life = new Life(parts.name, 100);
    this.#disk = new SimDisk({ ...parts.disk, scheduler: parts.scheduler, life: this.#life });
    this.#disk.plantDirectory(STORE_DIRECTORY);
    this.#host = null;
    this.#log = null;
    this.#server = null;
    this.#state = 'down';
    this.#crashKind = 'kill';
    this.#failure = null;
  }

  get state(): MachineState {
    return this.#state;
  }

  /** The disk of the present life, or of the next one while the machine is down. */
  get disk(): SimDisk {
    return this.#disk;
  }

  get host(): SimHost | null {
    return this.#host;
  }

  /** Warnings and errors of the present life. */
  get complaints(): readonly string[] {
    return this.#log?.complaints ?? [];
  }

  /** Why the server did not start, or null. Taken once. */
  takeFailure(): unknown {
    const failure = this.#failure;
    this.#failure = null;
    return failure;
  }

  /** Starts the server; the state tells when it is up. */
  start(): void {
    if (this.#state !== 'down') throw new Error(`Cannot start '${this.name}': it is ${this.#state}`);
    const { scheduler, network, factory } = this.#parts;
    const life = this.#life;
    this.#state = 'starting';
    // Before the network listens to it: whether the power goes must be known when the connections end.
    life.whenOver(() => this.#over());
    this.#host = new SimHost({ scheduler, life });
    this.#log = new SimLog(scheduler, life);
    scheduler.note(this.name, `start ${life.pid}`);
    const doors: SimDoors = {
      clock: new SimClock({ scheduler, life, wall: this.wall }),
      network: network.host(this.name, life),
      disk: this.#disk,
      entropy: new SimEntropy(scheduler, life),
      host: this.#host,
      log: this.#log,
    };
    const options = { name: this.name, port: SERVER_PORT, storeDirectory: STORE_DIRECTORY };
    factory(doors, options).then(
      (server) => this.#started(life, server),
      (error: unknown) => this.#notStarted(life, error),
    );
  }

  #started(life: Life, server: SimServer): void {
    if (life.isOver) return;
    this.#server = server;
    this.#state = 'up';
    this.#parts.scheduler.note(this.name, 'up');
  }

  #notStarted(life: Life, error: unknown): void {
    if (life.isOver) return;
    this.#failure = error;
    life.end();
  }

  /** Stops the server in order; the state tells when it is down. */
  stop(): void {
    const server = this.#server;
    if (this.#state !== 'up' || server === null) throw new Error(`Cannot stop '${this.name}': it is ${this.#state}`);
    this.#state = 'stopping';
    this.#crashKind = 'kill';
    const life = this.#life;
    server.stop().then(
      () => {
        if (!life.isOver && this.#disk.openPaths.length > 0) {
          this.#failure = new Error(`'${this.name}' stopped with files open: ${this.#disk.openPaths.join(', ')}`);
        }
        life.end();
      },
      (error: unknown) => this.#notStarted(life, error),
    );
  }

  /** Ends the life now. Nothing where it has ended already. */
  crash(kind: CrashKind): void {
    if (this.#state === 'down') return;
    this.#crashKind = kind;
    this.#life.end();
  }

  /** Ends the life when the disk of this life is asked for its operation number `index`. */
  crashAt(index: number, kind: CrashKind): void {
    this.#crashKind = kind;
    this.#disk.crashAt(index);
  }

  /** If the present life ends by itself (the server exits), it takes the power with it, or not. */
  endsWith(kind: CrashKind): void {
    this.#crashKind = kind;
  }

  /** Takes crashAt() and endsWith() back. */
  crashNever(): void {
    this.#disk.crashAt(-1);
    this.#crashKind = 'kill';
  }

  #over(): void {
    const { scheduler, network } = this.#parts;
    scheduler.note(this.name, `over by ${this.#crashKind}`);
    if (this.#crashKind === 'power') network.cutPower(this.name);
    this.#server = null;
    this.#state = 'down';
    const next = new Life(this.name, this.#life.pid + 1);
    this.#life = next;
    const before = this.#disk;
    this.#disk = this.#crashKind === 'power' ? before.crash(this.#random.u32(), next) : before.kill(next);
    this.#crashKind = 'kill';
  }
}
