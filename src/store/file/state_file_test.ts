import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { NO_LIMITS } from '../retention.ts';
import { put } from '../stream_store_contract.ts';
import { SimStorage, STREAM_DIRECTORY } from './sim_storage_contract.ts';
import { decodeState, type StateFile } from './state_file.ts';

const FIXTURES = fileURLToPath(new URL('../../../../test/fixtures/', import.meta.url));

function fixture(path: string, name: string): StateFile {
  const state = decodeState(readFileSync(`${FIXTURES}${path}/msgs/index.db`), name);
  assert.ok(state !== null);
  return state;
}

test('a state file of the reference is read, deletions included', () => {
  const state = fixture('filestore_2.15.2/WIDE', 'WIDE');
  const deleted = state.blocks.reduce((sum, block) => sum + (block.deleted?.size ?? 0), 0);
  assert.equal(state.messages, state.last - state.first + 1 - deleted);
  assert.equal(state.last, 9000);
  assert.equal(state.subjects, 5);
  const two = fixture('stores/2.15.2/jetstream/$G/streams/BLOCKS', 'BLOCKS');
  assert.deepEqual(
    two.blocks.map((block) => block.number),
    [1, 2],
  );
});

test('a state file of another stream is not believed', () => {
  assert.equal(decodeState(readFileSync(`${FIXTURES}filestore_2.15.2/WIDE/msgs/index.db`), 'OTHER'), null);
});

test('what is written at an orderly close tells of every block and deletion', async () => {
  const under = new SimStorage({ blockBytesMax: 2000 });
  const store = await under.open(NO_LIMITS);
  for (let i = 0; i < 60; i++) put(under, `s.${i % 4}`, 'x'.repeat(80));
  for (const sequence of [1, 2, 30, 60]) store.remove(sequence, false);
  const { messages, bytes } = store.state;
  await under.close();
  const state = decodeState(under.disk.peek(`${STREAM_DIRECTORY}/msgs/index.db`) ?? new Uint8Array(0), 'S');
  assert.ok(state !== null);
  assert.deepEqual([state.messages, state.bytes, state.first, state.last, state.subjects], [messages, bytes, 3, 60, 4]);
  assert.ok(state.blocks.length > 3);
  assert.equal(
    state.blocks.reduce((sum, block) => sum + block.bytes, 0),
    bytes,
  );
  assert.equal(state.lastBlock, state.blocks.at(-1)?.number);
});
