import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConnectionList } from './connection_list.ts';

function listOf(...ids: readonly number[]) {
  const list = new ConnectionList<{ id: number; listIndex: number }>();
  const all = ids.map((id) => ({ id, listIndex: -1 }));
  for (const one of all) list.add(one);
  return { list, all };
}

test('connections are listed in the order in which they came, whoever left in between', () => {
  const { list, all } = listOf(1, 2, 3, 4, 5);
  for (const one of [all[0], all[2], all[4]]) if (one !== undefined) list.delete(one);
  list.add({ id: 6, listIndex: -1 });
  assert.deepEqual(
    list.values().map(({ id }) => id),
    [2, 4, 6],
  );
  assert.equal(list.size, 3);
  assert.equal(list.find(4)?.id, 4);
  assert.equal(list.find(3), undefined);
});

test('what is not listed is not taken out, nor is anybody in its place', () => {
  const { list, all } = listOf(1, 2);
  const [first] = all;
  assert.ok(first !== undefined);
  list.delete(first);
  list.delete(first);
  list.delete({ id: 9, listIndex: 0 });
  list.delete({ id: 9, listIndex: -1 });
  assert.deepEqual(
    list.values().map(({ id }) => id),
    [2],
  );
});

test('the list may be gone through while connections leave it', () => {
  const { list } = listOf(1, 2, 3);
  for (const one of list.values()) list.delete(one);
  assert.equal(list.size, 0);
});
