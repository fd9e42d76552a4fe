import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OperatingError } from '../base/errors.ts';
import type { DiskDone, DiskFile } from '../ports/disk.ts';
import { diskContract } from '../ports/disk_contract.ts';
import { isMutation } from './disk_operation.ts';
import { Scheduler } from './scheduler.ts';
import type { SimDiskOptions } from './sim_disk.ts';
import { SimDisk } from './sim_disk.ts';

diskContract('SimDisk', async () => {
  const scheduler = new Scheduler({ seed: 1 });
  const disk = new SimDisk({ scheduler });
  disk.plantDirectory('/data');
  return {
    disk,
    root: '/data',
    settle: (promise) => scheduler.settle(promise),
    dispose: async () => assert.deepEqual(disk.openPaths, []),
  };
});

/** A disk with the waiting built in. */
class Bench {
  readonly scheduler: Scheduler;
  readonly disk: SimDisk;

  constructor(options: Partial<SimDiskOptions> & { readonly seed?: number } = {}) {
    this.scheduler = new Scheduler({ seed: options.seed ?? 1 });
    this.disk = new SimDisk({ scheduler: this.scheduler, ...options });
  }

  settle<T>(promise: Promise<T>): Promise<T> {
    return this.scheduler.settle(promise);
  }

  /** What the operation said, null for all well. */
  done(start: (done: DiskDone) => void): Promise<OperatingError | null> {
    return this.settle(new Promise((resolve) => start(resolve)));
  }

  async write(file: DiskFile, text: string, position: number): Promise<OperatingError | null> {
    return this.done((done) => file.write(Buffer.from(text), position, done));
  }

  /** A file that is safe, with its name. */
  async safeFile(path: string, text: string): Promise<DiskFile> {
    const file = await this.settle(this.disk.open(path, 'write'));
    await this.write(file, text, 0);
    await this.done((done) => file.sync(done));
    await this.settle(this.disk.syncDirectory('/'));
    return file;
  }
}

function text(bytes: Uint8Array | null): string | null {
  return bytes === null ? null : Buffer.from(bytes).toString('latin1');
}

/** The different things that are found over many power cuts. */
function outcomes(disk: SimDisk, path: string, seeds = 300): Set<string | null> {
  const found = new Set<string | null>();
  for (let seed = 0; seed < seeds; seed++) found.add(text(disk.wouldFind(seed).peek(path)));
  return found;
}

test('SimDisk.crash() never loses what was synced with its name', async () => {
  const bench = new Bench();
  await bench.safeFile('/a', 'synced');
  assert.deepEqual(outcomes(bench.disk, '/a'), new Set(['synced']));
});

test('SimDisk.crash() loses, keeps, reorders and tears what was not synced', async () => {
  const bench = new Bench();
  const file = await bench.safeFile('/a', 's'.repeat(100));
  await bench.write(file, 'A'.repeat(5000), 100);
  await bench.write(file, 'B'.repeat(5000), 5100);
  const shapes = new Set<string>();
  for (const found of outcomes(bench.disk, '/a', 1000)) {
    assert.equal(found?.slice(0, 100), 's'.repeat(100));
    const rest = found?.slice(100) ?? '';
    // A letter for each run of one byte: which parts are there.
    if (/^[AB\0]*$/.test(rest)) shapes.add(rest.replaceAll('\0', '-').replace(/(.)\1*/g, '$1'));
    else shapes.add('junk');
  }
  for (const shape of ['', 'A', 'AB', '-B', 'A-', 'A-B', '-A', '-', 'junk']) assert.ok(shapes.has(shape), shape);
});

test('SimDisk.crash() tears at sectors or pages only', async () => {
  const bench = new Bench();
  const file = await bench.safeFile('/a', 'o'.repeat(20_000));
  await bench.write(file, 'n'.repeat(20_000), 0);
  for (const found of outcomes(bench.disk, '/a')) {
    for (let sector = 0; sector < 20_000; sector += 512)
      assert.match(found?.slice(sector, sector + 512) ?? '', /^(n+|o+)$/);
  }
});

