// `contrail server check` against our own server: verdicts, numbers, formats and exit codes as monitoring systems read them.
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { commandsOn } from '../../../test/cli_commands.ts';
import { type CliServer, startCliServer } from '../../../test/cli_server.ts';
import { type CredentialsOptions, credentialsText } from '../../../test/credentials.ts';

let server: CliServer;
const { run, ok } = commandsOn(() => server.url);
const folder = mkdtempSync(join(tmpdir(), 'contrail-check-'));

interface Found {
  readonly code: number;
  readonly status: string;
  readonly critical?: readonly string[];
  readonly warning?: readonly string[];
  readonly ok?: readonly string[];
  readonly perf: Readonly<Record<string, number>>;
}

async function check(...words: string[]): Promise<Found> {
  const { code, output, error } = await run('server', 'check', ...words, '--json');
  assert.equal(error, '');
  const { perf_data: perf, ...found } = JSON.parse(output);
  const numbers = (perf as { name: string; value: number }[]).map(({ name, value }) => [name, value]);
  return { code, ...found, perf: Object.fromEntries(numbers) };
}

before(async () => {
  server = await startCliServer();
  const metadata = ['--metadata', 'io.nats.monitor.msgs-critical=2'];
  await ok('stream', 'add', 'EVENTS', '--subjects', 'events.>', '--defaults');
  await ok('stream', 'add', 'WATCHED', '--subjects', 'watched', '--defaults', ...metadata);
  await ok('stream', 'add', 'KV_CONFIG', '--subjects', '$KV.CONFIG.>', '--max-msgs-per-subject', '1', '--defaults');
  await ok('pub', 'events.a', 'hello', '-J', '--count', '3');
  await ok('pub', '$KV.CONFIG.color', 'blue', '-J');
  await ok('pub', '$KV.CONFIG.gone', '', '-J', '-H', 'KV-Operation:DEL');
  const limits = ['--metadata', 'io.nats.monitor.unprocessed-critical=3'];
  await ok('consumer', 'add', 'EVENTS', 'WORKER', '--pull', '--defaults', ...limits);
});

