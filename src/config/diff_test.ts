import assert from 'node:assert/strict';
import { test } from 'node:test';
import { diffOptions } from './diff.ts';
import { type Options, optionsOf } from './options.ts';
import { emptyDraft, type OptionsDraft } from './options_draft.ts';
import { emptyTlsDraft, type TlsDraft } from './tls_draft.ts';

type Change = (draft: OptionsDraft) => void;

function optionsWith(change: Change): Options {
  const draft = emptyDraft();
  change(draft);
  return optionsOf(draft, 'a.conf', 'sha256:x');
}

const BEFORE = optionsWith(() => undefined);

function lines(change: Change, before = BEFORE): (string | null)[] {
  const changes = diffOptions(before, optionsWith(change));
  assert.ok(changes.ok, changes.ok ? '' : changes.error);
  return changes.value.map(({ line }) => line);
}

function refusal(change: Change, before = BEFORE): string {
  const changes = diffOptions(before, optionsWith(change));
  assert.ok(!changes.ok);
  return changes.error;
}

/** What the reference says every time. */
const ALWAYS = ['Reloaded: authorization users', 'Reloaded: accounts'];

test('diffOptions() finds users and accounts changed where nothing is, as the reference does', () => {
  assert.deepEqual(
    lines(() => undefined),
    ALWAYS,
  );
});

test('diffOptions() tells what a reload changes in the words and the order of the reference', () => {
  const changed = lines((draft) => {
    Object.assign(draft, { clientAdvertise: 'a:1', isTrace: true, isDebug: true, isLogTimeUtc: true });
    Object.assign(draft, { connectionsMax: 5, pingIntervalMs: 5_000, pingsOutMax: 4, controlLineMax: 1000 });
    Object.assign(draft, {
      payloadMax: 1000,
      writeDeadlineMs: 65_500,
      user: 'a',
      password: 'b',
      authTimeoutSeconds: 0.5,
    });
    Object.assign(draft, { hasNoFastProducerStall: true, tracedBytesMax: 7, pidFile: 'p', portsFileDirectory: 'd' });
    Object.assign(draft, { logFile: 'l', isSyslog: true, remoteSyslog: 'udp://a:1', hasLogTime: false });
    Object.assign(draft, { connectErrorReports: 5, reconnectErrorReports: 9, serverTags: ['a'], token: '' });
    Object.assign(draft, { serverMetadata: new Map([['a', 'b']]), tracesHeadersOnly: true, isTraceVerbose: true });
  });
  assert.deepEqual(changed, [
    'Reload: client_advertise = a:1',
    'Reloaded: trace = true',
    'Reloaded: debug = true',
    'Reloaded: trace_verbose = true',
    'Reloaded: trace_headers = true',
    'Reloaded: logtime = false',
    'Reloaded: logtime_utc = true',
    'Reloaded: max_connections = 5',
    ...ALWAYS,
    'Reloaded: authorization username',
    'Reloaded: authorization password',
    'Reloaded: ping_interval = 5s',
    'Reloaded: ping_max = 4',
    'Reloaded: authorization timeout = 0.5',
    'Reloaded: max_control_line = 1000',
    'Reloaded: max_payload = 1000',
    'Reloaded: fast producers will not be stalled',
    'Reloaded: pid_file = p',
    'Reloaded: ports_file_dir = d',
    'Reloaded: log_file = l',
    'Reloaded: syslog = true',
    'Reloaded: remote_syslog = udp://a:1',
    'Reloaded: write_deadline = 1m5.5s',
    'Reloaded: max_traced_msg_len = 7',
    'Reloaded: connect_error_reports = 5',
    'Reloaded: reconnect_error_reports = 9',
    'Reloaded: tags',
    'Reloaded: metadata',
  ]);
});

test('diffOptions() never says a secret', () => {
  const before = optionsWith((draft) => Object.assign(draft, { token: 'old secret' }));
  const text = lines((draft) => Object.assign(draft, { user: 'new', password: 'secret' }), before).join('\n');
  assert.doesNotMatch(text, /secret|new/);
});

