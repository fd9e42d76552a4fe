// A simulated world: machines with servers on them, client hosts, the network between, one seed. Tests and workloads
// drive it; the servers see only their doors. What they are made of is the factory's, given from outside.
import type { Clock } from '../ports/clock.ts';
import type { Network } from '../ports/network.ts';
import { Life } from './life.ts';
import type { CrashKind, SimServerFactory } from './machine.ts';
import { Machine } from './machine.ts';
import type { RunLimits, TieOrder } from './scheduler.ts';
import { Scheduler } from './scheduler.ts';
import { SimClock } from './sim_clock.ts';
import type { SimDiskOptions } from './sim_disk.ts';
import type { NetworkFaults } from './sim_network.ts';
import { SimNetwork } from './sim_network.ts';
import type { SimRandom } from './sim_random.ts';
import type { Trace } from './trace.ts';

export interface WorldOptions {
  readonly seed: number;
  readonly factory: SimServerFactory;
  readonly ties?: TieOrder;
  readonly trace?: Trace;
  readonly disk?: Partial<SimDiskOptions>;
  readonly network?: Partial<NetworkFaults>;
}

/** What a client on a host of its own sees. */
export interface ClientDoors {
  readonly name: string;
  readonly network: Network;
  readonly clock: Clock;
  readonly life: Life;
}

export class World {
  readonly scheduler: Scheduler;
  readonly network: SimNetwork;
  readonly #options: WorldOptions;
  readonly #machines: Map<string, Machine>;

  constructor(options: WorldOptions) {
    const { seed, ties, trace } = options;
    this.scheduler = new Scheduler({ seed, ...(ties && { ties }), ...(trace && { trace }) });
    this.network = new SimNetwork({ scheduler: this.scheduler, ...(options.network && { faults: options.network }) });
    this.#options = options;
    this.#machines = new Map();
  }

  get seed(): number {
    return this.#options.seed;
  }

  get trace(): Trace {
    return this.scheduler.trace;
  }

  /** A stream of random numbers for whoever drives this world. */
  random(name: string): SimRandom {
    return this.scheduler.random.fork(`driver ${name}`);
  }

  /** The machine of that name, made when it is new. */
  machine(name: string): Machine {
    let machine = this.#machines.get(name);
    if (machine === undefined) {
      const { factory, disk } = this.#options;
      const { scheduler, network } = this;
      machine = new Machine({ name, scheduler, network, factory, ...(disk && { disk }) });
      this.#machines.set(name, machine);
    }
    return machine;
  }

  /** A host for a client, which never crashes. */
  client(name: string): ClientDoors {
    const life = new Life(name);
    const clock = new SimClock({ scheduler: this.scheduler, life });
    return { name, life, clock, network: this.network.host(name, life) };
  }

  /** Starts a server and waits until it is up. False when it died on the way (a crash that was asked for). */
  async start(name: string, limits?: RunLimits): Promise<boolean> {
    const machine = this.machine(name);
    machine.start();
    await this.runUntil(() => machine.state !== 'starting', limits);
    throwFailure(machine);
    return machine.state === 'up';
  }

  /** Stops a server in order. False when it died on the way. */
  async stop(name: string, limits?: RunLimits): Promise<void> {
    const machine = this.machine(name);
    machine.stop();
    await this.runUntil(() => machine.state === 'down', limits);
    throwFailure(machine);
  }

  crash(name: string, kind: CrashKind): void {
    this.machine(name).crash(kind);
  }

  async restart(name: string, limits?: RunLimits): Promise<boolean> {
    if (this.machine(name).state !== 'down') this.crash(name, 'kill');
    return this.start(name, limits);
  }

  partition(...groups: readonly (readonly string[])[]): void {
    this.scheduler.note('-', `partition ${groups.map((group) => group.join(',')).join(' | ')}`);
    this.network.partition(groups);
  }

  heal(): void {
    this.scheduler.note('-', 'heal');
    this.network.heal();
  }

  advance(durationMs: number): Promise<void> {
    return this.scheduler.advance(durationMs);
  }

  runUntil(condition: () => boolean, limits?: RunLimits): Promise<void> {
    return this.scheduler.runUntil(condition, limits);
  }

  settle<T>(promise: Promise<T>, limits?: RunLimits): Promise<T> {
    return this.scheduler.settle(promise, limits);
  }
}

function throwFailure(machine: Machine): void {
  const failure = machine.takeFailure();
  if (failure !== null) throw failure;
}
