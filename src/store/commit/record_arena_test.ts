import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RecordArena, type Segment } from './record_arena.ts';

const OPTIONS = { segmentBytes: 1024, segmentCount: 3, windowBytes: 1024, windowCount: 1 };

class Owner {
  readonly lost: Segment[] = [];

  segmentTaken(segment: Segment): void {
    this.lost.push(segment);
  }
}

test('the segment that was written longest ago goes to whoever needs one', () => {
  const arena = new RecordArena(OPTIONS);
  const owner = new Owner();
  const [first, second, third] = [arena.take(owner, 10), arena.take(owner, 10), arena.take(owner, 10)];
  for (const segment of [second, first, third]) arena.markClean(segment);
  arena.markDirty(second);
  const next = arena.take(new Owner(), 10);
  assert.equal(next, first);
  assert.deepEqual(owner.lost, [first]);
});

test('with every segment dirty memory of its own is given, for as little as is needed', () => {
  const arena = new RecordArena(OPTIONS);
  const owner = new Owner();
  for (let i = 0; i < 3; i++) arena.take(owner, 10);
  const own = arena.take(owner, 50);
  assert.equal(own.isShared, false);
  assert.equal(own.capacity, 400);
  assert.deepEqual(owner.lost, []);
});

test('what is larger than a segment gets memory of its own', () => {
  const arena = new RecordArena(OPTIONS);
  const segment = arena.take(new Owner(), 5000);
  assert.equal(segment.isShared, false);
  assert.equal(segment.capacity, 5000);
  arena.release(segment);
  // A released segment of that kind is nobody's: the shared ones are still all there.
  assert.equal(arena.take(new Owner(), 10).isShared, true);
});

test('a released segment is given out again', () => {
  const arena = new RecordArena(OPTIONS);
  const owner = new Owner();
  const segments = [arena.take(owner, 1), arena.take(owner, 1), arena.take(owner, 1)];
  arena.release(segments[1]!);
  assert.equal(arena.take(owner, 1), segments[1]);
});

test('segments and windows do not overlap', () => {
  const arena = new RecordArena(OPTIONS);
  const owner = new Owner();
  const starts = [arena.take(owner, 1), arena.take(owner, 1), arena.take(owner, 1)].map((segment) => segment.start);
  starts.push(arena.scratchStart, arena.windowStart(0));
  starts.sort((a, b) => a - b);
  for (let i = 1; i < starts.length; i++) assert.ok(starts[i]! - starts[i - 1]! >= 1024);
  assert.ok(starts[4]! + 1024 <= arena.bytes.length);
});
