// `contrail bench` against our own server in this process: few messages, but every one counted on the other side.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { commandsOn } from '../../../test/cli_commands.ts';
import { type CliServer, startCliServer } from '../../../test/cli_server.ts';
import { type Ran, runCommand, startCommand } from '../testing_terminal.ts';

let server: CliServer;
let secret: CliServer;
const folder = mkdtempSync(join(tmpdir(), 'contrail-bench-test-'));

before(async () => {
  server = await startCliServer();
  secret = await startCliServer({ token: 's3cret' });
});

after(async () => {
  await server.stop();
  await secret.stop();
  rmSync(folder, { recursive: true, force: true });
});

const { run, ok, json, refusal } = commandsOn(() => server.url);

/** Runs `words` while a receiver listens, and gives what the receiver printed. */
async function received(receiver: readonly string[], ready: string, words: readonly string[]): Promise<Ran> {
  const listening = startCommand(receiver, { environment: { NATS_URL: server.url } });
  await listening.terminal.shows(ready);
  await ok(...words);
  const ran = await listening.ended;
  assert.equal(ran.code, 0, ran.error);
  return ran;
}

test('bench pub sends as many messages as it says, and bench sub counts them', async () => {
  const ran = await received(['bench', 'sub', 'core.a', '--msgs', '5000'], 'expecting 5,000 messages', [
    ...['bench', 'pub', 'core.a', '--msgs', '5000', '--clients', '3'],
  ]);
  assert.match(ran.output, /NATS Core NATS subscriber stats: [\d,]+ msgs\/sec ~ /);
  assert.match(ran.error, /Starting Core NATS subscriber benchmark \[clients=1, msg-size=128 B, msgs=5,000, /);
});

test('the report names each client, all of them, and their latencies', async () => {
  const { output, error } = await run('bench', 'pub', 'core.b', '--msgs', '1001', '--clients', '2', '--histogram');
  assert.match(output, /^ {2}\[1\] [\d,]+ msgs\/sec .* P99\.9: .*us \(501 msgs\)$/m);
  assert.match(output, /^ {2}\[2\] .* \(500 msgs\)$/m);
  assert.match(output, / NATS Core NATS publisher aggregated stats: /);
  assert.match(output, /^Latency distribution$/m);
  assert.match(error, /\[2\] Starting Core NATS publisher, publishing 500 messages/);
});

test('multi-subject mode counts up in the subject with leading zeros and begins again', async () => {
  const { output } = await received(['sub', 'multi.*', '--count', '7', '--subjects-only'], 'Subscribing on multi.*', [
    'bench',
    'pub',
    'multi',
    '--multisubject',
    '--multisubjectmax',
    '5',
    '--msgs',
    '7',
  ]);
  const subjects = [...output.matchAll(/multi\.\d+/g)].map(([subject]) => subject);
  assert.deepEqual(subjects, ['multi.0', 'multi.1', 'multi.2', 'multi.3', 'multi.4', 'multi.0', 'multi.1']);
});

test('without an end of subjects every message has its own', async () => {
  const words = ['bench', 'pub', 'own', '--multisubject', '--multisubjectmax', '0', '--msgs', '1500', '--clients', '2'];
  const { output } = await received(
    ['sub', 'own.*', '--count', '1500', '--subjects-only'],
    'Subscribing on own.*',
    words,
  );
  const subjects = new Set([...output.matchAll(/own\.\d+/g)].map(([subject]) => subject));
  assert.equal(subjects.size, 1500);
  assert.ok(subjects.has('own.0') && subjects.has('own.1499'));
});

test('payload and headers are those that were given', async () => {
  const file = join(folder, 'payload');
  writeFileSync(file, 'from a file');
  const { output } = await received(['sub', 'full', '--count', '2'], 'Subscribing on full', [
    'bench',
    'pub',
    'full',
    '--msgs',
    '2',
    '--payload',
    file,
    '-H',
    'Kind: one',
  ]);
  assert.equal(output.match(/from a file/g)?.length, 2);
  assert.equal(output.match(/Kind: one/g)?.length, 2);
});

test('a rate for a duration makes the number of messages', async () => {
  const result = await json('bench', 'pub', 'paced', '--throughput', '2000', '--duration', '100ms', '--clients', '2');
  assert.equal(result.messages, 200);
  assert.ok(result.msgs_per_sec < 2600, `${result.msgs_per_sec} msgs/s`);
  assert.equal(result.parameters.throughput, '2,000');
});

test('--json and --csv have the figures of every client', async () => {
  const file = join(folder, 'out.csv');
  const result = await json(
    'bench',
    'pub',
    'core.c',
    '--msgs',
    '300',
    '--clients',
    '3',
    '--size',
    '1KB',
    '--csv',
    file,
  );
  assert.equal(result.benchmark, 'Core NATS publisher');
  assert.equal(result.messages, 300);
  assert.equal(result.bytes, 300 * 1024);
  assert.deepEqual(
    result.clients.map(({ messages }: { messages: number }) => messages),
    [100, 100, 100],
  );
  assert.ok(result.latency_us.p99 >= result.latency_us.p50);
  const rows = readFileSync(file, 'utf8').trim().split('\n');
  assert.match(rows[0] ?? '', /^#RunID,ClientID,MsgCount/);
  assert.equal(rows.length, 4);
});

test('two servers are measured in turns, and the medians stand side by side', async () => {
  const words = ['bench', 'pub', 'core.d', '--msgs', '200', '--against', `nats://s3cret@${new URL(secret.url).host}`];
  const { output, error, code } = await run(...words, '--rounds', '2');
  assert.equal(code, 0, error);
  const rounds = [...error.matchAll(/Round (\d) of 2, nats:\/\/([\d.:]+)/g)].map(([, round, host]) => [round, host]);
  const [first, second] = [new URL(server.url).host, new URL(secret.url).host];
  assert.deepEqual(rounds, [
    ['1', first],
    ['1', second],
    ['2', first],
    ['2', second],
  ]);
  assert.match(output, /medians of 2 rounds/);
  assert.match(output, /Messages\/s/);
  assert.doesNotMatch(output + error, /s3cret/);
  const compared = await json(...words, '--rounds', '1');
  assert.equal(compared.servers.length, 2);
  assert.equal(compared.ratio, compared.servers[0].msgs_per_sec / compared.servers[1].msgs_per_sec);
});

test('the second server gets its own credentials, and those of the first one only on the same host', async () => {
  const { host, port } = new URL(secret.url);
  const words = ['bench', 'pub', 'core.e', '--msgs', '10', '--rounds', '1'];
  const against = (url: string, ...more: string[]): Promise<Ran> => run(...words, '--against', url, ...more);
  const own = await against(`nats://s3cret@localhost:${port}`, '--user', 'a', '--password', 'b');
  assert.equal(own.code, 0, own.error);
  const same = await against(`nats://${host}`, '--token', 's3cret');
  assert.equal(same.code, 0, same.error);
  const elsewhere = await against(`nats://localhost:${port}`, '--token', 's3cret');
  assert.equal(elsewhere.code, 1);
  assert.match(elsewhere.error, /credentials of the first server are not sent to the second; --against-context names/);
  assert.match(elsewhere.error, /Cannot connect to nats:\/\/localhost:\d+: the server does not let/);
});

test('the second server may be that of a context', async () => {
  const contexts = join(folder, 'nats', 'context');
  mkdirSync(contexts, { recursive: true });
  writeFileSync(join(contexts, 'second.json'), JSON.stringify({ url: secret.url, token: 's3cret' }));
  const { code, error } = await runCommand(
    ['bench', 'pub', 'core.f', '--msgs', '10', '--rounds', '1', '--against-context', 'second', '--token', 'other'],
    { environment: { NATS_URL: server.url, XDG_CONFIG_HOME: folder } },
  );
  assert.equal(code, 0, error);
  assert.ok(error.includes(`Round 1 of 1, ${secret.url}`), error);
});

test('an interrupted benchmark shows what it has measured', async () => {
  const running = startCommand(['bench', 'sub', 'cut', '--msgs', '100'], { environment: { NATS_URL: server.url } });
  await running.terminal.shows('expecting 100 messages');
  await ok('bench', 'pub', 'cut', '--msgs', '40');
  await ok('rtt', '1');
  running.terminal.interrupt();
  const { code, output, error } = await running.ended;
  assert.equal(code, 130);
  assert.match(output, /NATS Core NATS subscriber stats: /);
  assert.match(error, /interrupted, this is what was measured until then/);
});

test('wrong credentials and nobody there are said as by every other command', async () => {
  assert.match(await refusal('bench', 'pub', 'x', '--server', secret.url), /does not let these credentials in/);
  assert.match(await refusal('bench', 'pub', 'x', '--server', 'nats://127.0.0.1:1'), /nothing listens there/);
  const url = `nats://s3cret@${new URL(secret.url).host}`;
  assert.match(await ok('bench', 'pub', 'x', '--server', url, '--msgs', '10'), /publisher stats/);
});

test('what cannot be measured is refused before anything is sent', async () => {
  assert.match(await refusal('bench', 'pub', 'x', '--duration', '1s'), /--duration needs --throughput/);
  assert.match(await refusal('bench', 'pub', 'x', '--msgs', '0'), /--msgs/);
  assert.match(
    await refusal('bench', 'pub', 'x', '--size', 'many'),
    /--size 'many' is no size: write it like 512, 1024B, 64KB or 1MB\n/,
  );
  assert.match(await refusal('bench', 'pub', 'x.*'), /has wildcards/);
  assert.match(await refusal('bench', 'pub', 'x', '--payload', '/nonexistent'), /--payload: there is no file/);
  assert.match(await refusal('bench', 'pub', 'x', '-H', 'nonsense'), /--header 'nonsense'/);
  assert.match(await refusal('bench', 'sub', 'a..b'), /is no subject/);
});
