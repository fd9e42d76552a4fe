// What a reload changes in a server that has clients: limits, deadlines, tracing, who may be there.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hashSync } from 'bcryptjs';
import type { UserRules } from '../auth/authenticate.ts';
import { SILENT_LOGGER } from '../base/log.ts';
import { EVERYBODY, ServerWorld } from '../sim/server_world.ts';
import type { AuthorizationSettings } from './server.ts';
import type { ServerOptions } from './server_options.ts';

function change(world: ServerWorld, options: Partial<ServerOptions>): void {
  world.server.reconfigure({ ...world.server.options, ...options });
}

test('reconfigure() changes the largest payload and control line of those who are connected', async () => {
  const world = await new ServerWorld().start();
  const client = await world.connect();
  change(world, { payloadMax: 3 });
  client.send('PUB foo 3\r\nabc\r\nPING\r\n');
  await world.turn();
  assert.equal(client.take(), 'PONG\r\n');
  client.send('PUB foo 4\r\nabcd\r\n');
  await world.turn();
  assert.equal(client.take(), "-ERR 'Maximum Payload Violation'\r\n");
  const other = await world.connect();
  change(world, { controlLineMax: 20 });
  other.send(`SUB ${'a'.repeat(20)} 1\r\n`);
  await world.turn();
  assert.equal(other.take(), "-ERR 'maximum control line exceeded'\r\n");
});

test('reconfigure() tells newcomers of the largest payload and the advertised address', async () => {
  const world = await new ServerWorld({ host: '0.0.0.0', port: 4333 }).start();
  const info = async () => {
    const client = world.dial();
    await world.turn();
    const { host, port, max_payload } = JSON.parse(client.take().slice('INFO '.length));
    return [host, port, max_payload];
  };
  assert.deepEqual(await info(), ['0.0.0.0', 4333, 1_048_576]);
  change(world, { payloadMax: 100, clientAdvertise: 'a.b:55' });
  assert.deepEqual(await info(), ['a.b', 55, 100]);
  change(world, { clientAdvertise: '[::1]' });
  assert.deepEqual(await info(), ['::1', 4333, 100]);
  change(world, { clientAdvertise: 'a:-1' });
  assert.deepEqual(await info(), ['a', 4333, 100]);
  change(world, { clientAdvertise: null });
  assert.deepEqual(await info(), ['0.0.0.0', 4333, 100]);
});

test('reconfigure() closes as many clients as there are too many', async () => {
  const world = await new ServerWorld().start();
  const clients = [await world.connect(), await world.connect(), await world.connect()];
  change(world, { connectionsMax: 1 });
  await world.turn();
  const said = clients.map((client) => client.take());
  assert.equal(said.filter((text) => text === "-ERR 'maximum connections exceeded'\r\n").length, 2);
  assert.equal(world.server.connections.size, 1);
  change(world, { connectionsMax: 2 });
  await world.connect();
  assert.equal(world.server.connections.size, 2);
});

test('reconfigure() changes how often a client is pinged, from its next ping on', async () => {
  const world = await new ServerWorld({ pingIntervalMs: 60_000 }).start();
  const client = await world.connect();
  const pings = () => client.take().match(/PING/g)?.length ?? 0;
  await world.advance(3_000);
  assert.equal(pings(), 1);
  client.send('PONG\r\n');
  change(world, { pingIntervalMs: 1_000 });
  await world.advance(60_000);
  assert.equal(pings(), 1);
  for (let i = 0; i < 5; i++) {
    client.send('PONG\r\n');
    await world.advance(1_000);
    assert.equal(pings(), 1, `second ${i}`);
  }
});

