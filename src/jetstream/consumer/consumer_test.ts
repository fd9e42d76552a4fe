import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openConsumer } from './consumer.ts';
import { type Arrival, makeConfig, makeMessage, TestConsumerStore, TestStream } from './consumer_world.ts';

const SECOND = 1e9;

function subjects(arrivals: readonly Arrival[]): string {
  return arrivals
    .map((arrival) => (arrival.header.startsWith('NATS/1.0 ') ? status(arrival) : arrival.subject))
    .join(' ');
}

function status(arrival: Arrival): string {
  return arrival.header.slice('NATS/1.0 '.length).trimEnd().replaceAll('\r\n', '|');
}

/** deliveries/stream sequence/consumer sequence/pending of each message. */
function numbers(arrivals: readonly Arrival[]): string {
  return arrivals
    .filter((arrival) => arrival.reply.startsWith('$JS.ACK'))
    .map((arrival) => arrival.reply.split('.'))
    .map((tokens) => `${tokens[4]}/${tokens[5]}/${tokens[6]}/${tokens[8]}`)
    .join(' ');
}

function ack(world: TestStream, arrival: Arrival | undefined, payload = '', reply = ''): void {
  assert.ok(arrival, 'There is a message to acknowledge');
  world.bus.send(arrival.reply, payload, reply);
}

// --- pull ---------------------------------------------------------------------------------------------------------

test('a pull request gets messages with their own subject and a full reply subject', async () => {
  const world = new TestStream();
  world.add('a', 'b', 'c');
  await world.open({});
  const inbox = world.pull('2', 'in.1');
  assert.equal(subjects(inbox), 'a b');
  assert.equal(inbox[0]?.payload, 'data-a');
  assert.match(inbox[0]?.reply ?? '', /^\$JS\.ACK\.S\.C\.1\.1\.1\.1704067200000000000\.2$/);
  assert.equal(numbers(inbox), '1/1/1/2 1/2/2/1');
});

test('a request waits for messages and gets them when they are durable', async () => {
  const world = new TestStream();
  await world.open({});
  world.store.isLazy = true;
  const inbox = world.pull('{"batch":2,"expires":5000000000}', 'in.1');
  world.add('a');
  assert.equal(inbox.length, 0);
  world.store.makeDurable();
  assert.equal(subjects(inbox), 'a');
  world.clock.advance(5000);
  assert.equal(subjects(inbox), 'a 408 Request Timeout|Nats-Pending-Messages: 1|Nats-Pending-Bytes: 0');
});

test('two requests take turns', async () => {
  const world = new TestStream();
  await world.open({});
  const one = world.pull('3', 'in.1');
  const two = world.pull('2', 'in.2');
  world.add('a', 'b', 'c', 'd', 'e', 'f');
  assert.equal(subjects(one), 'a c e');
  assert.equal(subjects(two), 'b d');
});

test('a request that must not wait gets what there is and then 404', async () => {
  const world = new TestStream();
  await world.open({});
  assert.equal(subjects(world.pull('{"batch":5,"no_wait":true}', 'in.1')), '404 No Messages');
  world.add('a', 'b');
  assert.equal(subjects(world.pull('{"batch":5,"no_wait":true}', 'in.2')), 'a b 404 No Messages');
});

test('what is stored and not yet durable keeps a request that must not wait', async () => {
  const world = new TestStream();
  await world.open({});
  world.store.isLazy = true;
  world.add('a');
  const inbox = world.pull('{"batch":5,"no_wait":true}', 'in.1');
  assert.equal(inbox.length, 0);
  world.store.makeDurable();
  assert.equal(subjects(inbox), 'a 404 No Messages');
});

test('max_bytes ends a request that has no room for the next message', async () => {
  const world = new TestStream();
  world.add('a', 'b', 'c');
  await world.open({});
  const size = 1 + 6 + '$JS.ACK.S.C.1.1.1.1704067200000000000.2'.length;
  const tight = world.pull(`{"batch":9,"max_bytes":${size - 1}}`, 'in.1');
  assert.equal(
    subjects(tight),
    `409 Message Size Exceeds MaxBytes|Nats-Pending-Messages: 9|Nats-Pending-Bytes: ${size - 1}`,
  );
  assert.equal(subjects(world.pull(`{"batch":9,"max_bytes":${size}}`, 'in.2')), 'a');
  const loose = world.pull(`{"batch":1,"max_bytes":${size + 5}}`, 'in.3');
  assert.equal(subjects(loose), 'b 409 Batch Completed|Nats-Pending-Messages: 0|Nats-Pending-Bytes: 5');
});

