import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SILENT_LOGGER } from '../base/log.ts';
import { EVERYBODY, ServerWorld } from '../sim/server_world.ts';

const TOKEN_REQUIRED = { ...EVERYBODY, rules: { ...EVERYBODY.rules, token: 'secret' } };

test('a client gets INFO when it comes and a second one after its first PING', async () => {
  const world = await new ServerWorld().start();
  const client = world.dial();
  await world.turn();
  assert.match(client.take(), /^INFO \{"server_id":"NTEST".*"client_id":1,"client_ip":"127\.0\.0\.1".*\} \r\n$/);
  client.send('CONNECT {"verbose":false,"protocol":1}\r\nPING\r\nPING\r\n');
  await world.turn();
  assert.match(client.take(), /^PONG\r\nINFO \{.*"connect_info":true,"remote_account":"\$G".*\} \r\nPONG\r\n$/);
});

test('a message reaches every matching subscription and one member of each queue group', async () => {
  const world = await new ServerWorld().start();
  const subscriber = await world.connect();
  const publisher = await world.connect();
  subscriber.send('SUB foo.bar 1\r\nSUB foo.* 2\r\nSUB > 3\r\nSUB foo.bar q 4\r\nSUB foo.> q 5\r\nSUB other 6\r\n');
  publisher.send('PUB foo.bar reply 5\r\nhello\r\n');
  await world.turn();
  const text = subscriber.take();
  for (const sid of ['1', '2', '3']) assert.ok(text.includes(`MSG foo.bar ${sid} reply 5\r\nhello\r\n`), sid);
  assert.equal(text.match(/MSG foo\.bar [45] /g)?.length, 1);
  assert.ok(!text.includes('MSG foo.bar 6'));
});

test('queue groups spread messages over their members', async () => {
  const world = await new ServerWorld().start();
  const one = await world.connect();
  const two = await world.connect();
  const publisher = await world.connect();
  one.send('SUB work q 1\r\n');
  two.send('SUB work q 1\r\n');
  publisher.send('PUB work 1\r\nx\r\n'.repeat(200));
  await world.turn();
  const counts = [one, two].map((socket) => socket.take().match(/MSG work/g)?.length ?? 0);
  assert.equal((counts[0] as number) + (counts[1] as number), 200);
  for (const count of counts) assert.ok(count > 50, `${counts}`);
});

test('everything a turn produced for a client leaves in one write', async () => {
  const world = await new ServerWorld().start();
  const client = await world.connect();
  client.send('SUB foo 1\r\n');
  const before = client.writes;
  client.send('PUB foo 1\r\na\r\nPUB foo 1\r\nb\r\nPING\r\nPUB foo 1\r\nc\r\n');
  await world.turn();
  assert.equal(client.writes - before, 1);
  assert.equal(client.take(), 'MSG foo 1 1\r\na\r\nMSG foo 1 1\r\nb\r\nPONG\r\nMSG foo 1 1\r\nc\r\n');
});

test('echo:false keeps a client from hearing itself, and only itself', async () => {
  const world = await new ServerWorld().start();
  const client = await world.connect({ echo: false });
  const other = await world.connect();
  client.send('SUB foo 1\r\n');
  other.send('SUB foo 1\r\n');
  client.send('PUB foo 1\r\na\r\n');
  other.send('PUB foo 1\r\nb\r\n');
  await world.turn();
  assert.equal(client.take(), 'MSG foo 1 1\r\nb\r\n');
  assert.equal(other.take(), 'MSG foo 1 1\r\na\r\nMSG foo 1 1\r\nb\r\n');
});

test('UNSUB with a maximum ends the subscription after that many messages, also those already delivered', async () => {
  const world = await new ServerWorld().start();
  const client = await world.connect();
  client.send('SUB foo 1\r\nUNSUB 1 2\r\nPUB foo 1\r\na\r\nPUB foo 1\r\nb\r\nPUB foo 1\r\nc\r\n');
  await world.turn();
  assert.equal(client.take(), 'MSG foo 1 1\r\na\r\nMSG foo 1 1\r\nb\r\n');
  client.send('SUB foo 2\r\nPUB foo 1\r\na\r\nPUB foo 1\r\nb\r\nUNSUB 2 2\r\nPUB foo 1\r\nc\r\n');
  await world.turn();
  assert.equal(client.take(), 'MSG foo 2 1\r\na\r\nMSG foo 2 1\r\nb\r\n');
  assert.equal(world.server.subscriptionCount, 0);
});

