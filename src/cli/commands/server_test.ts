// Commands on servers, against our own server within this process, asked by a user of the system account.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { commandsOn } from '../../../test/cli_commands.ts';
import { type CliServer, SYSTEM_CONFIG, startCliServer } from '../../../test/cli_server.ts';
import { runCommand, startCommand } from '../testing_terminal.ts';

let server: CliServer;

before(async () => {
  server = await startCliServer({ config: SYSTEM_CONFIG });
});

after(async () => {
  await server.stop();
});

/** `nats://sys:sys@127.0.0.1:4222`. */
function urlOf(user: string): string {
  return server.url.replace('://', `://${user}:${user}@`);
}

const { ok, json, refusal } = commandsOn(() => urlOf('sys'));
const asUser = commandsOn(() => urlOf('a'));

test('server list shows every server with its load', async () => {
  const output = await ok('server', 'list');
  assert.match(output, /│ +Server Overview +│/);
  assert.match(output, /│ stage │ +│ \S+ +│ 2\.15\.\d+ +│ yes │ 1 +│/);
  const [one] = await json('server', 'ls');
  assert.equal(one.server.name, 'stage');
  assert.equal(one.statsz.connections, 1);
});

test('server info finds a server by name and by id', async () => {
  const { server: who, data } = await json('server', 'info', 'stage');
  assert.equal(who.name, 'stage');
  assert.equal(data.server_id, who.id);
  const page = await ok('server', 'info', who.id);
  assert.ok(page.startsWith(`Server information for stage (${who.id})\n\nProcess Details:\n`), page);
  assert.match(page, /Maximum Payload: 1\.0 MiB\n/);
});

test('server info says where there is no such server', async () => {
  assert.match(
    await refusal('server', 'info', 'nope', '--timeout', '300ms'),
    /no results received, ensure the account/,
  );
  const error = await refusal('server', 'info', `N${'A'.repeat(55)}`);
  assert.match(error, /no server has the id 'NA+' \('contrail server list --json' shows ids\)/);
});

test('server ping counts who answers and who does not', async () => {
  assert.match(await ok('server', 'ping'), /^stage +rtt=\S+\n\n---- ping statistics ----\n1 replies max: /);
  const short = ['server', 'ping', '2', '--timeout', '300ms'];
  assert.match(await ok(...short), /\nMissing 1 server\(s\)\n$/);
  const { replies, missing } = await json(...short);
  assert.deepEqual([replies.length, replies[0].name, missing], [1, 'stage', 1]);
});

test('who is no user of the system account is told so', async () => {
  for (const words of [['list'], ['info'], ['ping'], ['info', 'stage']]) {
    const error = await asUser.refusal('server', ...words);
    assert.match(
      error,
      /this needs a user of the system account, chosen by --user, --creds or --context/,
      words.join(),
    );
  }
});

test('server list names what it can be sorted by', async () => {
  const { code, error } = await runCommand(['server', 'ls', '--sort', 'colour']);
  assert.equal(code, 1);
  assert.match(error, /--sort.*'colour' is not one of name, cluster/);
});

test('server report jetstream and health show what the server has', async () => {
  await asUser.ok('stream', 'add', 'EVENTS', '--subjects', 'events.>', '--defaults');
  await asUser.ok('pub', 'events.a', 'x', '-J');
  assert.match(await ok('server', 'report', 'jetstream'), /│ stage +│ +│ 1 +│ 0 +│ 1 +│/);
  assert.match(await ok('server', 'report', 'js', '--account', 'A'), /JetStream Summary for Account A/);
  assert.match(await ok('server', 'report', 'health'), /│ stage +│ +│ +│ ok \(200\) +│/);
  const sick = await ok('server', 'report', 'health', '--account', 'A', '--stream', 'NOPE');
  assert.match(sick, /│ ok: 0 \/ err: 1 +│/);
  const [answer] = await json('server', 'report', 'jetstream');
  assert.deepEqual([answer.server.name, answer.data.streams], ['stage', 1]);
});

test('server report accounts adds up connections by account', async () => {
  assert.match(await ok('server', 'report', 'accounts'), /│ \$SYS +│ 1 +│/);
  const one = await json('server', 'report', 'accounts', '$SYS');
  assert.deepEqual([one.account, one.connections, one.server.length], ['$SYS', 1, 1]);
  assert.match(await refusal('server', 'report', 'accounts', 'B'), /did not receive any results for account B: nobody/);
});

test('server report connections takes conditions over connections', async () => {
  const words = ['server', 'report', 'connections', '--filter'];
  assert.equal((await json(...words, 'conn.account == "$SYS" and server.name == "stage"')).length, 1);
  assert.match(await refusal(...words, 'conn.cid < 0'), /no connection matches/);
  assert.match(await refusal(...words, 'nonsense ==='), /--filter 'nonsense ===': /);
});

test('server report cpu and mem draw a bar for each server', async () => {
  assert.match(await ok('server', 'report', 'mem'), /^Memory Usage\n\n {2}stage: █{30} \(\d+ MiB\)\n$/);
  assert.deepEqual(Object.keys(await json('server', 'report', 'cpu')), ['stage']);
});

test('server report downgrade names what an older server could not serve', async () => {
  await asUser.ok('stream', 'add', 'TIMED', '--subjects', 'timed', '--allow-msg-ttl', '--defaults');
  const { streams } = await json('server', 'report', 'downgrade', '0');
  assert.deepEqual(streams, [{ account: 'A', name: 'TIMED', api_level: 1 }]);
  assert.match(await ok('server', 'report', 'downgrade', '1'), /All assets are compatible/);
  assert.match(await refusal('server', 'report', 'downgrade', 'x'), /<api> 'x' is no whole number: give a level/);
});

