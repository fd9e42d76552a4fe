// `contrail server` against three nats-server that keep JetStream together, as a user of the system account: reports show
// what `nats` shows, the leader steps down, connections are spread, a server is emptied and removed.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { CommandRun, type ProgramName, run, steady } from './command_pair.ts';
import { ReferenceCluster } from './reference_cluster.ts';
import { endWithServers, freePort, referenceSide, ServerProcess } from './server_process.ts';

endWithServers();

const PATIENCE_MS = 60_000;
const CONFIG = `
accounts {
  $SYS { users: [{ user: sys, password: sys }] }
  A { users: [{ user: a, password: a }], jetstream: enabled }
}
`;
let cluster: ReferenceCluster;

before(async () => {
  cluster = await ReferenceCluster.start({ config: CONFIG });
  const add = ['stream', 'add', 'EVENTS', '--subjects', 'events.>', '--replicas', '3', '--defaults'];
  // The servers have to choose a leader first.
  await eventually(async () => {
    const { code, error } = await run('contrail', urlOf('a'), add);
    return code === 0 ? true : error;
  });
  const consumer = ['consumer', 'add', 'EVENTS', 'WORKER', '--pull', '--defaults'];
  assert.equal((await run('contrail', urlOf('a'), consumer)).code, 0);
});

after(async () => {
  await cluster.stop();
});

/** Of one server, so that both commands ask the same one first. */
function urlOf(user: string, index = 0): string {
  return cluster.servers[index]?.url.replace('://', `://${user}:${user}@`) ?? '';
}

async function eventually(isSo: () => Promise<true | string>): Promise<void> {
  const until = performance.now() + PATIENCE_MS;
  for (let last = await isSo(); last !== true; last = await isSo()) assert.ok(performance.now() < until, last);
}

async function ok(...words: string[]): Promise<string> {
  const { code, output, error } = await run('contrail', urlOf('sys'), ['server', ...words]);
  assert.equal(code, 0, error);
  return output + error;
}

async function json(...words: string[]) {
  const { code, output, error } = await run('contrail', urlOf('sys'), ['server', ...words, '--json']);
  assert.equal(code, 0, error);
  return JSON.parse(output);
}

/** What is the same in two moments: who there is, not what passes between them. */
function numberless(text: string): string {
  return steady(text)
    .replace(/^Connected in .*\n/m, '')
    .replace(/\b\d[\d,.:-]*( [KM]?i?B)?/g, 'N')
    .replace(/\n[ \n]*/g, '\n')
    .replace(/ +/g, ' ')
    .trim();
}

const LIKE: readonly (readonly string[])[] = [
  ['list', '--no-compact', '--sort', 'name'],
  ['info', 'n2'],
  ['report', 'jetstream'],
  ['report', 'jetstream', '--leaders'],
  ['report', 'jetstream', '--account', 'A', '--sort', 'name', '-R'],
  ['report', 'routes'],
  ['report', 'health'],
  ['report', 'health', '--host', 'n2'],
  ['stream-check'],
  ['stream-check', '--health', '--stream', 'EVENTS'],
  ['stream-check', '--csv'],
  ['stream-check', '--unsynced'],
  ['consumer-check'],
  ['consumer-check', '--consumer', 'WORKER', '--health'],
];

for (const words of LIKE) {
  test(`[natscli 0.5.1] server ${words.join(' ')}`, async () => {
    const all = ['server', ...words];
    const [ours, theirs] = [await run('contrail', urlOf('sys'), all), await run('nats', urlOf('sys'), all)];
    assert.equal(ours.code, theirs.code, ours.error + theirs.error);
    assert.equal(numberless(ours.output), numberless(theirs.output));
  });
}

test('[natscli 0.5.1] server ping and request hear all three', async () => {
  assert.match(await ok('ping'), /\n3 replies max: /);
  const lines = (await ok('request', 'variables')).trim().split('\n');
  const names = lines.map((line): string => JSON.parse(line).server.name);
  assert.deepEqual(names.sort(), ['n1', 'n2', 'n3']);
  assert.equal((await ok('request', 'jetstream', '--leader')).trim().split('\n').length, 1);
});

test('[natscli 0.5.1] reports on gateways and leaf nodes', async () => {
  const [first, second, leaves] = [await freePort(), await freePort(), await freePort()];
  const gateways = `gateways: [{ name: c1, url: "nats://127.0.0.1:${first}" }, { name: c2, url: "nats://127.0.0.1:${second}" }]`;
  const remote = `nats://a:a@127.0.0.1:${leaves}`;
  const configs = [
    `gateway { name: c1, listen: "127.0.0.1:${first}", ${gateways} }\nleafnodes { listen: "127.0.0.1:${leaves}" }`,
    `gateway { name: c2, listen: "127.0.0.1:${second}", ${gateways} }`,
    `leafnodes { remotes: [{ url: "${remote}", account: A }] }`,
  ];
  const servers: ServerProcess[] = [];
  try {
    for (const [index, config] of configs.entries()) {
      const text = `server_name: g${index + 1}\nsystem_account: "$SYS"\n${config}\n${CONFIG}`;
      servers.push(await ServerProcess.start(referenceSide(), { config: text }));
    }
    const url = servers[0]?.url.replace('://', '://sys:sys@') ?? '';
    const shown = async (name: ProgramName, ...words: string[]): Promise<string> =>
      (await run(name, url, ['server', 'report', ...words])).output;
    await eventually(async () => {
      const output = (await shown('nats', 'gateways')) + (await shown('nats', 'leafnodes'));
      return (output.match(/(?:In|Out)bound/g) ?? []).length === 4 && output.includes('g3') ? true : output;
    });
    for (const words of [['gateways'], ['gateways', '--sort', 'server', '-R'], ['leafnodes']]) {
      assert.equal(numberless(await shown('contrail', ...words)), numberless(await shown('nats', ...words)));
    }
  } finally {
    for (const server of servers) await server.stop();
  }
});

