// Identities on a whole server: who comes in, into which account, what they may do there, and what they are told.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createUser } from '@nats-io/nkeys';
import { hashSync } from 'bcryptjs';
import type { UserRules } from '../auth/authenticate.ts';
import type { PermissionRules } from '../auth/permissions.ts';
import { SILENT_LOGGER } from '../base/log.ts';
import { EVERYBODY, type FakeSocket, ServerWorld } from '../sim/server_world.ts';
import type { AuthorizationSettings } from './server.ts';
import { SystemServices } from './system_services.ts';

const BCRYPT_COST = 4;

function user(name: string, more: Partial<UserRules> = {}): UserRules {
  return { name, password: name, account: 'A', permissions: null, connectionTypes: [], ...more };
}

function permissions(more: Partial<PermissionRules>): PermissionRules {
  return { publish: null, subscribe: null, responses: null, ...more };
}

function world(
  users: readonly UserRules[],
  more: Partial<AuthorizationSettings> = {},
  noAuthUser: string | null = null,
) {
  const rules = { ...EVERYBODY.rules, users, noAuthUser };
  return new ServerWorld({}, { ...EVERYBODY, rules, ...more }).start();
}

function logIn(on: ServerWorld, name: string, more = {}): Promise<FakeSocket> {
  return on.connect({ user: name, pass: name, headers: true, ...more });
}

async function said(on: ServerWorld, socket: FakeSocket, line: string): Promise<string> {
  socket.send(line);
  await on.turn();
  return socket.take();
}

test('what is published in one account is not heard in another', async () => {
  const on = await world([user('a'), user('a2'), user('b', { account: 'B' })]);
  const [a, a2, b] = [await logIn(on, 'a'), await logIn(on, 'a2'), await logIn(on, 'b')];
  a2.send('SUB > 1\r\n');
  b.send('SUB > 1\r\n');
  a.send('PUB foo 1\r\nx\r\n');
  await on.turn();
  assert.equal(a2.take(), 'MSG foo 1 1\r\nx\r\n');
  assert.equal(b.take(), '');
});

test('INFO asks for credentials, and says in which account one is and whether that is the system account', async () => {
  const on = await world([user('a'), user('s', { account: '$SYS' })]);
  const socket = on.dial();
  await on.turn();
  assert.match(socket.take(), /"auth_required":true/);
  const of = async (name: string) => {
    const client = await logIn(on, name, { protocol: 1 });
    return said(on, client, 'PING\r\n');
  };
  assert.match(await of('a'), /"connect_info":true,"remote_account":"A","api_lvl"/);
  assert.match(await of('s'), /"connect_info":true,"remote_account":"\$SYS","acc_is_sys":true,"api_lvl"/);
});

test('the password of a bcrypt hash is checked elsewhere: nothing of the connection goes on before, and its time runs', async () => {
  const on = await world([user('a', { password: hashSync('right', BCRYPT_COST) })]);
  const good = on.dial();
  const bad = on.dial();
  await on.turn();
  good.take();
  bad.take();
  good.send('CONNECT {"verbose":false,"user":"a","pass":"right"}\r\nPING\r\nSUB foo 1\r\nPUB foo 1\r\nx\r\n');
  bad.send('CONNECT {"verbose":false,"user":"a","pass":"wrong"}\r\nPING\r\n');
  await on.turn();
  assert.equal(good.take() + bad.take(), '');
  assert.ok(good.isPaused && bad.isPaused);
  good.send('PING\r\n');
  await on.advance(250);
  assert.equal(good.take(), 'PONG\r\nMSG foo 1 1\r\nx\r\nPONG\r\n');
  assert.equal(bad.take(), "-ERR 'Authorization Violation'\r\n");
  assert.ok(!good.isPaused && bad.isEnded);
  // Once proven it is known at once.
  const again = await on.connect({ user: 'a', pass: 'right' });
  assert.equal(await said(on, again, 'PING\r\n'), 'PONG\r\n');
});

