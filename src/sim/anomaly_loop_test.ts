import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DiskDone } from '../ports/disk.ts';
import type { Anomaly, AnomalyRun } from './anomaly_loop.ts';
import { anomalyLoop } from './anomaly_loop.ts';

interface Facts {
  promised: string;
}

function done(start: (done: DiskDone) => void): Promise<void> {
  return new Promise((resolve, reject) => start((error) => (error === null ? resolve() : reject(error))));
}

/** Replaces a small file safely a few times. `isCareless`: without syncing the directory. */
function script(isCareless: boolean) {
  return async ({ disk }: AnomalyRun, facts: Facts): Promise<void> => {
    for (const text of ['first', 'second', 'third']) {
      const file = await disk.open('/new', 'write');
      await done((next) => file.truncate(0, next));
      await done((next) => file.write(Buffer.from(text), 0, next));
      await done((next) => file.sync(next));
      await done((next) => file.close(next));
      await disk.rename('/new', '/file');
      if (!isCareless) await disk.syncDirectory('/');
      facts.promised = text;
    }
  };
}

const ORDER = ['', 'first', 'second', 'third'];

async function check({ disk }: AnomalyRun, { promised }: Facts): Promise<void> {
  const stat = await disk.stat('/file');
  const found = stat === null ? '' : Buffer.from(await disk.readFile('/file')).toString();
  assert.ok(ORDER.indexOf(found) >= ORDER.indexOf(promised), `promised '${promised}', found '${found}'`);
}

const ANOMALIES: readonly Anomaly[] = ['power cut', 'kill', 'DISK_IO', 'DISK_NO_SPACE'];

test('anomalyLoop() goes through every operation, and passes what is careful', async () => {
  const makeFacts = () => ({ promised: '' });
  const checks = await anomalyLoop({ anomalies: ANOMALIES, script: script(false), makeFacts, check });
  // 21 operations, 18 of which are mutations (create or open, truncate, write, sync, close, rename, sync directory).
  assert.ok(checks > 18 * 5 + 21 * 8);
});

test('anomalyLoop() says where what is careless breaks its promise', async () => {
  const makeFacts = () => ({ promised: '' });
  const loop = anomalyLoop({ anomalies: ANOMALIES, script: script(true), makeFacts, check });
  await assert.rejects(loop, /promised '(first|second|third)', found '/);
});

test('anomalyLoop() gives the check what a failure made the script throw', async () => {
  const thrown = new Set<string>();
  await anomalyLoop({
    anomalies: ['DISK_IO'],
    script: script(false),
    makeFacts: () => ({ promised: '' }),
    check: async (_found, _facts, error) => {
      if (error instanceof Error) thrown.add(error.message);
    },
  });
  assert.ok(thrown.has("Cannot rename '/new': i/o error"));
  assert.ok(thrown.has("Cannot sync '/new': i/o error"));
});
