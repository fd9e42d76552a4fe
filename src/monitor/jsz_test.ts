import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MonitorWorld } from '../sim/monitor_world.ts';

async function withStreams(): Promise<MonitorWorld> {
  const world = await new MonitorWorld({}, true).start();
  await world.advance(1);
  for (const name of ['B', 'A']) {
    await world.api(`STREAM.CREATE.${name}`, { name, subjects: [`${name}.*`], storage: 'memory' });
  }
  await world.api('CONSUMER.DURABLE.CREATE.A.C', {
    stream_name: 'A',
    config: { durable_name: 'C', ack_policy: 'explicit' },
  });
  const client = await world.connect();
  client.send('PUB A.1 2\r\nhi\r\n');
  await world.turn();
  return world;
}

test('jsz adds up what all accounts have', async () => {
  const page = (await withStreams()).page('/jsz');
  assert.deepEqual([page.streams, page.consumers, page.messages, page.total], [2, 1, 1, 1]);
  assert.ok(page.bytes > 0);
  assert.equal(page.memory, page.bytes);
  assert.deepEqual([page.account_details, page.streams_leader], [undefined, undefined]);
  assert.equal(page.api.total, 3);
});

test('jsz says that JetStream is off, and nothing where only a leader is asked', () => {
  const world = new MonitorWorld();
  const page = world.page('/jsz');
  assert.equal(page.disabled, true);
  assert.deepEqual(page.config, { max_memory: 0, max_storage: 0 });
  assert.deepEqual(world.get('/jsz?leader-only=1').body, 'filtered response: not leader');
});

test('streams and consumers are shown as far as asked for', async () => {
  const world = await withStreams();
  assert.equal(world.page('/jsz?accounts=1').account_details[0].stream_detail, undefined);
  const [first, second] = world.page('/jsz?streams=1').account_details[0].stream_detail;
  assert.deepEqual([first.name, second.name, first.config, first.consumer_detail], ['A', 'B', undefined, undefined]);
  assert.equal(first.state.messages, 1);
  assert.deepEqual(first.cluster, { leader: 'SERVER' });
  const [brief] = world.page('/jsz?consumers=1').account_details[0].stream_detail[0].consumer_detail;
  assert.deepEqual([brief.name, brief.config, brief.num_pending], ['C', undefined, 1]);
  const [whole] = world.page('/jsz?consumers=true&config=true').account_details[0].stream_detail;
  assert.deepEqual(whole.config.subjects, ['A.*']);
  assert.equal(whole.consumer_detail[0].config.durable_name, 'C');
});

test('one account is asked for by its name; of one that is not there nothing is shown', async () => {
  const world = await withStreams();
  assert.equal(world.page('/jsz?acc=$G').account_details.length, 1);
  assert.equal(world.page('/jsz?acc=nope&streams=1').account_details, undefined);
  assert.equal(world.page('/jsz?accounts=1&offset=1').account_details, undefined);
  assert.equal(world.page('/jsz?accounts=1&limit=-1&offset=1').account_details.length, 1);
});

test('what an account may use is a whole unsigned number where nothing limits it', async () => {
  const { body } = (await withStreams()).get('/jsz?accounts=1');
  assert.match(body, /"reserved_memory": 18446744073709551615,/);
});

test('everything is led here, where somebody asks for leaders', async () => {
  const page = (await withStreams()).page('/jsz?raft=1');
  assert.deepEqual([page.streams_leader, page.consumers_leader], [2, 1]);
});
