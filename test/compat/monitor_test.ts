// Every monitoring page of both servers after the same traffic, with many queries: the same status, type and keys in the
// same order everywhere, and the same values where they do not depend on the server or the moment.
// Needs the reference server (see server_process.ts).
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { comparable, type Json, type ShapeRules } from './json_shape.ts';
import { closeStage, fetchPage, openStages, type Stage } from './monitor_stage.ts';

let reference: Stage;
let contrail: Stage;

before(async () => {
  [reference, contrail] = await openStages();
});

after(async () => {
  await Promise.all([closeStage(reference), closeStage(contrail)]);
});

/** How many subscriptions a server keeps for itself, and how its cache does, is its own affair. */
const OWN_SUBSCRIPTIONS = [
  ...['num_subscriptions', 'num_cache', 'num_inserts', 'num_removes', 'num_matches', 'cache_hit_rate', 'max_fanout'],
  ...['avg_fanout', 'total'],
];

type Arrange = (page: Json) => Json;

async function assertSamePage(
  target: string,
  rules: ShapeRules = {},
  arrange: Arrange = (page) => page,
): Promise<void> {
  const [theirs, ours] = [await fetchPage(reference, target), await fetchPage(contrail, target)];
  assert.equal(ours.status, theirs.status, `${target}: ${ours.body}`);
  assert.equal(ours.contentType, theirs.contentType, target);
  assert.equal(ours.origin, theirs.origin, target);
  if (!theirs.contentType.startsWith('application/json')) {
    assert.equal(ours.body, theirs.body, target);
    return;
  }
  const text = (body: string) => JSON.stringify(comparable(arrange(JSON.parse(body) as Json), rules), null, 1);
  assert.equal(text(ours.body), text(theirs.body), target);
}

interface Subscribed {
  readonly name: string;
  readonly subscriptions: number;
}

/** The reference has those with as many subscriptions in no order: by name then. */
function tiesByName(page: Json): Json {
  const { connections, ...rest } = page as unknown as { connections: Subscribed[] };
  const byName = (a: Subscribed, b: Subscribed) => (a.name < b.name ? -1 : Number(a.name > b.name));
  const runs: Subscribed[][] = [];
  for (const one of connections) {
    const run = runs.at(-1);
    if (run?.[0]?.subscriptions === one.subscriptions) run.push(one);
    else runs.push([one]);
  }
  return { ...rest, connections: runs.flatMap((run) => run.sort(byName)) } as unknown as Json;
}

test('varz', async () => {
  await assertSamePage('/varz', { left_out: ['contrail'], undetermined: ['subscriptions', 'http_req_stats'] });
});

test('connz, in every order and state', async () => {
  const sorts = 'cid start msgs_to msgs_from bytes_to bytes_from uptime'.split(' ');
  for (const sort of sorts) await assertSamePage(`/connz?sort=${sort}&subs=1&auth=true`);
  await assertSamePage('/connz?sort=subs&subs=1&auth=true', {}, tiesByName);
  for (const sort of ['pending', 'last', 'idle', 'rtt'])
    await assertSamePage(`/connz?sort=${sort}&limit=1&cid=0`, { undetermined: ['connections'] });
  for (const state of ['open', 'closed', 'CLOSED', 'any', 'all', 'half']) await assertSamePage(`/connz?state=${state}`);
  for (const sort of ['stop', 'reason', 'size']) {
    await assertSamePage(`/connz?sort=${sort}&state=closed&auth=1&subs=detail`);
    await assertSamePage(`/connz?sort=${sort}`);
  }
});

test('what went to a client that only listened is the same to the byte', async () => {
  const bytesOf = async (stage: Stage) => {
    const { body } = await fetchPage(stage, '/connz');
    const { connections } = JSON.parse(body) as { connections: { name: string; out_bytes: number }[] };
    return connections.find(({ name }) => name === 'listener')?.out_bytes;
  };
  assert.equal(await bytesOf(contrail), await bytesOf(reference));
});

test('connz, filtered and paged', async () => {
  const queries = [
    'limit=1',
    'offset=1',
    'offset=1&limit=1&state=all',
    'offset=99',
    'offset=-1&limit=-1',
    'limit=9223372036854775807&offset=9223372036854775807',
    'offset=9223372036854775806&limit=2',
    'limit=9223372036854775808',
    'limit=1e3',
    'offset=x',
    'cid=-1',
    'cid=99999',
    'cid=18446744073709551615',
    'subs=detail',
    'subs=DETAIL',
    'subs=maybe',
    'auth=2',
    'user=somebody&auth=1',
    'user=nobody',
    'acc=$G&auth=1',
    'acc=$G&state=closed',
    'acc=nope',
    'mqtt_client=x',
    'filter_subject=a.1',
    'callback=f',
  ];
  for (const query of queries) await assertSamePage(`/connz?${query}`);
});

test('routez, gatewayz, leafz', async () => {
  for (const page of ['routez', 'gatewayz', 'leafz']) {
    for (const query of ['', '?subs=1', '?subs=detail', '?subs=x', '?accs=1', '?acc_name=$G', '?acc=$G', '?accs=x']) {
      await assertSamePage(`/${page}${query}`);
    }
  }
});

