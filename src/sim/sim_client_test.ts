import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ClientMessage } from './_client_parser.ts';
import { ClientParser } from './_client_parser.ts';
import { SERVER_PORT } from './machine.ts';
import type { RequestResult } from './sim_client.ts';
import { SimClient } from './sim_client.ts';
import { toyServer } from './toy_server.ts';
import { World } from './world.ts';

async function connected(seed = 1): Promise<{ world: World; client: SimClient }> {
  const world = new World({ seed, factory: toyServer() });
  await world.start('A');
  const client = new SimClient(world.client('tester'), { host: 'A', port: SERVER_PORT });
  client.start();
  await world.runUntil(() => client.isConnected);
  return { world, client };
}

function texts(messages: readonly ClientMessage[]): string[] {
  return messages.map((message) => `${message.subject} ${Buffer.from(message.payload).toString()}`);
}

async function ask(world: World, client: SimClient, subject: string, body: string): Promise<RequestResult> {
  let result: RequestResult | null = null;
  client.request(subject, Buffer.from(body), {}, (got) => {
    result = got;
  });
  await world.runUntil(() => result !== null);
  assert.ok(result !== null);
  return result;
}

test('SimClient publishes, subscribes and unsubscribes', async () => {
  const { world, client } = await connected();
  const heard: ClientMessage[] = [];
  const sid = client.subscribe('x.*', (message) => heard.push(message));
  assert.equal(client.publish('x.1', Buffer.from('one')), true);
  client.publish('y', Buffer.from('elsewhere'));
  await world.advance(50);
  client.unsubscribe(sid);
  client.publish('x.2', Buffer.from('two'));
  await world.advance(50);
  assert.deepEqual(texts(heard), ['x.1 one']);
});

test('SimClient.request() gets its reply', async () => {
  const { world, client } = await connected();
  const result = await ask(world, client, 's.a', 'data');
  assert.equal(result.kind, 'reply');
  assert.ok(result.kind === 'reply');
  assert.deepEqual(JSON.parse(Buffer.from(result.message.payload).toString()), { stream: 'S', seq: 1 });
  assert.equal(client.requestsPending, 0);
});

test('SimClient.request() times out, is lost with the connection, and is lost at once without one', async () => {
  const { world, client } = await connected();
  const results: string[] = [];
  client.request('nobody.hears', Buffer.from(''), { timeoutMs: 100 }, ({ kind }) => results.push(kind));
  await world.advance(200);
  client.request('nobody.hears', Buffer.from(''), {}, ({ kind }) => results.push(kind));
  world.crash('A', 'kill');
  await world.advance(10);
  assert.equal(client.isConnected, false);
  client.request('nobody.hears', Buffer.from(''), {}, ({ kind }) => results.push(kind));
  await world.advance(10);
  assert.deepEqual(results, ['timeout', 'lost', 'lost']);
  assert.equal(client.publish('x', Buffer.from('')), false);
});

test('SimClient connects again and keeps its subscriptions', async () => {
  for (const kind of ['kill', 'power'] as const) {
    const { world, client } = await connected();
    const heard: ClientMessage[] = [];
    client.subscribe('x', (message) => heard.push(message));
    world.crash('A', kind);
    await world.advance(100);
    await world.start('A');
    await world.runUntil(() => client.connection === 2);
    client.publish('x', Buffer.from('again'));
    await world.advance(50);
    assert.deepEqual(texts(heard), ['x again']);
  }
});

test('SimClient notices a server that went silent', async () => {
  const { world, client } = await connected();
  world.crash('A', 'power');
  await world.advance(10_000);
  assert.equal(client.isConnected, false);
});

test('SimClient.stop() ends its connection for good', async () => {
  const { world, client } = await connected();
  client.stop();
  await world.advance(1000);
  assert.equal(world.network.connections, 0);
});

const EVERYTHING =
  'INFO {"server_id":"X","headers":true}\r\nPING\r\nMSG a.b 7 5\r\nhello\r\nMSG a.b 7 reply.to 0\r\n\r\n' +
  "HMSG a 12 reply 27 30\r\nNATS/1.0 100\r\nA: b\r\nC:d\r\n\r\nxyz\r\n-ERR 'Stale Connection'\r\n+OK\r\nPONG\r\n";

/** What a parser says when it gets the text in pieces of `size`. */
function parsed(text: string, size: number): string[] {
  const said: string[] = [];
  const parser = new ClientParser({
    onInfo: (info) => said.push(`info ${String(info.server_id)}`),
    onPing: () => said.push('ping'),
    onPong: () => said.push('pong'),
    onError: (error) => said.push(`error ${error}`),
    onMessage: ({ subject, sid, reply, status, headers, payload }) => {
      said.push(`${subject} ${sid} ${reply} ${status} ${JSON.stringify([...headers])} ${Buffer.from(payload)}`);
    },
  });
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) parser.run(bytes.subarray(at, at + size));
  return said;
}

test('ClientParser reads every frame, cut anywhere', () => {
  const whole = [
    'info X',
    'ping',
    'a.b 7  0 [] hello',
    'a.b 7 reply.to 0 [] ',
    'a 12 reply 100 [["A","b"],["C","d"]] xyz',
    'error Stale Connection',
    'pong',
  ];
  for (let size = 1; size <= EVERYTHING.length; size++) assert.deepEqual(parsed(EVERYTHING, size), whole);
});

test('ClientParser refuses what no server should say', () => {
  for (const text of ['HELLO\r\n', 'MSG a 1 x\r\n\r\n', 'HMSG a 1 5 4\r\nabcd\r\n', 'MSG a 1 3\r\nabcdef\r\n']) {
    assert.throws(() => parsed(text, text.length), /^Error: The server sent /);
  }
  assert.throws(() => parsed('x'.repeat(100_000), 100_000), /a line without end/);
});
