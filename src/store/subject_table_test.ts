import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { SubjectTable } from './subject_table.ts';

const encoder = new TextEncoder();

function add(table: SubjectTable, name: string): number {
  const bytes = encoder.encode(name);
  const found = table.find(bytes, 0, bytes.length);
  return found >= 0 ? found : table.add(bytes, 0, bytes.length);
}

function find(table: SubjectTable, name: string): number {
  const bytes = encoder.encode(`..${name}..`);
  return table.find(bytes, 2, bytes.length - 2);
}

function nameOf(table: SubjectTable, id: number): string {
  const start = table.nameStart(id);
  return new TextDecoder().decode(table.nameChunk(id).subarray(start, start + table.nameLength(id)));
}

test('ids are dense, found by bytes and given out again after release', () => {
  const table = new SubjectTable(7);
  assert.deepEqual(
    ['a', 'b.c', 'a', 'd'].map((name) => add(table, name)),
    [0, 1, 0, 2],
  );
  table.release(1);
  assert.equal(find(table, 'b.c'), -1);
  assert.equal(find(table, 'a'), 0);
  assert.equal(add(table, 'new'), 1);
  assert.equal(table.size, 3);
  assert.equal(table.idsEnd, 3);
});

test('any order of adding and releasing finds exactly what is in it, whatever the lengths', () => {
  const names = fc.oneof(
    fc.string({ minLength: 1, maxLength: 12 }),
    fc.nat(5000).map((n) => 'x'.repeat(n + 1)),
    fc.nat(60).map((n) => `k.${n}`),
  );
  fc.assert(
    fc.property(fc.array(fc.record({ name: names, isRelease: fc.boolean() }), { maxLength: 200 }), (steps) => {
      const table = new SubjectTable(3);
      const model = new Map<string, number>();
      for (const { name, isRelease } of steps) {
        const known = model.get(name);
        if (isRelease && known !== undefined) {
          table.release(known);
          model.delete(name);
        } else if (!isRelease) model.set(name, add(table, name));
      }
      assert.equal(table.size, model.size);
      for (const [name, id] of model) assert.equal(find(table, name), id);
      for (const [name, id] of model) assert.equal(nameOf(table, id), name);
      for (const { name } of steps) if (!model.has(name)) assert.equal(find(table, name), -1);
    }),
    { numRuns: 200 },
  );
});

test('a hundred thousand subjects of twenty bytes cost about sixty bytes each', () => {
  const table = new SubjectTable(1);
  for (let i = 0; i < 100_000; i++) add(table, `subject.number.${i}`);
  assert.equal(find(table, 'subject.number.77777'), 77_777);
  assert.ok(table.memoryBytes() / 100_000 < 80, `${table.memoryBytes()}`);
});

test('names given back make room for new ones', () => {
  const table = new SubjectTable(1);
  let bytes = 0;
  for (let round = 0; round < 20; round++) {
    const ids: number[] = [];
    for (let i = 0; i < 5000; i++) ids.push(add(table, `round.${round}.${i}`));
    for (const id of ids) table.release(id);
    if (round === 0) bytes = table.memoryBytes();
  }
  assert.ok(table.memoryBytes() <= bytes * 1.5, `${bytes} -> ${table.memoryBytes()}`);
});

test('clear() forgets everything', () => {
  const table = new SubjectTable(1);
  for (let i = 0; i < 100; i++) add(table, `s.${i}`);
  table.clear();
  assert.equal(table.size, 0);
  assert.equal(find(table, 's.1'), -1);
  assert.equal(add(table, 's.1'), 0);
});
