import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Logger } from '../base/log.ts';
import { SILENT_LOGGER } from '../base/log.ts';
import { ServerWorld } from '../sim/server_world.ts';

const TIMES = { gracePeriodMs: 10_000, durationMs: 120_000 };

function logInto(lines: string[]): Logger {
  return { ...SILENT_LOGGER, info: (text) => lines.push(text) };
}

test('lame duck mode tells clients that listen for it, once, and serves them during the grace period', async () => {
  const world = await new ServerWorld().start();
  const client = await world.connect({ protocol: 1 });
  const old = await world.connect();
  client.send('SUB foo 1\r\nPING\r\n');
  old.send('PING\r\n');
  await world.turn();
  client.take();
  old.take();
  world.server.beginLameDuck();
  world.server.dismissClients(TIMES, () => undefined);
  await world.turn();
  assert.match(client.take(), /^INFO \{.*"ldm":true.*\} \r\n$/);
  assert.equal(old.take(), '');
  assert.equal(world.server.info.isLameDuck, false);
  await world.advance(9_000);
  old.send('PUB foo 1\r\nx\r\n');
  await world.turn();
  assert.equal(client.take(), 'PING\r\nMSG foo 1 1\r\nx\r\n');
});

test('lame duck mode lets nobody in, and begins once', async () => {
  const lines: string[] = [];
  const world = await new ServerWorld({}, undefined, logInto(lines)).start();
  await world.connect();
  assert.equal(world.server.isLameDuck, false);
  assert.equal(world.server.beginLameDuck(), true);
  assert.equal(world.server.isLameDuck, true);
  assert.equal(world.server.beginLameDuck(), false);
  assert.deepEqual(lines, ['Entering lame duck mode, stop accepting new clients']);
  const late = world.dial();
  await world.turn();
  assert.equal(late.isDestroyed, true);
});

test('lame duck mode closes clients one after the other, at most a second apart', async () => {
  const lines: string[] = [];
  const world = await new ServerWorld({}, undefined, logInto(lines)).start();
  for (let i = 0; i < 4; i++) await world.connect();
  let isOver = false;
  world.server.beginLameDuck();
  world.server.dismissClients(TIMES, () => {
    isOver = true;
  });
  await world.advance(9_990);
  assert.equal(world.server.connections.size, 4);
  await world.advance(20);
  assert.deepEqual(lines.slice(1), ['Closing existing clients']);
  assert.equal(world.server.connections.size, 3);
  await world.advance(480);
  assert.equal(world.server.connections.size, 3);
  await world.advance(3_100);
  assert.equal(world.server.connections.size, 0);
  assert.equal(isOver, true);
});

test('lame duck mode is through with many clients within its duration', async () => {
  const world = await new ServerWorld().start();
  for (let i = 0; i < 200; i++) world.dial();
  await world.turn();
  let isOver = false;
  world.server.beginLameDuck();
  world.server.dismissClients({ gracePeriodMs: 1_000, durationMs: 2_000 }, () => {
    isOver = true;
  });
  await world.advance(1_400);
  assert.ok(world.server.connections.size < 150 && world.server.connections.size > 10);
  assert.equal(isOver, false);
  await world.advance(700);
  assert.equal(isOver, true);
});

test('lame duck mode is over at once where nobody is there, and not at all where the server was stopped', async () => {
  const world = await new ServerWorld().start();
  let count = 0;
  const over = () => count++;
  world.server.beginLameDuck();
  world.server.dismissClients(TIMES, over);
  assert.equal(count, 1);
  const other = await new ServerWorld().start();
  await other.connect();
  other.server.beginLameDuck();
  other.server.dismissClients(TIMES, over);
  other.server.stop();
  await other.advance(200_000);
  assert.equal(count, 1);
});
