import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { TestClock, TestStore } from './consumer_world.ts';
import { NEXT_NONE, NEXT_NOT_DURABLE, NextMessage } from './next_message.ts';

function storeOf(subjects: string): TestStore {
  const store = new TestStore(new TestClock());
  for (const subject of subjects.split(' ')) store.add(subject, 'x');
  return store;
}

/** Delivers everything there is; what came with the pending count behind it. */
function drain(next: NextMessage, store: TestStore): string[] {
  const out: string[] = [];
  for (let sequence = next.find(); sequence > 0; sequence = next.find()) {
    if (store.subjectIdOf(sequence) < 0) {
      next.missing(sequence);
      continue;
    }
    next.delivered(sequence);
    out.push(`${sequence}/${next.pending}`);
  }
  return out;
}

test('without a filter everything stored comes, gaps left out', () => {
  const store = storeOf('a b a b a');
  store.remove(2);
  const next = new NextMessage(store, null, 1);
  assert.deepEqual(drain(next, store), ['1/3', '3/2', '4/1', '5/0']);
  assert.equal(next.find(), NEXT_NONE);
  store.add('c', 'x');
  assert.equal(next.pending, 1);
  assert.deepEqual(drain(next, store), ['6/0']);
});

test('with filters only what passes comes and is counted', () => {
  const store = storeOf('a b c.1 b c.2 a');
  const filter = store.filter(['a', 'c.*']);
  const next = new NextMessage(store, filter, 2);
  assert.deepEqual(drain(next, store), ['3/2', '5/1', '6/0']);
  store.add('b', 'x');
  assert.equal(next.find(), NEXT_NONE);
  assert.deepEqual([next.pending, next.cursor], [0, 8]);
});

test('a message that is not durable yet has to wait, but counts', () => {
  const store = storeOf('a');
  store.isLazy = true;
  const next = new NextMessage(store, null, 1);
  store.add('a', 'x');
  next.delivered(next.find());
  assert.deepEqual([next.find(), next.pending], [NEXT_NOT_DURABLE, 1]);
  store.makeDurable();
  assert.equal(next.find(), 2);
});

test('last per subject: first the list, then everything behind it', () => {
  const store = storeOf('a b a c b');
  const next = new NextMessage(store, null, 6);
  next.startWithList(store.lastPerSubject(null, 5), 5);
  store.add('a', 'x');
  assert.equal(next.pending, 4);
  assert.deepEqual(drain(next, store), ['3/3', '4/2', '5/1', '6/0']);
});

test('last per subject: an entry that goes before its turn is not counted and not missed', () => {
  const store = storeOf('a b c');
  const next = new NextMessage(store, null, 4);
  next.startWithList([1, 2, 3], 3);
  store.listen({
    durable() {},
    removed: (seq, id) => next.removed(seq, id),
    removedMany() {},
    expired() {},
    faulted() {},
  });
  store.remove(2);
  assert.equal(next.pending, 2);
  assert.deepEqual(drain(next, store), ['1/1', '3/0']);
});

test('a delivery taken back comes again, also from the list', () => {
  const store = storeOf('a b');
  const next = new NextMessage(store, null, 3);
  next.startWithList([1], 1);
  for (const sequence of [1, 2]) {
    const { cursor, pending } = next;
    assert.equal(next.find(), sequence);
    next.delivered(sequence);
    next.undoDelivered(sequence, cursor);
    assert.deepEqual([next.find(), next.cursor, next.pending], [sequence, cursor, pending]);
    next.delivered(sequence);
  }
  assert.equal(next.find(), NEXT_NONE);
});

test('after a purge the cursor stands before what is left', () => {
  const store = storeOf('a b a b');
  const all = new NextMessage(store, null, 1);
  const onlyB = new NextMessage(store, store.filter(['b']), 1);
  store.purge({ filter: 'a', sequence: 0, keep: 0 });
  assert.deepEqual([all.purged(), all.cursor, all.pending], [true, 2, 2]);
  assert.deepEqual([onlyB.purged(), onlyB.pending], [false, 2]);
  store.purge({ filter: null, sequence: 0, keep: 0 });
  assert.deepEqual([all.purged(), all.cursor, all.pending], [true, 5, 0]);
  assert.deepEqual([onlyB.purged(), onlyB.cursor, onlyB.pending], [true, 5, 0]);
});

const SUBJECTS = ['a', 'b', 'c.1', 'c.2'];
const STEP = fc.record({
  what: fc.constantFrom('add', 'add', 'add', 'deliver', 'deliver', 'undo', 'remove', 'purge', 'ask', 'gap'),
  at: fc.nat(60),
});

test('num_pending is exact at all times, whatever happens to the stream', () => {
  fc.assert(
    fc.property(fc.array(STEP, { maxLength: 150 }), fc.constantFrom(null, ['a'], ['a', 'c.*']), (steps, filters) => {
      const store = new TestStore(new TestClock());
      const filter = filters === null ? null : store.filter(filters);
      const next = new NextMessage(store, filter, 1);
      store.listen({
        durable() {},
        removed: (seq, id) => next.removed(seq, id),
        removedMany: () => next.purged(),
        expired() {},
        faulted() {},
      });
      for (const { what, at } of steps) {
        if (what === 'add') store.add(SUBJECTS[at % 4] as string, 'x');
        else if (what === 'remove') store.remove(at);
        else if (what === 'gap') store.skipTo(store.state.sequenceLast + (at % 5));
        else if (what === 'purge' && at < 5) store.purge({ filter: SUBJECTS[at % 4] as string, sequence: 0, keep: 0 });
        else if (what === 'deliver' || what === 'undo') deliverOne(next, store, what === 'undo');
        if (what === 'ask') assert.equal(next.pending, store.count(filter, next.cursor));
      }
      assert.equal(next.pending, store.count(filter, next.cursor));
    }),
    { numRuns: 300 },
  );
});

function deliverOne(next: NextMessage, store: TestStore, undo: boolean): void {
  const sequence = next.find();
  if (sequence <= 0) return;
  if (store.subjectIdOf(sequence) < 0) {
    next.missing(sequence);
    return;
  }
  const { cursor } = next;
  next.delivered(sequence);
  if (undo) next.undoDelivered(sequence, cursor);
}
