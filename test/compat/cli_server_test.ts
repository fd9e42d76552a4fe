// `contrail server` and `nats server` (natscli 0.5.1) side by side, as a user of the system account, against one server, the
// reference and ours: the same tables and facts. Numbers that grow while one looks are compared by where they stand.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { CommandRun, facts, run, steady } from './command_pair.ts';
import { contrailSide, endWithServers, referenceSide, ServerProcess, type Side } from './server_process.ts';

endWithServers();

const CONFIG = `
server_name: stage
server_tags: [red]
jetstream { max_mem: 10000000, max_file: 100000000 }
accounts {
  $SYS { users: [{ user: sys, password: sys }] }
  A {
    users: [{ user: a, password: a }]
    jetstream: enabled
    mappings { "old.*": [{ destination: "new.$1", weight: 100% }] }
    exports [{ service: "svc.>" }, { stream: "st.>", accounts: [B] }]
  }
  B {
    users: [{ user: b, password: b }]
    imports [{ service: { account: A, subject: "svc.one" }, to: "my.svc" }, { stream: { account: A, subject: "st.a" }, prefix: "from" }]
  }
}
`;

const SETUP: readonly (readonly string[])[] = [
  ['stream', 'add', 'EVENTS', '--subjects', 'events.>', '--defaults'],
  ['stream', 'add', 'TIMED', '--subjects', 'timed', '--allow-msg-ttl', '--defaults'],
  ['consumer', 'add', 'EVENTS', 'WORKER', '--pull', '--defaults'],
  ['pub', 'events.a', 'first', '-J'],
];

/** The same to the last digit. */
const LIKE: readonly (readonly string[])[] = [
  ['report', 'health'],
  ['report', 'health', '--account', 'A', '--stream', 'NOPE'],
  ['report', 'jetstream'],
  ['report', 'jetstream', '--account', 'A'],
  ['report', 'jetstream', '--leaders'],
  ['report', 'gateways'],
  ['report', 'leafnodes'],
  ['report', 'routes'],
  ['report', 'downgrade', '0'],
  ['report', 'downgrade', '9'],
  ['mappings', 'a.*.*', 'b.{{wildcard(2)}}.$1', 'a.x.y'],
];

/** The same but for numbers. */
const LIKE_NUMBERLESS: readonly (readonly string[])[] = [
  ['list', '--no-compact'],
  ['info', 'stage'],
  ['ping'],
  ['report', 'accounts'],
  ['report', 'accounts', '$SYS'],
  ['report', 'connections'],
  ['report', 'connections', '--account', '$SYS', '--filter', 'conn.cid > 0'],
  ['report', 'cpu'],
  ['report', 'mem'],
];

/** The same keys for programs. */
const JSON_LIKE: readonly (readonly string[])[] = [
  ['list', '--json'],
  ['report', 'accounts', '--json'],
  ['report', 'connections', '--json'],
  ['report', 'mem', '--json'],
  ['report', 'downgrade', '0', '--json'],
  ['request', 'accounts', '--account', 'A'],
  ['request', 'connections', '--subscriptions'],
  ['request', 'gateways'],
  ['request', 'ipqueue'],
  ['request', 'jetstream-health', '--account', 'A', '--stream', 'NOPE'],
  ['request', 'jetstream', '--all'],
  ['request', 'leafnodes'],
  ['request', 'raft'],
  ['request', 'routes'],
  ['request', 'subscriptions', '--detail', '--filter-account', 'A'],
  ['request', 'variables', '--name', 'stage'],
];

const REFUSED: readonly (readonly string[])[] = [
  ['info', 'nope', '--timeout', '500ms'],
  ['report', 'accounts', 'NOPE'],
  ['report', 'connections', '--username', 'nobody'],
  ['report', 'connections', '--filter', 'x', '--closed-reason', 'y'],
  ['report', 'downgrade'],
  ['request', 'kick', '1', `N${'A'.repeat(55)}`, '--timeout', '500ms'],
  ['account', 'info', 'NOPE'],
  ['mappings', 'a.*', 'b.{{wildcard(2)}}', 'a.x'],
  ['passwd', '--pass', 'short'],
  ['passwd', '--pass', 'long enough', '--cost', '3'],
  ['config', 'reload', 'nope', '--timeout', '500ms'],
];

/** Whose answers come from the system account alone. */
const PRIVILEGED: readonly (readonly string[])[] = [
  ['list'],
  ['ping'],
  ['report', 'jetstream'],
  ['report', 'connections'],
  ['account', 'purge', 'A', '--force'],
  ['request', 'kick', '1', `N${'A'.repeat(55)}`],
];

