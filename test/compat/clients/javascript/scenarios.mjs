// The shared scenarios (test/compat/scenarios.json) in JavaScript, for both generations of the official client.
// What differs between the generations comes in as `api` (see runner.mjs here and in ../javascript_v2).
// Prints one observation per line; the harness (clients_test.ts) compares, this file judges nothing.
import { createInterface } from 'node:readline';
import { everything, within } from './observing.mjs';
import { consumers } from './scenarios_consumer.mjs';
import { core } from './scenarios_core.mjs';
import { messages, publishing, restart, streams } from './scenarios_stream.mjs';
import { views } from './scenarios_view.mjs';

const SCENARIO_DEADLINE_MS = 20_000;

/** Reads `--name value` pairs. */
function readArguments(words) {
  const options = {};
  for (let i = 0; i + 1 < words.length; i += 2) options[words[i].replace(/^--/, '')] = words[i + 1];
  return options;
}

/** Who the harness says we are, and whom we trust; see ../README.md. */
function identity(api, options) {
  const given = {};
  if (options.ca !== undefined) given.tls = { caFile: options.ca };
  if (options['as-user'] !== undefined)
    Object.assign(given, { user: options['as-user'], pass: options['as-password'] });
  if (options['as-seed'] !== undefined)
    given.authenticator = api.nkeyAuthenticator(new TextEncoder().encode(options['as-seed']));
  return given;
}

/** The object that a scenario gets: a fresh connection, and the words it observes with. */
async function stage(api, options, id, lines) {
  const print = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);
  const opened = [];
  const connect = async (more = {}) => {
    const nc = await api.connect({ servers: options.url, timeout: 4000, ...identity(api, options), ...more });
    opened.push(nc);
    return nc;
  };
  const outcome = async (work) => {
    try {
      const value = await (typeof work === 'function' ? work() : work);
      return value === undefined ? 'ok' : value;
    } catch (error) {
      return api.describeError(error);
    }
  };
  const nc = await connect();
  const t = {
    api,
    options,
    nc,
    connect,
    outcome,
    failure: async (work) => {
      try {
        await (typeof work === 'function' ? work() : work);
        return 'no error';
      } catch (error) {
        return api.describeError(error);
      }
    },
    see: (step, value) => print({ scenario: id, step, value: value ?? null }),
    ask: async (action, server) => {
      print({ ask: action, server });
      await lines.next();
    },
    nextStatus: async (connection, type) => {
      for await (const status of connection.status()) if (status.type === type) return;
    },
    withoutTime: (headers) => Object.fromEntries(Object.entries(headers).filter(([key]) => key !== 'Nats-Time-Stamp')),
    consumer: async (stream, config) => {
      const info = await t.jsm.consumers.add(stream, config);
      return await t.js.consumers.get(stream, info.name);
    },
    fetch: async (consumer, count, more = {}) =>
      await everything(await consumer.fetch({ max_messages: count, expires: 2000, ...more })),
    close: async () => {
      for (const connection of opened) await connection.close().catch(() => {});
    },
  };
  t.js = api.jetstream(nc);
  t.jsm = await api.jetstreamManager(nc);
  return t;
}

export async function run(api) {
  const options = readArguments(process.argv.slice(2));
  const all = { ...core, ...streams, ...publishing, ...messages, ...consumers, ...views, ...restart };
  const wanted =
    options.scenario === undefined || options.scenario === 'all' ? Object.keys(all) : options.scenario.split(',');
  const input = createInterface({ input: process.stdin });
  const lines = input[Symbol.asyncIterator]();
  for (const id of wanted) {
    const scenario = all[id];
    if (scenario === undefined) continue;
    const t = await stage(api, options, id, lines);
    try {
      await within(scenario(t), SCENARIO_DEADLINE_MS, 'the end of the scenario');
    } catch (error) {
      t.see('FAILED', `${error.name}: ${error.message}`);
      process.stderr.write(`${id}: ${error.stack}\n`);
    }
    await t.close();
    await t.ask('clean', 'main');
  }
  input.close();
  process.exit(0);
}
