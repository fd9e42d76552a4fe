import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rfc3339Nano } from '../../base/nanos.ts';
import { StoredMessage } from '../../store/stream_store.ts';
import { SubjectTransform } from '../../subject/transform.ts';
import { IngestWorld, type WorldOptions } from './ingest_world.ts';
import type { RepublishRule } from './republisher.ts';

function rule(source: string, destination: string, headersOnly = false): RepublishRule {
  const made = SubjectTransform.make(source, destination);
  assert.ok(made.ok);
  return { transform: made.value, headersOnly };
}

function makeWorld(options: WorldOptions = {}): { readonly world: IngestWorld; heard(): string[] } {
  const world = new IngestWorld({ ...options, rules: { republish: rule('b.>', 'r.>'), ...options.rules } });
  const arrivals = world.bus.collect('>');
  const heard = () => arrivals.splice(0).map(({ subject, payload }) => `${subject} ${payload}`);
  return { world, heard };
}

test('a stored message is published again when it is durable, before its publisher is told', () => {
  const { world, heard } = makeWorld({ isLate: true });
  world.send('b.1', '_INBOX.p', '', 'one');
  world.send('b.2', '_INBOX.p', '', 'two');
  assert.deepEqual(heard(), []);
  world.settle(1);
  assert.deepEqual(heard(), ['r.1 one', '_INBOX.p {"stream":"S","seq":1}']);
  world.settle(2);
  assert.deepEqual(heard(), ['r.2 two', '_INBOX.p {"stream":"S","seq":2}']);
});

test('in memory, too, it is published again before its publisher is told', () => {
  const { world, heard } = makeWorld();
  world.send('b.1', '_INBOX.p', '', 'one');
  assert.deepEqual(heard(), ['r.1 one', '_INBOX.p {"stream":"S","seq":1}']);
  world.atomic('A', 1, { subject: 'b.1', payload: 'x' });
  world.atomic('A', 2, { subject: 'b.2', payload: 'y', commit: '1' });
  assert.deepEqual(heard(), ['_INBOX.a ', 'r.1 x', 'r.2 y', '_INBOX.a {"stream":"S","seq":3,"batch":"A","count":2}']);
});

test('it says where and when it is stored, and what was stored last on its subject', () => {
  const { world } = makeWorld();
  const arrivals = world.bus.collect('r.>');
  world.send('b.1', '', '');
  world.send('b.1', '', 'X: y\r\n', 'payload');
  const stored = new StoredMessage();
  world.store.read(2, stored);
  const time = rfc3339Nano((BigInt(stored.timeHigh) << 32n) | BigInt(stored.timeLow));
  const { header, payload } = arrivals[1] ?? {};
  assert.equal(payload, 'payload');
  assert.equal(
    header,
    'NATS/1.0\r\nX: y\r\nNats-Stream: S\r\nNats-Subject: b.1\r\nNats-Sequence: 2\r\n' +
      `Nats-Time-Stamp: ${time}\r\nNats-Last-Sequence: 1\r\n\r\n`,
  );
});

test('what was stored before an update leaves as the configuration of then had it', () => {
  const { world, heard } = makeWorld({ isLate: true });
  world.send('b.1', '', '', 'one');
  world.setRules({ republish: rule('b.>', 'other.>') });
  world.send('b.2', '', '', 'two');
  world.setRules({});
  world.send('b.3', '', '', 'three');
  world.settle(3);
  assert.deepEqual(heard(), ['r.1 one', 'other.2 two']);
});

test('streams that republish to each other go round once a turn', () => {
  const { world, heard } = makeWorld();
  world.bus.subscribe('r.>', null, () => world.send('b.1', '', '', 'again'));
  world.send('b.1', '', '', 'one');
  assert.deepEqual(heard(), ['r.1 one']);
  world.ingest.durable();
  assert.deepEqual(heard(), ['r.1 again']);
});

test('many that wait leave in their order, however few are durable at a time', () => {
  const { world, heard } = makeWorld({ isLate: true });
  for (let i = 1; i <= 100; i++) world.send(`b.${i}`, '', '', 'x');
  const all: string[] = [];
  for (let upTo = 7; all.length < 100; upTo += 7) {
    world.settle(Math.min(upTo, 100));
    all.push(...heard());
  }
  assert.deepEqual(
    all,
    Array.from({ length: 100 }, (_, i) => `r.${i + 1} x`),
  );
});
