// The real server, composed as a program composes it, from the text of a configuration file; beneath it nothing but
// memory. Time stands still, and a turn of the loop is a call: fast enough for a million messages.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { Contrail } from '../../src/app/compose.ts';
import { SILENT_LOGGER } from '../../src/base/log.ts';
import { parsed, refused } from '../../src/base/parsed.ts';
import { Prng } from '../../src/base/prng.ts';
import { type ConfigSource, EMPTY_WORLD } from '../../src/config/config_source.ts';
import { readConfiguration } from '../../src/config/configuration.ts';
import { type Options, optionsOf } from '../../src/config/options.ts';
import { emptyDraft } from '../../src/config/options_draft.ts';
import type { Clock, Timer } from '../../src/ports/clock.ts';
import type { Listener, Network, NetworkAddress, Socket } from '../../src/ports/network.ts';
import { Life } from '../../src/sim/life.ts';
import { Scheduler } from '../../src/sim/scheduler.ts';
import { FakeSocket } from '../../src/sim/server_world.ts';
import { SimDisk } from '../../src/sim/sim_disk.ts';
import { SimHost } from '../../src/sim/sim_host.ts';
import { SimPasswordChecker } from '../../src/sim/sim_password_checker.ts';
import {
  configText,
  type Delivery,
  type ErrorLine,
  type Observation,
  readReceived,
  type Scenario,
} from './scenario.ts';

/** Rounds of one turn's end; more are a server that never comes to rest. */
const ROUNDS_MAX = 100;

class StillClock implements Clock {
  #turnEnd: (() => void)[] = [];
  #soon: (() => void)[] = [];

  monotonicMs(): number {
    return 1_000;
  }

  realtimeMs(): number {
    return 1_800_000_000_000;
  }

  after(delayMs: number, callback: () => void): Timer {
    let isCancelled = false;
    if (delayMs <= 0) this.#soon.push(() => (isCancelled ? undefined : callback()));
    return {
      cancel: () => {
        isCancelled = true;
      },
    };
  }

  atTurnEnd(callback: () => void): void {
    this.#turnEnd.push(callback);
  }

  /** Everything that is due. */
  settle(): void {
    for (let round = 0; this.#turnEnd.length + this.#soon.length > 0; round++) {
      assert.ok(round < ROUNDS_MAX, 'the server comes to rest');
      const due = this.#turnEnd.length > 0 ? this.#turnEnd : this.#soon;
      if (due === this.#turnEnd) this.#turnEnd = [];
      else this.#soon = [];
      for (const callback of due) callback();
    }
  }
}

class MemoryNetwork implements Network {
  accept: (socket: Socket) => void = () => undefined;

  listen(address: NetworkAddress, onConnection: (socket: Socket) => void): Promise<Listener> {
    this.accept = onConnection;
    return Promise.resolve({ address, close: () => undefined });
  }

  tls(): never {
    throw new Error('nobody reads certificates here');
  }

  dial(): Promise<Socket> {
    return Promise.reject(new Error('nobody dials here'));
  }
}

/** One file, no environment. */
function sourceOf(text: string): ConfigSource {
  return {
    ...EMPTY_WORLD,
    readFile: (path) => (path.endsWith('oracle.conf') ? parsed(new TextEncoder().encode(text)) : refused(`no ${path}`)),
    sha256: (content) => createHash('sha256').update(content).digest('hex'),
  };
}

function optionsIn(scenario: Scenario): Options {
  const draft = emptyDraft();
  const { findings } = readConfiguration('/oracle.conf', draft, sourceOf(configText(scenario)));
  assert.deepEqual([...findings.errors, ...findings.unsupported], [], configText(scenario));
  return optionsOf(draft, null, null);
}

export class CoreWorld {
  readonly #clock: StillClock;
  readonly #network: MemoryNetwork;
  readonly #contrail: Contrail;
  readonly #sockets: FakeSocket[] = [];

  private constructor(clock: StillClock, network: MemoryNetwork, contrail: Contrail) {
    this.#clock = clock;
    this.#network = network;
    this.#contrail = contrail;
  }

  static async start(scenario: Scenario, seed: number): Promise<CoreWorld> {
    const scheduler = new Scheduler({ seed });
    const life = new Life('oracle');
    const clock = new StillClock();
    const network = new MemoryNetwork();
    const random = new Prng(seed);
    const doors = {
      clock,
      network,
      disk: new SimDisk({ scheduler, life }),
      entropy: { fill: (bytes: Uint8Array) => random.fill(bytes) },
      host: new SimHost({ scheduler, life }),
      passwords: new SimPasswordChecker(clock),
      log: SILENT_LOGGER,
      http: null,
    };
    const contrail = await Contrail.start(doors, optionsIn(scenario));
    return new CoreWorld(clock, network, contrail);
  }

  /** From now on the configuration is that of this scenario. Who may stay stays. */
  async reload(scenario: Scenario): Promise<void> {
    this.#contrail.reconfigure(optionsIn(scenario));
    await this.#contrail.reauthorize();
  }

  /** A client that says this first. */
  connect(lines: string): void {
    const socket = new FakeSocket(50_000 + this.#sockets.length, '127.0.0.1');
    this.#sockets.push(socket);
    this.#network.accept(socket);
    socket.send(lines);
  }

  /** Everybody goes. */
  leave(): void {
    for (const socket of this.#sockets.splice(0)) socket.hangUp();
  }

  send(client: number, lines: string): void {
    (this.#sockets[client] as FakeSocket).send(lines);
  }

  /** What everybody got since it was asked last. */
  observe(): Observation {
    this.#clock.settle();
    const deliveries: Delivery[] = [];
    const errors: ErrorLine[] = [];
    this.#sockets.forEach((socket, client) => {
      if (socket.received !== '') readReceived(client, socket.take(), deliveries, errors);
    });
    return { deliveries, errors };
  }

  stop(): Promise<void> {
    return this.#contrail.stop();
  }
}