test('retrace() switches tracing for those who are connected, with the limits of the time', async () => {
  const lines: string[] = [];
  const log = { ...SILENT_LOGGER, isTrace: false, trace: (text: string) => lines.push(text) };
  const world = await new ServerWorld({}, undefined, log).start();
  const client = await world.connect({ headers: true });
  const publish = async () => {
    client.send('HPUB foo 17 22\r\nNATS/1.0\r\nA: b\r\n\r\nhello\r\n'.replace('17 22', '18 23'));
    client.send('PUB foo 5\r\nhello\r\nPUB foo 0\r\n\r\n');
    await world.turn();
    return lines.splice(0).map((line) => line.replace(/^.* - (?=<<-|->>)/, ''));
  };
  assert.deepEqual(await publish(), []);
  log.isTrace = true;
  world.server.retrace();
  assert.deepEqual(await publish(), [
    '<<- [HPUB foo 18 23]',
    '<<- MSG_PAYLOAD: ["NATS/1.0\\r\\nA: b\\r\\n\\r\\nhello"]',
    '<<- [PUB foo 5]',
    '<<- MSG_PAYLOAD: ["hello"]',
    '<<- [PUB foo 0]',
  ]);
  change(world, { tracedBytesMax: 4 });
  world.server.retrace();
  assert.deepEqual((await publish()).slice(1, 4), [
    '<<- MSG_PAYLOAD: ["NATS..."]',
    '<<- [PUB foo 5]',
    '<<- MSG_PAYLOAD: ["hell..."]',
  ]);
  change(world, { tracedBytesMax: 0, tracesHeadersOnly: true });
  world.server.retrace();
  assert.deepEqual(await publish(), [
    '<<- [HPUB foo 18 23]',
    '<<- MSG_PAYLOAD: ["NATS/1.0\\r\\nA: b"]',
    '<<- [PUB foo 5]',
    '<<- [PUB foo 0]',
  ]);
  log.isTrace = false;
  world.server.retrace();
  assert.deepEqual(await publish(), []);
});

/** Users whose passwords are their names, with what is said of each. */
function users(...some: readonly Partial<UserRules>[]): AuthorizationSettings {
  const all = some.map((user) => ({
    name: 'a',
    password: user.name ?? 'a',
    account: 'A',
    permissions: null,
    connectionTypes: [],
    ...user,
  }));
  return { ...EVERYBODY, rules: { ...EVERYBODY.rules, users: all } };
}

test('reauthorize() closes whoever may not be there any more, and keeps the others', async () => {
  const world = await new ServerWorld({}, users({ name: 'a' }, { name: 'b' })).start();
  const good = await world.connect({ user: 'a', pass: 'a' });
  const bad = await world.connect({ user: 'b', pass: 'b' });
  good.send('SUB foo 1\r\n');
  world.server.reauthorize(users({ name: 'a' }, { name: 'b', password: 'other' }));
  good.send('PUB foo 0\r\n\r\n');
  await world.turn();
  assert.equal(good.take(), 'MSG foo 1 0\r\n\r\n');
  assert.equal(bad.take(), "-ERR 'Authorization Violation'\r\n");
});

test('reauthorize() asks for credentials where nobody was asked before, and stops asking', async () => {
  const world = await new ServerWorld().start();
  const [named, nameless] = [await world.connect({ user: 'a', pass: 'a' }), await world.connect()];
  world.server.reauthorize(users({ name: 'a', account: '$G' }));
  await world.turn();
  assert.equal(named.take(), '');
  assert.equal(nameless.take(), "-ERR 'Authorization Violation'\r\n");
  const late = world.dial();
  await world.turn();
  assert.match(late.take(), /"auth_required":true/);
  world.server.reauthorize(EVERYBODY);
  await world.turn();
  assert.ok(!named.isEnded);
  const free = world.dial();
  await world.turn();
  assert.ok(!free.take().includes('auth_required'));
});

test('reauthorize() closes whoever belongs into another account now, without a word', async () => {
  const world = await new ServerWorld({}, users({ name: 'a' })).start();
  const client = await world.connect({ user: 'a', pass: 'a' });
  world.server.reauthorize(users({ name: 'a', account: 'B' }));
  await world.turn();
  assert.equal(client.take(), '');
  assert.ok(client.isEnded);
  assert.equal(world.server.account('A').connectionCount, 0);
});

test('reauthorize() closes whoever is no user any more, without a word', async () => {
  const world = await new ServerWorld({}, users({ name: 'a' }, { name: 'b' })).start();
  const client = await world.connect({ user: 'b', pass: 'b' });
  world.server.reauthorize(users({ name: 'a' }));
  await world.turn();
  assert.equal(client.take(), '');
  assert.ok(client.isEnded);
});

