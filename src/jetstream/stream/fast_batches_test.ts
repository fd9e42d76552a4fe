import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StoredMessage } from '../../store/stream_store.ts';
import { IngestWorld } from './ingest_world.ts';

const UNKNOWN = ['{"error":10208,"stream":"S","seq":0}'];

function ack(sequence: number, messages: number): string {
  return `{"type":"ack","seq":${sequence},"msgs":${messages}}`;
}

test('a publisher is told what is durable, not what is stored', () => {
  const world = new IngestWorld({ isLate: true });
  assert.deepEqual(world.fast('A', '2.fail.1.0'), [ack(0, 2)]);
  for (const place of ['2.1', '3.1', '4.1', '5.1']) assert.deepEqual(world.fast('A', `2.fail.${place}`), []);
  assert.deepEqual(world.settle(1), []);
  assert.deepEqual(world.settle(3), [ack(2, 2)]);
  assert.deepEqual(world.fast('A', '2.fail.5.4'), [ack(2, 2)], 'a ping repeats it');
  assert.deepEqual(world.settle(5), [ack(4, 2)]);
});

test('a commit is acknowledged when everything before it is durable', () => {
  const world = new IngestWorld({ isLate: true });
  world.fast('A', '10.fail.1.0');
  assert.deepEqual(world.fast('A', '10.fail.2.2'), []);
  assert.deepEqual(world.settle(1), []);
  assert.deepEqual(world.settle(2), ['{"stream":"S","seq":2,"batch":"A","count":2}']);
  assert.equal(world.budget.fastBatches, 0);
});

test('an end of batch waits for the last message, too', () => {
  const world = new IngestWorld({ isLate: true });
  world.fast('A', '10.fail.1.0');
  assert.deepEqual(world.fast('A', '10.fail.2.3'), []);
  assert.deepEqual(world.fast('A', '10.fail.3.1'), [], 'nothing is taken behind the end');
  world.clock.advance(60_000);
  assert.deepEqual(world.settle(1), ['{"stream":"S","seq":1,"batch":"A","count":1}']);
  assert.equal(world.messages, 1);
});

test('a gap ends a batch that must have none once what came before is durable', () => {
  const world = new IngestWorld({ isLate: true });
  world.fast('A', '10.fail.1.0');
  assert.deepEqual(world.fast('A', '10.fail.3.1'), ['{"type":"gap","last_seq":2,"seq":3}']);
  assert.deepEqual(world.fast('A', '10.fail.4.1'), []);
  assert.deepEqual(world.fast('A', '10.fail.4.4'), ['{"type":"gap","last_seq":2,"seq":5}', ack(0, 10)]);
  assert.deepEqual(world.settle(1), ['{"stream":"S","seq":1,"batch":"A","count":1}']);
  assert.deepEqual(world.fast('A', '10.fail.4.1'), UNKNOWN);
});

test('a refusal in the middle leaves after it what is durable before it', () => {
  const world = new IngestWorld({ isLate: true });
  world.fast('A', '10.fail.1.0');
  const refused = world.fast('A', '10.fail.2.1', { header: 'Nats-Expected-Stream: T\r\n' });
  assert.deepEqual(refused, ['{"type":"err","seq":2,"error":10060}']);
  assert.deepEqual(world.settle(1), ['{"stream":"S","seq":1,"batch":"A","count":1}']);
});

test('a known message id counts as stored once its message is durable', () => {
  const world = new IngestWorld({ isLate: true });
  world.send('b', '_INBOX.s', 'Nats-Msg-Id: 1\r\n');
  world.fast('A', '1.fail.1.0', { header: 'Nats-Msg-Id: 1\r\n' });
  world.fast('A', '1.fail.2.1', { header: 'Nats-Msg-Id: 2\r\n' });
  assert.equal(world.messages, 2);
  assert.deepEqual(world.settle(1), ['{"stream":"S","seq":1}', ack(1, 1)]);
  assert.deepEqual(world.settle(2), [ack(2, 1)]);
  assert.deepEqual(world.fast('A', '1.fail.3.2', { header: 'Nats-Msg-Id: 2\r\n' }), [
    ack(3, 1),
    '{"stream":"S","seq":2,"batch":"A","count":3}',
  ]);
});

