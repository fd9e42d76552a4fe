import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MonitorWorld } from '../sim/monitor_world.ts';
import { SubjectMappings } from '../subject/mapping.ts';

test('accstatz shows accounts that somebody is connected to, and the others on request', async () => {
  const world = await new MonitorWorld().start();
  const client = await world.connect();
  client.send('SUB a 1\r\nPUB a 3\r\nabc\r\n');
  await world.turn();
  const page = world.page('/accstatz');
  const nothing = { msgs: 0, bytes: 0 };
  const traffic = { msgs: 1, bytes: 3, gateways: nothing, routes: nothing, leafs: nothing };
  assert.deepEqual(page.account_statz, [
    {
      acc: '$G',
      name: '$G',
      conns: 1,
      leafnodes: 0,
      total_conns: 1,
      num_subscriptions: 1,
      sent: traffic,
      received: traffic,
      slow_consumers: 0,
    },
  ]);
  const all = world.page('/accstatz?unused=1').account_statz;
  assert.deepEqual(all.map(({ acc }: { acc: string }) => acc).sort(), ['$G', '$SYS']);
});

test('accountz lists accounts and describes one', async () => {
  const world = await new MonitorWorld({}, true).start();
  await world.connect();
  assert.deepEqual(world.page('/accountz').accounts, ['$G', '$SYS']);
  const { account_detail: detail, system_account: system } = world.page('/accountz?acc=$G');
  assert.equal(system, '$SYS');
  assert.deepEqual([detail.account_name, detail.is_system, detail.jetstream_enabled], ['$G', undefined, true]);
  assert.equal(detail.client_connections, 1);
  assert.equal(detail.sublist_stats.num_subscriptions, detail.subscriptions);
  assert.equal(world.page('/accountz?acc=$SYS').account_detail.is_system, true);
  assert.deepEqual(world.get('/accountz?acc=nope').body, 'Account nope does not exist');
});

test('mappings are shown as they are drawn: weights added up, what stays on the source among them', () => {
  const world = new MonitorWorld();
  const at = (subject: string, weight: number, cluster = '') => ({ subject, weight, cluster });
  world.server.defaultAccount.mappings = new SubjectMappings([
    { source: 'a', destinations: [at('b', 100)] },
    { source: 'w.*', destinations: [at('x.$1', 30), at('y.$1', 20, 'east')] },
  ]);
  assert.deepEqual(world.page('/accountz?acc=$G').account_detail.mappings, {
    a: [{ subject: 'b', weight: 100 }],
    'w.*': [
      { subject: 'x.$1', weight: 30 },
      { subject: 'w.$1', weight: 100 },
      { subject: 'y.$1', weight: 20, cluster: 'east' },
      { subject: 'w.$1', weight: 100, cluster: 'east' },
    ],
  });
});
