// Commands on configurations, passwords, mappings and accounts: without a server where none is needed, else against our own
// within this process.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { compareSync } from 'bcryptjs';
import { commandsOn } from '../../../test/cli_commands.ts';
import { type CliServer, SYSTEM_CONFIG, startCliServer } from '../../../test/cli_server.ts';
import { runCommand } from '../testing_terminal.ts';

const folder = mkdtempSync(join(tmpdir(), 'contrail-server-config-'));
let server: CliServer;

before(async () => {
  server = await startCliServer({ config: SYSTEM_CONFIG });
});

after(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

const { ok, json, refusal } = commandsOn(() => server.url.replace('://', '://sys:sys@'));

function fileWith(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

test('server config check names every fault with its line and column, and ends with 1', async () => {
  const file = fileWith(
    'faulty.conf',
    'port: 4222\nprot: 1\n\naccounts {\n  A { users: [{ user: a, pasword: b }] }\n}\n',
  );
  const { code, output, error } = await runCommand(['server', 'config', 'check', file]);
  assert.equal(code, 1);
  assert.deepEqual(output.split('\n'), [
    `${file}:2:1: unknown field "prot"`,
    `${file}:5:26: unknown field "pasword"`,
    '',
  ]);
  assert.match(error, /is not valid: 2 faults/);
  const { output: text } = await runCommand(['server', 'config', 'check', file, '--json']);
  const { valid, findings } = JSON.parse(text);
  assert.equal(valid, false);
  assert.deepEqual(findings[0], { severity: 'error', file, line: 2, column: 1, text: 'unknown field "prot"' });
});

test('server config check names the first fault of the language', async () => {
  const file = fileWith('broken.conf', 'port: 4222\nfoo {\n');
  const { code, output } = await runCommand(['server', 'config', 'check', file]);
  assert.equal(code, 1);
  assert.match(output, /broken\.conf:3:1: .*Unexpected EOF processing map/);
});

test('server config check takes what a server takes, and says what is not supported', async () => {
  const file = fileWith('good.conf', 'port: 4222\ncluster { name: x, listen: "127.0.0.1:6222" }\n');
  const { code, output } = await runCommand(['server', 'config', 'check', file]);
  assert.equal(code, 0, output);
  assert.match(output, /good\.conf:2:1: 'cluster' is not supported .* \(no fault\)\n/);
  assert.match(output, /configuration file \S+ is valid \(sha256:[0-9a-f]{64}\)\n$/);
});

test('server config check finds what only shows when everything is put together', async () => {
  const file = fileWith('joined.conf', 'max_payload: 8MB\nmax_pending: 1MB\n');
  const { code, output } = await runCommand(['server', 'config', 'check', file]);
  assert.equal(code, 1);
  assert.match(output, /max_payload \(\d+\) cannot be higher than max_pending/);
});

test('server config check says where there is no file', async () => {
  const { code, output } = await runCommand(['server', 'config', 'check', join(folder, 'nope.conf')]);
  assert.equal(code, 1);
  assert.match(output, /nope\.conf: no such file or directory/);
});

test('server config reload asks first, and shows with --dry-run which server it would be', async () => {
  assert.match(await refusal('server', 'config', 'reload', 'stage'), /say --force to go ahead/);
  const shown = await ok('server', 'config', 'reload', 'stage', '--dry-run');
  assert.match(shown, /^Would reload configuration for stage \(N[A-Z0-9]+\) on /);
});

test('server passwd makes a hash that the server takes', async () => {
  const password = 'correct horse';
  const { output } = await runCommand(['server', 'passwd', '--pass', password, '--cost', '4']);
  assert.match(output, /^\$2a\$04\$\S{53}\n$/);
  assert.ok(compareSync(password, output.trim()));
  const made = JSON.parse((await runCommand(['server', 'passwd', '-g', '-c', '4', '--json'])).output);
  assert.equal(made.password.length, 22);
  assert.ok(compareSync(made.password, made.hash));
});

test('server passwd takes the password from the environment', async () => {
  const environment = { PASSWORD: 'correct horse' };
  const { output } = await runCommand(['server', 'passwd', '-c', '4'], { environment });
  assert.ok(compareSync('correct horse', output.trim()));
});

test('server passwd refuses what is too short, too long or asked of nobody', async () => {
  const error = async (...words: string[]) => (await runCommand(['server', 'passwd', ...words])).error;
  assert.match(await error('--pass', 'short'), /password should be at least 10 characters long/);
  assert.match(await error('--pass', 'x'.repeat(73)), /password is 73 bytes long: bcrypt takes 72 at most/);
  assert.match(await error('--pass', 'long enough', '--cost', '40'), /--cost.*40 is too large: the most is 31/);
  assert.match(await error(), /--pass, PASSWORD or --generate is required/);
});

test('server mappings shows what becomes of a subject', async () => {
  const run = (...words: string[]) => runCommand(['server', 'mappings', ...words]);
  assert.equal((await run('a.*', 'b.$1.c', 'a.x')).output, 'b.x.c\n\n');
  const words = ['orders.*', '{{partition(5,1)}}.{{wildcard(1)}}', 'orders.ann', '--json'];
  assert.match(JSON.parse((await run(...words)).output).result, /^[0-4]\.ann$/);
  assert.match((await run('a.*', 'b', 'c.x')).error, /'c\.x' does not match 'a\.\*'/);
  assert.match((await run('a.*', 'b.{{wildcard(2)}}', 'a.x')).error, /wildcard index out of range/);
  assert.match((await run('a.*')).error, /<dest> is required/);
});

test('server account info shows what a server knows of an account', async () => {
  const page = await ok('server', 'account', 'info', 'A');
  assert.ok(page.startsWith('Account information for account A\n\nDetails:\n'), page);
  assert.match(page, / JetStream: true\n/);
  assert.match(page, /Subject: \$JS\.API\.> from account \$SYS\n/);
  assert.equal((await json('server', 'account', 'info', 'A')).account_name, 'A');
  assert.match(await refusal('server', 'account', 'info', 'NOPE'), /Account NOPE does not exist/);
});

test('server account purge counts what would be lost, and asks first', async () => {
  const asUser = commandsOn(() => server.url.replace('://', '://a:a@'));
  await asUser.ok('stream', 'add', 'EVENTS', '--subjects', 'events.>', '--defaults');
  await asUser.ok('pub', 'events.a', 'x', '-J', '--count', '3');
  const counted = await ok('server', 'account', 'purge', 'A', '--dry-run');
  assert.equal(counted, 'Would purge 1 stream with 3 messages from account A\n');
  assert.match(await refusal('server', 'account', 'purge', 'A'), /say --force to go ahead/);
  for (const name of ['A B', 'A.B', '*', 'A/B']) {
    assert.match(await refusal('server', 'account', 'purge', name, '--force'), /<account> '.*' can be no name/);
  }
  assert.equal((await asUser.json('stream', 'info', 'EVENTS')).state.messages, 3);
});