/** As the reference sees it. */
async function metaLeader(): Promise<string> {
  const { output } = await run('nats', urlOf('sys'), ['server', 'request', 'jetstream', '--leader']);
  return JSON.parse(output).data.meta_cluster.leader;
}

test('[natscli 0.5.1] the meta leader steps down for another server', async () => {
  const leader = await metaLeader();
  const other = ['n1', 'n2', 'n3'].find((name) => name !== leader) ?? '';
  assert.match(
    await ok('cluster', 'step-down', '--dry-run'),
    new RegExp(`Would request leader step down of "${leader}"`),
  );
  const shown = await ok('cluster', 'step-down', '--host', other);
  assert.match(shown, new RegExp(`Requesting leader step down of "${leader}" in a 3 peer RAFT group`));
  assert.match(shown, new RegExp(`New leader elected "${other}"`));
  assert.equal(await metaLeader(), other);
});

test('[natscli 0.5.1] a cluster that has a leader needs no rescue', async () => {
  assert.match(await ok('cluster', 'rescue'), /Cluster is healthy with a leader, no rescue needed/);
  const { servers } = await json('cluster', 'rescue', '--dry-run');
  assert.deepEqual(
    servers.map(({ online, peers }: { online: number; peers: number }) => [online, peers]),
    [
      [3, 3],
      [3, 3],
      [3, 3],
    ],
  );
});

test('[natscli 0.5.1] connections are spread over the servers', async () => {
  const listeners = Array.from({ length: 6 }, () => new CommandRun('nats', urlOf('a'), ['sub', 'spread']));
  try {
    await eventually(async () => {
      const { servers } = await json('cluster', 'balance', '--dry-run', '--account', 'A');
      const counts: number[] = servers.map(({ connections }: { connections: number }) => connections);
      return Math.max(...counts) === 6 ? true : counts.join();
    });
    const shown = await json('cluster', 'balance', '1s', '--account', 'A', '--force');
    assert.equal(shown.balanced, 4);
    assert.equal(shown.to_close, 4);
  } finally {
    for (const listener of listeners) listener.signal('SIGKILL');
  }
});

test('[natscli 0.5.1] a server is emptied before it is taken down', async () => {
  const asUser = (...words: string[]) => run('contrail', urlOf('a'), ['stream', ...words]);
  // What has three replicas could go nowhere.
  await asUser('rm', 'EVENTS', '--force');
  await asUser('add', 'SINGLE', '--subjects', 'single', '--defaults');
  const where = async (): Promise<string> =>
    JSON.parse((await asUser('info', 'SINGLE', '--json')).output).cluster.leader;
  const before = await where();
  assert.match(
    await ok('cluster', 'evacuate', before, '--dry-run'),
    new RegExp(`Server "${before}": Streams: 1 Consumers: 0`),
  );
  assert.match(
    await ok('cluster', 'evacuate', before, '--force'),
    new RegExp(`Server "${before}": Streams: 0 Consumers: 0`),
  );
  assert.notEqual(await where(), before);
});

test('a server is removed and missed', async () => {
  const leader = await metaLeader();
  const gone = ['n1', 'n2', 'n3'].filter((name) => name !== leader).at(-1) ?? '';
  assert.match(
    await ok('cluster', 'peer-remove', gone, '--dry-run'),
    new RegExp(`Would remove online peer ${gone}, 1 of 3`),
  );
  const refused = await run('contrail', urlOf('sys'), ['server', 'cluster', 'peer-remove', 'n9', '--force']);
  assert.match(refused.error, /did not find a replica named n9: there are n\d, n\d, n\d/);
  const leads = await run('contrail', urlOf('sys'), ['server', 'cluster', 'rm', leader, '--force']);
  assert.match(leads.error, /leads the cluster: let it step down first/);
  assert.match(await ok('cluster', 'peer-remove', gone, '--force'), new RegExp(`Removed online peer ${gone}, 1 of 3`));
  await eventually(async () => {
    const { output } = await run('nats', urlOf('sys'), ['server', 'request', 'jetstream', '--leader']);
    const { meta_cluster: meta } = JSON.parse(output || '{"data":{"meta_cluster":{"replicas":[]}}}').data;
    const names: string[] = (meta.replicas ?? []).map(({ name }: { name: string }) => name);
    return names.includes(gone) ? output : true;
  });
});
