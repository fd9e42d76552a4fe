import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MonitorWorld, type Page } from '../sim/monitor_world.ts';

async function subscribed(): Promise<MonitorWorld> {
  const world = await new MonitorWorld().start();
  const client = await world.connect();
  client.send('SUB a.* 1\r\nSUB a.> q 2\r\nUNSUB 2 5\r\nSUB b 3\r\nSUB c 4\r\nUNSUB 4\r\n');
  client.send('PUB a.x 1\r\nm\r\nPUB b 1\r\nm\r\nPUB a.x 1\r\nm\r\n');
  await world.turn();
  return world;
}

test('the numbers of the lists of subscriptions add up', async () => {
  const { now: _, server_id: __, ...numbers } = (await subscribed()).page('/subsz?acc=$G');
  assert.deepEqual(numbers, {
    num_subscriptions: 3,
    num_cache: 2,
    num_inserts: 4,
    num_removes: 1,
    num_matches: 3,
    cache_hit_rate: 1 / 3,
    max_fanout: 2,
    avg_fanout: 1.5,
    total: 0,
    offset: 0,
    limit: 1024,
  });
});

test('subscriptions are listed a page at a time, with the account they belong to', async () => {
  const world = await subscribed();
  const page = world.page('/subsz?subs=1');
  assert.equal(page.total, 3);
  const ofQueue = page.subscriptions_list.find((one: Page) => one.qgroup === 'q');
  assert.deepEqual(ofQueue, {
    account: '$G',
    account_tag: '$G',
    subject: 'a.>',
    qgroup: 'q',
    sid: '2',
    msgs: 2,
    max: 5,
    cid: 1,
  });
  assert.equal(world.page('/subsz?subs=1&offset=2&limit=9').subscriptions_list.length, 1);
  assert.equal(world.page('/subsz?subs=1&offset=3').subscriptions_list, undefined);
});

test('a subject to test leaves those that it would reach', async () => {
  const world = await subscribed();
  const subjects = (target: string): string[] =>
    (world.page(target).subscriptions_list ?? []).map(({ subject }: Page) => subject).sort();
  assert.deepEqual(subjects('/subsz?subs=1&test=a.1'), ['a.*', 'a.>']);
  assert.deepEqual(subjects('/subsz?subs=1&test=a.1.2'), ['a.>']);
  assert.deepEqual(subjects('/subsz?subs=1&test=zzz'), []);
  for (const wrong of ['a.*', 'a..b', 'a b']) {
    assert.equal(
      world.get(`/subsz?test=${wrong}`).body,
      `invalid test subject, must be valid publish subject: ${wrong}`,
    );
  }
});

test('of an account that is not there everything is 0', async () => {
  const page = (await subscribed()).page('/subsz?acc=nope&subs=1');
  assert.deepEqual([page.num_subscriptions, page.num_inserts, page.total], [0, 0, 0]);
});