test('a second SUB with the same sid changes nothing', async () => {
  const world = await new ServerWorld().start();
  const client = await world.connect();
  client.send('SUB foo 1\r\nSUB bar 1\r\nPUB bar 1\r\na\r\nPUB foo 1\r\nb\r\n');
  await world.turn();
  assert.equal(client.take(), 'MSG foo 1 1\r\nb\r\n');
});

test('receivers see sizes as the publisher wrote them, unless the headers were left out', async () => {
  const world = await new ServerWorld().start();
  const modern = await world.connect({ headers: true });
  const old = await world.connect();
  modern.send('SUB foo 1\r\n');
  old.send('SUB foo 1\r\n');
  modern.send('PUB foo 0002\r\nhi\r\nHPUB foo 018 0020\r\nNATS/1.0\r\nA: b\r\n\r\nhi\r\n');
  await world.turn();
  assert.equal(modern.take(), 'MSG foo 1 0002\r\nhi\r\nHMSG foo 1 018 0020\r\nNATS/1.0\r\nA: b\r\n\r\nhi\r\n');
  assert.equal(old.take(), 'MSG foo 1 0002\r\nhi\r\nMSG foo 1 2\r\nhi\r\n');
});

test('sockets beyond what the process may open are dropped at once, also while others are still being closed', async () => {
  const said: string[] = [];
  const log = { ...SILENT_LOGGER, warn: (text: string) => void said.push(text) };
  const world = await new ServerWorld({}, undefined, log, null, 3).start();
  const inside = [await world.connect(), await world.connect(), await world.connect()];
  const late = world.dial();
  assert.ok(late.isDestroyed);
  assert.equal(late.take(), '');
  // It is told to go, and still there.
  inside[0]?.send('NONSENSE\r\n');
  assert.equal(world.server.connections.size, 2);
  assert.ok(world.dial().isDestroyed);
  inside[0]?.hangUp();
  assert.ok(!world.dial().isDestroyed);
  await world.advance(2000);
  assert.deepEqual(said, ['Rejected 2 connections: no more than 3 files are left for them']);
});

test('headers reach those who understand them and are left out for the others', async () => {
  const world = await new ServerWorld().start();
  const modern = await world.connect({ headers: true });
  const old = await world.connect();
  modern.send('SUB foo 1\r\n');
  old.send('SUB foo 1\r\n');
  modern.send('HPUB foo 18 20\r\nNATS/1.0\r\nA: b\r\n\r\nhi\r\n');
  await world.turn();
  assert.equal(modern.take(), 'HMSG foo 1 18 20\r\nNATS/1.0\r\nA: b\r\n\r\nhi\r\n');
  assert.equal(old.take(), 'MSG foo 1 2\r\nhi\r\n');
});

test('a request that nobody takes is answered with 503 and its subject, where the client asked for that', async () => {
  const world = await new ServerWorld().start();
  const client = await world.connect({ headers: true, no_responders: true });
  const silent = await world.connect({ headers: true });
  client.send('SUB inbox.* 1\r\nPUB nobody inbox.1 0\r\n\r\n');
  silent.send('SUB inbox.* 1\r\nPUB nobody inbox.2 0\r\n\r\n');
  await world.turn();
  assert.equal(client.take(), 'HMSG inbox.1 1 38 38\r\nNATS/1.0 503\r\nNats-Subject: nobody\r\n\r\n\r\n');
  assert.equal(silent.take(), '');
});

test('verbose clients get +OK for what succeeded and -ERR for what did not', async () => {
  const world = await new ServerWorld().start();
  const client = await world.connect({ verbose: true });
  client.send('SUB foo 1\r\nSUB foo..bar 2\r\nPUB foo 1\r\na\r\nUNSUB 1\r\n');
  await world.turn();
  assert.equal(client.take(), "+OK\r\n-ERR 'Invalid Subject'\r\n+OK\r\nMSG foo 1 1\r\na\r\n+OK\r\n");
});

