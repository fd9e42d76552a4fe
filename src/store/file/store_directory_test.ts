import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Scheduler } from '../../sim/scheduler.ts';
import { SimDisk } from '../../sim/sim_disk.ts';
import { metaSum } from './meta_file.ts';
import { removeSafely } from './safe_files.ts';
import { StoreDirectory } from './store_directory.ts';

const ROOT = '/data/jetstream';

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

class Bench {
  readonly scheduler: Scheduler;
  disk: SimDisk;

  constructor(seed = 1) {
    this.scheduler = new Scheduler({ seed });
    this.disk = new SimDisk({ scheduler: this.scheduler });
    this.disk.plantDirectory('/data');
  }

  get tree(): StoreDirectory {
    return new StoreDirectory(this.disk, ROOT, true);
  }

  run<T>(promise: Promise<T>): Promise<T> {
    return this.scheduler.settle(promise);
  }

  /** Runs until it is done or the power is cut; true when it was done. */
  async until(promise: Promise<unknown>): Promise<boolean> {
    let isDone = false;
    promise.then(
      () => {
        isDone = true;
      },
      () => undefined,
    );
    await this.scheduler.runUntil(() => isDone || this.disk.life.isOver);
    return isDone;
  }
}

test('the checksum of a configuration is the one that the reference writes', () => {
  // Written by nats-server 2.15.2 for a stream of this name; see test/fixtures/stores.
  assert.equal(metaSum('S', bytes('')).length, 16);
  assert.notEqual(metaSum('S', bytes('{}')), metaSum('T', bytes('{}')));
});

test('streams and consumers are found with their configurations', async () => {
  const bench = new Bench();
  await bench.run(bench.tree.createStream('A', 'ORDERS', bytes('{"name":"ORDERS"}')));
  await bench.run(bench.tree.createConsumer('A', 'ORDERS', 'c1', bytes('{"name":"c1"}')));
  await bench.run(bench.tree.createStream('A', 'OTHER', bytes('{}')));
  await bench.run(bench.tree.writeStreamMeta('A', 'OTHER', bytes('{"changed":1}')));
  assert.deepEqual(await bench.run(bench.tree.accounts()), ['A']);
  const { streams, problems } = await bench.run(bench.tree.streams('A'));
  assert.deepEqual(problems, []);
  assert.deepEqual(
    streams.map((stream) => [stream.name, Buffer.from(stream.meta).toString()]),
    [
      ['ORDERS', '{"name":"ORDERS"}'],
      ['OTHER', '{"changed":1}'],
    ],
  );
  assert.deepEqual(
    streams[0]?.consumers.map((consumer) => consumer.name),
    ['c1'],
  );
});

test('a damaged configuration is named, the others are found, and nothing is removed', async () => {
  const bench = new Bench();
  await bench.run(bench.tree.createStream('A', 'BAD', bytes('{"name":"BAD"}')));
  await bench.run(bench.tree.createStream('A', 'GOOD', bytes('{"name":"GOOD"}')));
  await bench.run(bench.disk.writeFile(`${ROOT}/A/streams/BAD/meta.inf`, bytes('{"name":"BAX"}'), { sync: true }));
  const { streams, problems } = await bench.run(bench.tree.streams('A'));
  assert.deepEqual(
    streams.map((stream) => stream.name),
    ['GOOD'],
  );
  assert.match(problems[0]?.problem ?? '', /'BAD'.*checksum/);
  assert.notEqual(bench.disk.peek(`${ROOT}/A/streams/BAD/meta.inf`), null);
});

test('a changed configuration is the old or the new one whenever the power goes, and the new one once it was told', async () => {
  for (let at = 0; at < 12; at++) {
    for (let seed = 1; seed <= 6; seed++) {
      const bench = new Bench(seed);
      await bench.run(bench.tree.createStream('A', 'S', bytes('old')));
      bench.disk.crashAt(bench.disk.operations.length + at);
      const isDone = await bench.until(bench.tree.writeStreamMeta('A', 'S', bytes('new')));
      bench.disk = bench.disk.crash(seed * 100 + at);
      const { streams, problems } = await bench.run(bench.tree.streams('A'));
      assert.deepEqual(problems, [], `operation ${at}, seed ${seed}`);
      const found = Buffer.from(streams[0]?.meta ?? []).toString();
      assert.ok(found === 'new' || (found === 'old' && !isDone), `operation ${at}, seed ${seed}: ${found}`);
    }
  }
});