test('idle heartbeats go to a waiting request', async () => {
  const world = new TestStream();
  world.add('a');
  await world.open({});
  const inbox = world.pull('{"batch":5,"expires":3000000000,"idle_heartbeat":1000000000}', 'in.1');
  world.clock.advance(1500);
  assert.equal(subjects(inbox), 'a 100 Idle Heartbeat|Nats-Last-Consumer: 1|Nats-Last-Stream: 1');
});

test('a request whose inbox is gone is dropped and its message goes to the next one', async () => {
  const world = new TestStream();
  const consumer = await world.open({});
  const gone = world.pull('5', 'in.1');
  gone.close();
  const there = world.pull('5', 'in.2');
  world.add('a');
  assert.equal(subjects(there), 'a');
  assert.equal(numbers(there), '1/1/1/0');
  assert.deepEqual([consumer.numbers().waiting, consumer.numbers().ackPending], [1, 1]);
});

test('a delivery nobody takes is taken back', async () => {
  const world = new TestStream();
  const consumer = await world.open({});
  world.pull('5', 'in.1').close();
  world.add('a');
  assert.deepEqual(consumer.numbers().delivered.consumerSequence, 0);
  assert.deepEqual([consumer.numbers().pending, consumer.numbers().ackPending], [1, 0]);
  assert.equal(numbers(world.pull('1', 'in.2')), '1/1/1/0');
});

test('a congested client is spared while others go on', async () => {
  const world = new TestStream();
  await world.open({});
  const slow = world.pull('9', 'in.slow');
  const fast = world.pull('9', 'in.fast');
  world.bus.congested.add('in.slow');
  world.add('a', 'b', 'c', 'd');
  assert.equal(subjects(slow), 'a');
  assert.equal(subjects(fast), 'b c d');
  world.bus.relieve('in.slow');
  world.add('e', 'f');
  assert.equal(subjects(slow), 'a e');
});

test('a congested client gets what waited as soon as it is relieved', async () => {
  const world = new TestStream();
  await world.open({});
  world.bus.congested.add('in.1');
  const inbox = world.pull('{"batch":9,"no_wait":true,"expires":5000000000}', 'in.1');
  world.add('a', 'b', 'c');
  assert.equal(subjects(inbox), 'a');
  world.bus.relieve('in.1');
  assert.equal(subjects(inbox), 'a b c 404 No Messages');
});

test('messages on disk are waited for', async () => {
  const world = new TestStream();
  world.add('a', 'b');
  world.store.onDiskFrom = 2;
  await world.open({});
  const inbox = world.pull('{"batch":5,"no_wait":true}', 'in.1');
  assert.equal(subjects(inbox), 'a');
  world.store.finishLoads();
  assert.equal(subjects(inbox), 'a b 404 No Messages');
});

test('a long run goes on in later turns', async () => {
  const world = new TestStream();
  for (let i = 0; i < 40_000; i++) world.add('a');
  await world.open({ ack_policy: 'none' });
  const inbox = world.pull('40000', 'in.1');
  assert.ok(inbox.length > 1000 && inbox.length < 40_000, `${inbox.length} at once`);
  world.clock.advance(1);
  assert.equal(inbox.length, 40_000);
});

test('requests are refused in the words of nats-server', async () => {
  const world = new TestStream();
  await world.open({ max_batch: 10, max_expires: SECOND, max_bytes: 100, max_waiting: 1 });
  const answer = (body: string, inbox: string) => subjects(world.pull(body, inbox));
  assert.equal(answer('11', 'in.1'), '409 Exceeded MaxRequestBatch of 10');
  assert.equal(answer('{"batch":1,"expires":2000000000}', 'in.2'), '409 Exceeded MaxRequestExpires of 1s');
  assert.equal(answer('{"batch":1,"max_bytes":101}', 'in.3'), '409 Exceeded MaxRequestMaxBytes of 100');
  assert.equal(answer('{"batch":1,"idle_heartbeat":1}', 'in.4'), '400 Bad Request - heartbeat value too large');
  world.pull('1', 'in.5');
  assert.equal(answer('1', 'in.6'), '409 Exceeded MaxWaiting');
});

