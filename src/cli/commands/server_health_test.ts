// `contrail server check [host:port]` against our own server: its six signals of health, what each says when something is
// wrong, and what the check leaves behind: nothing.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { commandsOn } from '../../../test/cli_commands.ts';
import { type CliServer, startCliServer } from '../../../test/cli_server.ts';

interface Signal {
  readonly signal: string;
  readonly status: string;
  readonly messages: readonly string[];
}

interface Health {
  readonly code: number;
  readonly status: string;
  readonly signals: Readonly<Record<string, Signal>>;
  readonly perf: Readonly<Record<string, number>>;
}

/** A busy machine is no fault of the server's. */
const UNHURRIED = ['connect', 'rtt', 'req', 'write'].flatMap((what) => [
  `--${what}-warn`,
  '5m',
  `--${what}-critical`,
  '5m',
]);

function healthOn(server: () => CliServer) {
  const { run, ok, json } = commandsOn(() => server().url);
  const address = (): string => server().url.replace('nats://', '');

  async function health(...words: string[]): Promise<Health> {
    const { code, output, error } = await run('server', 'check', address(), ...words, ...UNHURRIED, '--json');
    // The client tells of what it was denied, on standard error.
    assert.match(error, /^(?:\d\d:\d\d:\d\d >>> .*\n)*$/);
    const { status, signals, perf_data: perf } = JSON.parse(output);
    return {
      code,
      status,
      signals: Object.fromEntries(signals.map((one: Signal) => [one.signal, one])),
      perf: Object.fromEntries(perf.map(({ name, value }: { name: string; value: number }) => [name, value])),
    };
  }

  return { run, ok, json, address, health };
}