test('SimDisk.crash() keeps or loses a truncation as a whole', async () => {
  const bench = new Bench();
  const file = await bench.safeFile('/a', '0123456789');
  await bench.done((done) => file.truncate(3, done));
  const found = outcomes(bench.disk, '/a');
  assert.ok(found.has('012') && found.has('0123456789'));
});

test('SimDisk.crash() may lose a synced file whose name was not synced', async () => {
  const bench = new Bench();
  const file = await bench.settle(bench.disk.open('/a', 'create'));
  await bench.write(file, 'x', 0);
  await bench.done((done) => file.sync(done));
  assert.deepEqual(outcomes(bench.disk, '/a'), new Set(['x', null]));
  assert.equal(bench.disk.peekSafe('/a'), null);
  await bench.settle(bench.disk.syncDirectory('/'));
  assert.deepEqual(outcomes(bench.disk, '/a'), new Set(['x']));
  assert.equal(text(bench.disk.peekSafe('/a')), 'x');
});

test('SimDisk.crash() may lose a directory made in one that was not synced', async () => {
  const bench = new Bench();
  await bench.settle(bench.disk.makeDirectory('/x/y'));
  await bench.settle(bench.disk.writeFile('/x/y/a', Buffer.from('1'), { sync: true }));
  await bench.settle(bench.disk.syncDirectory('/x/y'));
  await bench.settle(bench.disk.syncDirectory('/x'));
  assert.deepEqual(bench.disk.unsyncedPaths(), ['/']);
  assert.deepEqual(outcomes(bench.disk, '/x/y/a'), new Set(['1', null]));
  await bench.settle(bench.disk.syncDirectory('/'));
  assert.deepEqual(outcomes(bench.disk, '/x/y/a'), new Set(['1']));
});

test('SimDisk.crash() finds the old or the new file after a rename, never both names', async () => {
  const bench = new Bench();
  await bench.safeFile('/a', 'old');
  await bench.safeFile('/b', 'new');
  await bench.settle(bench.disk.rename('/b', '/a'));
  const found = new Set<string>();
  for (let seed = 0; seed < 100; seed++) {
    const after = bench.disk.crash(seed);
    found.add(`${text(after.peek('/a'))} ${text(after.peek('/b'))}`);
  }
  assert.deepEqual(found, new Set(['old new', 'new null']));
});

test('SimDisk.crash() never finds a file that was renamed twice under two names', async () => {
  const bench = new Bench();
  await bench.settle(bench.disk.makeDirectory('/x'));
  await bench.settle(bench.disk.syncDirectory('/'));
  await bench.safeFile('/a', '1');
  await bench.settle(bench.disk.rename('/a', '/x/b'));
  await bench.settle(bench.disk.rename('/x/b', '/c'));
  for (let seed = 0; seed < 200; seed++) {
    const after = bench.disk.crash(seed);
    assert.equal(after.paths().filter((path) => !path.endsWith('/')).length, 1);
  }
});

test('SimDisk: a rename between directories is safe when one of them was synced, and so is what it builds on', async () => {
  const bench = new Bench();
  await bench.settle(bench.disk.makeDirectory('/x'));
  await bench.settle(bench.disk.makeDirectory('/y'));
  await bench.settle(bench.disk.syncDirectory('/'));
  await bench.settle(bench.disk.writeFile('/x/a', Buffer.from('1'), { sync: true }));
  await bench.settle(bench.disk.rename('/x/a', '/y/a'));
  await bench.settle(bench.disk.syncDirectory('/y'));
  for (let seed = 0; seed < 50; seed++) assert.deepEqual(bench.disk.crash(seed).paths(), ['/x/', '/y/', '/y/a']);
});

test('SimDisk.crash() brings a removed file back unless the removal was synced', async () => {
  const bench = new Bench();
  await bench.safeFile('/a', '1');
  await bench.settle(bench.disk.remove('/a'));
  assert.deepEqual(outcomes(bench.disk, '/a'), new Set(['1', null]));
  await bench.settle(bench.disk.syncDirectory('/'));
  assert.deepEqual(outcomes(bench.disk, '/a'), new Set([null]));
});

