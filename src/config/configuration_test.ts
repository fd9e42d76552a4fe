import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { parsed, refused } from '../base/parsed.ts';
import { OWN_KEYS, SERVER_BLOCK } from './blocks/server.ts';
import { EMPTY_WORLD } from './config_source.ts';
import { readConfiguration } from './configuration.ts';
import type { Finding } from './findings.ts';
import { optionsOf } from './options.ts';
import { emptyDraft } from './options_draft.ts';

function read(text: string) {
  const draft = emptyDraft();
  const configuration = readConfiguration('a.conf', draft, {
    ...EMPTY_WORLD,
    readFile: (path) => (path === 'a.conf' ? parsed(Buffer.from(text)) : refused(`open ${path}: no such file`)),
    sha256: (canonical) => createHash('sha256').update(canonical).digest('hex'),
  });
  const options = optionsOf(draft, 'a.conf', configuration.digest);
  return { ...configuration, draft, options };
}

function texts(findings: readonly Finding[]): string[] {
  return findings.map((finding) => finding.text);
}

function errors(text: string): string[] {
  return texts(read(text).findings.errors);
}

function cleanOptions(text: string) {
  const { findings, options } = read(text);
  assert.deepEqual([...findings.errors, ...findings.warnings], []);
  return options;
}

test('readConfiguration() fills the options from every key of a plain server', () => {
  const options = cleanOptions(`
    server_name: hub, listen: "127.0.0.1:4333", client_advertise: "a:1"
    http: 8222, http_base_path: /x
    server_tags: [" A ", b, a]
    server_metadata: {zone: z}
    authorization { user: u, password: p, timeout: "500ms" }
    debug: true, trace: on, logtime: no, logtime_utc: yes, logfile: l, pidfile: p, ports_file_dir: d
    max_traced_msg_len: 10
    max_payload: 2MB, max_control_line: 8k, max_pending: 10MB, max_conn: 5, max_subs: 6, max_sub_tokens: 7
    max_closed_clients: 8, ping_interval: "30s", ping_max: 3, write_deadline: "5s", write_timeout: close
    no_header_support: true, no_fast_producer_stall: true, disable_sublist_cache: true
    lame_duck_duration: "1m", lame_duck_grace_period: "2s"
    connect_error_reports: 9, reconnect_error_reports: 10
    jetstream {
      store_dir: /data, max_mem: 1G, max_file: "2T", sync_interval: "1m", domain: d, strict: false
      unique_tag: " AZ:"
      limits { max_ack_pending: 1, max_request_batch: 2, duplicate_window: "1h", default_max_consumers: 4
        batch { max_inflight_per_stream: 5, max_inflight_total: 6, max_msgs: 7, timeout: "8s" } }
    }`);
  assert.equal(options.serverName, 'hub');
  assert.deepEqual(options.listen, { host: '127.0.0.1', port: 4333, clientAdvertise: 'a:1' });
  assert.deepEqual(options.monitor, {
    host: '127.0.0.1',
    port: 8222,
    isSecure: false,
    unusedTlsPort: null,
    basePath: '/x',
    basePathGiven: '/x',
  });
  assert.deepEqual(options.serverTags, ['a', 'b']);
  assert.deepEqual([...options.serverMetadata], [['zone', 'z']]);
  assert.deepEqual(options.authorization, {
    user: 'u',
    password: 'p',
    token: null,
    timeoutMs: 500,
    isConfigured: true,
    users: [],
    noAuthUser: null,
  });
  assert.deepEqual(options.limits, {
    payloadMax: 2 * 1024 * 1024,
    controlLineMax: 8000,
    pendingBytesMax: 10 * 1024 * 1024,
    connectionsMax: 5,
    subscriptionsMax: 6,
    subscriptionTokensMax: 7,
    closedClientsMax: 8,
  });
  assert.deepEqual(options.keepalive, { pingIntervalMs: 30_000, pingsOutMax: 3 });
  assert.deepEqual(options.lameDuck, { durationMs: 60_000, gracePeriodMs: 2_000 });
  assert.deepEqual(
    [options.headersSupported, options.stallsFastProducers, options.cachesSublist, options.writeDeadlineMs],
    [false, false, false, 5_000],
  );
  assert.deepEqual([options.connectErrorReports, options.reconnectErrorReports], [9, 10]);
  assert.deepEqual([options.pidFile, options.portsFileDirectory], ['p', 'd']);
  assert.deepEqual(options.logging, {
    isDebug: true,
    isTrace: true,
    isTraceVerbose: false,
    tracesHeadersOnly: false,
    tracedBytesMax: 10,
    hasTime: false,
    isUtc: true,
    format: 'nats',
    file: 'l',
    fileBytesMax: 0,
    filesMax: 0,
    isSyslog: false,
    remoteSyslog: null,
  });
  assert.deepEqual(options.jetstream, {
    isEnabled: true,
    isStrict: false,
    storeDirectory: '/data',
    domain: 'd',
    memoryBytesMax: 1_000_000_000,
    storeBytesMax: 2 * 1024 ** 4,
    sync: 60_000,
    uniqueTag: 'az:',
    limits: {
      ackPendingMax: 1,
      haAssetsMax: null,
      requestBatchMax: 2,
      consumersMaxDefault: 4,
      duplicateWindowMs: 3_600_000,
      batchesInflightPerStreamMax: 5,
      batchesInflightTotalMax: 6,
      batchMessagesMax: 7,
      batchTimeoutMs: 8_000,
    },
  });
});

