import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FastBatch } from './fast_batch.ts';

function make(flow: number, others: number): FastBatch {
  return new FastBatch(1, 'A', Buffer.from('A'), { allowsGaps: false, flow, others });
}

/** Everything up to `sequence` arrived and is durable. */
function receive(batch: FastBatch, sequence: number): void {
  batch.received = sequence;
  batch.settleIdle(sequence);
}

test('a batch alone gets the flow it asks for, up to five hundred', () => {
  assert.equal(make(100, 0).flow, 100);
  assert.equal(make(60_000, 0).flow, 500);
  assert.equal(make(100, 1).flow, 1);
});

test('the flow doubles up to a share of five hundred, and halves down to it', () => {
  const batch = make(60_000, 1);
  const flows: number[] = [];
  for (let i = 1; i <= 10; i++) {
    receive(batch, batch.told + batch.flow);
    assert.ok(batch.takeFlow(2));
    flows.push(batch.flow);
  }
  assert.deepEqual(flows, [2, 4, 8, 16, 32, 64, 128, 250, 250, 250]);
  receive(batch, batch.told + 250);
  assert.ok(batch.takeFlow(10));
  assert.equal(batch.flow, 125);
  receive(batch, batch.told + 125);
  assert.ok(batch.takeFlow(10));
  assert.equal(batch.flow, 62);
  receive(batch, batch.told + 62);
  assert.ok(batch.takeFlow(10));
  assert.equal(batch.flow, 50);
});

test('a publisher is told in whole steps, the last one only', () => {
  const batch = make(3, 0);
  receive(batch, 2);
  assert.equal(batch.takeFlow(1), false);
  receive(batch, 11);
  assert.ok(batch.takeFlow(1));
  assert.equal(batch.told, 9);
  assert.equal(batch.takeFlow(1), false);
});

test('what was refused behind a pending message is settled together with it', () => {
  const batch = make(1, 0);
  batch.received = 1;
  batch.addPending();
  batch.received = 2;
  batch.addPending();
  // Messages 3 and 4 were lost and refused.
  batch.received = 4;
  batch.settleIdle(4);
  assert.equal(batch.stored, 0);
  batch.settle(1);
  assert.equal(batch.stored, 1);
  batch.settle(2);
  assert.equal(batch.stored, 4);
  assert.ok(batch.isSettled);
});

test('a message taken back leaves the batch as it was', () => {
  const batch = make(1, 0);
  receive(batch, 3);
  batch.received = 4;
  batch.revert();
  assert.equal(batch.received, 3);
  assert.ok(batch.isSettled);
});
