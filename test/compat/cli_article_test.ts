// The command lines of the article "NATS JetStream Deployment and Operations", word for word, with contrail as `nats` and our
// server as the one that it starts: in a terminal, where every question is answered with Enter, and where there is nothing
// to read from. Each does what the article says that it does.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ArticleStage } from './article_stage.ts';
import type { Ran } from './command_pair.ts';
import { ReferenceCluster } from './reference_cluster.ts';
import { endWithServers } from './server_process.ts';

endWithServers();

/** What stands behind the image in `docker run --rm -p 4222:4222 -p 8222:8222 nats:2.10 -js -m 8222`. */
const SERVER_FLAGS = ['-js', '-m', '8222'];

const ADD_EVENTS = String.raw`nats stream add EVENTS \
--subjects "events.>" \
--storage file \
--retention limits \
--max-msgs=-1 \
--max-age=168h`;

const ADD_AUDIT = String.raw`nats stream add AUDIT \
--subjects "audit.>" \
--storage file \
--replicas 3 \
--retention limits \
--discard old \
--max-age 30d`;

const CHECKS = `nats server check localhost:4222
nats stream ls
nats consumer ls EVENTS
nats stream info EVENTS`;

const [CHECK = '', LS = '', CONSUMERS = '', INFO = ''] = CHECKS.split('\n');

/** What is asked beyond the flags of the article, and answered with Enter. */
const EVENTS_QUESTIONS = [
  'Replication (1)',
  'Discard Policy',
  'Per Subject Messages Limit (-1)',
  'Total Stream Size (-1)',
  'Max Message Size (-1)',
  'Duplicate tracking time window (2m0s)',
  'Allow message Roll-ups (y/N)',
  'Allow message deletion (Y/n)',
  'Allow purging subjects or the entire stream (Y/n)',
];

const AUDIT_QUESTIONS = ['Stream Messages Limit (-1)', ...EVENTS_QUESTIONS.slice(2)];

const WEEK_NS = 168 * 3600e9;
const MONTH_NS = 30 * 24 * 3600e9;

interface Way {
  readonly name: string;
  readonly perform: (stage: ArticleStage, line: string, questions?: readonly string[]) => Promise<Ran>;
}

const WAYS: readonly Way[] = [
  { name: 'with standard input closed', perform: (stage, line) => stage.run(line) },
  {
    name: 'in a terminal',
    perform: async (stage, line, questions = []) => {
      const run = stage.type(line);
      for (const question of questions) {
        await run.sees(question);
        run.type('\r');
      }
      const code = await run.ended();
      return { code, output: run.text, error: run.text };
    },
  },
];

async function json(stage: ArticleStage, line: string) {
  const { code, output, error } = await stage.run(line);
  assert.equal(code, 0, `${line}: ${error}`);
  return JSON.parse(output);
}

