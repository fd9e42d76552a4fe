import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DELIVERED, DELIVERED_CONGESTED, DELIVERED_NONE } from '../ports/bus.ts';
import { Message } from '../ports/message.ts';
import { ServerWorld } from '../sim/server_world.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

function message(subject: string, payload = '', reply = ''): Message {
  const made = new Message();
  made.subject = encoder.encode(subject);
  made.subjectEnd = made.subject.length;
  made.reply = encoder.encode(reply);
  made.replyEnd = made.reply.length;
  made.body = encoder.encode(payload);
  made.payloadEnd = made.body.length;
  return made;
}

test('bus.subscribe() hears what clients publish, with reply and client, until it is closed', async () => {
  const world = await new ServerWorld().start();
  const client = await world.connect({ name: 'me' });
  const heard: string[] = [];
  const subscription = world.server.bus('$G').subscribe('foo.*', null, (one) => {
    const subject = decoder.decode(one.subject.subarray(one.subjectStart, one.subjectEnd));
    const reply = decoder.decode(one.reply.subarray(one.replyStart, one.replyEnd));
    heard.push(
      `${subject} ${reply} ${decoder.decode(one.body.subarray(one.payloadStart, one.payloadEnd))} ${one.client?.name}`,
    );
  });
  client.send('PUB foo.a r 2\r\nhi\r\n');
  subscription.close();
  client.send('PUB foo.b r 2\r\nhi\r\n');
  assert.deepEqual(heard, ['foo.a r hi me']);
});

test('bus.publish() reaches clients and says whether somebody took it', async () => {
  const world = await new ServerWorld().start();
  const client = await world.connect();
  const bus = world.server.bus('$G');
  assert.equal(bus.publish(message('foo', 'x')), DELIVERED_NONE);
  client.send('SUB foo 1\r\n');
  assert.equal(bus.publish(message('foo', 'x')), DELIVERED);
  await world.turn();
  assert.equal(client.take(), 'MSG foo 1 1\r\nx\r\n');
});

test('bus.deliver() matches by target and shows the own subject of the message', async () => {
  const world = await new ServerWorld().start();
  const client = await world.connect();
  client.send('SUB inbox 1\r\n');
  const target = encoder.encode('inbox');
  assert.equal(world.server.bus('$G').deliver(target, 0, 5, message('orders.1', 'x', 'ack')), DELIVERED);
  await world.turn();
  assert.equal(client.take(), 'MSG orders.1 1 ack 1\r\nx\r\n');
});

test('bus.publish() of large messages from one buffer, filled anew for each, delivers every one as it was', async () => {
  const world = await new ServerWorld().start();
  const client = await world.connect();
  client.send('SUB foo 1\r\n');
  const bus = world.server.bus('$G');
  const one = message('foo', ' '.repeat(8192));
  for (const letter of ['a', 'b', 'c']) {
    one.body.fill(letter.charCodeAt(0));
    bus.publish(one);
  }
  await world.turn();
  const expected = ['a', 'b', 'c'].map((letter) => `MSG foo 1 8192\r\n${letter.repeat(8192)}\r\n`).join('');
  assert.ok(client.take() === expected);
});

test('bus.onExactInterestChange() tells when somebody subscribes to the subject itself, and when nobody is left', async () => {
  const world = await new ServerWorld().start();
  const client = await world.connect();
  const bus = world.server.bus('$G');
  const changes: boolean[] = [];
  const stop = bus.onExactInterestChange('inbox.1', null, (hasInterest) => changes.push(hasInterest));
  client.send('SUB inbox.* 1\r\nSUB inbox.1 g 2\r\nSUB other 3\r\n');
  assert.ok(bus.hasInterest('inbox.1'));
  assert.ok(!bus.hasExactInterest('inbox.1', null));
  assert.deepEqual(changes, []);
  client.send('SUB inbox.1 4\r\nSUB inbox.1 5\r\n');
  assert.ok(bus.hasExactInterest('inbox.1', null));
  client.send('UNSUB 4\r\n');
  assert.deepEqual(changes, [true]);
  client.hangUp();
  assert.deepEqual(changes, [true, false]);
  stop();
  (await world.connect()).send('SUB inbox.1 1\r\n');
  assert.deepEqual(changes, [true, false]);
});

test('bus.onExactInterestChange() of a queue group hears of that group alone', async () => {
  const world = await new ServerWorld().start();
  const client = await world.connect();
  const bus = world.server.bus('$G');
  const changes: boolean[] = [];
  bus.onExactInterestChange('inbox.1', 'g', (hasInterest) => changes.push(hasInterest));
  client.send('SUB inbox.* g 1\r\nSUB inbox.1 h 2\r\nSUB inbox.1 3\r\n');
  assert.ok(!bus.hasExactInterest('inbox.1', 'g'));
  assert.deepEqual(changes, []);
  client.send('SUB inbox.1 g 4\r\n');
  assert.ok(bus.hasExactInterest('inbox.1', 'g'));
  client.send('UNSUB 4\r\n');
  assert.deepEqual(changes, [true, false]);
});

test('bus.deliver() reports congestion and whenRelieved() calls back when the client has taken what waited', async () => {
  const world = await new ServerWorld().start();
  const client = await world.connect();
  client.send('SUB inbox 1\r\n');
  client.takes = false;
  const bus = world.server.bus('$G');
  const target = encoder.encode('inbox');
  const big = message('s', 'x'.repeat(500_000));
  let sent = 0;
  while (sent < 100 && bus.deliver(target, 0, 5, big) !== DELIVERED_CONGESTED) {
    sent++;
    await world.turn();
  }
  assert.ok(sent < 100);
  let isRelieved = false;
  bus.whenRelieved(target, 0, 5, () => {
    isRelieved = true;
  });
  await world.turn();
  assert.ok(!isRelieved);
  client.drain();
  await world.turn();
  assert.ok(isRelieved);
});
