// Store directories of nats-server 2.15.2, frozen in test/fixtures/stores: opened as they are, without their state files,
// and damaged in every way that a flipped bit or a cut file can be.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { rfc3339Nano } from '../../base/nanos.ts';
import { NO_LIMITS } from '../retention.ts';
import type { StoreLimits, StreamStore } from '../stream_store.ts';
import { readBack } from '../stream_store_contract.ts';
import { openConsumerStore } from './file_consumer_store.ts';
import { SimStorage } from './sim_storage_contract.ts';
import { StoreDirectory } from './store_directory.ts';

const FIXTURES = fileURLToPath(new URL('../../../../test/fixtures/stores/2.15.2', import.meta.url));
const ROOT = '/data/jetstream';
const STREAMS = `${ROOT}/$G/streams`;

type SeenMessage = readonly [sequence: number, subject: string, time: string, header: string, payload: string];

interface SeenStream {
  readonly state: Record<string, unknown>;
  readonly messages: readonly SeenMessage[];
}

const SEEN = JSON.parse(readFileSync(join(FIXTURES, 'seen.json'), 'utf8')) as Record<string, SeenStream>;
const NAMES = ['MIXED', 'BLOCKS', 'KEYS', 'PURGED', 'EMPTIED'];
const LIMITS: Readonly<Record<string, Partial<StoreLimits>>> = {
  BLOCKS: { bytesMax: 100_000 },
  KEYS: { messagesPerSubjectMax: 2 },
};

function seenOf(name: string): SeenStream {
  const seen = SEEN[name];
  assert.ok(seen !== undefined);
  return seen;
}

/** A simulated machine with the frozen directory on its disk. */
async function plant(from: string, to: string, under: SimStorage): Promise<void> {
  under.disk.plantDirectory(to);
  for (const name of readdirSync(from)) {
    const path = join(from, name);
    if (statSync(path).isDirectory()) await plant(path, `${to}/${name}`, under);
    else under.disk.plant(`${to}/${name}`, readFileSync(path));
  }
}

async function machine(): Promise<SimStorage> {
  const under = new SimStorage();
  await plant(join(FIXTURES, 'jetstream'), ROOT, under);
  return under;
}

async function open(under: SimStorage, name: string): Promise<StreamStore> {
  const limits = { ...NO_LIMITS, ...LIMITS[name] };
  const options = { name, directory: `${STREAMS}/${name}`, limits, blockBytesMax: 32_000 };
  under.store = await under.run(under.storage.openStream(options));
  return under.store;
}

async function messagesOf(under: SimStorage): Promise<SeenMessage[]> {
  const { store } = under;
  const found: SeenMessage[] = [];
  for (let sequence = store.nextSequence(null, 1); sequence > 0; sequence = store.nextSequence(null, sequence + 1)) {
    const message = await readBack(under, sequence);
    if (message === null) continue;
    found.push([sequence, message.subject, rfc3339Nano(message.timeNs), message.header, message.payload]);
  }
  return found;
}

function stateOf({ state, ...store }: StreamStore, deleted: readonly number[]): Record<string, unknown> {
  const time = (ns: bigint): string => (ns === 0n ? '0001-01-01T00:00:00Z' : rfc3339Nano(ns));
  assert.ok(store !== undefined);
  return {
    messages: state.messages,
    bytes: state.bytes,
    first_seq: state.sequenceFirst,
    first_ts: time(state.timeFirst),
    last_seq: state.sequenceLast,
    last_ts: time(state.timeLast),
    ...(state.subjects > 0 ? { num_subjects: state.subjects } : {}),
    ...(deleted.length > 0 ? { num_deleted: deleted.length, deleted } : {}),
  };
}

for (const name of NAMES) {
  // From blocks alone the reference, too, finds messages of KEYS again that only a limit had removed before the purge.
  for (const isIndexed of name === 'KEYS' ? [true] : [true, false]) {
    const how = isIndexed ? 'with its state file' : 'from its blocks alone';
    test(`${name}, written by nats-server, opens ${how}`, async () => {
      const under = await machine();
      if (!isIndexed) await under.run(under.disk.remove(`${STREAMS}/${name}/msgs/index.db`));
      const store = await open(under, name);
      assert.deepEqual(await messagesOf(under), seenOf(name).messages);
      assert.deepEqual(stateOf(store, store.deletedSequences()), seenOf(name).state);
      assert.equal(store.state.lost, null);
      await under.close();
    });
  }
}

