// `contrail server check exporter`: a page for Prometheus, from a file of checks.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { commandsOn } from '../../../test/cli_commands.ts';
import { type CliServer, SYSTEM_CONFIG, startCliServer } from '../../../test/cli_server.ts';
import { NodeWeb } from '../../node/node_web.ts';
import { tlsFiles, tlsFixture } from '../../node/tls_fixtures.ts';
import { type Running, startCommand } from '../testing_terminal.ts';

let server: CliServer;
const { ok, refusal } = commandsOn(() => server.url);
const folder = mkdtempSync(join(tmpdir(), 'contrail-exporter-'));

before(async () => {
  server = await startCliServer();
  await ok('stream', 'add', 'ORDERS', '--subjects', 'orders.>', '--defaults');
  await ok('pub', 'orders.a', 'hello', '-J');
  mkdirSync(join(folder, 'nats', 'context'), { recursive: true });
  writeFileSync(join(folder, 'nats', 'context', 'here.json'), JSON.stringify({ url: server.url }));
});

after(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

function fileOf(text: string): string {
  const path = join(folder, 'checks.yaml');
  writeFileSync(path, text);
  return path;
}

async function listening(text: string, ...words: string[]): Promise<Running & { readonly port: number }> {
  const all = ['server', 'check', 'exporter', '--config', fileOf(text), '--port', '0', ...words];
  const running = startCommand(all, { environment: { XDG_CONFIG_HOME: folder } });
  await Promise.race([running.terminal.shows('/metrics'), running.ended]);
  const port = /listening on https?:\/\/0\.0\.0\.0:(\d+)\/metrics/.exec(running.terminal.error)?.[1];
  assert.ok(port !== undefined, running.terminal.error);
  return { ...running, port: Number(port) };
}

const CHECKS = `
context: here
checks:
  - name: connected
    kind: connection
    properties: { connect_time_critical: 30, server_rtt_critical: 10s }
  - name: orders
    kind: stream
    reuse_connection: true
    properties: { stream_name: ORDERS, messages_critical: 5 }
  - name: nothing
    kind: kv
    context: nowhere
    properties: { bucket: NOPE }
`;

test('the page has the numbers of every check, each time anew, and the status of those that fail', async () => {
  const { port, terminal, ended } = await listening(CHECKS, '--namespace', 'shop');
  const options = { timeoutMs: 20_000, authorities: null };
  const first = await new NodeWeb().get(`http://127.0.0.1:${port}/metrics`, options);
  assert.equal(first.status, 200);
  assert.match(first.body, /^shop_connection_rtt\{item="connected"\} [\d.e-]+$/m);
  assert.match(first.body, /^shop_connection_status_code\{item="connected",status="OK"\} 0$/m);
  assert.match(first.body, /^shop_stream_messages\{item="orders"\} 1$/m);
  assert.match(first.body, /^shop_stream_status_code\{item="orders",status="CRITICAL"\} 2$/m);
  assert.match(first.body, /^shop_kv_status_code\{item="nothing",status="CRITICAL"\} 2$/m);
  assert.match(terminal.error, /CRITICAL nothing Crit:connection failed: unknown context 'nowhere'/);
  await ok('pub', 'orders.a', 'hello', '-J', '--count', '9');
  const second = await new NodeWeb().get(`http://127.0.0.1:${port}/metrics`, options);
  assert.match(second.body, /^shop_stream_messages\{item="orders"\} 10$/m);
  assert.match(second.body, /^shop_stream_status_code\{item="orders",status="OK"\} 0$/m);
  // As the reference, on every address there is: both families.
  const overIpv6 = await new NodeWeb().get(`http://[::1]:${port}/metrics`, options);
  assert.equal(overIpv6.status, 200);
  const other = await new NodeWeb().get(`http://127.0.0.1:${port}/`, options);
  assert.equal(other.status, 404);
  terminal.interrupt();
  assert.equal((await ended).code, 130);
});

test('who asks at the same time leaves no connections behind', async () => {
  const system = await startCliServer({ config: SYSTEM_CONFIG });
  const urlOf = (user: string): string => system.url.replace('://', `://${user}:${user}@`);
  writeFileSync(join(folder, 'nats', 'context', 'a.json'), JSON.stringify({ url: urlOf('a') }));
  const { port, terminal, ended } = await listening(`
context: a
checks:
  - { name: answers, kind: request, reuse_connection: true, properties: { subject: nobody } }
`);
  try {
    const page = () => new NodeWeb().get(`http://127.0.0.1:${port}/metrics`, { timeoutMs: 20_000, authorities: null });
    await Promise.all([page(), page(), page()]);
    await page();
    const asSystem = commandsOn(() => urlOf('sys'));
    const open = await asSystem.json('server', 'report', 'connections', '--account', 'A');
    assert.equal(open.length, 1);
  } finally {
    terminal.interrupt();
    await ended;
    await system.stop();
  }
});

test('with a certificate the page is served over https', async () => {
  const { certFile, keyFile } = tlsFiles('server');
  const running = await listening(CHECKS, '--https-certificate', certFile, '--https-key', keyFile);
  const authorities = readFileSync(tlsFixture('ca.pem'));
  const { body } = await new NodeWeb().get(`https://localhost:${running.port}/metrics`, {
    timeoutMs: 20_000,
    authorities,
  });
  assert.match(body, /^nats_server_check_stream_status_code\{item="orders",status="OK"\} 0$/m);
  running.terminal.interrupt();
  await running.ended;
});

test('a file that is wrong is refused with its line, before anything is served', async () => {
  const refused = (text: string): Promise<string> => refusal('server', 'check', 'exporter', '--config', fileOf(text));
  const check = (lines: string): string => `checks:\n  - name: a\n${lines}`;
  assert.match(await refused('checks: []'), /checks\.yaml:1: 'checks' is no list of checks/);
  assert.match(
    await refused(check('    kind: strem')),
    /checks\.yaml:3: 'strem' is no kind of check; there are connection,/,
  );
  assert.match(await refused(check('    kind: stream')), /checks\.yaml:2: 'stream_name' is missing/);
  const wrong = '    kind: kv\n    properties:\n      bucket: A\n      values_warn: 1';
  assert.match(
    await refused(check(wrong)),
    /checks\.yaml:6: nobody knows 'values_warn' \(did you mean 'values_warning'/,
  );
  const text = '    kind: meta\n    properties:\n      seen_critical: soon';
  assert.match(await refused(check(text)), /checks\.yaml:5: 'seen_critical' 'soon' is no duration/);
  const twice = '    kind: kv\n    properties: { bucket: A }\n  - name: a\n    kind: kv\n    properties: { bucket: B }';
  assert.match(await refused(check(twice)), /checks\.yaml:5: there is a check 'a' of kind kv already/);
  assert.match(
    await refusal('server', 'check', 'exporter', '--config', fileOf(CHECKS), '--namespace', 'a-b'),
    /--namespace 'a-b' can begin no metric/,
  );
  assert.match(await refused('checks: [\n'), /checks\.yaml:\d+:\d+: this is neither YAML nor JSON/);
  assert.match(await refusal('server', 'check', 'exporter', '--config', '/nope'), /there is no file '\/nope'/);
  assert.match(await refusal('server', 'check', 'exporter'), /required flag --config not provided/);
  const half = ['--config', fileOf(CHECKS), '--https-key', '/nope'];
  assert.match(
    await refusal('server', 'check', 'exporter', ...half),
    /--https-key and --https-certificate go together/,
  );
});