test('readConfiguration() knows JetStream as a word, a boolean and a block', () => {
  const isEnabled = (text: string) => cleanOptions(text).jetstream.isEnabled;
  assert.deepEqual(
    ['jetstream: true', 'jetstream: enabled', 'jetstream: Enable', 'jetstream {}', 'store_dir: x'].map(isEnabled),
    [true, true, true, true, false],
  );
  assert.deepEqual(['jetstream: off', 'jetstream: disabled', 'jetstream {enabled: false}'].map(isEnabled), [
    false,
    false,
    false,
  ]);
  assert.equal(cleanOptions('jetstream { sync: ALWAYS }').jetstream.sync, 'always');
});

test('readConfiguration() takes an address apart', () => {
  const listen = (value: string) => cleanOptions(`listen: ${value}`).listen;
  assert.deepEqual(listen('4333'), { host: '0.0.0.0', port: 4333, clientAdvertise: null });
  assert.equal(listen('"[::1]:4333"').host, '::1');
  assert.equal(listen('":4333"').host, '0.0.0.0');
  assert.equal(listen('localhost:-1').port, 0);
  assert.deepEqual(errors('listen: localhost'), ['could not parse address string "localhost"']);
  assert.deepEqual(errors('listen: "::1:4222"'), ['could not parse address string "::1:4222"']);
  assert.deepEqual(errors('listen: "a:b"'), ['could not parse port "b"']);
  assert.deepEqual(errors('listen: true'), ['expected port or host:port, got bool']);
});

test('readConfiguration() finds every fault and says where', () => {
  const { findings } = read('port: "a"\nfoo: 1\n\n  bar {}\nmax_payload: 3g\nauthorization { usr: x }\n');
  assert.deepEqual(
    findings.errors.map(({ position, text }) => `${position?.line}:${position?.column} ${text}`),
    [
      `1:0 'port' must be an integer, but is a string`,
      '2:1 unknown field "foo"',
      '4:3 unknown field "bar"',
      '5:1 max_payload value is too big',
      '6:17 unknown field "usr"',
    ],
  );
});

test('readConfiguration() has no complaint about a key that is used as a variable', () => {
  assert.deepEqual(errors('P = 4222\nport = $P'), []);
  assert.deepEqual(errors('P = 4222\nport = 4222'), ['unknown field "P"']);
  assert.deepEqual(errors('jetstream { D = /x\n store_dir = $D }'), []);
});

test('readConfiguration() warns as the reference does', () => {
  const warnings = (text: string) => texts(read(text).findings.warnings);
  assert.deepEqual(warnings(''), ['a.conf: config has no values or is empty']);
  assert.deepEqual(warnings('ping_interval: 5'), [
    'invalid use of field "ping_interval": ping_interval should be converted to a duration',
  ]);
  assert.equal(read('ping_interval: 5').options.keepalive.pingIntervalMs, 5_000);
  assert.match(String(warnings('authorization { timeout: 61 }')), /timeout of 61 \(61\.000000 seconds\) is high/);
});

test('readConfiguration() refuses the same values as the reference, in its words', () => {
  const cases: readonly (readonly [text: string, error: string])[] = [
    ['server_name: "a b"', 'server name cannot contain spaces'],
    ['max_sub_tokens: 256', 'max_sub_tokens value is too big'],
    ['max_sub_tokens: 0', 'max_sub_tokens value can not be negative'],
    ['write_timeout: never', "write_timeout must be 'default', 'close' or 'retry'"],
    ['lame_duck_duration: "29s"', 'invalid lame_duck_duration of 29s, minimum is 30 seconds'],
    ['lame_duck_duration: "x"', 'error parsing lame_duck_duration: time: invalid duration "x"'],
    ['lame_duck_grace_period: "-1s"', 'invalid lame_duck_grace_period, needs to be positive'],
    ['write_deadline: "5"', 'error parsing write_deadline: time: missing unit in duration "5"'],
    ['jetstream: maybe', "Expected 'enabled' or 'disabled' for string value, got 'maybe'"],
    ['jetstream: 1', 'Expected map, bool or string to define JetStream, got int64'],
    ['jetstream { max_mem: "1X" }', 'max_mem_store sizes defined as strings must end in K, M, G, T'],
    ['jetstream { max_file: "10GB" }', 'max_file_store strconv.ParseInt: parsing "10G": invalid syntax'],
    ['jetstream { max_file: true }', 'max_file_store must be int64 or string'],
    ['jetstream { store_dir: a }\nstore_dir: b', "Duplicate 'store_dir' configuration"],
    ['jetstream { limits: 1 }', 'Expected a map to define JetStreamLimits, got int64'],
    ['jetstream { cipher: rot13 }', 'Unknown cipher type: "rot13"'],
    ['authorization { user: a, token: b }', 'Cannot have a user/pass and token'],
    ['authorization { user: a, users: [] }', 'Can not have a single user/pass and a users array'],
    ['authorization { token: a, users: [] }', 'Can not have a token and a users array'],
    ['authorization { users: [{password: x}] }', 'User entry requires a user'],
    ['authorization { timeout: x }', `error parsing authorization config, 'timeout' time: invalid duration "x"`],
    ['authorization { users: [{user: a, permissions: {pubs: b}}] }', 'Unknown field "pubs" parsing permissions'],
    ['cluster { nam: x }', 'unknown field "nam"'],
    ['cluster: 1', 'Expected map to define cluster, got int64'],
    ['tls { cipher_suites: [] }', "error parsing tls config, 'cipher_suites' cannot be empty"],
    ['tls { x: 1 }', 'error parsing tls config, unknown field "x"'],
    ['accounts { $G {} }', '"$G" is a Reserved Account'],
    ['mqtt { max_ack_pending: 70000 }', 'invalid value 70000, should in [0..65535] range'],
  ];
  for (const [text, error] of cases) assert.deepEqual(errors(text), [error], text);
});

