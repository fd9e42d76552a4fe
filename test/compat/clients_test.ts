// The official clients against the reference and against the server under test: one shared list of scenarios
// (scenarios.json), one runner per client (clients/NAME), and the same observations from both servers.
// CONTRAIL_CLIENTS=go,javascript and CONTRAIL_SCENARIOS=kv.basic,kv.keys choose; CONTRAIL_SERVER names the server.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { installRunner, listRunners, type Runner, type RunResult, runScenarios, ServerSet } from './client_runner.ts';
import { type ClientWorld, clientWorlds } from './client_world.ts';
import { comparable, differences, type Observation, valueDifferences } from './observation.ts';
import { contrailSide, endWithServers, readRepositoryJson, referenceSide } from './server_process.ts';

endWithServers();

/** More differences than these are no chance. */
const PLAYED_AGAIN_MAX = 3;

type Scenario = {
  readonly id: string;
  readonly title: string;
  readonly steps: readonly string[];
  /** Step to the value every client must see, or `{"$any": "in words"}` where clients have values of their own. */
  readonly observe: Readonly<Record<string, unknown>>;
};

const scenarios = readRepositoryJson('test/compat/scenarios.json') as readonly Scenario[];

for (const world of clientWorlds()) {
  for (const runner of listRunners()) {
    test(`${runner.title}, ${world.title}, sees the same on both servers`, async (t) => {
      const wanted = chosenScenarios(runner).filter(({ id }) => world.has(id));
      const { reference, contrail } = await seenTwice(t, runner, world, wanted);
      t.diagnostic(`${reference.observations.length} observations of ${wanted.length} scenarios`);
      for (const scenario of wanted) {
        await t.test(`${scenario.id}: ${scenario.title}`, () =>
          checkScenario(runner, scenario, { reference, contrail, world }),
        );
      }
      if (!world.hasSharedValues) return;
      for (const [name, result] of Object.entries({ reference, contrail })) {
        await t.test(`the runner ends cleanly (${name})`, () => assert.equal(result.errors, ''));
      }
    });
  }
}

test('every scenario has a unique id and every skip names one', () => {
  const ids = new Set(scenarios.map((scenario) => scenario.id));
  assert.equal(ids.size, scenarios.length);
  for (const runner of listRunners()) {
    for (const id of [...Object.keys(runner.skips), ...Object.keys(runner.ownSteps), ...(runner.only ?? [])]) {
      assert.ok(ids.has(id), `'${runner.name}' names the unknown '${id}'`);
    }
  }
});

function chosenScenarios(runner: Runner): Scenario[] {
  const chosen = process.env['CONTRAIL_SCENARIOS']?.split(',');
  return scenarios
    .filter(({ id }) => chosen === undefined || chosen.includes(id))
    .filter(({ id }) => runner.skips[id] === undefined && (runner.only === null || runner.only.includes(id)));
}

interface BothResults {
  readonly reference: RunResult;
  readonly contrail: RunResult;
}

/**
 * What the client saw on both. Clients have clocks of their own (timeouts, heartbeats, reconnects), and on a busy machine
 * one of the two may run late: scenarios that differ are played once more, and count as they are seen then. Which ones
 * those were is said.
 */
async function seenTwice(
  t: TestContext,
  runner: Runner,
  world: ClientWorld,
  wanted: readonly Scenario[],
): Promise<BothResults> {
  const first = await runBoth(runner, world, wanted);
  const again = wanted.filter((scenario) => faultsOf(runner, scenario, { ...first, world }).length > 0);
  if (again.length === 0 || again.length > PLAYED_AGAIN_MAX) return first;
  t.diagnostic(`played again: ${again.map(({ id }) => id).join(', ')}`);
  const second = await runBoth(runner, world, again);
  const merge = (before: RunResult, after: RunResult): RunResult => ({
    observations: [
      ...before.observations.filter(({ scenario }) => again.every(({ id }) => id !== scenario)),
      ...after.observations,
    ],
    errors: after.errors,
  });
  return { reference: merge(first.reference, second.reference), contrail: merge(first.contrail, second.contrail) };
}

/** Both sides at the same time: the scenarios wait more than they work. */
async function runBoth(runner: Runner, world: ClientWorld, wanted: readonly Scenario[]): Promise<BothResults> {
  installRunner(runner);
  const ids = wanted.map((scenario) => scenario.id).join(',');
  const runs = [referenceSide(), contrailSide()].map(async (side) => {
    const servers = await ServerSet.start(side, world);
    try {
      return await runScenarios(runner, servers, ids);
    } finally {
      await servers.stop();
    }
  });
  // Both are waited for even when one fails, so that no server outlives the test.
  const [reference, contrail] = await Promise.allSettled(runs);
  if (reference?.status !== 'fulfilled') throw reference?.reason;
  if (contrail?.status !== 'fulfilled') throw contrail?.reason;
  return { reference: reference.value, contrail: contrail.value };
}

interface Results extends BothResults {
  readonly world: ClientWorld;
}

function checkScenario(runner: Runner, scenario: Scenario, results: Results): void {
  const lines = faultsOf(runner, scenario, results);
  const steps = scenario.steps.map((step) => `  - ${step}`).join('\n');
  const hint = `${results.reference.errors}${results.contrail.errors}`;
  assert.equal(lines.length, 0, `\n${lines.join('\n')}\nsteps:\n${steps}\n${hint}`);
}

function faultsOf(runner: Runner, scenario: Scenario, results: Results): string[] {
  const pick = (result: RunResult) => result.observations.filter((observation) => observation.scenario === scenario.id);
  const [reference, contrail] = [pick(results.reference), pick(results.contrail)];
  if (reference.length === 0) return ['The runner observed nothing against the reference'];
  const lines = [...differences(reference, contrail)];
  if (runner.hasSharedValues && results.world.hasSharedValues)
    lines.unshift(...deviations(runner, scenario, reference));
  return lines;
}

/** Where the runner's observations of the reference are not what the list says: a fault of the runner or the list. */
function deviations(runner: Runner, scenario: Scenario, observed: readonly Observation[]): string[] {
  const lines: string[] = [];
  const steps = new Map(observed.map(({ step, value }) => [step, value]));
  const own = runner.ownSteps[scenario.id] ?? {};
  for (const [step, expected] of Object.entries(scenario.observe)) {
    if (own[step] !== undefined) steps.delete(step);
    else if (!steps.has(step)) lines.push(`scenarios.json wants the step '${step}', the runner did not observe it`);
    else if (!isAny(expected)) lines.push(...deviation(step, expected, steps.get(step)));
    steps.delete(step);
  }
  for (const step of steps.keys()) lines.push(`the runner observed '${step}', which scenarios.json does not name`);
  return lines;
}

function deviation(step: string, expected: unknown, observed: unknown): string[] {
  const labels = { expected: 'list  ', actual: 'runner' };
  return valueDifferences(step, withoutDescriptions(expected), withoutDescriptions(comparable(observed)), labels);
}

/** Clients put words of their own into API errors that they know by number; the number is what the list holds. */
function withoutDescriptions(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('err_code' in value)) return value;
  const { err_code } = value;
  return { err_code };
}

function isAny(value: unknown): boolean {
  return typeof value === 'object' && value !== null && '$any' in value;
}
