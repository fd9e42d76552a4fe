// Backups and restores between nats-server 2.15 and Contrail, with `nats` (natscli 0.5.1) and `contrail`: what one server
// gives the other one takes, and there it is what it was. Refusals and advisories are the same on both.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { connect, type Msg, type NatsConnection } from '@nats-io/transport-node';
import { CommandRun, facts, type ProgramName, run } from './command_pair.ts';
import { contrailSide, endWithServers, referenceSide, repositoryRoot, ServerProcess } from './server_process.ts';

endWithServers();

type Side = 'reference' | 'contrail';

const SIDES: readonly Side[] = ['reference', 'contrail'];
const folder = mkdtempSync(join(tmpdir(), 'contrail-snapshot-'));
const servers = new Map<Side, ServerProcess>();
let count = 0;

before(async () => {
  servers.set('reference', await ServerProcess.start(referenceSide(), { jetStream: true }));
  servers.set('contrail', await ServerProcess.start(contrailSide(), { jetStream: true }));
});

after(async () => {
  for (const server of servers.values()) await server.stop();
  rmSync(folder, { recursive: true });
});

function server(side: Side): ServerProcess {
  const found = servers.get(side);
  assert.ok(found !== undefined);
  return found;
}

async function ok(side: Side, name: ProgramName, ...words: string[]): Promise<string> {
  const { code, output, error } = await run(name, server(side).url, words);
  assert.equal(code, 0, `${name} ${words.join(' ')} on ${side}: ${output}${error}`);
  return output;
}

const nats = (side: Side, ...words: string[]) => ok(side, 'nats', ...words);

function newFolder(): string {
  return join(folder, String(count++));
}

/** A stream with what backups can get wrong: headers, gaps, a deleted last message, consumers in the middle of work. */
async function makeStream(side: Side, stream: string, storage: string): Promise<void> {
  const subject = stream.toLowerCase();
  const add = ['--subjects', `${subject}.>`, '--storage', storage, '--allow-msg-ttl', '--max-age', '30d', '--defaults'];
  await nats(side, 'stream', 'add', stream, ...add);
  const publish = (...words: string[]) => nats(side, 'pub', '-J', ...words);
  await publish(`${subject}.a`, 'message {{Count}} {{Random 200 400}}', '--count', '300', '-H', 'Kind: one');
  await publish(`${subject}.b`, 'the same words again and again '.repeat(40), '--count', '100');
  await publish(`${subject}.ttl`, 'for a while', '-H', 'Nats-TTL: 1h');
  await publish(`${subject}.empty`, '', '--count', '3');
  for (const sequence of ['1', '2', '17', '350', '404']) await nats(side, 'stream', 'rmm', stream, sequence, '-f');
  await nats(side, 'consumer', 'add', stream, 'WORK', '--pull', '--max-deliver', '9', '--wait', '1h', '--defaults');
  await nats(
    side,
    'consumer',
    'add',
    stream,
    'LEAVES',
    '--pull',
    '--ephemeral',
    '--inactive-threshold',
    '1h',
    '--defaults',
  );
  await nats(side, 'consumer', 'next', stream, 'WORK', '--count', '5', '--raw');
  await nats(side, 'consumer', 'next', stream, 'WORK', '--count', '3', '--no-ack', '--raw');
  await nats(side, 'consumer', 'next', stream, 'WORK', '--count', '2', '--raw');
}

/** Everything that a backup must keep. */
async function everything(side: Side, stream: string): Promise<unknown> {
  const { config, state } = JSON.parse(await nats(side, 'stream', 'info', stream, '--json'));
  const connection = await connect({ servers: server(side).url });
  const messages: unknown[] = [];
  for (let seq = state.first_seq; seq <= state.last_seq; seq++) {
    const { message } = await ask(connection, `STREAM.MSG.GET.${stream}`, { seq });
    messages.push(message ?? seq);
  }
  const consumers: unknown[] = [];
  for (const name of ['WORK', 'LEAVES']) {
    const info = await ask(connection, `CONSUMER.INFO.${stream}.${name}`, '');
    const { delivered, ack_floor: floor, num_ack_pending, num_pending, num_redelivered } = info as Info;
    const sequences = [delivered?.consumer_seq, delivered?.stream_seq, floor?.consumer_seq, floor?.stream_seq];
    consumers.push([info['config'], sequences, num_ack_pending, num_pending, num_redelivered]);
  }
  await connection.close();
  // Of an empty end a restored stream knows no time.
  return facts([config, { ...state, last_ts: '' }, messages, consumers]);
}

interface Pair {
  readonly consumer_seq: number;
  readonly stream_seq: number;
}

interface Info extends Record<string, unknown> {
  readonly delivered?: Pair;
  readonly ack_floor?: Pair;
}

async function ask(connection: NatsConnection, endpoint: string, body: unknown): Promise<Record<string, unknown>> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const { data } = await connection.request(`$JS.API.${endpoint}`, text, { timeout: 5000 });
  return JSON.parse(Buffer.from(data).toString());
}

