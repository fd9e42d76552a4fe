import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SILENT_LOGGER } from '../../base/log.ts';
import { MemoryStreamStore } from '../../store/memory_stream_store.ts';
import { READ_LOADING, type ReadResult, type StoredMessage } from '../../store/stream_store.ts';
import { makeMessage, TestingBus, TestingClock } from '../testing_bus.ts';
import { DirectGet } from './direct_get.ts';

const NO_LIMITS = {
  messagesMax: -1,
  bytesMax: -1,
  ageMaxNs: 0,
  messagesPerSubjectMax: -1,
  discardNew: false,
  discardNewPerSubject: false,
  marksExpired: false,
};

/** A store that must load each message from disk before its first read. */
class LoadingStore extends MemoryStreamStore {
  readonly #loaded = new Set<number>();
  loads = 0;

  override read(sequence: number, into: StoredMessage): ReadResult {
    return this.#loaded.has(sequence) ? super.read(sequence, into) : READ_LOADING;
  }

  override load(sequence: number, callback: () => void): void {
    this.loads++;
    this.#loaded.add(sequence);
    callback();
  }
}

interface World {
  readonly bus: TestingBus;
  readonly store: LoadingStore;
  readonly inbox: string;
  readonly arrivals: ReturnType<TestingBus['collect']>;
  ask(body: object): void;
}

function makeWorld(): World {
  const clock = new TestingClock();
  const bus = new TestingBus();
  const store = new LoadingStore({ clock, limits: NO_LIMITS, seed: 1 });
  const header = 'NATS/1.0\r\nA: 1\r\n\r\n';
  for (let i = 1; i <= 4; i++) store.append(makeMessage(`a.${i % 2}`, `m${i}`, '', i === 3 ? header : ''), 0, i);
  new DirectGet({ stream: 'S', bus, store, log: SILENT_LOGGER, bytesMax: 1 << 20 }).start();
  const inbox = bus.newInbox();
  const arrivals = bus.collect(inbox);
  return { bus, store, inbox, arrivals, ask: (body) => bus.send('$JS.API.DIRECT.GET.S', JSON.stringify(body), inbox) };
}

test('a message comes with its own headers and what it is', () => {
  const { ask, arrivals, store } = makeWorld();
  ask({ seq: 3 });
  assert.equal(store.loads, 1);
  assert.deepEqual(
    arrivals.map(({ header, payload }) => [header, payload]),
    [
      [
        'NATS/1.0\r\nA: 1\r\nNats-Stream: S\r\nNats-Subject: a.1\r\nNats-Sequence: 3\r\n' +
          'Nats-Time-Stamp: 1970-01-01T00:00:00.000000003Z\r\n\r\n',
        'm3',
      ],
    ],
  );
});

test('a batch waits for an asker whose buffer is full, and goes on', () => {
  const { ask, arrivals, bus, inbox } = makeWorld();
  bus.congested.add(inbox);
  ask({ seq: 1, batch: 10 });
  assert.deepEqual(
    arrivals.map(({ payload }) => payload),
    ['m1'],
  );
  bus.relieve();
  assert.deepEqual(
    arrivals.map(({ payload }) => payload),
    ['m1', 'm2', 'm3', 'm4', ''],
  );
  assert.match(
    arrivals.at(-1)?.header ?? '',
    /^NATS\/1\.0 204 EOB\r\nNats-Num-Pending: 0\r\nNats-Last-Sequence: 4\r\n/,
  );
});

test('what arrives during a batch is pending at its end', () => {
  const { ask, arrivals, bus, inbox, store } = makeWorld();
  bus.congested.add(inbox);
  ask({ seq: 1, batch: 2 });
  store.append(makeMessage('a.0', 'm5'), 0, 5);
  bus.relieve();
  assert.match(arrivals.at(-1)?.header ?? '', /Nats-Num-Pending: 3\r\nNats-Last-Sequence: 2\r\n/);
});

test('the last message of a subject is found by the request subject', () => {
  const { arrivals, bus, inbox } = makeWorld();
  bus.send('$JS.API.DIRECT.GET.S.a.0', '', inbox);
  bus.send('$JS.API.DIRECT.GET.S.a.9', '', inbox);
  assert.deepEqual(
    arrivals.map(({ payload }) => payload),
    ['m4', ''],
  );
  assert.equal(arrivals[1]?.header, 'NATS/1.0 404 Message Not Found\r\n\r\n');
});

test('a request without a reply is for nobody', () => {
  const { arrivals, bus, store } = makeWorld();
  bus.send('$JS.API.DIRECT.GET.S', '{"seq":1}');
  bus.send('$JS.API.DIRECT.GET.S.a.0', '');
  assert.equal(arrivals.length + store.loads, 0);
});