test('a request that needs a newer API is refused', async () => {
  const world = new TestStream();
  await world.open({});
  const inbox = world.bus.collect('in.1');
  const header = 'NATS/1.0\r\nNats-Required-Api-Level: 99\r\n\r\n';
  world.bus.publish(makeMessage('$JS.API.CONSUMER.MSG.NEXT.S.C', '1', 'in.1', header));
  assert.equal(subjects(inbox), '412 Required Api Level');
});

test('there is interest in requests exactly while the consumer lives, and its end is told', async () => {
  const world = new TestStream();
  const consumer = await world.open({});
  const inbox = world.pull('5', 'in.1');
  assert.equal(world.bus.hasInterest('$JS.API.CONSUMER.MSG.NEXT.S.C'), true);
  consumer.remove();
  assert.equal(subjects(inbox), '409 Consumer Deleted');
  assert.equal(world.bus.hasInterest('$JS.API.CONSUMER.MSG.NEXT.S.C'), false);
  assert.equal(world.clock.timers, 0);
});

test('a server that stops says what each request still wanted', async () => {
  const world = new TestStream();
  const consumer = await world.open({});
  const inbox = world.pull('{"batch":5,"max_bytes":77}', 'in.1');
  consumer.shutDown();
  assert.equal(subjects(inbox), '409 Server Shutdown|Nats-Pending-Messages: 5|Nats-Pending-Bytes: 77');
});

// --- acknowledgements ---------------------------------------------------------------------------------------------

test('acknowledgements move the floor and are answered when asked', async () => {
  const world = new TestStream();
  world.add('a', 'b', 'c');
  const consumer = await world.open({});
  const inbox = world.pull('3', 'in.1');
  const answers = world.bus.collect('ans');
  ack(world, inbox[1]);
  ack(world, inbox[0], '+ACK', 'ans');
  ack(world, inbox[0], '+OK', 'ans');
  assert.equal(answers.length, 2);
  const info = consumer.numbers();
  assert.deepEqual([info.ackFloor.streamSequence, info.ackFloor.consumerSequence, info.ackPending], [2, 2, 1]);
});

test('with sync always an acknowledgement is answered when it is on disk', async () => {
  const world = new TestStream();
  world.answersWhenDurable = true;
  world.add('a');
  await world.open({});
  const inbox = world.pull('1', 'in.1');
  const answers = world.bus.collect('ans');
  ack(world, inbox[0], '', 'ans');
  world.clock.endTurn();
  assert.equal(answers.length, 0);
  world.consumerStore.finish();
  assert.equal(answers.length, 1);
});

test('acknowledgements of what was never delivered, or of another consumer, change nothing', async () => {
  const world = new TestStream();
  world.add('a', 'b');
  const consumer = await world.open({});
  world.pull('1', 'in.1');
  const answers = world.bus.collect('ans');
  for (const sequence of ['2', '99', 'x']) world.bus.send(`$JS.ACK.S.C.1.${sequence}.1.1.0`, '', 'ans');
  assert.equal(answers.length, 0);
  world.bus.send('$JS.ACK.S.D.1.1.1.1.0', '', 'ans');
  world.bus.send('$JS.ACK.S.C.1.1.1.1.0.9', '', 'ans');
  world.bus.send('$JS.ACK.S.D.S.C.1.1.1.1.0', '', 'ans');
  assert.deepEqual([world.unknownAcks.length, consumer.numbers().ackPending], [3, 1]);
});

test('what acknowledges no message at all is answered where the reference answers it', async () => {
  const world = new TestStream();
  world.add('a');
  const consumer = await world.open({});
  world.pull('1', 'in.1');
  const answers = world.bus.collect('ans');
  const isAnswered = (text: string, sequence: string): boolean => {
    const before = answers.length;
    world.bus.send(`$JS.ACK.S.C.1.${sequence}.1.1.0`, text, 'ans');
    return answers.length > before;
  };
  for (const text of ['+ACK', '+TERM']) assert.deepEqual([isAnswered(text, '0'), isAnswered(text, 'x')], [true, false]);
  for (const text of ['-NAK', '+WPI']) assert.deepEqual([isAnswered(text, '0'), isAnswered(text, 'x')], [false, true]);
  assert.equal(consumer.numbers().ackPending, 1);
});

