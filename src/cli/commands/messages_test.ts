// Commands on messages against our own server within this process.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type CliServer, startCliServer } from '../../../test/cli_server.ts';
import { LoginGate } from '../../../test/login_gate.ts';
import { type Ran, type Running, runCommand, startCommand, type TestingOptions } from '../testing_terminal.ts';

const PROGRAM = fileURLToPath(new URL('../../app/contrail.js', import.meta.url));
let server: CliServer;

before(async () => {
  server = await startCliServer();
  await ok('req', '$JS.API.STREAM.CREATE.EVENTS', '{"name":"EVENTS","subjects":["events.>"],"allow_direct":true}');
});

after(async () => {
  await server.stop();
});

function run(...words: string[]): Promise<Ran> {
  return runCommand(words, { environment: { NATS_URL: server.url } });
}

function start(words: readonly string[], options: TestingOptions = {}): Running {
  return startCommand(words, { ...options, environment: { NATS_URL: server.url, ...options.environment } });
}

async function ok(...words: string[]): Promise<string> {
  const { code, output, error } = await run(...words);
  assert.equal(code, 0, error);
  return output;
}

function withoutTime(text: string): string {
  return text.replace(/^\d\d:\d\d:\d\d /gm, '');
}

test('publish says how much went where, subscribe shows it with headers and reply', async () => {
  const sub = start(['sub', 'greet.*', '--count', '1']);
  await sub.terminal.shows('Subscribing on greet.*');
  const published = await run('pub', 'greet.world', 'hello {{Count}}', '-H', 'A: 1', '-H', 'A:2', '--reply', 'back');
  assert.equal(withoutTime(published.error), 'Published 7 bytes to "greet.world"\n');
  const { code, output } = await sub.ended;
  assert.equal(code, 0);
  assert.equal(output, '[#1] Received on "greet.world" with reply "back"\nA: 1\nA: 2\n\nhello 1\n\n\n');
});

test('publish to a stream says where the message is, as JSON too', async () => {
  const { error } = await run('pub', 'events.first', 'one', '-J');
  assert.match(withoutTime(error), /^Published 3 bytes to "events.first"\nStored in Stream: EVENTS Sequence: \d+\n$/);
  const output = await ok('pub', 'events.second', 'two', '-J', '--json');
  const { stream, subject, bytes } = JSON.parse(output);
  assert.deepEqual({ stream, subject, bytes }, { stream: 'EVENTS', subject: 'events.second', bytes: 3 });
});

test('publish reads standard input, whole or line by line', async () => {
  const lines = await start(['pub', 'events.lines', '--send-on', 'newline', '--json'], { input: 'a\nbb\nccc' }).ended;
  assert.deepEqual(
    lines.output
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).bytes),
    [1, 2, 3],
  );
  const whole = await start(['pub', 'events.whole', '--json'], { input: 'a\nbb\n' }).ended;
  assert.equal(JSON.parse(whole.output).bytes, 5);
});

test('publish in a batch stores all or nothing', async () => {
  await ok(
    'req',
    '$JS.API.STREAM.CREATE.BATCH',
    '{"name":"BATCH","subjects":["batch"],"allow_atomic":true,"allow_direct":true}',
  );
  const words = ['pub', 'batch', '--atomic', '--send-on', 'newline', '--json'];
  const stored = await start(words, { input: 'a\nb\nc' }).ended;
  assert.equal(stored.code, 0, stored.error);
  const { seq, messages } = JSON.parse(stored.output);
  assert.deepEqual([seq, messages], [3, 3]);
  assert.equal(await ok('sub', 'batch', '--all', '-T', '--raw'), 'a\nb\nc\n');
  const refused = await run('pub', 'events.batch', 'x', '--atomic');
  assert.match(refused.error, /requires JetStream and STDIN with --send-on=newline/);
});

test('publish refuses before anything is sent', async () => {
  const rows: [string[], RegExp][] = [
    [['pub', 'a b', 'x'], /the subject 'a b' is no subject/],
    [['pub', 'a', 'x', '-H', 'nocolon'], /--header 'nocolon' is no header/],
    [['pub', 'a', 'x', '--schedule-at', 'tomorrow', '--schedule-dest', 'b'], /--schedule-at 'tomorrow' is no time/],
    [['pub', 'a', 'x', '--schedule-after', '5m'], /schedule destination is required/],
    [
      ['pub', 'a', 'x', '--schedule-every', '5m', '--schedule-cron', '@daily', '--schedule-dest', 'b'],
      /mutually exclusive/,
    ],
    [['pub', 'nobody.home', 'x', '-J'], /No stream stores 'nobody.home'/],
  ];
  for (const [words, expected] of rows) {
    const { code, error } = await run(...words);
    assert.equal(code, 1);
    assert.match(error, expected);
  }
});

