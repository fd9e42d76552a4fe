// The `nats` command with a user of the system account, and with one of an account: it prints the same about both servers,
// and ends with the same exit code. Numbers, times and ids are replaced; what is JSON is compared key by key.
// Needs the reference server and the `nats` command (see server_process.ts).
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { RawClient } from './raw_client.ts';
import { peersFolder } from './server_process.ts';
import { closeSystemStage, comparableText, connectAs, openSystemStages, type SystemStage } from './system_stage.ts';

const COMMAND_DEADLINE_MS = 30_000;
const folder = mkdtempSync(join(tmpdir(), 'contrail-commands-'));

let stages: [reference: SystemStage, contrail: SystemStage];
let clients: RawClient[] = [];

before(async () => {
  stages = await openSystemStages();
  clients = await Promise.all(stages.map(play));
});

after(async () => {
  for (const client of clients) client.close();
  await Promise.all(stages.map(closeSystemStage));
  rmSync(folder, { recursive: true, force: true });
});

async function play({ server }: SystemStage): Promise<RawClient> {
  const client = await connectAs(server, 'a', { name: 'alpha', lang: 'raw', version: '1' });
  client.subscribe('orders.*');
  await client.request('$JS.API.STREAM.CREATE.S', JSON.stringify({ name: 'S', subjects: ['s.*'] }));
  const config = { durable_name: 'c', ack_policy: 'explicit' };
  await client.request('$JS.API.CONSUMER.DURABLE.CREATE.S.c', JSON.stringify({ stream_name: 'S', config }));
  await client.request('s.1', 'hello');
  return client;
}

interface Printed {
  readonly exit: number | null;
  readonly output: string;
}

function nats(stage: SystemStage, user: string, words: readonly string[]): Promise<Printed> {
  const url = stage.server.url.replace('nats://', `nats://${user}:${user}@`);
  const args = ['--server', url, '--no-context', '--timeout', '10s', ...words];
  const env = { ...process.env, HOME: folder, XDG_CONFIG_HOME: folder, NO_COLOR: '1', TZ: 'UTC', COLUMNS: '250' };
  const child = spawn(join(peersFolder, 'bin', 'nats'), args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const timer = setTimeout(() => child.kill('SIGKILL'), COMMAND_DEADLINE_MS);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exit) => {
      clearTimeout(timer);
      resolve({ exit, output });
    });
  });
}

/** Without what differs from server to server and from run to run; tables without their widths. */
function steady(stage: SystemStage, text: string): string {
  return text
    .replaceAll(stage.serverId, '<id>')
    .replaceAll(String(stage.server.port), '<port>')
    .replace(/\S*\/jetstream\b/g, '<folder>')
    .replace(/sha256:[0-9a-f]+/g, '<digest>')
    .replace(/\b(go\d[\d.]*|node v[\d.]+)/g, '<runtime>')
    .replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, '<time>')
    .replace(/\b(\d+d|\d+h|\d+m|\d+(\.\d+)?(s|ms|µs|ns))+(?![\w.])/g, '<duration>')
    .replace(/[\d.]+ ?(B|KiB|MiB|GiB|B\/s)(?!\w)/g, '<size>')
    .replace(/\d[\d,.]*%?/g, '<n>')
    .replace(/[─█▉▊▋▌▍▎▏]+/g, '─')
    .replace(/[ \u00a0]+/g, ' ')
    .split('\n')
    .map((line) => line.trim())
    .join('\n');
}

/** Rows of tables and paragraphs of lists are in no order there. */
function sortedLines(output: string): string {
  return output.split('\n').sort().join('\n');
}

async function assertSameOutput(user: string, words: string): Promise<void> {
  const list = words.split(' ');
  const [theirs, ours] = await Promise.all(
    stages.map(async (stage) => {
      const { exit, output } = await nats(stage, user, list);
      return { exit, output: sortedLines(steady(stage, output)) };
    }),
  );
  assert.deepEqual(ours, theirs, `nats ${list.join(' ')}`);
}