test('max_ack_pending stops deliveries until something is acknowledged', async () => {
  const world = new TestStream();
  world.add('a', 'b', 'c', 'd');
  await world.open({ max_ack_pending: 2 });
  const inbox = world.pull('9', 'in.1');
  assert.equal(subjects(inbox), 'a b');
  ack(world, inbox[1]);
  assert.equal(subjects(inbox), 'a b c');
});

test('a full consumer keeps a request that must not wait', async () => {
  const world = new TestStream();
  world.add('a', 'b');
  await world.open({ max_ack_pending: 1 });
  const inbox = world.pull('{"batch":9,"no_wait":true}', 'in.1');
  assert.equal(subjects(inbox), 'a');
  ack(world, inbox[0]);
  assert.equal(subjects(inbox), 'a b');
  ack(world, inbox[1]);
  assert.equal(subjects(inbox), 'a b 404 No Messages');
});

test('acknowledging all covers everything before, and tells a stream that removes', async () => {
  const world = new TestStream();
  world.removesAcknowledged = true;
  world.add('a', 'b', 'c', 'd');
  const consumer = await world.open({ ack_policy: 'all' });
  const inbox = world.pull('4', 'in.1');
  ack(world, inbox[2]);
  assert.deepEqual(world.acked, [1, 2, 3]);
  assert.deepEqual([consumer.numbers().ackPending, consumer.numbers().ackFloor.streamSequence], [1, 3]);
});

test('without acknowledgements everything delivered is done with', async () => {
  const world = new TestStream();
  world.removesAcknowledged = true;
  world.add('a', 'b');
  const consumer = await world.open({ ack_policy: 'none' });
  world.pull('2', 'in.1');
  assert.deepEqual(world.acked, [1, 2]);
  assert.deepEqual([consumer.numbers().ackFloor.streamSequence, consumer.numbers().ackPending], [2, 0]);
  world.bus.send('$JS.ACK.S.C.1.1.1.1.0', '', 'ans');
  assert.equal(world.unknownAcks.length, 1);
});

test('+NXT acknowledges and asks for more', async () => {
  const world = new TestStream();
  world.add('a', 'b', 'c');
  const consumer = await world.open({});
  const inbox = world.pull('1', 'in.1');
  ack(world, inbox[0], '+NXT {"batch":2}', 'in.1');
  assert.equal(subjects(inbox), 'a b c');
  assert.equal(consumer.numbers().ackFloor.streamSequence, 1);
});

// --- redelivery ---------------------------------------------------------------------------------------------------

test('what is not acknowledged in time comes again, with a higher count and the next consumer sequence', async () => {
  const world = new TestStream();
  world.add('a', 'b');
  const consumer = await world.open({ ack_wait: SECOND });
  const inbox = world.pull('9', 'in.1');
  world.clock.advance(500);
  ack(world, inbox[1], '+WPI');
  world.clock.advance(501);
  assert.equal(numbers(inbox), '1/1/1/1 1/2/2/0 2/1/3/0');
  world.clock.advance(500);
  assert.equal(numbers(inbox), '1/1/1/1 1/2/2/0 2/1/3/0 2/2/4/0');
  assert.equal(consumer.numbers().redelivered, 2);
});

test('a refused message comes at once or after its delay', async () => {
  const world = new TestStream();
  world.add('a', 'b');
  await world.open({});
  const inbox = world.pull('9', 'in.1');
  ack(world, inbox[0], '-NAK');
  assert.equal(numbers(inbox), '1/1/1/1 1/2/2/0 2/1/3/0');
  ack(world, inbox[1], '-NAK {"delay":2000000000}');
  world.clock.advance(1999);
  assert.equal(inbox.length, 3);
  world.clock.advance(2);
  assert.equal(numbers(inbox), '1/1/1/1 1/2/2/0 2/1/3/0 2/2/4/0');
  assert.deepEqual(
    world.events.map((event) => event.kind),
    ['nak', 'nak'],
  );
});

