// Services between accounts, seen by clients: A serves, B asks.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type SharingClient,
  SharingWorld,
  serviceExport,
  serviceImport,
  streamExport,
  streamImport,
} from '../../sim/sharing_world.ts';
import type { AccountSharing } from './account_sharing.ts';

type Options = Parameters<typeof serviceExport>[1];

/** A world in which B asks A's `q.*` as `ask.*`, a responder that serves it and somebody who asks. */
async function served(options: Options = {}): Promise<{
  readonly world: SharingWorld;
  readonly server: SharingClient;
  readonly asker: SharingClient;
}> {
  const world = new SharingWorld({
    A: { exports: [serviceExport('q.*', options)] },
    B: { imports: [serviceImport('A', 'q.*', 'ask.*')] },
  });
  const server = await world.client('A');
  server.subscribe('q.>');
  const asker = await world.client('B');
  asker.subscribe('inbox.*');
  return { world, server, asker };
}

function sharingOf(world: SharingWorld, account: string): AccountSharing {
  return world.world.server.account(account).sharing as AccountSharing;
}

test("a request arrives under the exporter's subject with a reply that leads back", async () => {
  const { server, asker } = await served();
  asker.publish('ask.x', 'question', 'inbox.1');
  const [request] = await server.take();
  assert.equal(request?.subject, 'q.x');
  assert.equal(request?.payload, 'question');
  assert.match(request?.reply ?? '', /^_R_\.[0-9A-Za-z]{6}\.[0-9A-Za-z]{6}$/);
  server.publish(request?.reply ?? '', 'answer');
  const [answer] = await asker.take();
  assert.deepEqual(answer, { sid: '1', subject: 'inbox.1', reply: '', header: '', payload: 'answer' });
});

test('a singleton service answers once, and nothing is left of the request', async () => {
  const { world, server, asker } = await served();
  asker.publish('ask.x', '', 'inbox.1');
  const [request] = await server.take();
  assert.equal(sharingOf(world, 'A').responses.count, 1);
  assert.equal(sharingOf(world, 'B').replies.count, 1);
  server.publish(request?.reply ?? '', '1');
  server.publish(request?.reply ?? '', '2');
  assert.deepEqual(
    (await asker.take()).map(({ payload }) => payload),
    ['1'],
  );
  assert.equal(sharingOf(world, 'A').responses.count, 0);
  assert.equal(sharingOf(world, 'B').replies.count, 0);
});

test('a stream of answers ends with an empty one', async () => {
  for (const responseType of ['stream', 'chunked'] as const) {
    const { world, server, asker } = await served({ responseType });
    asker.publish('ask.x', '', 'inbox.1');
    const reply = (await server.take())[0]?.reply ?? '';
    for (const part of ['1', '2', '', '3']) server.publish(reply, part);
    assert.deepEqual(
      (await asker.take()).map(({ payload }) => payload),
      ['1', '2', ''],
    );
    assert.equal(sharingOf(world, 'A').responses.count, 0);
  }
});

test('nobody hears of an answer after the threshold, and each part of a stream begins it anew', async () => {
  const { world, server, asker } = await served({ responseType: 'stream', thresholdMs: 1_000 });
  asker.publish('ask.x', '', 'inbox.1');
  const reply = (await server.take())[0]?.reply ?? '';
  for (let i = 0; i < 4; i++) {
    await world.world.advance(900);
    server.publish(reply, String(i));
  }
  assert.equal((await asker.take()).length, 4);
  await world.world.advance(1_001);
  server.publish(reply, 'late');
  assert.deepEqual(await asker.take(), []);
  assert.equal(sharingOf(world, 'B').replies.count, 0);
});