for (const command of [
  'server ls',
  'server info',
  'server info stage',
  'server info nobody',
  'server ping 1',
  'server report connections',
  'server report connections --account A --sort subs',
  'server report connections --state closed --limit 1',
  'server report accounts',
  'server report accounts A',
  'server report jetstream',
  'server report jetstream --account A',
  'server report health',
  'server report health --account A --stream S',
  'server report health --stream nope --account A',
  'server report cpu',
  'server report mem',
  'server report routes',
  'server report gateways',
  'server report leafnodes',
  'server report downgrade 1',
  'server account info A',
  'server account info $SYS',
  'server account info nope',
  'server check connection',
  'server check server --name stage',
  'server check server --name nobody',
  'server check server --name stage --conn-warn 1 --conn-critical 1 --subs-warn 1 --subs-critical 1 --js-required',
  'account info',
  'account report connections',
  'account report statistics',
  'account tls',
]) {
  test(`nats ${command}, as one who runs the server`, () => assertSameOutput('sys', command));
}

for (const command of [
  'account info',
  'account report connections',
  'account report statistics',
  'account tls',
  'server check connection',
  'server check jetstream',
  'server check stream --stream S',
  'server check consumer --stream S --consumer c',
  'server check message --stream S --subject s.1',
  'server check request --subject nothing',
  'server check meta --expect 1 --lag-critical 1 --seen-critical 1s',
  'server check jetstream --format json',
  'server check jetstream --format prometheus',
  'rtt',
]) {
  test(`nats ${command}, as a member of an account`, () => assertSameOutput('a', command));
}

test('nats server request, whatever is asked for', async () => {
  const requests = [
    'subscriptions --detail --filter-account A',
    'variables',
    'connections --filter-account A --subscriptions',
    'connections --filter-user b',
    'routes',
    'gateways',
    'leafnodes',
    'accounts --account A',
    'jetstream --all',
    'jetstream --account A --streams --config',
    'jetstream-health',
    'jetstream-health --account A --details',
    'raft',
  ];
  const undetermined = [
    ...['subscriptions', 'num_subscriptions', 'num_cache', 'num_inserts', 'num_removes', 'num_matches', 'total'],
    ...['cache_hit_rate', 'max_fanout', 'avg_fanout', 'http_req_stats', 'msgs', 'bytes', 'total_connections'],
    ...['in_msgs', 'in_bytes', 'in_client_msgs', 'in_client_bytes', 'out_msgs', 'out_client_msgs', 'connections'],
    ...['uptime', 'subscriptions_list'],
  ];
  for (const request of requests) {
    const [theirs, ours] = await Promise.all(
      stages.map(async (stage) => {
        const { exit, output } = await nats(stage, 'sys', ['server', 'request', ...request.split(' ')]);
        assert.equal(exit, 0, `${request}: ${output}`);
        return comparableText(stage, output, { undetermined, left_out: ['contrail'] });
      }),
    );
    assert.equal(ours, theirs, request);
  }
});

test('nats server config reload and server request kick', async () => {
  const [theirs, ours] = await Promise.all(
    stages.map(async (stage) => {
      const reloaded = await nats(stage, 'sys', ['server', 'config', 'reload', '--force', stage.serverId]);
      const victim = await connectAs(stage.server, 'b', { name: 'victim' });
      const { output } = await nats(stage, 'sys', ['server', 'request', 'connections', '--filter-account', 'B']);
      const { data } = JSON.parse(output) as { data: { connections: { cid: number }[] } };
      const kicked = await nats(stage, 'sys', [
        'server',
        'request',
        'kick',
        String(data.connections[0]?.cid),
        stage.serverId,
      ]);
      await victim.end();
      return [reloaded, kicked].map(({ exit, output: text }) => `${exit} ${steady(stage, text)}`);
    }),
  );
  assert.deepEqual(ours, theirs);
});

// The last: nothing of the account's is left.
test('nats server account purge', async () => {
  const words = [
    ['sys', 'server', 'account', 'purge', 'A', '--force'],
    ['sys', 'server', 'account', 'purge', 'nobody', '--force'],
    ['a', 'stream', 'ls', '--names'],
  ];
  for (const [user = '', ...command] of words) await assertSameOutput(user, command.join(' '));
});
