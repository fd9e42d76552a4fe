// The oracle: random accounts, permissions, queue groups, wildcards, replies, imports, exports and mappings over a small
// alphabet; every message that the real server delivers, or does not, is what the model says. Runs as many messages as
// CONTRAIL_ORACLE_CASES says (a million takes a minute or two), by default what a few seconds allow; CONTRAIL_ORACLE_SEED
// is the first seed. Half as many again are played after a reload. What the model itself is worth, test/compat/sharing_test.ts asks the reference server.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CoreWorld } from './core_world.ts';
import { play, type Stage } from './play.ts';
import { configText, connectLines, publishLines, type Scenario } from './scenario.ts';
import type { ScenarioMaker } from './scenario_maker.ts';

const CASES = Number(process.env['CONTRAIL_ORACLE_CASES'] ?? 20_000);
const SEED = Number(process.env['CONTRAIL_ORACLE_SEED'] ?? 1);

async function fresh(scenario: Scenario, _maker: ScenarioMaker, seed: number): Promise<Stage> {
  const world = await CoreWorld.start(scenario, seed);
  for (const client of scenario.clients) world.connect(connectLines(client));
  return { world, hasSubscribed: true, past: '' };
}

/** Another configuration first, with clients of its own who leave. Then comes the scenario's, and its clients. */
async function reloaded(scenario: Scenario, maker: ScenarioMaker, seed: number): Promise<Stage> {
  const before = maker.make();
  const world = await CoreWorld.start(before, seed);
  for (const client of before.clients) world.connect(connectLines(client));
  for (let i = 0; i < 5; i++) {
    const plan = maker.publish(before);
    world.send(plan.client, publishLines(plan));
    world.observe();
  }
  world.leave();
  await world.reload({ accounts: [], users: [], clients: [] });
  await world.reload(scenario);
  for (const client of scenario.clients) world.connect(connectLines(client));
  return { world, hasSubscribed: true, past: configText(before) };
}

/** The clients come while everything is allowed to them and their accounts share something else; then comes the scenario. */
async function kept(scenario: Scenario, maker: ScenarioMaker, seed: number): Promise<Stage> {
  const other = maker.make();
  const more = scenario.accounts.filter(({ name }) => other.accounts.every((account) => account.name !== name));
  const before: Scenario = {
    accounts: [...other.accounts, ...more.map(({ name }) => ({ name, mappings: [], exports: [], imports: [] }))],
    users: scenario.users.map((user) => ({ ...user, permissions: null })),
    clients: scenario.clients,
  };
  const world = await CoreWorld.start(before, seed);
  for (const client of scenario.clients) world.connect(connectLines(client));
  await world.reload(scenario);
  return { world, hasSubscribed: false, past: configText(before) };
}

async function playMany(
  cases: number,
  enter: (scenario: Scenario, maker: ScenarioMaker, seed: number) => Promise<Stage>,
): Promise<void> {
  let played = 0;
  for (let seed = SEED; played < cases; seed++) {
    played += await play(seed, (scenario, maker) => enter(scenario, maker, seed));
  }
  assert.ok(played >= cases);
}

test(`${CASES} messages reach exactly those whom the model names`, () => playMany(CASES, fresh));

test('messages of those who come after a reload reach exactly those whom the model names', () =>
  playMany(CASES / 4, reloaded));

test('messages of those who were there before a reload reach exactly those whom the model names', () =>
  playMany(CASES / 4, kept));