test('SimDisk.sync() covers what was written when it was called, not what came after', async () => {
  const bench = new Bench();
  const file = await bench.safeFile('/a', '1');
  bench.disk.setLatency({ syncMs: [50, 50] });
  await bench.write(file, '2', 1);
  const synced = bench.done((done) => file.sync(done));
  await bench.write(file, '3', 2);
  await synced;
  assert.equal(text(bench.disk.peekSafe('/a')), '12');
  assert.deepEqual(outcomes(bench.disk, '/a').has('12'), true);
});

test('SimDisk: the next sync succeeds after a failed one, but what that lost stays lost', async () => {
  const found = new Set<string | null>();
  for (let seed = 0; seed < 20; seed++) {
    const bench = new Bench({ seed });
    const file = await bench.safeFile('/a', '1');
    await bench.write(file, '2', 1);
    bench.disk.failAt(bench.disk.operations.length, 'DISK_IO');
    const error = await bench.done((done) => file.sync(done));
    assert.equal(error?.code, 'DISK_IO');
    assert.deepEqual(error.context, { path: '/a', operation: 'sync' });
    assert.equal(await bench.done((done) => file.sync(done)), null);
    assert.equal(text(bench.disk.peek('/a')), '12');
    for (const outcome of outcomes(bench.disk, '/a', 5)) found.add(outcome);
  }
  assert.deepEqual(found, new Set(['1', '12']));
});

test('SimDisk: a write that fails may have put down a part', async () => {
  const lengths = new Set<number | undefined>();
  for (let seed = 0; seed < 20; seed++) {
    const bench = new Bench({ seed });
    const file = await bench.safeFile('/a', '');
    bench.disk.failAt(bench.disk.operations.length, 'DISK_IO');
    assert.equal((await bench.write(file, 'abcdef', 0))?.code, 'DISK_IO');
    lengths.add(bench.disk.peek('/a')?.length);
  }
  assert.ok(lengths.size > 3 && lengths.has(0));
});

test('SimDisk: a full disk takes what fits, and more once something is removed', async () => {
  const bench = new Bench({ capacityBytes: 10 });
  const file = await bench.safeFile('/a', '123456');
  await bench.safeFile('/b', '78');
  assert.equal((await bench.write(file, 'abcdef', 4))?.code, 'DISK_NO_SPACE');
  assert.equal(text(bench.disk.peek('/a')), '1234abcd');
  assert.deepEqual(await bench.settle(bench.disk.space('/a')), { freeBytes: 0, totalBytes: 10 });
  assert.equal((await bench.done((done) => file.truncate(9, done)))?.code, 'DISK_NO_SPACE');
  assert.equal(await bench.write(file, 'rewrites', 0), null);
  await bench.settle(bench.disk.remove('/b'));
  assert.equal(await bench.write(file, 'xy', 8), null);
  bench.disk.setCapacity(11);
  assert.equal(await bench.write(file, 'z', 10), null);
});

test('SimDisk.failWhen() fails operations until it is taken back', async () => {
  const bench = new Bench();
  const heal = bench.disk.failWhen((operation) => (operation.kind === 'create' ? 'DISK_READ_ONLY' : null));
  await assert.rejects(bench.settle(bench.disk.open('/a', 'write')), { code: 'DISK_READ_ONLY' });
  heal();
  await bench.settle(bench.disk.open('/a', 'write'));
});

test('SimDisk refuses one open file too many', async () => {
  const bench = new Bench({ openFilesMax: 1 });
  const file = await bench.settle(bench.disk.open('/a', 'write'));
  await assert.rejects(bench.settle(bench.disk.open('/b', 'write')), { code: 'DISK_TOO_MANY_FILES' });
  await bench.done((done) => file.close(done));
  await bench.settle(bench.disk.open('/b', 'write'));
  assert.deepEqual(bench.disk.openPaths, ['/b']);
});

test('SimDisk.flipBit() damages what is read and what is safe', async () => {
  const bench = new Bench();
  await bench.safeFile('/a', 'aaa');
  bench.disk.flipBit('/a', 1, 1);
  assert.equal(text(bench.disk.peek('/a')), 'aca');
  assert.deepEqual(outcomes(bench.disk, '/a', 5), new Set(['aca']));
});