test('reauthorize() closes who is too much for an account that may have less, and who has too many subscriptions', async () => {
  const world = await new ServerWorld({}, users({ name: 'a' }, { name: 'b', account: 'B' })).start();
  const clients = [];
  for (const user of ['a', 'a', 'b', 'b']) clients.push(await world.connect({ user, pass: user }));
  for (const client of clients) client.send('SUB x 1\r\nSUB y 2\r\n');
  clients[3]?.send('SUB z 3\r\n');
  const limits = { connectionsMax: -1, subscriptionsMax: -1, payloadMax: -1 };
  const accounts = [
    { name: 'A', limits: { ...limits, connectionsMax: 1 } },
    { name: 'B', limits: { ...limits, subscriptionsMax: 2 } },
  ];
  world.server.reauthorize({ ...users({ name: 'a' }, { name: 'b', account: 'B' }), accounts });
  await world.turn();
  assert.deepEqual(
    clients.map((client) => client.take()),
    ['', "-ERR 'maximum account active connections exceeded'\r\n", '', "-ERR 'maximum subscriptions exceeded'\r\n"],
  );
  assert.deepEqual(
    clients.map(({ isEnded }) => isEnded),
    [false, true, false, true],
  );
});

test('reauthorize() takes away subscriptions that are too much, and filters those that stay', async () => {
  const permissions = { publish: null, subscribe: { allow: null, deny: ['secret', 'work q'] }, responses: null };
  const world = await new ServerWorld({}, users({ name: 'a' })).start();
  const client = await world.connect({ user: 'a', pass: 'a' });
  client.send('SUB secret 1\r\nSUB * 2\r\nSUB work q 3\r\n');
  await world.turn();
  world.server.reauthorize(users({ name: 'a', permissions }));
  client.send('PUB secret 1\r\nx\r\nPUB open 1\r\ny\r\n');
  await world.turn();
  assert.equal(
    client.take(),
    '-ERR \'Permissions Violation for Subscription to "secret" (sid "1")\'\r\n' +
      '-ERR \'Permissions Violation for Subscription to "work" using queue "q" (sid "3")\'\r\n' +
      'MSG open 2 1\r\ny\r\n',
  );
  world.server.reauthorize(users({ name: 'a' }));
  client.send('PUB secret 1\r\nx\r\n');
  await world.turn();
  assert.equal(client.take(), 'MSG secret 2 1\r\nx\r\n');
});

test('reauthorize() refuses and allows anew what is published again and again', async () => {
  const permissions = { publish: { allow: null, deny: ['foo'] }, subscribe: null, responses: null };
  const world = await new ServerWorld({}, users({ name: 'a' })).start();
  const client = await world.connect({ user: 'a', pass: 'a' });
  const publish = async (): Promise<string> => {
    client.send('PUB foo 1\r\nx\r\n');
    await world.turn();
    return client.take();
  };
  client.send('SUB foo 1\r\n');
  assert.deepEqual([await publish(), await publish()], ['MSG foo 1 1\r\nx\r\n', 'MSG foo 1 1\r\nx\r\n']);
  world.server.reauthorize(users({ name: 'a', permissions }));
  const refusal = '-ERR \'Permissions Violation for Publish to "foo"\'\r\n';
  assert.deepEqual([await publish(), await publish()], [refusal, refusal]);
  world.server.reauthorize(users({ name: 'a' }));
  assert.deepEqual([await publish(), await publish()], ['MSG foo 1 1\r\nx\r\n', 'MSG foo 1 1\r\nx\r\n']);
});

test('a password that is being checked while the rules change is judged by the new ones', async () => {
  const cases = [
    { rules: { name: 'b' }, answer: "-ERR 'Authorization Violation'\r\n", account: 'A' },
    { rules: { name: 'a', account: 'B', password: hashSync('right', 4) }, answer: 'PONG\r\n', account: 'B' },
  ];
  for (const { rules, answer, account } of cases) {
    const world = await new ServerWorld({}, users({ name: 'a', password: hashSync('right', 4) })).start();
    const socket = world.dial();
    await world.turn();
    socket.take();
    socket.send('CONNECT {"verbose":false,"user":"a","pass":"right"}\r\nPING\r\n');
    await world.turn();
    world.server.reauthorize(users(rules));
    await world.advance(250);
    assert.equal(socket.take(), answer);
    assert.equal(world.server.account(account).connectionCount, socket.isEnded ? 0 : 1);
  }
});

