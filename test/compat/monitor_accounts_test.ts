// Monitoring pages of servers with accounts that share with each other: who is in them, what they have, what they export
// and import, as on the reference. Needs the reference server (see server_process.ts).
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { comparable, type Json, type ShapeRules } from './json_shape.ts';
import { fetchPage } from './monitor_stage.ts';
import { RawClient } from './raw_client.ts';
import { contrailSide, freePort, referenceSide, ServerProcess, type Side } from './server_process.ts';

const CONFIG = `
server_name: stage
jetstream { domain: hub, max_mem: 10000000, max_file: 100000000, sync_interval: "2m" }
accounts {
  A {
    users: [{ user: a, password: a }]
    jetstream: enabled
    exports: [
      { stream: "s.>" }
      { stream: "private", accounts: [B] }
      { service: "q.*", accounts: [B, C] }
      { service: "measured", latency: { sampling: 50, subject: "results" } }
      { service: "asked", latency: { sampling: headers, subject: "results" } }
      { service: "many", response_type: stream }
      { service: "parts", response_type: chunked }
      { service: "of.*", account_token_position: 2 }
    ]
    mappings: { "m.1": "m.2", "w.*": [{ destination: "x.$1", weight: "50%" }, { destination: "y.$1", weight: "20%", cluster: east }] }
  }
  B {
    users: [{ user: b, password: b }]
    imports: [
      { stream: { account: A, subject: "s.1" }, prefix: pre }
      { stream: { account: A, subject: "private" }, to: mine }
      { service: { account: A, subject: "q.1" }, to: "ask.q" }
      { service: { account: A, subject: "measured" }, share: true }
      { service: { account: A, subject: "many" } }
      { service: { account: A, subject: "asked" } }
      { service: { account: A, subject: "of.B" } }
    ]
  }
  C {}
}
no_auth_user: b
`;

interface Stage {
  readonly server: ServerProcess;
  readonly monitorUrl: string;
  readonly clients: readonly RawClient[];
}

let stages: [reference: Stage, contrail: Stage];

before(async () => {
  stages = await Promise.all([open(referenceSide()), open(contrailSide())]);
});

after(async () => {
  for (const { clients } of stages) for (const client of clients) client.close();
  await Promise.all(stages.map(({ server }) => server.stop()));
});

async function open(side: Side): Promise<Stage> {
  const port = await freePort();
  const server = await ServerProcess.start(side, { config: CONFIG, jetStream: true, flags: ['-m', String(port)] });
  const a = await RawClient.connect(server.url, { user: 'a', pass: 'a', name: 'alpha' });
  a.subscribe('s.1');
  // By the name of the domain, which is a mapping.
  await a.request('$JS.hub.API.STREAM.CREATE.S', JSON.stringify({ name: 'S', subjects: ['s.>'] }));
  const b = await RawClient.connect(server.url, { name: 'beta' });
  b.subscribe('pre.s.1');
  await b.flush();
  const left = await RawClient.connect(server.url, { user: 'a', pass: 'a', name: 'left' });
  left.subscribe('x');
  await left.flush();
  await left.end();
  return { server, monitorUrl: `http://127.0.0.1:${port}`, clients: [a, b] };
}

async function assertSamePage(target: string, rules: ShapeRules = {}): Promise<void> {
  const [theirs, ours] = await Promise.all(
    stages.map(async (stage) => {
      const { status, body } = await fetchPage(stage, target);
      return `${status} ${JSON.stringify(comparable(JSON.parse(body) as Json, rules), null, 1)}`;
    }),
  );
  assert.equal(ours, theirs, target);
}

/** How many subscriptions a server keeps for itself, and how its cache does, is its own affair. */
const OWN: ShapeRules = {
  undetermined: [
    ...['subscriptions', 'num_subscriptions', 'num_cache', 'num_inserts', 'num_removes', 'num_matches'],
    ...['cache_hit_rate', 'max_fanout', 'avg_fanout', 'bytes'],
  ],
};

test('every account is listed, and described with what it shares', async () => {
  await assertSamePage('/accountz');
  for (const account of ['A', 'B', 'C', '$G', '$SYS']) await assertSamePage(`/accountz?acc=${account}`, OWN);
});

test('accounts with somebody in them, and all of them', async () => {
  await assertSamePage('/accstatz', OWN);
  await assertSamePage('/accstatz?unused=1', OWN);
});

test('connections of one account, or of one user, and who stands in for those who say nothing', async () => {
  for (const query of [
    'auth=1',
    'acc=A&auth=1',
    'acc=B&auth=1&subs=1',
    'acc=A&state=closed&auth=1&subs=detail',
    'user=a&auth=1',
    'acc=C',
  ]) {
    await assertSamePage(`/connz?${query}`);
  }
  await assertSamePage('/connz?state=all&acc=A&user=a');
});

test('JetStream of the account that has it, and of one that has not', async () => {
  for (const query of ['accounts=1', 'acc=A&streams=1&config=1', 'acc=B', 'acc=B&streams=1'])
    await assertSamePage(`/jsz?${query}`);
});

test('the health of accounts, with JetStream and without', async () => {
  for (const query of ['', 'account=A', 'account=B', 'account=A&stream=S', 'account=C&stream=S'])
    await assertSamePage(`/healthz?${query}`);
});