test('who asks a service without a responder hears that there is none', async () => {
  const world = new SharingWorld({
    A: { exports: [serviceExport('q')] },
    B: { imports: [serviceImport('A', 'q')] },
  });
  const asker = await world.client('B');
  asker.subscribe('inbox');
  asker.publish('q', '', 'inbox');
  const [answer] = await asker.take();
  assert.equal(answer?.header, 'NATS/1.0 503\r\nNats-Subject: q\r\n\r\n');
  assert.equal(sharingOf(world, 'A').responses.count, 0);
  assert.equal(sharingOf(world, 'B').replies.count, 0);
});

test('an answer is expected no longer when its subscription ends, literal or wildcard', async () => {
  const { world, server, asker } = await served();
  const literal = asker.subscribe('mine');
  asker.publish('ask.x', '', 'mine');
  asker.publish('ask.x', '', 'inbox.1');
  asker.publish('ask.x', '', 'inbox.2');
  assert.equal((await server.take()).length, 3);
  assert.equal(sharingOf(world, 'B').replies.count, 3);
  asker.unsubscribe(literal);
  assert.equal(sharingOf(world, 'B').replies.count, 2);
  asker.unsubscribe('1');
  await world.world.advance(10);
  assert.equal(sharingOf(world, 'B').replies.count, 0);
  assert.equal(sharingOf(world, 'A').responses.count, 0);
});

test('an answer is expected on while somebody else still waits for it', async () => {
  const { world, server, asker } = await served();
  const other = await world.client('B');
  other.subscribe('inbox.>');
  asker.publish('ask.x', '', 'inbox.1');
  const reply = (await server.take())[0]?.reply ?? '';
  asker.socket.hangUp();
  await world.world.advance(10);
  server.publish(reply, 'answer');
  assert.deepEqual(
    (await other.take()).map(({ subject }) => subject),
    ['inbox.1'],
  );
});

test('many answers are given up in steps', async () => {
  const { world, server, asker } = await served();
  for (let i = 0; i < 5_000; i++) asker.publish('ask.x', '', `inbox.${i}`);
  assert.equal((await server.take()).length, 5_000);
  asker.unsubscribe('1');
  await world.world.advance(10);
  assert.equal(sharingOf(world, 'B').replies.count, 0);
});

const INFO = /^NATS\/1\.0\r\nNats-Request-Info: (\{.*\})\r\n\r\n$/;

test('the request says who asks: the account alone, or everything where the importer shares it', async () => {
  const plain = await served();
  plain.asker.publish('ask.x', 'p', 'inbox.1');
  const [request] = await plain.server.take();
  const info = JSON.parse(INFO.exec(request?.header ?? '')?.[1] ?? 'null') as Record<string, unknown>;
  assert.deepEqual(Object.keys(info), ['acc', 'rtt']);
  assert.equal(info['acc'], 'B');

  const world = new SharingWorld({
    A: { exports: [serviceExport('q')] },
    B: { imports: [serviceImport('A', 'q', '', true)] },
  });
  const server = await world.client('A');
  server.subscribe('q');
  const asker = await world.client('B', { name: 'me', lang: 'ts', version: '1.2.3' });
  asker.publish('q');
  const [shared] = await server.take();
  const all = JSON.parse(INFO.exec(shared?.header ?? '')?.[1] ?? 'null') as Record<string, unknown>;
  const fields = 'start host id acc user name lang ver rtt server kind client_type';
  assert.deepEqual(Object.keys(all), fields.split(' '));
  assert.deepEqual([all['user'], all['name'], all['server'], all['kind']], ['B', 'me', 'hub', 'Client']);
});

