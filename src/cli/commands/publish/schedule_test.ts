import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scheduleHeaders } from './schedule.ts';

const NONE = {
  scheduleAfter: undefined,
  scheduleAt: undefined,
  scheduleCron: undefined,
  scheduleDest: undefined,
  scheduleEvery: undefined,
  scheduleSource: undefined,
  scheduleTtl: undefined,
};
const NOW_MS = Date.UTC(2026, 10, 27, 10, 0, 0, 999);

test('without a flag for it there is no schedule', () => {
  assert.equal(scheduleHeaders(NONE), null);
});

test('each kind of schedule has its pattern, in UTC and whole seconds', () => {
  const headers = (flags: Partial<typeof NONE> | Record<string, unknown>) =>
    Object.fromEntries(scheduleHeaders({ ...NONE, scheduleDest: 'to', ...flags })?.(NOW_MS) ?? []);
  assert.equal(headers({ scheduleAt: '2026-11-27T12:00:00+02:00' })['Nats-Schedule'], '@at 2026-11-27T10:00:00Z');
  assert.equal(headers({ scheduleAfter: 300e9 })['Nats-Schedule'], '@at 2026-11-27T10:05:00Z');
  assert.equal(headers({ scheduleEvery: 90e9 })['Nats-Schedule'], '@every 1m30s');
  assert.deepEqual(headers({ scheduleCron: '@daily', scheduleTtl: 60e9, scheduleSource: 'from' }), {
    'Nats-Schedule-Target': 'to',
    'Nats-Schedule': '@daily',
    'Nats-Schedule-TTL': '1m0s',
    'Nats-Schedule-Source': 'from',
  });
});
