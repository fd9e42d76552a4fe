// The program as a shell runs it: what becomes of its output and of its exit code.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('./contrail.js', import.meta.url));

function shell(script: string) {
  const { status, stdout, stderr } = spawnSync('bash', ['-c', script, 'bash', process.execPath, PROGRAM], {
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

test('output that cannot be written is told, and is a failure', () => {
  assert.ok(existsSync('/dev/full'));
  for (const words of ['--help', 'errors ls', '--version']) {
    assert.deepEqual(shell(`"$1" "$2" ${words} > /dev/full`), {
      status: 1,
      stdout: '',
      stderr: 'contrail: error: Cannot write to standard output: there is no space left\n',
    });
  }
});

test('output that nobody reads to its end is no failure to speak of', () => {
  const { stdout, stderr } = shell('"$1" "$2" errors ls | head -1');
  assert.equal(stderr, '');
  assert.equal(stdout.split('\n').length, 2);
});
