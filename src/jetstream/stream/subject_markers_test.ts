import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Message, textMessage } from '../../ports/message.ts';
import { READ_LOADING, type ReadResult, type StoredMessage } from '../../store/stream_store.ts';
import { apiError } from '../api/api_error.ts';
import { IngestWorld } from './ingest_world.ts';
import { SubjectMarkers } from './subject_markers.ts';

const MARKER = 'NATS/1.0\r\nNats-Marker-Reason: MaxAge\r\nNats-TTL: 1h0m0s\r\nNats-Rollup: sub\r\n\r\n';

class World extends IngestWorld {
  readonly markers = new SubjectMarkers({ store: this.store, mark: (marker) => this.ingest.mark(marker) }, 3600);

  /** `sequence subject` of all messages, and their headers. */
  seen(): [string, string][] {
    return this.store.subjectTotals('>', 0, 100).map(({ subject, sequenceLast }) => {
      const found = this.read(sequenceLast);
      return [`${sequenceLast} ${subject}`, found];
    });
  }

  read(sequence: number): string {
    const { message } = readOf(this, sequence);
    return Buffer.from(message.body.subarray(message.headerStart, message.payloadStart)).toString();
  }
}

function readOf(world: IngestWorld, sequence: number): { readonly message: Message } {
  const into = { message: textMessage('', ''), sequence: 0, timeHigh: 0, timeLow: 0 };
  world.store.read(sequence, into as StoredMessage);
  return into;
}

test('the only message of a subject gives way to a marker', () => {
  const world = new World();
  world.markers.start();
  world.send('b.1', '', '', 'one');
  world.send('b.2', '', '', 'two');
  world.markers.expired([1]);
  assert.deepEqual(world.seen(), [
    ['3 b.1', MARKER],
    ['2 b.2', ''],
  ]);
});

test('a marker, and what says that it is one, goes without another', () => {
  const world = new World();
  world.markers.start();
  world.send('b.1', '', '', 'one');
  world.markers.expired([1]);
  world.send('b.2', '', 'Nats-Marker-Reason: Remove\r\n', 'two');
  world.markers.expired([2, 3]);
  assert.deepEqual(world.seen(), []);
});

test('a message that is no longer the only one goes without a marker', () => {
  const world = new World();
  world.markers.start();
  world.send('b', '', '', 'one');
  world.send('b', '', '', 'two');
  world.markers.expired([1]);
  assert.deepEqual(world.seen(), [['2 b', '']]);
});

test('nothing is marked before the stream is at work, nor after it has stopped', () => {
  const world = new World();
  world.send('b', '', '', 'one');
  world.markers.expired([1]);
  assert.deepEqual(world.seen(), [['1 b', '']]);
  world.markers.start();
  assert.deepEqual(world.seen(), [['2 b', MARKER]]);
  world.markers.stop();
  world.markers.expired([2]);
  assert.deepEqual(world.seen(), [['2 b', MARKER]]);
});

test('where there is no room for a marker the message goes all the same', () => {
  const world = new World({ rules: { discardNew: true, bytesMax: 60 } });
  world.markers.start();
  world.send('b', '', '', 'one');
  world.markers.expired([1]);
  assert.deepEqual(world.seen(), []);
  world.setRules({});
  world.send('b', '', '', 'two');
  world.refusal = apiError('JSAccountResourcesExceededErr');
  world.markers.expired([2]);
  assert.deepEqual(world.seen(), []);
});

test('a stream that is full of messages has room for the markers that take their places', () => {
  const world = new World({ rules: { discardNew: true, messagesMax: 1, messageBytesMax: 5 } });
  world.markers.start();
  world.send('b', '', '', 'one');
  world.markers.expired([1]);
  assert.deepEqual(world.seen(), [['2 b', MARKER]]);
});

test('a message that is on disk is read before it is judged', () => {
  const world = new World();
  const { store } = world;
  world.markers.start();
  world.send('b', '', '', 'one');
  const loads: (() => void)[] = [];
  const read = store.read.bind(store);
  store.read = (): ReadResult => READ_LOADING;
  store.load = (_sequence, callback) => loads.push(callback);
  world.markers.expired([1]);
  assert.equal(loads.length, 1);
  store.read = read;
  loads[0]?.();
  assert.deepEqual(world.seen(), [['2 b', MARKER]]);
});

test('a TTL below that of markers is raised to it', () => {
  const world = new World({ rules: { allowsTtl: true, ttlSecondsMin: 20 } });
  world.send('a', '', 'A: b\r\nNats-TTL: 4s\r\nC: d\r\n', 'payload');
  world.send('a', '', 'Nats-TTL: 1\r\n', 'payload');
  world.send('a', '', 'Nats-TTL: 20s\r\n');
  world.send('a', '', 'Nats-TTL: never\r\n');
  world.send('a', '', 'A: b\r\n');
  assert.deepEqual(
    [1, 2, 3, 4, 5].map((sequence) => world.read(sequence)),
    [
      'NATS/1.0\r\nA: b\r\nC: d\r\nNats-TTL: 20\r\n\r\n',
      'NATS/1.0\r\nNats-TTL: 20\r\n\r\n',
      'NATS/1.0\r\nNats-TTL: 20s\r\n\r\n',
      'NATS/1.0\r\nNats-TTL: never\r\n\r\n',
      'NATS/1.0\r\nA: b\r\n\r\n',
    ],
  );
  const { message } = readOf(world, 1);
  assert.equal(Buffer.from(message.body.subarray(message.payloadStart, message.payloadEnd)).toString(), 'payload');
});
