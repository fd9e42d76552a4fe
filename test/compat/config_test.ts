// Configurations, judged by `nats-server -t` (see config_judge.ts): the corpus, the keys of the parts that run, the language.
// Needs the reference server and, for the corpus, ../shared/data/conf beside the repository or CONTRAIL_SHARED; without them
// the tests fail and say so.
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { CIPHER_SUITES, CURVES } from '../../src/base/tls_names.ts';
import { OWN_KEYS, SERVER_BLOCK } from '../../src/config/blocks/server.ts';
import { tlsFixture } from '../../src/node/tls_fixtures.ts';
import { assertSame, casesOf, judgeAll, ourVerdict, theirVerdict } from './config_judge.ts';
import { repositoryRoot } from './server_process.ts';

const corpus = join(process.env['CONTRAIL_SHARED'] ?? join(repositoryRoot, '..', 'shared'), 'data', 'conf');

test('every file of the corpus is judged as by nats-server -t', () => {
  assert.ok(
    existsSync(corpus),
    `Cannot find the corpus at '${corpus}': it is in shared/data/conf; set CONTRAIL_SHARED`,
  );
  const files = readdirSync(corpus, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.conf'));
  assert.ok(files.length >= 100, `${files.length} files in ${corpus}`);
  for (const file of files.map((name) => join(corpus, name))) assertSame(ourVerdict(file), theirVerdict(file), file);
});

test('every key at the top is judged as by nats-server -t, whatever kind of value it has', () => {
  const keys = [...SERVER_BLOCK.keys]
    .filter(([key, rule]) => rule.support !== 'later' && !OWN_KEYS.includes(key))
    .map(([key]) => key);
  judgeAll(casesOf([...keys, 'ping_max_out', 'unknown'], '', ''));
});

test('every key of the jetstream block is judged as by nats-server -t, whatever kind of value it has', () => {
  const keys = `enabled disabled enable strict store store_dir sync sync_interval max_memory_store max_mem max_file domain
    key prev_key cipher extension_hint limits tpm unique_tag max_outstanding_catchup max_buffered_size max_buffered_msgs
    request_queue_limit info_queue_limit meta_compact meta_compact_size meta_compact_sync max_concurrent_io unknown`;
  const limits = 'max_ack_pending max_ha_assets max_request_batch default_max_consumers duplicate_window batch unknown';
  judgeAll(casesOf(keys.split(/\s+/), 'jetstream { ', ' }'));
  judgeAll(casesOf(limits.split(' '), 'jetstream { limits { ', ' } }'));
  judgeAll(casesOf(['max_inflight_total', 'timeout', 'unknown'], 'jetstream { limits { batch { ', ' } } }'));
});

test('every key of the authorization block is judged as by nats-server -t, whatever kind of value it has', () => {
  const keys = 'user username pass password token timeout users permissions default_permissions proxy_required unknown';
  judgeAll(casesOf(keys.split(' '), 'authorization { ', ' }'));
  judgeAll([
    'authorization { user: a, pass: b, token: c }\n',
    'authorization { user: a, users: [] }\n',
    'authorization { token: a, users: [] }\n',
    'authorization { user: a, pass: b, timeout: 60.5 }\n',
  ]);
});

/** `server`, `client` and so on: files of test/fixtures/tls. */
function pem(name: string): string {
  return JSON.stringify(tlsFixture(`${name}.pem`));
}

test('every key of the tls block is judged as by nats-server -t, whatever kind of value it has', () => {
  const keys = `cert_file key_file ca_file insecure verify verify_and_map verify_cert_and_check_known_urls
    allow_insecure_cipher_suites cipher_suites curve_preferences timeout connection_rate_limit pinned_certs cert_store
    cert_match_by cert_match cert_match_skip_invalid ca_certs_match handshake_first first immediate ocsp_peer certs
    certificates min_version unknown`;
  judgeAll(casesOf(keys.split(/\s+/), 'tls { ', ' }'));
  judgeAll(casesOf(['cert_file', 'key_file', 'unknown'], 'tls { certs: [{', '}] }'));
  const ocsp = `verify warn_only unknown_is_good allow_when_ca_unreachable allowed_clockskew ca_timeout
    cache_ttl_when_next_update_unset unknown`;
  judgeAll(casesOf(ocsp.split(/\s+/), 'tls { ocsp_peer { ', ' } }'));
});

test('the values of a tls block are judged as by nats-server -t', () => {
  const names = [...CIPHER_SUITES.map(({ name }) => name), 'TLS_NONE', 'ECDHE-RSA-AES128-SHA'];
  judgeAll(
    names.flatMap((name) =>
      [`cipher_suites: [${name}]`, `cipher_suites: [${name}], allow_insecure_cipher_suites: true`].map(
        (text) => `tls { ${text} }\n`,
      ),
    ),
  );
  judgeAll(
    [...CURVES.map(({ name }) => name), 'P-256', 'x25519'].map((name) => `tls { curve_preferences: [${name}] }\n`),
  );
  judgeAll(['"1.0"', '"1.1"', '"1.2"', '"1.3"', '1.3', '"1.4"'].map((version) => `tls { min_version: ${version} }\n`));
  const first = ['auto', 'auto_fallback', 'on', 'OFF', '"100ms"', '"-5s"', 'later', '""'];
  judgeAll(first.map((value) => `tls { handshake_first: ${value} }\n`));
  const ids = [`"${'a1'.repeat(32)}"`, `"${'A1'.repeat(32)}"`, `"${'a1'.repeat(31)}"`, `"${'g1'.repeat(32)}"`, '5'];
  judgeAll(ids.map((id) => `tls { pinned_certs: [${id}] }\n`));
  judgeAll(['WindowsCurrentUser', 'other'].map((store) => `tls { cert_store: ${store} }\n`));
  judgeAll(['subject', 'issuer', 'thumbprint', 'color'].map((match) => `tls { cert_match_by: ${match} }\n`));
  judgeAll(['"a"', '[a, b]', '[a, 1]', '1'].map((match) => `tls { ca_certs_match: ${match} }\n`));
});

test('the files of a tls block are looked at as by nats-server -t, in every block that has one', () => {
  const pairs: readonly (readonly [certificate: string, key: string])[] = [
    ['server', 'server.key'],
    ['server_rsa', 'server_rsa.key'],
    ['client_chain', 'client_chain.key'],
    ['server', 'client.key'],
    ['server', 'server_rsa.key'],
    ['server.key', 'server'],
    ['server', 'server'],
    ['nope', 'server.key'],
    ['server', 'nope'],
  ];
  const texts = pairs.map(([cert, key]) => `cert_file: ${pem(cert)}, key_file: ${pem(key)}`);
  const script = JSON.stringify(tlsFixture('make_certificates.sh'));
  const others = [
    `ca_file: ${pem('ca')}`,
    `ca_file: ${pem('client_chain')}`,
    `ca_file: ${pem('ca.key')}`,
    `ca_file: ${pem('nope')}`,
    `ca_file: ${script}`,
    `cert_file: ${script}, key_file: ${pem('server.key')}`,
    `cert_file: "/", key_file: ${pem('server.key')}`,
    `${texts[0]}, ca_file: ${pem('nope')}`,
    `${texts[0]}, ca_file: ${pem('ca')}, verify: true`,
    `certs: [{${texts[0]}}, {${texts[1]}}]`,
    `certs: [{${texts[0]}}, {${texts[3]}}]`,
    `certs: [{${texts[0]}}], ${texts[1]}`,
    `certs: []`,
    `cert_file: ${pem('server')}`,
  ];
  judgeAll([...texts, ...others].map((text) => `tls { ${text} }\n`));
  for (const block of ['cluster', 'leafnodes', 'websocket', 'mqtt']) {
    judgeAll([texts[0], texts[3], others[3]].map((text) => `${block} { port: 5222, tls { ${text} } }\n`));
  }
});

test('every key of users, permissions and accounts is judged as by nats-server -t, whatever kind of value it has', () => {
  const user = 'user username pass password nkey permissions permission authorization clients proxy_required unknown';
  judgeAll(casesOf(user.split(' '), 'authorization { users: [{user: a, ', '}] }'));
  judgeAll(casesOf(['nkey', 'allowed_connection_types'], 'authorization { users: [{', '}] }'));
  const permissions = 'publish pub import subscribe sub export allow_responses publish_allow_responses unknown';
  judgeAll(casesOf(permissions.split(' '), 'authorization { users: [{user: a, permissions: { ', ' }}] }'));
  for (const direction of ['publish', 'subscribe']) {
    judgeAll(casesOf(['allow', 'deny', 'x'], `authorization { default_permissions: {${direction}: {`, '}} }'));
  }
  judgeAll(casesOf(['max', 'ttl', 'expires', 'x'], 'authorization { permissions: {allow_responses: {', '}} }'));
  const account = 'nkey users default_permissions limits jetstream mappings exports imports msg_trace unknown';
  judgeAll(casesOf(account.split(' '), 'accounts { A { ', ' } }'));
  judgeAll(
    casesOf(
      'max_connections max_conn max_subs max_payload max_leafs x'.split(' '),
      'accounts { A { limits { ',
      ' } } }',
    ),
  );
  const jetstream = `max_memory mem store max_streams consumers max_bytes max_ack_pending mem_max_stream_bytes
    disk_max_stream_bytes cluster_traffic unknown`;
  judgeAll(casesOf(jetstream.split(/\s+/), 'accounts { A { jetstream { ', ' } } }'));
});

const USER_KEY = 'UAPUMSAFUXBC6RESJSY5GKJFPGIUNVKEMNXK626E74HU4OAQFJ5PPK5K';

test('identities that do not fit together are refused as by nats-server -t', () => {
  const subjects = [
    'a',
    'a.>',
    'a.>.b',
    'a..b',
    '"a b"',
    '"a  b.*"',
    '"a b c"',
    '"> >"',
    '"a b."',
    '" a"',
    '"a b "',
    '*',
    '"a\tb"',
    '""',
  ];
  judgeAll(
    subjects.flatMap((subject) =>
      ['publish', 'subscribe'].map(
        (direction) => `authorization { users: [{user: a, permissions: {${direction}: [${subject}]}}] }\n`,
      ),
    ),
  );
  judgeAll([
    'authorization { users: [{user: a}, {user: a}] }\n',
    'authorization { users: [{user: a}, {user: A}] }\n',
    'authorization { users: [{user: a}] }\naccounts { A { users: [{user: a}] } }\n',
    'accounts { A { users: [{user: a}] }, B { users: [{user: a}] } }\n',
    'accounts { A { users: [{user: a}] }, B { users: [{user: b}] } }\nno_auth_user: z\nsystem_account: Y\n',
    `accounts { A { users: [{nkey: ${USER_KEY}}] }, B { users: [{nkey: ${USER_KEY}}] } }\n`,
    `accounts { A { users: [{nkey: ${USER_KEY}}] } }\n`,
    `accounts { A { users: [{nkey: ${USER_KEY.slice(1)}}] } }\n`,
    `accounts { A { users: [{nkey: ${USER_KEY}, pass: x}] } }\n`,
    `accounts { A { users: [{nkey: ${USER_KEY}, user: ${USER_KEY}}] } }\n`,
    `accounts { A { nkey: ${USER_KEY} } }\n`,
    `authorization { users: [{user: ${USER_KEY}}, {nkey: ${USER_KEY}}] }\n`,
    'authorization { user: x }\naccounts { A { users: [{user: a}] } }\n',
    'authorization { token: x }\naccounts { A { users: [{user: a}] } }\n',
    'authorization { user: x }\naccounts { A {} }\n',
    'authorization { user: x, users: [{user: a}] }\n',
    'authorization { pass: x, users: [{user: a}] }\n',
    'authorization { users: [{user: a, pass: plain}] }\n',
    'authorization { users: [{user: a, clients: [standard, MQTT_WS, in_process]}] }\n',
    'authorization { users: [{user: a, clients: [standard, x]}] }\n',
    'authorization { users: [{user: a, permissions: {publish: {allow: a, deny: b, x: c}}}] }\n',
    'accounts { "$G" {} }\n',
    'accounts { "$SYS" { users: [{user: a}] } }\n',
    'accounts: [A, B, A]\n',
    'accounts: [A, "$G"]\n',
    'accounts: [A, 5]\n',
    'system: A\nno_system_account: true\n',
    'no_sys_acc: yes\naccounts { A { jetstream: enabled } }\n',
    'accounts { A { jetstream: Disable }, B { jetstream: maybe } }\n',
    'accounts { A { jetstream { cluster_traffic: owner } } }\n',
    'U = a\nauthorization { users: [{user: $U, pass: $U}] }\n',
    'accounts { P = x, A { users: [{user: a, pass: $P}] } }\n',
  ]);
});

test('includes, variables and layouts give the same digest as nats-server -t', () => {
  judgeAll([
    'P = 4222\nport = $P\n',
    '{"port": 4222, "jetstream": {"max_mem": "1G"}}\n',
    'debug: yes; trace: off\nping_interval: "2m" # c\n',
    'server_name: "a<b>&\u2028"\n',
    'authorization { user: a, timeout: 0.0000001 }\n',
    'authorization { user: a, password: $2a$11$abc }\n',
    'authorization { user: (\nblock\n)\n}\n',
    'server_metadata { b: 1x, a: y, "é": z }\n',
    'include nope.conf\n',
    'unused = 1\nport = 4222\n',
  ]);
});