test('diffOptions() refuses by name what cannot change while the server runs', () => {
  const refusals: readonly (readonly [change: Change, said: string])[] = [
    [(draft) => Object.assign(draft, { serverName: 'X' }), 'ServerName: old=, new=X'],
    [(draft) => Object.assign(draft, { host: '127.0.0.1' }), 'Host: old=0.0.0.0, new=127.0.0.1'],
    [(draft) => Object.assign(draft, { port: 7777 }), 'Port: old=4222, new=7777'],
    [(draft) => Object.assign(draft, { pendingBytesMax: 10_485_760 }), 'MaxPending: old=67108864, new=10485760'],
    [(draft) => Object.assign(draft, { subscriptionsMax: 10 }), 'MaxSubs: old=0, new=10'],
    [(draft) => Object.assign(draft, { subscriptionTokensMax: 10 }), 'MaxSubTokens: old=0, new=10'],
    [(draft) => Object.assign(draft, { hasNoHeaders: true }), 'NoHeaderSupport: old=false, new=true'],
    [(draft) => Object.assign(draft, { hasNoSublistCache: true }), 'NoSublistCache: old=false, new=true'],
    [
      (draft) => Object.assign(draft, { monitorHost: '127.0.0.1', monitorPort: 8777 }),
      'HTTPHost: old=0.0.0.0, new=127.0.0.1',
    ],
    [(draft) => Object.assign(draft, { monitorPort: -1 }), 'HTTPPort: old=0, new=-1'],
    [(draft) => Object.assign(draft, { lameDuckDurationMs: 60_000 }), 'LameDuckDuration: old=2m0s, new=1m0s'],
    [(draft) => Object.assign(draft, { lameDuckGracePeriodMs: 3_000 }), 'LameDuckGracePeriod: old=10s, new=3s'],
    [(draft) => Object.assign(draft, { closedClientsMax: 5 }), 'MaxClosedClients: old=10000, new=5'],
    [(draft) => Object.assign(draft, { logFileBytesMax: 1000 }), 'LogSizeLimit: old=0, new=1000'],
    [(draft) => Object.assign(draft, { logFilesMax: 5 }), 'LogMaxFiles: old=0, new=5'],
    [(draft) => Object.assign(draft, { noAuthUser: 'a' }), 'NoAuthUser: old=, new=a'],
    [(draft) => Object.assign(draft, { systemAccount: 'A' }), 'SystemAccount: old=, new=A'],
    [(draft) => Object.assign(draft, { hasNoSystemAccount: true }), 'NoSystemAccount: old=false, new=true'],
    [(draft) => Object.assign(draft.jetstream, { domain: 'x' }), 'JetStreamDomain: old=, new=x'],
    [(draft) => Object.assign(draft.jetstream, { sync: 60_000 }), 'SyncInterval: old=always, new=1m0s'],
    [(draft) => Object.assign(draft.jetstream, { uniqueTag: 'x' }), 'JetStreamUniqueTag: old=, new=x'],
    [(draft) => Object.assign(draft.jetstream, { isStrict: false }), 'NoJetStreamStrict: old=false, new=true'],
  ];
  for (const [change, said] of refusals) assert.equal(refusal(change), `config reload not supported for ${said}`);
});

test('diffOptions() refuses to tell clients of what is no address', () => {
  const said = refusal((draft) => Object.assign(draft, { clientAdvertise: 'a:b' }));
  assert.equal(said, 'invalid ClientAdvertise value of a:b, err=strconv.Atoi: parsing "b": invalid syntax');
});

test('diffOptions() takes a random port as the one that the server has got', () => {
  assert.deepEqual(
    lines((draft) => Object.assign(draft, { port: -1 })),
    ALWAYS,
  );
});

