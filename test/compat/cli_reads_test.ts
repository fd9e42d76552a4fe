// Every command that only reads, of stream, consumer, account, context and errors: `contrail` and `nats` (natscli 0.5.1) tell
// the same, line by line and key by key, about the same server, the reference and ours.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { CommandRun, facts, type ProgramName, type Ran, run, steady } from './command_pair.ts';
import { contrailSide, endWithServers, referenceSide, ServerProcess, type Side } from './server_process.ts';

endWithServers();

type Words = readonly string[];

const SETUP: readonly Words[] = [
  ['stream', 'add', 'EVENTS', '--subjects', 'events.>', '--defaults', '--metadata', 'team=red'],
  ['stream', 'add', 'WORK', '--subjects', 'work.*', '--retention', 'work', '--max-bytes', '1GB', '--defaults'],
  ['stream', 'add', 'CACHE', '--subjects', 'cache', '--storage', 'memory', '--max-msgs-per-subject', '1', '--defaults'],
  ['pub', 'events.a', 'message {{Count}}', '-J', '--count', '9', '-H', 'Kind: one'],
  ['pub', 'events.b.c', 'message {{Count}}', '-J', '--count', '4'],
  ['pub', 'work.x', 'job', '-J', '--count', '3'],
  ['pub', 'cache', 'last', '-J', '--count', '2'],
  ['stream', 'rmm', 'EVENTS', '3', '-f'],
  ['stream', 'rmm', 'EVENTS', '4', '-f'],
  ['stream', 'rmm', 'EVENTS', '7', '-f'],
  ['consumer', 'add', 'EVENTS', 'PULL', '--pull', '--filter', 'events.a', '--max-deliver', '5', '--defaults'],
  [
    'consumer',
    'add',
    'EVENTS',
    'PUSH',
    '--target',
    'out.push',
    '--deliver-group',
    'crew',
    '--ack',
    'explicit',
    '--defaults',
  ],
  [
    ...['consumer', 'add', 'EVENTS', 'FULL', '--pull', '--description', 'All of it', '--sample', '50', '--defaults'],
    ...[
      '--filter',
      'events.a',
      '--filter',
      'events.b.>',
      '--max-pending',
      '7',
      '--metadata',
      'owner=me',
      '--replay',
      'instant',
    ],
    ...[
      '--backoff',
      'linear',
      '--backoff-steps',
      '3',
      '--max-deliver',
      '8',
      '--headers-only',
      '--inactive-threshold',
      '2h',
    ],
  ],
  ['consumer', 'add', 'EVENTS', 'PINNED', '--pull', '--pinned-groups', 'jobs', '--pinned-ttl', '1m', '--defaults'],
  ['consumer', 'add', 'EVENTS', 'STOPPED', '--pull', '--pause', '2100-01-01 00:00:00', '--defaults'],
  ['consumer', 'add', 'EVENTS', 'LATE', '--pull', '--deliver', '5', '--ack', 'none', '--defaults'],
  ['consumer', 'add', 'WORK', 'WORKER', '--pull', '--defaults'],
  ['consumer', 'next', 'EVENTS', 'PULL', '--count', '2'],
  ['consumer', 'next', 'EVENTS', 'PULL', '--no-ack'],
  ['consumer', 'next', 'WORK', 'WORKER'],
];

const CONSUMERS = ['PULL', 'PUSH', 'FULL', 'PINNED', 'STOPPED', 'LATE'];

