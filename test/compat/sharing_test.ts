// The oracle's model is asked whether it is right about the reference: random worlds of accounts, permissions, queue
// groups, imports, exports and mappings are played to nats-server and to ours, over sockets, and the model must know what
// both do. Left out is what ours does otherwise on purpose (docs/deviations.md). Needs the reference server.
import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { Prng } from '../../src/base/prng.ts';
import { isDisputed, Model } from '../oracle/model.ts';
import {
  configText,
  connectLines,
  type Delivery,
  type ErrorLine,
  type Observation,
  type PublishPlan,
  publishLines,
  readReceived,
  type Scenario,
} from '../oracle/scenario.ts';
import { ScenarioMaker } from '../oracle/scenario_maker.ts';
import { contrailSide, endWithServers, referenceSide, ServerProcess, type Side } from './server_process.ts';

endWithServers();

const SCENARIOS = Number(process.env['CONTRAIL_ORACLE_SCENARIOS'] ?? 60);
const SEED = Number(process.env['CONTRAIL_ORACLE_SEED'] ?? 1);
const MESSAGES_PER_SCENARIO = 25;
const ASKED_KEPT = 4;
const DEADLINE_MS = 30_000;

/** A client that knows when everything that it must get has come: when its PING is answered. */
class SocketClient {
  readonly #socket: Socket;
  #received = '';
  #awaited: (() => void) | null = null;

  constructor(port: number, lines: string) {
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.#socket.setEncoding('latin1');
    this.#socket.on('data', (text: string) => {
      this.#received += text;
      if (this.#received.endsWith('PONG\r\n')) this.#awaited?.();
    });
    this.#socket.write(lines);
  }

  send(lines: string): void {
    this.#socket.write(lines, 'latin1');
  }

  /** What came since it was asked last, once all of it is there. */
  async take(): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      const deadline = setTimeout(() => reject(new Error(`no PONG behind ${this.#received}`)), DEADLINE_MS);
      this.#awaited = () => {
        clearTimeout(deadline);
        resolve();
      };
      this.#socket.write('PING\r\n');
    });
    const text = this.#received;
    this.#received = '';
    return text;
  }

  close(): void {
    this.#socket.destroy();
  }
}

async function observe(clients: readonly SocketClient[], publisher: number): Promise<Observation> {
  const deliveries: Delivery[] = [];
  const errors: ErrorLine[] = [];
  // Once the publisher's turn is over everything is on its way to the others.
  const own = await clients[publisher]?.take();
  const texts = await Promise.all(clients.map(async (client, i) => (i === publisher ? (own ?? '') : client.take())));
  texts.forEach((text, client) => {
    readReceived(client, text, deliveries, errors);
  });
  return { deliveries, errors };
}

function scenarios(): readonly { readonly maker: ScenarioMaker; readonly scenario: Scenario }[] {
  return Array.from({ length: SCENARIOS }, (_, i) => {
    const maker = new ScenarioMaker(new Prng(SEED + i), { isShared: true });
    const made = maker.make(String(i));
    const clients = made.clients.map((client) => ({
      ...client,
      subscriptions: client.subscriptions.filter((one) => !isDisputed(client, one)),
    }));
    return { maker, scenario: { ...made, clients } };
  });
}

async function play(port: number, maker: ScenarioMaker, scenario: Scenario): Promise<string | null> {
  const model = new Model(scenario);
  const clients = scenario.clients.map((client) => new SocketClient(port, connectLines(client)));
  const past: PublishPlan[] = [];
  const story = () =>
    [
      configText(scenario),
      ...scenario.clients.map(connectLines),
      ...past.map((one) => `${one.client}: ${publishLines(one)}`),
    ].join('\n');
  try {
    // Everybody has subscribed before anybody publishes.
    const refusal = model.checkSubscribing(await observe(clients, 0));
    if (refusal !== null) return `${story()}\n${refusal}`;
    const asked: { client: number; reply: string }[] = [];
    let next: PublishPlan | null = null;
    while (past.length < MESSAGES_PER_SCENARIO) {
      const plan: PublishPlan = next ?? maker.publish(scenario);
      past.push(plan);
      clients[plan.client]?.send(publishLines(plan));
      const seen = await observe(clients, plan.client);
      const fault = model.check(plan, seen);
      if (fault !== null) return `${story()}\n${fault}\nseen: ${JSON.stringify(seen, null, 1)}`;
      for (const { client, reply } of seen.deliveries) if (reply !== '') asked.push({ client, reply });
      asked.splice(0, Math.max(0, asked.length - ASKED_KEPT));
      const one = asked.length > 0 && maker.chance(0.6) ? maker.pick(asked) : null;
      next = one === null ? null : maker.answer(one.client, one.reply);
    }
    return null;
  } finally {
    for (const client of clients) client.close();
  }
}

async function playAll(side: Side): Promise<void> {
  const all = scenarios();
  const server = await ServerProcess.start(side, { config: configText(...all.map(({ scenario }) => scenario)) });
  try {
    for (const { maker, scenario } of all) {
      const fault = await play(server.port, maker, scenario);
      assert.equal(fault, null, `${side.name}: ${fault}`);
    }
  } finally {
    await server.stop();
  }
}

test('the model knows what nats-server does', async () => playAll(referenceSide()));

test('the model knows what ours does, over sockets too', async () => playAll(contrailSide()));
