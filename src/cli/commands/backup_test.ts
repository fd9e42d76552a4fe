// Backups and restores against a server that is played (test/backup_server.ts): what a person sees where it goes well, stops
// in the middle or is refused, and what is left in the folder then. Against real servers: test/compat/cli_backup_test.ts.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { BackupServer } from '../../../test/backup_server.ts';
import { commandsOn } from '../../../test/cli_commands.ts';
import { type CliServer, startCliServer } from '../../../test/cli_server.ts';
import { TestingClock } from '../testing_clock.ts';
import { type Running, startCommand, type TestingOptions } from '../testing_terminal.ts';

const folder = mkdtempSync(join(tmpdir(), 'contrail-backup-'));
let server: CliServer;
let target = '';
let count = 0;

before(async () => {
  server = await startCliServer();
});

after(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

beforeEach(() => {
  target = join(folder, `backup${count++}`);
});

const { ok, refusal } = commandsOn(() => server.url);

function start(...words: string[]): Running {
  return startWith({}, ...words);
}

function startWith(options: TestingOptions, ...words: string[]): Running {
  const environment = { NATS_URL: server.url };
  return startCommand([...words, '--js-api-prefix', 'FAKE'], { ...options, environment });
}

async function withServer(work: (played: BackupServer) => Promise<void>, names: readonly string[] = []): Promise<void> {
  const played = await BackupServer.start(server.url, names);
  try {
    await work(played);
  } finally {
    await played.stop();
  }
}

/** One chunk of an S2 stream that says it is 1000 bytes unpacked. */
const CHUNK = Uint8Array.from([0x00, 6, 0, 0, 1, 2, 3, 4, 0xe8, 0x07]);

/** A folder as a finished backup leaves it. */
function backup(archive: Uint8Array): void {
  mkdirSync(target);
  writeFileSync(join(target, 'stream.arc.s2'), archive);
  const config = '{"name":"EVENTS","subjects":["events.>"],"max_bytes":9007199254740993}';
  writeFileSync(join(target, 'backup.json'), `{"config":${config},"state":{"first_seq":1}}`);
}

test('a backup is what the server sends, each chunk acknowledged, and its configuration beside it', async () => {
  await withServer(async (played) => {
    const running = start(
      'stream',
      'backup',
      'EVENTS',
      target,
      '--chunk-size',
      '1KB',
      '--window-size',
      '64KB',
      '--check',
    );
    await played.asked('FAKE.STREAM.SNAPSHOT.EVENTS');
    for (let i = 0; i < 3; i++) await played.sendChunk(CHUNK);
    await played.sendEnd(204);
    const { code, output, error } = await running.ended;
    assert.equal(code, 0, error);
    assert.match(output, /^Starting backup of Stream "EVENTS" with 2.9 KiB\n\nHealth Check was requested/);
    assert.match(
      output,
      /Received 30 B compressed data in 3 chunks for stream "EVENTS" in \d+ms, 2.9 KiB uncompressed\n$/,
    );
    assert.deepEqual(readFileSync(join(target, 'stream.arc.s2')), Buffer.concat([CHUNK, CHUNK, CHUNK]));
    const { config, state } = JSON.parse(readFileSync(join(target, 'backup.json'), 'utf8'));
    assert.deepEqual([config.name, state.last_seq], ['EVENTS', 3]);
    const request = played.requests.find(({ subject }) => subject === 'FAKE.STREAM.SNAPSHOT.EVENTS');
    const { chunk_size: chunk, window_size: window, jsck, no_consumers: noConsumers } = request ?? {};
    assert.deepEqual([chunk, window, jsck, noConsumers], [1024, 65536, true, false]);
  });
});

test('Ctrl-C in the middle of a backup says so and leaves nothing of it', async () => {
  await withServer(async (played) => {
    const running = start('stream', 'backup', 'EVENTS', target);
    await played.asked('FAKE.STREAM.SNAPSHOT.EVENTS');
    await played.sendChunk(CHUNK);
    running.terminal.interrupt();
    const { code, error } = await running.ended;
    assert.equal(code, 130);
    assert.match(error, /interrupted: the backup of stream "EVENTS" was given up, nothing of it is left in/);
    assert.ok(!existsSync(target));
  });
});

test('a server that breaks off is quoted, and nothing is left', async () => {
  await withServer(async (played) => {
    const running = start('stream', 'backup', 'EVENTS', target);
    await played.asked('FAKE.STREAM.SNAPSHOT.EVENTS');
    await played.sendChunk(CHUNK);
    await played.sendEnd(408, 'No Flow Response');
    const { code, error } = await running.ended;
    assert.equal(code, 1);
    assert.match(error, /snapshot failed: 408 No Flow Response/);
    assert.ok(!existsSync(target));
  });
});

test('a server that falls silent is not waited for without end', async () => {
  await withServer(async (played) => {
    const clock = new TestingClock();
    const running = startWith({ clock }, 'stream', 'backup', 'EVENTS', target);
    await played.asked('FAKE.STREAM.SNAPSHOT.EVENTS');
    await played.sendChunk(CHUNK);
    clock.pass(5000);
    const { code, error } = await running.ended;
    assert.equal(code, 1);
    assert.match(error, /backup of stream "EVENTS" was given up: no data for 5s; --timeout says how long to wait/);
  });
});

test('an account backup that is interrupted says how far it came', async () => {
  await withServer(async (played) => {
    const running = start('account', 'backup', target, '--force');
    await played.asked('FAKE.STREAM.SNAPSHOT.EVENTS');
    running.terminal.interrupt();
    const { code, error } = await running.ended;
    assert.equal(code, 130);
    assert.match(error, /nothing of it is left in '.*EVENTS'; 0 of 1 streams are backed up in '/);
  });
});

test('a restore sends all of the archive, in pieces, and the configuration with all its digits', async () => {
  const archive = new Uint8Array(200_000).map((_, index) => index % 251);
  backup(archive);
  await withServer(async (played) => {
    played.takePieces((piece) =>
      piece.length > 0 ? '' : { config: { name: 'EVENTS', num_replicas: 3 }, state: { messages: 3 }, did_create: true },
    );
    const running = start(
      'stream',
      'restore',
      target,
      '--replicas',
      '3',
      '--tag',
      'ssd',
      '--cluster',
      'east',
      '--json',
    );
    const { code, output, error } = await running.ended;
    assert.equal(code, 0, error);
    assert.equal(JSON.parse(output).state.messages, 3);
    assert.deepEqual(
      played.pieces.map(({ length }) => length),
      [65536, 65536, 65536, 3392, 0],
    );
    assert.ok(Buffer.concat(played.pieces).equals(archive));
    const request = played.requests.find(({ subject }) => subject === 'FAKE.STREAM.RESTORE.EVENTS');
    const { config, state } = request as unknown as {
      readonly config: Record<string, unknown>;
      readonly state: unknown;
    };
    assert.deepEqual(config['placement'], { cluster: 'east', tags: ['ssd'] });
    assert.deepEqual([config['num_replicas'], state], [3, { first_seq: 1 }]);
    assert.match(String(request?.['text']), /"max_bytes":9007199254740993[,}]/);
  });
});

test('a restore that the server breaks off is quoted', async () => {
  backup(new Uint8Array(100_000));
  await withServer(async (played) => {
    const error = { code: 500, err_code: 10062, description: 'restore failed: no magic' };
    played.takePieces((_, index) => (index === 0 ? '' : { error }));
    const { code, error: said } = await start('stream', 'restore', target).ended;
    assert.equal(code, 1);
    assert.match(said, /restore failed: no magic \(10062\)/);
  });
});

test('Ctrl-C in a restore says what becomes of the stream', async () => {
  backup(new Uint8Array(100_000));
  await withServer(async (played) => {
    played.takePieces((piece) => (piece.length > 0 ? '' : undefined));
    const running = start('stream', 'restore', target);
    await played.took(3);
    running.terminal.interrupt();
    const { code, error } = await running.ended;
    assert.equal(code, 130);
    assert.match(error, /interrupted: all of stream "EVENTS" was sent, the server goes on restoring it/);
  });
});

test('what is there already is not restored over, and a backup is not written over', async () => {
  backup(CHUNK);
  await withServer(async () => {
    const restore = await start('stream', 'restore', target).ended;
    assert.equal(restore.code, 1);
    assert.match(restore.error, /Stream "EVENTS" already exist: .*'contrail stream rm EVENTS' removes what is there/);
    const again = await start('stream', 'backup', 'EVENTS', target).ended;
    assert.match(again.error, /backup already exists in .*: name another directory, or remove it first/);
  }, ['EVENTS']);
});

test('a folder that holds no backup is told, with what it holds', async () => {
  mkdirSync(target);
  assert.match(await refusal('stream', 'restore', target), /holds no backup of a stream, there is no backup.json/);
  assert.match(await refusal('account', 'restore', target), /is empty: there is no backup in it/);
  assert.match(await refusal('stream', 'restore', join(folder, 'nowhere')), /holds no backup of a stream/);
  const inner = join(target, 'EVENTS');
  mkdirSync(inner);
  writeFileSync(join(inner, 'backup.json'), '');
  assert.match(await refusal('stream', 'restore', target), /it holds those of 1 streams, 'contrail account restore /);
  assert.match(await refusal('stream', 'restore', inner), /was never finished: its backup.json is empty/);
  writeFileSync(join(inner, 'backup.json'), '{"config":{"name":"EVENTS"},"state":{}}');
  assert.match(await refusal('stream', 'restore', inner), /has no stream.arc.s2: the backup is not whole/);
  writeFileSync(join(inner, 'stream.arc.s2'), 'x');
  writeFileSync(join(inner, 'stream.tar.s2'), 'x');
  assert.match(await refusal('stream', 'restore', inner), /holds both stream.arc.s2 and stream.tar.s2/);
});

test('our own server gives backups and takes them', async () => {
  await ok('stream', 'add', 'EVENTS', '--subjects', 'events.>', '--defaults');
  await ok('pub', 'events.a', 'message {{Count}}', '-J', '--count', '20');
  await ok('stream', 'rmm', 'EVENTS', '3', '-f');
  await ok('account', 'backup', target, '--force');
  await ok('stream', 'rm', 'EVENTS', '-f');
  await ok('account', 'restore', target);
  const { state } = JSON.parse(await ok('stream', 'info', 'EVENTS', '--json'));
  assert.deepEqual([state.messages, state.first_seq, state.last_seq], [19, 1, 20]);
  assert.match(await refusal('stream', 'restore', join(target, 'EVENTS')), /"EVENTS" already exist/);
  await ok('stream', 'rm', 'EVENTS', '-f');
});

test('wrong sizes are refused before anything is sent, and an account is not backed up unasked', async () => {
  assert.match(
    await refusal('stream', 'backup', 'X', target, '--chunk-size', '-1'),
    /--chunk-size: write it like 128KB/,
  );
  assert.match(await refusal('stream', 'backup', 'X', target, '--window-size', '3GB'), /--window-size: write it like/);
  await ok('stream', 'add', 'OTHER', '--subjects', 'other', '--defaults');
  assert.match(await refusal('stream', 'backup', 'NOPE', target), /unknown stream 'NOPE'/);
  await withServer(async () => {
    const { code, error } = await start('account', 'backup', target).ended;
    assert.equal(code, 1);
    assert.match(error, /Perform backup\? There is no terminal to ask on: say --force/);
  });
});
