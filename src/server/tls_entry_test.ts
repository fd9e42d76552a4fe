import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TlsHandshakeError } from '../base/errors.ts';
import { type Logger, SILENT_LOGGER } from '../base/log.ts';
import type { TlsContext, TlsSession } from '../ports/tls.ts';
import { EVERYBODY, type FakeSocket, ServerWorld } from '../sim/server_world.ts';
import type { ServerTls } from './server_tls.ts';

const CONTEXT: TlsContext = {
  settings: {
    side: 'server',
    certificates: [],
    caFile: null,
    verifiesPeer: true,
    cipherSuites: null,
    curves: null,
    minVersion: '1.2',
  },
  digest: '',
  notAfterMs: null,
};

const SESSION: TlsSession = { version: '1.3', cipherSuite: 'TLS_AES_128_GCM_SHA256', peerCertificates: [] };
const HELLO = '\u0016\u0003\u0001';

class Lines implements Logger {
  readonly lines: string[] = [];
  readonly isDebug = true;
  readonly isTrace = false;
  readonly trace = SILENT_LOGGER.trace;
  readonly info = (text: string) => this.lines.push(`INF ${text}`);
  readonly warn = (text: string) => this.lines.push(`WRN ${text}`);
  readonly error = (text: string) => this.lines.push(`ERR ${text}`);
  readonly debug = (text: string) => this.lines.push(`DBG ${text}`);

  /** Without addresses. */
  get texts(): string[] {
    return this.lines.map((line) => line.replace(/127\S+ - cid:\d+ - /, ''));
  }
}

async function tlsWorld(tls: Partial<ServerTls> = {}, log: Logger = SILENT_LOGGER, connectionsMax = 10) {
  const all: ServerTls = {
    context: CONTEXT,
    timeoutMs: 2_000,
    isHandshakeFirst: false,
    fallbackMs: 0,
    allowsPlain: false,
    pinnedKeys: null,
    handshakesPerSecondMax: 0,
    mapsUsers: false,
    ...tls,
  };
  return new ServerWorld({ connectionsMax }, undefined, log, all).start();
}

function infoOf(socket: FakeSocket): Record<string, unknown> {
  const [, json = 'null'] = /^INFO (.*?) ?\r\n/.exec(socket.received) ?? [];
  return JSON.parse(json) ?? {};
}

async function answersPing(world: ServerWorld, socket: FakeSocket): Promise<boolean> {
  socket.take();
  socket.send('PING\r\n');
  await world.turn();
  return socket.take() === 'PONG\r\n';
}

test('INFO goes out in clear and at once, then the handshake begins, and nothing is heard before it is done', async () => {
  const world = await tlsWorld();
  const client = world.dial();
  const { tls_required, tls_verify, tls_available } = infoOf(client);
  assert.deepEqual([tls_required, tls_verify, tls_available], [true, true, undefined]);
  assert.ok(client.handshake !== null && client.handshake.received === null);
  await world.advance(500);
  client.take();
  client.secure(SESSION);
  assert.ok(await answersPing(world, client));
  const [connection] = [...world.server.connections.values()];
  assert.deepEqual([connection?.tls, connection?.didTlsFirst], [SESSION, false]);
});

test('with handshake_first INFO waits for the handshake, and says that TLS is required', async () => {
  const world = await tlsWorld({ isHandshakeFirst: true, allowsPlain: true });
  const client = world.dial();
  await world.advance(500);
  assert.equal(client.received, '');
  client.secure(SESSION);
  await world.turn();
  assert.deepEqual([infoOf(client)['tls_required'], infoOf(client)['tls_available']], [true, true]);
  assert.equal([...world.server.connections.values()][0]?.didTlsFirst, true);
  assert.ok(await answersPing(world, client));
});

test('with a fallback delay INFO goes out when nothing has come, and the handshake follows', async () => {
  const world = await tlsWorld({ isHandshakeFirst: true, fallbackMs: 50 });
  const client = world.dial();
  await world.advance(49);
  assert.deepEqual([client.received, client.handshake], ['', null]);
  await world.advance(2);
  assert.equal(infoOf(client)['tls_required'], true);
  assert.ok(client.handshake !== null);
});

test('with a fallback delay whatever comes in time belongs to the handshake', async () => {
  const world = await tlsWorld({ isHandshakeFirst: true, fallbackMs: 50, allowsPlain: true });
  const client = world.dial();
  client.send(HELLO);
  assert.equal(Buffer.from(client.handshake?.received ?? []).toString('latin1'), HELLO);
  await world.advance(100);
  assert.equal(client.received, '');
});

test('with allow_non_tls the first byte decides', async () => {
  const world = await tlsWorld({ allowsPlain: true });
  const plain = world.dial();
  assert.deepEqual([infoOf(plain)['tls_required'], infoOf(plain)['tls_available']], [undefined, true]);
  assert.ok(await answersPing(world, plain));
  assert.equal(plain.handshake, null);
  const secure = world.dial();
  secure.send(HELLO);
  assert.ok(secure.handshake?.received !== null);
});

test('with allow_non_tls who says nothing for the time of a handshake is let in in clear', async () => {
  const world = await tlsWorld({ allowsPlain: true, timeoutMs: 300 });
  const client = world.dial();
  await world.advance(301);
  client.send(HELLO);
  await world.turn();
  assert.equal(client.handshake, null);
  assert.match(client.received, /-ERR 'Unknown Protocol Operation'/);
});

