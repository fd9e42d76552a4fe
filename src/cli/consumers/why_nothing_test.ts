// States that take long or several clients to reach on a server; the others are in commands/consumer_test.ts.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ConsumerConfig, ConsumerInfo } from '../client/js_types.ts';
import { type Reason, whyNothing } from './why_nothing.ts';

const NOW_MS = Date.parse('2026-11-01T12:00:00Z');
const LONG_AGO = '2026-11-01T11:00:00Z';

function reasons(config: ConsumerConfig, state: Partial<ConsumerInfo> = {}): Reason[] {
  const info: ConsumerInfo = {
    stream_name: 'S',
    name: 'C',
    created: LONG_AGO,
    config: { deliver_policy: 'all', ack_policy: 'explicit', max_ack_pending: 1000, max_deliver: -1, ...config },
    delivered: { consumer_seq: 5, stream_seq: 5, last_active: LONG_AGO },
    ack_floor: { consumer_seq: 5, stream_seq: 5 },
    num_pending: 3,
    num_ack_pending: 0,
    num_redelivered: 0,
    num_waiting: 0,
    ...state,
  };
  return whyNothing({ info, messages: 8, matching: null }, NOW_MS);
}

function codes(config: ConsumerConfig, state: Partial<ConsumerInfo> = {}): string[] {
  return reasons(config, state).map(({ code }) => code);
}

test('a subscriber that does not answer flow control stalls a push consumer', () => {
  const config = { deliver_subject: 'd', flow_control: true };
  assert.deepEqual(codes(config, { push_bound: true }), ['flow_control_stalled']);
  const now = { consumer_seq: 5, stream_seq: 5, last_active: '2026-11-01T11:59:59.5Z' };
  assert.deepEqual(codes(config, { push_bound: true, delivered: now }), ['being_delivered']);
  assert.deepEqual(codes(config, { push_bound: true, num_ack_pending: 1000 }), ['ack_pending_full']);
});

test('a slow pace is told from a stall', () => {
  const config = { deliver_subject: 'd', flow_control: true };
  assert.deepEqual(codes({ ...config, replay_policy: 'original' }, { push_bound: true }), ['replay_original']);
  assert.deepEqual(codes({ ...config, rate_limit_bps: 100 }, { push_bound: true }), ['rate_limited']);
});

test('pulls wait where another client is pinned, and where they ask for more than there is', () => {
  const groups = [{ group: 'jobs', pinned_client_id: 'abc' }, { group: 'free' }];
  const pinned = { priority_policy: 'pinned_client', priority_groups: ['jobs', 'free'] };
  assert.deepEqual(codes(pinned, { num_waiting: 1, priority_groups: groups }), ['pinned_elsewhere']);
  const overflow = { priority_policy: 'overflow', priority_groups: ['jobs'] };
  assert.deepEqual(codes(overflow, { num_waiting: 1 }), ['pull_conditions']);
});

test('a consumer of new messages that has delivered none is told from one that has delivered all', () => {
  const none = { consumer_seq: 0, stream_seq: 8 };
  assert.deepEqual(codes({ deliver_policy: 'new' }, { num_pending: 0, delivered: none }), ['nothing_new']);
  assert.deepEqual(codes({}, { num_waiting: 1 }), ['being_delivered']);
});

test('what was not acknowledged in time waits for a pull, or comes by itself where it is pushed', () => {
  const owed = { num_pending: 0, num_ack_pending: 1 };
  const reason = (config: ConsumerConfig, state: Partial<ConsumerInfo> = {}) =>
    reasons(config, { ...owed, ...state })[0];
  const due = reason({ ack_wait: 30e9 });
  assert.deepEqual(due, {
    code: 'awaiting_acks',
    text: 'All messages are delivered; 1 waits for its acknowledgement, and is due again',
    advice: 'contrail consumer next S C',
  });
  assert.match(reason({ ack_wait: 7200e9 })?.advice ?? '', /comes again 2h0m0s after its delivery/);
  const pushed = reason({ ack_wait: 30e9, deliver_subject: 'd' }, { push_bound: true });
  assert.match(pushed?.advice ?? '', /comes again 30.00s after its delivery/);
});

test('messages given up after one delivery leave the ack floor behind', () => {
  const floor = { consumer_seq: 2, stream_seq: 2 };
  assert.deepEqual(codes({ max_deliver: 1 }, { num_pending: 0, ack_floor: floor }), ['max_deliver_reached']);
  assert.deepEqual(codes({ max_deliver: 1 }, { num_pending: 0 }), ['nothing_new']);
  assert.deepEqual(codes({ max_deliver: 3 }, { num_pending: 0, num_redelivered: 1 }), ['max_deliver_reached']);
});
