// The blocks of parts that do not run yet, judged by `nats-server -t` (see config_judge.ts): every key with every kind of
// value, and what some keys mean together.
import { test } from 'node:test';
import { casesOf, judgeAll } from './config_judge.ts';

/** One of each kind, and what some keys take apart. */
const KINDS = ['text', '""', '5', 'true', '1.5', '{a: 1}', '[a, b]', '"5s"', '"-5s"', '10.0.0.1:4222', '[{a: 1}]'];

const USER = 'UBIMJN7X3ILXFXUHY7GAJFFMAKPMR2DBYLJ6ZVWDIUBSLG6MSFSPHX56';
const ACCOUNT = 'ACDR6N7MB5DBL3IJ27NCEMTSDQVDWFSTBFOSK7CGX3OO5GJFWL4WK72I';
const OPERATOR = 'OADQOBYHA4DQOBYHA4DQOBYHA4DQOBYHA4DQOBYHA4DQOBYHA4DQOZEL';
const SEED = 'SUAMK2FG4MI6UE3ACF3FK3OIQBCEIEZV7NSWFFEW63UXMRLFM2XLAXK4GY';
const KEYS = [USER, ACCOUNT, OPERATOR, SEED, SEED.slice(1), 'x', '""'];

const BLOCKS: Readonly<Record<string, string>> = {
  cluster: `name listen port host net authorization routes cluster_advertise advertise no_advertise connect_retries
    connect_backoff permissions pool_size accounts compression ping_interval ping_max write_deadline write_timeout unknown`,
  gateway: `name listen port host net authorization advertise connect_retries connect_backoff gateways reject_unknown
    reject_unknown_cluster write_deadline write_timeout unknown`,
  leafnodes: `listen port host net authorization remotes reconnect reconnect_delay reconnect_interval dial_timeout
    leafnode_advertise advertise no_advertise min_version minimum_version compression isolate_leafnode_interest isolate
    write_deadline write_timeout unknown`,
  websocket: `listen port host net advertise no_tls same_origin allowed_origins origin handshake_timeout compress compression
    authorization authentication jwt_cookie user_cookie pass_cookie token_cookie no_auth_user headers ping_interval unknown`,
  mqtt: `listen port host net authorization authentication no_auth_user ack_wait ackwait js_api_timeout api_timeout
    max_ack_pending max_pending max_inflight js_domain stream_replicas consumer_replicas consumer_memory_storage
    consumer_inactive_threshold consumer_auto_cleanup reject_qos2_publish downgrade_qos2_subscribe unknown`,
  proxies: 'trusted unknown',
  ocsp: 'mode url urls unknown',
  ocsp_cache: 'type local_store preserve_revoked save_interval unknown',
};

for (const [block, keys] of Object.entries(BLOCKS)) {
  test(`every key of the ${block} block is judged as by nats-server -t, whatever kind of value it has`, () => {
    judgeAll(casesOf([block], '', '', KINDS));
    judgeAll(casesOf(keys.split(/\s+/), `${block} { `, ' }', KINDS));
  });
}

test('every key at the top of the file about parts that do not run yet is judged as by nats-server -t', () => {
  const keys = `operator operators roots resolver resolver_tls resolver_preload resolver_pinned_accounts trusted_keys trusted
    feature_flags default_js_domain no_auth_user default_sentinel system_account system no_system_account proxy_protocol
    prof_port prof_block_rate`;
  judgeAll(casesOf(keys.split(/\s+/), '', '', KINDS));
});

test('URLs of links are judged as by nats-server -t', () => {
  const urls = [
    '"nats://u:p@a:1"',
    '"127.0.0.1:4222"',
    '"nats://a b"',
    '""',
    '":"',
    '"nats://[::1"',
    '" nats://a:1 "',
    'true',
  ];
  judgeAll(
    urls.flatMap((url) => [
      `cluster { routes: [${url}, "nats://b:2"] }\n`,
      `cluster { routes: [\n${url}\n${url}\n] }\n`,
      `gateway { gateways: [ {name: A, url: ${url}} ] }\n`,
      `gateway { gateways: [ {name: A, urls: [\n${url}\n${url}\n]} ] }\n`,
      `leafnodes { remotes: [ {url: ${url}} ] }\n`,
      `leafnodes { remotes: [ {urls: [\n${url}\n]} ] }\n`,
      `leafnodes { remotes: [ {url: ${url}}\n {url: ${url}} ] }\n`,
      `leafnodes { remotes: [ {url: ${url}, account: A}\n {url: ${url}, account: B} ] }\n`,
    ]),
  );
});

