import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Answer } from './js_api.ts';
import { listAssets } from './listed_assets.ts';

/** A server with these streams, those in lower case offline, that shows so many on a page. */
function serverWith(names: readonly string[], pageMax: number) {
  const offsets: number[] = [];
  async function request<T>(_name: string, body?: unknown): Promise<Answer<T>> {
    const { offset } = body as { readonly offset: number };
    offsets.push(offset);
    const shown = names.slice(offset, offset + pageMax);
    const silent = shown.filter((name) => name === name.toLowerCase());
    const value = {
      total: names.length,
      streams: shown.filter((name) => !silent.includes(name)),
      ...(silent.length === 0
        ? {}
        : { missing: silent, offline: Object.fromEntries(silent.map((name) => [name, 'x'])) }),
    };
    return { value: value as T, exact: null };
  }
  return { request, offsets };
}

test('a list counts what is offline, so that nothing is asked for or shown twice', async () => {
  for (const [pageMax, asked] of [
    [10, [0]],
    [2, [0, 2, 4]],
  ] as const) {
    const { request, offsets } = serverWith(['A', 'b', 'C', 'd', 'e'], pageMax);
    const list = await listAssets<string>(
      { request },
      { name: 'LIST', key: 'streams', body: {}, nameOf: (one) => one },
    );
    assert.deepEqual(list, { assets: ['A', 'C'], missing: [], offline: { b: 'x', d: 'x', e: 'x' } });
    assert.deepEqual(offsets, asked);
  }
});