describe('a server with JetStream and monitoring', () => {
  let server: CliServer;
  const { run, ok, json, address, health } = healthOn(() => server);
  const watching = (): string[] => ['--monitor', server.monitorUrl];

  before(async () => {
    server = await startCliServer({ monitoring: true });
    await ok('stream', 'add', 'EVENTS', '--subjects', 'events.>', '--defaults');
    await ok('pub', 'events.a', 'hello', '-J', '--count', '5');
    await ok('consumer', 'add', 'EVENTS', 'WORKER', '--pull', '--defaults', '--max-pending', '2');
  });

  after(async () => {
    await server.stop();
  });

  test('all six signals of health are OK, and the account; nothing is left behind', async () => {
    const { code, status, signals, perf } = await health(...watching());
    assert.deepEqual([code, status], [0, 'OK']);
    const found = Object.values(signals).map((one) => `${one.signal} ${one.status}`);
    assert.deepEqual(found, [
      ...['process OK', 'client_port OK', 'monitoring OK', 'storage OK', 'stream_leader OK', 'consumer_lag OK'],
      ...['account_usage OK', 'server_storage OK', 'meta_group SKIPPED'],
    ]);
    assert.match(signals['process']?.messages[0] ?? '', / is up for /);
    assert.match(signals['storage']?.messages[0] ?? '', /^a message was stored in \S+ and read back$/);
    assert.deepEqual(signals['stream_leader']?.messages, ['1 stream with leader']);
    assert.deepEqual(signals['consumer_lag']?.messages, [
      '1 consumer within tolerance, the furthest behind is EVENTS > WORKER with 5',
    ]);
    assert.match(signals['server_storage']?.messages[0] ?? '', /^\S+ B of .* \(0%\) in /);
    assert.deepEqual([perf['streams_checked'], perf['unprocessed_max']], [1, 5]);
    assert.deepEqual(await json('stream', 'ls'), ['EVENTS']);
  });

  test('on one line it has every signal by its name; a URL names the server as well as host:port', async () => {
    const { code, output } = await run('server', 'check', ...watching(), ...UNHURRIED, `nats://u:secret@${address()}`);
    assert.equal(code, 0);
    assert.match(
      output,
      /^OK nats:\/\/127\.0\.0\.1:\d+ OK:server process: .* OK:client port: connected to .* OK:monitoring: http/,
    );
    assert.match(output, /OK:storage writable: .* OK:stream leader: .* OK:consumer lag: .* \| uptime=.*\n$/);
    assert.equal(output.split('\n').length, 2);
  });

  test('without a name it checks the server of --server', async () => {
    const { code, output } = await run('server', 'check', ...watching(), ...UNHURRIED);
    assert.equal(code, 0);
    assert.match(output, /^OK nats:\/\/127\.0\.0\.1:\d+ OK:/);
  });

  test('a consumer beyond its tolerance is a warning or critical, by name', async () => {
    const warned = await health(...watching(), '--unprocessed-warn', '5');
    assert.deepEqual(
      [warned.code, warned.signals['consumer_lag']?.messages],
      [1, ['EVENTS_WORKER: Unprocessed Messages: 5']],
    );
    const failed = await health(...watching(), '--unprocessed-critical', '5');
    assert.deepEqual([failed.code, failed.status], [2, 'CRITICAL']);
    assert.equal(failed.perf['consumers_failing'], 1);
    const stalled = await health(...watching(), '--last-delivery-critical', '1m');
    assert.deepEqual(stalled.signals['consumer_lag']?.messages, ['EVENTS_WORKER: No deliveries']);
  });

  test('a consumer that waits for acknowledgements and delivers nothing more is a warning', async () => {
    await ok('consumer', 'next', 'EVENTS', 'WORKER', '--count', '2', '--no-ack');
    const { code, signals } = await health(...watching());
    assert.equal(code, 1);
    assert.match(signals['consumer_lag']?.messages[0] ?? '', /^EVENTS_WORKER: Ack Pending: 2 is all it allows/);
  });

  test('metadata says what holds for one stream or consumer, or that nobody shall watch it', async () => {
    const key = 'io.nats.monitor';
    await ok('stream', 'add', 'SMALL', '--subjects', 'small', '--defaults', '--metadata', `${key}.msgs-critical=1`);
    const small = await health(...watching());
    assert.deepEqual(small.signals['stream_leader']?.messages, ['SMALL: 0 messages']);
    assert.equal(small.code, 2);
    await ok('stream', 'edit', 'SMALL', '--force', '--metadata', `${key}.enabled=false`);
    const left = await health(...watching());
    assert.deepEqual(left.signals['stream_leader']?.messages, ['1 stream with leader, 1 left out by metadata']);
    await ok('stream', 'rm', 'SMALL', '-f');
  });

  test('what is left out is said by name, and nothing is written then', async () => {
    const { signals } = await health('--no-monitor', '--no-storage-probe');
    assert.deepEqual(signals['monitoring']?.messages, ['left out by --no-monitor']);
    assert.deepEqual(signals['storage']?.messages, ['left out by --no-storage-probe']);
    assert.deepEqual(signals['server_storage']?.messages, ['monitoring has not told']);
    assert.equal(signals['storage']?.status, 'SKIPPED');
    assert.match(signals['process']?.messages[0] ?? '', / answers$/);
  });

  test('monitoring that does not answer is critical, and says what to say', async () => {
    const { code, signals } = await health('--monitor', 'http://127.0.0.1:1');
    assert.equal(code, 2);
    assert.match(
      signals['monitoring']?.messages[0] ?? '',
      /^No answer from http:\/\/127\.0\.0\.1:1\/varz: nothing listens there/,
    );
    const port = await health('--monitor', address());
    assert.match(port.signals['monitoring']?.messages[0] ?? '', /what answers is no web server/);
  });

  test('Prometheus gets every check, every signal and the whole, each name under one help', async () => {
    const { code, output } = await run('server', 'check', address(), '--format', 'prometheus', '--monitor', 'nope:1');
    assert.equal(code, 0);
    assert.match(output, /^nats_server_check_stream_status_code\{item="EVENTS",status="OK"\} 0$/m);
    assert.match(output, /^nats_server_check_consumer_pending\{item="EVENTS_WORKER"\} 3$/m);
    assert.match(output, /^nats_server_check_signal_status_code\{item="monitoring",status="CRITICAL"\} 2$/m);
    assert.match(output, /^nats_server_check_signal_status_code\{item="storage",status="OK"\} 0$/m);
    assert.match(output, /^nats_server_check_health_status_code\{item="127.0.0.1:\d+",status="CRITICAL"\} 2$/m);
    const helps = output.split('\n').filter((line) => line.startsWith('# HELP '));
    assert.equal(new Set(helps.map((line) => line.split(' ')[2])).size, helps.length);
  });

  test('people get a table of signals', async () => {
    const { output } = await run('server', 'check', address(), '--format', 'text', ...watching());
    assert.match(output, /│ Signal {11}│ Status {2}│ Message/);
    assert.match(output, /│ stream leader {4}│ OK {6}│ 1 stream with leader/);
  });

  test('a stream that an earlier check was kept from removing is no stream of the account, and is left while it is young', async () => {
    const name = 'CONTRAIL_CHECK_0123456789abcdef';
    await ok(
      'stream',
      'add',
      name,
      '--subjects',
      'left.behind',
      '--defaults',
      '--metadata',
      'contrail.check=storage-probe',
    );
    const { signals } = await health(...watching());
    assert.deepEqual(signals['stream_leader']?.messages, ['1 stream with leader']);
    assert.ok((await json('stream', 'ls')).includes(name));
    await ok('stream', 'rm', name, '-f');
  });

  test('help shows both forms; a word that is no address is a mistaken subcommand', async () => {
    const help = await ok('server', 'check', '--help');
    assert.match(
      help,
      /^usage: contrail server check \[<flags>\] <command>.*\n {7}contrail server check \[<flags>\] \[<server>\]/,
    );
    const { code, error } = await run('server', 'check', 'conection');
    assert.equal(code, 1);
    assert.match(error, /did you mean 'connection'/);
    const wrong = await run('server', 'check', address(), '--monitor', 'ftp://x');
    assert.match(wrong.error, /--monitor 'ftp:\/\/x' is no address of monitoring/);
  });
});

