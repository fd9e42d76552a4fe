import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IngestWorld } from './ingest_world.ts';

/** Two messages on `b`, and a store whose removals wait to be durable. */
async function makeWorld(): Promise<{ readonly world: IngestWorld; readonly flushing: (() => void)[] }> {
  const world = new IngestWorld({ rules: { allowsRollup: true } });
  world.send('b', '', '');
  world.send('b', '', '');
  const flushing: (() => void)[] = [];
  world.store.flushing = flushing;
  return { world, flushing };
}

async function settled(flushing: (() => void)[]): Promise<void> {
  for (const flushed of flushing.splice(0)) flushed();
  await Promise.resolve();
  await Promise.resolve();
}

test('a rollup is acknowledged once what it removed is gone for good', async () => {
  const { world, flushing } = await makeWorld();
  assert.deepEqual(world.send('b', '_INBOX.r', 'Nats-Rollup: sub\r\n'), []);
  assert.equal(world.messages, 1);
  await settled(flushing);
  assert.deepEqual(world.answers(), ['{"stream":"S","seq":3}']);
});

test('an atomic batch with a rollup in it is acknowledged once what it removed is gone for good', async () => {
  const { world, flushing } = await makeWorld();
  world.atomic('i', 1, { header: 'Nats-Rollup: sub\r\n' });
  assert.deepEqual(world.atomic('i', 2, { subject: 'c', commit: '1' }), []);
  await settled(flushing);
  assert.deepEqual(world.answers(), ['{"stream":"S","seq":4,"batch":"i","count":2}']);
});

test('a rollup that removes nothing waits for itself alone', async () => {
  const { world, flushing } = await makeWorld();
  assert.deepEqual(world.send('c', '_INBOX.r', 'Nats-Rollup: sub\r\n'), ['{"stream":"S","seq":3}']);
  assert.deepEqual(flushing, []);
});
