// Mappings at work: what clients of an account see of them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Message } from '../ports/message.ts';
import { ServerWorld } from '../sim/server_world.ts';
import { SubjectMappings } from '../subject/mapping.ts';

function one(source: string, subject: string): SubjectMappings {
  return new SubjectMappings([{ source, destinations: [{ subject, weight: 100, cluster: '' }] }]);
}

test('a mapped message is seen under its new subject, and not under the old one', async () => {
  const world = await new ServerWorld().start();
  world.server.defaultAccount.mappings = one('foo.*', 'bar.$1');
  const client = await world.connect();
  client.send('SUB foo.* 1\r\nSUB bar.* 2\r\nPUB foo.a 1\r\nx\r\nPUB bar.b 1\r\ny\r\n');
  await world.turn();
  assert.equal(client.take(), 'MSG bar.a 2 1\r\nx\r\nMSG bar.b 2 1\r\ny\r\n');
});

test('a message that comes in pieces is mapped once', async () => {
  const world = await new ServerWorld().start();
  world.server.defaultAccount.mappings = one('foo.>', 'foo.a.>');
  const client = await world.connect();
  client.send('SUB > 1\r\nPUB foo.x 3\r\n');
  client.send('a');
  client.send('bc\r\n');
  await world.turn();
  assert.equal(client.take(), 'MSG foo.a.x 1 3\r\nabc\r\n');
});

test('no responders names the mapped subject', async () => {
  const world = await new ServerWorld().start();
  world.server.defaultAccount.mappings = one('foo', 'barbar');
  const client = await world.connect({ headers: true, no_responders: true });
  client.send('SUB inbox 1\r\nPUB foo inbox 0\r\n\r\n');
  await world.turn();
  assert.equal(client.take(), 'HMSG inbox 1 38 38\r\nNATS/1.0 503\r\nNats-Subject: barbar\r\n\r\n\r\n');
});

test('what the server itself publishes is not mapped', async () => {
  const world = await new ServerWorld().start();
  world.server.defaultAccount.mappings = one('foo', 'bar');
  const client = await world.connect();
  client.send('SUB foo 1\r\nSUB bar 2\r\n');
  const message = new Message();
  message.subject = new TextEncoder().encode('foo');
  message.subjectEnd = message.subject.length;
  world.server.bus('$G').publish(message);
  await world.turn();
  assert.equal(client.take(), 'MSG foo 1 0\r\n\r\n');
});
