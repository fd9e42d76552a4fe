import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SimDoors, SimServer, SimServerFactory } from './machine.ts';
import { World } from './world.ts';

const DONE: SimServer = { stop: async () => {} };

/** A world whose server does `body` and is up. */
function worldOf(body: (doors: SimDoors) => Promise<unknown>, seed = 1): World {
  const factory: SimServerFactory = async (doors) => {
    await body(doors);
    return DONE;
  };
  return new World({ seed, factory });
}

test('World.start() waits until the server is up, and throws what it failed with', async () => {
  const world = worldOf((doors) => doors.disk.makeDirectory('/data/x'));
  assert.equal(await world.start('A'), true);
  assert.equal(world.machine('A').state, 'up');
  assert.ok(world.scheduler.nowMs > 0);
  const broken = worldOf((doors) => doors.disk.open('/none', 'read'));
  await assert.rejects(broken.start('A'), { code: 'DISK_NOT_FOUND' });
  assert.equal(broken.machine('A').state, 'down');
});

test('World.start() says when the server died on the way', async () => {
  const world = worldOf((doors) => doors.disk.makeDirectory('/data/x'));
  world.machine('A').crashAt(0, 'power');
  assert.equal(await world.start('A'), false);
  assert.equal(await world.start('A'), true);
});

test('World.crash() loses what was not synced with the power, and only the process with a kill', async () => {
  const outcomes = { power: new Set<boolean>(), kill: new Set<boolean>() };
  for (const kind of ['power', 'kill'] as const) {
    for (let seed = 0; seed < 20; seed++) {
      const world = worldOf((doors) => doors.disk.open('/data/a', 'write'), seed);
      await world.start('A');
      world.crash('A', kind);
      outcomes[kind].add(world.machine('A').disk.peek('/data/a') !== null);
      assert.equal(await world.restart('A'), true);
    }
  }
  assert.deepEqual(outcomes, { power: new Set([true, false]), kill: new Set([true]) });
});

test('World: what a dead server still does reaches nobody', async () => {
  const seen: string[] = [];
  const world = worldOf(async (doors) => {
    const { pid } = doors.host;
    doors.clock.after(10, () => seen.push(`timer of ${pid}`));
    await doors.disk.stat('/data');
    seen.push(`disk of ${pid}`);
  });
  await world.start('A');
  await world.restart('A');
  await world.advance(100);
  assert.deepEqual(seen, ['disk of 100', 'disk of 101', 'timer of 101']);
});

test('World.stop() ends in order, and finds a file left open', async () => {
  const world = worldOf((doors) => doors.disk.makeDirectory('/data/x'));
  await world.start('A');
  await world.stop('A');
  assert.equal(world.machine('A').state, 'down');
  const leaky = worldOf((doors) => doors.disk.open('/data/a', 'write'));
  await leaky.start('A');
  await assert.rejects(leaky.stop('A'), /'A' stopped with files open: \/data\/a/);
});

test('World: a server that exits is down, and its wall clock stays as it was set', async () => {
  const seen: number[] = [];
  const world = worldOf(async (doors) => {
    seen.push(doors.clock.realtimeMs());
    doors.host.onSignal('SIGTERM', () => doors.host.exit(0));
  });
  world.machine('A').wall.jump(3_600_000);
  await world.start('A');
  world.machine('A').host?.signal('SIGTERM');
  await world.runUntil(() => world.machine('A').state === 'down');
  await world.start('A');
  assert.ok((seen[1] ?? 0) >= (seen[0] ?? 0));
});

test('World.partition() keeps a client from its server until heal()', async () => {
  const world = worldOf((doors) => doors.network.listen({ host: '0.0.0.0', port: 4222 }, (socket) => socket.end()));
  await world.start('A');
  const { network } = world.client('client');
  world.partition(['A'], ['client']);
  await assert.rejects(world.settle(network.dial({ host: 'A', port: 4222 })), { code: 'LINK_REFUSED' });
  world.heal();
  await world.settle(network.dial({ host: 'A', port: 4222 }));
});
