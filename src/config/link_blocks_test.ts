// What `-t` says about parts that do not run yet: links, gates, proxies, OCSP, resolvers, callouts. The words are the
// reference's; test/compat/config_blocks_test.ts asks it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parsed } from '../base/parsed.ts';
import { type ConfigSource, EMPTY_WORLD } from './config_source.ts';
import { readConfiguration } from './configuration.ts';
import { emptyDraft } from './options_draft.ts';

const USER = 'UBIMJN7X3ILXFXUHY7GAJFFMAKPMR2DBYLJ6ZVWDIUBSLG6MSFSPHX56';
const ACCOUNT = 'ACDR6N7MB5DBL3IJ27NCEMTSDQVDWFSTBFOSK7CGX3OO5GJFWL4WK72I';
const OPERATOR = 'OADQOBYHA4DQOBYHA4DQOBYHA4DQOBYHA4DQOBYHA4DQOBYHA4DQOZEL';
const USER_SEED = 'SUAMK2FG4MI6UE3ACF3FK3OIQBCEIEZV7NSWFFEW63UXMRLFM2XLAXK4GY';

function complaints(text: string, world: Partial<ConfigSource> = {}): string[] {
  const source = { ...EMPTY_WORLD, readFile: () => parsed(Buffer.from(text)), ...world };
  const { findings } = readConfiguration('a.conf', emptyDraft(), source);
  return [...findings.warnings, ...findings.errors].map((finding) => finding.text);
}

function assertAll(cases: readonly (readonly [text: string, ...complaints: string[]])[]): void {
  for (const [text, ...expected] of cases) assert.deepEqual(complaints(text), expected, text);
}

test('a cluster block is judged: names, routes, permissions, compression', () => {
  assertAll([
    ['cluster { name: c, port: 6222, routes: ["nats://a:1", "nats://u:p@b:1"] }'],
    ['cluster { name: "a b" }', 'cluster name cannot contain spaces'],
    ['cluster { name: _ }', 'cluster name is reserved'],
    ['cluster { routes: ["127.0.0.1:4222"] }', 'error parsing route url ["127.0.0.1:4222"]'],
    ['cluster { routes: x }', "'routes' must be an array, but is a string"],
    [
      'cluster { routes: [\n"nats://a:1"\n"nats://a:1"\n] }',
      'invalid use of field "nats://a:1": Duplicate route entry detected',
    ],
    ['cluster { permissions { import: "a b" } }', 'subject "a b" is not a valid subject'],
    ['cluster { permissions { export: "a b" } }', 'cluster export allow: subject "a b" is not a valid subject'],
    ['cluster { permissions { allow_responses: true } }', 'Cluster permissions do not support dynamic responses'],
    [
      'cluster { authorization { permissions { import: a } } }',
      'invalid use of field "authorization": setting "permissions" within cluster authorization block is deprecated',
    ],
    ['cluster { authorization { token: x } }', 'Cluster authorization does not support tokens'],
    ['cluster { authorization { users: [] } }', 'Cluster authorization does not allow multiple users'],
    ['cluster { compression { mode: s2_auto, rtts: ["10ms"] } }'],
    ['cluster { compression { rtts: ["x"] } }', 'time: invalid duration "x"'],
    ['cluster { compression: 5 }', 'field "compression" should be a boolean or a structure, got int64'],
    ['cluster { ping_interval: "31s" }', `Cluster 'ping_interval' will reset to 30s which is the max for routes`],
  ]);
});

test('a gateway block is judged', () => {
  assertAll([
    ['gateway { name: A, gateways: [{name: B, url: "nats://b:1"}, {name: C, urls: ["nats://c:1"]}] }'],
    ['gateway { name: "a b" }', 'gateway name cannot contain spaces'],
    ['gateway { gateways: x }', 'Expected gateways field to be an array, got string'],
    ['gateway { gateways: [x, {nam: B}] }', 'Expected gateway entry to be a map/struct, got x', 'unknown field "nam"'],
    ['gateway { gateways: [{url: ":"}] }', 'error parsing gateway url [":"]'],
  ]);
});

test('a leafnodes block is judged: authorization, versions, remotes', () => {
  assertAll([
    [`leafnodes { port: 7422, authorization { nkey: ${USER} }, min_version: "2.8.0" }`],
    ['leafnodes { authorization { nkey: x } }', 'Not a valid public nkey for leafnode authorization'],
    [
      'leafnodes { authorization { user: a, users: [{user: b}] } }',
      'can not have a single user/pass and a users array',
    ],
    [
      'leafnodes { authorization { users: [{user: b}, {user: b}] } }',
      'duplicate user "b" detected in leafnode authorization',
    ],
    ['leafnodes { min_version: "2.7.9" }', 'the minimum version should be at least 2.8.0'],
    ['leafnodes { min_version: x }', `invalid leafnode's minimum version: invalid semver`],
    [`leafnodes { remotes: [{url: "nats://a", nkey: ${USER_SEED}}, {urls: ["nats://b"], creds: "/c"}] }`],
    [
      `leafnodes { remotes: [{url: "nats://u:p@a"}\n{url: "NATS://u:p@a"}] }`,
      'duplicate remote urls=["nats://u:xxxxx@a"], account="$G"',
    ],
    [`leafnodes { remotes: [{nkey: ${USER}}] }`, `Remote leafnode nkey is not a valid seed: "${USER}"`],
    [
      `leafnodes { remotes: [{nkey: ${USER_SEED}, creds: "/c"}] }`,
      'Remote leafnode can not have both creds and nkey defined',
    ],
    [
      'leafnodes { remotes: [{js_cluster_migrate: 5}] }',
      'Expected boolean or map for jetstream_cluster_migrate, got int64',
    ],
  ]);
});

