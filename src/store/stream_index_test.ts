import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BlockColumns } from './block_columns.ts';
import { StreamIndex } from './stream_index.ts';

const encoder = new TextEncoder();

function filled(blocks: number, rows: number, subjectOf: (sequence: number) => string): StreamIndex<number> {
  const index = new StreamIndex<number>(1);
  for (let b = 0; b < blocks; b++) {
    index.addBlock(b);
    for (let row = 0; row < rows; row++) {
      const sequence = index.sequenceLast + 1;
      const name = encoder.encode(subjectOf(sequence));
      index.append(index.subjectId(name, 0, name.length), sequence, 0, sequence, row * 100, 100);
    }
  }
  return index;
}

test('a message costs sixteen bytes, and four more while its subject has a limit', () => {
  const index = filled(10, 10_000, () => 'one');
  assert.ok(index.memoryBytes() / 100_000 < 17.5, `${index.memoryBytes()}`);
  index.startLinks();
  assert.ok(index.memoryBytes() / 100_000 < 22, `${index.memoryBytes()}`);
});

test('a jump of 2^40 sequences costs nothing and is found over', () => {
  const columns = new BlockColumns(0);
  for (const sequence of [1, 2, 2 ** 40, 2 ** 40 + 1, 2 ** 41]) columns.add(sequence, 0, 0, 0, columns.end, 30);
  assert.ok(columns.memoryBytes() < 1000);
  assert.equal(columns.rowOf(2 ** 40 + 1), 3);
  assert.equal(columns.rowOf(2 ** 40 + 2), -1);
  assert.equal(columns.rowFrom(3), 2);
  assert.equal(columns.lengthAt(4), 30);
});

test('many small gaps never cost more rows than half of the real ones', () => {
  const columns = new BlockColumns(0);
  for (let i = 0; i < 10_000; i++) columns.add(1 + i * 50, 0, 0, 0, i * 30, 30);
  assert.ok(columns.memoryBytes() < 10_000 * 40 + 1000, `${columns.memoryBytes()}`);
  assert.equal(columns.rowOf(1 + 50 * 777) >= 0, true);
  assert.equal(columns.rowOf(2 + 50 * 777), -1);
});

test('records with something between them keep their lengths', () => {
  const columns = new BlockColumns(0);
  columns.add(1, 0, 0, 0, 0, 50);
  columns.add(2, 0, 0, 0, 50, 60);
  columns.add(3, 0, 0, 0, 140, 70);
  columns.add(7, 0, 0, 0, 210, 80);
  columns.add(8, 0, 0, 0, 320, 90);
  const rows = [1, 2, 3, 7, 8].map((sequence) => columns.rowOf(sequence));
  assert.deepEqual(
    rows.map((row) => columns.lengthAt(row)),
    [50, 60, 70, 80, 90],
  );
});

test('a wildcard filter over a million rows looks at whole blocks only where it may match', () => {
  const index = filled(100, 1000, (sequence) => (sequence === 99_500 ? 'rare.x' : `common.${sequence % 3}`));
  const filter = index.filters.open(['rare.*', 'never']);
  assert.equal(index.nextSequence(filter, 1), 99_500);
  assert.equal(index.previousSequence(filter, 100_000), 99_500);
  assert.equal(index.nextSequence(filter, 99_501), 0);
});

test('links lead from a subject to its next message across blocks', () => {
  const index = filled(20, 100, (sequence) => `s.${sequence % 500}`);
  index.startLinks();
  const name = encoder.encode('s.7');
  const id = index.subjects.find(name, 0, name.length);
  for (const expected of [7, 507, 1007, 1507]) {
    assert.equal(index.firstOf(id), expected);
    const block = index.blockOf(expected)!;
    index.remove(block, block.rowOf(expected));
  }
  index.settle(id);
  assert.equal(index.subjects.find(name, 0, name.length), -1);
});
