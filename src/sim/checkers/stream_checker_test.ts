import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StoredMessage } from './stream_checker.ts';
import { StreamChecker } from './stream_checker.ts';

/** Ten messages published in order, the even ones acknowledged at sequence id + 1. */
function checker(): StreamChecker {
  const made = new StreamChecker();
  for (let id = 0; id < 10; id++) made.published(id, { subject: 's.a', payload: `payload ${id}`, connection: 1 });
  for (let id = 0; id < 10; id += 2) made.acked(id, id + 1, false);
  return made;
}

function stored(ids: readonly number[], firstSequence = 1): StoredMessage[] {
  return ids.map((id, index) => ({ sequence: firstSequence + index, subject: 's.a', payload: `payload ${id}` }));
}

function read(made: StreamChecker, messages: readonly StoredMessage[], count = messages.length): readonly string[] {
  const sequenceLast = messages.at(-1)?.sequence ?? 0;
  made.observed({ sequenceFirst: messages[0]?.sequence ?? 1, sequenceLast, count, messages });
  return made.violations;
}

const WHOLE = stored([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);

test('StreamChecker accepts what was promised, with and without what was in doubt', () => {
  assert.deepEqual(read(checker(), WHOLE), []);
  assert.deepEqual(read(checker(), WHOLE.slice(0, 9)), []);
  const holes = WHOLE.filter((message) => message.sequence !== 4);
  assert.deepEqual(read(checker(), holes), []);
  assert.equal(checker().ackedCount, 5);
  assert.equal(checker().publishedCount, 10);
});

test('StreamChecker finds an acknowledged message that is gone', () => {
  const gone = WHOLE.filter((message) => message.sequence !== 3);
  assert.deepEqual(read(checker(), gone), ['message 2 was acknowledged as sequence 3, but nothing is there']);
});

test('StreamChecker finds sequences that moved', () => {
  const moved = read(checker(), stored([0, 1, 2, 4, 5, 6, 7, 8]));
  assert.ok(moved.includes('message 4 was acknowledged as sequence 5, but message 5 is there'));
});

test('StreamChecker finds a message that is stored twice', () => {
  assert.deepEqual(read(checker(), [...WHOLE, ...stored([9], 11)]), ['message 9 is stored twice, as 10 and as 11']);
});

test('StreamChecker finds content that nobody published', () => {
  const torn = [...WHOLE, { sequence: 11, subject: 's.a', payload: 'payl' }];
  assert.deepEqual(read(checker(), torn), ['sequence 11 holds what nobody published: "payl"']);
});

test('StreamChecker finds a subject that changed', () => {
  const changed = WHOLE.map((message) => (message.sequence === 2 ? { ...message, subject: 's.b' } : message));
  assert.deepEqual(read(checker(), changed), ['message 1 has subject s.b, not s.a']);
});

test('StreamChecker finds a sequence that was given again after it was read or acknowledged', () => {
  const made = checker();
  read(made, WHOLE);
  made.published(10, { subject: 's.a', payload: 'payload 10', connection: 2 });
  made.acked(10, 10, false);
  assert.deepEqual(made.violations, ['sequence 10 held message 9 and was acknowledged with message 10']);
});

test('StreamChecker finds messages of one connection in another order', () => {
  const made = new StreamChecker();
  for (const id of [0, 1]) made.published(id, { subject: 's.a', payload: `payload ${id}`, connection: 1 });
  assert.deepEqual(read(made, stored([1, 0])), [
    'message 0 was published before message 1 and is stored after it, as 2',
  ]);
});

test('StreamChecker allows another order for retries and between connections', () => {
  const made = new StreamChecker();
  made.published(0, { subject: 's.a', payload: 'payload 0', connection: 1 });
  made.published(1, { subject: 's.a', payload: 'payload 1', connection: 2 });
  made.published(2, { subject: 's.a', payload: 'payload 2', connection: 2 });
  made.published(1, { subject: 's.a', payload: 'payload 1', connection: 2 });
  assert.deepEqual(read(made, stored([2, 1, 0])), []);
});

test('StreamChecker finds acknowledgements that contradict each other', () => {
  const made = checker();
  made.acked(0, 7, false);
  assert.ok(made.violations.includes('message 0 was acknowledged as 1 and as 7'));
  const early = new StreamChecker();
  early.published(0, { subject: 's.a', payload: 'payload 0', connection: 1 });
  early.acked(0, 1, true);
  assert.deepEqual(early.violations, ['message 0 was called a duplicate at its first attempt']);
  early.acked(5, 2, false);
  assert.equal(early.violations.at(-1), 'message 5 was acknowledged and never published');
});

test('StreamChecker finds counts that do not fit', () => {
  assert.deepEqual(read(checker(), WHOLE, 11), ['the stream says it holds 11 messages and gives 10']);
  const made = checker();
  made.observed({ sequenceFirst: 1, sequenceLast: 9, count: 10, messages: WHOLE });
  assert.deepEqual(made.violations, ['sequence 10 is outside 10 to 9']);
});

test('StreamChecker stops counting when all is broken', () => {
  const made = new StreamChecker();
  for (let id = 0; id < 100; id++) made.acked(id, id, false);
  assert.equal(made.violations.length, 20);
});