test('backoff spaces redeliveries out', async () => {
  const world = new TestStream();
  world.add('a');
  await world.open({ ack_wait: SECOND, backoff: [SECOND, 3 * SECOND] });
  const inbox = world.pull('9', 'in.1');
  const times = [1001, 4002, 7003].map((atMs) => {
    world.clock.advance(atMs - (world.clock.monotonicMs() - 1000) - 0.5);
    const before = inbox.length;
    world.clock.advance(1);
    return inbox.length - before;
  });
  assert.deepEqual(times, [1, 1, 1]);
});

test('after its last delivery a message is given up, reported once, and not done with', async () => {
  const world = new TestStream();
  world.removesAcknowledged = true;
  world.add('a', 'b');
  const consumer = await world.open({ ack_wait: SECOND, max_deliver: 2 });
  const inbox = world.pull('9', 'in.1');
  ack(world, inbox[1]);
  world.clock.advance(5000);
  assert.equal(numbers(inbox), '1/1/1/1 1/2/2/0 2/1/3/0');
  assert.deepEqual(world.events, [{ kind: 'max_deliver', streamSequence: 1, deliveries: 2 }]);
  assert.deepEqual([consumer.numbers().ackPending, consumer.numbers().redelivered], [0, 1]);
  assert.deepEqual([world.acked, consumer.needs(1, 0), consumer.needs(2, 1)], [[2], true, false]);
});

test('a terminated message is done with and reported with its reason', async () => {
  const world = new TestStream();
  world.add('a');
  const consumer = await world.open({ ack_wait: SECOND });
  const inbox = world.pull('9', 'in.1');
  const answers = world.bus.collect('ans');
  ack(world, inbox[0], '+TERM bad order', 'ans');
  world.clock.advance(3000);
  assert.deepEqual([inbox.length, answers.length, consumer.numbers().ackPending], [1, 1, 0]);
  assert.deepEqual(world.events, [
    { kind: 'terminated', consumerSequence: 1, streamSequence: 1, deliveries: 1, reason: 'bad order' },
  ]);
});

test('a pending message that leaves the stream frees its place and is reported', async () => {
  const world = new TestStream();
  world.add('a', 'b');
  const consumer = await world.open({ max_ack_pending: 1, ack_wait: SECOND });
  const inbox = world.pull('9', 'in.1');
  world.store.remove(1);
  assert.equal(subjects(inbox), 'a b');
  assert.deepEqual(world.events, [
    {
      kind: 'terminated',
      consumerSequence: 1,
      streamSequence: 1,
      deliveries: 1,
      reason: 'Unacknowledged message was deleted',
    },
  ]);
  assert.equal(consumer.numbers().ackFloor.streamSequence, 1);
});

test('after a purge nothing is pending and deliveries go on behind it', async () => {
  const world = new TestStream();
  world.add('a', 'b', 'c');
  const consumer = await world.open({});
  const inbox = world.pull('2', 'in.1');
  world.store.purge({ filter: null, sequence: 0, keep: 0 });
  const info = consumer.numbers();
  assert.deepEqual([info.ackPending, info.pending, info.delivered.streamSequence], [0, 0, 3]);
  assert.deepEqual([info.ackFloor.streamSequence, info.ackFloor.consumerSequence], [3, 2]);
  world.add('d');
  world.bus.send('$JS.API.CONSUMER.MSG.NEXT.S.C', '', 'in.1');
  assert.equal(numbers(inbox), '1/1/1/2 1/2/2/1 1/4/3/0');
});

// --- restart ------------------------------------------------------------------------------------------------------

test('a restarted consumer goes on where it was and redelivers what is pending', async () => {
  const world = new TestStream();
  world.add('a', 'b', 'c');
  const first = await world.open({ ack_wait: SECOND });
  const inbox = world.pull('2', 'in.1');
  ack(world, inbox[0]);
  const saved = world.consumerStore.state();
  first.shutDown();
  world.consumerStore = new TestConsumerStore(saved);
  const second = await world.open({ ack_wait: SECOND });
  const info = second.numbers();
  assert.deepEqual([info.delivered.streamSequence, info.ackFloor.streamSequence, info.ackPending], [2, 1, 1]);
  const again = world.pull('5', 'in.2');
  assert.equal(numbers(again), '1/3/3/0');
  world.clock.advance(1600);
  assert.equal(numbers(again), '1/3/3/0 2/2/4/0 2/3/5/0');
});