/** Lines in any order where the reference's own differ from run to run. */
function plain(text: string): string {
  return steady(text)
    .replace(/NATS CLI Version v?[\d.]+/g, 'CLI')
    .replace(/\n[ \n]*/g, '\n')
    .trim();
}

function numberless(text: string): string {
  return plain(text)
    .replace(/[█▏]+/g, 'BAR')
    .replace(/\b\d[\d,.:-]*( [KM]?i?B)?/g, 'N')
    .replace(/ +/g, ' ');
}

/** One value, or a list of the values of its lines. */
function jsonOf(text: string): unknown {
  const lines = text.trim().split('\n');
  return lines[0]?.startsWith('{"') === true ? lines.map((line): unknown => JSON.parse(line)) : JSON.parse(text);
}

/** What there is, `path type` each; of a list what any of its elements has, as they come in any order. */
function shapeOf(value: unknown, path = '', shape = new Set<string>()): Set<string> {
  if (Array.isArray(value)) {
    shape.add(`${path} list`);
    for (const one of value) shapeOf(one, `${path}[]`, shape);
  } else if (typeof value !== 'object' || value === null) {
    shape.add(`${path} ${typeof value}`);
  } else {
    shape.add(`${path} object`);
    // How many messages a subscription still waits for is the business of who asks.
    for (const [key, one] of Object.entries(value)) if (key !== 'max') shapeOf(one, `${path}.${key}`, shape);
  }
  return shape;
}

/** What `theirs` has and `ours` has not, but for the elements of lists that are empty in ours. */
function missingPaths(theirs: unknown, ours: unknown): string[] {
  const has = shapeOf(ours);
  const lists = [...has].filter((path) => path.endsWith(' list')).map((path) => path.slice(0, -' list'.length));
  const empty = lists.map((path) => `${path}[]`).filter((path) => ![...has].some((one) => one.startsWith(path)));
  return [...shapeOf(theirs)].filter((path) => !has.has(path) && !empty.some((start) => path.startsWith(start)));
}

function compare(side: Side): void {
  describe(`against the ${side.name} server`, () => {
    let server: ServerProcess;

    before(async () => {
      server = await ServerProcess.start(side, { jetStream: true, config: CONFIG });
      for (const words of SETUP) {
        const { code, error } = await run('contrail', urlOf('a'), words);
        assert.equal(code, 0, `${words.join(' ')}: ${error}`);
      }
    });

    after(async () => {
      await server.stop();
    });

    function urlOf(user: string): string {
      return server.url.replace('://', `://${user}:${user}@`);
    }

    /** At a time, for what is the same while the other is connected. */
    async function both(words: readonly string[], user = 'sys') {
      const all = ['server', ...words];
      const [ours, theirs] = await Promise.all([run('contrail', urlOf(user), all), run('nats', urlOf(user), all)]);
      return { ours, theirs };
    }

    async function inTurn(words: readonly string[]) {
      const all = ['server', ...words];
      return { ours: await run('contrail', urlOf('sys'), all), theirs: await run('nats', urlOf('sys'), all) };
    }

    for (const words of LIKE_NUMBERLESS) {
      test(`[natscli 0.5.1] server ${words.join(' ')}`, async () => {
        const { ours, theirs } = await inTurn(words);
        assert.equal(ours.code, theirs.code, ours.error + theirs.error);
        assert.equal(numberless(ours.output), numberless(theirs.output));
      });
    }

    // Nothing of these depends on who else is connected.
    describe('side by side', { concurrency: 4 }, () => {
      for (const words of LIKE) {
        test(`[natscli 0.5.1] server ${words.join(' ')}`, async () => {
          const { ours, theirs } = await both(words);
          assert.equal(ours.code, theirs.code, ours.error + theirs.error);
          assert.equal(plain(ours.output), plain(theirs.output));
        });
      }

      for (const words of JSON_LIKE) {
        test(`[natscli 0.5.1] server ${words.join(' ')} for programs`, async () => {
          const { ours, theirs } = await both(words);
          assert.equal(ours.code, 0, ours.error);
          assert.deepEqual(missingPaths(facts(jsonOf(theirs.output)), jsonOf(ours.output)), []);
        });
      }

      for (const words of REFUSED) {
        test(`[natscli 0.5.1] server ${words.join(' ')} is refused`, async () => {
          const { ours, theirs } = await both(words);
          assert.equal(theirs.code, 1, `the reference took it: ${theirs.output}`);
          assert.equal(ours.code, 1, `ours took it: ${ours.output}`);
          assert.match(ours.error, /^contrail: error: /);
        });
      }

      for (const words of PRIVILEGED) {
        test(`[natscli 0.5.1] server ${words.join(' ')} needs the system account, and says so`, async () => {
          const ours = await run('contrail', urlOf('a'), ['server', ...words]);
          assert.equal(ours.code, 1, ours.output);
          assert.match(ours.error, /a user of the system account/);
        });
      }
    });

    test('[natscli 0.5.1] server account info, in whatever order', async () => {
      for (const account of ['A', 'B', '$SYS']) {
        const { ours, theirs } = await both(['account', 'info', account]);
        const sorted = (text: string): string[] => plain(text).split('\n').sort();
        assert.deepEqual(sorted(ours.output), sorted(theirs.output));
      }
      const { ours, theirs } = await both(['account', 'info', 'A', '--json']);
      assert.deepEqual(missingPaths(facts(JSON.parse(theirs.output)), JSON.parse(ours.output)), []);
    });

    test('[natscli 0.5.1] server config reload shows the server afterwards', async () => {
      const { id } = JSON.parse((await both(['request', 'variables'])).ours.output).server;
      const { ours, theirs } = await both(['config', 'reload', id, '--force']);
      assert.equal(ours.code, 0, ours.error);
      assert.equal(numberless(ours.output), numberless(theirs.output));
    });

    test('[natscli 0.5.1] a kicked connection is closed', async () => {
      const listening = run('nats', urlOf('b'), ['sub', 'kicked', '--count', '1', '--connection-name', 'victim']);
      const found = await connectionOf('victim');
      const shown = await run('contrail', urlOf('sys'), [
        'server',
        'req',
        'kick',
        `${found.cid}`,
        'stage',
        '--dry-run',
      ]);
      assert.match(shown.output, new RegExp(`Would disconnect client ${found.cid} "victim" of account B`));
      const kicked = await run('contrail', urlOf('sys'), ['server', 'req', 'kick', `${found.cid}`, found.server.id]);
      assert.equal(kicked.code, 0, kicked.error);
      // The client comes back, as another connection.
      const again = await connectionOf('victim', found.cid);
      assert.notEqual(again.cid, found.cid);
      await run('nats', urlOf('b'), ['pub', 'kicked', 'x']);
      await listening;
    });

    interface Found {
      readonly cid: number;
      readonly name?: string;
      readonly server: { readonly id: string };
    }

    /** Asks until it is there. */
    async function connectionOf(name: string, notThis = 0): Promise<Found> {
      const until = performance.now() + 30_000;
      while (performance.now() < until) {
        const { output } = await run('contrail', urlOf('sys'), ['server', 'report', 'connections', '--json']);
        const found = (JSON.parse(output) as Found[]).find((one) => one.name === name && one.cid !== notThis);
        if (found !== undefined) return found;
      }
      throw new Error(`No connection '${name}'`);
    }
  });
}