for (const { name, perform } of WAYS) {
  describe(`[article] ${name}, on one server`, () => {
    let stage: ArticleStage;

    before(async () => {
      stage = new ArticleStage();
      await stage.startServer(...SERVER_FLAGS);
    });

    after(async () => {
      await stage.stop();
    });

    test('stream add EVENTS keeps all of events.> on disk for a week', async () => {
      const { code, output, error } = await perform(stage, ADD_EVENTS, EVENTS_QUESTIONS);
      assert.equal(code, 0, error);
      assert.match(output, /Stream EVENTS was created/);
      const { config } = await json(stage, 'nats stream info EVENTS --json');
      const { subjects, storage, retention, max_msgs: messages, max_age: age } = config;
      assert.deepEqual([subjects, storage, retention, messages, age], [['events.>'], 'file', 'limits', -1, WEEK_NS]);
      await json(stage, 'nats pub events.orders.v1 hello -J --json');
      const elsewhere = await stage.run('nats pub orders.v1 hello -J');
      assert.equal(elsewhere.code, 1, 'a subject that does not match is nobody’s');
      assert.equal((await json(stage, 'nats stream info EVENTS --json')).state.messages, 1);
    });

    test('stream add AUDIT is refused by a server alone, which says how it would go', async () => {
      const { code, error } = await perform(stage, ADD_AUDIT, AUDIT_QUESTIONS);
      assert.equal(code, 1);
      assert.match(error, /replicas > 1 not supported in non-clustered mode \(10074\): .*say --replicas 1/);
    });

    test('the checks say that all is well, which streams and consumers there are and how the stream is', async () => {
      const check = await perform(stage, CHECK);
      assert.equal(check.code, 0, check.error);
      for (const signal of [
        'server process',
        'client port',
        'monitoring',
        'storage writable',
        'stream leader',
        'consumer lag',
      ]) {
        assert.ok(check.output.includes(`OK:${signal}`), `${signal} is not in ${check.output}`);
      }
      const streams = await perform(stage, LS);
      assert.equal(streams.code, 0, streams.error);
      assert.match(streams.output, /│ EVENTS +│ +│ \d{4}-\d\d-\d\d \d\d:\d\d:\d\d │ 1 +│/);
      const consumers = await perform(stage, CONSUMERS);
      assert.equal(consumers.code, 0, consumers.error);
      assert.match(consumers.output, /No Consumers defined/);
      const info = await perform(stage, INFO);
      assert.equal(info.code, 0, info.error);
      assert.match(info.output, /Information for Stream EVENTS created/);
      assert.match(
        info.output,
        /Subjects: events\.>\n[\s\S]*Storage: File\n[\s\S]*Maximum Age: 7d0h0m0s\n[\s\S]*Messages: 1\n/,
      );
    });

    test('a consumer that was made is listed', async () => {
      await json(stage, 'nats consumer add EVENTS WORKER --pull --defaults --json');
      const { code, output } = await perform(stage, CONSUMERS);
      assert.equal(code, 0);
      assert.match(output, /│ WORKER +│ +│ \d{4}-\d\d-\d\d \d\d:\d\d:\d\d │ +0 │ +1 │ never +│/);
    });

    test('what was stored is on disk: it is there after the server was killed', async () => {
      await stage.killServer();
      await stage.startServer(...SERVER_FLAGS);
      const { state } = await json(stage, 'nats stream info EVENTS --json');
      assert.equal(state.messages, 1);
      const { output } = await stage.run('nats stream get EVENTS 1 --json');
      assert.equal(JSON.parse(output).subject, 'events.orders.v1');
    });
  });
}

describe('[article] on a cluster of three nats-server', () => {
  let cluster: ReferenceCluster;
  let stage: ArticleStage;

  before(async () => {
    cluster = await ReferenceCluster.start();
    stage = new ArticleStage(cluster.url);
    const until = performance.now() + 60_000;
    // The servers have to choose a leader first.
    while ((await stage.run('nats stream ls')).code !== 0) assert.ok(performance.now() < until, 'no leader');
  });

  after(async () => {
    await stage.stop();
    await cluster.stop();
  });

  for (const { name, perform } of WAYS) {
    test(`${name} stream add AUDIT keeps what happened for 30 days on three servers`, async () => {
      const { code, output, error } = await perform(stage, ADD_AUDIT, AUDIT_QUESTIONS);
      assert.equal(code, 0, error);
      assert.match(output, /Stream AUDIT was created/);
      const { config, cluster: peers } = await json(stage, 'nats stream info AUDIT --json');
      const { subjects, discard, max_age: age, num_replicas: replicas } = config;
      assert.deepEqual([subjects, discard, age, replicas], [['audit.>'], 'old', MONTH_NS, 3]);
      assert.equal(peers.replicas.length, 2);
      await stage.run('nats stream rm AUDIT -f');
    });

    test(`${name} the checks work without a word more`, async () => {
      const added = await perform(stage, ADD_EVENTS, EVENTS_QUESTIONS);
      assert.equal(added.code, 0, added.error);
      const streams = await perform(stage, LS);
      assert.match(streams.output, /│ EVENTS /);
      const info = await perform(stage, INFO);
      assert.match(info.output, /Cluster Information:\n[\s\S]*Leader: n\d/);
      await stage.run('nats stream rm EVENTS -f');
    });
  }
});