test('pedantic clients are told about publish subjects that nobody can subscribe to literally', async () => {
  const world = await new ServerWorld().start();
  const client = await world.connect({ pedantic: true });
  client.send('PUB foo.* 1\r\na\r\nPUB foo 1\r\nb\r\nPING\r\n');
  await world.turn();
  assert.equal(client.take(), "-ERR 'Invalid Publish Subject'\r\nPONG\r\n");
});

test('a protocol error says so, ends the connection and takes its subscriptions along', async () => {
  const world = await new ServerWorld().start();
  const client = await world.connect();
  client.send('SUB foo 1\r\nNONSENSE\r\nPUB foo 1\r\na\r\n');
  await world.turn();
  assert.equal(client.take(), "-ERR 'Unknown Protocol Operation'\r\n");
  assert.ok(client.isEnded);
  assert.equal(world.server.subscriptionCount, 0);
  assert.equal(world.server.connections.size, 0);
});

test('CONNECT with wrong types or no JSON closes without a word', async () => {
  const world = await new ServerWorld().start();
  for (const options of ['[1]', '{"verbose":1}', '{', '{"protocol":1.5}', '{"user":{}}']) {
    const client = world.dial();
    await world.turn();
    client.take();
    client.send(`CONNECT ${options}\r\n`);
    await world.turn();
    assert.equal(client.take(), '', options);
    assert.ok(client.isEnded, options);
  }
});

test('CONNECT that names an account, a future protocol or no_responders without headers is refused', async () => {
  const world = await new ServerWorld().start();
  for (const [options, text] of [
    ['{"account":"A"}', 'Authorization Violation'],
    ['{"protocol":4}', 'invalid client protocol'],
    ['{"no_responders":true}', 'no responders requires headers support'],
  ] as const) {
    const client = world.dial();
    await world.turn();
    client.take();
    client.send(`CONNECT ${options}\r\nPING\r\n`);
    await world.turn();
    assert.equal(client.take(), `-ERR '${text}'\r\n`);
    assert.ok(client.isEnded);
  }
});

test('where a token is required, CONNECT with it comes in, one without it or anything else first does not', async () => {
  const world = await new ServerWorld({}, TOKEN_REQUIRED).start();
  const good = world.dial();
  await world.turn();
  assert.match(good.take(), /"auth_required":true/);
  good.send('CONNECT {"verbose":false,"auth_token":"secret"}\r\nPING\r\n');
  await world.turn();
  assert.equal(good.take(), 'PONG\r\n');
  for (const first of ['CONNECT {"auth_token":"wrong"}\r\n', 'CONNECT {}\r\n', 'PING\r\n', 'SUB foo 1\r\n']) {
    const bad = world.dial();
    await world.turn();
    bad.take();
    bad.send(first);
    await world.turn();
    assert.equal(bad.take(), "-ERR 'Authorization Violation'\r\n", first);
    assert.ok(bad.isEnded, first);
  }
});

test('a client that never authenticates is let go after the authentication timeout', async () => {
  const world = await new ServerWorld({ authTimeoutMs: 2000 }, TOKEN_REQUIRED).start();
  const client = world.dial();
  await world.advance(1900);
  client.take();
  assert.ok(!client.isEnded);
  await world.advance(200);
  assert.equal(client.take(), "-ERR 'Authentication Timeout'\r\n");
  assert.ok(client.isEnded);
});

test('the log says how large a message was that is too large', async () => {
  const lines: string[] = [];
  const log = { ...SILENT_LOGGER, error: (text: string) => lines.push(text) };
  const world = await new ServerWorld({ payloadMax: 100 }, undefined, log).start();
  const client = await world.connect();
  client.send('PUB foo 2000\r\n');
  await world.turn();
  assert.equal(client.take(), "-ERR 'Maximum Payload Violation'\r\n");
  assert.match(lines.join(), / - maximum payload exceeded: 2000 vs 100$/);
});

