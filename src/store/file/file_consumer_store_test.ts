import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SILENT_LOGGER } from '../../base/log.ts';
import { Life } from '../../sim/life.ts';
import { Scheduler } from '../../sim/scheduler.ts';
import { SimClock } from '../../sim/sim_clock.ts';
import { SimDisk } from '../../sim/sim_disk.ts';
import type { ConsumerState } from '../consumer_store.ts';
import { type FileConsumerStore, openConsumerStore } from './file_consumer_store.ts';

const DIRECTORY = '/data/S/obs/c';

class Bench {
  readonly scheduler: Scheduler;
  disk: SimDisk;
  clock: SimClock;
  delivered = 0;

  constructor(seed = 1) {
    this.scheduler = new Scheduler({ seed });
    this.disk = new SimDisk({ scheduler: this.scheduler, life: new Life('server') });
    this.disk.plantDirectory(DIRECTORY);
    this.clock = new SimClock({ scheduler: this.scheduler, life: this.disk.life });
  }

  open(): Promise<FileConsumerStore> {
    const { disk, clock } = this;
    return this.scheduler.settle(openConsumerStore({ disk, clock, log: SILENT_LOGGER, sync: true }, DIRECTORY));
  }

  revive(disk: SimDisk): void {
    this.disk = disk;
    this.clock = new SimClock({ scheduler: this.scheduler, life: disk.life });
  }

  get writes(): number {
    return this.disk.operations.filter((operation) => operation.kind === 'rename').length;
  }

  readonly snapshot = (): ConsumerState => ({
    deliveredConsumer: this.delivered,
    deliveredStream: this.delivered,
    ackFloorConsumer: 0,
    ackFloorStream: 0,
    pending: [],
    redelivered: new Map(),
  });

  change(store: FileConsumerStore): void {
    this.delivered++;
    store.changed(this.snapshot);
  }
}

test('a thousand changes in a second are about ten writes, and the last one is on disk after close()', async () => {
  const bench = new Bench();
  const store = await bench.open();
  for (let i = 0; i < 1000; i++) {
    bench.change(store);
    await bench.scheduler.advance(1);
  }
  assert.ok(bench.writes >= 5 && bench.writes <= 12, `${bench.writes}`);
  await bench.scheduler.settle(store.close());
  assert.equal((await bench.open()).recovered?.deliveredStream, 1000);
});

test('what changes while a write is under way is on disk after close(), too', async () => {
  for (const advanceMs of [0, 1, 50]) {
    const bench = new Bench();
    const store = await bench.open();
    const before = bench.disk.operations.length;
    bench.change(store);
    await bench.scheduler.runUntil(() => bench.disk.operations.length > before);
    bench.change(store);
    await bench.scheduler.advance(advanceMs);
    await bench.scheduler.settle(store.close());
    assert.equal((await bench.open()).recovered?.deliveredStream, 2, `${advanceMs}`);
  }
});

test('whenDurable() calls back soon, and a power cut after it finds that state or a later one', async () => {
  for (let seed = 1; seed <= 40; seed++) {
    const bench = new Bench(seed);
    const store = await bench.open();
    let told = 0;
    bench.disk.crashAt(10 + (seed % 30));
    while (!bench.disk.life.isOver) {
      bench.change(store);
      const now = bench.delivered;
      if (now % 3 === 0) {
        store.whenDurable(() => {
          told = now;
        });
      }
      await bench.scheduler.advance(2);
    }
    bench.revive(bench.disk.crash(seed));
    const found = (await bench.open()).recovered?.deliveredStream ?? 0;
    assert.ok(found >= told && found <= bench.delivered, `seed ${seed}: found ${found}, told ${told}`);
  }
});

test('with nothing changed everything is durable', async () => {
  const bench = new Bench();
  const store = await bench.open();
  let called = false;
  store.whenDurable(() => {
    called = true;
  });
  assert.equal(called, true);
});

test('a failed write is told to nobody, and tried again', async () => {
  const bench = new Bench();
  const store = await bench.open();
  const heal = bench.disk.failWhen((operation) => (operation.kind === 'write' ? 'DISK_NO_SPACE' : null));
  let called = false;
  bench.change(store);
  store.whenDurable(() => {
    called = true;
  });
  await bench.scheduler.advance(3000);
  assert.equal(called, false);
  heal();
  await bench.scheduler.advance(3000);
  assert.equal(called, true);
});

test('a state that cannot be read is named and kept, not deleted', async () => {
  const bench = new Bench();
  const store = await bench.open();
  bench.change(store);
  await bench.scheduler.settle(store.close());
  await bench.scheduler.settle(bench.disk.writeFile(`${DIRECTORY}/o.dat`, Uint8Array.of(22, 9, 1), { sync: true }));
  const damaged = await bench.open();
  assert.equal(damaged.recovered, null);
  assert.match(damaged.damage ?? '', /unknown version/);
  assert.deepEqual(bench.disk.peek(`${DIRECTORY}/o.dat.damaged`), Uint8Array.of(22, 9, 1));
});

test('destroy() leaves no consumer behind, whenever the power goes', async () => {
  for (let at = 0; at < 14; at++) {
    const bench = new Bench(at + 1);
    await bench.scheduler.settle(bench.disk.writeFile(`${DIRECTORY}/meta.inf`, Uint8Array.of(1), { sync: true }));
    const store = await bench.open();
    bench.disk.crashAt(bench.disk.operations.length + at);
    let isDone = false;
    store.destroy().then(
      () => {
        isDone = true;
      },
      () => undefined,
    );
    await bench.scheduler.runUntil(() => isDone || bench.disk.life.isOver);
    bench.revive(bench.disk.crash(at));
    if (isDone) assert.equal(bench.disk.peek(`${DIRECTORY}/meta.inf`), null);
  }
});