// --- deliver policies ---------------------------------------------------------------------------------------------

async function started(config: Parameters<typeof makeConfig>[0]): Promise<string> {
  const world = new TestStream();
  world.add('a', 'b', 'a', 'c');
  world.clock.advance(1000);
  world.add('b', 'a');
  await world.open(config);
  world.add('z');
  return numbers(world.pull('99', 'in.1')).replaceAll(/1\/(\d+)\/\d+\/(\d+)/g, '$1+$2');
}

test('every deliver policy starts where it should', async () => {
  assert.equal(await started({}), '1+6 2+5 3+4 4+3 5+2 6+1 7+0');
  assert.equal(await started({ deliver_policy: 'last' }), '6+1 7+0');
  assert.equal(await started({ deliver_policy: 'new' }), '7+0');
  assert.equal(await started({ deliver_policy: 'by_start_sequence', opt_start_seq: 5 }), '5+2 6+1 7+0');
  const time = '2024-01-01T00:00:00.5Z';
  assert.equal(await started({ deliver_policy: 'by_start_time', opt_start_time: time }), '5+2 6+1 7+0');
  assert.equal(await started({ deliver_policy: 'last_per_subject', filter_subject: '>' }), '4+3 5+2 6+1 7+0');
});

test('deliver policies respect filters', async () => {
  assert.equal(await started({ filter_subject: 'b' }), '2+1 5+0');
  assert.equal(await started({ filter_subjects: ['b', 'c'] }), '2+2 4+1 5+0');
  assert.equal(await started({ deliver_policy: 'last', filter_subject: 'b' }), '5+0');
  assert.equal(await started({ deliver_policy: 'last_per_subject', filter_subjects: ['a', 'b'] }), '5+1 6+0');
});

// --- push ---------------------------------------------------------------------------------------------------------

const PUSH = { deliver_subject: 'to', max_waiting: 0 };

test('a push consumer delivers while somebody listens', async () => {
  const world = new TestStream();
  world.add('a');
  const consumer = await world.open(PUSH);
  assert.equal(consumer.numbers().isPushBound, false);
  const first = world.bus.collect('to');
  assert.equal(subjects(first), 'a');
  first.close();
  world.add('b');
  assert.equal(consumer.numbers().delivered.consumerSequence, 1);
  const second = world.bus.collect('to');
  assert.equal(numbers(second), '1/2/2/0');
});

test('a push consumer answers pull requests with what it is', async () => {
  const world = new TestStream();
  await world.open(PUSH);
  assert.equal(subjects(world.pull('1', 'in.1')), '409 Consumer is push based');
});

test('a push consumer waits for a congested receiver', async () => {
  const world = new TestStream();
  await world.open(PUSH);
  const inbox = world.bus.collect('to');
  world.bus.congested.add('to');
  world.add('a', 'b', 'c');
  assert.equal(subjects(inbox), 'a');
  world.bus.relieve('to');
  assert.equal(subjects(inbox), 'a b c');
});

test('idle heartbeats of a push consumer tell the last sequences', async () => {
  const world = new TestStream();
  await world.open({ ...PUSH, idle_heartbeat: SECOND });
  const inbox = world.bus.collect('to');
  world.clock.advance(600);
  world.add('a');
  world.clock.advance(999);
  assert.equal(subjects(inbox), 'a');
  world.clock.advance(1001);
  const heartbeat = '100 Idle Heartbeat|Nats-Last-Consumer: 1|Nats-Last-Stream: 1';
  assert.equal(subjects(inbox), `a ${heartbeat} ${heartbeat}`);
});

test('flow control stops a push consumer until the client answers', async () => {
  const world = new TestStream();
  const big = 'x'.repeat(500_000);
  for (let i = 0; i < 20; i++) world.store.add('a', big);
  await world.open({ ...PUSH, ack_policy: 'none', flow_control: true, idle_heartbeat: SECOND });
  const inbox = world.bus.collect('to');
  const requests = () => inbox.filter((arrival) => arrival.header.includes('FlowControl'));
  assert.equal(inbox.length - requests().length, 5);
  assert.equal(status(requests()[0] as Arrival), '100 FlowControl Request');
  const token = requests()[0]?.reply ?? '';
  assert.match(token, /^\$JS\.FC\.S\.C\.[0-9A-Za-z]{4}$/);
  world.clock.advance(1000);
  assert.ok(inbox.at(-1)?.header.includes(`Nats-Consumer-Stalled: ${token}\r\n\r\n`));
  world.bus.send('$JS.FC.S.C.nope', '');
  world.bus.send(token, '');
  assert.equal(requests().length, 2);
  for (let i = 0; i < 5; i++) world.bus.send(requests().at(-1)?.reply ?? '', '');
  assert.equal(inbox.filter((arrival) => arrival.reply.startsWith('$JS.ACK')).length, 20);
});