test('the log says what came instead of an operation, but nothing of payloads', async () => {
  const lines: string[] = [];
  const log = { ...SILENT_LOGGER, error: (text: string) => lines.push(text) };
  const world = await new ServerWorld({}, undefined, log).start();
  for (const text of [
    'GET /varz HTTP/1.1\r\n',
    '\x16\x03\x01\x02',
    'CONNECT {}\r\nPUB a 2\r\nabc\r\n',
    'password1\r\n',
  ]) {
    const client = world.dial();
    await world.turn();
    client.send(text);
    await world.turn();
    assert.match(client.take(), /-ERR 'Unknown Protocol Operation'\r\n$/);
  }
  assert.deepEqual(
    lines.map((line) => line.replace(/.* - /, '')),
    [
      'Unknown Protocol Operation "GET"',
      'Unknown Protocol Operation: a TLS handshake',
      'Unknown Protocol Operation',
      'Unknown Protocol Operation',
    ],
  );
});

test('a silent client is pinged and, when it never answers, called stale', async () => {
  const world = await new ServerWorld({ pingIntervalMs: 10_000, pingsOutMax: 2 }).start();
  const client = await world.connect();
  await world.advance(3000);
  assert.equal(client.take(), 'PING\r\n');
  await world.advance(10_000);
  assert.equal(client.take(), 'PING\r\n');
  await world.advance(10_000);
  assert.equal(client.take(), "-ERR 'Stale Connection'\r\n");
  assert.ok(client.isEnded);
});

test('a client that answers pings stays, and one that talks is not pinged', async () => {
  const world = await new ServerWorld({ pingIntervalMs: 10_000, pingsOutMax: 2 }).start();
  const client = await world.connect();
  await world.advance(3000);
  client.send('PONG\r\n');
  client.take();
  for (let i = 0; i < 10; i++) {
    await world.advance(5000);
    client.send('PUB foo 1\r\na\r\n');
  }
  await world.turn();
  assert.equal(client.take(), '');
  assert.ok(!client.isEnded);
});

test('a receiver that takes nothing is let go when more waits than max_pending', async () => {
  const world = await new ServerWorld({ pendingBytesMax: 100_000 }).start();
  const slow = await world.connect();
  const publisher = await world.connect();
  slow.send('SUB foo 1\r\n');
  slow.takes = false;
  for (let i = 0; i < 12; i++) {
    publisher.send(`PUB foo 10000\r\n${'x'.repeat(10_000)}\r\n`);
    await world.turn();
  }
  assert.ok(slow.isDestroyed);
  assert.equal(world.server.traffic.slowConsumers, 1);
  assert.equal(world.server.connections.size, 1);
});

test('a receiver that takes nothing is let go when the write deadline passes, however little waits', async () => {
  const world = await new ServerWorld({ writeDeadlineMs: 5000 }).start();
  const slow = await world.connect();
  slow.takes = false;
  slow.send('PING\r\n');
  await world.advance(4000);
  assert.ok(!slow.isDestroyed);
  await world.advance(3000);
  assert.ok(slow.isDestroyed);
});

test('a receiver that keeps taking is not let go, although something always waits for it, until it takes no more', async () => {
  const world = await new ServerWorld({ writeDeadlineMs: 5000 }).start();
  const [busy, publisher] = [await world.connect(), await world.connect()];
  busy.send('SUB foo 1\r\n');
  busy.takes = false;
  for (let second = 0; second < 20; second++) {
    publisher.send(`PUB foo 1000\r\n${'x'.repeat(1000)}\r\n`);
    await world.advance(1000);
    busy.drainTo(500);
    assert.ok(!busy.isDestroyed, `second ${second}`);
  }
  // Trickling is not taking.
  for (let second = 0; second < 8; second++) {
    publisher.send(`PUB foo 1000\r\n${'x'.repeat(1000)}\r\n`);
    await world.advance(1000);
    busy.drainTo(busy.pendingBytes - 10);
  }
  assert.ok(busy.isDestroyed);
});