test('reconfigure() and reauthorize() change what a message may have for those who are there', async () => {
  const world = await new ServerWorld({}, users({ name: 'a' })).start();
  const client = await world.connect({ user: 'a', pass: 'a' });
  const [connection] = world.server.connections.values();
  const limits = { connectionsMax: -1, subscriptionsMax: -1, payloadMax: 5 };
  world.server.reauthorize({ ...users({ name: 'a' }), accounts: [{ name: 'A', limits }] });
  assert.equal(connection?.payloadMax, 5);
  change(world, { payloadMax: 4 });
  assert.equal(connection?.payloadMax, 4);
  client.send('PUB foo 5\r\nhello\r\n');
  await world.turn();
  assert.equal(client.take(), "-ERR 'Maximum Payload Violation'\r\n");
});

test('what is published while a reload has a password checked waits for what comes of it', async () => {
  const user = (hash: string, deny: readonly string[]) =>
    users({
      name: 'a',
      password: hash,
      permissions: { publish: { allow: null, deny }, subscribe: null, responses: null },
    });
  const world = await new ServerWorld({}, user(hashSync('right', 4), [])).start();
  const client = await world.connect({ user: 'a', pass: 'right' });
  await world.advance(250);
  client.take();
  client.send('SUB > 1\r\n');
  await world.turn();
  world.server.reauthorize(user(hashSync('right', 5), ['foo']));
  client.send('PUB foo 1\r\nx\r\nPUB b');
  await world.turn();
  assert.equal(client.take(), '');
  client.send('ar 1\r\ny\r\n');
  await world.advance(250);
  assert.equal(client.take(), `-ERR 'Permissions Violation for Publish to "foo"'\r\nMSG bar 1 1\r\ny\r\n`);
});

test('who publishes to somebody slow while a reload has his password checked is read again', async () => {
  const user = (hash: string) => users({ name: 'a', password: hash });
  const world = await new ServerWorld({ pendingBytesMax: 1000 }, user(hashSync('right', 4))).start();
  const enter = async () => {
    const socket = world.dial();
    socket.send('CONNECT {"verbose":false,"user":"a","pass":"right"}\r\n');
    await world.advance(200);
    return socket;
  };
  const [receiver, publisher] = [await enter(), await enter()];
  receiver.send('SUB foo 1\r\n');
  receiver.takes = false;
  const message = `PUB foo 800\r\n${' '.repeat(800)}\r\n`;
  publisher.send(message);
  await world.turn();
  publisher.send('PUB foo 0\r\n\r\n');
  assert.ok(publisher.isPaused);
  world.server.reauthorize(user(hashSync('right', 4)));
  await world.advance(500);
  assert.ok(!publisher.isPaused);
});

test('reauthorize() leaves those alone who have not said yet who they are', async () => {
  const world = await new ServerWorld({}, users({ name: 'a' })).start();
  const client = world.dial();
  world.server.reauthorize(users({ name: 'b' }));
  await world.turn();
  client.take();
  client.send('CONNECT {"verbose":false,"user":"b","pass":"b"}\r\nPING\r\n');
  await world.turn();
  assert.equal(client.take(), 'PONG\r\n');
  const slow = world.dial();
  world.server.reauthorize(users({ name: 'a' }));
  await world.advance(5_000);
  assert.match(slow.take(), /-ERR 'Authentication Timeout'/);
});

test('answers that are allowed for a while are allowed as long across a reload that changes nothing about it', async () => {
  const rules = (ttlMs: number) => ({
    publish: { allow: [], deny: [] },
    subscribe: null,
    responses: { messagesMax: 1, expiresMs: ttlMs },
  });
  const both = (ttlMs: number) => users({ name: 'a', permissions: rules(ttlMs) }, { name: 'b' });
  const world = await new ServerWorld({}, both(1_000)).start();
  const [server, asker] = [
    await world.connect({ user: 'a', pass: 'a' }),
    await world.connect({ user: 'b', pass: 'b' }),
  ];
  server.send('SUB q 1\r\n');
  const ask = async (reload: () => void) => {
    asker.send('PUB q in 0\r\n\r\n');
    await world.turn();
    reload();
    server.take();
    server.send('PUB in 0\r\n\r\n');
    await world.turn();
    return server.take();
  };
  assert.equal(await ask(() => world.server.reauthorize(both(1_000))), '');
  assert.match(await ask(() => world.server.reauthorize(both(2_000))), /Permissions Violation for Publish to "in"/);
});