describe('a user with few rights', () => {
  let server: CliServer;
  const { health } = healthOn(() => server);
  const as = (user: string): string[] => ['--user', user, '--password', user, '--monitor', server.monitorUrl];

  before(async () => {
    const lists = '"$JS.API.INFO", "$JS.API.STREAM.LIST", "$JS.API.CONSUMER.LIST.>"';
    const users = [
      `{ user: look, password: look, permissions: { publish: [${lists}, "_INBOX.>"] } }`,
      '{ user: none, password: none, permissions: { publish: ["_INBOX.>"] } }',
      '{ user: quiet, password: quiet, permissions: { publish: ["$JS.API.>", "_INBOX.>"] } }',
      `{ user: mute, password: mute, permissions: { publish: [${lists}], subscribe: ["_INBOX.>"] } }`,
      `{ user: deaf, password: deaf, permissions: { publish: [${lists}, "_INBOX.>", "in.>"], subscribe: ["in.>"] } }`,
    ];
    server = await startCliServer({ monitoring: true, config: `authorization { users: [${users.join()}] }` });
  });

  after(async () => {
    await server.stop();
  });

  test('what may not be looked at is unknown, by name, and ends with 3', async () => {
    const { code, status, signals } = await health(...as('none'));
    assert.deepEqual([code, status], [3, 'UNKNOWN']);
    for (const name of ['storage', 'stream_leader', 'consumer_lag', 'account_usage']) {
      assert.equal(signals[name]?.status, 'UNKNOWN', name);
      assert.match(signals[name]?.messages[0] ?? '', /^This user may not use '\$JS\.API\.INFO'/);
    }
    assert.equal(signals['process']?.status, 'OK');
  });

  test('who may only look learns all but whether storage is writable, and how to leave that out', async () => {
    const { code, signals } = await health(...as('look'));
    assert.equal(code, 3);
    assert.match(signals['storage']?.messages[0] ?? '', /^could not make a stream .*--no-storage-probe$/);
    assert.equal(signals['consumer_lag']?.status, 'OK');
    assert.equal((await health(...as('look'), '--no-storage-probe')).code, 0);
  });

  test('who may have no inbox makes nothing critical, is told at once, and may have another', {
    timeout: 20_000,
  }, async () => {
    const look = ['--no-storage-probe', '--timeout', '60s'];
    const mute = await health(...as('mute'), ...look);
    assert.deepEqual([mute.code, mute.status, mute.signals['consumer_lag']?.status], [3, 'UNKNOWN', 'OK']);
    assert.match(
      mute.signals['client_port']?.messages[0] ?? '',
      /^did not receive from _INBOX.*Permissions Violation for Publish.*: this user needs publish and subscribe on /,
    );
    const deaf = await health(...as('deaf'), ...look);
    assert.deepEqual([deaf.code, deaf.signals['client_port']?.status], [3, 'UNKNOWN']);
    assert.equal((await health(...as('deaf'), ...look, '--inbox-prefix', 'in')).code, 0);
  });

  test('a probe that may be made but not written to is removed again', async () => {
    const { code, signals } = await health(...as('quiet'));
    assert.equal(code, 3);
    assert.match(signals['storage']?.messages[0] ?? '', /^could not write and read a message: This user may not use/);
    assert.deepEqual(signals['stream_leader']?.messages, ['0 streams with leader']);
  });
});