test('server request prints what each server says, a line each', async () => {
  for (const page of ['accounts', 'connections', 'jetstream', 'jetstream-health', 'variables', 'subscriptions']) {
    const output = await ok('server', 'request', page);
    assert.equal(JSON.parse(output).server.name, 'stage', page);
    assert.equal(output.trim().split('\n').length, 1, page);
  }
  const closed = await ok('server', 'request', 'connections', '--filter-cid', '999999', '--filter-empty');
  assert.equal(closed, '');
});

test('server request kick closes nobody with --dry-run, and says where there is nobody', async () => {
  const [{ cid }] = await json('server', 'report', 'connections');
  assert.match(await refusal('server', 'req', 'kick', String(cid + 1000), 'stage'), /was not closed: /);
  assert.match(
    await refusal('server', 'req', 'kick', String(cid + 1000), 'stage', '--dry-run'),
    /There is no connection/,
  );
  assert.match(await refusal('server', 'req', 'kick', 'me', 'stage'), /<client> 'me' is no whole number/);
});

test('a report is shown again and again with --watch, until Ctrl-C', async () => {
  const words = ['server', 'report', 'mem', '--watch', '1'];
  const { terminal, ended } = startCommand(words, { environment: { NATS_URL: urlOf('sys') } });
  await terminal.shows('Memory Usage');
  terminal.interrupt();
  assert.equal((await ended).code, 130);
});

test('commands on clusters say that our server is none', async () => {
  for (const words of [['step-down'], ['peer-remove', 'x', '--force'], ['evacuate', 'x', '--force'], ['rescue']]) {
    assert.match(await refusal('server', 'cluster', ...words), /this is no cluster with JetStream/, words.join(' '));
  }
});

test('server cluster balance counts connections, and closes none where all is even', async () => {
  const { servers, to_close: closing } = await json('server', 'cluster', 'balance', '--dry-run');
  assert.deepEqual([servers[0].name, servers[0].above, closing], ['stage', 0, 0]);
  assert.match(await ok('server', 'cluster', 'balance', '1s', '--force'), /Balanced 0 connections\n$/);
  assert.match(await refusal('server', 'cluster', 'balance'), /say --force to go ahead/);
  assert.match(await refusal('server', 'cluster', 'balance', 'soon', '-f'), /<duration> 'soon' is no duration/);
  assert.match(await refusal('server', 'cluster', 'balance', '-f', '--kind', 'Route'), /--kind 'Route' is not one of/);
  assert.match(await refusal('server', 'cluster', 'balance', '-f', '--subject', 'a'), /--subject needs --account/);
});

test('replicas of streams and consumers are shown, or those that do not agree', async () => {
  await asUser.ok('consumer', 'add', 'EVENTS', 'WORKER', '--pull', '--defaults');
  const [stream] = await json('server', 'stream-check', '--stream', 'EVENTS', '--health');
  assert.deepEqual([stream.server, stream.messages, stream.last_seq, stream.health], ['stage', 1, 1, ':ok:']);
  assert.match(await ok('server', 'stream-check'), /Servers: 1\nStreams: \d\n[\s\S]*│ EVENTS +│/);
  const [consumer] = await json('server', 'consumer-check', '--consumer', 'WORKER');
  assert.deepEqual([consumer.stream, consumer.pending, consumer.delivered.stream_seq], ['EVENTS', 1, 0]);
  assert.match(await ok('server', 'consumer-check', '--csv'), /^Consumer,Stream,Raft,Account,/);
});

test('replicas are judged from what was written down before', async () => {
  const state = (lastSeq: number) => ({
    messages: lastSeq,
    bytes: lastSeq,
    first_seq: 1,
    last_seq: lastSeq,
    consumer_count: 0,
  });
  const lines = [3, 2].map((lastSeq, index) => {
    const cluster = { leader: 'n1', raft_group: 'g' };
    const streams = [{ name: 'S', cluster, state: state(lastSeq) }];
    const data = { account_details: [{ name: 'A', id: 'A', stream_detail: streams }] };
    return JSON.stringify({ server: { name: `n${index + 1}`, id: `N${index}` }, data });
  });
  const ran = (...words: string[]) =>
    runCommand(['server', 'stream-check', '--stdin', ...words], { input: lines.join('\n') });
  const rows = JSON.parse((await ran('--json')).output);
  assert.deepEqual(
    rows.map(({ status }: { status: string }) => status),
    ['UNSYNCED', 'UNSYNCED'],
  );
  assert.match((await ran('--unsynced')).output, /│ n2 +│ 2 \(-33\.33%\) +│/);
  const { error } = await runCommand(['server', 'stream-check', '--stdin'], { input: 'nonsense' });
  assert.match(error, /--stdin takes what 'contrail server request jetstream --all' prints/);
});

test('a reason for which connections were closed is a pattern, whatever the case, refused where it is none', async () => {
  await asUser.ok('rtt', '1');
  const words = ['server', 'report', 'connections', '--state', 'closed'];
  const all: { readonly reason: string }[] = await json(...words);
  const reason = all[0]?.reason ?? '';
  assert.match(reason, /[A-Z]/);
  const found = await json(...words, '--closed-reason', `^${reason}$`);
  assert.ok(found.length > 0 && found.every((one: { readonly reason: string }) => one.reason === reason));
  assert.match(await refusal(...words, '--closed-reason', '('), /--closed-reason '\(' is no regular expression/);
});
