// Requests on the system account, with bodies of every kind, and the events that it gets: both servers say the same, in
// the same order of keys, with the same values where they do not depend on the server or the moment.
// Needs the reference server (see server_process.ts).
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { ShapeRules } from './json_shape.ts';
import { RawClient, type RawMessage } from './raw_client.ts';
import {
  ask,
  closeSystemStage,
  comparableText,
  connectAs,
  openSystemStages,
  type SystemStage,
} from './system_stage.ts';

const EVENT_DEADLINE_MS = 20_000;

let reference: SystemStage;
let contrail: SystemStage;
let clients: RawClient[] = [];

before(async () => {
  [reference, contrail] = await openSystemStages();
  clients = (await Promise.all([reference, contrail].map(play))).flat();
});

after(async () => {
  for (const client of clients) client.close();
  await Promise.all([closeSystemStage(reference), closeSystemStage(contrail)]);
});

/** Somebody in each account, a stream with a consumer, somebody who left. */
async function play({ server }: SystemStage): Promise<RawClient[]> {
  const a = await connectAs(server, 'a', { name: 'alpha', lang: 'raw', version: '1' });
  a.subscribe('orders.new', 'workers');
  a.subscribe('orders.*');
  await a.request('$JS.API.STREAM.CREATE.S', JSON.stringify({ name: 'S', subjects: ['s.*'] }));
  const config = { durable_name: 'c', ack_policy: 'explicit' };
  await a.request('$JS.API.CONSUMER.DURABLE.CREATE.S.c', JSON.stringify({ stream_name: 'S', config }));
  const b = await connectAs(server, 'b', { name: 'beta', protocol: 1 });
  b.publish('orders.new', 'nobody hears this');
  await b.flush();
  const left = await connectAs(server, 'b', { name: 'left' });
  await left.end();
  return [a, b];
}

const OWN: ShapeRules = {
  left_out: ['contrail'],
  undetermined: [
    ...['subscriptions', 'num_subscriptions', 'num_cache', 'num_inserts', 'num_removes', 'num_matches'],
    ...['cache_hit_rate', 'max_fanout', 'avg_fanout', 'http_req_stats', 'active_accounts', 'msgs', 'bytes'],
    ...['in_msgs', 'in_bytes', 'in_client_msgs', 'in_client_bytes', 'out_msgs', 'out_client_msgs', 'total'],
    ...['connections', 'total_connections', 'subscriptions_list'],
  ],
};

async function assertSameAnswer(subject: string, body: unknown = '', rules: ShapeRules = OWN): Promise<void> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const [theirs, ours] = [await ask(reference, subject, text), await ask(contrail, subject, text)];
  const label = `${subject} ${text}`;
  assert.equal(ours.header, theirs.header, label);
  assert.equal(comparableText(contrail, ours.payload, rules), comparableText(reference, theirs.payload, rules), label);
}

const PAGES = 'IDZ STATSZ VARZ SUBSZ CONNZ ROUTEZ GATEWAYZ LEAFZ ACCOUNTZ JSZ HEALTHZ PROFILEZ RAFTZ'.split(' ');

test('every page, of one server and of all', async () => {
  await assertSameAnswer('$SYS.REQ.SERVER.PING');
  for (const page of PAGES) {
    for (const prefix of ['$SYS.REQ.SERVER.PING', '$SYS.REQ.SERVER.<id>']) {
      for (const body of ['', '{}']) await assertSameAnswer(`${prefix}.${page}`, body);
    }
  }
});

test('bodies that are none, or hold the wrong kind of value', async () => {
  const bodies = [
    '{',
    '[]',
    'null',
    '"x"',
    '{"limit":"x"}',
    '{"server_name":1}',
    '{"tags":"x"}',
    '{"account":1}',
    '{} x',
  ];
  for (const page of PAGES.filter((one) => one !== 'IDZ')) {
    for (const body of bodies) await assertSameAnswer(`$SYS.REQ.SERVER.PING.${page}`, body);
  }
  await assertSameAnswer('$SYS.REQ.SERVER.PING', '{');
});

