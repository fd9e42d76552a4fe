// Backups made before nats-server 2.15, restored to a disk: they become the stream they were, or nothing at all.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { S2Reader } from '../base/s2_reader.ts';
import { snappyFramed } from '../base/snappy.ts';
import { type TarFile, TarReader } from '../jetstream/backup/tar_reader.ts';
import { paxRecord, type TarEntry, tarOf } from '../jetstream/backup/testing_tar.ts';
import { TestingBus } from '../jetstream/testing_bus.ts';
import { Scheduler } from './scheduler.ts';
import { SimDisk } from './sim_disk.ts';
import { startSimJetStream } from './sim_jetstream.ts';

const FIXTURES = new URL('../../../test/fixtures/', import.meta.url);
const MIXED: Uint8Array = readFileSync(new URL('backup_tar/MIXED/stream.tar.s2', FIXTURES));
const { config: CONFIG } = JSON.parse(readFileSync(new URL('backup_tar/MIXED/backup.json', FIXTURES), 'utf8'));
const SEEN = JSON.parse(readFileSync(new URL('stores/2.15.2/seen.json', FIXTURES), 'utf8'));

type Answer = Record<string, unknown>;

class World {
  readonly #scheduler = new Scheduler({ seed: 1 });
  disk = new SimDisk({ scheduler: this.#scheduler });
  bus = new TestingBus('$G');

  async start(): Promise<void> {
    const { disk } = this;
    const { bus } = await this.until(startSimJetStream({ scheduler: this.#scheduler, disk }, 'always'));
    this.bus = bus;
  }

  until<T>(promise: Promise<T>): Promise<T> {
    return this.#scheduler.settle(promise);
  }

  /** The process is killed, and another one started. */
  async startAgain(): Promise<void> {
    this.disk = this.disk.kill();
    await this.start();
  }

  async ask(subject: string, payload: string | Uint8Array): Promise<string> {
    return (await this.until(this.bus.ask(subject, payload))).payload;
  }

  async api(endpoint: string, body: unknown = ''): Promise<Answer> {
    const text = body === '' ? '' : JSON.stringify(body);
    return JSON.parse(await this.ask(`$JS.API.${endpoint}`, text));
  }

  async restore(archive: Uint8Array, config: { readonly name: string } = CONFIG): Promise<Answer> {
    const { deliver_subject: subject } = await this.api(`STREAM.RESTORE.${config.name}`, { config, state: {} });
    for (const chunk of [archive, new Uint8Array(0)]) {
      const answer = await this.ask(String(subject), chunk);
      if (answer !== '') return JSON.parse(answer);
    }
    return {};
  }

  async names(): Promise<readonly string[]> {
    const entries = await this.until(this.disk.list('/data/jetstream/$G/streams'));
    return entries.map(({ name }) => name);
  }
}

async function makeWorld(): Promise<World> {
  const world = new World();
  await world.start();
  return world;
}

/** The files of the backup. */
function filesOf(archive: Uint8Array): TarFile[] {
  const packed = new S2Reader();
  const tar = new TarReader();
  packed.push(archive);
  for (let block = packed.next(); block.ok && block.value !== null; block = packed.next()) tar.push(block.value);
  const files: TarFile[] = [];
  for (let file = tar.next(); file.ok && file.value !== null; file = tar.next()) files.push(file.value);
  return files;
}

/** A file whose name only a pax header can say. */
function pax(path: string): readonly TarEntry[] {
  return [
    { name: 'x', bytes: paxRecord('path', path), type: 'x' },
    { name: 'x', bytes: 'x' },
  ];
}

async function check(world: World): Promise<void> {
  const { state } = await world.api('STREAM.INFO.MIXED', { deleted_details: true });
  const { consumer_count, ...rest } = state as Answer;
  assert.deepEqual([rest, consumer_count], [SEEN.MIXED.state, 1]);
  for (const [seq, subject, time, header, text] of SEEN.MIXED.messages) {
    const { message } = await world.api('STREAM.MSG.GET.MIXED', { seq });
    const { hdrs = '', data = '', ...found } = message as Record<string, string>;
    assert.deepEqual(found, { subject, seq, time });
    assert.deepEqual(
      [hdrs, data].map((one) => Buffer.from(one, 'base64').toString()),
      [header, text],
    );
  }
  const info = await world.api('CONSUMER.INFO.MIXED.worker');
  const { delivered, ack_floor: floor, num_ack_pending: pending } = info as Record<string, Answer>;
  assert.deepEqual([delivered?.['stream_seq'], floor?.['stream_seq'], pending], [12, 4, 5]);
}

test('a backup made before nats-server 2.15 becomes the stream that it was, also for the next start', async () => {
  const world = await makeWorld();
  const answer = await world.restore(MIXED);
  assert.equal(answer['error'], undefined);
  await check(world);
  assert.deepEqual(await world.names(), ['MIXED']);
  await world.startAgain();
  await check(world);
});

test('files where none belong, of another stream or damaged make a backup none', async () => {
  const files: readonly TarEntry[] = filesOf(MIXED);
  const named = (wanted: string) => files.find(({ name }) => name === wanted) as TarFile;
  const block = Uint8Array.from(named('msgs/1.blk').bytes);
  block[100] = (block[100] ?? 0) ^ 1;
  const without = (...names: readonly string[]) => files.filter(({ name }) => !names.includes(name));
  const cases: readonly (readonly [entries: readonly TarEntry[], err: RegExp])[] = [
    ...['../x', 'msgs/../../../x', '/x', 'msgs/2.blk/x', 'msgs/thw.db', 'msgs/01.blk', 'obs/../../x', 'x', '', '.'].map(
      (name) => [[...files, { name, bytes: 'x' }], /unexpected content$/] as const,
    ),
    ...['../x', '/x', 'msgs/2.blk\0/../../x', 'x'.repeat(5000)].map(
      (path) => [[...files, ...pax(path)], /unexpected content$/] as const,
    ),
    ...['1', '2', '3', '4', '5', '6'].map((type) => [[...files, { name: 'x', type }], /unexpected content$/] as const),
    [[...files, { name: 'obs/../meta.inf' }], /error restoring consumer \[".."\]: meta.inf or meta.sum is missing/],
    [[...files, { name: 'errors.txt', bytes: 'no luck' }], /the backup failed when it was made: no luck/],
    [without('meta.inf'), /the checksum of meta.inf of "MIXED" does not match/],
    [without('meta.inf', 'meta.sum'), /it has no meta.inf/],
    [without('obs/worker/meta.sum'), /meta.inf or meta.sum is missing/],
    [[...without('obs/worker/o.dat'), { name: 'obs/worker/o.dat', bytes: 'x' }], /o.dat cannot be read/],
    [[...without('msgs/1.blk'), { name: 'msgs/1.blk', bytes: block }], /the backup is damaged: /],
  ];
  for (const [entries, err] of cases) {
    const world = await makeWorld();
    const { error } = await world.restore(snappyFramed(tarOf(entries)));
    assert.match((error as { description: string } | undefined)?.description ?? '', err);
    assert.deepEqual(await world.names(), [], String(err));
  }
  const world = await makeWorld();
  assert.match(JSON.stringify(await world.restore(snappyFramed(tarOf(files, false)))), /backup was truncated/);
  const inMemory = await world.restore(MIXED, { ...CONFIG, storage: 'memory' });
  assert.match(JSON.stringify(inMemory), /becomes a stream in files only/);
  const renamed = await world.restore(MIXED, { ...CONFIG, name: 'OTHER' });
  assert.match(JSON.stringify(renamed), /stream names do not match/);
  assert.deepEqual(await world.names(), []);
});