test('request shows the reply and its headers, and says when nobody is there', async () => {
  const service = start(['reply', 'svc.add', 'sum of {{Request}}', '--count', '2', '-H', 'From: us']);
  await service.terminal.shows('Listening on "svc.add" in group "NATS-RPLY-22"');
  const plain = await run('req', 'svc.add', '1+1');
  assert.equal(plain.output, 'sum of 1+1\n\n\n');
  assert.match(withoutTime(plain.error), /^Sending request on "svc.add"\nReceived with rtt .*\nFrom: us\n\n$/);
  const json = JSON.parse(await ok('req', 'svc.add', '2', '--json'));
  assert.equal(json.data, 'sum of 2');
  assert.deepEqual(json.headers, { From: ['us'] });
  assert.equal((await service.ended).code, 0);
  assert.match((await run('req', 'nobody.home', 'x')).error, /No responders are available/);
});

test('reply echoes with a counter, or answers with what a program prints', async () => {
  const echo = start(['reply', 'echo', '--echo', '--count', '1']);
  await echo.terminal.shows('Listening');
  assert.deepEqual(JSON.parse(await ok('req', 'echo', 'x', '--json')).headers, { 'NATS-Reply-Counter': ['0'] });
  await echo.ended;
  const command = start(['reply', 'run.*', '--count', '1', '--command', 'echo got {{1}} {{.Request}}']);
  await command.terminal.shows('Listening');
  assert.equal(await ok('req', 'run.fast', 'now', '--raw'), 'got fast now\n\n');
  await command.ended;
});

test('subscribe shows a stream from its beginning to its end', async () => {
  await ok('req', '$JS.API.STREAM.CREATE.OLD', '{"name":"OLD","subjects":["old.>"],"allow_direct":true}');
  for (const [subject, body] of [
    ['old.a', '1'],
    ['old.b', '2'],
    ['old.a', '3'],
  ] as const)
    await ok('pub', subject, body, '-J');
  const all = await ok('sub', '--stream', 'OLD', '--all', '-T', '--json');
  const messages = all
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    messages.map(({ seq, subject, pending, data }) => [seq, subject, pending, data]),
    [
      [1, 'old.a', 2, '1'],
      [2, 'old.b', 1, '2'],
      [3, 'old.a', 0, '3'],
    ],
  );
  assert.equal(await ok('sub', 'old.a', '--all', '-T', '--raw'), '1\n3\n');
  assert.equal(await ok('sub', 'old.>', '--last-per-subject', '-T', '--raw'), '2\n3\n');
  assert.equal(await ok('sub', '--stream', 'OLD', '--start-sequence', '2', '-T', '--raw'), '2\n3\n');
  const { output } = await run('sub', '--stream', 'OLD', '--all', '--count', '1');
  assert.match(
    output,
    /^\[#1\] Received JetStream message: stream: OLD seq: 1 \/ pending: 2 \/ subject: old.a \/ time: /,
  );
});

test('subscribe by direct gets reads without a consumer', async () => {
  assert.equal(await ok('sub', 'old.a', '--direct', '--all', '-T', '--raw'), '1\n3\n');
});

test('subscribe ignores, dumps to files and ends when nothing comes', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'contrail-dump-'));
  try {
    await ok('sub', 'old.>', '--all', '-T', '-I', 'old.b', '--dump', folder);
    assert.deepEqual(readdirSync(folder), ['1.json', '3.json']);
    const dumped = JSON.parse(readFileSync(join(folder, '3.json'), 'utf8'));
    assert.equal(dumped.Subject, 'old.a');
    assert.equal(Buffer.from(dumped.Data, 'base64').toString(), '3');
  } finally {
    rmSync(folder, { recursive: true });
  }
  assert.equal(await ok('sub', 'silence', '--wait', '50ms'), '');
});