/** Printed alike for people. */
const LIKE: readonly Words[] = [
  ...CONSUMERS.map((name) => ['consumer', 'info', 'EVENTS', name]),
  ['consumer', 'info', 'WORK', 'WORKER'],
  ['consumer', 'state', 'EVENTS', 'PULL'],
  ['consumer', 'state', 'EVENTS', 'PINNED'],
  ['consumer', 'ls', 'EVENTS'],
  ['consumer', 'ls', 'EVENTS', '--names'],
  ['consumer', 'ls', 'CACHE'],
  ['consumer', 'report', 'EVENTS'],
  ['consumer', 'report', 'EVENTS', '--raw'],
  ['consumer', 'report', 'EVENTS', '--leaders'],
  ['consumer', 'find', 'EVENTS', '--pull'],
  ['consumer', 'find', 'EVENTS', '--pull', '--invert'],
  ['consumer', 'find', 'EVENTS', '--pending', '11'],
  ['consumer', 'find', 'EVENTS', '--ack-pending', '2'],
  ['consumer', 'find', 'EVENTS', '--expression', 'config.max_ack_pending < 10'],
  ['stream', 'ls', '-a'],
  ['stream', 'info', 'EVENTS'],
  ['stream', 'info', 'WORK'],
  ['stream', 'info', 'CACHE'],
  ['stream', 'state', 'WORK'],
  ['stream', 'report', '--consumers'],
  ['stream', 'report', '--messages'],
  ['stream', 'report', '--storage'],
  ['stream', 'report', '--subject', 'events.a'],
  ['stream', 'find', '--consumers', '2', '--names'],
  ['stream', 'find', '--subject', 'cache'],
  ['stream', 'find', '--replicas', '1', '--names'],
  ['stream', 'subjects', 'EVENTS', '--sort', 'name', '--reverse'],
  ['stream', 'subjects', 'EVENTS', '--names', '--sort', 'name'],
  ['stream', 'subjects', 'WORK'],
  ['stream', 'gaps', 'WORK', '--force', '--no-progress'],
  ['stream', 'get', 'EVENTS', '1'],
  ['stream', 'get', 'EVENTS', '--last-for', 'events.b.c'],
  ['stream', 'get', 'CACHE', '--last-for', 'cache'],
  ['account', 'info'],
];

/** The same for programs. */
const JSON_LIKE: readonly Words[] = [
  ...['PULL', 'PUSH', 'FULL', 'PINNED', 'STOPPED'].map((name) => ['consumer', 'info', 'EVENTS', name, '--json']),
  ['consumer', 'state', 'EVENTS', 'PULL', '--json'],
  ['consumer', 'ls', 'EVENTS', '--json'],
  ['stream', 'info', 'WORK', '--json'],
  ['stream', 'info', 'CACHE', '--json'],
  ['stream', 'state', 'EVENTS', '--json'],
  ['stream', 'ls', '--json'],
  ['stream', 'subjects', 'EVENTS', '--json'],
  ['stream', 'gaps', 'EVENTS', '--force', '--json'],
  ['stream', 'get', 'EVENTS', '5', '--json'],
];

const NO_TIME = '0001-01-01T00:00:00Z';

/** What passes, or differs by nanoseconds between two answers; and a time that is none, Go's way of saying nothing. */
function steadyFacts(text: string): unknown {
  const passes = new Set(['pause_remaining', 'last_active']);
  return facts(JSON.parse(text, (key, value) => (passes.has(key) ? 'T' : value === NO_TIME ? null : value)));
}

