import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { AckState } from './ack_state.ts';
import { Redelivery } from './redelivery.ts';

function ignore(): void {
  // Nothing to note.
}

function make(backoffMs: number[] = []): {
  state: AckState;
  redelivery: Redelivery;
  deliver(seq: number, at: number): void;
} {
  const state = new AckState('explicit');
  const redelivery = new Redelivery(state, { ackWaitMs: 100, backoffMs });
  const deliver = (sequence: number, nowMs: number) => redelivery.delivered(state.deliver(sequence, nowMs), nowMs);
  return { state, redelivery, deliver };
}

/** Takes everything out of the queue, as deliveries at `nowMs`. */
function drain(state: AckState, redelivery: Redelivery, nowMs: number): number[] {
  const sequences: number[] = [];
  for (let slot = redelivery.peek(); slot >= 0; slot = redelivery.peek()) {
    sequences.push(state.window.sequences[slot] as number);
    redelivery.unqueue(slot);
    state.redeliver(slot, nowMs);
    redelivery.delivered(slot, nowMs);
  }
  return sequences;
}

test('redelivery comes after ack_wait, oldest first, and again after another', () => {
  const { state, redelivery, deliver } = make();
  deliver(5, 0);
  deliver(7, 10);
  assert.equal(redelivery.checkAtMs, 101);
  assert.equal(redelivery.check(99, 0, ignore), 0);
  assert.equal(redelivery.check(110, 0, ignore), 2);
  assert.deepEqual(drain(state, redelivery, 110), [5, 7]);
  assert.equal(redelivery.check(209, 0, ignore), 0);
  assert.equal(redelivery.check(210, 0, ignore), 2);
});

test('backoff waits longer with every delivery, the last step for ever', () => {
  const { state, redelivery, deliver } = make([10, 50, 200]);
  deliver(1, 0);
  let nowMs = 0;
  for (const wait of [10, 50, 200, 200]) {
    assert.equal(redelivery.check(nowMs + wait - 1, 0, ignore), 0);
    assert.equal(redelivery.check(nowMs + wait, 0, ignore), 1);
    nowMs += wait;
    assert.deepEqual(drain(state, redelivery, nowMs), [1]);
  }
});

test('whoever is delivered again and comes back waits behind those who have waited longer', () => {
  const { state, redelivery, deliver } = make();
  for (const sequence of [1, 2, 3, 4]) deliver(sequence, 0);
  redelivery.queueAll();
  const next = (): number => {
    const slot = redelivery.peek();
    redelivery.unqueue(slot);
    state.redeliver(slot, 1);
    redelivery.queue(slot);
    return state.window.sequences[slot] as number;
  };
  const seen: number[] = [];
  for (let i = 0; i < 40; i++) seen.push(next());
  assert.deepEqual(
    seen,
    Array.from({ length: 40 }, (_, i) => (i % 4) + 1),
  );
});

test('a message that a NAK delays out of the middle of the queue has its place at the end when it comes back', () => {
  const { state, redelivery, deliver } = make();
  for (const sequence of [1, 2, 3]) deliver(sequence, 0);
  redelivery.queueAll();
  redelivery.delay(state.window.find(2), 50, 0);
  redelivery.queue(state.window.find(2));
  assert.deepEqual(drain(state, redelivery, 60), [1, 3, 2]);
});

test('a NAK delay holds whatever the backoff says, and takes the message out of the queue', () => {
  const { state, redelivery, deliver } = make([10, 500]);
  deliver(1, 0);
  redelivery.check(10, 0, ignore);
  drain(state, redelivery, 10);
  const slot = state.window.find(1);
  redelivery.queue(slot);
  redelivery.delay(slot, 30, 20);
  assert.equal(redelivery.peek(), -1);
  assert.equal(redelivery.checkAtMs, 51);
  assert.equal(redelivery.check(49, 0, ignore), 0);
  assert.equal(redelivery.check(50, 0, ignore), 1);
});

test('progress starts the wait over', () => {
  const { redelivery, deliver, state } = make();
  deliver(1, 0);
  redelivery.progress(state.window.find(1), 90);
  assert.equal(redelivery.check(150, 0, ignore), 0);
  assert.equal(redelivery.check(190, 0, ignore), 1);
});