test('acknowledgement by flow control moves the floor to what the client saw', async () => {
  const world = new TestStream();
  world.add('a', 'b', 'c');
  const config = { ack_policy: 'flow_control', ack_wait: 0, max_ack_pending: 2, flow_control: true } as const;
  const consumer = await world.open({ ...PUSH, ...config, idle_heartbeat: SECOND });
  const inbox = world.bus.collect('to');
  assert.equal(numbers(inbox), '1/1/1/2 1/2/2/1');
  const request = inbox.find((arrival) => arrival.header.includes('FlowControl'));
  const header = 'NATS/1.0\r\nNats-Last-Consumer: 2\r\nNats-Last-Stream: 2\r\n\r\n';
  world.bus.publish(makeMessage(request?.reply ?? '', '', '', header));
  assert.equal(numbers(inbox), '1/1/1/2 1/2/2/1 1/3/3/0');
  assert.equal(consumer.numbers().ackFloor.streamSequence, 2);
});

test('headers_only leaves the payload out and tells its size', async () => {
  const world = new TestStream();
  world.store.add('a', 'hello');
  world.store.add('b', 'hello you', 'NATS/1.0\r\nKey: value\r\n\r\n');
  await world.open({ ...PUSH, headers_only: true });
  const inbox = world.bus.collect('to');
  assert.deepEqual(
    inbox.map((arrival) => arrival.header + arrival.payload),
    ['NATS/1.0\r\nNats-Msg-Size: 5\r\n\r\n', 'NATS/1.0\r\nKey: value\r\nNats-Msg-Size: 9\r\n\r\n'],
  );
});

test('a rate limit spreads deliveries', async () => {
  const world = new TestStream();
  world.messageBytesMax = 100;
  for (let i = 0; i < 5; i++) world.store.add('a', 'x'.repeat(59));
  // One message is 100 bytes with subject and reply; 8000 bits a second are 1 byte a millisecond.
  await world.open({ ...PUSH, rate_limit_bps: 8000 });
  const inbox = world.bus.collect('to');
  const counts = [0, 100, 100, 100, 100].map((ms) => {
    world.clock.advance(ms);
    return inbox.length;
  });
  assert.deepEqual(counts, [1, 2, 3, 4, 5]);
});

test('replay original keeps the gaps', async () => {
  const world = new TestStream();
  world.add('a');
  world.clock.advance(300);
  world.add('b');
  world.clock.advance(700);
  world.add('c');
  await world.open({ ...PUSH, replay_policy: 'original' });
  const inbox = world.bus.collect('to');
  const counts = [0, 299, 1, 699, 1].map((ms) => {
    world.clock.advance(ms);
    return inbox.length;
  });
  assert.deepEqual(counts, [1, 1, 2, 2, 3]);
});

// --- life ---------------------------------------------------------------------------------------------------------

const EPHEMERAL = { durable_name: '', inactive_threshold: 5 * SECOND };

test('an ephemeral pull consumer is removed when nobody asks for its threshold', async () => {
  const world = new TestStream();
  await world.open(EPHEMERAL);
  world.clock.advance(4000);
  world.pull('{"batch":1,"expires":3000000000}', 'in.1');
  world.clock.advance(7000);
  assert.equal(world.inactive, 0);
  world.clock.advance(5000);
  assert.equal(world.inactive, 1);
  assert.equal(world.clock.timers, 0);
});

test('a consumer whose messages may still be acknowledged is not inactive', async () => {
  const world = new TestStream();
  world.add('a');
  await world.open({ ...EPHEMERAL, ack_wait: 20 * SECOND });
  world.pull('1', 'in.1').close();
  world.clock.advance(24_000);
  assert.equal(world.inactive, 0);
  world.clock.advance(3000);
  assert.equal(world.inactive, 1);
});

