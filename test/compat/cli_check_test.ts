// `contrail server check` and `nats server check` (natscli 0.5.1) against one server, the reference and ours, and against a
// cluster: the same status, the same numbers by name, the same thresholds and the same verdicts. How long something took is
// blanked; behind the reference's words for what cannot be reached ours may say what to do.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { runCommand } from '../../src/cli/testing_terminal.ts';
import { credentialsText } from '../credentials.ts';
import { type ProgramName, run } from './command_pair.ts';
import { ReferenceCluster } from './reference_cluster.ts';
import { contrailSide, endWithServers, referenceSide, ServerProcess, type Side } from './server_process.ts';

endWithServers();

const folder = mkdtempSync(join(tmpdir(), 'contrail-check-compat-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const CONFIG = `
server_name: stage
jetstream { max_mem: 10000000, max_file: 100000000 }
accounts {
  $SYS { users: [{ user: sys, password: sys }] }
  A {
    users: [{ user: a, password: a }]
    jetstream: { max_mem: 1000000, max_file: 5000, max_streams: 10, max_consumers: 10 }
  }
  B { users: [{ user: b, password: b }] }
}
no_auth_user: a
`;

const SETUP: readonly (readonly string[])[] = [
  ['stream', 'add', 'EVENTS', '--subjects', 'events.>', '--max-bytes', '2000', '--defaults'],
  ['stream', 'add', 'WATCHED', '--subjects', 'watched', '--max-bytes', '200', '--defaults'].concat(
    ...[
      ['--metadata', 'io.nats.monitor.msgs-warn=4'],
      ['--metadata', 'io.nats.monitor.msgs-critical=2'],
    ],
  ),
  [
    'stream',
    'add',
    'ODD',
    '--subjects',
    'odd',
    '--max-bytes',
    '200',
    '--defaults',
    '--metadata',
    'io.nats.monitor.msgs-warn=many',
  ],
  ['consumer', 'add', 'EVENTS', 'WORKER', '--pull', '--defaults'],
  ['consumer', 'add', 'EVENTS', 'PINNED', '--pull', '--defaults', '--pinned-groups', 'g', '--pinned-ttl', '1m'],
  ['pub', 'events.a', 'hello', '-J', '--count', '3'],
  ['pub', 'events.b', '1700000000', '-J'],
  ['pub', 'watched', 'x', '-J', '--count', '3'],
  [
    'stream',
    'add',
    'KV_CONFIG',
    '--subjects',
    '$KV.CONFIG.>',
    '--max-bytes',
    '500',
    '--max-msgs-per-subject',
    '1',
  ].concat(...[['--allow-rollup', '--deny-delete', '--discard', 'new', '--defaults']]),
  ['pub', '$KV.CONFIG.color', 'blue', '-J'],
  ['pub', '$KV.CONFIG.gone', '', '-J', '-H', 'KV-Operation:DEL'],
];

const SYSTEM = ['--user', 'sys', '--password', 'sys'];
const NOWHERE = ['-s', 'nats://127.0.0.1:1'];
/** A busy machine is no fault of the server's. */
const UNHURRIED = ['connect', 'rtt', 'req'].flatMap((what) => [`--${what}-warn`, '5m', `--${what}-critical`, '5m']);
const WORKER = ['consumer', '--stream', 'EVENTS', '--consumer', 'WORKER'];
const META = ['meta', '--lag-critical', '10', '--seen-critical', '30s'];

/** Judged alike. */
const LIKE: readonly (readonly string[])[] = [
  ['connection', ...UNHURRIED],
  [
    'conn',
    '--connect-warn',
    '1ns',
    '--connect-critical',
    '5m',
    '--rtt-critical',
    '1ns',
    '--req-warn',
    '1ns',
    '--req-critical',
    '1h',
  ],
  ['connection', ...NOWHERE],
  ['connection', '--user', 'a', '--password', 'wrong'],
  ['stream', '--stream', 'EVENTS'],
  ['stream', '--stream', 'EVENTS', '--msgs-warn', '10', '--msgs-critical', '2'],
  ['stream', '--stream', 'EVENTS', '--msgs-warn', '10', '--msgs-critical', '4'],
  ['stream', '--stream', 'EVENTS', '--msgs-warn', '2'],
  ['stream', '--stream', 'EVENTS', '--subjects-warn', '1', '--subjects-critical', '5'],
  ['stream', '--stream', 'EVENTS', '--subjects-warn', '1', '--subjects-critical', '2'],
  ['stream', '--stream', 'EVENTS', '--subjects-warn', '5', '--subjects-critical', '1'],
  ['stream', '--stream', 'EVENTS', '--subjects-warn', '5', '--subjects-critical', '2'],
  ['stream', '--stream', 'EVENTS', '--subjects-critical', '5'],
  ['stream', '--stream', 'EVENTS', '--min-sources', '1', '--max-sources', '2'],
  ['stream', '--stream', 'EVENTS', '--lag-critical', '5', '--seen-critical', '1m'],
  ['stream', '--stream', 'EVENTS', '--peer-expect', '3'],
  ['stream', '--stream', 'WATCHED'],
  ['stream', '--stream', 'ODD'],
  ['stream', '--stream', 'NOPE'],
  ['stream', '--stream', 'EVENTS', ...NOWHERE],
  ['stream', '--stream', 'EVENTS', '--user', 'b', '--password', 'b'],
  WORKER,
  [...WORKER, '--unprocessed-critical', '4', '--waiting-critical', '1', '--outstanding-ack-critical', '1'],
  [...WORKER, '--unprocessed-critical', '5', '--redelivery-critical', '1'],
  [...WORKER, '--last-delivery-critical', '1m', '--last-ack-critical', '1m', '--pinned'],
  ['consumer', '--stream', 'EVENTS', '--consumer', 'PINNED', '--pinned'],
  ['consumer', '--stream', 'EVENTS', '--consumer', 'NOPE'],
  ['consumer', '--stream', 'NOPE', '--consumer', 'NOPE'],
  ['message', '--stream', 'EVENTS', '--subject', 'events.a'],
  ['message', '--stream', 'EVENTS', '--subject', 'events.a', '--content', '^h.l+o$', '--age-warn', '1ns'],
  ['message', '--stream', 'EVENTS', '--subject', 'events.a', '--content', '^bye', '--age-critical', '1h'],
  [
    'message',
    '--stream',
    'EVENTS',
    '--subject',
    'events.b',
    '--body-timestamp',
    '--age-warn',
    '1h',
    '--age-critical',
    '1d',
  ],
  ['message', '--stream', 'EVENTS', '--subject', 'events.none'],
  ['message', '--stream', 'NOPE', '--subject', 'x'],
  [...META, '--expect', '3'],
  [...META, '--expect', '3', ...SYSTEM],
  ['request', '--subject', 'nobody.there'],
  ['jetstream'],
  ['jetstream', '--store-warn', '1', '--store-critical', '2', '--streams-warn', '20', '--streams-critical', '90'],
  ['jetstream', '--store-warn', '90', '--store-critical', '10', '--no-replicas'],
  ['jetstream', '--consumers-warn', '5', '--consumers-critical', '10'],
  ['jetstream', '--user', 'b', '--password', 'b'],
  ['jetstream', ...NOWHERE],
  ['server', '--name', 'stage'],
  ['server', '--name', 'stage', ...SYSTEM],
  ['server', '--name', 'stage', '--js-required', '--tls-required', '--auth-required', ...SYSTEM],
  ['server', '--name', 'stage', '--conn-warn', '1', '--conn-critical', '1000', '--uptime-warn', '1ns', ...SYSTEM],
  ['server', '--name', 'stage', '--conn-warn', '1000', '--conn-critical', '900', '--uptime-warn', '1d', ...SYSTEM],
  [
    'server',
    '--name',
    'stage',
    '--mem-warn',
    '1',
    '--mem-critical',
    '2',
    '--cpu-warn',
    '5',
    '--cpu-critical',
    '2',
    ...SYSTEM,
  ],
  ['server', '--name', 'stage', '--uptime-warn', '1m', '--uptime-critical', '1h', ...SYSTEM],
  ['server', '--name', 'stage', '--tls-cert-warn', '1d', ...SYSTEM],
  ['server', '--name', 'nope', '--timeout', '500ms', ...SYSTEM],
  ['kv', '--bucket', 'CONFIG'],
  ['kv', '--bucket', 'CONFIG', '--key', 'color', '--values-warn', '1', '--values-critical', '2'],
  ['kv', '--bucket', 'CONFIG', '--key', 'gone', '--values-warn', '1', '--values-critical', '0'],
  ['kv', '--bucket', 'CONFIG', '--key', 'none', '--values-warn', '3'],
  ['kv', '--bucket', 'NOPE'],
  ['credential', '--credential', '/nonexistent.creds'],
  ['credential', '--credential', folder],
  ['credential', '--credential', join(folder, 'none.creds')],
  ['credential', '--credential', join(folder, 'forged.creds')],
  ['credential', '--credential', join(folder, 'forever.creds')],
  ['credential', '--credential', join(folder, 'forever.creds'), '--no-require-expiry'],
  ['credential', '--credential', join(folder, 'good.creds')],
];

interface Verdict {
  readonly code: number | null;
  readonly status: string;
  readonly [key: string]: unknown;
}

interface Perf {
  readonly name: string;
  readonly warning: number;
  readonly critical: number;
  readonly unit?: string;
}

async function verdict(name: ProgramName, url: string, words: readonly string[]): Promise<Verdict> {
  const all = ['server', 'check', ...words, '--format', 'json'];
  // Ours within this process: what is compared is the verdict, not how the program starts.
  const ran = name === 'nats' ? run(name, url, all) : runCommand(all, { environment: { NATS_URL: url } });
  const { code, output, error } = await ran;
  assert.ok(output.startsWith('{'), `${name} ${words.join(' ')}: ${output}${error}`);
  const {
    status,
    check_suite: suite,
    check_name: item,
    warning = [],
    critical = [],
    ok = [],
    perf_data,
  } = JSON.parse(output);
  const perf = (perf_data as Perf[]).map(({ name: metric, warning: warn, critical: crit, unit = '' }) => {
    return `${metric}${unit} ${warn} ${crit}`;
  });
  const steady = (texts: readonly string[]): string[] => [...new Set(texts.map(steadyVerdict))];
  return { code, status, suite, item, warning: steady(warning), critical: steady(critical), ok: steady(ok), perf };
}

/** Why something could not be reached is each client's own to say. */
const UNREACHED =
  /^(connection failed|JSZ API request failed|varz failed|could not send request|JetStream not available|credential not accessible|invalid credential|could not configure based on metadata|invalid timestamp body): .*/;

function steadyVerdict(text: string): string {
  return text
    .replace(UNREACHED, '$1')
    .replace(/^could not load info: (?!.*\(\d{5}\)).*/, 'could not load info')
    .replace(/(\(\d{5}\)): .*/, '$1')
    .replace(/round trip( request)? took [\d.]+s?/, 'round trip$1 took T')
    .replace(/exceeded 1e-0?9$/, 'exceeded 1ns')
    .replace(/(Memory|Connections|CPU) [\d.]+/, '$1 N')
    .replace(/\b(?:\d+y)?(?:\d+d)?(?:\d+h)?(?:\d+m)?\d+(?:\.\d+)?(?:s|ms|µs)\b/g, 'T');
}

async function judgedAlike(url: string, words: readonly string[]): Promise<void> {
  const [ours, theirs] = await Promise.all([verdict('contrail', url, words), verdict('nats', url, words)]);
  assert.deepEqual(ours, theirs);
}

before(() => {
  const now = Math.floor(Date.now() / 1000);
  writeFileSync(join(folder, 'good.creds'), credentialsText({ expires: now + 86_400 }));
  writeFileSync(join(folder, 'forever.creds'), credentialsText());
  writeFileSync(join(folder, 'forged.creds'), credentialsText({ isForged: true }));
  writeFileSync(join(folder, 'none.creds'), 'no credentials\n');
});

function compare(side: Side): void {
  describe(`against the ${side.name} server`, () => {
    let server: ServerProcess;

    before(async () => {
      server = await ServerProcess.start(side, { jetStream: true, config: CONFIG });
      for (const words of SETUP) {
        const { code, error } = await run('contrail', server.url, words);
        assert.equal(code, 0, `${words.join(' ')}: ${error}`);
      }
    });

    after(async () => {
      await server.stop();
    });

    for (const words of LIKE) {
      test(`[natscli 0.5.1] check ${words.join(' ').replaceAll(folder, '')}`, () => judgedAlike(server.url, words));
    }

    for (const format of ['nagios', 'prometheus', 'text']) {
      test(`[natscli 0.5.1] the format ${format} is the same to the letter`, async () => {
        const words = ['server', 'check', 'stream', '--stream', 'WATCHED', '--format', format, '--namespace', 'shop'];
        const [ours, theirs] = [await run('contrail', server.url, words), await run('nats', server.url, words)];
        assert.equal(ours.code, theirs.code);
        assert.equal(ours.output.replace(/\n+/g, '\n'), theirs.output.replace(/\n+/g, '\n'));
      });
    }

    test('[natscli 0.5.1] --outfile has the same text and the same mode', async () => {
      const written = async (name: ProgramName): Promise<string> => {
        const path = join(folder, `${name}.txt`);
        const { output } = await run(name, server.url, [
          'server',
          'check',
          'kv',
          '--bucket',
          'CONFIG',
          '--outfile',
          path,
        ]);
        assert.equal(output, '');
        return `${statSync(path).mode & 0o777} ${readFileSync(path, 'utf8')}`;
      };
      assert.equal(await written('contrail'), await written('nats'));
    });

    test('all signals are well, and what was written is gone', async () => {
      const words = ['server', 'check', server.url.replace('nats://', ''), '--no-monitor', '--json'];
      const { code, output } = await run('contrail', server.url, words);
      const { signals } = JSON.parse(output) as { signals: { signal: string; status: string; messages: string[] }[] };
      const found = Object.fromEntries(
        signals.map(({ signal, status, messages }) => [signal, `${status} ${messages[0]}`]),
      );
      assert.match(found['storage'] ?? '', /a message was stored/);
      // Two streams say in their metadata that they are not well.
      assert.match(found['stream_leader'] ?? '', /^CRITICAL ODD: could not configure based on metadata: /);
      assert.match(found['consumer_lag'] ?? '', /^OK 2 consumers within tolerance/);
      assert.equal(code, 2);
      const { output: names } = await run('nats', server.url, ['stream', 'ls', '--all', '--names']);
      assert.doesNotMatch(names, /CONTRAIL_CHECK/);
    });
  });
}

compare(referenceSide());
compare(contrailSide());

describe('against a cluster of three', () => {
  const PATIENCE_MS = 60_000;
  let cluster: ReferenceCluster;

  before(async () => {
    cluster = await ReferenceCluster.start({
      config:
        'accounts { $SYS { users: [{ user: sys, password: sys }] }, A { jetstream: enabled, users: [{ user: a, password: a }] } }\nno_auth_user: a',
    });
    const until = performance.now() + PATIENCE_MS;
    const add = ['stream', 'add', 'EVENTS', '--subjects', 'events.>', '--replicas', '3', '--defaults'];
    // The servers have to choose a leader first.
    for (let done = false; !done; ) {
      const { code, error } = await run('contrail', cluster.url, add);
      done = code === 0;
      assert.ok(done || performance.now() < until, error);
    }
    for (const words of [
      ['stream', 'add', 'COPY', '--mirror', 'EVENTS', '--replicas', '1', '--defaults'],
      ['stream', 'add', 'SUM', '--source', 'EVENTS', '--subjects', 'sum', '--replicas', '1', '--defaults'],
      ['consumer', 'add', 'EVENTS', 'WORKER', '--pull', '--defaults'],
    ]) {
      const { code, error } = await run('contrail', cluster.url, words);
      assert.equal(code, 0, `${words.join(' ')}: ${error}`);
    }
  });

  after(async () => {
    await cluster.stop();
  });

  const IN_CLUSTER: readonly (readonly string[])[] = [
    ['stream', '--stream', 'EVENTS', '--peer-expect', '3', '--peer-lag-critical', '100', '--peer-seen-critical', '1m'],
    ['stream', '--stream', 'EVENTS', '--peer-expect', '5'],
    ['stream', '--stream', 'COPY', '--lag-critical', '100', '--seen-critical', '1m'],
    ['stream', '--stream', 'SUM', '--lag-critical', '100', '--min-sources', '1', '--max-sources', '1'],
    ['jetstream'],
    [...META, '--expect', '3', ...SYSTEM],
    [...META, '--expect', '5', ...SYSTEM],
    ['server', '--name', 'n2', ...SYSTEM],
  ];

  for (const words of IN_CLUSTER) {
    test(`[natscli 0.5.1] check ${words.join(' ')}`, () => judgedAlike(cluster.url, words));
  }

  interface Found {
    readonly signal: string;
    readonly status: string;
    readonly messages: readonly string[];
  }

  async function signalsOf(...words: string[]): Promise<Readonly<Record<string, Found>>> {
    const { output, error } = await run('contrail', cluster.url, [
      'server',
      'check',
      ...words,
      '--no-monitor',
      '--json',
    ]);
    assert.ok(output.startsWith('{'), error);
    const { signals } = JSON.parse(output) as { signals: readonly Found[] };
    return Object.fromEntries(signals.map((one) => [one.signal, one]));
  }

  test('all signals are well; the meta group is looked at by those who may', async () => {
    const signals = await signalsOf();
    assert.deepEqual(signals['stream_leader']?.messages, ['3 streams with leader']);
    assert.match(signals['storage']?.messages.join() ?? '', /^a message was stored/);
    assert.equal(signals['meta_group']?.status, 'SKIPPED');
    const system = await signalsOf(...SYSTEM, '--no-jetstream');
    assert.match(system['meta_group']?.messages[0] ?? '', /^3 peers led by n[123]$/);
  });

  test('a peer that is gone, and a group that has lost its quorum, are critical', async () => {
    const [, second, third] = cluster.servers;
    const until = performance.now() + PATIENCE_MS;
    const words = ['--replica-seen-critical', '2s', '--timeout', '5s'];
    await third?.kill();
    for (let isSeen = false; !isSeen; ) {
      const leaders = (await signalsOf(...words))['stream_leader'];
      isSeen =
        leaders?.messages.some((text) =>
          /^EVENTS: (?:1 replicas (?:offline|inactive)|replica n3 is not current)/.test(text),
        ) === true;
      assert.ok(isSeen || performance.now() < until, leaders?.messages.join());
    }
    await second?.kill();
    for (let isSeen = false; !isSeen; ) {
      const leaders = (await signalsOf(...words))['stream_leader'];
      isSeen = leaders?.status === 'CRITICAL' && !leaders.messages.some((text) => /replicas/.test(text));
      assert.ok(isSeen || performance.now() < until, leaders?.messages.join());
    }
  });
});