function compare(side: Side): void {
  describe(`reading from the ${side.name} server`, () => {
    let server: ServerProcess;

    before(async () => {
      server = await ServerProcess.start(side, { jetStream: true });
      for (const words of SETUP) {
        const { code, error } = await run('contrail', server.url, words);
        assert.equal(code, 0, `${words.join(' ')}: ${error}`);
      }
    });

    after(async () => {
      await server.stop();
    });

    async function both(words: Words): Promise<readonly [Ran, Ran]> {
      return await Promise.all([run('contrail', server.url, words), run('nats', server.url, words)]);
    }

    for (const words of LIKE) {
      test(`[natscli 0.5.1] ${words.join(' ')}`, async () => {
        const [ours, theirs] = await both(words);
        assert.equal(ours.code, theirs.code, ours.error + theirs.error);
        assert.equal(steady(ours.output), steady(theirs.output));
        assert.equal(steady(ours.error), steady(theirs.error));
      });
    }

    for (const words of JSON_LIKE) {
      test(`[natscli 0.5.1] ${words.join(' ')}`, async () => {
        const [ours, theirs] = await both(words);
        assert.equal(ours.code, 0, ours.error);
        assert.deepEqual(steadyFacts(ours.output), steadyFacts(theirs.output));
      });
    }

    test('[natscli 0.5.1] account report finds the same connections', async () => {
      // Those of the two commands pass; one that stays is named by both.
      const staying = new CommandRun('contrail', server.url, ['sub', 'staying', '--connection-name', 'STAYS']);
      await staying.shows('Subscribing on staying');
      const [ours, theirs] = await both(['account', 'report', 'connections']);
      staying.signal('SIGINT');
      await staying.ended;
      const rows = ({ output }: Ran): string[] =>
        steady(output)
          .split('\n')
          .filter((line) => /STAYS|│ CID/.test(line));
      assert.deepEqual(rows(ours), rows(theirs), ours.output + theirs.output + ours.error + theirs.error);
      assert.equal(rows(ours).length, 2, theirs.output + theirs.error);
    });

    test('[natscli 0.5.1] account report statistics has the same rows', async () => {
      // One after the other: each is a connection itself. What went through the server has grown meanwhile.
      const rowsOf = async (name: ProgramName): Promise<string[][]> => {
        const { code, output, error } = await run(name, server.url, ['account', 'report', 'statistics']);
        assert.equal(code, 0, error);
        const lines = output.split('\n').filter((line) => line.startsWith('│'));
        return lines.map((line) =>
          line
            .split('│')
            .slice(1, -1)
            .map((cell) => cell.trim()),
        );
      };
      const [ours, theirs] = [await rowsOf('contrail'), await rowsOf('nats')];
      const [title, head = [], row = [], foot = []] = ours;
      assert.deepEqual([title, head], theirs.slice(0, 2));
      const isSteady = (_: string, index: number): boolean => !/^(?:Sent|Received) /.test(head[index] ?? '');
      assert.deepEqual(row.filter(isSteady), theirs[2]?.filter(isSteady));
      assert.equal(row.length, 12);
      // One server is all of them. The reference leaves out the subscriptions, and what follows stands a column too far left.
      assert.deepEqual(foot, ['1', '', '', '', ...row.slice(4)]);
      assert.deepEqual(theirs[3]?.slice(0, 5), foot.slice(0, 5));
    });

    test('[natscli 0.5.1] context validate --connect tells who can be reached', async () => {
      const name = `reach_${side.name}`;
      const add = await run('contrail', server.url, ['context', 'add', name, '--server', server.url]);
      assert.equal(add.code, 0, add.error);
      const [ours, theirs] = await both(['context', 'validate', name, '--connect']);
      assert.deepEqual([ours.code, theirs.code], [0, 0], ours.output + theirs.output);
      assert.equal(steady(ours.output), steady(theirs.output));
      assert.match(ours.output, /Connection: OK/);
    });

    test('[natscli 0.5.1] stream gaps finds the same', async () => {
      // The reference breaks the title of a narrow table.
      const [ours, theirs] = await both(['stream', 'gaps', 'EVENTS', '--force', '--no-progress']);
      const rows = ({ output }: Ran): string[] => output.split('\n').filter((line) => /^│ *\d+ *│/.test(line));
      assert.deepEqual(rows(ours).map(steady), rows(theirs).map(steady));
      assert.equal(rows(ours).length, 2);
    });
  });
}

/** Contexts are files, which both read and write. */
const CONTEXTS: readonly Words[] = [
  ['context', 'ls'],
  ['context', 'ls', '--names'],
  ['context', 'ls', '--json'],
  ['context', 'info', 'reads_ours'],
  ['context', 'info', 'reads_ours', '--json'],
  ['context', 'info', 'reads_theirs'],
  ['context', 'show', 'reads_theirs', '--json'],
];

