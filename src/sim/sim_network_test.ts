import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Network, Socket } from '../ports/network.ts';
import { networkContract } from '../ports/network_contract.ts';
import { Life } from './life.ts';
import { Scheduler } from './scheduler.ts';
import { SimNetwork } from './sim_network.ts';

for (const seed of [1, 2, 3]) {
  networkContract(`SimNetwork of seed ${seed}`, () => {
    const scheduler = new Scheduler({ seed });
    const network = new SimNetwork({ scheduler });
    return {
      server: network.host('server', new Life('server')),
      client: network.host('client', new Life('client')),
      listenHost: '0.0.0.0',
      dialHost: 'server',
      foreignHost: '203.0.113.1',
      floodBytes: 1 << 20,
      settle: (promise) => scheduler.settle(promise),
    };
  });
}

/** Two hosts, a connection between them, and what each end heard. */
class Bench {
  readonly scheduler: Scheduler;
  readonly network: SimNetwork;
  readonly serverLife = new Life('server');
  readonly clientLife = new Life('client');
  readonly clientDoor: Network;
  readonly heard: string[] = [];
  client: Socket | null = null;
  server: Socket | null = null;

  constructor(seed = 1) {
    this.scheduler = new Scheduler({ seed });
    this.network = new SimNetwork({ scheduler: this.scheduler });
    this.clientDoor = this.network.host('client', this.clientLife);
  }

  async connect(): Promise<void> {
    const door = this.network.host('server', this.serverLife);
    await this.scheduler.settle(
      door.listen({ host: '0.0.0.0', port: 4222 }, (socket) => {
        this.server = socket;
        this.listen(socket, 'server');
      }),
    );
    this.client = await this.scheduler.settle(this.clientDoor.dial({ host: 'server', port: 4222 }));
    this.listen(this.client, 'client');
  }

  listen(socket: Socket, name: string): void {
    socket.attach({
      onData: (chunk) => this.heard.push(`${name} ${Buffer.from(chunk).toString()}`),
      onWritten: () => {},
      onClose: (error) => this.heard.push(`${name} closed ${error === null ? 'well' : error.message}`),
    });
  }

  /** What was heard in the next second, each line once. */
  async hear(durationMs = 1000): Promise<string[]> {
    this.heard.length = 0;
    await this.scheduler.advance(durationMs);
    return [...new Set(this.heard)].sort();
  }
}

function say(socket: Socket | null, text: string): void {
  socket?.write([Buffer.from(text)], 1);
}

test('SimNetwork cuts and joins what is written anywhere', async () => {
  const sizes = new Set<number>();
  let joined = 0;
  for (let seed = 0; seed < 30; seed++) {
    const bench = new Bench(seed);
    await bench.connect();
    for (let round = 0; round < 20; round++) {
      for (let write = 0; write < 5; write++) say(bench.client, '0123456789');
      await bench.scheduler.advance(1);
    }
    for (const line of bench.heard) {
      const length = line.length - 'server '.length;
      sizes.add(length);
      if (length > 10) joined++;
    }
  }
  assert.ok(sizes.size > 30 && sizes.has(1) && joined > 10);
});

test('SimNetwork holds bytes back in a partition and delivers them when it heals', async () => {
  const bench = new Bench();
  await bench.connect();
  bench.network.partition([['client'], ['server']]);
  say(bench.client, 'x');
  bench.client?.end();
  assert.deepEqual(await bench.hear(), []);
  bench.network.heal();
  assert.deepEqual(await bench.hear(), ['client closed well', 'server closed well', 'server x']);
});

test('SimNetwork.block() is for one direction', async () => {
  const bench = new Bench();
  await bench.connect();
  bench.network.block('client', 'server');
  say(bench.client, 'a');
  say(bench.server, 'b');
  assert.deepEqual(await bench.hear(), ['client b']);
});

test('SimNetwork.dial() into a partition is refused after a while', async () => {
  const bench = new Bench();
  await bench.connect();
  bench.network.partition([['client'], ['server']]);
  const start = bench.scheduler.nowMs;
  const dialed = bench.scheduler.settle(bench.clientDoor.dial({ host: 'server', port: 4222 }));
  await assert.rejects(dialed, { code: 'LINK_REFUSED' });
  assert.ok(bench.scheduler.nowMs - start >= 5000);
});

test('SimNetwork.breakBetween() tells both ends, and loses what was not read', async () => {
  const bench = new Bench();
  await bench.connect();
  say(bench.client, 'lost');
  bench.network.breakBetween('client', 'server');
  const broken = ['client closed read ECONNRESET', 'server closed read ECONNRESET'];
  assert.deepEqual(await bench.hear(), broken);
  assert.equal(bench.network.connections, 0);
});

test('SimNetwork breaks connections by chance', async () => {
  let broken = 0;
  for (let seed = 0; seed < 50; seed++) {
    const bench = new Bench(seed);
    await bench.connect();
    bench.network.setFaults({ breakChance: 0.3 });
    say(bench.client, 'x');
    if ((await bench.hear()).length === 2) broken++;
  }
  assert.ok(broken > 5 && broken < 30);
});

test('SimNetwork closes the connections of a process that was killed', async () => {
  const bench = new Bench();
  await bench.connect();
  bench.serverLife.end();
  assert.deepEqual(await bench.hear(), ['client closed well']);
  await assert.rejects(bench.scheduler.settle(bench.clientDoor.dial({ host: 'server', port: 4222 })), {
    code: 'LINK_REFUSED',
  });
});

test('SimNetwork breaks the connection when what was sent to a process that was killed was not read', async () => {
  const bench = new Bench();
  await bench.connect();
  bench.server?.pause();
  say(bench.client, 'x');
  await bench.hear();
  bench.serverLife.end();
  assert.deepEqual(await bench.hear(), ['client closed read ECONNRESET']);
});

test('SimNetwork is silent about a host without power until it is back', async () => {
  const bench = new Bench();
  await bench.connect();
  bench.network.cutPower('server');
  bench.serverLife.end();
  say(bench.client, 'x');
  assert.deepEqual(await bench.hear(60_000), []);
  bench.network.host('server', new Life('server', 2));
  assert.deepEqual(await bench.hear(), ['client closed read ECONNRESET']);
});

test('SimNetwork frees the port of a life that is over', async () => {
  const bench = new Bench();
  await bench.connect();
  bench.serverLife.end();
  const door = bench.network.host('server', new Life('server', 2));
  await bench.scheduler.settle(door.listen({ host: '0.0.0.0', port: 4222 }, () => {}));
});

test('SimNetwork notices bytes that change before they have left', async () => {
  const bench = new Bench();
  await bench.connect();
  const bytes = Buffer.from('abc');
  bench.client?.write([bytes], 1);
  bytes.write('x');
  await assert.rejects(bench.scheduler.advance(1), /stay unchanged until onWritten/);
});

test('SimNetwork gives the same chunks at the same times for the same seed', async () => {
  const runs = [];
  for (const seed of [5, 5, 6]) {
    const bench = new Bench(seed);
    await bench.connect();
    for (let round = 0; round < 20; round++) say(bench.client, 'some bytes to cut');
    await bench.hear();
    runs.push(bench.scheduler.trace.lines().join('\n'));
  }
  assert.equal(runs[0], runs[1]);
  assert.notEqual(runs[0], runs[2]);
});