test('readConfiguration() names the parts that Contrail does not have yet, once each', () => {
  const unsupported = (text: string) => texts(read(text).findings.unsupported);
  assert.deepEqual(unsupported('cluster { authorization { users: [] } }'), [
    "'cluster' is not supported by this version of Contrail yet: remove the block to run this server alone",
  ]);
  assert.deepEqual(unsupported('authorization { users: [{user: a, proxy_required: true}] }'), [
    "'users.proxy_required' is not supported by this version of Contrail yet",
  ]);
  assert.deepEqual(unsupported('accounts { A { exports: [], imports: [], mappings: {}, users: [{user: a}] } }'), []);
  assert.deepEqual(unsupported('https_port: 0, no_auth_user: "", write_timeout: default'), []);
  assert.deepEqual(unsupported('http_base_path: /, jetstream { strict: true }'), []);
  assert.equal(unsupported('http_base_path: /x, jetstream { strict: false }').length, 1);
  assert.equal(unsupported('default_sentinel: a, write_timeout: retry').length, 2);
});

test('readConfiguration() names the settings that change nothing', () => {
  assert.deepEqual(texts(read('jetstream { max_concurrent_io: 8 }').findings.ineffective), [
    "'jetstream.max_concurrent_io' has no effect in Contrail",
  ]);
  assert.deepEqual(texts(read('trace_verbose: true, disable_sublist_cache: true').findings.ineffective), [
    "'trace_verbose' has no effect in Contrail",
    "'disable_sublist_cache' has no effect in Contrail",
  ]);
  assert.deepEqual(texts(read('trace_verbose: false').findings.ineffective), []);
});

test('readConfiguration() gives the digest of the reference', () => {
  // Printed by nats-server -t for the same text.
  const digest = 'sha256:7ea4cc5c6864139d814ce940a40ee6546b7ac5285eec3c390a4ce11e34dc1102';
  assert.equal(read('port: -1\n').digest, digest);
  assert.equal(read('P = -1 # c\n"port" $P').digest === digest, false);
});

/** Shared features page 1.13, the top of the file. */
const TOP_LEVEL_KEYS = `listen client_advertise port server_name host net debug trace trace_verbose trace_headers logtime
  logtime_utc mappings maps disable_sublist_cache no_sublist_cache accounts default_sentinel authorization http https
  http_port monitor_port https_port http_base_path cluster gateway leaf leafnodes store_dir storedir jetstream logfile
  log_file logfile_size_limit log_size_limit logfile_max_num log_max_num syslog remote_syslog pidfile pid_file
  ports_file_dir prof_port prof_block_rate max_control_line max_payload max_pending proxy_protocol max_connections max_conn
  max_traced_msg_len max_subscriptions max_subs max_sub_tokens max_subscription_tokens ping_interval ping_max tls ocsp
  allow_non_tls write_deadline write_timeout lame_duck_duration lame_duck_grace_period operator operators roots root
  root_operators root_operator resolver account_resolver accounts_resolver resolver_tls resolver_preload
  resolver_pinned_accounts no_auth_user system_account system no_system_account no_system no_sys_acc no_header_support
  trusted trusted_keys connect_error_reports reconnect_error_reports websocket ws mqtt server_tags server_metadata
  feature_flags default_js_domain ocsp_cache no_fast_producer_stall max_closed_clients proxies`;

test('SERVER_BLOCK knows exactly the keys of the reference, and our own', () => {
  const keys = [...TOP_LEVEL_KEYS.split(/\s+/), ...OWN_KEYS];
  assert.deepEqual([...SERVER_BLOCK.keys.keys()].sort(), [...new Set(keys)].sort());
});
