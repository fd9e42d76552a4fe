import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { runCommand } from '../testing_terminal.ts';

async function words(...typed: string[]): Promise<string[]> {
  const { output } = await runCommand(['__complete', ...typed]);
  return output.split('\n').flatMap((line) => (line === '' ? [] : [line.split('\t')[0] ?? '']));
}

test('verbs, their commands and their flags are completed', async () => {
  assert.deepEqual(await words('stre'), ['stream']);
  assert.deepEqual(await words('stream', 'p'), ['purge']);
  assert.deepEqual(await words('stream', 'cluster', 's'), ['step-down']);
  assert.deepEqual(await words('pub', '--js-a'), ['--js-api-prefix']);
  assert.deepEqual(await words('stream', 'add', 'X', '--no-ack'), ['--no-ack']);
  assert.deepEqual(await words('apply', '--prune'), ['--prune', '--prune-nonempty']);
  assert.deepEqual(await words('nonsense', ''), []);
  // What comes later is no use to who is typing now.
  assert.deepEqual(await words('schem'), []);
  assert.deepEqual(await words('server', 'gen'), []);
});

test('values that a flag may have are completed', async () => {
  assert.deepEqual(await words('stream', 'add', '--retention', ''), ['limits', 'interest', 'workq', 'work']);
  assert.deepEqual(await words('stream', 'add', '--retention', 'l'), ['limits']);
});

test('contexts are completed by their names', async () => {
  const home = mkdtempSync(join(tmpdir(), 'contrail-completion-'));
  try {
    mkdirSync(join(home, 'nats', 'context'), { recursive: true });
    writeFileSync(join(home, 'nats', 'context', 'prod.json'), '{}');
    const environment = { XDG_CONFIG_HOME: home };
    for (const typed of [
      ['--context', 'p'],
      ['context', 'select', ''],
    ]) {
      const { output } = await runCommand(['__complete', ...typed], { environment });
      assert.equal(output, 'prod\tcontext\n', typed.join(' '));
    }
  } finally {
    rmSync(home, { recursive: true });
  }
});

test('checks that go on are completed too', async () => {
  assert.deepEqual(await words('server', 'check', 'ex'), ['exporter']);
});

test('the script for bash starts the program by its path where the word is no command', async () => {
  const { output } = await runCommand(['completion', 'bash']);
  assert.match(output, /program=\('node' '\/it'\\''s\/contrail\.js'\)/);
  const script = `${output}
shopt -s expand_aliases; alias contrail='npx contrail'; PATH=
node() { printf '%s\tfirst\n' "$*"; }
COMP_WORDS=(contrail ad); COMP_CWORD=1
_contrail_complete; printf '%s|' "\${COMPREPLY[@]}"`;
  const ran = spawnSync('bash', ['-c', script], { encoding: 'utf8' });
  assert.equal(ran.stderr, '');
  assert.equal(ran.stdout.replaceAll('\n', ' '), "/it's/contrail.js|__complete|ad|");
});

test('the script for bash is read by bash and asks the program', async () => {
  const { output } = await runCommand(['completion', 'bash']);
  const asked = await runCommand(['--completion-script-bash']);
  assert.equal(asked.output, output);
  const script = `${output}
contrail() { printf 'one\\tfirst\\n%s\\tsecond\\n' "$*"; }
COMP_WORDS=(contrail stream ad); COMP_CWORD=2
_contrail_complete; printf '%s|' "\${COMPREPLY[@]}"`;
  const ran = spawnSync('bash', ['-c', script], { encoding: 'utf8' });
  assert.equal(ran.stderr, '');
  // The words of the question come back one by one: within the function they are parted by line ends.
  assert.equal(ran.stdout, 'one|__complete|stream|ad|');
});

test('a shell that nobody knows is refused', async () => {
  assert.match((await runCommand(['completion', 'tcsh'])).error, /'tcsh' is not one of bash, zsh, fish/);
});
