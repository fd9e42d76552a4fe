// JetStream of one account used from another: its API, publishing, push and pull consumers over imports, and latency
// events. The same conversation with the reference and with ours; what comes back must be the same. Needs the reference
// server (see server_process.ts).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect, type Msg, type NatsConnection } from '@nats-io/transport-node';
import { contrailSide, endWithServers, referenceSide, ServerProcess, type Side } from './server_process.ts';

endWithServers();

const CONFIG = `
accounts {
  OWNER {
    jetstream: enabled
    users: [{user: owner, password: owner}]
    exports: [
      {service: "$JS.API.>", response_type: stream}
      {service: "$JS.ACK.>"}
      {service: "orders.*"}
      {stream: "deliver.>"}
      {service: "echo", latency: "latency"}
    ]
  }
  USER {
    users: [{user: user, password: user}]
    imports: [
      {service: {account: OWNER, subject: "$JS.API.>"}, to: "JS.OWNER.API.>"}
      {service: {account: OWNER, subject: "$JS.ACK.>"}}
      {service: {account: OWNER, subject: "orders.*"}, to: "sell.*"}
      {stream: {account: OWNER, subject: "deliver.>"}}
      {service: {account: OWNER, subject: "echo"}, share: true}
    ]
  }
  SMALL {
    jetstream: enabled
    limits: {max_payload: 500}
    users: [{user: small, password: small}]
  }
}
`;

const DEADLINE_MS = 20_000;
const decoder = new TextDecoder();

interface Talk {
  readonly owner: NatsConnection;
  readonly user: NatsConnection;
  /** In an account that takes small messages only. */
  readonly small: NatsConnection;
  /** What was seen, in order. */
  readonly seen: unknown[];
}

async function talk(side: Side, act: (talk: Talk) => Promise<void>): Promise<unknown[]> {
  const server = await ServerProcess.start(side, { config: CONFIG, jetStream: true });
  const open: NatsConnection[] = [];
  try {
    for (const name of ['owner', 'user', 'small']) {
      open.push(await connect({ servers: server.url, user: name, pass: name }));
    }
    const [owner, user, small] = open as [NatsConnection, NatsConnection, NatsConnection];
    const seen: unknown[] = [];
    await act({ owner, user, small, seen });
    return seen;
  } finally {
    for (const one of open) await one.close();
    await server.stop();
  }
}

/** Times, ids and names that differ from run to run, out of the way. */
function comparable(text: string): unknown {
  return JSON.parse(text, (key, value: unknown) => {
    const differs = [
      'leader',
      'first_ts',
      'last_ts',
      'time',
      'last_active',
      'created',
      'ts',
      'timestamp',
      'id',
      'start',
      'rtt',
      'service',
      'system',
      'total',
      'host',
      'server',
      'ver',
      'lang',
    ];
    return differs.includes(key) && value !== null ? typeof value : value;
  });
}

async function request(client: NatsConnection, subject: string, body: unknown = ''): Promise<unknown> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const answer = await client.request(subject, text, { timeout: DEADLINE_MS });
  return comparable(decoder.decode(answer.data));
}

async function next(messages: AsyncIterator<Msg>): Promise<Msg> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('nothing came in time')), DEADLINE_MS);
  });
  const result = await Promise.race([messages.next(), late]).finally(() => clearTimeout(timer));
  assert.ok(result.done !== true);
  return result.value;
}

function shown({ subject, data, reply }: Msg): unknown {
  const parts = (reply ?? '').split('.');
  return { subject, text: decoder.decode(data), reply: [...parts.slice(0, 4), parts.length].join('.') };
}

