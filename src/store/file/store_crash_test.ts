// Power cuts and kills at every disk operation of scripted histories: what was durable is found again, unchanged and
// under its sequence; what was removed for good stays away; what was under way is there whole or not at all.
// CONTRAIL_CRASH_SEEDS and CONTRAIL_CRASH_STRIDE widen the sweep.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SyncPolicy } from './file_stream_store.ts';
import { History } from './store_history_contract.ts';

const SEEDS = Number(process.env.CONTRAIL_CRASH_SEEDS ?? 6);
const FIRST_SEED = Number(process.env.CONTRAIL_CRASH_FIRST ?? 1);
const STRIDE = Number(process.env.CONTRAIL_CRASH_STRIDE ?? 7);

type End = 'cut' | 'cut again' | 'kill';

async function sweep(seed: number, steps: number, sync: SyncPolicy, ends: readonly End[]): Promise<number> {
  const whole = new History(seed, sync);
  await whole.run(steps);
  const operations = whole.under.disk.operations.length;
  await endAndCheck(whole, 'kill', seed, `seed ${seed}, at the end`);
  let cases = 0;
  for (let at = seed % STRIDE; at < operations; at += STRIDE) {
    for (const how of ends) {
      const history = new History(seed, sync);
      history.under.disk.crashAt(at);
      await history.run(steps);
      await endAndCheck(history, how, at, `seed ${seed}, operation ${at} (${how})`);
      cases++;
    }
  }
  return cases;
}

async function endAndCheck(history: History, how: End, at: number, what: string): Promise<void> {
  const { under } = history;
  // Without power what was written and not synced may be gone: that is what this policy means.
  if (under.sync !== 'always' && how !== 'kill') {
    history.durable = history.flushed;
    history.isLossOfDisplacedAllowed = true;
  }
  history.isKill = how === 'kill';
  const cutSeed = how === 'cut' ? at : at + 1_000_000;
  under.revive(how === 'kill' ? under.disk.kill() : under.disk.crash(cutSeed));
  try {
    await history.check(what);
  } catch (error) {
    throw new Error(`${what}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
  test(`nothing durable is lost by a power cut or kill at any operation of history ${seed}`, async () => {
    assert.ok((await sweep(seed, 25, 'always', ['cut', 'cut again', 'kill'])) > 0);
  });

  test(`nothing written is lost by a kill in history ${seed}, synced now and then, nor what was flushed by a power cut`, async () => {
    assert.ok((await sweep(seed, 25, 5, ['kill', 'cut'])) > 0);
  });
}
