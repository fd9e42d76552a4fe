import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryStreamStore } from '../../store/memory_stream_store.ts';
import { JetStreamEngine } from '../engine.ts';
import { makeMessage, TestingBus, TestingClock, TestingStores, testingParts } from '../testing_bus.ts';
import { findPartialBatches, removePartialBatch } from './partial_batch.ts';
import { STREAM_CONFIG, type StreamConfig } from './stream_config.ts';

const NO_LIMITS = {
  messagesMax: -1,
  bytesMax: -1,
  ageMaxNs: 0,
  messagesPerSubjectMax: -1,
  discardNew: false,
  discardNewPerSubject: false,
  marksExpired: false,
};
const CONFIG: StreamConfig = { ...STREAM_CONFIG.zero(), name: 'S', allow_atomic: true, max_msgs: -1, max_bytes: -1 };

/** Messages as `id:sequence[:commit]`, anything else for a message of no batch. */
function storeOf(...messages: string[]): DamagedStore {
  const store = new DamagedStore({ clock: new TestingClock(), limits: NO_LIMITS, seed: 1 });
  for (const [i, text] of messages.entries()) {
    const [id = '', sequence, commit] = text.split(':');
    const mark = commit === undefined ? '' : `Nats-Batch-Commit: ${commit}\r\n`;
    const header =
      sequence === undefined
        ? ''
        : `NATS/1.0\r\nNats-Batch-Id: ${id}\r\nNats-Batch-Sequence: ${sequence}\r\n${mark}\r\n`;
    store.append(makeMessage('b', 'x', '', header), 0, i + 1);
  }
  return store;
}

async function found(store: MemoryStreamStore, config: Partial<StreamConfig> = {}): Promise<string> {
  const batches = await findPartialBatches(store, { ...CONFIG, ...config });
  const texts = batches.map(
    ({ id, sequences, isRemovable }) => `${id} ${sequences} ${isRemovable ? 'removable' : 'stays'}`,
  );
  return texts.join('; ');
}

/** A store that was opened after a crash. */
class DamagedStore extends MemoryStreamStore {
  certain = 0;

  override get sequenceCertain(): number {
    return this.certain;
  }

  /** The message cannot be read. */
  lose(...sequences: number[]): this {
    for (const sequence of sequences) this.remove(sequence, false);
    this.lost = { sequences: [...(this.lost?.sequences ?? []), ...sequences], bytes: 0 };
    return this;
  }
}

test('the rest of a batch at the end of a stream is found, and removed', async () => {
  const store = storeOf('x', 'A:1', 'A:2:1', 'B:1', 'B:2');
  assert.equal(await found(store), 'B 4,5 removable');
  for (const batch of await findPartialBatches(store, CONFIG)) removePartialBatch(store, batch);
  assert.equal(store.state.messages, 3);
  assert.equal(store.state.sequenceLast, 5, 'its sequences are used up');
  assert.equal(await found(store), '');
});

test('a batch that is complete stays, also when its end was deleted later', async () => {
  assert.equal(await found(storeOf()), '');
  assert.equal(await found(storeOf('x')), '');
  assert.equal(await found(storeOf('A:1', 'A:2:1')), '');
  assert.equal(await found(storeOf('A:1', 'A:2', 'x')), '');
  const deleted = storeOf('A:1', 'A:2', 'A:3:1');
  deleted.remove(3, false);
  assert.equal(await found(deleted), '');
});

test('a batch with a hole is found, wherever the hole is', async () => {
  const whole = ['x', 'A:1', 'A:2', 'A:3:1'];
  assert.equal(await found(storeOf(...whole).lose(2)), 'A 3,4 removable');
  assert.equal(await found(storeOf(...whole).lose(3)), 'A 2,4 removable');
  assert.equal(await found(storeOf(...whole).lose(4)), 'A 2,3 removable');
  assert.equal(await found(storeOf(...whole).lose(2, 3)), 'A 4 removable');
  assert.equal(await found(storeOf(...whole, 'x', 'B:1:1').lose(3)), 'A 2,4 removable');
  assert.equal(await found(storeOf('A:1', 'A:2:1', 'B:1', 'B:2:1').lose(2, 3)), 'A 1 removable; B 4 removable');
  assert.equal(
    await found(storeOf('A:1', 'A:2:1', 'x', 'y').lose(3)),
    '',
    'what is lost behind a commit is no part of it',
  );
});

test('what was certainly on disk before the crash stays', async () => {
  const store = storeOf('A:1', 'A:2:1', 'B:1', 'B:2').lose(1);
  store.certain = 4;
  assert.equal(await found(store), '');
  store.certain = 2;
  assert.equal(await found(store), 'B 3,4 removable');
});

test('what only looks like a batch stays', async () => {
  assert.equal(await found(storeOf('A:2')), '');
  assert.equal(await found(storeOf('x', 'A:2')), '');
  assert.equal(await found(storeOf('B:1', 'A:2')), '');
  assert.equal(await found(storeOf('A:1', 'A:3')), '');
  assert.equal(await found(storeOf('A:1', 'A:2', 'A:9007199254740991')), '');
  assert.equal(await found(storeOf('A:1', 'A:2'), { allow_atomic: false }), '');
});

test('a rest that may have pushed out older messages stays, and is named', async () => {
  assert.equal(await found(storeOf('A:1'), { max_msgs_per_subject: 1 }), 'A 1 stays');
  assert.equal(await found(storeOf('A:1'), { max_msgs: 5 }), 'A 1 stays');
  assert.equal(await found(storeOf('A:1'), { max_bytes: 5000 }), 'A 1 stays');
  assert.equal(await found(storeOf('A:1'), { max_msgs: 5, discard: 'new' }), 'A 1 removable');
  const full = { max_msgs_per_subject: 1, discard: 'new', discard_new_per_subject: true } as const;
  assert.equal(await found(storeOf('A:1'), full), 'A 1 removable');
});

test('a stream comes up without the rest of a batch, and knows none of its ids', async () => {
  const clock = new TestingClock();
  const stores = new TestingStores(clock);
  const before = new JetStreamEngine(testingParts(clock, stores));
  const bus = new TestingBus();
  await before.enable(bus);
  const config = { name: 'S', subjects: ['b'], storage: 'memory', allow_atomic: true };
  await bus.ask('$JS.API.STREAM.CREATE.S', JSON.stringify(config));
  await bus.ask('b', 'x');
  const header = 'NATS/1.0\r\nNats-Batch-Id: A\r\nNats-Batch-Sequence: 1\r\nNats-Msg-Id: 1\r\n\r\n';
  before
    .account('A')
    ?.stream('S')
    ?.store.append(makeMessage('b', 'lost', '', header), 0x17a5_0000, 0);

  const after = new JetStreamEngine(testingParts(clock, stores));
  const otherBus = new TestingBus();
  await after.enable(otherBus);
  assert.equal(after.account('A')?.stream('S')?.store.state.messages, 1);
  const { payload } = await otherBus.ask('b', 'again', 'NATS/1.0\r\nNats-Msg-Id: 1\r\n\r\n');
  assert.equal(payload, '{"stream":"S","seq":3}');
});