test('a handshake has its time, and then the connection ends without a word', async () => {
  const log = new Lines();
  const world = await tlsWorld({ timeoutMs: 300 }, log);
  const client = world.dial();
  client.take();
  await world.advance(299);
  assert.equal(client.isDestroyed, false);
  await world.advance(2);
  assert.deepEqual([client.isDestroyed, client.take(), world.server.connections.size], [true, '', 0]);
  assert.deepEqual(log.texts.slice(-2), [
    'DBG TLS handshake timeout',
    'DBG Client connection closed: TLS Handshake Failure',
  ]);
});

test('a failed handshake is an error in the log, with the certificates; a probe is not', async () => {
  const log = new Lines();
  const world = await tlsWorld({}, log);
  world.dial().fail(new TlsHandshakeError('tls: no', { certificates: [new Uint8Array([1])] }));
  world.dial().fail(new TlsHandshakeError('tls: what', { isProbe: true }));
  const said = log.texts.filter((line) => line.includes('handshake error'));
  const digest = '4bf5122f344554c53bde2ebb8cd2b7e3d1600ad631c385a5d7cce23c7785459a';
  assert.deepEqual(said, [
    `ERR TLS handshake error: tls: no ( SHA-256: ${digest})`,
    'DBG TLS handshake error: tls: what',
  ]);
  assert.equal(world.server.connections.size, 0);
});

test('only pinned keys come in', async () => {
  const log = new Lines();
  const world = await tlsWorld({ pinnedKeys: new Set(['00']) }, log);
  const client = world.dial();
  client.secure(SESSION);
  assert.ok(client.isDestroyed);
  assert.deepEqual(log.texts.slice(-3), [
    'DBG Failed pinned cert test as client did not provide a certificate',
    'ERR TLS handshake error: certificate not pinned',
    'DBG Client connection closed: TLS Handshake Failure',
  ]);
});

test('more handshakes than the limit are refused in clear, and counted in the log', async () => {
  const log = new Lines();
  const world = await tlsWorld({ handshakesPerSecondMax: 2 }, log);
  const clients = [world.dial(), world.dial(), world.dial()];
  await world.advance(1_500);
  assert.deepEqual(
    clients.map((client) => client.handshake !== null),
    [true, true, false],
  );
  const throttled = "-ERR 'Connection throttling is active. Please try again later.'\r\n";
  assert.ok(clients[2]?.received.endsWith(throttled) && clients[2].isEnded);
  assert.ok(log.lines.includes('WRN Rejected 1 connections due to TLS rate limiting'));
  assert.ok(world.dial().handshake !== null);
});

test('a connection too many is told so in clear', async () => {
  const world = await tlsWorld({}, SILENT_LOGGER, 1);
  world.dial();
  const second = world.dial();
  await world.turn();
  assert.equal(second.handshake, null);
  assert.match(second.received, /^INFO .*\r\n-ERR 'maximum connections exceeded'\r\n$/);
});

test('a connection too many that expects the handshake first gets no INFO', async () => {
  const world = await tlsWorld({ isHandshakeFirst: true }, SILENT_LOGGER, 0);
  const client = world.dial();
  await world.turn();
  assert.equal(client.received, "-ERR 'maximum connections exceeded'\r\n");
});

test('who needs to log in has the time for it from the end of the handshake on', async () => {
  const required = { ...EVERYBODY, rules: { ...EVERYBODY.rules, token: 'secret' } };
  const tls: ServerTls = {
    context: CONTEXT,
    timeoutMs: 5_000,
    isHandshakeFirst: false,
    fallbackMs: 0,
    allowsPlain: false,
    pinnedKeys: null,
    handshakesPerSecondMax: 0,
    mapsUsers: false,
  };
  const world = await new ServerWorld({ authTimeoutMs: 1_000 }, required, SILENT_LOGGER, tls).start();
  const client = world.dial();
  await world.advance(4_000);
  client.take();
  client.secure(SESSION);
  await world.advance(900);
  assert.equal(client.take(), '');
  await world.advance(200);
  assert.match(client.take(), /Authentication Timeout/);
});

test('reloadTls() changes INFO and later connections, and ends those whose key is pinned no more', async () => {
  const log = new Lines();
  const world = await tlsWorld({}, log);
  const client = world.dial();
  client.secure(SESSION);
  const before = world.server.tls;
  assert.ok(before !== null);
  world.server.reloadTls({ ...before, allowsPlain: true });
  assert.equal(client.isEnded, false);
  assert.equal(infoOf(world.dial())['tls_available'], true);
  world.server.reloadTls({ ...before, pinnedKeys: new Set(['00']) });
  assert.equal(client.isEnded, true);
  assert.ok(log.lines.includes('INF Disconnect 2 clients due to pinned certs reload'));
  world.server.reloadTls(null);
  const plain = world.dial();
  await world.turn();
  assert.match(plain.received, /^INFO /);
  assert.equal(infoOf(plain)['tls_required'], undefined);
  assert.ok(await answersPing(world, plain));
});

test('a server that stops ends connections in the middle of their handshake', async () => {
  const world = await tlsWorld();
  const client = world.dial();
  world.server.stop();
  assert.ok(client.isEnded);
  assert.equal(world.server.connections.size, 0);
  await world.advance(3_000);
  assert.ok(client.isDestroyed);
});

test('what comes before the handshake is over lets nobody in', async () => {
  for (const tls of [{}, { allowsPlain: true }, { isHandshakeFirst: true, fallbackMs: 50, allowsPlain: true }]) {
    const world = await tlsWorld(tls);
    const client = world.dial();
    if ('allowsPlain' in tls) client.send(HELLO);
    client.take();
    assert.ok(client.handshake !== null);
    client.send('CONNECT {"verbose":false}\r\nPING\r\n');
    await world.turn();
    assert.equal(client.take(), '');
    client.secure(SESSION);
    await world.turn();
    assert.ok(await answersPing(world, client));
  }
});
