import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SubjectTransform } from '../../subject/transform.ts';
import { IngestWorld } from './ingest_world.ts';

function makeWorld(source: string, destination: string): IngestWorld {
  const made = SubjectTransform.make(source, destination);
  assert.ok(made.ok);
  return new IngestWorld({ rules: { subjectTransform: made.value } });
}

function subjects(world: IngestWorld): string[] {
  return world.store.subjectTotals('>', 0, 100).map(({ subject }) => subject);
}

test('messages are stored under the transformed subject, and their publishers answered where they are', () => {
  const world = makeWorld('b.*.*', 'x.$2.$1');
  assert.deepEqual(world.send('b.1.2', '_INBOX.p', ''), ['{"stream":"S","seq":1}']);
  world.send('b.3', '_INBOX.p', '');
  assert.deepEqual(subjects(world), ['b.3', 'x.2.1']);
});

test('whatever comes in while a message is handled is stored under its own subject', () => {
  const world = makeWorld('b.*', 'x.$1');
  const stop = world.bus.subscribe('_INBOX.p.1', null, () => {
    stop.close();
    world.send('b.2', '_INBOX.p.2', '');
  });
  world.send('b.1', '_INBOX.p.1', '');
  assert.deepEqual(subjects(world), ['x.1', 'x.2']);
});

test('a transform that leaves nothing of a subject leaves it as it is', () => {
  const world = makeWorld('b.*', '{{split(1,-)}}');
  world.send('b.-', '', '');
  world.send('b.a-b', '', '');
  assert.deepEqual(subjects(world), ['a.b', 'b.-']);
});

test('an update transforms what comes behind it', () => {
  const world = makeWorld('b.*', 'x.$1');
  world.send('b.1', '', '');
  world.setRules({});
  world.send('b.1', '', '');
  assert.deepEqual(subjects(world), ['b.1', 'x.1']);
});
