import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { MonitorWorld, type Page } from '../sim/monitor_world.ts';

const WORDS = [
  'VARZ',
  'SUBSZ',
  'CONNZ',
  'ROUTEZ',
  'GATEWAYZ',
  'LEAFZ',
  'ACCOUNTZ',
  'JSZ',
  'HEALTHZ',
  'PROFILEZ',
  'EXPVARZ',
  'IPQUEUESZ',
  'RAFTZ',
];
const OWN = '$SYS.REQ.SERVER.NTEST';
const ALL = '$SYS.REQ.SERVER.PING';

async function serving(
  withJetStream = false,
  reload: () => Promise<string | null> = async () => null,
): Promise<MonitorWorld> {
  const world = new MonitorWorld({ tags: ['red'], domain: 'hub' }, withJetStream);
  world.requests.start(world.monitor, { reload });
  return world.start();
}

test('every page can be asked for by message, from one server and from all', async () => {
  const world = await serving(true);
  for (const word of WORDS) {
    for (const prefix of [OWN, ALL]) {
      const answer = await world.member().ask(`${prefix}.${word}`);
      assert.deepEqual(Object.keys(answer), ['server', 'data'], `${prefix}.${word}`);
      assert.equal(answer.server.id, 'NTEST');
    }
  }
  assert.deepEqual(await world.member().ask(`${ALL}.IDZ`), { name: 'test', host: '0.0.0.0', id: 'NTEST' });
});

test('options in the body are those of the page', async () => {
  const world = await serving();
  for (let i = 0; i < 3; i++) await world.connect({ name: `c${i}` });
  const { data } = await world.member().ask(`${OWN}.CONNZ`, { limit: 1, offset: 1, sort: 'start' });
  assert.deepEqual([data.total, data.connections[0].name], [3, 'c1']);
  assert.equal((await world.member().ask(`${OWN}.CONNZ`, { acc: '$G', filter_subject: 'a' })).data.num_connections, 0);
});

test('what a page refuses is error 500, and a body that is none 400 with what is wrong in it', async () => {
  const world = await serving();
  const refused = await world.member().ask(`${ALL}.CONNZ`, { sort: 'size' });
  assert.deepEqual(Object.keys(refused), ['server', 'data', 'error']);
  assert.deepEqual(refused.error, { code: 500, description: 'invalid sorting option: size' });
  const { error } = await world.member().ask(`${ALL}.CONNZ`, { limit: 'x' });
  assert.equal(error.code, 400);
  assert.match(
    error.description,
    /cannot unmarshal string into Go struct field ConnzEventOptions\.(ConnzOptions\.)?limit of type int/,
  );
  assert.equal((await world.member().ask(ALL, '{')).error.description, 'unexpected end of JSON input');
});

test('a server that is not meant says nothing', async () => {
  const world = await serving();
  const answers = async (filter: unknown) => (await world.member().askAll(`${ALL}.VARZ`, filter)).length;
  const meant = [
    { server_name: 'es' },
    { host: '0.0' },
    { tags: ['red', ' RED '] },
    { domain: 'hub' },
    { server_name: 'test', exact_match: true },
  ];
  for (const filter of meant) assert.equal(await answers(filter), 1, JSON.stringify(filter));
  const others = [
    { server_name: 'x' },
    { host: 'x' },
    { cluster: 'c' },
    { tags: ['red', 'blue'] },
    { domain: 'h' },
    { server_name: 'es', exact_match: true },
  ];
  for (const filter of others) assert.equal(await answers(filter), 0, JSON.stringify(filter));
});

test('an answer is packed as whoever asks can unpack it', async () => {
  const world = await serving();
  const pack = async (accepts: string) => {
    const [heard] = await world.member().askAll(`${ALL}.VARZ`, '', `NATS/1.0\r\nAccept-Encoding: ${accepts}\r\n\r\n`);
    return heard ?? assert.fail();
  };
  const packed = await pack('deflate, GZIP');
  assert.equal(packed.header, 'NATS/1.0\r\nContent-Encoding: gzip\r\n\r\n');
  assert.equal(JSON.parse(gunzipSync(packed.payload).toString()).server.id, 'NTEST');
  const framed = await pack('s2');
  assert.match(framed.header, /Content-Encoding: snappy/);
  assert.equal(framed.payload.subarray(4, 10).toString(), 'sNaPpY');
  const plain = await pack('br');
  assert.match(plain.header, /Content-Encoding: identity/);
  assert.equal(JSON.parse(plain.payload.toString()).server.id, 'NTEST');
});

test('a client is sent away, or asked to go, by its id', async () => {
  const world = await serving();
  const client = await world.connect({ protocol: 1 });
  const early = await world.member().ask(`${OWN}.LDM`, { cid: 1 });
  assert.match(early.error.description, /^client does not support Lame Duck Mode or is not ready/);
  client.send('PING\r\n');
  await world.turn();
  client.take();
  assert.deepEqual(Object.keys(await world.member().ask(`${OWN}.LDM`, { cid: 1 })), ['server']);
  assert.match(client.take(), /^INFO \{.*"ldm":true.*\} \r\n$/);
  assert.deepEqual(Object.keys(await world.member().ask(`${OWN}.KICK`, { cid: 1 })), ['server']);
  assert.equal(world.page('/connz?state=closed').connections[0].reason, 'Kicked');
  assert.equal(
    (await world.member().ask(`${OWN}.KICK`, { cid: 1 })).error.description,
    'no such client or leafnode id',
  );
  assert.equal((await world.member().ask(`${OWN}.LDM`, { cid: 9 })).error.description, 'no such client id');
});

