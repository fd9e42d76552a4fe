// That disk space comes back: blocks go, or are rewritten, when their messages do; and what may not go stays.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NO_LIMITS } from '../retention.ts';
import { limits, put, readBack } from '../stream_store_contract.ts';
import { SimStorage, STREAM_DIRECTORY } from './sim_storage_contract.ts';

const MESSAGES = `${STREAM_DIRECTORY}/msgs`;

function blocksOf(under: SimStorage): string[] {
  return under.disk.paths().filter((path) => path.startsWith(MESSAGES) && path.endsWith('.blk'));
}

function bytesOf(under: SimStorage): number {
  return blocksOf(under).reduce((sum, path) => sum + (under.disk.peek(path)?.length ?? 0), 0);
}

test('block files go as a limit passes over them', async () => {
  const under = new SimStorage({ blockBytesMax: 2000 });
  await under.open(limits({ messagesMax: 20 }));
  for (let i = 0; i < 500; i++) {
    put(under, 'a', 'x'.repeat(70));
    if (i % 10 === 0) await under.advance(5);
  }
  await under.run(under.store.flush());
  assert.ok(blocksOf(under).length <= 3, `${blocksOf(under).length}`);
  await under.close();
});

test('a queue whose messages are acknowledged in any order keeps its directory small', async () => {
  const under = new SimStorage({ blockBytesMax: 4000 });
  const store = await under.open(NO_LIMITS);
  for (let i = 1; i <= 600; i++) {
    put(under, `w.${i % 3}`, 'x'.repeat(60));
    // One message in fifty stays for good.
    if (i > 20 && (i - 20) % 50 !== 0) store.remove(i - 20, false);
    if (i % 7 === 0) await under.advance(4);
  }
  await under.run(store.flush());
  assert.equal(store.state.messages, 20 + 11);
  assert.ok(blocksOf(under).length <= 18, `${blocksOf(under).length}`);
  await under.restart(NO_LIMITS);
  assert.equal(under.store.state.messages, 20 + 11);
  assert.equal((await readBack(under, 50))?.payload.length, 60);
  await under.close();
});

test('a block that is mostly dead is rewritten, and what is left is read from the new file', async () => {
  const under = new SimStorage({ blockBytesMax: 400_000 });
  const store = await under.open(NO_LIMITS);
  for (let i = 0; i < 600; i++)
    put(under, `s.${i % 10}`, `${i}:`.padEnd(1000, 'x'), i % 2 === 0 ? 'NATS/1.0\r\n\r\n' : '');
  await under.run(store.flush());
  const before = bytesOf(under);
  for (let sequence = 1; sequence <= 600; sequence++) if (sequence % 5 !== 0) store.remove(sequence, false);
  await under.run(store.flush());
  await under.advance(100);
  assert.ok(bytesOf(under) < before * 0.7, `${before} -> ${bytesOf(under)}`);
  for (let round = 0; round < 2; round++) {
    for (let sequence = 5; sequence <= 600; sequence += 5) {
      assert.match((await readBack(under, sequence))?.payload ?? '', new RegExp(`^${sequence - 1}:x`));
    }
    assert.equal(under.store.state.messages, 120);
    await under.restart(NO_LIMITS);
  }
  await under.close();
});

test('tombstones outlive their block as long as what they delete is in another one', async () => {
  const under = new SimStorage({ blockBytesMax: 3000 });
  const store = await under.open(NO_LIMITS);
  for (let i = 0; i < 25; i++) put(under, 'keep', 'x'.repeat(80));
  await under.run(store.flush());
  // Their tombstones stand in later blocks, all of whose own messages go again.
  for (const sequence of [3, 5, 7, 9]) store.remove(sequence, false);
  for (let i = 0; i < 100; i++) put(under, 'gone', 'y'.repeat(80));
  store.purge({ filter: 'gone', sequence: 0, keep: 0 });
  for (let i = 0; i < 40; i++) put(under, 'after', 'z'.repeat(80));
  await under.run(store.flush());
  under.revive(under.disk.crash(7));
  await under.open(NO_LIMITS);
  assert.equal(under.store.state.messages, 21 + 40);
  for (const sequence of [3, 5, 7, 9, 30, 100]) assert.equal(await readBack(under, sequence), null);
  await under.close();
});

test('the last sequence outlives the last message', async () => {
  const under = new SimStorage({ blockBytesMax: 1000 });
  const store = await under.open(limits({ ageMaxNs: 50e6 }));
  for (let i = 0; i < 100; i++) put(under, 'a', 'x'.repeat(50));
  await under.run(store.flush());
  await under.advance(200);
  await under.run(under.store.flush());
  assert.equal(under.store.state.messages, 0);
  for (const seed of [1, 2, 3]) {
    under.revive(under.disk.crash(seed));
    await under.open(limits({ ageMaxNs: 50e6 }));
    assert.equal(under.store.state.sequenceLast, 100);
  }
  await under.close();
});

test('an erased message is overwritten on disk, its neighbours are not', async () => {
  const under = new SimStorage();
  const store = await under.open(NO_LIMITS);
  for (const payload of ['first', 'SECRETSECRET', 'third']) put(under, 'a', payload);
  await under.run(store.flush());
  store.remove(2, true);
  await under.run(store.flush());
  const bytes = Buffer.from(under.disk.peek(`${MESSAGES}/1.blk`) ?? []).toString('latin1');
  assert.equal(bytes.includes('SECRET'), false);
  await under.restart(NO_LIMITS);
  assert.equal((await readBack(under, 1))?.payload, 'first');
  assert.equal(await readBack(under, 2), null);
  assert.equal((await readBack(under, 3))?.payload, 'third');
  assert.equal(under.store.state.lost, null);
  await under.close();
});