test('a producer waits while a receiver is nearly full, then is read again', async () => {
  const world = await new ServerWorld({ pendingBytesMax: 100_000 }).start();
  const slow = await world.connect();
  const publisher = await world.connect();
  slow.send('SUB foo 1\r\n');
  slow.takes = false;
  for (let i = 0; i < 9; i++) {
    publisher.send(`PUB foo 10000\r\n${'x'.repeat(10_000)}\r\n`);
    await world.turn();
  }
  assert.ok(publisher.isPaused);
  slow.drain();
  await world.advance(20);
  assert.ok(!publisher.isPaused);
  assert.ok(!slow.isDestroyed);
});

test('with no_fast_producer_stall nobody waits for a receiver that is nearly full: what is published goes past it', async () => {
  const world = await new ServerWorld({ pendingBytesMax: 100_000, stallsFastProducers: false }).start();
  const [slow, quick, publisher] = [await world.connect(), await world.connect(), await world.connect()];
  slow.send('SUB foo 1\r\nSUB foo q 2\r\n');
  quick.send('SUB foo q 1\r\n');
  slow.takes = false;
  const message = `PUB foo 10000\r\n${'x'.repeat(10_000)}\r\n`;
  publisher.send(message.repeat(30));
  await world.turn();
  assert.ok(!publisher.isPaused);
  assert.ok(!slow.isDestroyed);
  assert.equal(world.server.traffic.slowConsumers, 0);
  const delivered = slow.received.split('MSG foo').length - 1;
  assert.ok(delivered >= 7 && delivered < 10, `${delivered} messages`);
  quick.take();
  publisher.send(message.repeat(5));
  await world.turn();
  assert.equal(quick.take().split('MSG foo').length - 1, 5, 'the queue group has a member that can');

  slow.drain();
  slow.take();
  publisher.send('PUB foo 1\r\nx\r\n');
  await world.turn();
  assert.match(slow.take(), /MSG foo 1 1\r\nx/);
});

test('large payloads leave unchanged next to small ones, in order', async () => {
  const world = await new ServerWorld().start();
  const client = await world.connect();
  client.send('SUB foo 1\r\n');
  const large = 'L'.repeat(200_000);
  client.send(`PUB foo 1\r\na\r\nPUB foo ${large.length}\r\n${large}\r\nPUB foo 1\r\nb\r\n`);
  await world.turn();
  assert.equal(client.take(), `MSG foo 1 1\r\na\r\nMSG foo 1 200000\r\n${large}\r\nMSG foo 1 1\r\nb\r\n`);
});

test('max_connections refuses one client too many and keeps the others', async () => {
  const world = await new ServerWorld({ connectionsMax: 1 }).start();
  const first = await world.connect();
  const second = world.dial();
  await world.turn();
  assert.match(second.take(), /^INFO .*\r\n-ERR 'maximum connections exceeded'\r\n$/);
  assert.ok(second.isEnded);
  first.send('PING\r\n');
  await world.turn();
  assert.equal(first.take(), 'PONG\r\n');
});

test('max_connections is told of once a second, however many clients come', async () => {
  const said: string[] = [];
  const log = { ...SILENT_LOGGER, error: (text: string) => said.push(text.replace(/^.* - /, '')) };
  const world = await new ServerWorld({ connectionsMax: 0 }, EVERYBODY, log).start();
  for (let i = 0; i < 5; i++) world.dial();
  await world.turn();
  assert.deepEqual(said, ['maximum connections exceeded']);
  await world.advance(1500);
  for (let i = 0; i < 5; i++) world.dial();
  await world.turn();
  assert.equal(said.length, 2);
});

test('max_subscriptions refuses one subscription too many and keeps the connection', async () => {
  const world = await new ServerWorld({ subscriptionsMax: 1 }).start();
  const client = await world.connect();
  client.send('SUB a 1\r\nSUB b 2\r\nPING\r\n');
  await world.turn();
  assert.equal(client.take(), "-ERR 'maximum subscriptions exceeded'\r\nPONG\r\n");
});