compare(referenceSide());
compare(contrailSide());

for (const side of [referenceSide(), contrailSide()]) {
  test(`[natscli 0.5.1] server account purge removes what the account stores, on the ${side.name} server`, async () => {
    const server = await ServerProcess.start(side, { jetStream: true, config: CONFIG });
    try {
      const [asUser, asSystem] = ['a', 'sys'].map((user) => server.url.replace('://', `://${user}:${user}@`));
      for (const words of SETUP) await run('contrail', asUser ?? '', words);
      const purge = await run('contrail', asSystem ?? '', ['server', 'account', 'purge', 'A', '--force']);
      assert.equal(purge.output, 'Purge operation on account A initiated: 2 streams with 1 message\n', purge.error);
      const until = performance.now() + 30_000;
      for (let left = '-'; left !== '[]'; ) {
        assert.ok(performance.now() < until, left);
        left = (await run('nats', asUser ?? '', ['stream', 'ls', '--json'])).output
          .replace(/\s/g, '')
          .replace('null', '[]');
      }
    } finally {
      await server.stop();
    }
  });
}

test('[natscli 0.5.1] server watch api requests counts by kind, account and stream', async () => {
  const server = await ServerProcess.start(referenceSide(), { jetStream: true, config: CONFIG });
  const [asUser = '', asSystem = ''] = ['a', 'sys'].map((user) => server.url.replace('://', `://${user}:${user}@`));
  const watching = new CommandRun('contrail', asSystem, ['server', 'watch', 'api', 'requests', '--account', '^A$']);
  try {
    await watching.shows('Waiting for updates');
    for (const words of SETUP) await run('contrail', asUser, words);
    await run('nats', asUser, ['stream', 'info', 'EVENTS', '--json']);
    await watching.shows('stream_info_request');
    assert.match(watching.output, /│ stream_create_request +│ A +│ +2 │ 2 +│ +│/);
    assert.match(watching.output, /│ stream_info_request +│ A +│ +\d │ \d +│ EVENTS +│/);
  } finally {
    watching.signal('SIGINT');
    await watching.ended;
    await server.stop();
  }
});