test('with one delivery allowed a message is given up at its deadline, with more when its turn comes', () => {
  const once = make();
  once.deliver(1, 0);
  const given: number[][] = [];
  const note = (sequence: number, deliveries: number) => given.push([sequence, deliveries]);
  assert.equal(once.redelivery.check(100, 1, note), 0);
  assert.deepEqual(given, [[1, 1]]);
  assert.equal(once.state.pending, 0);

  const twice = make();
  twice.deliver(1, 0);
  twice.redelivery.check(100, 2, note);
  drain(twice.state, twice.redelivery, 100);
  assert.equal(twice.redelivery.check(200, 2, note), 1);
  assert.equal(twice.state.pending, 1);
  assert.equal(twice.redelivery.maybeGiveUp(twice.redelivery.peek(), 2, note), true);
  assert.deepEqual(given, [
    [1, 1],
    [1, 2],
  ]);
  assert.deepEqual([twice.state.pending, twice.state.redelivered], [0, 1]);
});

test('an acknowledged message leaves the queue by itself', () => {
  const { state, redelivery, deliver } = make();
  for (const sequence of [1, 2, 3]) deliver(sequence, 0);
  redelivery.check(100, 0, ignore);
  state.acknowledge(1);
  state.acknowledge(3);
  assert.equal(redelivery.queued, 1);
  assert.deepEqual(drain(state, redelivery, 100), [2]);
});

test('a message refused again and again does not make the queue grow', () => {
  const { state, redelivery, deliver } = make();
  deliver(1, 0);
  deliver(2, 0);
  const slot = state.window.find(1);
  redelivery.queue(state.window.find(2));
  for (let i = 0; i < 10_000; i++) {
    redelivery.queue(slot);
    redelivery.delay(slot, 5, i);
  }
  redelivery.queue(slot);
  assert.equal(redelivery.queued, 2);
  assert.deepEqual(drain(state, redelivery, 0).sort(), [1, 2]);
});

test('every pending message is queued exactly when its wait is over, whatever happens to it', () => {
  const step = fc.record({
    what: fc.constantFrom('deliver', 'ack', 'nak', 'delay', 'progress', 'check'),
    at: fc.nat(50),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const { state, redelivery, deliver } = make([20, 40]);
      let nowMs = 0;
      for (const { what, at } of steps) {
        nowMs += at % 7;
        const slot = state.window.find(at);
        if (what === 'deliver') deliver(state.deliveredStream + 1, nowMs);
        else if (what === 'ack') state.acknowledge(at);
        else if (what === 'check' && nowMs >= redelivery.checkAtMs) redelivery.check(nowMs, 0, ignore);
        else if (slot >= 0 && what === 'nak') redelivery.queue(slot);
        else if (slot >= 0 && what === 'delay') redelivery.delay(slot, at, nowMs);
        else if (slot >= 0 && what === 'progress') redelivery.progress(slot, nowMs);
        assertWatched(state, redelivery);
      }
      assert.equal(new Set(drain(state, redelivery, nowMs)).size, redeliveredNow(state, nowMs));
    }),
    { numRuns: 100 },
  );
});

/** Nobody is forgotten: the next check is at or before every deadline. */
function assertWatched(state: AckState, redelivery: Redelivery): void {
  const window = state.window;
  for (let i = 0; i < window.length; i++) {
    const slot = window.slotAt(i);
    if (!window.isLive(slot) || window.isQueued(slot)) continue;
    const dueMs = (window.stampsMs[slot] as number) + redelivery.waitMs(slot);
    assert.ok(redelivery.checkAtMs <= dueMs + 1 + 1e-9, `${redelivery.checkAtMs} is behind ${dueMs}`);
  }
}

function redeliveredNow(state: AckState, nowMs: number): number {
  let count = 0;
  for (let i = 0; i < state.window.length; i++) {
    const slot = state.window.slotAt(i);
    if (state.window.isLive(slot) && (state.window.redeliveries[slot] as number) > 0) {
      if (state.window.stampsMs[slot] === nowMs) count++;
    }
  }
  return count;
}