test('streams, configurations and the consumer state are found', async () => {
  const under = await machine();
  const tree = new StoreDirectory(under.disk, ROOT, true);
  const { streams, problems } = await under.run(tree.streams('$G'));
  assert.deepEqual(problems, []);
  assert.deepEqual(streams.map((stream) => stream.name).sort(), [...NAMES].sort());
  const { disk, clock } = under;
  const log = under.storage.parts.log;
  const directory = tree.consumerDirectory('$G', 'MIXED', 'worker');
  const store = await under.run(openConsumerStore({ disk, clock, log, sync: true }, directory));
  const state = store.recovered;
  assert.ok(state !== null);
  assert.equal(state.deliveredConsumer, 9);
  assert.equal(state.deliveredStream, 12);
  assert.equal(state.ackFloorConsumer, 2);
  assert.equal(state.ackFloorStream, 4);
  assert.equal(state.pending.length, 5);
  assert.deepEqual([...state.redelivered], [[12, 1]]);
});

test('cut anywhere, a block keeps every message in front of the cut', async () => {
  const path = `${STREAMS}/MIXED/msgs/1.blk`;
  const whole = readFileSync(join(FIXTURES, 'jetstream/$G/streams/MIXED/msgs/1.blk'));
  const ends = recordEnds(whole);
  // Messages whose deletion stands behind the cut come back: that is what was cut.
  const { messages } = seenOf('MIXED');
  for (let length = 0; length < whole.length; length += 7) {
    const under = await machine();
    await under.run(under.disk.remove(`${STREAMS}/MIXED/msgs/index.db`));
    under.disk.plant(path, whole.subarray(0, length));
    await open(under, 'MIXED');
    const found = new Map((await messagesOf(under)).map((message) => [message[0], message]));
    for (const message of messages) {
      const end = ends.get(message[0]) ?? Number.POSITIVE_INFINITY;
      if (end <= length) assert.deepEqual(found.get(message[0]), message, `cut at ${length}`);
      else assert.equal(found.has(message[0]), false, `cut at ${length}`);
    }
    // An unfinished write is nothing lost, and the next message follows in good order.
    assert.equal(under.store.state.lost, null, `cut at ${length}`);
    await under.close();
  }
});

test('a flipped bit costs the message that it is in and no other, and that is said', async () => {
  const path = `${STREAMS}/PURGED/msgs/2.blk`;
  const whole = readFileSync(join(FIXTURES, 'jetstream/$G/streams/PURGED/msgs/2.blk'));
  const { messages } = seenOf('PURGED');
  for (let bit = 0; bit < whole.length * 8; bit++) {
    const bytes = new Uint8Array(whole);
    bytes[bit >> 3] = bytes[bit >> 3]! ^ (1 << (bit & 7));
    const under = await machine();
    await under.run(under.disk.remove(`${STREAMS}/PURGED/msgs/index.db`));
    under.disk.plant(path, bytes);
    await open(under, 'PURGED');
    checkFlipped(await messagesOf(under), messages, under.store, `bit ${bit & 7} of byte ${bit >> 3}`);
    await under.close();
  }
});

test('a bit flipped behind the back of a state file is found when the message is read', async () => {
  const path = `${STREAMS}/PURGED/msgs/2.blk`;
  const whole = readFileSync(join(FIXTURES, 'jetstream/$G/streams/PURGED/msgs/2.blk'));
  const { messages } = seenOf('PURGED');
  // The last eight bytes are what the state file knows.
  for (let at = 30; at < whole.length - 8; at += 5) {
    const bytes = new Uint8Array(whole);
    bytes[at] = bytes[at]! ^ 0x10;
    const under = await machine();
    under.disk.plant(path, bytes);
    await open(under, 'PURGED');
    checkFlipped(await messagesOf(under), messages, under.store, `byte ${at}`);
    await under.close();
  }
});

