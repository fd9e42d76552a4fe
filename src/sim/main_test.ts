import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

function simulator(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const main = fileURLToPath(new URL('./main.js', import.meta.url));
  return spawnSync(process.execPath, [main, ...args], { encoding: 'utf8' });
}

test('simulator main runs seeds and says that all promises were kept', () => {
  const { status, stdout } = simulator('--seed', '42', '--seeds', '3', '--server', 'toy');
  assert.equal(status, 0);
  assert.match(stdout, /^3 seeds from 42: \d+ published, \d+ acknowledged, \d+ crashes, all promises kept/);
});

test('simulator main stops at the first broken promise and says how to see it again', () => {
  const { status, stdout } = simulator('--seeds', '50', '--server', 'careless-toy');
  assert.equal(status, 1);
  const seed = /^seed (\d+) breaks a promise:\n {2}message \d+ was acknowledged/.exec(stdout)?.[1];
  assert.ok(seed !== undefined);
  const again = `node dist/src/sim/main.js --server careless-toy --seed ${seed} --trace 200`;
  assert.ok(stdout.includes(`again: ${again}`));
  const replay = simulator(...again.split(' ').slice(2));
  assert.equal(replay.status, 1);
  assert.ok(replay.stdout.includes(stdout.split('\n')[1] ?? 'nothing'));
  assert.ok(replay.stdout.split('\n').length > 200);
});

test('simulator main refuses what it does not know', () => {
  for (const args of [['--server', 'none'], ['--seed', 'x'], ['--seeds', '0'], ['--nothing', '1'], ['--seed']]) {
    const { status, stderr } = simulator(...args);
    assert.equal(status, 2);
    assert.match(stderr, /servers are contrail, toy/);
  }
});