test('a removed stream is there or gone, never half, whenever the power goes', async () => {
  for (let at = 0; at < 14; at++) {
    const bench = new Bench(at + 1);
    await bench.run(bench.tree.createStream('A', 'S', bytes('meta')));
    bench.disk.crashAt(bench.disk.operations.length + at);
    const isDone = await bench.until(removeSafely(bench.disk, `${ROOT}/A/streams/S`));
    bench.disk = bench.disk.crash(at);
    const { streams, problems } = await bench.run(bench.tree.streams('A'));
    assert.deepEqual(problems, []);
    assert.ok(streams.length === 0 || !isDone);
    if (streams.length === 0) assert.deepEqual(await bench.run(bench.disk.list(`${ROOT}/A/streams`)), []);
  }
});

test('all of an account is removed, and nothing of another', async () => {
  const bench = new Bench();
  for (const account of ['A', 'B']) {
    await bench.run(bench.tree.createStream(account, 'S', bytes('meta')));
    await bench.run(bench.tree.createStream(account, 'T', bytes('meta')));
  }
  await bench.run(bench.tree.removeAccount('A'));
  await bench.run(bench.tree.removeAccount('NONE'));
  bench.disk = bench.disk.crash(1);
  assert.deepEqual(await bench.run(bench.tree.accounts()), ['B']);
  assert.equal((await bench.run(bench.tree.streams('B'))).streams.length, 2);
});

test("nobody takes the directory of what is left alone, and what was never finished is in nobody's way", async () => {
  const bench = new Bench();
  const stream = `${ROOT}/A/streams/S`;
  await bench.run(bench.tree.createStream('A', 'S', bytes('{}')));
  await bench.run(bench.tree.createConsumer('A', 'S', 'c', bytes('{}')));
  for (const file of ['meta.inf', 'obs/c/meta.inf'])
    await bench.run(bench.disk.writeFile(`${stream}/${file}`, bytes('{"}'), { sync: true }));
  const refusal = { code: 'STORE_LEFT_ALONE', message: /left alone.*repair .*, or move it away/ };
  await assert.rejects(bench.run(bench.tree.createStream('A', 'S', bytes('{}'))), refusal);
  await assert.rejects(bench.run(bench.tree.createConsumer('A', 'S', 'c', bytes('{}'))), refusal);
  assert.deepEqual(bench.disk.peek(`${stream}/meta.inf`), bytes('{"}'));
  bench.disk.plantDirectory(`${ROOT}/A/streams/T/msgs`);
  bench.disk.plantDirectory(`${ROOT}/A/streams/T/obs/half`);
  await bench.run(bench.tree.createStream('A', 'T', bytes('{}')));
  await bench.run(bench.tree.createConsumer('A', 'T', 'half', bytes('{}')));
  const { streams } = await bench.run(bench.tree.streams('A'));
  assert.deepEqual(
    streams.map(({ name, consumers }) => [name, ...consumers.map((consumer) => consumer.name)]),
    [['T', 'half']],
  );
});

test('a stream or consumer that cannot be read is named, the others are found', async () => {
  const bench = new Bench();
  for (const name of ['BAD', 'GOOD']) await bench.run(bench.tree.createStream('A', name, bytes('{}')));
  for (const name of ['bad', 'good']) await bench.run(bench.tree.createConsumer('A', 'GOOD', name, bytes('{}')));
  bench.disk.failWhen(({ path }) => (/\/(BAD|bad)$/.test(path) ? 'DISK_IO' : null));
  const { streams, problems } = await bench.run(bench.tree.streams('A'));
  assert.deepEqual(
    streams.map(({ name, consumers }) => [name, ...consumers.map((consumer) => consumer.name)]),
    [['GOOD', 'good']],
  );
  assert.match(
    problems.map(({ problem }) => problem).join('\n'),
    /'BAD'.*left alone.*i\/o error[\s\S]*'bad'.*left alone.*i\/o error/,
  );
});
