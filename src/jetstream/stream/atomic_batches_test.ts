import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StoredMessage } from '../../store/stream_store.ts';
import { apiError } from '../api/api_error.ts';
import { IngestWorld } from './ingest_world.ts';

const INCOMPLETE = ['{"error":10176,"stream":"S","seq":0}'];

test('a batch is answered with nothing until its last message is durable', () => {
  const world = new IngestWorld({ isLate: true });
  assert.deepEqual(world.atomic('A', 1), ['']);
  assert.deepEqual(world.atomic('A', 2), ['']);
  assert.equal(world.messages, 0);
  assert.deepEqual(world.atomic('A', 3, { commit: '1' }), []);
  assert.equal(world.messages, 3);
  assert.deepEqual(world.settle(2), []);
  assert.deepEqual(world.settle(3), ['{"stream":"S","seq":3,"batch":"A","count":3}']);
});

test('acknowledgements of single messages and batches leave in the order of their messages', () => {
  const world = new IngestWorld({ isLate: true });
  world.send('b', '_INBOX.s', '');
  world.atomic('A', 1, { commit: '1' });
  world.send('b', '_INBOX.s', '');
  assert.deepEqual(world.settle(3), [
    '{"stream":"S","seq":1}',
    '{"stream":"S","seq":2,"batch":"A","count":1}',
    '{"stream":"S","seq":3}',
  ]);
});

test('nothing of a batch is stored when its last message is refused', () => {
  const world = new IngestWorld();
  world.atomic('A', 1, { header: 'Nats-Msg-Id: 1\r\n' });
  const last = { header: 'Nats-Expected-Stream: T\r\n', commit: '1' };
  assert.deepEqual(world.atomic('A', 2, last), ['{"error":10060,"stream":"S","seq":0}']);
  assert.equal(world.messages, 0);
  assert.equal(world.budget.atomicBatches, 0);
  assert.equal(world.budget.stagedBytes, 0);
  assert.deepEqual(world.send('b', '_INBOX.s', 'Nats-Msg-Id: 1\r\n'), ['{"stream":"S","seq":1}'], 'the id is free');
});

test('nothing of a batch is stored when there is no room for all of it', () => {
  const world = new IngestWorld();
  world.atomic('A', 1);
  world.atomic('A', 2);
  const each = world.admitted[0] ?? 0;
  const asked = world.admitted.length;
  world.atomic('A', 3, { commit: '1' });
  // Room for itself when it comes, room for all when they are stored; the last one has a header more.
  const all = world.admitted[asked + 1] ?? 0;
  assert.ok(all > 3 * each);
  world.atomic('B', 1);
  world.refusal = apiError('JSAccountResourcesExceededErr');
  assert.deepEqual(world.atomic('B', 2, { commit: '1' }), ['{"error":10002,"stream":"S","seq":0}']);
  assert.equal(world.messages, 3);
});

test('a batch that nobody continues is abandoned ten seconds after its last message', () => {
  const world = new IngestWorld();
  world.atomic('A', 1);
  world.clock.advance(9_999);
  assert.deepEqual(world.atomic('A', 2), ['']);
  world.clock.advance(9_999);
  assert.deepEqual(world.abandoned, []);
  world.clock.advance(1);
  assert.deepEqual(world.abandoned, ['timeout A']);
  assert.equal(world.budget.atomicBatches, 0);
  assert.equal(world.budget.stagedBytes, 0);
  assert.deepEqual(world.atomic('A', 3, { commit: '1' }), INCOMPLETE);
  world.clock.advance(60_000);
  assert.deepEqual(world.abandoned, ['timeout A']);
});

test('a committed batch is not abandoned later', () => {
  const world = new IngestWorld();
  world.atomic('A', 1, { commit: '1' });
  world.clock.advance(60_000);
  assert.deepEqual(world.abandoned, []);
});

test('batches are limited by stream, by server and in messages', () => {
  const world = new IngestWorld({ limits: { atomicPerStreamMax: 2, messagesMax: 2 } });
  world.atomic('A', 1);
  world.atomic('B', 1);
  assert.deepEqual(world.atomic('C', 1), ['{"error":10210,"stream":"S","seq":0}']);
  world.atomic('A', 2);
  assert.deepEqual(world.atomic('A', 3), ['{"error":10199,"stream":"S","seq":0}']);
  assert.deepEqual(world.abandoned, ['large A']);
  assert.deepEqual(world.atomic('C', 1), ['']);
  const small = new IngestWorld({ limits: { atomicTotalMax: 1 } });
  small.budget.takeAtomic(0);
  assert.deepEqual(small.atomic('A', 1), ['{"error":10210,"stream":"S","seq":0}']);
});

test('messages that wait for their commit are limited in bytes', () => {
  const world = new IngestWorld({ limits: { stagedBytesMax: 500 } });
  assert.deepEqual(world.atomic('A', 1, { payload: 'x'.repeat(300) }), ['']);
  assert.deepEqual(world.atomic('B', 1, { payload: 'x'.repeat(300) }), ['{"error":10023,"stream":"S","seq":0}']);
  assert.deepEqual(world.atomic('A', 2, { commit: '1' }), ['{"stream":"S","seq":2,"batch":"A","count":2}']);
  assert.equal(world.budget.stagedBytes, 0);
  assert.deepEqual(world.atomic('B', 1, { payload: 'x'.repeat(300) }), ['']);
});

test('forbidden or closed, a stream forgets its batches and gives back what they took', () => {
  const world = new IngestWorld();
  world.atomic('A', 1);
  world.setRules({ allowsAtomicBatches: false });
  assert.equal(world.budget.atomicBatches, 0);
  world.setRules({});
  assert.deepEqual(world.atomic('A', 2), INCOMPLETE);
  world.atomic('B', 1);
  world.ingest.close();
  assert.equal(world.budget.atomicBatches, 0);
  assert.equal(world.budget.stagedBytes, 0);
  world.clock.advance(60_000);
  assert.deepEqual(world.abandoned, []);
});

test('the end of a batch marks the last message, whatever its payload', () => {
  const world = new IngestWorld();
  world.atomic('A', 1, { payload: 'one' });
  world.atomic('A', 2, { payload: '', header: 'Other: 1\r\n' });
  world.atomic('A', 3, { commit: 'eob' });
  const stored = new StoredMessage();
  world.store.read(2, stored);
  const { body, headerStart, payloadEnd } = stored.message;
  const text = 'NATS/1.0\r\nNats-Batch-Id: A\r\nNats-Batch-Sequence: 2\r\nOther: 1\r\nNats-Batch-Commit: 1\r\n\r\n';
  assert.equal(Buffer.from(body.subarray(headerStart, payloadEnd)).toString(), text);
});

test('a batch of many messages of every size is stored as it was sent', () => {
  const world = new IngestWorld();
  for (let i = 1; i <= 1000; i++) world.atomic('A', i, { subject: `b.${i % 7}`, payload: 'x'.repeat((i * 37) % 5000) });
  assert.deepEqual(world.atomic('A', 1001, { commit: 'eob' }), ['{"stream":"S","seq":1000,"batch":"A","count":1000}']);
  const stored = new StoredMessage();
  for (const sequence of [1, 135, 136, 999, 1000]) {
    world.store.read(sequence, stored);
    const { message } = stored;
    assert.equal(message.payloadEnd - message.payloadStart, (sequence * 37) % 5000);
    const subject = message.subject.subarray(message.subjectStart, message.subjectEnd);
    assert.equal(Buffer.from(subject).toString(), `b.${sequence % 7}`);
  }
});