test('options are those of the pages', async () => {
  const shown: ShapeRules = { undetermined: ['cid', 'in_msgs', 'in_bytes', 'out_msgs', 'total', 'subscriptions'] };
  await assertSameAnswer('$SYS.REQ.SERVER.PING.CONNZ', { acc: 'A', auth: true, subscriptions: true }, shown);
  await assertSameAnswer('$SYS.REQ.SERVER.PING.CONNZ', { acc: 'B', auth: true, state: 1, sort: 'stop' }, shown);
  await assertSameAnswer('$SYS.REQ.SERVER.PING.CONNZ', { acc: 'B', state: 2, limit: 1, sort: 'start' }, shown);
  for (const filter of ['orders.>', 'orders.new', 'x', '>']) {
    await assertSameAnswer('$SYS.REQ.SERVER.PING.CONNZ', { acc: 'A', filter_subject: filter }, shown);
    await assertSameAnswer('$SYS.REQ.SERVER.PING.CONNZ', { filter_subject: filter });
  }
  for (const options of [{ sort: 'x' }, { sort: 'stop' }, { state: 7 }, { acc: 'nope' }, { user: 'b' }]) {
    await assertSameAnswer('$SYS.REQ.SERVER.PING.CONNZ', options);
  }
  await assertSameAnswer('$SYS.REQ.SERVER.PING.SUBSZ', { subscriptions: true, account: 'A', test: 'orders.new' });
  await assertSameAnswer('$SYS.REQ.SERVER.PING.SUBSZ', { test: 'a..b' });
  for (const options of [
    { accounts: true },
    { streams: true },
    { consumer: true, config: true },
    { account: 'A' },
    { account: 'x' },
  ]) {
    await assertSameAnswer('$SYS.REQ.SERVER.PING.JSZ', options);
  }
  for (const account of ['A', 'x']) await assertSameAnswer('$SYS.REQ.SERVER.PING.ACCOUNTZ', { account });
  for (const options of [
    { account: 'A', stream: 'S' },
    { account: 'x', details: true },
    { 'js-enabled-only': true },
    { stream: 'S' },
  ]) {
    await assertSameAnswer('$SYS.REQ.SERVER.PING.HEALTHZ', options);
  }
  await assertSameAnswer('$SYS.REQ.SERVER.PING.PROFILEZ', { name: 'nonsense' });
  await assertSameAnswer('$SYS.REQ.SERVER.PING.PROFILEZ', { name: 'cpu', duration: 16_000_000_000 });
});

test('a filter lets a server answer or not', async () => {
  const filters = [
    { server_name: 'sta' },
    { server_name: 'sta', exact_match: true },
    { server_name: 'stage', exact_match: true },
    { host: '127' },
    { cluster: 'c' },
    { tags: ['red'] },
    { tags: ['RED', ' az:one '] },
    { tags: ['blue'] },
    { domain: 'hub' },
    { domain: 'hu' },
  ];
  const answers = async (stage: SystemStage, filter: object): Promise<number> => {
    const heard = stage.system.subscribe('filtered');
    stage.system.publish('$SYS.REQ.SERVER.PING.VARZ', JSON.stringify(filter), 'filtered');
    // Answered in order: when this one is there, the other would be too.
    await ask(stage, '$SYS.REQ.SERVER.PING.VARZ', '');
    heard.unsubscribe();
    return heard.messages.length;
  };
  for (const filter of filters) {
    assert.equal(await answers(contrail, filter), await answers(reference, filter), JSON.stringify(filter));
  }
});

test('accounts, asked about by name', async () => {
  for (const word of ['SUBSZ', 'CONNZ', 'LEAFZ', 'JSZ', 'INFO', 'STATZ', 'CONNS'])
    await assertSameAnswer(`$SYS.REQ.ACCOUNT.A.${word}`);
  for (const word of ['SUBSZ', 'CONNZ', 'LEAFZ', 'JSZ', 'INFO']) {
    await assertSameAnswer(`$SYS.REQ.ACCOUNT.EMPTY.${word}`);
    await assertSameAnswer(`$SYS.REQ.ACCOUNT.nope.${word}`);
  }
  await assertSameAnswer('$SYS.REQ.ACCOUNT.EMPTY.STATZ', { include_unused: true });
  await assertSameAnswer('$SYS.REQ.ACCOUNT.A.CONNZ', { auth: true, sort: 'x' });
  await assertSameAnswer('$SYS.REQ.ACCOUNT.A.JSZ', { streams: true, config: true });
  await assertSameAnswer('$SYS.REQ.ACCOUNT.PING.STATZ', { accounts: ['A', 'nope'] });
  await assertSameAnswer('$SYS.REQ.ACCOUNT.PING.STATZ', { accounts: ['EMPTY'], include_unused: true });
  await assertSameAnswer('$SYS.REQ.ACCOUNT.PING.CONNZ');
});