test('an ephemeral push consumer is removed when its subscriber stays away', async () => {
  const world = new TestStream();
  await world.open({ ...PUSH, ...EPHEMERAL });
  const inbox = world.bus.collect('to');
  world.clock.advance(60_000);
  inbox.close();
  world.clock.advance(3000);
  const back = world.bus.collect('to');
  world.clock.advance(60_000);
  assert.equal(world.inactive, 0);
  back.close();
  world.clock.advance(5001);
  assert.equal(world.inactive, 1);
});

test('a paused consumer delivers nothing until its time, and reports both ends', async () => {
  const world = new TestStream();
  world.add('a');
  const consumer = await world.open({});
  consumer.update(makeConfig({ pause_until: '2024-01-01T00:00:10Z' }));
  const inbox = world.pull('5', 'in.1');
  assert.deepEqual([inbox.length, consumer.numbers().isPaused], [0, true]);
  assert.equal(consumer.numbers().pauseRemainingNs, 10 * SECOND);
  world.clock.advance(10_000);
  assert.equal(subjects(inbox), 'a');
  assert.deepEqual(world.events, [
    { kind: 'pause', isPaused: true },
    { kind: 'pause', isPaused: false },
  ]);
});

test('an update takes effect on a live consumer', async () => {
  const world = new TestStream();
  world.add('a', 'b', 'a', 'b');
  const consumer = await world.open({ filter_subject: 'a', max_ack_pending: 1 });
  const inbox = world.pull('9', 'in.1');
  assert.equal(numbers(inbox), '1/1/1/1');
  consumer.update(makeConfig({ filter_subject: 'b', max_ack_pending: 5 }));
  assert.equal(numbers(inbox), '1/1/1/1 1/2/2/1 1/4/3/0');
});

test('a new deliver subject gets everything pending again', async () => {
  const world = new TestStream();
  world.add('a', 'b');
  const consumer = await world.open(PUSH);
  world.bus.collect('to').close();
  consumer.update(makeConfig({ ...PUSH, deliver_subject: 'elsewhere' }));
  const inbox = world.bus.collect('elsewhere');
  assert.equal(numbers(inbox), '2/1/3/0 2/2/4/0');
});

test('a reset starts over', async () => {
  const world = new TestStream();
  world.add('a', 'b', 'c');
  const consumer = await world.open({});
  const inbox = world.pull('9', 'in.1');
  ack(world, inbox[0]);
  assert.equal(await consumer.reset(0), 2);
  assert.equal(numbers(inbox), '1/1/1/2 1/2/2/1 1/3/3/0 1/2/1/1 1/3/2/0');
  const other = await openConsumer(world, 'D', makeConfig({ deliver_policy: 'new' }));
  assert.equal(await other.reset(2), 'not allowed');
});

test('acknowledgements are sampled', async () => {
  const world = new TestStream();
  world.add('a');
  await world.open({ sample_freq: '100%' });
  const inbox = world.pull('1', 'in.1');
  world.clock.advance(25);
  ack(world, inbox[0]);
  assert.deepEqual(world.events, [
    { kind: 'ack_sample', consumerSequence: 1, streamSequence: 1, deliveries: 1, delayNs: 25_000_000 },
  ]);
});

test('a broken invariant stops the consumer and nothing else', async () => {
  const world = new TestStream();
  const consumer = await world.open({ filter_subject: 'a' });
  const inbox = world.pull('9', 'in.1');
  world.add('a');
  world.store.nextSequence = () => 1;
  world.add('a');
  assert.equal(inbox.length, 1);
  assert.notEqual(world.fence, '');
  consumer.remove();
});

test('an acknowledgement from inside the delivery is recorded', async () => {
  const world = new TestStream();
  const consumer = await world.open(PUSH);
  world.bus.subscribe('to', null, (message) => {
    const reply = new TextDecoder().decode(message.reply.subarray(message.replyStart, message.replyEnd));
    world.bus.send(reply, '+ACK');
  });
  world.add('a', 'b', 'c');
  const info = consumer.numbers();
  assert.deepEqual([info.delivered.streamSequence, info.ackFloor.streamSequence, info.ackPending], [3, 3, 0]);
});