test('a flood of wrong passwords from one host keeps nobody out who comes from another', async () => {
  const on = await world([user('a', { password: hashSync('right', BCRYPT_COST) })]);
  const flood = Array.from({ length: 100 }, () => on.dial('10.0.0.1'));
  const honest = on.dial('10.0.0.2');
  for (const socket of flood) socket.send('CONNECT {"user":"a","pass":"wrong"}\r\n');
  await on.turn();
  honest.send('CONNECT {"verbose":false,"user":"a","pass":"right"}\r\nPING\r\n');
  await on.turn();
  honest.take();
  // Two of the flood, one in front of it and one that is being checked, and itself.
  await on.advance(350);
  assert.equal(honest.take(), 'PONG\r\n');
  assert.ok(flood.filter((socket) => socket.isEnded).length <= 3);
});

test('a connection that ends while its password is checked is gone, and a check that takes too long ends it', async () => {
  const on = await world([user('a', { password: hashSync('right', BCRYPT_COST) })]);
  const socket = on.dial();
  socket.send('CONNECT {"user":"a","pass":"right"}\r\n');
  socket.hangUp();
  await on.advance(200);
  assert.equal(on.server.connections.size, 0);
  const slow = await new ServerWorld(
    { authTimeoutMs: 50 },
    {
      ...EVERYBODY,
      rules: { ...EVERYBODY.rules, users: [user('a', { password: hashSync('right', BCRYPT_COST) })] },
    },
  ).start();
  const late = slow.dial();
  await slow.turn();
  late.take();
  late.send('CONNECT {"user":"a","pass":"right"}\r\n');
  await slow.advance(200);
  assert.equal(late.take(), "-ERR 'Authentication Timeout'\r\n");
  assert.equal(slow.server.account('A').connectionCount, 0);
});

test('whoever says something else than CONNECT is refused like others who may not come in, in the log too', async () => {
  const errors: string[] = [];
  const log = { ...SILENT_LOGGER, error: (text: string) => errors.push(text.replace(/^.* - /, '')) };
  const rules = { ...EVERYBODY.rules, users: [user('a')] };
  const on = await new ServerWorld({}, { ...EVERYBODY, rules }, log).start();
  const socket = on.dial();
  await on.turn();
  socket.take();
  assert.equal(await said(on, socket, 'SUB a 1\r\n'), "-ERR 'Authorization Violation'\r\n");
  assert.deepEqual(errors, ['authentication error']);
});

test('a key is proven with the nonce of INFO, which only those get who may need it', async () => {
  const pair = createUser();
  const nkey = pair.getPublicKey();
  const on = await world([user(nkey, { password: null })]);
  const socket = on.dial();
  await on.turn();
  const nonce = /"nonce":"([A-Za-z0-9_-]{15})"/.exec(socket.take())?.[1] ?? '';
  const sig = Buffer.from(pair.sign(new TextEncoder().encode(nonce))).toString('base64url');
  socket.send(`CONNECT ${JSON.stringify({ verbose: false, nkey, sig })}\r\nPING\r\n`);
  await on.turn();
  assert.equal(socket.take(), 'PONG\r\n');
  assert.equal([...on.server.connections.values()][0]?.userName, nkey);
  const other = on.dial();
  await on.turn();
  other.take();
  const forged = `${sig.startsWith('A') ? 'B' : 'A'}${sig.slice(1)}`;
  assert.equal(
    await said(on, other, `CONNECT ${JSON.stringify({ nkey, sig: forged })}\r\n`),
    "-ERR 'Authorization Violation'\r\n",
  );
  const plain = (await world([user('a')])).dial();
  assert.ok(!plain.take().includes('nonce'));
});

test('whoever may come in with nothing may start with anything, and is told so', async () => {
  const on = await world([user('a')], {}, 'a');
  const socket = on.dial();
  await on.turn();
  assert.ok(!socket.take().includes('auth_required'));
  assert.equal(await said(on, socket, 'SUB foo 1\r\n'), '+OK\r\n');
  assert.equal([...on.server.connections.values()][0]?.account.name, 'A');
  const limited = await world([user('a', { connectionTypes: ['WEBSOCKET'] })], {}, 'a');
  const refused = limited.dial();
  await limited.turn();
  refused.take();
  assert.equal(await said(limited, refused, 'PING\r\n'), "-ERR 'Authorization Violation'\r\n");
});

