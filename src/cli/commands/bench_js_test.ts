// `contrail bench js`, `kv` and `service` against our own server in this process: what is said to be stored is in the
// stream, what is said to be consumed is acknowledged.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { commandsOn } from '../../../test/cli_commands.ts';
import { type CliServer, startCliServer } from '../../../test/cli_server.ts';
import { startCommand } from '../testing_terminal.ts';

let server: CliServer;

before(async () => {
  server = await startCliServer();
});

after(() => server.stop());

const { ok, json, refusal } = commandsOn(() => server.url);

/** `bench js pub WAY` into a stream of its own, which then has that many messages. */
async function published(way: string, ...words: string[]) {
  const stream = `S_${way}`;
  const create = ['--create', '--storage', 'memory', '--stream', stream, '--msgs', '1203', '--clients', '3'];
  const result = await json('bench', 'js', 'pub', way, `js.${way}`, ...create, ...words);
  assert.equal(result.messages, 1203);
  const info = await json('stream', 'info', stream);
  assert.equal(info.state.messages, 1203);
  return { result, info };
}

test('bench js pub sync stores every message and times each', async () => {
  const { result, info } = await published('sync');
  assert.equal(result.benchmark, 'JetStream synchronous publisher');
  assert.equal(info.config.max_bytes, 2 ** 30);
  assert.equal(info.config.discard, 'new');
  const timed = result.latency_us.histogram.reduce((sum: number, { count }: { count: number }) => sum + count, 0);
  assert.equal(timed, 1203);
});

test('bench js pub async stores every message and times each batch', async () => {
  const { result } = await published('async', '--batch', '100');
  const timed = result.latency_us.histogram.reduce((sum: number, { count }: { count: number }) => sum + count, 0);
  assert.equal(timed, 15);
});

test('bench js pub atomic and fast store every message', async () => {
  await published('atomic', '--batch', '100');
  await published('fast', '--batch', '100', '--max-outstanding-acks', '2');
});

test('message ids are distinct, and --purge empties the stream before', async () => {
  await published('async', '--dedup', '--purge');
  await ok('bench', 'js', 'pub', 'async', 'js.async', '--stream', 'S_async', '--purge', '--msgs', '10');
  const info = await json('stream', 'info', 'S_async');
  assert.equal(info.state.messages, 10);
});

test('bench js ordered gives the whole stream to every client', async () => {
  await ok(
    'bench',
    'js',
    'pub',
    'async',
    'js.all',
    '--create',
    '--stream',
    'ALL',
    '--storage',
    'memory',
    '--msgs',
    '800',
  );
  const result = await json(
    'bench',
    'js',
    'ordered',
    '--stream',
    'ALL',
    '--msgs',
    '800',
    '--clients',
    '2',
    '--batch',
    '70',
  );
  assert.equal(result.messages, 1600);
});

test('bench js consume and fetch acknowledge what they share', async () => {
  for (const way of ['consume', 'fetch']) {
    const words = ['bench', 'js', way, '--stream', 'ALL', '--msgs', '800', '--clients', '2', '--batch', '70'];
    const result = await json(...words);
    assert.equal(result.messages, 800);
    const info = await json('consumer', 'info', 'ALL', 'nats-bench');
    assert.deepEqual([info.num_ack_pending, info.num_pending, info.ack_floor.stream_seq], [0, 0, 800], way);
    assert.equal(info.config.ack_policy, 'explicit');
  }
});

test('acknowledgements can be left out, stand for all before, or wait for the server', async () => {
  for (const words of [['--acks', 'none'], ['--acks', 'all'], ['--doubleack'], ['--sleep', '100us']]) {
    const result = await json('bench', 'js', 'consume', '--stream', 'ALL', '--msgs', '300', ...words);
    assert.equal(result.messages, 300, words.join(' '));
  }
  const info = await json('consumer', 'info', 'ALL', 'nats-bench');
  assert.equal(info.ack_floor.stream_seq, 300);
});

test('bench js get reads messages one by one and many at once', async () => {
  assert.equal((await json('bench', 'js', 'get', 'sync', '--stream', 'ALL', '--msgs', '200')).messages, 200);
  const result = await json('bench', 'js', 'get', 'batch', '--stream', 'ALL', '--msgs', '700', '--batch', '90');
  assert.deepEqual([result.messages, result.warnings], [700, []]);
});

test('a fetch and a batch that bring nothing end with why', async () => {
  assert.match(await refusal('bench', 'js', 'get', 'batch', '--stream', 'ALL', '--msgs', '900'), /no message|404/i);
  assert.match(await refusal('bench', 'js', 'get', 'sync', '--stream', 'ALL', '--msgs', '900'), /404/);
});

