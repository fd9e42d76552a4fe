import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Heard, MonitorWorld } from '../sim/monitor_world.ts';
import { EVERYBODY } from '../sim/server_world.ts';

const USERS = ['a', '$g'].map((name) => ({
  name,
  password: '',
  account: name.toUpperCase(),
  permissions: null,
  connectionTypes: [],
}));
const ONE_USER = { ...EVERYBODY, rules: { ...EVERYBODY.rules, users: USERS } };

function read(heard: Heard | undefined) {
  return JSON.parse(heard?.payload.toString() ?? 'null');
}

test('who comes is told with what is known of him, and who goes with why and what he did', async () => {
  const world = await new MonitorWorld({ tags: ['red'] }).start();
  const comings = world.member().listen('$SYS.ACCOUNT.*.CONNECT');
  const goings = world.member().listen('$SYS.ACCOUNT.$G.DISCONNECT');
  const client = await world.connect({ name: 'n', lang: 'go', version: '1', user: 'u' });
  client.send('SUB a 1\r\nPUB a 2\r\nhi\r\n');
  await world.turn();
  client.hangUp();
  const came = read(comings[0]);
  assert.deepEqual(Object.keys(came), ['type', 'id', 'timestamp', 'server', 'client']);
  assert.equal(came.type, 'io.nats.server.advisory.v1.client_connect');
  assert.match(came.id, /^[0-9A-Za-z]{22}$/);
  assert.deepEqual([came.server.name, came.server.tags, came.server.flags, came.server.seq], ['test', ['red'], 0, 1]);
  assert.deepEqual(
    { ...came.client, start: '' },
    {
      start: '',
      host: '127.0.0.1',
      id: 1,
      acc: '$G',
      user: 'u',
      name: 'n',
      lang: 'go',
      ver: '1',
      name_tag: '$G',
      kind: 'Client',
      client_type: 'nats',
    },
  );
  const went = read(goings[0]);
  assert.deepEqual(Object.keys(went), ['type', 'id', 'timestamp', 'server', 'client', 'sent', 'received', 'reason']);
  assert.deepEqual(
    [went.sent, went.received, went.reason],
    [{ msgs: 1, bytes: 2 }, { msgs: 1, bytes: 2 }, 'Client Closed'],
  );
  assert.equal(went.client.rtt, 1);
  assert.equal(went.server.seq, 2);
});

test('whoever comes with a key of the configuration is vouched for by his account', async () => {
  const name = 'UDN5MMGWIM4ULTNOCX2UKO4GF7DQGLNPYINZN7S4IXFTKJ4IVMQQ5WW4';
  const users = [{ name, password: null, account: 'A', permissions: null, connectionTypes: [] }];
  const rules = { ...EVERYBODY.rules, users, noAuthUser: name };
  const world = await new MonitorWorld({}, false, undefined, { ...EVERYBODY, rules }).start();
  const comings = world.member().listen('$SYS.ACCOUNT.A.CONNECT');
  const client = await world.connect();
  assert.deepEqual([read(comings[0]).client.user, read(comings[0]).client.issuer_key], [name, 'A']);
  assert.equal(world.page('/connz?auth=1').connections[0].issuer_key, 'A');
  assert.equal(world.page('/connz').connections[0].issuer_key, undefined);
  client.hangUp();
  assert.equal(world.page('/connz?state=closed').connections[0].issuer_key, 'A');
});

test('who is refused is told of in the account that he was in, and to those who run the server', async () => {
  const world = await new MonitorWorld({}, false, undefined, ONE_USER).start();
  const toServer = world.member().listen('$SYS.SERVER.NTEST.CLIENT.AUTH.ERR');
  const toAccount = world.member('$G').listen('$SYS.ACCOUNT.CLIENT.AUTH.ERR');
  await world.connect({ name: 'wrong' });
  for (const [event] of [toServer, toAccount]) {
    assert.deepEqual([read(event).client.name, read(event).reason], ['wrong', 'Authentication Failure']);
  }
  assert.deepEqual([toServer.length, toAccount.length], [1, 1]);
});

test('how many connections an account has is told when that changes and every now and then, but not of the global one', async () => {
  const world = await new MonitorWorld({}, false, undefined, ONE_USER).start();
  const counts = world.member().listen('$SYS.ACCOUNT.*.SERVER.CONNS');
  const old = world.member().listen('$SYS.SERVER.ACCOUNT.A.CONNS');
  const client = await world.connect({ user: 'a' });
  await world.connect({ user: '$g' });
  assert.deepEqual(
    counts.map((one) => [one.subject, read(one).conns]),
    [['$SYS.ACCOUNT.A.SERVER.CONNS', 1]],
  );
  await world.advance(65_000);
  assert.equal(counts.length, 3);
  client.hangUp();
  assert.equal(read(counts[3]).total_conns, 0);
  await world.advance(65_000);
  assert.deepEqual([counts.length, old.length], [4, 4]);
});

test('that the server stops is told before anybody is sent away', async () => {
  const world = await new MonitorWorld().start();
  const events = world.member().listen('$SYS.>');
  await world.connect();
  events.length = 0;
  world.server.stop();
  assert.deepEqual(
    events.map(({ subject }) => subject),
    ['$SYS.SERVER.NTEST.SHUTDOWN'],
  );
  assert.equal(read(events[0]).id, 'NTEST');
});

test('what nobody listens to is not made', async () => {
  const world = await new MonitorWorld().start();
  (await world.connect()).hangUp();
  assert.equal(world.server.identity.envelope()['seq'], 1);
});
