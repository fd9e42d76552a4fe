// Connections before they have said who they are: what they may send, how long they may take, what they cost, and that a
// flood of them takes nothing from those who are in. Advisories: 2026-11 and 2026-25 (memory without a limit before
// authentication).
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { EVERYBODY, type FakeSocket, ServerWorld } from '../../src/sim/server_world.ts';
import { RawConnection } from './raw_connection.ts';

const TOKEN = { ...EVERYBODY, rules: { ...EVERYBODY.rules, token: 'secret' } };
/** What may wait of one connection before CONNECT: a line, and what it outgrew and nobody has collected yet. */
const WAITING_BYTES_MAX = 12 * 1024;
const CONNECTIONS = 400;

async function dialled(world: ServerWorld): Promise<FakeSocket> {
  const client = world.dial();
  await world.turn();
  client.take();
  return client;
}

/** What is left when nothing more can be collected: buffers are given back beside the collection, some time later. */
async function buffersInUse(): Promise<number> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  let least = Number.POSITIVE_INFINITY;
  for (let same = 0; same < 3; ) {
    collect();
    await new Promise((resolve) => setImmediate(resolve));
    const bytes = process.memoryUsage().arrayBuffers;
    same = bytes < least ? 0 : same + 1;
    least = Math.min(least, bytes);
  }
  return least;
}

test('advisory 2026-11, 2026-25: what a connection sends before CONNECT is over is kept up to one line, however it comes', async () => {
  for (const size of [50, 1000, 100_000]) {
    const world = await new ServerWorld({}, TOKEN).start();
    const clients = await Promise.all(Array.from({ length: CONNECTIONS }, () => dialled(world)));
    const before = await buffersInUse();
    const line = `CONNECT {"name":"${'x'.repeat(4090)}`;
    for (const client of clients) for (let i = 0; i < line.length; i += size) client.send(line.slice(i, i + size));
    await world.turn();
    const bytes = ((await buffersInUse()) - before) / CONNECTIONS;
    assert.ok(bytes <= WAITING_BYTES_MAX, `${bytes} bytes for each connection`);
    assert.equal(world.server.connections.size, CONNECTIONS);
    for (const client of clients) client.send('x'.repeat(100));
    await world.turn();
    assert.equal(world.server.connections.size, 0);
    assert.match(clients[0]?.take() ?? '', /maximum control line exceeded/);
  }
});

test('advisory 2026-11, 2026-25: white space before CONNECT and inside of it does not keep a connection open', async () => {
  const world = await new ServerWorld({}, TOKEN).start();
  for (const first of ['CONNECT', 'CONNECT {"user":']) {
    const client = await dialled(world);
    client.send(first);
    for (let i = 0; i < 50 && !client.isEnded; i++) client.send(' '.repeat(100));
    await world.turn();
    assert.equal(client.take(), "-ERR 'maximum control line exceeded'\r\n");
  }
});

test('a connection that sends a byte now and then is closed when the time for authentication is over', async () => {
  const world = await new ServerWorld({ authTimeoutMs: 2000 }, TOKEN).start();
  const client = await dialled(world);
  const line = 'CONNECT {"verbose":false,"auth_token":"secret"}\r\n';
  let sent = 0;
  for (let ms = 0; ms < 1900; ms += 100) {
    client.send(line.charAt(sent++));
    await world.advance(100);
  }
  assert.ok(!client.isEnded);
  client.send(line.charAt(sent++));
  await world.advance(200);
  assert.match(client.take(), /-ERR 'Authentication Timeout'\r\n$/);
  assert.ok(client.isEnded);
  client.send(line.slice(sent));
  await world.turn();
  assert.equal(client.take(), '');
  assert.equal(world.server.connections.size, 0);
});

test('a connection that says nothing is closed when the time for authentication is over, one that is in is not', async () => {
  const world = await new ServerWorld({ authTimeoutMs: 1000 }, TOKEN).start();
  const silent = await dialled(world);
  const good = await world.connect({ auth_token: 'secret' });
  await world.advance(1100);
  assert.ok(silent.isEnded);
  assert.ok(!good.isEnded);
});

test('connections beyond the maximum are told so and closed, and those who are in notice nothing', async () => {
  const world = await new ServerWorld({ connectionsMax: 3 }).start();
  const inside = await Promise.all([world.connect(), world.connect(), world.connect()]);
  inside[0]?.send('SUB a 1\r\n');
  for (let i = 0; i < 1000; i++) {
    const late = world.dial();
    await world.turn();
    assert.match(late.take(), /-ERR 'maximum connections exceeded'\r\n$/);
    assert.ok(late.isEnded);
    late.hangUp();
  }
  inside[1]?.send('PUB a 1\r\nx\r\n');
  await world.turn();
  assert.equal(inside[0]?.take(), 'MSG a 1 1\r\nx\r\n');
  assert.equal(world.server.connections.size, 3);
  inside[2]?.hangUp();
  await world.connect();
  assert.equal(world.server.connections.size, 3);
});

/** This file runs as dist/test/security/before_connect_test.js. */
const root = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));
/** Enough for the modules that Node opens at once when it starts. */
const FILES_MAX = 256;
const READY_DEADLINE_MS = 30_000;

test('a server that may open no more files serves those who are in, and others again when there is room', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'contrail-files-'));
  const program = join(root, 'dist', 'src', 'app', 'contrail_server.js');
  const words = `ulimit -n ${FILES_MAX}; exec "${process.execPath}" "${program}" -a 127.0.0.1 -p -1 --ports_file_dir "${folder}"`;
  const child = spawn('sh', ['-c', words], { stdio: ['ignore', 'ignore', 'pipe'] });
  const connections: RawConnection[] = [];
  try {
    const port = await portFrom(child.stderr);
    const first = await RawConnection.open(port);
    connections.push(first);
    first.send('CONNECT {"verbose":false}\r\nSUB a 1\r\n');
    await first.flush();
    for (let i = 0; i < 2 * FILES_MAX; i++) connections.push(await RawConnection.open(port));
    // Half of the files are for connections: nobody kept the others from the streams.
    await connections.at(-1)?.closed();
    first.send('PUB a 1\r\nx\r\n');
    assert.equal((await first.message()).payload, 'x');
    for (const connection of connections.splice(1)) connection.close();
    const late = await admitted(port);
    connections.push(late);
    late.send('PUB a 1\r\ny\r\n');
    assert.equal((await first.message()).payload, 'y');
  } finally {
    for (const connection of connections) connection.close();
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
});

/** A connection that was let in: the server learns only in time that the others have gone. */
async function admitted(port: number): Promise<RawConnection> {
  for (;;) {
    const connection = await RawConnection.open(port);
    connection.send('CONNECT {"verbose":false}\r\n');
    await connection.quiet();
    if (!connection.isClosed) return connection;
  }
}

function portFrom(output: NodeJS.ReadableStream): Promise<number> {
  return new Promise((resolve, reject) => {
    let text = '';
    const timer = setTimeout(() => reject(new Error(`the server does not start: ${text}`)), READY_DEADLINE_MS);
    output.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const match = /Listening for client connections on [\d.]+:(\d+)/.exec(text);
      if (match === null || !text.includes('Server is ready')) return;
      clearTimeout(timer);
      resolve(Number(match[1]));
    });
  });
}
