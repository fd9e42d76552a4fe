// The row table: names are unique, everything issue 2 asks for is there, and --rows finds it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CORE_ROWS } from './core_rows.ts';
import { JETSTREAM_ROWS } from './jetstream_rows.ts';
import { PROCESS_ROWS } from './process_rows.ts';
import { cpuSeconds, endedChildrenCpuSeconds, machineCpuSeconds, residentMemory } from './process_usage.ts';
import { selectRows } from './row_selection.ts';

const ROWS = [...CORE_ROWS, ...JETSTREAM_ROWS, ...PROCESS_ROWS];

test('every row has a name of its own, without a comma', () => {
  const names = ROWS.map((row) => row.name);
  assert.equal(new Set(names).size, names.length);
  assert.ok(names.every((name) => !name.includes(',')));
});

test('selectRows() finds rows by group, by name and by the beginning of a name', () => {
  const names = (words: string): string[] => selectRows(ROWS, words).map((row) => row.name);
  assert.deepEqual(names('kv'), ['kv put', 'kv get']);
  assert.deepEqual(names('memory'), ['10M messages memory per message']);
  assert.deepEqual(names('js ordered, idle RSS'), ['js ordered', 'idle RSS']);
  assert.deepEqual(names('js fetch'), ['js fetch acks none', 'js fetch acks explicit']);
  assert.deepEqual(names('no such row'), []);
  assert.equal(names('').length, ROWS.length);
});

test('the rows that issue 2 sets goals for are there', () => {
  const goals = [
    'pub/sub 1:1 16 B',
    'pub/sub 1:1 128 B',
    'pub/sub 1:1 8 KiB',
    'fan-out 1:10 128 B',
    'fan-out 1:4 8 KiB',
    'service request',
    'js pub async batch 500',
    'js pub async window 10000',
    'js ordered',
    'js consume',
    'kv put',
    'kv get',
    'idle RSS',
    'start to ready ms',
  ];
  for (const goal of goals)
    assert.ok(
      ROWS.some((row) => row.name === goal),
      goal,
    );
});

test('process_usage reads this process from /proc', { skip: process.platform !== 'linux' && 'needs /proc' }, () => {
  assert.ok(cpuSeconds(process.pid) >= 0 && cpuSeconds(process.pid) < 1000);
  assert.ok(endedChildrenCpuSeconds() >= 0);
  assert.ok(machineCpuSeconds() > 0);
  const { totalBytes, anonymousBytes } = residentMemory(process.pid);
  assert.ok(Math.abs(totalBytes - process.memoryUsage.rss()) < 64e6);
  assert.ok(anonymousBytes <= totalBytes);
});