test('subsz, also by its old name', async () => {
  const rules = { undetermined: OWN_SUBSCRIPTIONS };
  for (const query of ['', '?limit=5', '?offset=-1', '?limit=x', '?test=a..b', '?test=a.*', '?acc=nope', '?subs=x']) {
    await assertSamePage(`/subsz${query}`, rules);
    await assertSamePage(`/subscriptionsz${query}`, rules);
  }
  for (const subject of ['a.1', 'b', 'deliver']) {
    await assertSamePage(`/subsz?subs=1&acc=$G&test=${subject}`, rules);
    await assertSamePage(`/subsz?subs=true&offset=1&limit=1&test=${subject}`, rules);
  }
  await assertSamePage('/subsz?subs=1&acc=nope', rules);
});

test('accountz and accstatz', async () => {
  await assertSamePage('/accountz');
  await assertSamePage('/accountz?acc=nope');
  await assertSamePage('/accstatz', { undetermined: [...OWN_SUBSCRIPTIONS, 'bytes'] });
  await assertSamePage('/accstatz?unused=x');
});

test('jsz, as far as asked for', async () => {
  const queries = [
    '',
    'accounts=1',
    'streams=1',
    'consumers=1',
    'consumers=1&config=1',
    'streams=1&config=true&raft=1',
    'consumers=1&direct-consumers=1',
    'acc=$G',
    'acc=$G&streams=1',
    'acc=nope',
    'acc=nope&streams=1',
    'accounts=1&limit=1&offset=0',
    'accounts=1&offset=5',
    'accounts=1&limit=-1&offset=5',
    'accounts=1&offset=-5',
    'leader-only=1',
    'stream-leader-only=1&streams=1',
    'raft=1',
    'limit=x',
    'streams=x',
    'config=x',
    'leader-only=x',
  ];
  for (const query of queries) await assertSamePage(`/jsz?${query}`);
});

test('healthz, of everything and of parts', async () => {
  const queries = [
    '',
    'js-enabled=1',
    'js-enabled-only=1',
    'js-server-only=1',
    'js-meta-only=1',
    'js-enabled=x',
    'details=x',
    'account=$G',
    'account=$G&stream=ORDERS',
    'account=$G&stream=ORDERS&consumer=pull',
    'account=$G&stream=ORDERS&consumer=nope',
    'account=$G&stream=nope',
    'account=nope',
    'account=$G&consumer=pull',
    'stream=ORDERS',
    'stream=ORDERS&consumer=pull',
  ];
  for (const query of queries) {
    await assertSamePage(`/healthz?${query}`);
    await assertSamePage(`/healthz?details=1&${query}`);
  }
});

test('raftz, ipqueuesz, and what is no page', async () => {
  const targets = [
    '/raftz',
    '/raftz?acc=x&group=y',
    '/ipqueuesz',
    '/ipqueuesz?all=x',
    '/ipqueuesz?all=1&queues=nothing',
  ];
  for (const target of [...targets, '/varz/', '/nope', '/subsz/x', '/debug/vars/x', '//varz', '/%76arz/']) {
    await assertSamePage(target);
  }
});

test('every queue of ipqueuesz has the same members', async () => {
  const pages = [await fetchPage(reference, '/ipqueuesz?all=1'), await fetchPage(contrail, '/ipqueuesz?all=1')];
  for (const { body } of pages) {
    const queues = Object.values(JSON.parse(body) as Record<string, object>);
    assert.ok(queues.length > 0);
    for (const queue of queues) assert.deepEqual(Object.keys(queue), ['pending']);
  }
});

test('debug/vars and stacksz', async () => {
  const shape = (body: string) => {
    const { cmdline, memstats } = JSON.parse(body) as { cmdline: string[]; memstats: Record<string, Json> };
    const lists = Object.entries(memstats).map(([key, value]) => [key, typeof value, Array.isArray(value)]);
    return [typeof cmdline[0], lists];
  };
  const [theirs, ours] = [await fetchPage(reference, '/debug/vars'), await fetchPage(contrail, '/debug/vars')];
  assert.equal(ours.contentType, theirs.contentType);
  assert.deepEqual(shape(ours.body), shape(theirs.body));
  const stacks = [await fetchPage(reference, '/stacksz'), await fetchPage(contrail, '/stacksz')];
  assert.equal(stacks[1]?.contentType, stacks[0]?.contentType);
});

test('the index links to the same pages', async () => {
  const links = (body: string) => Array.from(body.matchAll(/href="?(\.[/\w]+)/g), ([, link]) => link).sort();
  const [theirs, ours] = [await fetchPage(reference, '/'), await fetchPage(contrail, '/')];
  assert.equal(ours.contentType, theirs.contentType);
  assert.deepEqual(links(ours.body), links(theirs.body));
});

test('methods do not matter', async () => {
  for (const method of ['POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS']) {
    const [theirs, ours] = [
      await fetchPage(reference, '/healthz', { method }),
      await fetchPage(contrail, '/healthz', { method }),
    ];
    assert.deepEqual(ours, theirs, method);
  }
});

test('requests are counted alike', async () => {
  const counts = async (stage: Stage) => {
    const { body } = await fetchPage(stage, '/varz');
    return (JSON.parse(body) as { http_req_stats: Record<string, number> }).http_req_stats;
  };
  assert.deepEqual(await counts(contrail), await counts(reference));
});
