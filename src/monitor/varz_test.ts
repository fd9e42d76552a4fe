import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MonitorWorld } from '../sim/monitor_world.ts';
import { CpuMeter } from './cpu_meter.ts';
import { rttText, uptimeText } from './monitor_json.ts';

test('varz counts what clients send and get', async () => {
  const world = await new MonitorWorld().start();
  const client = await world.connect();
  client.send('SUB a 1\r\nSUB a 2\r\nPUB a 3\r\nabc\r\n');
  await world.turn();
  const page = world.page('/varz');
  assert.deepEqual([page.in_msgs, page.in_bytes, page.in_client_msgs, page.in_client_bytes], [1, 3, 1, 3]);
  assert.deepEqual([page.out_msgs, page.out_bytes, page.out_client_msgs, page.out_client_bytes], [2, 6, 2, 6]);
  assert.deepEqual([page.connections, page.total_connections, page.subscriptions], [1, 1, 2]);
});

test('varz counts slow consumers and stale connections by kind', async () => {
  const world = await new MonitorWorld({ pingIntervalMs: 1000, pingsOutMax: 1, pendingBytesMax: 10 }).start();
  await world.connect();
  const slow = await world.connect();
  slow.takes = false;
  slow.send('SUB a 1\r\nPUB a 20\r\n01234567890123456789\r\n');
  await world.advance(10_000);
  const page = world.page('/varz');
  assert.deepEqual(page.slow_consumer_stats, { clients: 1, routes: 0, gateways: 0, leafs: 0 });
  assert.deepEqual(page.stale_connection_stats, { clients: 1, routes: 0, gateways: 0, leafs: 0 });
  assert.deepEqual([page.slow_consumers, page.stale_connections], [1, 1]);
  const reasons = world
    .page('/connz?state=closed&sort=reason')
    .connections.map(({ reason }: { reason: string }) => reason);
  assert.deepEqual(reasons, ['Slow Consumer (Pending Bytes)', 'Stale Connection']);
});

test('varz says where clients are told that the server is', async () => {
  const told = await new MonitorWorld({ clientAdvertise: 'example.com:1234' }).start();
  const { host, port } = told.page('/varz');
  assert.deepEqual([host, port], ['example.com', 1234]);
  const plain = (await new MonitorWorld({ host: '127.0.0.1' }).start()).page('/varz');
  assert.deepEqual([plain.host, plain.port], ['127.0.0.1', 4222]);
});

test('varz shows -1 where nobody may connect, as the reference', () => {
  assert.equal(new MonitorWorld({ connectionsMax: 0 }).page('/varz').max_connections, -1);
  assert.equal(new MonitorWorld({ connectionsMax: 5 }).page('/varz').max_connections, 5);
});

test('varz leaves JetStream empty where it is off and shows its section where it is on', () => {
  assert.deepEqual(new MonitorWorld().page('/varz').jetstream, {});
  const { config, stats, limits } = new MonitorWorld({}, true).page('/varz').jetstream;
  assert.equal(config.max_storage, 2000);
  assert.equal(config.sync_always, true);
  assert.equal(stats.accounts, 1);
  assert.deepEqual(limits, { default_max_consumers: 1000 });
});

test('up-time and round trips are spelled as the reference spells them', () => {
  assert.equal(uptimeText(999), '0s');
  assert.equal(uptimeText(61_000), '1m1s');
  assert.equal(uptimeText(3_600_000), '1h0m0s');
  assert.equal(uptimeText(86_400_000 * 366), '1y1d0h0m0s');
  assert.equal(rttText(0), '0s');
  assert.equal(rttText(0.1234567), '123µs');
  assert.equal(rttText(1.234567), '1.234567ms');
  assert.equal(rttText(0.000_5), '500ns');
});

test('the load of the processor is that of the last moment', () => {
  const world = new MonitorWorld();
  let nowMs = 0;
  let cpuMicros = 0;
  const clock = { ...world.clock, monotonicMs: () => nowMs };
  const meter = new CpuMeter(clock as typeof world.clock, {
    ...world.parts.host,
    usage: () => ({ ...world.parts.host.usage(), cpuMicros }),
  });
  assert.equal(meter.percent(), 0);
  nowMs = 2000;
  cpuMicros = 1_000_000;
  assert.equal(meter.percent(), 50);
  nowMs = 2500;
  cpuMicros = 1_500_000;
  assert.equal(meter.percent(), 50, 'a sample is too young to be replaced');
  nowMs = 4000;
  assert.equal(meter.percent(), 25);
});