test('diffOptions() takes users with keys for the same in any order, and for others where they are in accounts', () => {
  const user = { name: 'A', password: null, account: '$G', permissions: null, connectionTypes: ['STANDARD', 'MQTT'] };
  const other = { ...user, name: 'B' };
  const before = optionsWith((draft) => draft.users.push(user, other));
  const sorted = { ...user, connectionTypes: ['MQTT', 'STANDARD'] };
  assert.deepEqual(
    lines((draft) => draft.users.push(other, sorted), before),
    ALWAYS,
  );
  const inAccount: Change = (draft) => draft.users.push({ ...user, account: 'A' });
  const nkeys = ['Reloaded: authorization nkey users', ...ALWAYS];
  assert.deepEqual(lines(inAccount, optionsWith(inAccount)), nkeys);
  assert.deepEqual(
    lines(() => undefined, before),
    nkeys,
  );
});

test('diffOptions() tells of changed keys, and lets a no_auth_user go together with its user', () => {
  const user = { name: 'U', password: null, account: 'A', permissions: null, connectionTypes: [] };
  const named = { ...user, name: 'a', password: 'a' };
  assert.deepEqual(
    lines((draft) => draft.users.push(user)),
    ['Reloaded: authorization nkey users', ...ALWAYS],
  );
  assert.deepEqual(
    lines((draft) => draft.users.push(named)),
    ALWAYS,
  );
  const before = optionsWith((draft) => Object.assign(draft, { noAuthUser: 'a', users: [named] }));
  assert.deepEqual(
    lines(() => undefined, before),
    ALWAYS,
  );
  const said = refusal((draft) => draft.users.push(named), before);
  assert.equal(said, 'config reload not supported for NoAuthUser: old=a, new=');
});

test('diffOptions() says nothing about a pid file that is not wanted any more', () => {
  const before = optionsWith((draft) => Object.assign(draft, { pidFile: 'p' }));
  assert.deepEqual(
    lines(() => undefined, before),
    [...ALWAYS, null],
  );
});

/** Every value of the tree that stands alone, and how to put another one in its place. */
function leavesOf(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  const isTree = typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Map);
  if (!isTree) return [path];
  return Object.entries(value).flatMap(([key, inner]) => leavesOf(inner, [...path, key]));
}

function withOther(value: unknown, path: readonly string[]): unknown {
  const [key, ...rest] = path;
  if (key !== undefined) {
    assert.ok(typeof value === 'object' && value !== null);
    return { ...value, [key]: withOther(Reflect.get(value, key), rest) };
  }
  if (value instanceof Map) return new Map([['other', 'x']]);
  if (Array.isArray(value)) return ['other'];
  if (value === 'always') return 60_000;
  if (typeof value === 'number') return value + 1;
  return typeof value === 'boolean' ? !value : 'other';
}

/** They say nothing about how the server is to be, or follow from what does. */
const NO_SETTINGS = ['configFile', 'configDigest', 'monitor.basePath'];
/** Part of what counts as changed every time. */
const ACCOUNTS = ['mappings', 'accounts', 'authorization.users', 'authorization.isConfigured'];
/** No file can change it: the command line is the same. */
const ONLY_FLAGS = ['logging.format'];

test('diffOptions() notices whatever is changed, and applies or refuses it', () => {
  const before = optionsWith((draft) => {
    draft.monitorPort = 8222;
    Object.assign(draft.jetstream, { isEnabled: true, memoryBytesMax: 1, storeBytesMax: 1, storeDirectory: '/a' });
  });
  const unnoticed = leavesOf(before).filter((path) => {
    const changes = diffOptions(before, withOther(before, path) as Options);
    return changes.ok && changes.value.length === ALWAYS.length;
  });
  assert.deepEqual(unnoticed.map((path) => path.join('.')).sort(), [...NO_SETTINGS, ...ACCOUNTS, ...ONLY_FLAGS].sort());
});

type JetStreamChanges = Partial<OptionsDraft['jetstream']>;

function withJetStream(changes: JetStreamChanges): Change {
  const sizes = { memoryBytesMax: 10_000_000, storeBytesMax: 10_000_000, storeDirectory: '/a' };
  return (draft) => Object.assign(draft.jetstream, { isEnabled: true, ...sizes, ...changes });
}