test('a reload is answered when it is done, or with why it was not', async () => {
  let fault: string | null = null;
  const world = await serving(false, async () => fault);
  assert.deepEqual(Object.keys(await world.member().ask(`${OWN}.RELOAD`)), ['server']);
  fault = 'no';
  assert.deepEqual((await world.member().ask(`${OWN}.RELOAD`)).error, { code: 500, description: 'no' });
});

test('accounts are asked about by name', async () => {
  const world = await serving(true);
  const client = await world.connect();
  client.send('SUB a 1\r\n');
  await world.turn();
  const ask = (word: string, body: unknown = '') => world.member().ask(`$SYS.REQ.ACCOUNT.$G.${word}`, body);
  assert.equal((await ask('CONNZ')).data.num_connections, 1);
  assert.ok((await ask('SUBSZ')).data.subscriptions_list.some(({ subject }: Page) => subject === 'a'));
  assert.equal((await ask('INFO')).data.account_name, '$G');
  assert.equal((await ask('JSZ')).data.name, '$G');
  assert.deepEqual((await ask('LEAFZ')).data.leafs, []);
  assert.equal((await ask('STATZ')).data.account_statz[0].acc, '$G');
  assert.equal((await ask('CONNS')).conns, 1);
  assert.equal(
    (await world.member().ask('$SYS.REQ.ACCOUNT.nope.INFO')).error.description,
    'Account nope does not exist',
  );
  assert.equal((await world.member().ask('$SYS.REQ.ACCOUNT.nope.JSZ')).error.description, 'account "nope" not found');
  for (const silent of ['$SYS.REQ.ACCOUNT.nope.STATZ', '$SYS.REQ.ACCOUNT.$SYS.CONNS', '$SYS.REQ.ACCOUNT.$SYS.STATZ']) {
    assert.equal((await world.member().askAll(silent)).length, 0, silent);
  }
});

test('accounts with somebody in them are told of, all of them on request', async () => {
  const world = await serving();
  const ask = (body: unknown = '') => world.member().askAll('$SYS.REQ.ACCOUNT.PING.STATZ', body);
  assert.equal((await ask()).length, 0);
  assert.equal((await ask({ accounts: ['$G'], include_unused: true })).length, 1);
  await world.connect();
  const [answer] = await ask();
  assert.equal(JSON.parse(answer?.payload.toString() ?? '').data.account_statz.length, 1);
});

test('members of an account are told about their own and no other', async () => {
  const world = await serving();
  await world.connect({ name: 'mine' });
  for (const subject of ['$SYS.REQ.ACCOUNT.PING.CONNZ', `${ALL}.CONNZ`]) {
    const { data } = await world.member('$G').ask(subject, { acc: '$SYS' });
    assert.deepEqual(
      data.connections.map(({ name }: Page) => name),
      ['mine'],
    );
  }
  assert.equal(
    (await world.member('$G').ask('$SYS.REQ.ACCOUNT.PING.STATZ', { accounts: ['$SYS'] })).data.account_statz[0].acc,
    '$G',
  );
  assert.equal((await world.member('$G').askAll(`${ALL}.VARZ`)).length, 0);
});

test('subscribers of a subject are counted, by group where one is named', async () => {
  const world = await serving();
  const client = await world.connect();
  client.send('SUB a.b 1\r\nSUB a.* 2\r\nSUB a.b q 3\r\nSUB a.b q 4\r\nSUB c 5\r\n');
  await world.turn();
  world.member('$G').listen('a.b');
  const count = (subject: string, queue?: string) =>
    world
      .member()
      .ask('$SYS.REQ.ACCOUNT.NSUBS', { acc: '$G', subject, queue: queue && Buffer.from(queue).toString('base64') });
  assert.equal(await count('a.b'), 4);
  assert.equal(await count('a.b', 'q'), 2);
  assert.equal(await count('a.*'), 4);
  assert.equal(await count('>'), 5);
  assert.equal(await count('zzz'), 0);
  assert.equal((await world.member().askAll('$SYS.REQ.ACCOUNT.NSUBS', { acc: 'nope', subject: 'a' })).length, 0);
  assert.equal(await world.member().ask('$SYS.DEBUG.SUBSCRIBERS', 'a.b q'), 0);
});

test('statistics are told at intervals that become longer, and at once to whoever asks without a reply subject', async () => {
  const world = await serving(true);
  const heard = world.member().listen('$SYS.SERVER.NTEST.STATSZ');
  await world.advance(800);
  assert.equal(heard.length, 2);
  await world.advance(60_000);
  const before = heard.length;
  await world.advance(30_000);
  assert.equal(heard.length - before, 3);
  world.member().publish(ALL);
  assert.equal(heard.length - before, 4);
  const { statsz } = JSON.parse(heard[0]?.payload.toString() ?? '');
  assert.deepEqual(
    [statsz.active_servers, statsz.jetstream.config.store_dir, statsz.jetstream.stats.accounts],
    [1, undefined, 1],
  );
  world.requests.stop();
  await world.advance(30_000);
  assert.equal(heard.length - before, 4);
});

test('a profile that is none, or too long, is refused in the answer', async () => {
  const world = await serving();
  const errorOf = async (body: unknown) => (await world.member().ask(`${OWN}.PROFILEZ`, body)).data;
  assert.deepEqual(await errorOf(''), { profile: null, error: 'Profile name not specified' });
  assert.equal((await errorOf({ name: 'mutex' })).error, 'Profile "mutex" not found');
  assert.equal((await errorOf({ name: 'cpu', duration: 16e9 })).error, 'Duration 16s should be between 0s and 15s');
  assert.equal(Buffer.from((await errorOf({ name: 'cpu', duration: 1e9 })).profile, 'base64').toString(), '{}');
});
