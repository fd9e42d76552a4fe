// Damage to block files of every kind at every place: it costs the messages that were hit and no others, each of them is
// named as lost, no file is removed, and a block that comes back brings its messages back.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NO_LIMITS } from '../retention.ts';
import type { StoreLimits } from '../stream_store.ts';
import { limits, put, readBack } from '../stream_store_contract.ts';
import { SimStorage, STREAM_DIRECTORY } from './sim_storage_contract.ts';

const MESSAGES = `${STREAM_DIRECTORY}/msgs`;
const STATE = `${MESSAGES}/index.db`;
const SUBJECTS = 5;
const COUNT = 60;

/** How the stream ended before the damage. */
type End =
  /** In order: the state file tells of everything. */
  | 'stopped'
  /** In order, started again, and killed after more messages: the state file tells of the beginning. */
  | 'killed later'
  /** Killed in its first life: there is no state file. */
  | 'killed';

interface Whole {
  readonly under: SimStorage;
  readonly limits: StoreLimits;
  /** What every sequence holds. */
  readonly served: ReadonlyMap<number, string>;
  /** Number to sequences of the messages in it, live or not. */
  readonly blocks: ReadonlyMap<number, readonly number[]>;
}

async function served(under: SimStorage): Promise<Map<number, string>> {
  const { store } = under;
  const found = new Map<number, string>();
  for (let sequence = store.nextSequence(null, 1); sequence > 0; sequence = store.nextSequence(null, sequence + 1)) {
    const message = await readBack(under, sequence);
    if (message !== null) found.set(sequence, message.payload);
  }
  return found;
}

function blockPaths(under: SimStorage): string[] {
  return under.disk.paths().filter((path) => path.startsWith(MESSAGES) && path.endsWith('.blk'));
}

function blockPath(number: number): string {
  return `${MESSAGES}/${number}.blk`;
}

function sequencesIn(bytes: Uint8Array): { sequence: number; end: number }[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found: { sequence: number; end: number }[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + (view.getUint32(at, true) & 0x7fff_ffff);
    // Bits 62 and 63 are set in what is no message.
    if (view.getUint32(at + 8, true) < 0x4000_0000) found.push({ sequence: view.getUint32(at + 4, true), end });
    at = end;
  }
  return found;
}

/** Some blocks of messages, some of them deleted, and nothing appended that a deletion is older than. */
async function whole(end: End, streamLimits: StoreLimits = NO_LIMITS): Promise<Whole> {
  const under = new SimStorage({ blockBytesMax: 1500 });
  await under.open(streamLimits);
  const fill = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i++)
      put(under, `s.${i % SUBJECTS}`, `${under.store.state.sequenceLast + 1}:`.padEnd(90, 'x'));
    await under.run(under.store.flush());
  };
  await fill(COUNT / 2);
  if (end === 'killed later') {
    await under.close();
    await under.open(streamLimits);
  }
  under.store.remove(5, false);
  under.store.remove(17, false);
  await fill(COUNT / 2);
  under.store.remove(31, false);
  await under.run(under.store.flush());
  const found = await served(under);
  if (end === 'stopped') await under.close();
  else under.revive(under.disk.kill());
  const blocks = new Map<number, number[]>();
  for (const path of blockPaths(under)) {
    const sequences = sequencesIn(under.disk.peek(path) ?? new Uint8Array()).map(({ sequence }) => sequence);
    blocks.set(Number(/(\d+)\.blk/.exec(path)?.[1]), sequences);
  }
  return { under, limits: streamLimits, served: found, blocks };
}

/** Opens what is there; everything else that was there must stay there, also in the life after. */
async function checkDamage(
  { under, limits: streamLimits, served: before }: Whole,
  hit: readonly number[],
  what: string,
): Promise<void> {
  const paths = under.disk.paths().filter((path) => !path.endsWith('unbroken'));
  await under.open(streamLimits);
  const found = await served(under);
  const lost = hit.filter((sequence) => before.has(sequence));
  const { store } = under;
  const text = `${what}; found: ${store.findings.join('; ')}`;
  for (const [sequence, payload] of before) {
    if (!lost.includes(sequence)) assert.equal(found.get(sequence), payload, `${text}; message ${sequence}`);
  }
  for (const sequence of lost) assert.equal(found.has(sequence), false, text);
  assert.deepEqual(store.state.lost?.sequences ?? [], lost, text);
  assert.equal(store.findings.length > 0, lost.length > 0, text);
  const next = put(under, 'after', 'after');
  assert.equal(next, Math.max(...before.keys()) + 1, `${text}: no sequence is given out twice`);
  await under.run(store.flush());
  const keepsPaths = (): void => {
    for (const path of paths)
      assert.ok(path === STATE || under.disk.paths().includes(path), `${text}; ${path} is gone`);
  };
  keepsPaths();
  await under.run(under.store.close());
  await under.open(streamLimits);
  keepsPaths();
  assert.deepEqual([...(await served(under)).keys()], [...found.keys(), next], `${text}: in the next life`);
}

