import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { parsed, refused } from '../base/parsed.ts';
import { EMPTY_WORLD } from '../config/config_source.ts';
import { readCommandLine } from './command_line.ts';

const VERSIONS = { compatible: '2.15.2', contrail: '0.1.0' };

function command(args: string, files: Record<string, string> = {}, environment: Record<string, string> = {}) {
  const source = {
    ...EMPTY_WORLD,
    environment: (name: string) => environment[name] ?? null,
    readFile(path: string) {
      const text = Object.hasOwn(files, path) ? files[path] : undefined;
      return text === undefined ? refused(`open ${path}: no such file or directory`) : parsed(Buffer.from(text));
    },
    sha256: (text: string) => createHash('sha256').update(text).digest('hex'),
  };
  return readCommandLine(
    args.split(' ').filter((word) => word !== ''),
    source,
    VERSIONS,
  );
}

function options(args: string, files: Record<string, string> = {}) {
  const result = command(args, files);
  assert.ok(result.kind === 'run', JSON.stringify(result));
  return result.options;
}

function refusal(args: string, files: Record<string, string> = {}): readonly string[] {
  const result = command(args, files);
  assert.ok(result.kind === 'exit', JSON.stringify(result));
  assert.equal(result.code, 1);
  assert.equal(result.output, '');
  return result.messages;
}

test('readCommandLine() runs with defaults when nothing is said', () => {
  const { listen, monitor, jetstream, configFile } = options('');
  assert.deepEqual([listen.port, monitor, jetstream.isEnabled, configFile], [4222, null, false, null]);
});

test('readCommandLine() takes the flags of issue 2', () => {
  const { listen, monitor, jetstream, serverName, logging } = options(
    '-js -sd /d -a 127.0.0.1 -p -1 -m 8222 -n s -D -V',
  );
  assert.deepEqual(listen, { host: '127.0.0.1', port: 0, clientAdvertise: null });
  assert.deepEqual(monitor, {
    host: '127.0.0.1',
    port: 8222,
    isSecure: false,
    unusedTlsPort: null,
    basePath: '/',
    basePathGiven: '',
  });
  assert.deepEqual([jetstream.isEnabled, jetstream.storeDirectory, serverName], [true, '/d', 's']);
  assert.deepEqual([logging.isDebug, logging.isTrace], [true, true]);
});

test('readCommandLine() lets flags win over the file', () => {
  const files = { 'a.conf': 'port: 1\nhost: h\nauthorization { user: a, password: b }\ndebug: true' };
  const { listen, authorization, logging, configFile, configDigest } = options(
    '-c a.conf -p 2 --pass c -D=false',
    files,
  );
  assert.deepEqual([listen.port, listen.host, authorization.user, authorization.password], [2, 'h', 'a', 'c']);
  assert.deepEqual([logging.isDebug, configFile], [false, 'a.conf']);
  assert.match(String(configDigest), /^sha256:[0-9a-f]{64}$/);
});

test('readCommandLine() refuses a store directory in the file and as a flag', () => {
  const files = { 'a.conf': 'jetstream { store_dir: /a }' };
  assert.deepEqual(refusal('-c a.conf -sd /b', files), [
    "contrail-server: a.conf:1:12: Duplicate 'store_dir' configuration",
  ]);
});

test('readCommandLine() shows the versions, the reference first', () => {
  for (const args of ['-v', '--version', 'version', '-js -v']) {
    assert.deepEqual(command(args), {
      kind: 'exit',
      code: 0,
      output: 'nats-server: v2.15.2\ncontrail: v0.1.0\n',
      messages: [],
    });
  }
});

test('readCommandLine() shows the help', () => {
  for (const args of ['-h', '--help', 'help']) {
    const result = command(args);
    assert.ok(result.kind === 'exit' && result.code === 0 && result.output.includes('--store_dir'));
  }
});

test('readCommandLine() refuses what it does not know', () => {
  assert.deepEqual(refusal('--bogus'), [
    "contrail-server: flag provided but not defined: -bogus ('contrail-server --help' shows the flags)",
  ]);
  assert.deepEqual(refusal('serve'), ['contrail-server: unrecognized command: "serve"']);
  assert.deepEqual(refusal('-c a'), ['contrail-server: open a: no such file or directory']);
  assert.deepEqual(refusal('-p 70000'), [
    'contrail-server: port 70000 is none: it goes from 1 to 65535, and -1 lets the system choose',
  ]);
});

test('readCommandLine() refuses to start with parts that Contrail does not have yet, by name', () => {
  assert.deepEqual(refusal('-c a --profile 1', { a: 'cluster { port: 6222 }\nprof_port: 1' }), [
    "contrail-server: a:1:0: 'cluster' is not supported by this version of Contrail yet: remove the block to run this server alone",
    "contrail-server: a:2:1: 'prof_port' is not supported by this version of Contrail yet",
    "contrail-server: '--profile' is not supported by this version of Contrail yet",
  ]);
});

test('readCommandLine() starts in spite of warnings, and says them and what has no effect', () => {
  const result = command('-c a', { a: 'ping_interval: 5\njetstream { max_concurrent_io: 8 }' });
  assert.ok(result.kind === 'run');
  assert.deepEqual(result.messages, [
    'contrail-server: a:1:0: invalid use of field "ping_interval": ping_interval should be converted to a duration',
    "contrail-server: a:2:13: 'jetstream.max_concurrent_io' has no effect in Contrail",
  ]);
});

