import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MonitorWorld, type Page } from '../sim/monitor_world.ts';

const cids = (page: Page): number[] => page.connections.map(({ cid }: { cid: number }) => cid);

/** Three clients: 1 is old and silent, 2 publishes, 3 listens. */
async function threeClients(): Promise<MonitorWorld> {
  const world = await new MonitorWorld().start();
  await world.connect({ name: 'old', lang: 'go', version: '1.2.3' });
  await world.advance(5000);
  const publisher = await world.connect({ user: 'u', pass: 'secret' });
  const listener = await world.connect({ auth_token: 'secret' });
  listener.send('SUB a.* q 7\r\nSUB b 8\r\n');
  publisher.send('PUB a.1 2\r\nhi\r\nPUB b 3\r\nabc\r\n');
  await world.advance(2001);
  return world;
}

test('a connection is shown with what it said of itself and what it did', async () => {
  const world = await threeClients();
  const [, , listener] = world.page('/connz').connections;
  assert.deepEqual(
    { ...listener, start: '', last_activity: '', port: 0 },
    {
      cid: 3,
      kind: 'Client',
      type: 'nats',
      ip: '127.0.0.1',
      port: 0,
      start: '',
      last_activity: '',
      rtt: '1ns',
      uptime: '2s',
      idle: '2s',
      pending_bytes: 0,
      in_msgs: 0,
      out_msgs: 2,
      in_bytes: 0,
      out_bytes: 5,
      subscriptions: 2,
    },
  );
});

test('who is behind a connection is shown on request, a secret never', async () => {
  const world = await threeClients();
  const page = world.page('/connz?auth=1');
  assert.deepEqual(
    page.connections.map((one: Page) => one.authorized_user),
    [undefined, 'u', '[REDACTED]'],
  );
  assert.deepEqual(
    page.connections.map((one: Page) => one.name_tag),
    ['$G', '$G', '$G'],
  );
  assert.ok(!JSON.stringify(page).includes('secret'));
  assert.deepEqual(cids(world.page('/connz?user=u')), [2]);
});

test('subscriptions are listed by subject or in detail', async () => {
  const world = await threeClients();
  assert.deepEqual(world.page('/connz?subs=1').connections[2].subscriptions_list, ['a.*', 'b']);
  assert.deepEqual(world.page('/connz?subs=detail').connections[2].subscriptions_list_detail, [
    { subject: 'a.*', qgroup: 'q', sid: '7', msgs: 1, cid: 3 },
    { subject: 'b', sid: '8', msgs: 1, cid: 3 },
  ]);
  assert.equal(world.page('/connz?subs=1').connections[0].subscriptions_list, undefined);
});

test('connections come in the order that is asked for', async () => {
  const world = await threeClients();
  const orders: [string, number[]][] = [
    ['cid', [1, 2, 3]],
    ['start', [1, 2, 3]],
    ['subs', [3, 1, 2]],
    ['msgs_to', [3, 1, 2]],
    ['bytes_to', [3, 1, 2]],
    ['msgs_from', [2, 1, 3]],
    ['bytes_from', [2, 1, 3]],
    ['last', [3, 2, 1]],
    ['idle', [1, 2, 3]],
  ];
  for (const [sort, order] of orders) assert.deepEqual(cids(world.page(`/connz?sort=${sort}`)), order, sort);
  assert.equal(cids(world.page('/connz?sort=uptime'))[2], 1);
});

test('an order that is none, or makes no sense for open connections, is refused', () => {
  const world = new MonitorWorld();
  assert.equal(world.get('/connz?sort=size').body, 'invalid sorting option: size');
  assert.equal(world.get('/connz?sort=stop').body, 'sort by stop only valid on closed connections');
  assert.equal(world.get('/connz?sort=reason&state=all').body, 'sort by reason only valid on closed connections');
  assert.equal(world.get('/connz?sort=stop&state=closed').status, 200);
  assert.equal(world.get('/connz?state=half').body, 'Error decoding state for half');
});

test('a page starts and ends where the query says, whatever the numbers', async () => {
  const world = await threeClients();
  assert.deepEqual(cids(world.page('/connz?offset=1&limit=1')), [2]);
  assert.deepEqual(cids(world.page('/connz?offset=-5&limit=-5')), [1, 2, 3]);
  const far = world.page('/connz?offset=9223372036854775807&limit=9223372036854775807');
  assert.deepEqual([far.num_connections, far.total], [0, 3]);
  assert.match(world.get('/connz?limit=9223372036854775807').body, /"limit": 9223372036854775807,/);
});

test('closed connections are remembered with the reason, until newer ones take their place', async () => {
  const world = await new MonitorWorld({ closedConnectionsKept: 2 }).start();
  for (let i = 0; i < 3; i++) {
    const client = await world.connect({ name: `c${i}` });
    client.send('SUB a 1\r\n');
    await world.turn();
    client.hangUp();
  }
  const page = world.page('/connz?state=closed&subs=detail&auth=1');
  assert.deepEqual(cids(page), [2, 3]);
  const [first] = page.connections;
  assert.equal(first.reason, 'Client Closed');
  assert.ok(first.stop >= first.start);
  assert.deepEqual(first.subscriptions_list_detail, [
    { account: '$G', account_tag: '$G', subject: 'a', sid: '1', msgs: 0, cid: 2 },
  ]);
  assert.equal(world.page('/connz').total, 0);
});

test('one connection is found by its id, open or closed', async () => {
  const world = await threeClients();
  (await world.connect()).hangUp();
  assert.deepEqual(cids(world.page('/connz?cid=2')), [2]);
  assert.deepEqual(cids(world.page('/connz?cid=4')), []);
  assert.deepEqual(cids(world.page('/connz?cid=4&state=all')), [4]);
  const page = world.page('/connz?cid=2&limit=50');
  assert.deepEqual([page.limit, page.total, page.num_connections], [1, 3, 1]);
});

test('an account that is not there has no connections, and the answer no server', () => {
  const world = new MonitorWorld();
  const page = world.page('/connz?acc=nope');
  assert.deepEqual(
    { ...page, now: '' },
    { server_id: '', now: '', num_connections: 0, total: 0, offset: 0, limit: 1024, connections: null },
  );
});