async function useStream({ owner, user, seen }: Talk): Promise<void> {
  const api = 'JS.OWNER.API';
  seen.push(await request(user, `${api}.INFO`));
  seen.push(
    await request(user, `${api}.STREAM.CREATE.ORDERS`, { name: 'ORDERS', subjects: ['orders.*'], storage: 'memory' }),
  );
  for (let i = 1; i <= 3; i++) seen.push(await request(user, `sell.${i}`, `order ${i}`));
  seen.push(await request(user, `${api}.STREAM.INFO.ORDERS`));
  seen.push(await request(user, `${api}.STREAM.MSG.GET.ORDERS`, { seq: 1 }));
  const config = { durable_name: 'pull', ack_policy: 'explicit' };
  seen.push(await request(user, `${api}.CONSUMER.DURABLE.CREATE.ORDERS.pull`, { stream_name: 'ORDERS', config }));
  // Pull: the messages come as answers, the acknowledgements go as requests.
  const inbox = user.subscribe('mine.*');
  const messages = inbox[Symbol.asyncIterator]();
  user.publish(`${api}.CONSUMER.MSG.NEXT.ORDERS.pull`, JSON.stringify({ batch: 3 }), { reply: 'mine.1' });
  for (let i = 0; i < 3; i++) {
    const message = await next(messages);
    seen.push(shown(message));
    seen.push(decoder.decode((await user.request(message.reply ?? '', '+ACK', { timeout: DEADLINE_MS })).data));
  }
  seen.push(await request(user, `${api}.CONSUMER.INFO.ORDERS.pull`));
  // Push: the messages come by a stream import.
  const pushed = user.subscribe('deliver.here')[Symbol.asyncIterator]();
  await user.flush();
  const push = { durable_name: 'push', ack_policy: 'explicit', deliver_subject: 'deliver.here' };
  // How far it is when that is answered is left to chance.
  await request(user, `${api}.CONSUMER.DURABLE.CREATE.ORDERS.push`, { stream_name: 'ORDERS', config: push });
  for (let i = 0; i < 3; i++) seen.push(shown(await next(pushed)));
  seen.push(await request(owner, '$JS.API.STREAM.NAMES'));
}

async function audit({ owner, user, seen }: Talk): Promise<void> {
  const advisories = owner.subscribe('$JS.EVENT.ADVISORY.API')[Symbol.asyncIterator]();
  await owner.flush();
  await request(user, 'JS.OWNER.API.STREAM.CREATE.S', { name: 'S', storage: 'memory' });
  const { client, subject } = comparable(decoder.decode((await next(advisories)).data)) as Record<string, unknown>;
  seen.push(subject, client);
}

async function latency({ owner, user, seen }: Talk): Promise<void> {
  owner.subscribe('echo', {
    callback: (_error, message) => {
      message.respond(message.data);
    },
  });
  const events = owner.subscribe('latency')[Symbol.asyncIterator]();
  await owner.flush();
  seen.push(decoder.decode((await user.request('echo', 'x', { timeout: DEADLINE_MS })).data));
  seen.push(comparable(decoder.decode((await next(events)).data)));
  // Nobody answers any more.
  await owner.close();
}

/** What a rate limit lets through at once; the next one comes after some ten seconds. */
async function burst({ small, seen }: Talk): Promise<void> {
  await request(small, '$JS.API.STREAM.CREATE.S', { name: 'S', subjects: ['s'], storage: 'memory' });
  for (let i = 0; i < 5; i++) await request(small, 's', 'x'.repeat(150));
  const pushed = small.subscribe('to');
  const messages = pushed[Symbol.asyncIterator]();
  await small.flush();
  const config = { name: 'C', deliver_subject: 'to', rate_limit_bps: 80 };
  await request(small, '$JS.API.CONSUMER.CREATE.S.C', { stream_name: 'S', config });
  for (let i = 0; i < 2; i++) await next(messages);
  await small.flush();
  seen.push(pushed.getReceived());
}

test('streams and consumers of another account are used as in nats-server', async () => {
  const theirs = await talk(referenceSide(), useStream);
  const ours = await talk(contrailSide(), useStream);
  assert.deepEqual(ours, theirs);
});

test('the audit of a request from another account names both accounts, as in nats-server', async () => {
  assert.deepEqual(await talk(contrailSide(), audit), await talk(referenceSide(), audit));
});

test('the burst of a rate limit is the largest message of the account, as in nats-server', async () => {
  const seen = await talk(referenceSide(), burst);
  assert.deepEqual(seen, [2]);
  assert.deepEqual(await talk(contrailSide(), burst), seen);
});

test('the latency of a service is told as by nats-server', async () => {
  assert.deepEqual(await talk(contrailSide(), latency), await talk(referenceSide(), latency));
});