test('readCommandLine() checks a file with -t', () => {
  const check = (text: string) => command('-t -c a', { a: text });
  assert.deepEqual(check('port: -1\n'), {
    kind: 'exit',
    code: 0,
    output: '',
    messages: [
      'contrail-server: configuration file a is valid (sha256:7ea4cc5c6864139d814ce940a40ee6546b7ac5285eec3c390a4ce11e34dc1102)',
    ],
  });
  assert.deepEqual(refusal('-t'), [
    'contrail-server: must specify [-c, --config] option to check configuration file syntax',
  ]);
  assert.deepEqual(refusal('-t -c a', { a: '' }), ['contrail-server: a: config has no values or is empty']);
  assert.deepEqual(refusal('-t -c a', { a: 'x: 1\ny: 2' }), [
    'contrail-server: a:1:0: unknown field "x"',
    'contrail-server: a:2:1: unknown field "y"',
  ]);
  assert.deepEqual(refusal('-t -c a', { a: 'x = {' }), [
    "contrail-server: a:1:6: Parse error on line 1: 'Unexpected EOF processing map.'",
  ]);
});

test('readCommandLine() warns of missing parts with -t', () => {
  const result = command('-t -c a', { a: 'cluster {}' });
  assert.ok(result.kind === 'exit' && result.code === 0);
  assert.equal(
    result.messages[0],
    "contrail-server: warning: a:1:0: 'cluster' is not supported by this version of Contrail yet: remove the block to run this server alone",
  );
});

test('readCommandLine() sends signals to a process id or the one in a file', () => {
  assert.deepEqual(command('-sl stop=4711'), { kind: 'signal', signal: 'SIGKILL', pid: 4711 });
  assert.deepEqual(command('--signal=reload=/run/x.pid', { '/run/x.pid': '4712\n' }), {
    kind: 'signal',
    signal: 'SIGHUP',
    pid: 4712,
  });
  const signals = ['quit', 'term', 'reopen', 'ldm'].map((name) => {
    const result = command(`-sl ${name}=1`);
    return result.kind === 'signal' ? result.signal : '';
  });
  assert.deepEqual(signals, ['SIGINT', 'SIGTERM', 'SIGUSR1', 'SIGUSR2']);
});

test('readCommandLine() refuses signals without a clear target', () => {
  assert.deepEqual(refusal('-sl stop'), [
    'contrail-server: which process? Say --signal stop=PID or --signal stop=PIDFILE',
  ]);
  assert.deepEqual(refusal('-sl foo=1'), ['contrail-server: unknown signal "foo"']);
  assert.deepEqual(refusal('-sl a=b=c'), ['contrail-server: invalid signal parameters: [c]']);
  for (const pid of ['abc', '0', '-1', '4*'])
    assert.deepEqual(refusal(`-sl stop=${pid}`), [`contrail-server: invalid pid: ${pid}`]);
});

/** From the article that the project serves, without its cluster block. */
const ARTICLE = `jetstream {
store_dir = "/data/jetstream"
max_mem_store = 512Mb
max_file_store = 50Gb
}
server_name = "nats-$(POD_NAME)"
port = 4222
http_port = 8222
`;
const ARTICLE_CLUSTER = `cluster {
name = "jetstream"
port = 6222
routes = [
"nats://nats-0.nats:6222",
"nats://nats-1.nats:6222",
"nats://nats-2.nats:6222",
]
}
`;

test("readCommandLine() runs the article's configuration, and says that $(NAME) is taken literally", () => {
  const result = command('-c a', { a: ARTICLE });
  assert.ok(result.kind === 'run', JSON.stringify(result));
  const { serverName, jetstream, listen, monitor } = result.options;
  assert.deepEqual([serverName, listen.port, monitor?.port], ['nats-$(POD_NAME)', 4222, 8222]);
  assert.deepEqual([jetstream.memoryBytesMax, jetstream.storeBytesMax], [512 * 1024 ** 2, 50 * 1024 ** 3]);
  assert.deepEqual(result.messages, [
    'contrail-server: a:6:16: "nats-$(POD_NAME)" is taken literally, $(NAME) is not expanded: write $NAME without quotes, or start with --expand_env',
  ]);
  const checked = command('-t -c a', { a: ARTICLE });
  assert.ok(checked.kind === 'exit' && checked.code === 0);
  assert.equal(checked.messages.length, 2);
});

test("readCommandLine() refuses the article's cluster block in one line that says what to do", () => {
  assert.deepEqual(refusal('-c a', { a: ARTICLE + ARTICLE_CLUSTER }), [
    "contrail-server: a:9:1: 'cluster' is not supported by this version of Contrail yet: remove the block to run this server alone",
  ]);
});

test('readCommandLine() puts environment variables in the place of $(NAME) where that is asked for', () => {
  const environment = { POD_NAME: 'nats-0 [x]', CONTRAIL_EXPAND_ENV: 'true' };
  const name = (args: string, text: string, world: Record<string, string>) => {
    const result = command(args, { a: text }, world);
    return result.kind === 'run' ? result.options.serverName : result.kind === 'exit' ? result.messages[0] : '';
  };
  const flag = '-c a --expand_env';
  assert.equal(name(flag, 'server_name = "$(P)-$(P)"', { P: 'x' }), 'x-x');
  assert.equal(name('-c a', 'server_name = "$(P)"', { P: 'x', CONTRAIL_EXPAND_ENV: '1' }), 'x');
  assert.equal(name('-c a --expand_env=false', 'server_name = "$(P)"', { P: 'x', CONTRAIL_EXPAND_ENV: '1' }), '$(P)');
  assert.equal(name(flag, 'server_name = $(P)', { P: '5' }), '5');
  assert.equal(name(flag, 'server_name = nats-$(P)', { P: '5' }), 'nats-5');
  assert.equal(name(flag, 'server_name = "$$(P)$P"', { P: 'x' }), '$(P)$P');
  assert.equal(
    name(flag, 'server_name = "$(NONE)"', environment),
    "contrail-server: a:1:15: environment variable 'NONE' in $(NONE) is not set",
  );
});
