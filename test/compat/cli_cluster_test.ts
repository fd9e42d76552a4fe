// `contrail stream cluster` and `consumer cluster` against three nats-server: leaders step down, are spread evenly, leave a
// peer; `nats` finds what `contrail` has done.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { run } from './command_pair.ts';
import { ReferenceCluster } from './reference_cluster.ts';
import { endWithServers } from './server_process.ts';

endWithServers();

const PATIENCE_MS = 60_000;
let cluster: ReferenceCluster;

before(async () => {
  cluster = await ReferenceCluster.start();
  const until = performance.now() + PATIENCE_MS;
  const add = ['stream', 'add', 'EVENTS', '--subjects', 'events.>', '--replicas', '3', '--defaults'];
  // The servers have to choose a leader first.
  for (let done = false; !done; ) {
    const { code, error } = await run('contrail', cluster.url, add);
    done = code === 0;
    assert.ok(done || performance.now() < until, error);
  }
  for (const name of ['ONE', 'TWO', 'THREE', 'FOUR']) {
    await ok('consumer', 'add', 'EVENTS', name, '--pull', '--defaults');
  }
});

after(async () => {
  await cluster.stop();
});

async function ok(...words: string[]): Promise<string> {
  const { code, output, error } = await run('contrail', cluster.url, words);
  assert.equal(code, 0, error);
  return output + error;
}

interface Peers {
  readonly leader: string;
  readonly replicas: readonly { readonly name: string }[];
}

/** As the reference sees it. */
async function clusterOf(...words: string[]): Promise<Peers> {
  const { output } = await run('nats', cluster.url, [...words, '--json']);
  return JSON.parse(output).cluster;
}

async function leadersOf(names: readonly string[]): Promise<string[]> {
  const leaders: string[] = [];
  for (const name of names) leaders.push((await clusterOf('consumer', 'info', 'EVENTS', name)).leader);
  return leaders;
}

test("[natscli 0.5.1] a consumer's leader steps down for another server", async () => {
  const before = await clusterOf('consumer', 'info', 'EVENTS', 'ONE');
  const other = before.replicas[0]?.name ?? '';
  const shown = await ok('consumer', 'cluster', 'step-down', 'EVENTS', 'ONE', '--preferred', other);
  assert.match(shown, new RegExp(`Requesting leader step down of "${before.leader}" in a 3 peer RAFT group`));
  assert.match(shown, new RegExp(`New leader elected "${other}"`));
  assert.match(shown, new RegExp(`Cluster Information:[\\s\\S]*Leader: ${other}`));
  assert.equal((await clusterOf('consumer', 'info', 'EVENTS', 'ONE')).leader, other);
});

test("[natscli 0.5.1] a stream's leader steps down, and there is another one then", async () => {
  const before = await clusterOf('stream', 'info', 'EVENTS');
  const shown = await ok('stream', 'cluster', 'step-down', 'EVENTS');
  const { leader } = await clusterOf('stream', 'info', 'EVENTS');
  assert.notEqual(leader, before.leader);
  assert.match(shown, new RegExp(`New leader elected "${leader}"`));
});

test('[natscli 0.5.1] consumers that one server leads are spread over all of them', async () => {
  const names = ['ONE', 'TWO', 'THREE', 'FOUR'];
  for (const name of names) {
    if ((await clusterOf('consumer', 'info', 'EVENTS', name)).leader === 'n1') continue;
    await ok('consumer', 'cluster', 'step-down', 'EVENTS', name, '--preferred', 'n1');
  }
  assert.deepEqual(await leadersOf(names), ['n1', 'n1', 'n1', 'n1']);
  const shown = await ok('consumer', 'cluster', 'balance', 'EVENTS');
  assert.match(shown, /Balanced 2 consumers on EVENTS/);
  const until = performance.now() + PATIENCE_MS;
  for (let even = false; !even; ) {
    const leaders = await leadersOf(names);
    even = new Set(leaders).size === 3;
    assert.ok(even || performance.now() < until, leaders.join(', '));
  }
  const { output } = await run('contrail', cluster.url, ['consumer', 'cluster', 'balance', 'EVENTS', '--json']);
  assert.deepEqual(JSON.parse(output), { stream: 'EVENTS', consumers: 4, balanced: 0 });
});

test('[natscli 0.5.1] what is kept by one server has no leader to step down', async () => {
  await ok('stream', 'add', 'ALONE', '--subjects', 'alone', '--replicas', '1', '--defaults');
  await ok('consumer', 'add', 'ALONE', 'C', '--pull', '--defaults');
  const { code, error } = await run('contrail', cluster.url, ['consumer', 'cluster', 'step-down', 'ALONE', 'C']);
  assert.equal(code, 1);
  assert.match(error, /consumer "ALONE > C" is not clustered: it has one replica/);
});

test('[natscli 0.5.1] a consumer leaves a peer for another of its stream', async () => {
  await ok('consumer', 'add', 'EVENTS', 'SOLO', '--pull', '--replicas', '1', '--defaults');
  const { leader } = await clusterOf('consumer', 'info', 'EVENTS', 'SOLO');
  const shown = await ok('consumer', 'cluster', 'evacuate', 'EVENTS', 'SOLO', leader, '--force');
  assert.match(shown, new RegExp(`Requested evacuation of peer "${leader}"`));
  const now = await clusterOf('consumer', 'info', 'EVENTS', 'SOLO');
  assert.notEqual(now.leader, leader);
  assert.match(shown, new RegExp(`Consumer peers are now: ${now.leader}`));
});

test('[natscli 0.5.1] a consumer on all servers of its stream can leave none, which is explained', async () => {
  const words = ['consumer', 'cluster', 'evacuate', 'EVENTS', 'ONE', 'n1', '--force'];
  const [theirs, ours] = [await run('nats', cluster.url, words), await run('contrail', cluster.url, words)];
  assert.deepEqual([theirs.code, ours.code], [1, 1]);
  assert.match(theirs.error, /peer remap failed \(10075\)/);
  assert.match(ours.error, /peer remap failed \(10075\): no other server can take its place/);
});
