import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyMonitorAuthDraft } from '../config/options_draft.ts';
import { MonitorWorld } from '../sim/monitor_world.ts';

const PAGES = [
  'varz',
  'connz',
  'routez',
  'gatewayz',
  'leafz',
  'subsz',
  'subscriptionsz',
  'accountz',
  'accstatz',
  'jsz',
  'healthz',
  'ipqueuesz',
  'stacksz',
];

test('every page answers JSON that every origin may read', async () => {
  const world = await new MonitorWorld({}, true).start();
  for (const page of PAGES) {
    const { status, contentType, headers, body } = world.get(`/${page}`);
    assert.equal(status, 200, page);
    assert.equal(contentType, 'application/json', page);
    assert.deepEqual(headers, { 'Access-Control-Allow-Origin': '*' }, page);
    if (page !== 'stacksz') JSON.parse(body);
  }
});

test('a page is indented as the reference indents it', async () => {
  const world = await new MonitorWorld().start();
  assert.match(
    world.get('/leafz').body,
    /^\{\n {2}"server_id": "NTEST",\n {2}"now": "[^"]+",\n {2}"leafnodes": 0,\n {2}"leafs": \[\]\n\}$/,
  );
  assert.equal(world.get('/healthz').body, '{"status":"ok"}');
});

test('what is no page is not found, and a path with too many slashes is shown the right one', () => {
  const world = new MonitorWorld();
  assert.deepEqual(world.get('/varz/'), {
    status: 404,
    contentType: 'text/plain; charset=utf-8',
    body: '404 page not found\n',
    headers: { 'X-Content-Type-Options': 'nosniff' },
  });
  const moved = world.get('//a/../varz?x=1');
  assert.equal(moved.status, 307);
  assert.deepEqual(moved.headers, { Location: '/varz?x=1' });
  assert.equal(moved.body, '<a href="/varz?x=1">Temporary Redirect</a>.\n\n');
});

test('with a base path every page is below it and nothing above', () => {
  const world = new MonitorWorld({}, false, (draft) => {
    draft.monitorBasePath = 'nats/';
  });
  assert.equal(world.get('/varz').status, 404);
  assert.equal(world.get('/natsvarz').status, 404);
  assert.equal(world.page('/nats/varz').http_base_path, 'nats/');
  assert.match(world.get('/nats').body, /href="\.\/nats\/varz"/);
  assert.equal(world.get('/').status, 404);
});

test('requests are counted by page, whatever comes of them, but not where the query of connz or routez cannot be read', () => {
  const world = new MonitorWorld();
  for (const target of [
    '/',
    '/subscriptionsz',
    '/subsz',
    '/subsz?limit=x',
    '/connz?limit=x',
    '/connz?sort=x',
    '/routez?subs=x',
    '/jsz?limit=x',
    '/stacksz',
    '/raftz',
  ]) {
    world.get(target);
  }
  assert.deepEqual(world.page('/varz').http_req_stats, { '/': 1, '/subsz': 3, '/connz': 1, '/jsz': 1, '/varz': 1 });
});

test('a query that cannot be read is answered with its fault as text', () => {
  const { status, contentType, body } = new MonitorWorld().get('/connz?auth=maybe&limit=x');
  assert.equal(status, 400);
  assert.equal(contentType, 'text/plain; charset=utf-8');
  assert.equal(body, `Error decoding boolean for 'auth': strconv.ParseBool: parsing "maybe": invalid syntax`);
});

test('without a cluster there are no raft groups to show', () => {
  const { status, body } = new MonitorWorld().get('/raftz');
  assert.deepEqual([status, body], [404, 'No Raft nodes registered']);
});

test('with monitor_auth a request without credentials learns what to present, and nothing else', async () => {
  const world = await new MonitorWorld({}, true, (draft) => {
    draft.monitorAuth = { ...emptyMonitorAuthDraft(), token: 'secret', user: 'ops', password: 'pw' };
  }).start();
  for (const path of ['/', '/nothing', '//varz', ...PAGES.map((page) => `/${page}`)]) {
    assert.deepEqual(
      world.get(path),
      {
        status: 401,
        contentType: 'text/plain; charset=utf-8',
        body: '401 unauthorized\n',
        headers: { 'WWW-Authenticate': 'Bearer realm="monitoring", Basic realm="monitoring", charset="UTF-8"' },
      },
      path,
    );
  }
  assert.equal(world.monitor.requests.size, 0);
  assert.equal(world.get('/varz', { authorization: 'Bearer secret' }).status, 200);
  assert.equal(world.get('/varz', { authorization: 'Basic b3BzOnB3' }).status, 200);
});

test('with open_healthz everybody may ask how it is, and no more', async () => {
  const world = await new MonitorWorld({}, true, (draft) => {
    draft.monitorAuth = { ...emptyMonitorAuthDraft(), token: 'secret', opensHealthz: true };
    draft.monitorBasePath = '/nats';
  }).start();
  assert.equal(world.get('/nats/healthz').status, 200);
  for (const path of ['/nats/varz', '/nats/healthz/', '/healthz', '/nats/healthz/../varz', '/nats/varz/../healthz/x']) {
    assert.equal(world.get(path).status, 401, path);
  }
});

test('where client certificates are asked for, one that holds is needed', async () => {
  const world = await new MonitorWorld({}, true, (draft) => {
    draft.monitorAuth = { ...emptyMonitorAuthDraft(), requiresClientCertificate: true };
  }).start();
  assert.deepEqual(
    [world.get('/varz').status, world.get('/varz').body],
    [403, '403 a client certificate is required\n'],
  );
  assert.equal(world.get('/varz', { hasVerifiedCertificate: true }).status, 200);
});