after(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** A busy machine is no fault of the server's. */
const UNHURRIED = ['connect', 'rtt', 'req'].flatMap((what) => [`--${what}-warn`, '5m', `--${what}-critical`, '5m']);

test('a healthy connection is OK on one line, with its times and thresholds', async () => {
  const { output } = await run('server', 'check', 'connection');
  const unhurried = await run('server', 'check', 'connection', ...UNHURRIED);
  assert.equal(unhurried.code, 0, unhurried.output);
  const seconds = String.raw`\d+\.\d{4}s`;
  assert.match(
    output,
    new RegExp(
      `Connection .*connected to ${server.url} .* \\| ` +
        `connect_time=${seconds};0\\.5000;1\\.0000 rtt=${seconds};0\\.5000;1\\.0000 request_time=${seconds};0\\.5000;1\\.0000\\n$`,
    ),
  );
});

test('a threshold that is crossed is a warning with 1 or critical with 2', async () => {
  const warned = await run('server', 'check', 'connection', '--connect-warn', '1ns');
  assert.equal(warned.code, 1);
  assert.match(warned.output, /^WARNING Connection Warn:connected to .*, connect time exceeded 1e-9/);
  const { code, output } = await run('server', 'check', 'conn', '--rtt-critical', '1ns');
  assert.equal(code, 2);
  assert.match(output, /^CRITICAL Connection Crit:rtt time exceeded/);
});

test('a server that is not there is critical, and says what to do', async () => {
  const { code, output } = await run('server', 'check', 'connection', '-s', 'nats://127.0.0.1:1');
  assert.equal(code, 2);
  assert.match(
    output,
    /^CRITICAL Connection Crit:connection failed: Cannot connect to nats:\/\/127.0.0.1:1: nothing lis/,
  );
});

test('a stream with too few messages is critical, whether flags or its metadata say so, and flags go first', async () => {
  const fromFlag = await check('stream', '--stream', 'EVENTS', '--msgs-warn', '10', '--msgs-critical', '2');
  assert.deepEqual([fromFlag.code, fromFlag.warning, fromFlag.perf], [1, ['3 messages'], { messages: 3, sources: 0 }]);
  const fromMetadata = await check('stream', '--stream', 'WATCHED');
  assert.deepEqual([fromMetadata.code, fromMetadata.critical], [2, ['0 messages']]);
  const over = await check('stream', '--stream', 'WATCHED', '--msgs-critical', '0');
  assert.deepEqual([over.code, over.ok], [0, ['0 sources']]);
});

test('subjects are too many at the thresholds, or too few where the critical one is the smaller', async () => {
  const subjects = (warn: number, critical: number): Promise<Found> =>
    check('stream', '--stream', 'EVENTS', '--subjects-warn', String(warn), '--subjects-critical', String(critical));
  assert.equal((await subjects(2, 3)).status, 'OK');
  assert.equal((await subjects(1, 3)).status, 'WARNING');
  assert.equal((await subjects(3, 2)).status, 'CRITICAL');
});

test('a stream that is not there, not mirrored or not clustered is critical', async () => {
  assert.match(
    (await check('stream', '--stream', 'NOPE')).critical?.[0] ?? '',
    /^could not load info: stream not found/,
  );
  const mirror = await check('stream', '--stream', 'EVENTS', '--lag-critical', '5');
  assert.deepEqual(mirror.critical, ['not mirrored']);
  const cluster = await check('stream', '--stream', 'EVENTS', '--peer-expect', '3');
  assert.deepEqual(cluster.critical, ['Stream is not clustered']);
});

test('a consumer that is behind is critical, by flag or by its metadata', async () => {
  const fromMetadata = await check('consumer', '--stream', 'EVENTS', '--consumer', 'WORKER');
  assert.deepEqual([fromMetadata.code, fromMetadata.critical], [2, ['Unprocessed Messages: 3']]);
  const over = await check(
    ...['consumer', '--stream', 'EVENTS', '--consumer', 'WORKER', '--unprocessed-critical', '4'],
    ...['--last-ack-critical', '1m', '--waiting-critical', '5'],
  );
  assert.deepEqual(over.critical, ['No acks']);
  assert.deepEqual(over.ok, ['Waiting Pulls: 0', 'Unprocessed Messages: 3']);
  assert.deepEqual(over.perf, { ack_pending: 0, pull_waiting: 0, pending: 3, redelivered: 0 });
  const pinned = await check('consumer', '--stream', 'EVENTS', '--consumer', 'WORKER', '--pinned');
  assert.ok(pinned.critical?.includes('Not pinned client priority mode'));
});

test('the last message is judged by its age and by what it says', async () => {
  const found = await check('message', '--stream', 'EVENTS', '--subject', 'events.a', '--content', '(?i)^HELLO$');
  assert.deepEqual([found.code, found.ok], [0, ['Valid message on EVENTS > events.a']]);
  assert.equal(found.perf['size'], 5);
  const other = await check('message', '--stream', 'EVENTS', '--content', '^bye');
  assert.deepEqual(other.critical, ['does not match regex: ^bye']);
  const none = await check('message', '--stream', 'EVENTS', '--subject', 'events.none');
  assert.deepEqual(none.critical, ['no message found']);
  const old = await check('message', '--stream', 'EVENTS', '--subject', 'events.a', '--age-critical', '1ns');
  assert.match(old.critical?.[0] ?? '', /^\S+ old$/);
  const stamp = await check('message', '--stream', 'EVENTS', '--subject', 'events.a', '--body-timestamp');
  assert.match(stamp.critical?.[0] ?? '', /^invalid timestamp body: 'hello'/);
});

test('the account of JetStream is OK, with what it uses', async () => {
  const { code, perf } = await check('jetstream');
  assert.equal(code, 0);
  assert.deepEqual([perf['streams'], perf['consumers'], perf['replicas_ok'], perf['replicas_fail']], [3, 1, 3, 0]);
  const wrong = await check('js', '--store-warn', '90', '--store-critical', '80', '--no-replicas');
  assert.deepEqual(wrong.critical, ['storage: invalid thresholds']);
});

test('a bucket has its keys, but not those that were deleted, and as many values as it should', async () => {
  assert.deepEqual((await check('kv', '--bucket', 'CONFIG', '--key', 'color')).ok, [
    'bucket CONFIG',
    'key color found',
  ]);
  assert.deepEqual((await check('kv', '--bucket', 'CONFIG', '--key', 'gone')).critical, ['key gone not found']);
  assert.deepEqual((await check('kv', '--bucket', 'CONFIG', '--key', 'none')).critical, ['key none not found']);
  assert.deepEqual((await check('kv', '--bucket', 'NOPE')).critical, ['bucket NOPE not found']);
  const few = await check('kv', '--bucket', 'CONFIG', '--values-warn', '5', '--values-critical', '1');
  assert.deepEqual(few.warning, ['2 values']);
});

test('a service that nobody offers is critical; questions for the system account say whom they are for', async () => {
  const request = await check('request', '--subject', 'nobody.there');
  assert.deepEqual(request.critical, ["could not send request: Nobody answers requests on 'nobody.there'"]);
  const meta = await check('meta', '--expect', '3', '--lag-critical', '1', '--seen-critical', '1s');
  assert.match(meta.critical?.[0] ?? '', /^JSZ API request failed: .*system account, chosen by/);
  assert.match((await check('server', '--name', 'x')).critical?.[0] ?? '', /^varz failed: .*system account/);
});

test('a file of credentials that is none, or not there, is critical', async () => {
  const none = await check('credential', '--credential', '/nonexistent.creds');
  assert.deepEqual(none.critical, ["credential not accessible: there is no file '/nonexistent.creds'"]);
  const page = await check('credential', '--credential', import.meta.filename);
  assert.match(page.critical?.[0] ?? '', /^invalid credential: /);
});

test('credentials are good for as long as they say, unless somebody has changed them', async () => {
  const now = Math.floor(Date.now() / 1000);
  const judged = async (options: CredentialsOptions, ...words: string[]): Promise<Found> => {
    const path = join(folder, 'user.creds');
    writeFileSync(path, credentialsText(options));
    const found = await check('credential', '--credential', path, ...words);
    rmSync(path);
    return found;
  };
  const limits = ['--validity-warn', '2d', '--validity-critical', '1h'];
  assert.match((await judged({ expires: now + 3 * 86_400 }, ...limits)).ok?.[0] ?? '', /^expires in \d{4}-\d\d-\d\d /);
  assert.deepEqual((await judged({ expires: now + 86_400 }, ...limits)).warning, ['expires sooner than 2d0h0m0s']);
  assert.deepEqual((await judged({ expires: now + 600 }, ...limits)).critical, ['expires sooner than 1h0m0s']);
  assert.match((await judged({ expires: now - 600 })).critical?.[0] ?? '', /^expired at /);
  assert.deepEqual((await judged({})).critical, ['never expires']);
  assert.deepEqual((await judged({}, '--no-require-expiry')).ok, ['never expires']);
  const forged = await judged({ expires: now + 86_400, isForged: true });
  assert.deepEqual(forged.critical, ['invalid credential: its issuer has not signed it as it is']);
});

test('Prometheus gets gauges, in its own namespace, and always 0', async () => {
  const words = ['server', 'check', 'stream', '--stream', 'WATCHED', '--format', 'prometheus', '--namespace', 'shop'];
  const { code, output } = await run(...words);
  assert.equal(code, 0);
  assert.match(
    output,
    /^# HELP shop_stream_messages Messages stored in the stream\n# TYPE shop_stream_messages gauge\n/,
  );
  assert.match(output, /^shop_stream_messages\{item="WATCHED"\} 0$/m);
  assert.match(output, /^shop_stream_status_code\{item="WATCHED",status="CRITICAL"\} 2$/m);
});

test('people get tables', async () => {
  const { code, output } = await run('server', 'check', 'stream', '--stream', 'WATCHED', '--format', 'text');
  assert.equal(code, 2);
  assert.match(output, /^WATCHED: CRITICAL\n\nStatus Detail\n\n/);
  assert.match(output, /│ Critical │ 0 messages │/);
  assert.match(output, /│ messages │ 0\.000 │ {6}│ 2\.000 {14}│ 0\.000 {13}│ Messages stored in the stream/);
});

test('--outfile is written whole, for its owner alone, and nothing to the screen', async () => {
  const path = join(folder, 'nats.prom');
  const words = ['server', 'check', 'stream', '--stream', 'WATCHED', '--outfile', path];
  const { code, output } = await run(...words);
  assert.deepEqual([code, output], [2, '']);
  assert.match(readFileSync(path, 'utf8'), /^CRITICAL WATCHED Crit:0 messages .*\n$/);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.deepEqual(readdirSync(folder), ['nats.prom']);
  const refused = await run(...words.slice(0, -1), join(folder, 'no', 'such', 'folder'));
  assert.match(refused.error, /^contrail: error: Cannot write --outfile: /);
});

test('what cannot be right is refused before anything is sent, with the flag', async () => {
  const refused = async (...words: string[]): Promise<string> => {
    const { code, error } = await run('server', 'check', ...words, '-s', 'nats://127.0.0.1:1');
    assert.equal(code, 1);
    return error;
  };
  assert.match(await refused('stream'), /required flag --stream not provided/);
  assert.match(await refused('stream', '--stream', 'a b'), /--stream 'a b' can be no name/);
  assert.match(await refused('consumer', '--stream', 'A', '--consumer', 'a.b'), /--consumer 'a\.b' can be no name/);
  assert.match(await refused('message', '--stream', 'A', '--subject', 'a..b'), /--subject 'a\.\.b' is no subject/);
  assert.match(await refused('message', '--stream', 'A', '--content', '('), /--content '\(' is no regular expression/);
  assert.match(await refused('connection', '--rtt-warn', '5'), /--rtt-warn '5' is no duration/);
  assert.match(await refused('connection', '--format', 'xml'), /--format 'xml' is not one of nagios, json, prometheus/);
  assert.match(await refused('strem', '--stream', 'A'), /did you mean 'stream'/);
});