test('what is not allowed is refused with the words of the reference', async () => {
  const rules = permissions({
    publish: { allow: ['ok.*'], deny: ['ok.not'] },
    subscribe: { allow: ['in.>', 'work q.*'], deny: ['in.secret'] },
  });
  const on = await world([user('a', { permissions: rules })]);
  const a = await logIn(on, 'a');
  const cases: readonly (readonly [string, string])[] = [
    ['PUB ok.a 0\r\n\r\n', ''],
    ['PUB ok.not 0\r\n\r\n', '-ERR \'Permissions Violation for Publish to "ok.not"\'\r\n'],
    ['PUB other 0\r\n\r\n', '-ERR \'Permissions Violation for Publish to "other"\'\r\n'],
    ['PUB ok.a _R_.x 0\r\n\r\n', '-ERR \'Permissions Violation for Publish with Reply of "_R_.x"\'\r\n'],
    ['PUB ok.a $JS.ACK.a 0\r\n\r\n', '-ERR \'Permissions Violation for Publish with Reply of "$JS.ACK.a"\'\r\n'],
    ['SUB in.a 1\r\n', ''],
    ['SUB > 2\r\n', '-ERR \'Permissions Violation for Subscription to ">"\'\r\n'],
    ['SUB in.secret 3\r\n', '-ERR \'Permissions Violation for Subscription to "in.secret"\'\r\n'],
    ['SUB work q.1 4\r\n', ''],
    ['SUB work r 5\r\n', '-ERR \'Permissions Violation for Subscription to "work" using queue "r"\'\r\n'],
    ['SUB in.a _sys_ 6\r\n', '-ERR \'Permissions Violation for Subscription to "in.a" using queue "_sys_"\'\r\n'],
  ];
  for (const [line, expected] of cases) assert.equal(await said(on, a, line), expected, line);
});

test('a subscription larger than what is denied sees everything else, by queue group too', async () => {
  const rules = permissions({ subscribe: { allow: null, deny: ['in.secret', 'in.grouped g'] } });
  const on = await world([user('a', { permissions: rules }), user('p')]);
  const [a, p] = [await logIn(on, 'a'), await logIn(on, 'p')];
  a.send('SUB in.* 1\r\nSUB in.> g 2\r\n');
  p.send('PUB in.secret 1\r\nx\r\nPUB in.open 1\r\ny\r\nPUB in.grouped 1\r\nz\r\n');
  await on.turn();
  assert.deepEqual(a.take().match(/MSG \S+ \d/g), ['MSG in.open 1', 'MSG in.open 2', 'MSG in.grouped 1']);
});

test('a denied member of a queue group leaves its messages to the others', async () => {
  const rules = permissions({ subscribe: { allow: null, deny: ['in.secret'] } });
  const on = await world([user('a', { permissions: rules }), user('b')]);
  const [a, b] = [await logIn(on, 'a'), await logIn(on, 'b')];
  a.send('SUB in.* g 1\r\n');
  b.send('SUB in.* g 1\r\n');
  await on.turn();
  b.send('PUB in.secret 1\r\nx\r\n'.repeat(50));
  await on.turn();
  assert.equal(a.take(), '');
  assert.equal(b.take().match(/MSG/g)?.length, 50);
});

test('whoever may answer answers a request once, and not after its time', async () => {
  const rules = permissions({ responses: { messagesMax: 1, expiresMs: 1000 } });
  const on = await world([user('a', { permissions: rules }), user('p')]);
  const [a, p] = [await logIn(on, 'a'), await logIn(on, 'p')];
  a.send('SUB rpc 1\r\n');
  p.send('SUB in.* 1\r\nPUB rpc in.1 0\r\n\r\nPUB rpc in.2 0\r\n\r\n');
  await on.turn();
  a.take();
  assert.equal(await said(on, a, 'PUB in.1 1\r\nx\r\n'), '');
  assert.equal(await said(on, a, 'PUB in.1 1\r\nx\r\n'), '-ERR \'Permissions Violation for Publish to "in.1"\'\r\n');
  await on.advance(1100);
  assert.equal(await said(on, a, 'PUB in.2 1\r\nx\r\n'), '-ERR \'Permissions Violation for Publish to "in.2"\'\r\n');
  assert.equal(p.take().match(/MSG in/g)?.length, 1);
});