test('subscribers are counted alike', async () => {
  const queue = Buffer.from('workers').toString('base64');
  for (const subject of ['orders.new', 'orders.old', 'orders.>', '>', 'nothing']) {
    await assertSameAnswer('$SYS.REQ.ACCOUNT.NSUBS', { acc: 'A', subject });
    await assertSameAnswer('$SYS.REQ.ACCOUNT.NSUBS', { acc: 'A', subject, queue });
  }
  await assertSameAnswer('$SYS.DEBUG.SUBSCRIBERS', 'nothing');
});

test('an answer is packed as asked', async () => {
  for (const accepts of ['gzip', 'snappy', 'S2, gzip', 'br']) {
    const headers = await Promise.all(
      [reference, contrail].map(async ({ system }) => {
        const heard = system.subscribe('packed');
        system.publish('$SYS.REQ.SERVER.PING.VARZ', '', 'packed', `NATS/1.0\r\nAccept-Encoding: ${accepts}\r\n\r\n`);
        await system.until(() => heard.messages.length > 0, EVENT_DEADLINE_MS);
        heard.unsubscribe();
        return heard.messages[0]?.header;
      }),
    );
    assert.equal(headers[1], headers[0], accepts);
  }
});

test('clients are sent away, or asked to go, by id', async () => {
  for (const word of ['KICK', 'LDM']) await assertSameAnswer(`$SYS.REQ.SERVER.<id>.${word}`, { cid: 987_654 });
  const outcome = async (stage: SystemStage) => {
    const victim = await connectAs(stage.server, 'b', { name: 'victim', protocol: 1 });
    const { payload } = await ask(stage, '$SYS.REQ.ACCOUNT.B.CONNZ', '');
    const { data } = JSON.parse(payload) as { data: { connections: { cid: number; name: string }[] } };
    const cid = data.connections.find(({ name }) => name === 'victim')?.cid;
    const ldm = await ask(stage, '$SYS.REQ.SERVER.<id>.LDM', JSON.stringify({ cid }));
    const kick = await ask(stage, '$SYS.REQ.SERVER.<id>.KICK', JSON.stringify({ cid }));
    await victim.end();
    const closed = await ask(
      stage,
      '$SYS.REQ.SERVER.PING.CONNZ',
      JSON.stringify({ acc: 'B', state: 1, sort: 'stop', limit: 1 }),
    );
    const last = JSON.parse(closed.payload) as { data: { connections: { name: string; reason: string }[] } };
    const { name, reason } = last.data.connections[0] ?? { name: '', reason: '' };
    return [
      Object.keys(JSON.parse(ldm.payload) as object),
      Object.keys(JSON.parse(kick.payload) as object),
      name,
      reason,
    ];
  };
  assert.deepEqual(await outcome(contrail), await outcome(reference));
});

test('a configuration that is the same is read again without a word', async () => {
  await assertSameAnswer('$SYS.REQ.SERVER.<id>.RELOAD');
  await assertSameAnswer('$SYS.REQ.SERVER.<id>.RELOAD', '[');
});

test('members of an account are told about their own', async () => {
  const subjects = [
    '$SYS.REQ.ACCOUNT.PING.CONNZ',
    '$SYS.REQ.SERVER.PING.CONNZ',
    '$SYS.REQ.ACCOUNT.PING.STATZ',
    '$SYS.REQ.USER.INFO',
  ];
  const answers = async (stage: SystemStage) => {
    const b = await connectAs(stage.server, 'b', { name: 'asker' });
    const texts: string[] = [];
    for (const subject of subjects) {
      const answer = await b.request(subject, '', EVENT_DEADLINE_MS);
      texts.push(`${subject} ${answer === null ? 'silence' : comparableText(stage, answer.payload, OWN)}`);
    }
    await b.end();
    return texts;
  };
  assert.deepEqual(await answers(contrail), await answers(reference));
});