// CVE-2026-33246, CVE-2026-33223: the header can be written by clients, in forms that readers take for it.
test('what a client says about itself in the header is gone, in whatever form', async () => {
  const forged = [
    'Nats-Request-Info: {"acc":"X"}\r\n',
    'nats-request-info: {"acc":"X"}\r\n',
    'NATS-REQUEST-INFO:{"acc":"X"}\r\n',
    'Nats-Request-Info : {"acc":"X"}\r\n',
    ' Nats-Request-Info: {"acc":"X"}\r\n',
    'Nats-Request-Info: {"acc":\r\n "X"}\r\n',
    'Nats-Request-Info: {"acc":"X"}\r\nNats-Request-Info: {"acc":"X"}\r\n',
    'Other: a\nNats-Request-Info: {"acc":"X"}\r\n',
    'Other: a\rNats-Request-Info: {"acc":"X"}\r\n',
  ];
  for (const lines of forged) {
    const { server, asker } = await served();
    asker.publish('ask.x', 'payload', 'inbox.1', `NATS/1.0\r\nKept: 1\r\n${lines}Last: 2\r\n\r\n`);
    const [request] = await server.take();
    const header = request?.header ?? '';
    assert.equal(header.includes('"X"'), false, JSON.stringify(header));
    assert.equal(header.match(/Nats-Request-Info: \{"acc":"B"/g)?.length, 1, JSON.stringify(header));
    assert.ok(header.startsWith('NATS/1.0\r\nKept: 1\r\n') && header.includes('Last: 2\r\n'), JSON.stringify(header));
    assert.equal(request?.payload, 'payload');
  }
});

test('a large request keeps its payload and its other headers', async () => {
  const { server, asker } = await served();
  const payload = 'x'.repeat(100_000);
  asker.publish('ask.x', payload, 'inbox.1', 'NATS/1.0 200 fine\r\nA: 1\r\n\r\n');
  const [request] = await server.take();
  assert.match(request?.header ?? '', /^NATS\/1\.0 200 fine\r\nA: 1\r\nNats-Request-Info: \{.*\}\r\n\r\n$/);
  assert.equal(request?.payload, payload);
});

test('a service may be served by a service, and the answer finds its way through both', async () => {
  const world = new SharingWorld({
    A: { exports: [serviceExport('deep')] },
    B: { exports: [serviceExport('q')], imports: [serviceImport('A', 'deep', 'q')] },
    C: { imports: [serviceImport('B', 'q', 'ask')] },
  });
  const server = await world.client('A');
  server.subscribe('deep');
  const asker = await world.client('C');
  asker.subscribe('inbox');
  asker.publish('ask', '', 'inbox');
  const [request] = await server.take();
  assert.match(request?.header ?? '', /"acc":"C","svc":"B"/);
  server.publish(request?.reply ?? '', 'answer');
  assert.deepEqual(
    (await asker.take()).map(({ subject, payload }) => [subject, payload]),
    [['inbox', 'answer']],
  );
  for (const name of ['A', 'B']) assert.equal(sharingOf(world, name).responses.count, 0);
});

// Compat: only a request that was passed on names the account that did it.
test('an answer that goes on as a request tells of whoever answered', async () => {
  const world = new SharingWorld({
    A: { exports: [serviceExport('q')] },
    B: { imports: [serviceImport('A', 'q'), serviceImport('C', 'log')] },
    C: { exports: [serviceExport('log')] },
  });
  const server = await world.client('A');
  server.subscribe('q');
  const logger = await world.client('C');
  logger.subscribe('log');
  (await world.client('B')).publish('q', '', 'log');
  const [request] = await server.take();
  server.publish(request?.reply ?? '', 'answer');
  const [logged] = await logger.take();
  assert.match(logged?.header ?? '', /^NATS\/1\.0\r\nNats-Request-Info: \{"acc":"A","rtt":\d+\}\r\n\r\n$/);
});

test('requests and answers are mapped by the account that they come to', async () => {
  const to = (source: string, subject: string) => ({ source, destinations: [{ subject, weight: 100, cluster: '' }] });
  const world = new SharingWorld({
    A: { exports: [serviceExport('q')], mappings: [to('q', 'mapped')] },
    B: { imports: [serviceImport('A', 'q')], mappings: [to('inbox', 'other')] },
  });
  const server = await world.client('A');
  server.subscribe('mapped');
  const asker = await world.client('B');
  asker.subscribe('other');
  asker.publish('q', '', 'inbox');
  const [request] = await server.take();
  assert.equal(request?.subject, 'mapped');
  server.publish(request?.reply ?? '', 'x');
  assert.deepEqual(
    (await asker.take()).map(({ subject }) => subject),
    ['other'],
  );
});

test('who answers may ask back', async () => {
  const { server, asker } = await served();
  server.subscribe('more');
  asker.publish('ask.x', '', 'inbox.1');
  const [request] = await server.take();
  server.publish(request?.reply ?? '', 'who?', 'more');
  const [question] = await asker.take();
  assert.match(question?.reply ?? '', /^_R_\./);
  asker.publish(question?.reply ?? '', 'me');
  assert.deepEqual(
    (await server.take()).map(({ subject, payload }) => [subject, payload]),
    [['more', 'me']],
  );
});

test('a request is no part of a stream that the exporter shares', async () => {
  const world = new SharingWorld({
    A: {
      exports: [
        serviceExport('q'),
        { kind: 'stream', subject: 'q', access: { accounts: null, accountTokenPosition: 0 } },
      ],
    },
    B: { imports: [serviceImport('A', 'q')] },
    C: { imports: [{ kind: 'stream', account: 'A', subject: 'q', to: '', prefix: '', allowsTrace: false }] },
  });
  const listener = await world.client('C');
  listener.subscribe('q');
  (await world.client('B')).publish('q', 'request');
  assert.deepEqual(await listener.take(), []);
  (await world.client('A')).publish('q', 'stream');
  assert.equal((await listener.take()).length, 1);
});

test('what the inside of the house delivers to a reply keeps its subject and its acknowledgement', async () => {
  const { world, server, asker } = await served({ responseType: 'stream' });
  asker.publish('ask.x', '', 'inbox.1');
  const reply = (await server.take())[0]?.reply ?? '';
  const { Message } = await import('../../ports/message.ts');
  const message = new Message();
  const bytes = (text: string) => new TextEncoder().encode(text);
  message.subject = bytes('stored.subject');
  message.subjectEnd = message.subject.length;
  message.reply = bytes('$JS.ACK.S.C.1.1.1.1.0');
  message.replyEnd = message.reply.length;
  message.body = bytes('data');
  message.payloadEnd = 4;
  const target = bytes(reply);
  world.world.server.bus('A').deliver(target, 0, target.length, message);
  assert.deepEqual(await asker.take(), [
    { sid: '1', subject: 'stored.subject', reply: '$JS.ACK.S.C.1.1.1.1.0', header: '', payload: 'data' },
  ]);
});

test('requests of one turn arrive whole, those that are copied and those that are referred to', async () => {
  const { server, asker } = await served();
  const sizes = [10, 4_000, 5_000, 16_000, 16_384, 20_000];
  for (const [i, size] of sizes.entries()) asker.publish('ask.x', String(i).repeat(size));
  const payloads = (await server.take()).map(({ payload }) => payload);
  assert.deepEqual(
    payloads.map((payload) => [payload[0], payload.length]),
    sizes.map((size, i) => [String(i), size]),
  );
  assert.ok(payloads.every((payload) => new Set(payload).size === 1));
});

test('accounts that were gone for a while share again when they come back', async () => {
  const accounts = {
    A: { exports: [serviceExport('q'), streamExport('s')] },
    B: { imports: [serviceImport('A', 'q'), streamImport('A', 's')] },
  };
  const world = new SharingWorld(accounts);
  world.configure({});
  world.world.server.forgetAccounts();
  assert.equal(world.world.server.findAccount('A'), undefined);
  world.configure(accounts);
  const [server, asker] = [await world.client('A'), await world.client('B')];
  server.subscribe('q');
  asker.subscribe('s');
  asker.publish('q', 'question');
  assert.deepEqual(
    (await server.take()).map(({ payload }) => payload),
    ['question'],
  );
  server.publish('s', 'news');
  assert.deepEqual(
    (await asker.take()).map(({ payload }) => payload),
    ['news'],
  );
});
