import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Life } from '../sim/life.ts';
import { Scheduler } from '../sim/scheduler.ts';
import { SimClock } from '../sim/sim_clock.ts';
import { isRunByNpm, watchParent } from './npm_parent.ts';

const PROGRAM = fileURLToPath(new URL('contrail_server.js', import.meta.url));
const DEADLINE_MS = 30_000;

/** Until the log says so; false when it does not in time. */
function says(shell: ChildProcess, words: string): Promise<boolean> {
  let log = '';
  return new Promise((resolve) => {
    const deadline = setTimeout(() => resolve(false), DEADLINE_MS);
    shell.stderr?.on('data', (chunk: Buffer) => {
      log += chunk.toString();
      if (!log.includes(words)) return;
      clearTimeout(deadline);
      resolve(true);
    });
  });
}

test('who started the server is looked for until it is gone, and that is said once', async () => {
  const scheduler = new Scheduler({ seed: 1 });
  const clock = new SimClock({ scheduler, life: new Life('server') });
  const host = { parentPid: 7 };
  let count = 0;
  watchParent(clock, host, () => count++);
  await scheduler.advance(10_000);
  assert.equal(count, 0);
  host.parentPid = 1;
  await scheduler.advance(10_000);
  assert.equal(count, 1);
});

test('npm tells what it runs that it does', () => {
  assert.equal(isRunByNpm({ environment: (name) => (name === 'npm_command' ? 'exec' : null) }), true);
  assert.equal(isRunByNpm({ environment: () => null }), false);
});

test('a server that npm runs stops in order when a signal has ended npm and its shell', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'contrail-npm-'));
  // Behind the server there is one more command, so that the shell does not become the server.
  const words = `"${process.execPath}" "${PROGRAM}" -a 127.0.0.1 -p -1 -js -sd "${directory}"; true`;
  const env = { ...process.env, npm_command: 'exec' };
  const shell = spawn('sh', ['-c', words], { stdio: ['ignore', 'ignore', 'pipe'], env });
  const isStopped = says(shell, 'Server Exiting');
  assert.ok(await says(shell, 'Server is ready'));
  shell.kill('SIGTERM');
  assert.ok(await isStopped);
  rmSync(directory, { recursive: true, force: true });
});