test('a batch that is nothing but one known message says so when that is durable', () => {
  const world = new IngestWorld({ isLate: true });
  world.send('b', '_INBOX.s', 'Nats-Msg-Id: 1\r\n');
  assert.deepEqual(world.fast('A', '10.fail.1.2', { header: 'Nats-Msg-Id: 1\r\n' }), []);
  assert.deepEqual(world.settle(1), [
    '{"stream":"S","seq":1}',
    '{"stream":"S","seq":1,"duplicate": true,"batch":"A","count":1}',
  ]);
});

test('an expected last message id is refused like anything else that a message expects', () => {
  const world = new IngestWorld();
  world.fast('A', '10.fail.1.0', { header: 'Nats-Msg-Id: 1\r\n' });
  world.fast('A', '10.fail.2.1', { header: 'Nats-Expected-Last-Msg-Id: 1\r\n' });
  assert.deepEqual(world.fast('A', '10.fail.3.2', { header: 'Nats-Expected-Last-Msg-Id: 1\r\n' }), [
    '{"type":"err","seq":3,"error":10070}',
    '{"stream":"S","seq":2,"batch":"A","count":2}',
  ]);
  assert.equal(world.budget.fastBatches, 0);
});

test('the mark of an atomic batch is not stored with a message of a fast one', () => {
  const world = new IngestWorld();
  world.fast('A', '10.fail.1.0', { header: 'Nats-Batch-Id: Q\r\nNats-Batch-Sequence: 1\r\nOther: 1\r\n' });
  const stored = new StoredMessage();
  world.store.read(1, stored);
  const { body, headerStart, payloadStart } = stored.message;
  const block = Buffer.from(body.subarray(headerStart, payloadStart)).toString();
  assert.equal(block, 'NATS/1.0\r\nNats-Batch-Sequence: 1\r\nOther: 1\r\n\r\n');
});

test('a batch that nobody continues is forgotten ten seconds after its last message or ping', () => {
  const world = new IngestWorld();
  world.fast('A', '10.fail.1.0');
  world.clock.advance(9_999);
  world.fast('A', '10.fail.1.4');
  world.clock.advance(9_999);
  assert.equal(world.budget.fastBatches, 1);
  world.clock.advance(1);
  assert.equal(world.budget.fastBatches, 0);
  assert.deepEqual(world.fast('A', '10.fail.2.1'), UNKNOWN);
  assert.deepEqual(world.abandoned, []);
});

test('what becomes durable after its batch was forgotten is told to nobody', () => {
  const world = new IngestWorld({ isLate: true });
  world.fast('A', '1.fail.1.0');
  world.setRules({ allowsFastBatches: false });
  assert.deepEqual(world.settle(1), []);
  assert.equal(world.budget.fastBatches, 0);
});

test('several batches share the stream by turns', () => {
  const world = new IngestWorld();
  assert.deepEqual(world.fast('A', '4.fail.1.0'), [ack(0, 4)]);
  assert.deepEqual(world.fast('B', '4.fail.1.0'), [ack(0, 1), ack(1, 2)]);
  assert.deepEqual(world.fast('A', '4.fail.2.1'), []);
  assert.deepEqual(world.fast('B', '4.fail.2.1'), []);
  assert.deepEqual(world.fast('A', '4.fail.3.3'), ['{"stream":"S","seq":3,"batch":"A","count":2}']);
  assert.deepEqual(world.fast('B', '4.fail.3.2'), ['{"stream":"S","seq":5,"batch":"B","count":3}']);
});

test('a publisher whose answers land in the stream itself does not confuse it', () => {
  const world = new IngestWorld();
  world.bus.subscribe('_INBOX.>', null, (message) => world.ingest.accept(message));
  world.fast('A', '1.fail.1.0', { header: 'Nats-Msg-Id: 1\r\n' });
  // The message, and the two answers to it.
  assert.equal(world.messages, 3);
  assert.deepEqual(world.send('b', '_INBOX.s', 'Nats-Msg-Id: 1\r\n'), ['{"stream":"S","seq":1,"duplicate": true}']);
});
