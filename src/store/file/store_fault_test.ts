// Disks that fail: a write or sync error is told once and never papered over; a full disk refuses until there is room.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NO_LIMITS } from '../retention.ts';
import { Hearing, put, readBack } from '../stream_store_contract.ts';
import { SimStorage, STREAM_DIRECTORY } from './sim_storage_contract.ts';
import { History } from './store_history_contract.ts';

const SEEDS = Number(process.env.CONTRAIL_CRASH_SEEDS ?? 4);
const STRIDE = Number(process.env.CONTRAIL_CRASH_STRIDE ?? 7);
const STEPS = 25;
const MESSAGES = `${STREAM_DIRECTORY}/msgs`;

for (let seed = 1; seed <= SEEDS; seed++) {
  test(`after an i/o error at any operation of history ${seed} nothing is told that a power cut takes back`, async () => {
    const whole = new History(seed);
    await whole.run(STEPS);
    const operations = whole.under.disk.operations.slice();
    for (let at = seed % STRIDE; at < operations.length; at += STRIDE) {
      // Reading and looking around is another matter: it loses nothing that was written.
      if (!['write', 'sync', 'create', 'rename', 'remove', 'sync directory', 'truncate'].includes(operations[at]!.kind))
        continue;
      const history = new History(seed);
      history.isFaultExpected = true;
      history.under.disk.failAt(at, 'DISK_IO');
      await history.run(STEPS);
      await history.under.advance(50);
      history.under.revive(history.under.disk.crash(at));
      await history.check(`seed ${seed}, error at operation ${at} (${operations[at]!.kind})`);
    }
  });
}

test('a failed sync faults the store for good: no later sync makes its round durable', async () => {
  const under = new SimStorage();
  const store = await under.open(NO_LIMITS);
  const hearing = new Hearing();
  store.listen(hearing);
  put(under, 'a', 'safe');
  await under.run(store.flush());
  const heal = under.disk.failWhen((operation) => (operation.kind === 'sync' ? 'DISK_IO' : null));
  put(under, 'a', 'not safe');
  let called = false;
  store.whenDurable(2, () => {
    called = true;
  });
  await under.advance(20);
  heal();
  await under.advance(5000);
  assert.equal(called, false);
  assert.equal(store.sequenceDurable, 1);
  assert.equal(hearing.reasons.length, 1);
  assert.match(store.fault ?? '', /i\/o error/);
  await assert.rejects(under.run(store.flush()), { code: 'STORE_FAULTED' });
  assert.equal((await readBack(under, 1))?.payload, 'safe');
  await under.close();
});

test('a full disk refuses, keeps what it has, and goes on by itself when there is room', async () => {
  const under = new SimStorage({ capacityBytes: 40_000 });
  const store = await under.open(NO_LIMITS);
  let last = 0;
  for (let i = 0; i < 100 && store.fault === null; i++) {
    last = put(under, 'a', 'x'.repeat(1000));
    await under.advance(5);
  }
  assert.match(store.fault ?? '', /no space/);
  const durable = store.sequenceDurable;
  assert.ok(durable > 20 && durable < last);
  // Nothing of a record is left in the way, and what was there is still readable.
  const tail = store.log.tail;
  assert.equal(under.disk.peek(`${MESSAGES}/${tail.number}.blk`)?.length ?? 0, tail.written);
  assert.equal((await readBack(under, durable))?.payload.length, 1000);
  under.disk.setCapacity(1_000_000);
  await under.advance(2000);
  assert.equal(store.fault, null);
  assert.equal(store.sequenceDurable, last);
  put(under, 'a', 'after');
  await under.restart(NO_LIMITS);
  assert.equal((await readBack(under, last + 1))?.payload, 'after');
  assert.equal(under.store.state.messages, last + 1);
  await under.close();
});

test('on a full disk deleting makes room', async () => {
  const under = new SimStorage({ capacityBytes: 40_000 });
  const store = await under.open(NO_LIMITS);
  for (let i = 0; i < 100 && store.fault === null; i++) {
    put(under, 'a', 'x'.repeat(1000));
    await under.advance(5);
  }
  assert.notEqual(store.fault, null);
  for (let sequence = 1; sequence <= 16; sequence++) assert.equal(store.remove(sequence, false), true);
  await under.advance(3000);
  assert.equal(store.fault, null);
  await under.run(store.flush());
  await under.restart(NO_LIMITS);
  assert.equal(under.store.state.sequenceFirst, 17);
  await under.close();
});

test('on a full disk a purge makes room', async () => {
  const under = new SimStorage({ capacityBytes: 40_000 });
  const store = await under.open(NO_LIMITS);
  let last = 0;
  for (let i = 0; i < 100 && store.fault === null; i++) {
    last = put(under, 'a', 'x'.repeat(1000));
    await under.advance(5);
  }
  store.purge({ filter: null, sequence: 0, keep: 0 });
  await under.advance(3000);
  assert.equal(store.fault, null);
  assert.equal(put(under, 'a', 'after'), last + 1);
  await under.restart(NO_LIMITS);
  assert.equal(under.store.state.messages, 1);
  assert.equal((await readBack(under, last + 1))?.payload, 'after');
  await under.close();
});

test('a purge up to a sequence far away, cut short by a failed sync, ends at once', async () => {
  const under = new SimStorage();
  const store = await under.open(NO_LIMITS);
  put(under, 'a', 'safe');
  await under.run(store.flush());
  under.disk.failWhen((operation) => (operation.kind === 'sync' ? 'DISK_IO' : null));
  store.purge({ filter: null, sequence: 2 ** 52, keep: 0 });
  assert.equal(put(under, 'a', 'not safe'), 2 ** 52);
  await under.advance(5000);
  assert.match(store.fault ?? '', /i\/o error/);
  assert.equal(store.state.messages, 0);
  await under.close();
});