test('diffOptions() lets the sizes of JetStream grow, and only that', () => {
  const before = optionsWith(withJetStream({}));
  assert.deepEqual(lines(withJetStream({ memoryBytesMax: 20_000_000, storeBytesMax: 11_000_000_000 }), before), [
    ...ALWAYS,
    'Reloaded: JetStream max_mem_store = 19.07 MB',
    'Reloaded: JetStream max_file_store = 10.24 GB',
  ]);
  const refused = (changes: JetStreamChanges, from = before) =>
    refusal(withJetStream(changes), from).replace('config reload not supported for ', '');
  assert.equal(refused({ storeBytesMax: 5 }), 'decreasing jetstream max memory and store');
  assert.equal(refused({ memoryBytesMax: -1 }), 'jetstream max memory and max store');
  const dynamic = optionsWith(withJetStream({ memoryBytesMax: null }));
  assert.equal(refused({}, dynamic), 'jetstream dynamic max memory and store');
  assert.equal(refused({ storeDirectory: '/b' }), 'jetstream storage directory');
  assert.equal(refused({ storeDirectory: null }), 'jetstream storage dir');
});

test('diffOptions() switches JetStream on and off, with whatever sizes', () => {
  const on = optionsWith(withJetStream({}));
  assert.deepEqual(
    lines(() => undefined, on),
    [...ALWAYS, 'Reloaded: JetStream'],
  );
  assert.deepEqual(lines(withJetStream({})), [...ALWAYS, 'Reloaded: JetStream']);
  const limits = { ...on.jetstream.limits, ackPendingMax: 10 };
  assert.deepEqual(lines(withJetStream({ limits }), on), [...ALWAYS, 'Reloaded: JetStream limits']);
});

test('diffOptions() applies TLS at every reload where there is any, for the files may have changed', () => {
  const secure = (changes: Partial<TlsDraft> = {}) => {
    return optionsWith((draft) => {
      draft.tls = { ...emptyTlsDraft(), certFile: 'c', keyFile: 'k', ...changes };
    });
  };
  const linesTo = (next: Options, before: Options) => {
    const changes = diffOptions(before, next);
    assert.ok(changes.ok, changes.ok ? '' : changes.error);
    return changes.value.map(({ line }) => line).slice(ALWAYS.length);
  };
  assert.deepEqual(linesTo(secure(), secure()), ['Reloaded: tls = enabled']);
  assert.deepEqual(linesTo(BEFORE, secure()).at(-1), 'Reloaded: tls = disabled');
  const changed = secure({ timeoutSeconds: 5, pinnedKeys: ['a', 'b', 'a'], isHandshakeFirst: true, fallbackMs: 50 });
  assert.deepEqual(linesTo(changed, secure()), [
    'Reloaded: authorization timeout = 6',
    'Reloaded: tls timeout = 5',
    'Reloaded: tls = enabled',
    'Reloaded: 2 pinned_certs',
    'Reloaded: Client TLS handshake first: true',
    'Reloaded: Client TLS handshake first fallback delay: 50ms',
  ]);
});

test('diffOptions() refuses what nats-server does not change about TLS', () => {
  const isRefused = (name: string, next: Options) => {
    const changes = diffOptions(BEFORE, next);
    assert.ok(!changes.ok && changes.error.startsWith(`config reload not supported for ${name}:`), name);
  };
  const withTls = (changes: Partial<TlsDraft>) =>
    optionsWith((draft) => {
      draft.tls = { ...emptyTlsDraft(), ...changes };
    });
  isRefused('TLSMap', withTls({ maps: true }));
  isRefused('TLSRateLimit', withTls({ handshakesPerSecondMax: 5 }));
  isRefused(
    'AllowNonTLS',
    optionsWith((draft) => {
      draft.allowsNonTls = true;
    }),
  );
  isRefused(
    'HTTPSPort',
    optionsWith((draft) => {
      draft.monitorTlsPort = 5;
    }),
  );
});