test('bench kv put writes keys that bench kv get reads', async () => {
  await ok('bench', 'kv', 'put', '--storage', 'memory', '--msgs', '150', '--clients', '2');
  const info = await json('stream', 'info', 'KV_benchbucket');
  assert.equal(info.state.num_subjects, 150);
  assert.equal((await json('bench', 'kv', 'get', '--msgs', '150', '--clients', '2')).messages, 150);
  assert.match(await refusal('bench', 'kv', 'get', '--msgs', '151'), /Cannot get the key '150'/);
});

test('bench kv put --purge begins with an empty bucket, and keys by chance stay below the number', async () => {
  await ok('bench', 'kv', 'put', '--storage', 'memory', '--purge', '--msgs', '200', '--randomize', '5');
  const info = await json('stream', 'info', 'KV_benchbucket');
  assert.ok(info.state.num_subjects <= 5, `${info.state.num_subjects} keys`);
  assert.equal(info.state.last_seq, 200);
});

test("bench kv put --purge empties a bucket of the user's and leaves it as it was made", async () => {
  await ok('kv', 'add', 'MINE', '--history', '7', '--storage', 'memory');
  await ok('kv', 'put', 'MINE', 'mine', 'x');
  await ok('bench', 'kv', 'put', '--bucket', 'MINE', '--purge', '--msgs', '20');
  const { config, state } = await json('stream', 'info', 'KV_MINE');
  assert.equal(config.max_msgs_per_subject, 7);
  assert.equal(state.messages, 20);
});

test('bench service serve answers requests, is listed as a service, and counts when it is stopped', async () => {
  const environment = { NATS_URL: server.url };
  const serving = startCommand(['bench', 'service', 'serve', 'svc', '--clients', '2', '--json'], { environment });
  await serving.terminal.shows('[2] Starting Core NATS service server');
  const result = await json('bench', 'service', 'request', 'svc', '--msgs', '400', '--clients', '4');
  assert.equal(result.messages, 400);
  const described = await ok('request', '$SRV.INFO.nats-bench-service', '', '--replies', '2', '--raw');
  const [info] = described.trim().split('\n');
  assert.equal(JSON.parse(info ?? '').endpoints[0].subject, 'svc');
  const stats = await ok('request', '$SRV.STATS', '', '--replies', '2', '--raw');
  const counts = stats
    .trim()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line).endpoints[0].num_requests);
  assert.equal(counts[0] + counts[1], 400);
  serving.terminal.interrupt();
  const { code, output } = await serving.ended;
  assert.equal(code, 130);
  assert.equal(JSON.parse(output).messages, 400);
  assert.equal(JSON.parse(output).interrupted, true);
});

test('requests that nobody answers say so', async () => {
  assert.match(
    await refusal('bench', 'service', 'request', 'nobody', '--msgs', '5'),
    /Nobody answers requests on 'nobody'/,
  );
});

test('subjects that no stream stores are named as the reason', async () => {
  await ok('stream', 'add', 'KEPT', '--subjects', 'kept', '--defaults');
  const words = ['bench', 'js', 'pub', 'async', 'unstored', '--stream', 'KEPT', '--msgs', '5'];
  assert.match(await refusal(...words), /no stream stores this subject/);
});

test('what is missing or wrong for a stream is said before anything is published', async () => {
  assert.match(
    await refusal('bench', 'js', 'pub', 'async', 'x', '--stream', 'NOPE'),
    /There is no stream NOPE: 'contrail bench js pub async x --stream NOPE --create' makes it/,
  );
  assert.match(
    await refusal('bench', 'js', 'get', 'sync', '--stream', 'NOPE'),
    /'contrail bench js pub async SUBJECT --stream NOPE --create' makes it/,
  );
  for (const way of ['put', 'get']) {
    const error = await refusal('bench', 'kv', way, '--bucket', 'NOPE');
    assert.match(error, /There is no bucket NOPE: 'contrail kv add NOPE' makes it/);
  }
  assert.match(await refusal('bench', 'js', 'consume', '--stream', 'ALL', '--consumer', 'nope'), /consumer not found/);
  assert.match(
    await refusal('bench', 'js', 'pub', 'sync', 'x', '--stream', 'a.b', '--create'),
    /--stream 'a\.b' is no name/,
  );
  assert.match(
    await refusal('bench', 'js', 'pub', 'atomic', 'x', '--create', '--persistasync'),
    /--persistasync is for streams with one replica/,
  );
  assert.match(await refusal('bench', 'js', 'pub', 'async', 'x', '--create', '--maxbytes', '0'), /--maxbytes/);
});

test('a publish that the stream refuses ends the benchmark with the refusal', async () => {
  const create = ['--create', '--storage', 'memory', '--stream', 'TINY', '--maxbytes', '2KB', '--msgs', '100'];
  for (const way of ['sync', 'async']) {
    const error = await refusal('bench', 'js', 'pub', way, 'js.tiny', ...create, '--purge');
    assert.match(error, /Client 1 has failed: maximum bytes exceeded \(10054\)|maximum bytes exceeded/, way);
  }
});