test('clients may not publish to subjects that belong to servers', async () => {
  const world = await new ServerWorld().start();
  const client = await world.connect();
  client.send('SUB > 1\r\nPUB $NRG.x 1\r\na\r\nPUB _GR_.x.y 1\r\na\r\nPING\r\n');
  await world.turn();
  assert.equal(
    client.take(),
    `-ERR 'Permissions Violation for Publish to "$NRG.x"'\r\n-ERR 'Permissions Violation for Publish to "_GR_.x.y"'\r\nPONG\r\n`,
  );
});

test('a client that hangs up leaves no subscription behind', async () => {
  const world = await new ServerWorld().start();
  const client = await world.connect();
  client.send('SUB foo 1\r\nSUB bar q 2\r\n');
  client.hangUp();
  assert.equal(world.server.subscriptionCount, 0);
  assert.equal(world.server.connections.size, 0);
});

test('server.stop() ends every connection', async () => {
  const world = await new ServerWorld().start();
  const client = await world.connect();
  world.server.stop();
  assert.ok(client.isEnded);
});

test('tracing shows every protocol line and no secret', async () => {
  const lines: string[] = [];
  const world = await new ServerWorld({}, undefined, {
    ...SILENT_LOGGER,
    isTrace: true,
    trace: (line) => lines.push(line),
  }).start();
  const client = world.dial();
  client.send(
    'CONNECT {"verbose":false,"user":"u","pass":"hidden \\" one","auth_token":"hidden"}\r\nPING\r\nSUB foo 1\r\n',
  );
  client.send('PUB foo bar 2\r\nhi\r\n');
  await world.turn();
  const text = lines.map((line) => line.replace(/^.* - (<<-|->>)/, '$1')).join('\n');
  assert.equal(
    text,
    [
      '<<- [CONNECT {"verbose":false,"user":"u","pass":"[REDACTED]","auth_token":"[REDACTED]"}]',
      '<<- [PING]',
      '->> [PONG]',
      '<<- [SUB foo 1]',
      '<<- [PUB foo bar 2]',
      '<<- MSG_PAYLOAD: ["hi"]',
      '->> [MSG foo 1 bar 2]',
      '->> MSG_PAYLOAD: ["hi"]',
    ].join('\n'),
  );
});

test('tracing shows what the server answers without the marks of the protocol, as the reference', async () => {
  const lines: string[] = [];
  const log = {
    ...SILENT_LOGGER,
    isTrace: true,
    trace: (line: string) => lines.push(line.replace(/^.* - (?=->>)/, '')),
  };
  const world = await new ServerWorld({}, EVERYBODY, log).start();
  const client = world.dial();
  client.send('CONNECT {"verbose":true}\r\nFOO\r\n');
  await world.turn();
  assert.deepEqual(
    lines.filter((line) => line.startsWith('->>')),
    ['->> [OK]', '->> [-ERR Unknown Protocol Operation]'],
  );
});

test('watchAccounts() tells of accounts that come and go, until nobody wants to know', async () => {
  const { server } = await new ServerWorld().start();
  const told: string[] = [];
  const stop = server.watchAccounts(({ name }) => {
    told.push(`+${name}`);
    return () => told.push(`-${name}`);
  });
  server.account('A');
  server.forgetAccounts();
  server.account('A');
  stop();
  server.forgetAccounts();
  server.account('B');
  assert.deepEqual(told, ['+$G', '+$SYS', '+A', '-A', '+A']);
});

test('INFO is UTF-8, whatever letters the server is named by', async () => {
  for (const serverName of ['caf\u00e9', 'caf\u00e9 \u0142\u00f3d\u017a']) {
    const world = await new ServerWorld({ serverName }).start();
    const client = world.dial();
    await world.turn();
    const info = Buffer.from(client.take(), 'latin1').toString('utf8');
    assert.equal(JSON.parse(info.slice('INFO '.length)).server_name, serverName);
  }
});

test('a refusal names a subject as nats-server does, with escapes for what cannot be printed', async () => {
  const world = await new ServerWorld().start();
  const client = await world.connect();
  client.send('PUB $NRG.\u0001\u007f 0\r\n\r\n');
  await world.turn();
  assert.equal(client.take(), '-ERR \'Permissions Violation for Publish to "$NRG.\\x01\\x7f"\'\r\n');
});
