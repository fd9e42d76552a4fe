import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ChunkMemory } from '../ports/network.ts';
import { ConnectionReader, READ_LEVELS, ReadMemoryPool } from './_read_memory.ts';

const [SMALL = 0, MIDDLE = 0, LARGE = 0] = READ_LEVELS.map(({ bytes }) => bytes);

function read(reader: ConnectionReader, count: number): void {
  reader.next();
  reader.arrived(count);
}

test('a connection that says little keeps one small buffer', () => {
  const reader = new ConnectionReader(new ReadMemoryPool());
  const first = reader.next();
  assert.equal(first.length, SMALL);
  for (let i = 0; i < 100; i++) {
    read(reader, SMALL - 1);
    assert.equal(reader.next(), first);
  }
});

test('reads that fill the buffer get a larger one, short reads a smaller one again', () => {
  const reader = new ConnectionReader(new ReadMemoryPool());
  const lengths = [SMALL, SMALL, MIDDLE, LARGE].map((count) => {
    read(reader, count);
    return reader.next().length;
  });
  assert.deepEqual(lengths, [SMALL, MIDDLE, LARGE, LARGE]);
  for (let i = 0; i < 200; i++) read(reader, 10);
  assert.equal(reader.next().length, SMALL);
});

test('one read that fills the small buffer gets no larger one: so much may come before authentication', () => {
  const reader = new ConnectionReader(new ReadMemoryPool());
  for (let i = 0; i < 5; i++) {
    read(reader, SMALL);
    assert.equal(reader.next().length, SMALL);
    read(reader, 100);
  }
});

test('a connection that falls silent gives its large buffer back with the next short read', () => {
  let nowMs = 0;
  const reader = new ConnectionReader(new ReadMemoryPool(READ_LEVELS, () => nowMs));
  for (const count of [SMALL, SMALL, MIDDLE, LARGE]) read(reader, count);
  nowMs += 500;
  read(reader, 6);
  assert.equal(reader.next().length, LARGE);
  nowMs += 2_000;
  read(reader, 6);
  assert.equal(reader.next().length, SMALL);
});

test('a buffer that somebody holds is not read into before it is released', () => {
  const reader = new ConnectionReader(new ReadMemoryPool());
  const held: { readonly memory: ChunkMemory; readonly bytes: Uint8Array }[] = [];
  reader.start((bytes, memory) => {
    memory.hold();
    held.push({ memory, bytes });
  });
  for (let i = 0; i < 10; i++) {
    const next = reader.next();
    assert.ok(held.every(({ bytes }) => bytes.buffer !== next.buffer));
    reader.arrived(100);
  }
  for (const { memory } of held) memory.release();
  const known = new Set(held.map(({ bytes }) => bytes.buffer));
  read(reader, 100);
  assert.ok(known.has(reader.next().buffer), 'a released buffer is used again');
});

test('what a closed connection read into is used by the next, unless it is held', () => {
  const pool = new ReadMemoryPool();
  const first = new ConnectionReader(pool);
  const buffer = first.next();
  first.close();
  assert.equal(new ConnectionReader(pool).next(), buffer);
  const second = new ConnectionReader(pool);
  let memory: ChunkMemory | null = null;
  second.start((_chunk, its) => {
    its.hold();
    memory = its;
  });
  const held = second.next();
  second.arrived(1);
  second.close();
  assert.notEqual(new ConnectionReader(pool).next(), held);
  (memory as ChunkMemory | null)?.release();
  assert.equal(new ConnectionReader(pool).next() === held || new ConnectionReader(pool).next() === held, true);
});