/** What came back is served, in its place. */
async function checkRepair({ under, served: before }: Whole, what: string): Promise<void> {
  const found = await served(under);
  for (const [sequence, payload] of before)
    assert.equal(found.get(sequence), payload, `${what}: repaired, ${sequence}`);
  await under.close();
}

async function each(
  end: End,
  streamLimits: StoreLimits,
  damage: (state: Whole, number: number) => readonly number[] | Promise<readonly number[]>,
  isChosen: (number: number, count: number) => boolean = () => true,
): Promise<void> {
  const count = (await whole(end, streamLimits)).blocks.size;
  for (let number = 1; number <= count; number++) {
    if (!isChosen(number, count)) continue;
    const state = await whole(end, streamLimits);
    const original = state.under.disk.peek(blockPath(number)) ?? new Uint8Array();
    const hit = await damage(state, number);
    const what = `block ${number} of ${count}, ${end}`;
    await checkDamage(state, hit, what);
    await state.under.run(state.under.store.close());
    // The last block goes on: its old content would not fit any more.
    if (number === count) continue;
    state.under.disk.plant(blockPath(number), original);
    await state.under.run(state.under.disk.remove(STATE));
    await state.under.open(streamLimits);
    await checkRepair(state, what);
  }
}

async function remove({ under, blocks }: Whole, number: number): Promise<readonly number[]> {
  await under.run(under.disk.remove(blockPath(number)));
  return blocks.get(number) ?? [];
}

function truncate({ under, blocks }: Whole, number: number, length: number): readonly number[] {
  const bytes = under.disk.peek(blockPath(number)) ?? new Uint8Array();
  under.disk.plant(blockPath(number), bytes.slice(0, length));
  const kept = sequencesIn(bytes).filter(({ end }) => end <= length).length;
  return (blocks.get(number) ?? []).slice(kept);
}

const ENDS: readonly End[] = ['stopped', 'killed later', 'killed'];

/** Where no file tells of it, the end of the last block cannot be missed, and limits may have taken the first one. */
function isKnown(end: End): (number: number, count: number) => boolean {
  return (number, count) => end === 'stopped' || (number > 1 && number < count);
}

for (const end of ENDS) {
  test(`a block that is gone costs its messages, wherever it was (${end})`, async () => {
    await each(end, NO_LIMITS, remove, isKnown(end));
  });

  test(`an empty block costs its messages (${end})`, async () => {
    await each(end, NO_LIMITS, (state, number) => truncate(state, number, 0), isKnown(end));
  });

  test(`a block that is cut anywhere costs what is cut off (${end})`, async () => {
    const length = (await whole(end)).under.disk.peek(blockPath(2))?.length ?? 0;
    for (let at = 1; at < length; at += 23)
      await each(end, NO_LIMITS, (state, number) => truncate(state, number, at), isKnown(end));
    // At the end of a record nothing in the file tells.
    const { under } = await whole(end);
    for (const { end: at } of sequencesIn(under.disk.peek(blockPath(2)) ?? new Uint8Array()))
      await each(
        end,
        NO_LIMITS,
        (state, number) => truncate(state, number, at),
        (number) => number === 2,
      );
  });

  test(`a block of nonsense costs its messages (${end})`, async () => {
    await each(
      end,
      NO_LIMITS,
      ({ under, blocks }, number) => {
        const { length } = under.disk.peek(blockPath(number)) ?? new Uint8Array();
        under.disk.plant(blockPath(number), new Uint8Array(length).fill(0x55));
        return blocks.get(number) ?? [];
      },
      isKnown(end),
    );
  });
}

for (const streamLimits of [
  limits({ messagesPerSubjectMax: 4 }),
  limits({ messagesMax: 30 }),
  limits({ bytesMax: 4000 }),
]) {
  test(`limits are no damage, and damage is told from them (${JSON.stringify(streamLimits)})`, async () => {
    for (const end of ENDS) {
      const untouched = await whole(end, streamLimits);
      await checkDamage(untouched, [], `untouched, ${end}`);
      await untouched.under.run(untouched.under.store.close());
    }
    await each('stopped', streamLimits, remove);
  });
}
