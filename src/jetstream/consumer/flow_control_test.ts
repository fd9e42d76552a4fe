import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FlowControl } from './flow_control.ts';

function answer(flow: FlowControl, text: string): boolean {
  const bytes = new TextEncoder().encode(text);
  return flow.answered(bytes, 0, bytes.length);
}

function ask(flow: FlowControl, text: string): void {
  flow.asked(new TextEncoder().encode(text));
}

test('a request follows when more than half of the window is under way, once', () => {
  const flow = new FlowControl(1600);
  assert.equal(flow.windowBytes, 100);
  assert.equal(flow.sent(50, false), false);
  assert.equal(flow.sent(1, false), true);
  ask(flow, 'one');
  assert.equal(flow.sent(30, false), false);
  assert.equal(flow.isOpen, true);
  flow.sent(20, false);
  assert.equal(flow.isOpen, false);
});

test('only the answer to the outstanding request counts, and doubles the window up to its limit', () => {
  const flow = new FlowControl(1600);
  flow.sent(60, false);
  ask(flow, 'one');
  flow.sent(45, false);
  assert.equal(answer(flow, 'two'), false);
  assert.equal(flow.isOpen, false);
  assert.equal(answer(flow, 'one'), true);
  assert.equal(answer(flow, 'one'), false);
  assert.deepEqual([flow.isOpen, flow.windowBytes, flow.outstanding], [true, 200, null]);
  for (let i = 0; i < 10; i++) {
    flow.sent(1000, false);
    ask(flow, `n${i}`);
    assert.equal(answer(flow, `n${i}`), true);
  }
  assert.equal(flow.windowBytes, 1600);
});

test('acknowledgement by flow control asks even when little is under way', () => {
  const flow = new FlowControl(1600);
  assert.equal(flow.sent(1, true), true);
});

test('after a reset nothing is under way', () => {
  const flow = new FlowControl(1600);
  flow.sent(500, false);
  ask(flow, 'one');
  flow.reset();
  assert.deepEqual([flow.isOpen, flow.outstanding], [true, null]);
});