for (const from of SIDES) {
  for (const to of SIDES) {
    for (const storage of ['file', 'memory']) {
      const program: ProgramName = storage === 'file' ? 'contrail' : 'nats';
      test(`a backup of a stream in ${storage} on ${from} is restored on ${to} as it was, with ${program}`, async () => {
        const stream = `${from}_${to}_${storage}`.toUpperCase();
        const target = newFolder();
        await makeStream(from, stream, storage);
        const before = await everything(from, stream);
        await ok(from, program, 'backup', 'stream', stream, target, '--no-progress', '--chunk-size', '4KB');
        await nats(from, 'stream', 'rm', stream, '-f');
        await ok(to, program, 'backup', 'restore', 'stream', target, '--no-progress');
        assert.deepEqual(await everything(to, stream), before);
        await nats(to, 'pub', '-J', `${stream.toLowerCase()}.next`, 'next');
        const { state } = JSON.parse(await nats(to, 'stream', 'info', stream, '--json'));
        assert.equal(state.last_seq, 405);
        if (storage === 'memory') return;
        await server(to).kill();
        await server(to).startAgain();
        const again = JSON.parse(await nats(to, 'stream', 'info', stream, '--json'));
        assert.deepEqual([again.state.messages, again.state.first_seq], [state.messages, 3]);
      });
    }
  }
}

for (const [from, to, program] of [
  ['reference', 'contrail', 'nats'],
  ['contrail', 'reference', 'contrail'],
] as const) {
  test(`all streams of an account move from ${from} to ${to} with ${program}`, async () => {
    const target = newFolder();
    for (const side of SIDES) await removeAll(side);
    for (const [name, subject] of [
      ['ONE', 'one'],
      ['TWO', 'two'],
    ] as const) {
      await nats(from, 'stream', 'add', name, '--subjects', subject, '--defaults');
      await nats(from, 'pub', '-J', subject, 'message {{Count}}', '--count', '50');
    }
    await ok(from, program, 'account', 'backup', target, '--force');
    await ok(to, program, 'account', 'restore', target);
    for (const name of ['ONE', 'TWO']) {
      const { state } = JSON.parse(await nats(to, 'stream', 'info', name, '--json'));
      assert.deepEqual([state.messages, state.first_seq, state.last_seq], [50, 1, 50]);
    }
  });
}

async function removeAll(side: Side): Promise<void> {
  for (const name of JSON.parse(await nats(side, 'stream', 'ls', '--json', '--names')) ?? []) {
    await nats(side, 'stream', 'rm', name, '-f');
  }
}

test('a backup made before nats-server 2.15 is restored on both as the same stream', async () => {
  const target = join(repositoryRoot, 'test', 'fixtures', 'backup_tar', 'MIXED');
  const heard: unknown[] = [];
  for (const side of SIDES) {
    await nats(side, 'backup', 'restore', 'stream', target, '--no-progress');
    const { config, state } = JSON.parse(await nats(side, 'stream', 'info', 'MIXED', '--json'));
    const messages = await nats(side, 'sub', '--stream', 'MIXED', '--all', '--terminate-at-end', '--raw');
    const consumer = JSON.parse(await nats(side, 'consumer', 'info', 'MIXED', 'worker', '--json'));
    const { delivered, ack_floor: floor, num_ack_pending, num_pending, num_redelivered } = consumer;
    const sequences = [delivered.consumer_seq, delivered.stream_seq, floor.consumer_seq, floor.stream_seq];
    heard.push(
      facts([config, state, messages, consumer.config, sequences, num_ack_pending, num_pending, num_redelivered]),
    );
    await nats(side, 'stream', 'rm', 'MIXED', '-f');
  }
  assert.deepEqual(heard[1], heard[0]);
});

test('a backup is of one moment, while others publish', async () => {
  const target = newFolder();
  await nats('contrail', 'stream', 'add', 'BUSY', '--subjects', 'busy', '--defaults');
  await nats('contrail', 'pub', '-J', 'busy', '{{Count}} {{Random 2000 3000}}', '--count', '4000');
  const publishing = new CommandRun('nats', server('contrail').url, [
    ...['pub', '-J', 'busy', '{{Count}}', '--count', '100000'],
  ]);
  await nats('contrail', 'backup', 'stream', 'BUSY', target, '--no-progress');
  publishing.signal('SIGINT');
  await publishing.ended;
  const { state } = JSON.parse(readFileSync(join(target, 'backup.json'), 'utf8'));
  await nats('reference', 'backup', 'restore', 'stream', target, '--no-progress');
  const restored = JSON.parse(await nats('reference', 'stream', 'info', 'BUSY', '--json')).state;
  const keys = ['messages', 'bytes', 'first_seq', 'last_seq', 'first_ts', 'last_ts'];
  for (const key of keys) assert.deepEqual(restored[key], state[key], key);
  assert.equal(restored.messages, restored.last_seq);
});