test('subscribe matches replies with their requests', async () => {
  const sub = start(['sub', 'svc.match', '--match-replies', '--count', '1']);
  await sub.terminal.shows('Subscribing on svc.match');
  const service = start(['reply', 'svc.match', 'pong', '--count', '1', '--queue', 'other']);
  await service.terminal.shows('Listening');
  await ok('req', 'svc.match', 'ping');
  const { output } = await sub.ended;
  assert.match(
    output,
    /Received on "svc.match" with reply "(_INBOX\S+)"\nping\n\n\n\[#1\] Matched reply on "\1"\npong\n/,
  );
});

test('subscribe ends in order when it is interrupted', async () => {
  const sub = start(['sub', 'forever']);
  await sub.terminal.shows('Subscribing on forever');
  sub.terminal.interrupt();
  assert.equal((await sub.ended).code, 130);
});

test('[natscli 0.5.1] a signal ends subscribe with the code that shells give to it', async () => {
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const) {
    const sub = spawn(process.execPath, [PROGRAM, 'sub', 'forever', '-s', server.url], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    await once(sub.stderr, 'data');
    sub.kill(signal);
    assert.deepEqual(await once(sub, 'close'), [code, null], signal);
  }
});

test('a report of subjects ends without a table that says nothing new', async () => {
  const sub = start(['sub', 'counted.>', '--report-subjects']);
  await sub.terminal.shows('Subscribing on counted.>');
  await ok('pub', 'counted.a', 'x');
  await sub.terminal.shows('counted.a ');
  sub.terminal.interrupt();
  const { output } = await sub.ended;
  assert.equal(output.match(/counted\.a .* 1 /g)?.length, 1, output);
  // What came since the last table is shown.
  const short = start(['sub', 'counted.>', '--report-subjects', '--count', '1']);
  await short.terminal.shows('Subscribing on counted.>');
  await ok('pub', 'counted.b', 'x');
  assert.equal((await short.ended).output.match(/counted\.b .* 1 /g)?.length, 1);
});

test('a connection that is lost, and refused for a while, is told once, and so is the next one', async () => {
  const gate = await LoginGate.open();
  const sub = startCommand(['sub', 'x'], { environment: { NATS_URL: gate.url } });
  await sub.terminal.shows('Subscribing on x');
  gate.refuse(3);
  await sub.terminal.shows('>>> Reconnected');
  sub.terminal.interrupt();
  const { error } = await sub.ended;
  gate.close();
  assert.equal(error.match(/>>> Disconnected from/g)?.length, 1, error);
  assert.equal(error.match(/>>> Unexpected NATS error: Authorization Violation/g)?.length, 3, error);
  assert.equal(error.match(/>>> Reconnected to/g)?.length, 1, error);
});

test('subscribe refuses what does not go together', async () => {
  const rows: [string[], RegExp][] = [
    [['sub'], /subject is required/],
    [['sub', 'a', 'b', '--all'], /streams subscribe support only 1 subject/],
    [['sub', 'a', '-T'], /--terminate-at-end is only supported/],
    [['sub', 'a', '-t', '-d'], /mutually exclusive/],
    [['sub', 'a', '--since', 'ever'], /--since 'ever' is no duration/],
    [['sub', 'none.such', '--all'], /no stream found with subject: none.such/],
    [['sub', '--stream', 'NOPE', '--all'], /stream not found \(10059\)/],
  ];
  for (const [words, expected] of rows) {
    const { code, error } = await run(...words);
    assert.equal(code, 1, words.join(' '));
    assert.match(error, expected);
  }
});

test('rtt measures a server, and says which of them is not there', async () => {
  const [target] = JSON.parse(await ok('rtt', '2', '--json'));
  assert.equal(target.url, server.url);
  assert.ok(target.results[0].rtt > 0);
  assert.match(await ok('rtt', '1'), new RegExp(`^${server.url}:\n\n {3}${server.url}: \\S+\n\n$`));
  const partly = await run('rtt', '1', '-s', `${server.url},nats://127.0.0.1:1`);
  assert.equal(partly.code, 0);
  assert.match(partly.output, /127\.0\.0\.1:1: failed/);
  assert.match(partly.error, /Failed to compute rtt for nats:\/\/127\.0\.0\.1:1: .*nothing listens there/);
});

test('an rtt that fails says why once', async () => {
  const { code, output, error } = await run('rtt', '-s', 'nats://127.0.0.1:1');
  assert.equal(code, 1);
  assert.equal(output, '');
  const why = "nothing listens there; start a server with 'contrail serve', or name one with --server";
  assert.equal(error, `contrail: error: Cannot connect to nats://127.0.0.1:1: ${why}\n`);
});

test('a password within an address may have an @ and a slash, and is shown nowhere', async () => {
  const guarded = await startCliServer({ config: 'authorization { user: u, password: "p@s/s" }' });
  const host = new URL(guarded.url).host;
  try {
    for (const words of [
      ['rtt', '1'],
      ['rtt', '1', '--json'],
      ['server', 'check', '--no-monitor'],
    ]) {
      const ran = await run(...words, '-s', `nats://u:p@s/s@${host},nats://u:p@s/s@${host}`);
      assert.equal(ran.code, 0, ran.error);
      assert.ok(ran.output.includes(host), ran.output);
      assert.ok(!/@|s\/s/.test(ran.output + ran.error), ran.output + ran.error);
    }
    for (const scheme of ['http', 'ws']) {
      const { code, error } = await run('pub', 'x', 'y', '-s', `${scheme}://u:p@s/s@${host}`);
      assert.equal(code, 1);
      assert.ok(error.includes(`${scheme}://${host}`) && !error.includes('@'), error);
    }
  } finally {
    await guarded.stop();
  }
});

test('groups with spaces are refused before anything is sent', async () => {
  for (const words of [
    ['sub', 'x', '--queue', 'a b'],
    ['reply', 'x', '--queue', 'a b'],
    ['consumer', 'sub', 'EVENTS', 'c', '--deliver-group', 'a b'],
  ]) {
    const { code, error } = await run(...words);
    assert.equal(code, 1);
    assert.match(
      error,
      /^contrail: error: --(?:queue|deliver-group) 'a b' is no name of a group: write it without spaces/,
    );
  }
});
