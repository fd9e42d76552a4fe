import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ClosedConnections } from './closed_connections.ts';
import type { ConnectionFacts } from './connection_facts.ts';

function closed(id: number, subscriptions = 0): ConnectionFacts {
  const facts = { subject: 'a', queue: null, sid: '1', delivered: 0, deliveredMax: 0, connectionId: id };
  const list = new Array(subscriptions).fill(facts);
  return { id, subscriptionFacts: () => list } as unknown as ConnectionFacts;
}

const ids = (ring: ClosedConnections) => ring.list().map(({ id }) => id);

test('the newest are kept, oldest first', () => {
  const ring = new ClosedConnections(3);
  for (let id = 1; id <= 2; id++) ring.add(closed(id));
  assert.deepEqual(ids(ring), [1, 2]);
  for (let id = 3; id <= 8; id++) ring.add(closed(id));
  assert.deepEqual(ids(ring), [6, 7, 8]);
});

test('a ring without room keeps nothing', () => {
  const ring = new ClosedConnections(0);
  ring.add(closed(1));
  assert.deepEqual(ids(ring), []);
});

test('beyond the limit the oldest connections are kept without their subscriptions', () => {
  const ring = new ClosedConnections(4, 10);
  for (let id = 1; id <= 6; id++) ring.add(closed(id, 4));
  assert.deepEqual(ids(ring), [3, 4, 5, 6]);
  assert.deepEqual(
    ring.list().map((one) => one.subscriptionFacts().length),
    [0, 0, 4, 4],
  );
});
