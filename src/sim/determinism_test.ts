// The test that guards all others of the simulator: one seed, one run, to the byte.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DiskFile } from '../ports/disk.ts';
import type { Socket } from '../ports/network.ts';
import type { SimDoors, SimServer, SimServerOptions } from './machine.ts';
import { Trace } from './trace.ts';
import { World } from './world.ts';

/** Echoes every line once it is on disk, with a number that goes on over restarts; says its random name first. */
class LineServer implements SimServer {
  readonly #doors: SimDoors;
  readonly #file: DiskFile;
  #length: number;

  constructor(doors: SimDoors, file: DiskFile, length: number) {
    this.#doors = doors;
    this.#file = file;
    this.#length = length;
  }

  static async start(doors: SimDoors, options: SimServerOptions): Promise<SimServer> {
    const path = `${options.storeDirectory}/lines`;
    const file = await doors.disk.open(path, 'write');
    await doors.disk.syncDirectory(options.storeDirectory);
    const server = new LineServer(doors, file, (await doors.disk.readFile(path)).length);
    await doors.network.listen({ host: '0.0.0.0', port: options.port }, (socket) => server.#serve(socket));
    return server;
  }

  #serve(socket: Socket): void {
    const name = new Uint8Array(8);
    this.#doors.entropy.fill(name);
    let line = '';
    const onData = (chunk: Uint8Array) => {
      line += Buffer.from(chunk).toString('latin1');
      const lines = line.split('\n');
      line = lines.pop() ?? '';
      for (const each of lines) this.#keep(`${each}\n`, (at) => socket.write([Buffer.from(`${at} ${each}\n`)], 1));
    };
    socket.attach({ onData, onWritten: () => {}, onClose: () => {} });
    socket.write([name], 1);
  }

  #keep(line: string, kept: (at: number) => void): void {
    const at = this.#length;
    this.#length += line.length;
    this.#file.write(Buffer.from(line), at, () => {
      this.#doors.clock.atTurnEnd(() => this.#file.sync((error) => (error === null ? kept(at) : undefined)));
    });
  }

  async stop(): Promise<void> {
    await new Promise((resolve) => this.#file.close(resolve));
  }
}

/** Several clients talk, the server crashes a few times. Returns the whole trace. */
async function run(seed: number): Promise<string> {
  const world = new World({
    seed,
    factory: LineServer.start,
    trace: new Trace(100_000),
    network: { stallChance: 0.05 },
  });
  const random = world.random('test');
  await world.start('A');
  for (let round = 0; round < 4; round++) {
    for (let index = 0; index < 3; index++) {
      const { network } = world.client(`client ${round}.${index}`);
      const socket = await world.settle(network.dial({ host: 'A', port: 4222 }));
      socket.attach({ onData: () => {}, onWritten: () => {}, onClose: () => {} });
      for (let line = 0; line < 10; line++) socket.write([Buffer.from(`line ${round}.${index}.${line}\n`)], 1);
    }
    await world.advance(random.within([0, 5]));
    world.crash('A', random.pick(['power', 'kill']));
    await world.restart('A');
  }
  await world.stop('A');
  return `${world.trace.lines().join('\n')}\n${Buffer.from(world.machine('A').disk.peek('/data/lines') ?? []).toString()}`;
}

test('simulator: the same seed gives the same run to the byte', async () => {
  for (const seed of [1, 2, 3]) assert.equal(await run(seed), await run(seed));
});

test('simulator: different seeds give different runs', async () => {
  const runs = new Set<string>();
  for (let seed = 0; seed < 10; seed++) runs.add(await run(seed));
  assert.equal(runs.size, 10);
});

test('simulator: a run does not depend on what else the process does', async () => {
  const alone = await run(7);
  // Two worlds in turns, with real timers in between.
  const noise = setInterval(() => {}, 0);
  const [first, second] = await Promise.all([run(7), run(7)]);
  clearInterval(noise);
  assert.equal(first, alone);
  assert.equal(second, alone);
});