test('authorization and permissions of links are judged as by nats-server -t', () => {
  const keys =
    'user pass token timeout users default_permissions permissions auth_callout proxy_required unknown'.split(' ');
  judgeAll([
    ...casesOf(keys, 'cluster { authorization { ', ' } }', KINDS),
    ...casesOf(keys, 'gateway { authorization { ', ' } }', KINDS),
    ...casesOf([...keys, 'nkey', 'account'], 'leafnodes { authorization { ', ' } }', KINDS),
    ...casesOf(
      ['user', 'pass', 'account', 'proxy_required'],
      'leafnodes { authorization { users: [{ ',
      ' }] } }',
      KINDS,
    ),
  ]);
  const permissions = [
    'import: "a b"',
    'export: "a b"',
    'export: {allow: ["a", "b q"]}',
    'allow_responses: true',
    'import: a',
  ];
  judgeAll(
    permissions.flatMap((said) => [
      `cluster { permissions { ${said} } }\n`,
      `cluster { authorization { permissions { ${said} } } }\n`,
    ]),
  );
  const users = [
    'user: a, users: [{user: b}]',
    `nkey: ${USER}, users: [{user: b}]`,
    'users: [{user: b}, {user: b}]',
    'users: [{user: b}, {user: c}]',
    'users: [], user: a',
  ];
  judgeAll(users.map((said) => `leafnodes { authorization { ${said} } }\n`));
});

test('remotes of leaf nodes are judged as by nats-server -t', () => {
  const keys = `no_randomize url urls account creds nkey tls hub deny_imports deny_exports ws_compress ws_no_masking
    jetstream_cluster_migrate isolate_leafnode_interest request_isolation compression first_info_timeout dial_timeout disabled
    proxy ignore_discovered_servers unknown`;
  judgeAll([
    ...casesOf(keys.split(/\s+/), 'leafnodes { remotes: [ {', '} ] }', KINDS),
    ...casesOf(
      ['url', 'username', 'password', 'timeout', 'tls', 'unknown'],
      'leafnodes { remotes: [ {proxy: {',
      '}} ] }',
      KINDS,
    ),
    ...KEYS.map((key) => `leafnodes { remotes: [ {url: "nats://x", nkey: ${key}} ] }\n`),
    ...KEYS.map((key) => `leafnodes { remotes: [ {url: "nats://x", nkey: ${key}, creds: "/x"} ] }\n`),
  ]);
  const proxies = [
    'url: "http://a"',
    'url: "ftp://a"',
    'url: "http://"',
    'url: "http://a", username: u',
    'url: "http://a", username: u, password: p',
    'url: "http://a", timeout: "-1s"',
    'timeout: "0s"',
    'timeout: "1s"',
    'url: "http://a b"',
    'url: "http://a", tls {insecure: true}',
    'url: "https://a", tls {insecure: true}',
    'url: "https://a", tls {verify: true}',
    'url: "https://a", tls {timeout: -1}',
  ];
  judgeAll(
    proxies.flatMap((said) => [
      `leafnodes { remotes: [ {url: "nats://x", proxy {${said}}} ] }\n`,
      `leafnodes { remotes: [ {url: "wss://x", proxy {${said}}} ] }\n`,
      `leafnodes { remotes: [ {url: "wss://x", tls {insecure: true}, proxy {${said}}} ] }\n`,
    ]),
  );
  const versions = ['2.8.0', '2.7.9', '2.8', 'v2.8.0', '3.0.0', '2.8.0-beta', '2.10.0+x', '02.8.0', '1.9.9'];
  judgeAll(versions.map((version) => `leafnodes { min_version: "${version}" }\n`));
});

test('keys, resolvers and callouts are judged as by nats-server -t', () => {
  judgeAll(
    KEYS.flatMap((key) => [
      `proxies { trusted: [{key: ${key}}] }\n`,
      `trusted_keys: ${key}\n`,
      `trusted: [${OPERATOR}, ${key}]\n`,
      `authorization { auth_callout { issuer: ${key}, auth_users: [a] } }\n`,
      `authorization { auth_callout { issuer: ${ACCOUNT}, auth_users: [a], xkey: ${key} } }\n`,
    ]),
  );
  const callouts = [`issuer: ${ACCOUNT}, auth_users: [a]`, `issuer: ${ACCOUNT}`, 'auth_users: [a]'];
  judgeAll(
    callouts.flatMap((said) => [
      `authorization { auth_callout { ${said} } }\n`,
      `cluster { authorization { auth_callout { ${said} } } }\n`,
      `accounts { B {} }\nauthorization { auth_callout { ${said}, allowed_accounts: [B] } }\n`,
      `accounts { B {} }\nauthorization { auth_callout { ${said}, allowed_accounts: [A, B] } }\n`,
    ]),
  );
  judgeAll(
    ['MEM', 'xmemx', 'URL("http://a")', '"URL(:)"', 'URL', 'URL(a b)', 'foo'].map((said) => `resolver: ${said}\n`),
  );
  const directory = 'dir: "FOLDER/jwt"';
  judgeAll([
    ...casesOf(
      ['dir', 'type', 'allow_delete', 'hard_delete', 'limit', 'ttl', 'interval', 'timeout', 'unknown'],
      'resolver { dir: "FOLDER/jwt", type: full, ',
      ' }',
      KINDS.filter((kind) => kind !== 'text' && kind !== '10.0.0.1:4222'),
    ),
    ...['type: full', directory, `${directory}, type: x`, 'dir: "/etc/passwd", type: full'].map(
      (said) => `resolver {${said}}\n`,
    ),
    ...['ttl: "1h"', 'interval: "1h"', 'allow_delete: true', 'hard_delete: true', 'timeout: "0s"'].flatMap((said) => [
      `resolver { ${directory}, type: cache, ${said} }\n`,
      `resolver { ${directory}, type: full, ${said} }\n`,
    ]),
  ]);
});