describe('reading contexts', () => {
  before(async () => {
    const add = (name: string): Words => [
      ...['context', 'add', name, '--server', 'nats://one:4222,nats://two:4222', '--description', 'For reading'],
      ...[
        '--user',
        'bob',
        '--password',
        'secret',
        '--js-domain',
        'hub',
        '--inbox-prefix',
        '_INBOX_bob',
        '--colors',
        'cyan',
      ],
    ];
    for (const [program, name] of [
      ['contrail', 'reads_ours'],
      ['nats', 'reads_theirs'],
    ] as const) {
      const { code, error } = await run(program, '', add(name));
      assert.equal(code, 0, error);
    }
    for (const words of [
      ['reads_lost', '--server', 'nats://one:4222', '--creds', '/nonexistent/user.creds'],
      ['reads_nobody', '--server', 'nats://127.0.0.1:1'],
    ]) {
      const { code, error } = await run('contrail', '', ['context', 'add', ...words]);
      assert.equal(code, 0, error);
    }
  });

  /** Without the names that both give themselves, and the reason, which each words in its own way. */
  function validated({ code, output, error }: Ran): unknown {
    const text = steady(output).replace(/(Connection: )(?!OK).*/g, '$1no');
    return [code, text, error.replace(/^\w+: /, '')];
  }

  for (const words of [[], ['reads_ours'], ['reads_lost'], ['reads_nobody', '--connect']]) {
    test(`[natscli 0.5.1] context validate ${words.join(' ')}`, async () => {
      const all = ['context', 'validate', ...words];
      const [ours, theirs] = await Promise.all([run('contrail', '', all), run('nats', '', all)]);
      assert.deepEqual(validated(ours), validated(theirs));
      assert.equal(ours.code, words[0] === 'reads_ours' ? 0 : 1);
    });
  }

  test('a context that cannot be read is no valid one', async () => {
    // The reference says so too, and ends with 0 where there is no other.
    const { code, output, error } = await run('contrail', '', ['context', 'validate', 'nowhere']);
    assert.match(output, /^Could not load nowhere: unknown context 'nowhere'/);
    assert.deepEqual([code, error], [1, 'contrail: error: validation failed\n']);
  });

  for (const words of CONTEXTS) {
    test(`[natscli 0.5.1] ${words.join(' ')}`, async () => {
      const [ours, theirs] = await Promise.all([run('contrail', '', words), run('nats', '', words)]);
      assert.equal(theirs.code, 0, theirs.error);
      if (words.includes('--json')) assert.deepEqual(facts(JSON.parse(ours.output)), facts(JSON.parse(theirs.output)));
      else assert.equal(steady(ours.output), steady(theirs.output));
    });
  }
});

const ERRORS: readonly Words[] = [
  ['errors', 'ls'],
  ['errors', 'ls', 'consumer', 'http'],
  ['errors', 'ls', 'stream', 'description', '--reverse'],
  ['errors', 'lookup', '10059'],
  ['errors', 'lookup', '10076'],
];

/** The reference command has these as they were before nats-server 2.15. */
const CHANGED = new Set(['10124', '10129', '10226', '10227', '10228']);

for (const words of ERRORS) {
  test(`[natscli 0.5.1] ${words.join(' ')}`, async () => {
    const [ours, theirs] = await Promise.all([run('contrail', '', words), run('nats', '', words)]);
    assert.equal(theirs.code, 0, theirs.error);
    // Comments and advice are of our own, and looked through as well. Rows of the same key stand in any order there.
    const pattern = new RegExp(words[1] === 'ls' ? (words[2] ?? '') : '', 'i');
    const rows = ({ output }: Ran): string[] =>
      errorRows(output)
        .filter((row) => pattern.test(row))
        .toSorted();
    assert.ok(rows(ours).length > 2);
    assert.deepEqual(rows(ours), rows(theirs));
  });
}

function errorRows(text: string): string[] {
  const lines = steady(text).split('\n');
  if (!lines.some((line) => line.startsWith('│'))) return lines.filter((line) => /^ *[\w ]+: /.test(line));
  return lines
    .filter((line) => /^│ *\d/.test(line))
    .map((line) => line.split('│').map((cell) => cell.trim()))
    .filter(([, code = '']) => !CHANGED.has(code))
    .map(([, code, http, description, , constant]) => [code, http, description, constant].join());
}

compare(referenceSide());
compare(contrailSide());
