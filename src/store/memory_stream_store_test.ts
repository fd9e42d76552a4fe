import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryStreamStore } from './memory_stream_store.ts';
import type { StoreLimits } from './stream_store.ts';
import {
  limits,
  put,
  readBack,
  StillClock,
  type StoreUnderTest,
  streamStoreContract,
} from './stream_store_contract.ts';

function open(some: StoreLimits): StoreUnderTest {
  const clock = new StillClock();
  const store = new MemoryStreamStore({ clock, limits: some, seed: 1 });
  return {
    store,
    nowMs: () => clock.realtimeMs(),
    advance: (ms) => Promise.resolve(clock.advance(ms)),
    run: (promise) => {
      clock.advance(0);
      return promise;
    },
    close: () => store.close(),
  };
}

streamStoreContract('memory', (some) => Promise.resolve(open(some)));

test('memory follows what is stored: deleting in between gives slabs back', async () => {
  const under = open(limits({}));
  const store = under.store as MemoryStreamStore;
  for (let i = 0; i < 20_000; i++) put(under, `key.${i % 100}`, 'x'.repeat(500));
  const full = store.memoryBytes();
  assert.ok(full < 20_000 * (500 + 60), `${full}`);
  for (let sequence = 1; sequence <= 20_000; sequence++) if (sequence % 50 !== 0) store.remove(sequence, false);
  // The last slab is left alone until it is full.
  assert.ok(store.memoryBytes() < full / 50 + 1_400_000, `${store.memoryBytes()}`);
  for (let sequence = 50; sequence <= 20_000; sequence += 50)
    assert.equal((await readBack(under, sequence))?.payload.length, 500);
});

test('a key-value history keeps memory bounded whatever is overwritten', () => {
  const under = open(limits({ messagesPerSubjectMax: 2 }));
  const store = under.store as MemoryStreamStore;
  for (let i = 0; i < 30_000; i++) put(under, `key.${(i * i) % 1009}`, 'x'.repeat(200));
  assert.ok(store.memoryBytes() < 1009 * 2 * 600 + 2_200_000, `${store.memoryBytes()}`);
});
