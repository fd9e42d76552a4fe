import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type CliServer, startCliServer } from '../../../test/cli_server.ts';
import { type Ran, runCommand } from '../testing_terminal.ts';

const home = mkdtempSync(join(tmpdir(), 'contrail-context-'));
let server: CliServer;

before(async () => {
  server = await startCliServer({ jetStream: false, token: 's3cret' });
});

after(async () => {
  await server.stop();
  rmSync(home, { recursive: true });
});

function run(...words: string[]): Promise<Ran> {
  return runCommand(words, { environment: { XDG_CONFIG_HOME: home } });
}

async function ok(...words: string[]): Promise<string> {
  const { code, output, error } = await run(...words);
  assert.equal(code, 0, error);
  return output;
}

function file(name: string): Record<string, unknown> {
  return JSON.parse(readFileSync(join(home, 'nats', 'context', `${name}.json`), 'utf8'));
}

test('a context is saved with the keys of the reference, selected and used', async () => {
  assert.match(await ok('context', 'ls'), /No known contexts/);
  const shown = await ok(
    'context',
    'add',
    'one',
    '-s',
    server.url,
    '--token',
    's3cret',
    '--description',
    'First',
    '--select',
  );
  assert.match(shown, /^NATS Configuration Context "one"\n\n {2}Description: First\n/);
  const saved = file('one');
  assert.deepEqual(Object.keys(saved).slice(0, 6), ['description', 'url', 'socks_proxy', 'token', 'user', 'password']);
  assert.equal(saved['token'], 's3cret');
  assert.equal(readFileSync(join(home, 'nats', 'context.txt'), 'utf8'), 'one');
  assert.match(await ok('rtt', '1'), /127\.0\.0\.1/);
  assert.match(await ok('context', 'info', '--connect'), /Connection: OK/);
});

test('who is not let in is told so, and what to give', async () => {
  const { error } = await run('pub', 'a', 'b', '--no-context', '-s', server.url);
  assert.match(error, /does not let these credentials in .*; give others with --user and --password, --creds/);
});

test('contexts are listed, with a star for the selected one', async () => {
  await ok('context', 'copy', 'one', 'two', '--description', 'Second', '--user', 'joe', '--password', 'pw');
  assert.equal(file('two')['user'], 'joe');
  assert.match(await ok('context', 'ls'), /│ one\* │ First {7}│\n│ two {2}│ Second {6}│/);
  assert.equal(await ok('ctx', 'ls', '--names'), 'one\ntwo\n');
  assert.deepEqual(
    JSON.parse(await ok('ctx', 'ls', '--json')).map(({ name, selected }: Record<string, unknown>) => [name, selected]),
    [
      ['one', true],
      ['two', false],
    ],
  );
  assert.match((await run('ctx', 'copy', 'one', 'two')).error, /context 'two' already exist/);
});

test('the previous context comes back', async () => {
  await ok('context', 'select', 'two');
  assert.match(await ok('context', 'info'), /"two"/);
  await ok('context', 'previous');
  assert.match(await ok('context', 'info'), /"one"/);
  assert.match(await ok('context', 'unselect'), /Unselected the "one" context/);
  assert.match(await ok('context', 'unselect'), /No context currently selected/);
});

test('a context goes when that is agreed to, and only what is there can go', async () => {
  assert.match(
    (await run('context', 'rm', 'two')).error,
    /Really delete context "two"\? There is no terminal to ask on: say --force/,
  );
  assert.match(await ok('context', 'rm', 'two', '--dry-run'), /Would remove/);
  assert.equal(
    await ok('context', 'rm', 'two', '--force', '--json'),
    '{\n  "removed": 1,\n  "name": "two",\n  "dry_run": false\n}\n',
  );
  assert.match(
    (await run('context', 'rm', 'tow', '-f')).error,
    /unknown context 'tow'.*; 'contrail context ls' shows the contexts there are/,
  );
  assert.match((await run('context', 'select', 'oen')).error, /unknown context 'oen' \(did you mean 'one'\?\)/);
});

test('an edited context is checked before it is saved', async () => {
  const editor = join(home, 'editor.sh');
  writeFileSync(editor, '#!/bin/sh\nsed -i "s/First/Changed/" "$1"\n', { mode: 0o755 });
  const edit = (): Promise<Ran> =>
    runCommand(['context', 'edit', 'one'], { environment: { XDG_CONFIG_HOME: home, EDITOR: editor } });
  assert.match((await edit()).output, /Description: Changed/);
  assert.equal(file('one')['url'], server.url);
  writeFileSync(editor, '#!/bin/sh\necho "url: [1]" > "$1"\n', { mode: 0o755 });
  assert.match((await edit()).error, /the key 'url' must be a text/);
  assert.equal(file('one')['url'], server.url);
});

test('files that a context names are looked for, and read into it with --embed', async () => {
  const creds = join(home, 'user.creds');
  writeFileSync(creds, 'secret');
  await ok('context', 'add', 'three', '--creds', creds);
  assert.match(await ok('context', 'info', 'three'), /user\.creds \(OK\)/);
  await ok('context', 'add', 'four', '--creds', creds, '--embed');
  assert.equal(file('four')['creds'], `data:;base64,${Buffer.from('secret').toString('base64')}`);
  rmSync(creds);
  const { code, error } = await run('context', 'validate');
  assert.equal(code, 1);
  assert.match(error, /validation failed/);
  assert.match((await run('context', 'add', 'bad/name')).error, /can be no context's name/);
});

test('keys of other versions survive', async () => {
  const path = join(home, 'nats', 'context', 'one.json');
  writeFileSync(path, JSON.stringify({ ...file('one'), future_key: [1] }));
  await ok('context', 'add', 'one', '--description', 'Again');
  assert.deepEqual(file('one')['future_key'], [1]);
});