test('a restore that is broken off leaves nothing, at once and after a kill', async () => {
  const side = 'contrail';
  const connection = await connect({ servers: server(side).url });
  const target = newFolder();
  await makeStream('reference', 'HALF', 'file');
  await nats('reference', 'backup', 'stream', 'HALF', target, '--no-progress');
  const archive = readFileSync(join(target, 'stream.arc.s2'));
  const { config, state } = JSON.parse(readFileSync(join(target, 'backup.json'), 'utf8'));
  const { deliver_subject: subject } = await ask(connection, 'STREAM.RESTORE.HALF', { config, state });
  await connection.request(String(subject), archive.subarray(0, archive.length - 1000), { timeout: 5000 });
  await connection.close();
  await server(side).kill();
  await server(side).startAgain();
  assert.ok(!JSON.parse(await nats(side, 'stream', 'ls', '--json', '--names')).includes('HALF'));
  await nats(side, 'backup', 'restore', 'stream', target, '--no-progress');
  assert.deepEqual(await everything(side, 'HALF'), await everything('reference', 'HALF'));
});

/** What both servers answer to what cannot be, chunk by chunk. */
async function refusals(side: Side, archive: Uint8Array, config: object): Promise<unknown> {
  const connection = await connect({ servers: server(side).url });
  const heard: unknown[] = [];
  const restore = async (chunks: readonly Uint8Array[], change: object = {}): Promise<void> => {
    const { deliver_subject: subject, error } = await ask(connection, 'STREAM.RESTORE.NO', {
      config: { ...config, name: 'NO', ...change },
      state: {},
    });
    heard.push(error ?? null);
    if (error !== undefined) return;
    for (const chunk of chunks) {
      const { data } = await connection.request(String(subject), chunk, { timeout: 5000 });
      const text = Buffer.from(data).toString();
      // When a chunk is acknowledged it need not have been looked at.
      if (text === '') continue;
      heard.push(JSON.parse(text)['error'] ?? 'restored');
      break;
    }
    // The reference leaves what it has got so far.
    await ask(connection, 'STREAM.DELETE.NO', '');
  };
  const end = new Uint8Array(0);
  const changed = Uint8Array.from(archive);
  changed[archive.length >> 1] = (changed[archive.length >> 1] ?? 0) ^ 1;
  const half = archive.subarray(0, archive.length >> 1);
  await restore([archive, end], { name: 'OTHER' });
  await restore([archive, end], { subjects: ['a b'] });
  await restore([archive, end], { max_msg_size: 10 });
  await restore([changed, end]);
  await restore([Buffer.from('no archive at all'), end]);
  // What ends too early ours calls truncated, whatever it was in the middle of.
  for (const chunks of [[half, end], [end]]) {
    await restore(chunks);
    heard.push((heard.pop() as { readonly err_code: number }).err_code);
  }
  for (const body of ['', '{}', 'x', '{"config":{"name":"NO"},"more":1}']) {
    heard.push(await ask(connection, 'STREAM.RESTORE.NO', body));
  }
  for (const body of ['', '{}', '{"deliver_subject":"a.*"}', '{"deliver_subject":"a","more":1}']) {
    heard.push(await ask(connection, 'STREAM.SNAPSHOT.REFUSED', body));
  }
  heard.push(await ask(connection, 'STREAM.SNAPSHOT.NOBODY', { deliver_subject: 'a' }));
  heard.push(await ask(connection, 'STREAM.RESTORE.REFUSED', { config: { name: 'REFUSED' }, state: {} }));
  await connection.close();
  return heard;
}

test('both servers refuse in the same words', async () => {
  const target = newFolder();
  for (const side of SIDES) await makeStream(side, 'REFUSED', 'file');
  await nats('reference', 'backup', 'stream', 'REFUSED', target, '--no-progress');
  const archive = readFileSync(join(target, 'stream.arc.s2'));
  const config = { subjects: ['no'], storage: 'file' };
  assert.deepEqual(await refusals('contrail', archive, config), await refusals('reference', archive, config));
});

/** Names and shapes of what is told while a stream is backed up and restored. */
async function advisories(side: Side): Promise<unknown> {
  const connection = await connect({ servers: server(side).url });
  const told: Msg[] = [];
  let wake: () => void = () => undefined;
  connection.subscribe('$JS.EVENT.ADVISORY.STREAM.*.TOLD', {
    callback: (_error, message) => {
      told.push(message);
      wake();
    },
  });
  await nats(side, 'stream', 'add', 'TOLD', '--subjects', 'told', '--defaults');
  await nats(side, 'pub', '-J', 'told', 'x', '--count', '3');
  const target = newFolder();
  await nats(side, 'backup', 'stream', 'TOLD', target, '--no-progress');
  await nats(side, 'stream', 'rm', 'TOLD', '-f');
  await nats(side, 'backup', 'restore', 'stream', target, '--no-progress');
  const isOver = (): boolean => told.some(({ subject }) => subject.includes('RESTORE_COMPLETE'));
  while (!isOver()) {
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
  }
  await connection.close();
  return told.map(({ subject, data }) => {
    const { client, state, ...rest } = JSON.parse(Buffer.from(data).toString());
    return [subject, rest.type, Object.keys(rest), Object.keys(client ?? {}), Object.keys(state ?? {})];
  });
}

test('both servers tell the same of it', async () => {
  assert.deepEqual(await advisories('contrail'), await advisories('reference'));
});