test('the limits of an account hold for its connections', async () => {
  const limits = { connectionsMax: 2, subscriptionsMax: 1, payloadMax: 3 };
  const on = await world([user('a'), user('b', { account: 'B' })], { accounts: [{ name: 'A', limits }] });
  const a = await logIn(on, 'a', { protocol: 1 });
  assert.match(await said(on, a, 'PING\r\n'), /"max_payload":3/);
  assert.equal(await said(on, a, 'SUB x 1\r\nSUB y 2\r\n'), "-ERR 'maximum subscriptions exceeded'\r\n");
  await logIn(on, 'a');
  const third = on.dial();
  await on.turn();
  third.take();
  third.send('CONNECT {"user":"a","pass":"a"}\r\n');
  await on.turn();
  assert.equal(third.take(), "-ERR 'maximum account active connections exceeded'\r\n");
  assert.ok(third.isEnded);
  assert.equal(await said(on, a, 'PUB x 4\r\n1234\r\n'), "-ERR 'Maximum Payload Violation'\r\n");
  // Room again.
  assert.equal(await said(on, await logIn(on, 'a'), 'PING\r\n'), 'PONG\r\n');
  assert.equal(await said(on, await logIn(on, 'b'), 'PUB x 4\r\n1234\r\n'), '');
});

test('a second CONNECT takes nothing along into another account', async () => {
  const on = await world([user('a'), user('b', { account: 'B' })]);
  const [client, a] = [await logIn(on, 'a'), await logIn(on, 'a')];
  client.send('SUB > 1\r\nCONNECT {"user":"b","pass":"b"}\r\n');
  a.send('PUB foo 1\r\nx\r\n');
  await on.turn();
  assert.equal(client.take(), '');
  assert.deepEqual([on.server.account('A').connectionCount, on.server.account('B').connectionCount], [1, 1]);
  assert.equal(await said(on, client, 'CONNECT {"user":"b","pass":"wrong"}\r\n'), "-ERR 'Authorization Violation'\r\n");
  assert.deepEqual([on.server.account('B').connectionCount, on.server.account('$G').connectionCount], [0, 0]);
});

test('nobody chooses an account, and fields that CONNECT does not have change nothing [CVE-2022-24450]', async () => {
  const on = await world([user('a')]);
  for (const more of ['"account":"B"', '"new_account":true', '"Account":"$SYS"']) {
    const socket = on.dial();
    await on.turn();
    socket.take();
    const line = `CONNECT {"verbose":false,"user":"a","pass":"a",${more}}\r\nPING\r\n`;
    assert.equal(await said(on, socket, line), "-ERR 'Authorization Violation'\r\n", more);
  }
  const fields = { acc: 'B', remote_account: 'B', kind: 'system', permissions: {}, __proto__: { x: 1 } };
  const odd = await logIn(on, 'a', fields);
  assert.equal(await said(on, odd, 'PING\r\n'), 'PONG\r\n');
  assert.equal([...on.server.connections.values()].at(-1)?.account.name, 'A');
});

test('the system account alone may publish to subjects of the consensus', async () => {
  const on = await world([user('a'), user('s', { account: '$SYS' })]);
  const line = 'PUB $NRG.x 0\r\n\r\n';
  assert.match(await said(on, await logIn(on, 'a'), line), /Permissions Violation for Publish to "\$NRG\.x"/);
  const system = await logIn(on, 's');
  assert.equal(await said(on, system, line), '');
  assert.match(await said(on, system, 'PUB _GR_.x 0\r\n\r\n'), /Permissions Violation/);
});

test('USER.INFO tells user, account and permissions, in every account', async () => {
  const rules = permissions({
    publish: { allow: ['$SYS.REQ.USER.INFO'], deny: ['x'] },
    responses: { messagesMax: 2, expiresMs: 60_000 },
  });
  const on = await world([user('a', { permissions: rules }), user('b', { account: 'B' })]);
  const services = new SystemServices(on.server);
  on.server.watchAccounts(({ name }) => {
    services.serve(on.server.bus(name));
  });
  const infoOf = async (name: string) => {
    const client = await logIn(on, name);
    const answer = await said(on, client, 'SUB in 1\r\nPUB $SYS.REQ.USER.INFO in 0\r\n\r\n');
    return JSON.parse(answer.split('\r\n')[1] ?? '').data;
  };
  assert.deepEqual(await infoOf('a'), {
    user: 'a',
    account: 'A',
    account_name: 'A',
    permissions: {
      publish: { allow: ['$SYS.REQ.USER.INFO'], deny: ['x'] },
      subscribe: {},
      responses: { max: 2, ttl: 60_000_000_000 },
    },
  });
  assert.deepEqual(await infoOf('b'), { user: 'b', account: 'B', account_name: 'B' });
});
