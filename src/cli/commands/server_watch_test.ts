// Live views of servers, against our own server within this process.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { commandsOn } from '../../../test/cli_commands.ts';
import { type CliServer, SYSTEM_CONFIG, startCliServer } from '../../../test/cli_server.ts';
import { type Running, startCommand, type TestingOptions } from '../testing_terminal.ts';

let server: CliServer;

before(async () => {
  server = await startCliServer({ config: SYSTEM_CONFIG });
});

after(async () => {
  await server.stop();
});

function urlOf(user: string): string {
  return server.url.replace('://', `://${user}:${user}@`);
}

function start(words: readonly string[], size?: TestingOptions['size']): Running {
  const environment = { NATS_URL: urlOf('sys') };
  return startCommand(['server', ...words], size === undefined ? { environment } : { environment, size });
}

/** What a view shows until a text is there; then it is left. */
async function shownUntil(text: string, running: Running): Promise<string> {
  await running.terminal.shows(text);
  running.terminal.interrupt();
  const { code, output } = await running.ended;
  assert.equal(code, 130);
  return output;
}

const asUser = commandsOn(() => urlOf('a'));
const { ok, refusal } = commandsOn(() => urlOf('sys'));
/** What never shows its text must not hang the run. */
const PATIENT = { timeout: 60_000 };

test('server watch servers draws who is busiest', PATIENT, async () => {
  const output = await shownUntil('Totals (All Servers)', start(['watch', 'servers', '--sort', 'mem']));
  assert.match(output, /│ +Top 1 Server activity by Memory at \d{4}-/);
  assert.match(output, /│ stage +│ 1 +│/);
});

test('server watch jetstream draws what is stored, in a line a second for programs', PATIENT, async () => {
  assert.match(await shownUntil('Totals (1 Servers)', start(['watch', 'js'])), /Server activity by HA Asset/);
  const [line = ''] = (await shownUntil('}\n', start(['watch', 'js', '--json']))).split('\n');
  assert.equal(JSON.parse(line).servers[0].name, 'stage');
});

test('server watch accounts adds up what servers say of accounts', PATIENT, async () => {
  const running = start(['watch', 'accounts']);
  await running.terminal.shows('Waiting for updates of the servers...');
  // A connection that comes is a reason to say so.
  await asUser.ok('rtt', '1');
  assert.match(await shownUntil('Account activity by Connections', running), /│ A +│ +1 │/);
});

test('server watch accounts does not mind that the clock of a server is an hour late', PATIENT, async () => {
  const running = start(['watch', 'accounts']);
  await running.terminal.shows('Waiting for updates of the servers...');
  const numbers = { conns: 7, leafnodes: 0, num_subscriptions: 0, slow_consumers: 0 };
  const traffic = { sent: { msgs: 0, bytes: 0 }, received: { msgs: 0, bytes: 0 } };
  const server = { name: 'late', id: 'LATE', time: new Date(Date.now() - 3_600_000).toISOString() };
  await ok('pub', '$SYS.ACCOUNT.LATE.SERVER.CONNS', JSON.stringify({ server, acc: 'LATE', ...numbers, ...traffic }));
  assert.match(await shownUntil('LATE', running), /│ LATE +│ +1 │ 7 +│/);
});

test('server watch api requests waits where nobody asks', PATIENT, async () => {
  await shownUntil('Waiting for updates', start(['watch', 'api', 'requests', '--account', '^A$']));
  assert.match(
    await refusal('server', 'watch', 'api', 'req', '--account', '('),
    /--account '\(' is no regular expression/,
  );
});

test('views are refused to who is no user of the system account', PATIENT, async () => {
  for (const words of [
    ['watch', 'servers'],
    ['watch', 'js'],
    ['watch', 'accounts'],
    ['watch', 'api', 'requests'],
  ]) {
    assert.match(await asUser.refusal('server', ...words), /a user of the system account/, words.join(' '));
  }
});

test('server graph draws six graphs, or prints a line a second for programs', PATIENT, async () => {
  const output = await shownUntil('Bytes In+Out / second', start(['graph', 'stage'], { columns: 100, rows: 50 }));
  for (const caption of [
    'CPU % Used',
    'Memory Used in MB',
    'Connections',
    'Subscriptions',
    'Messages In+Out / second',
  ]) {
    assert.ok(output.includes(caption), caption);
  }
  const [line = ''] = (await shownUntil('}\n', start(['graph', 'stage', '--json']))).split('\n');
  assert.equal(JSON.parse(line).connections, 1);
  const jetStream = await shownUntil(
    'Memory Storage in GB',
    start(['graph', 'stage', '-j'], { columns: 100, rows: 50 }),
  );
  assert.match(jetStream, /API Requests \/ second/);
});

test('server graph has the letter j for itself', async () => {
  const { output } = await start(['graph', '--help']).ended;
  assert.match(output, / -j, --jetstream /);
  assert.match(output, / {5}--json /);
});

test('server graph says where there is no terminal, or too small a one', PATIENT, async () => {
  assert.match((await start(['graph', 'stage']).ended).error, /can only graph data on an interactive terminal/);
  const small = await start(['graph', 'stage'], { columns: 100, rows: 20 }).ended;
  assert.match(small.error, /please increase terminal dimensions/);
});