test('a state file with any byte changed is not believed', async () => {
  const path = `${STREAMS}/MIXED/msgs/index.db`;
  const whole = readFileSync(join(FIXTURES, 'jetstream/$G/streams/MIXED/msgs/index.db'));
  for (let at = 0; at < whole.length; at += 7) {
    const bytes = new Uint8Array(whole);
    bytes[at] = bytes[at]! ^ 0x41;
    const under = await machine();
    under.disk.plant(path, bytes);
    await open(under, 'MIXED');
    assert.deepEqual(await messagesOf(under), seenOf('MIXED').messages, `byte ${at}`);
    await under.close();
  }
});

test('a store that needs what this version does not read is refused by name and left untouched', async () => {
  const cases: readonly (readonly [string, Uint8Array, RegExp])[] = [
    ['meta.key', Uint8Array.of(1), /encrypted/],
    ['msgs/1.key', Uint8Array.of(1), /encrypted/],
    ['msgs/sched.db', Uint8Array.of(1, 2, 0, 0, 0, 0, 0, 0, 0), /schedules/],
    ['msgs/2.blk', Uint8Array.from([0x63, 0x6d, 0x70, 1, 200, 1, 9, 9, 9, 9]), /block 2 is compressed/],
  ];
  for (const [name, bytes, reason] of cases) {
    const under = await machine();
    under.disk.plant(`${STREAMS}/MIXED/${name}`, bytes);
    const before = under.disk.peek(`${STREAMS}/MIXED/msgs/1.blk`);
    await assert.rejects(
      open(under, 'MIXED'),
      (error: Error) => reason.test(error.message) && /'MIXED'/.test(error.message),
    );
    assert.deepEqual(under.disk.peek(`${STREAMS}/MIXED/msgs/1.blk`), before);
    assert.deepEqual(under.disk.peek(`${STREAMS}/MIXED/${name}`), bytes);
  }
});

test('files that are none of the store are ignored', async () => {
  const under = await machine();
  for (const name of ['3.blk.tmp', '02.blk', 'x.blk', '9.blk.bak', 'notes.txt', '1.new']) {
    under.disk.plant(`${STREAMS}/MIXED/msgs/${name}`, Uint8Array.of(1, 2, 3));
  }
  await open(under, 'MIXED');
  assert.deepEqual(await messagesOf(under), seenOf('MIXED').messages);
  await under.close();
  assert.deepEqual(under.disk.peek(`${STREAMS}/MIXED/msgs/notes.txt`), Uint8Array.of(1, 2, 3));
});

/** Where each message's record ends in a block. */
function recordEnds(bytes: Uint8Array): Map<number, number> {
  const ends = new Map<number, number>();
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  for (let at = 0; at < bytes.length; ) {
    const length = view.getUint32(at, true) & 0x7fff_ffff;
    if (view.getUint32(at + 8, true) === 0) ends.set(view.getUint32(at + 4, true), at + length);
    at += length;
  }
  return ends;
}

function checkFlipped(
  found: readonly SeenMessage[],
  expected: readonly SeenMessage[],
  store: StreamStore,
  where: string,
): void {
  const bySequence = new Map(found.map((message) => [message[0], message]));
  const missing = expected.filter((message) => !bySequence.has(message[0]));
  assert.ok(missing.length <= 1, `${where}: ${missing.length} messages are gone`);
  const lost = store.state.lost?.sequences ?? [];
  assert.deepEqual(
    lost,
    missing.map((message) => message[0]),
    where,
  );
  for (const message of expected) {
    const own = bySequence.get(message[0]);
    if (own === undefined) continue;
    // Without headers no checksum covers the length of the subject: bytes may change sides.
    const isShifted = own[1] !== message[1] && own[1] + own[4] === message[1] + message[4];
    if (!isShifted) assert.deepEqual(own, message, where);
  }
  for (const [sequence] of found)
    assert.ok(
      expected.some((message) => message[0] === sequence),
      where,
    );
  assert.ok(store.state.sequenceLast >= (expected.at(-1)?.[0] ?? 0), `${where}: a sequence would be used again`);
}