test('the JetStream API in accounts that have no JetStream', async () => {
  const endpoints = `INFO STREAM.NAMES STREAM.LIST STREAM.INFO.S STREAM.CREATE.S STREAM.PURGE.S CONSUMER.NAMES.S
    CONSUMER.INFO.S.c CONSUMER.DURABLE.CREATE.S.c STREAM.MSG.GET.S STREAM.RESTORE.S CONSUMER.PAUSE.S.c`;
  const answers = async ({ server }: SystemStage, user: string) => {
    const client = await connectAs(server, user);
    const texts: string[] = [];
    for (const endpoint of endpoints.split(/\s+/)) {
      const answer = await client.request(`$JS.API.${endpoint}`, '', EVENT_DEADLINE_MS);
      texts.push(`${endpoint} ${answer?.payload ?? 'silence'}`);
    }
    client.close();
    return texts;
  };
  for (const user of ['b', 'sys']) assert.deepEqual(await answers(contrail, user), await answers(reference, user));
});

// --- events ----------------------------------------------------------------------------------------------------------

/** What both were told after the same thing happened, by subject, without what differs. */
async function assertSameEvents(
  subject: string,
  count: number,
  happen: (stage: SystemStage) => Promise<void>,
): Promise<void> {
  const heard = await Promise.all(
    [reference, contrail].map(async (stage) => {
      const { messages, unsubscribe } = stage.system.subscribe(subject.replace('<id>', stage.serverId));
      await stage.system.flush();
      await happen(stage);
      assert.ok(
        await stage.system.until(() => messages.length >= count, EVENT_DEADLINE_MS),
        `${stage.name}: ${messages.length} of ${count}`,
      );
      unsubscribe();
      return messages.map((message) => eventText(stage, message)).sort();
    }),
  );
  assert.deepEqual(heard[1], heard[0]);
}

function eventText(stage: SystemStage, { subject, payload }: RawMessage): string {
  const rules = { undetermined: [...(OWN.undetermined ?? []), 'conns', 'total_conns'] };
  return `${subject.replace(stage.serverId, '<id>')} ${comparableText(stage, payload, rules)}`;
}

test('who comes and goes', async () => {
  await assertSameEvents('$SYS.ACCOUNT.B.>', 4, async ({ server }) => {
    const client = await connectAs(server, 'b', { name: 'passer-by', lang: 'raw', version: '9' });
    client.publish('x', 'y');
    await client.flush();
    await client.end();
  });
  await assertSameEvents('$SYS.SERVER.ACCOUNT.B.CONNS', 2, async ({ server }) => (await connectAs(server, 'b')).end());
});

test('who is refused', async () => {
  const refused = async ({ server }: SystemStage) => {
    await RawClient.connect(server.url, { user: 'b', pass: 'wrong', name: 'burglar' }).catch(() => undefined);
  };
  await assertSameEvents('$SYS.SERVER.<id>.CLIENT.AUTH.ERR', 1, refused);
  await assertSameEvents('$SYS.ACCOUNT.$G.DISCONNECT', 1, refused);
});

test('statistics, without being asked and at once', async () => {
  await assertSameEvents('$SYS.SERVER.<id>.STATSZ', 1, async () => undefined);
});

test('that a server goes away slowly', async () => {
  const told = async (stage: SystemStage) => {
    const { messages } = stage.system.subscribe(`$SYS.SERVER.${stage.serverId}.LAMEDUCK`);
    await stage.system.flush();
    stage.server.signal('SIGUSR2');
    assert.ok(await stage.system.until(() => messages.length > 0, EVENT_DEADLINE_MS), `${stage.name} says nothing`);
    // It would take its time.
    await stage.server.kill();
    stage.system.close();
    await stage.server.stop();
    return messages.map((message) => eventText(stage, message));
  };
  const [theirs, ours] = await Promise.all((await openSystemStages()).map(told));
  assert.deepEqual(ours, theirs);
});

test('that the server goes', async () => {
  await assertSameEvents('$SYS.SERVER.<id>.SHUTDOWN', 1, ({ server }) => server.interrupt());
});