test('the proxy of a leaf node remote is judged', () => {
  const proxy = (keys: string) => `leafnodes { remotes: [{url: "wss://a", proxy {${keys}}}] }`;
  assertAll([
    ['leafnodes { remotes: [{url: "ws://a", proxy {url: "http://p", username: u, password: p, timeout: "1s"}}] }'],
    [proxy('timeout: "1s"'), 'proxy URL must be specified when other proxy options are set'],
    [proxy('url: "ftp://p"'), 'proxy URL scheme must be http or https, got: ftp'],
    [proxy('url: "http://"'), 'proxy URL must specify a host'],
    [proxy('url: ":"'), 'invalid proxy URL: parse ":": missing protocol scheme'],
    [proxy('url: "http://p", username: u'), 'proxy username and password must both be specified or both be empty'],
    [proxy('url: "http://p", tls {insecure: true}'), 'proxy TLS configuration requires an https proxy URL, got: http'],
    [
      proxy('url: "https://p", tls {verify: true}'),
      '"verify" is not supported for proxy TLS',
      ...complaints(proxy('url: "https://p"')),
    ],
  ]);
  assert.match(
    String(complaints(proxy('url: "https://p"'))),
    /^proxy is configured but remote URL wss:\/\/a requires TLS/,
  );
});

test('gates and proxies are judged', () => {
  assertAll([
    ['websocket { port: 80, headers {a: b}, handshake_timeout: "1s" }'],
    ['websocket { headers {a: 5} }', 'error parsing header key a: unsupported type int64'],
    ['websocket { handshake_timeout: x }', 'time: invalid duration "x"'],
    [`proxies { trusted: [{key: ${OPERATOR}}, {public_key: ${USER}}] }`],
    [
      'proxies { trusted: [{key: x}, y] }',
      'invalid proxy key "x"',
      `expected proxies' trusted entry to be a map/struct, got string`,
    ],
  ]);
});

test('OCSP is judged', () => {
  assertAll([
    ['ocsp { mode: Must, url: "http://a" }'],
    ['ocsp { mode: x }', 'error parsing ocsp config: unsupported ocsp mode "x"'],
    ['ocsp { urls: [a] }', `'urls' is not to be had in nats-server: say 'url'`],
    ['ocsp_cache { type: local, local_store: x, preserve_revoked: true, save_interval: "1m" }'],
    ['ocsp_cache { type: x }', 'error parsing OCSP peer cache config, unknown type [x]'],
    ['ocsp_cache { type: 5 }', 'error parsing OCSP peer cache config, unknown field ["type"]'],
    ['ocsp_cache { save_interval: x }', 'error parsing tls peer config, conversion error: time: invalid duration "x"'],
    ['tls { ocsp_peer { verify: true, ca_timeout: 2 } }'],
  ]);
});

test('a callout is judged, and the accounts that it may use', () => {
  const callout = (keys: string) => `authorization { auth_callout {${keys}} }`;
  assertAll([
    [callout(`issuer: ${ACCOUNT}, auth_users: [a]`)],
    [callout('auth_users: [a]'), 'Authorization callouts require an issuer to be specified'],
    [callout(`issuer: ${ACCOUNT}`), 'Authorization callouts require authorized users to be specified'],
    [callout(`issuer: x, auth_users: [a]`), 'Expected callout user to be a valid public account nkey, got "x"'],
    [
      callout(`issuer: ${ACCOUNT}, auth_users: [a], xkey: x`),
      'Expected callout xkey to be a valid public xkey, got "x"',
    ],
    [
      `accounts { B {} }\n${callout(`issuer: ${ACCOUNT}, auth_users: [a], allowed_accounts: [A, B]`)}`,
      'auth_callout allowed account "A" not found in configured accounts',
    ],
  ]);
});

const NO_RESOLVER =
  'error parsing account resolver, should be MEM or  URL("url") or a map containing dir and type state=[FULL|CACHE])';

test('a resolver is judged, and its directory', () => {
  assertAll([
    ['resolver: MEMORY'],
    ['resolver: URL("http://a/b")'],
    ['resolver: foo', NO_RESOLVER],
    ['resolver: "URL(:)"', 'error parsing account resolver url [":"]'],
    ['resolver { type: full, dir: "/jwt", allow_delete: true, hard_delete: true, interval: "1m", timeout: "1s" }'],
    ['resolver { type: x, dir: "/jwt" }', NO_RESOLVER],
    ['resolver { type: full }', 'dir has no value and needs to point to a directory'],
    ['resolver { type: full, dir: "/jwt", ttl: "1h" }', 'FULL does not accept ttl'],
    ['resolver { type: full, dir: "/jwt", hard_delete: true }', 'hard_delete has no effect without delete'],
    ['resolver { type: cache, dir: "/jwt", interval: "1h" }', 'CACHE does not accept sync'],
    ['resolver { type: full, dir: "/jwt", timeout: "0s" }', 'Fetch timeout 0s is too smal'],
    ['resolver { type: full, dir: "/jwt", ttl: x }', 'time: invalid duration "x"'],
  ]);
  const inWorld = (kind: 'directory' | 'read-only directory' | 'other') =>
    complaints('resolver { type: full, dir: "/jwt" }', { kindOf: () => kind });
  assert.deepEqual(inWorld('directory'), []);
  assert.deepEqual(inWorld('other'), ['dir needs to point to an accessible directory']);
  assert.deepEqual(inWorld('read-only directory'), ['dir needs to point to an accessible directory']);
});

test('trusted keys are judged', () => {
  assertAll([
    [`trusted_keys: ${OPERATOR}`],
    [`trusted: [${OPERATOR}, x]`, 'trust key "x" required to be a valid public operator nkey'],
  ]);
});