describe('monitoring that asks who reads it', () => {
  let server: CliServer;
  const { health } = healthOn(() => server);

  before(async () => {
    const config = 'monitor_auth { token: a-token, user: ops, password: secret }';
    server = await startCliServer({ monitoring: true, config });
  });

  after(async () => {
    await server.stop();
  });

  test('is unknown to who does not say, and opened by a token or a user', async () => {
    const closed = await health('--monitor', server.monitorUrl);
    assert.deepEqual([closed.code, closed.signals['monitoring']?.status], [3, 'UNKNOWN']);
    assert.match(
      closed.signals['monitoring']?.messages[0] ?? '',
      /answers with 401: give the token with --monitor-token, or user and password within the address/,
    );
    assert.equal((await health('--monitor', server.monitorUrl, '--monitor-token', 'wrong')).code, 3);
    assert.equal((await health('--monitor', server.monitorUrl, '--monitor-token', 'a-token')).code, 0);
    assert.equal((await health('--monitor', server.monitorUrl.replace('//', '//ops:secret@'))).code, 0);
  });
});

describe('a server whose storage is full', () => {
  let server: CliServer;
  const { ok, run, health } = healthOn(() => server);

  before(async () => {
    server = await startCliServer({ monitoring: true, config: 'jetstream { max_file_store: 400 }' });
    await ok('stream', 'add', 'FULL', '--subjects', 'full', '--defaults');
    await run('pub', 'full', 'x'.repeat(60), '-J', '--count', '9');
  });

  after(async () => {
    await server.stop();
  });

  test('storage is not writable, and how full it is stands beside that', async () => {
    const { code, signals } = await health(
      '--monitor',
      server.monitorUrl,
      '--store-warn',
      '50',
      '--store-critical',
      '60',
    );
    assert.equal(code, 2);
    assert.match(signals['storage']?.messages[0] ?? '', /^could not write and read a message: insufficient resources/);
    assert.match(signals['server_storage']?.messages[0] ?? '', /^4\d\d B of 400 B \(1\d\d%\) in /);
    assert.deepEqual(signals['stream_leader']?.messages, ['1 stream with leader']);
  });
});

describe('a server without JetStream', () => {
  let server: CliServer;
  const { health } = healthOn(() => server);

  before(async () => {
    server = await startCliServer({ jetStream: false, monitoring: true });
  });

  after(async () => {
    await server.stop();
  });

  test('it is critical, and what cannot be known is unknown', async () => {
    const { code, signals } = await health('--monitor', server.monitorUrl);
    assert.equal(code, 2);
    assert.match(signals['storage']?.messages[0] ?? '', /^JetStream is not enabled .*--no-jetstream$/);
    assert.equal(signals['consumer_lag']?.status, 'UNKNOWN');
  });

  test('it is well where that is meant', async () => {
    const { code, signals } = await health('--monitor', server.monitorUrl, '--no-jetstream');
    assert.equal(code, 0);
    assert.deepEqual(signals['storage']?.messages, ['there is no JetStream']);
  });
});

describe('a server that is not there, or lets nobody in', () => {
  let server: CliServer;
  const { run } = commandsOn(() => server.url);

  before(async () => {
    server = await startCliServer({ token: 'secret', monitoring: true });
  });

  after(async () => {
    await server.stop();
  });

  test('nobody answers: process and port are critical, the rest is unknown', async () => {
    const { code, output } = await run('server', 'check', '127.0.0.1:1', '--no-monitor');
    assert.equal(code, 2);
    assert.match(
      output,
      /^CRITICAL 127\.0\.0\.1:1 Crit:server process: the client port does not answer Crit:client port: /,
    );
    assert.match(output, /Unknown:storage writable: the client port takes no connection/);
  });

  test('the wrong credentials: the process lives, the port is critical', async () => {
    const { code, output } = await run(
      'server',
      'check',
      server.url,
      '--token',
      'wrong',
      '--monitor',
      server.monitorUrl,
    );
    assert.equal(code, 2);
    assert.match(output, /^CRITICAL .* Crit:client port: connection failed: .*credentials.* OK:server process: /);
  });
});