test('SimDisk notices bytes that change while they are being written', async () => {
  const bench = new Bench();
  const file = await bench.safeFile('/a', '');
  const bytes = Buffer.from('abc');
  file.write(bytes, 0, () => {});
  bytes[1] = 1;
  await assert.rejects(
    bench.scheduler.advance(10),
    /bytes given to write\(\) of '\/a' stay unchanged until it is done/,
  );
});

/** Three operations that matter, the last one a sync. Returns whether the sync said that all is well. */
async function script(bench: Bench): Promise<boolean> {
  const file = await bench.settle(bench.disk.open('/a', 'create'));
  await bench.settle(bench.disk.syncDirectory('/'));
  await bench.write(file, 'x'.repeat(2000), 0);
  return (await bench.done((done) => file.sync(done))) === null;
}

test('SimDisk.crashAt() ends the life at each operation in turn, which has then happened in full, in part or not', async () => {
  const whole = new Bench();
  await script(whole);
  assert.deepEqual(
    whole.disk.operations.map((operation) => operation.kind),
    ['create', 'sync directory', 'write', 'sync'],
  );
  assert.ok(whole.disk.operations.every(isMutation));
  const lengths: Set<number | undefined>[] = [];
  for (let index = 0; index < 4; index++) {
    const found = new Set<number | undefined>();
    for (let seed = 0; seed < 40; seed++) {
      const bench = new Bench({ seed });
      bench.disk.crashAt(index);
      await assert.rejects(script(bench), /nothing is left to happen/);
      assert.equal(bench.disk.life.isOver, true);
      assert.equal(bench.disk.operations.length, index + 1);
      found.add(bench.disk.crash(seed).peek('/a')?.length);
    }
    lengths.push(found);
  }
  assert.deepEqual(lengths[0], new Set([undefined, 0]));
  assert.deepEqual(lengths[1], new Set([undefined, 0]));
  for (const length of [0, 2000]) assert.ok(lengths[2]?.has(length) && lengths[3]?.has(length));
});

test('SimDisk.kill() keeps everything written, and a power cut later still takes what was not synced', async () => {
  const bench = new Bench();
  const file = await bench.safeFile('/a', '1');
  await bench.write(file, '2', 1);
  const next = bench.disk.kill();
  assert.equal(text(next.peek('/a')), '12');
  assert.deepEqual(
    outcomes(next, '/a'),
    new Set(['1', '12', '1\0', ...[...outcomes(next, '/a')].filter((one) => one?.length === 2)]),
  );
});

test('SimDisk: the dead hear nothing, and their disk does nothing more', async () => {
  const bench = new Bench();
  const file = await bench.safeFile('/a', '1');
  let calls = 0;
  file.write(Buffer.from('2'), 0, () => calls++);
  bench.disk.open('/b', 'create').then(() => calls++);
  const next = bench.disk.crash(1);
  file.write(Buffer.from('3'), 0, () => calls++);
  await bench.scheduler.advance(100);
  assert.equal(calls, 0);
  assert.notEqual(text(next.peek('/a')), '3');
});

test('SimDisk.lock() of a life that is over is free, although its file may still be there', async () => {
  const bench = new Bench();
  await bench.settle(bench.disk.lock('/lock', 'first'));
  const next = bench.disk.kill();
  assert.deepEqual(next.paths(), ['/lock']);
  const lock = await bench.settle(next.lock('/lock', 'second'));
  await bench.settle(lock.release());
  assert.deepEqual(next.paths(), []);
});

test('SimDisk gives the same outcome for the same seed', async () => {
  const runs = [];
  for (let run = 0; run < 2; run++) {
    const bench = new Bench({ seed: 7 });
    await script(bench);
    await bench.write(await bench.settle(bench.disk.open('/a', 'write')), 'y'.repeat(9000), 1000);
    runs.push([text(bench.disk.crash(3).peek('/a')), bench.scheduler.trace.lines()]);
  }
  assert.deepEqual(runs[0], runs[1]);
});
