// One play of the oracle: clients of a scenario publish by chance, and everything that anybody gets, or does not, is what
// the model says. How the server has come to be as it is, is its caller's business.
import assert from 'node:assert/strict';
import { Prng } from '../../src/base/prng.ts';
import type { CoreWorld } from './core_world.ts';
import { Model } from './model.ts';
import { configText, connectLines, type PublishPlan, publishLines, type Scenario } from './scenario.ts';
import { ScenarioMaker } from './scenario_maker.ts';

const MESSAGES_PER_SCENARIO = 60;
/** Messages that ask for an answer, and may get one. */
const ASKED_KEPT = 4;

/** A server with the scenario's configuration, and its clients connected in their order. */
export interface Stage {
  readonly world: CoreWorld;
  /** The clients have subscribed under this configuration: the server's refusals are looked at. */
  readonly hasSubscribed: boolean;
  /** What was before, for whoever reads about a fault. */
  readonly past: string;
}

interface Asked {
  readonly client: number;
  readonly reply: string;
}

function story(seed: number, before: string, scenario: Scenario, past: readonly PublishPlan[]): string {
  const clients = scenario.clients.map((client, i) => `client ${i}: ${connectLines(client)}`);
  const published = past.map((plan) => `client ${plan.client}: ${publishLines(plan)}`);
  return [`seed ${seed}`, before, configText(scenario), ...clients, ...published].join('\n');
}

/** Plays one scenario; returns how many messages it was. */
export async function play(
  seed: number,
  enter: (scenario: Scenario, maker: ScenarioMaker) => Promise<Stage>,
): Promise<number> {
  const maker = new ScenarioMaker(new Prng(seed));
  const scenario = maker.make();
  const model = new Model(scenario);
  const { world, hasSubscribed, past: before } = await enter(scenario, maker);
  const past: PublishPlan[] = [];
  const asked: Asked[] = [];
  const entered = world.observe();
  const refusal = hasSubscribed ? model.checkSubscribing(entered) : null;
  assert.equal(refusal, null, `${story(seed, before, scenario, past)}\n${refusal}`);
  let next: PublishPlan | null = null;
  while (past.length < MESSAGES_PER_SCENARIO) {
    const plan: PublishPlan = next ?? maker.publish(scenario);
    past.push(plan);
    world.send(plan.client, publishLines(plan));
    const seen = world.observe();
    const fault = model.check(plan, seen);
    if (fault !== null)
      assert.fail(`${story(seed, before, scenario, past)}\n${fault}\nseen: ${JSON.stringify(seen, null, 1)}`);
    for (const { client, reply } of seen.deliveries) if (reply !== '') asked.push({ client, reply });
    asked.splice(0, Math.max(0, asked.length - ASKED_KEPT));
    next = asked.length > 0 && maker.chance(0.6) ? answerTo(maker, asked) : null;
  }
  await world.stop();
  return past.length;
}

/** To one of the latest, and to some of them again. */
function answerTo(maker: ScenarioMaker, asked: readonly Asked[]): PublishPlan {
  const { client, reply } = maker.pick(asked);
  return maker.answer(client, reply);
}
