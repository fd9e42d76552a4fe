// Users, permissions and accounts of a configuration file, as Options have them; test/compat/config_test.ts asks the
// reference which files are right.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parsed } from '../base/parsed.ts';
import { EMPTY_WORLD } from './config_source.ts';
import { readConfiguration } from './configuration.ts';
import { ACCOUNT_JETSTREAM_UNLIMITED, ACCOUNT_LIMITS_NONE } from './identity_options.ts';
import { checkOptions, optionsOf } from './options.ts';
import { emptyDraft } from './options_draft.ts';

const USER_KEY = 'UBIMJN7X3ILXFXUHY7GAJFFMAKPMR2DBYLJ6ZVWDIUBSLG6MSFSPHX56';
const ACCOUNT_KEY = 'ACDR6N7MB5DBL3IJ27NCEMTSDQVDWFSTBFOSK7CGX3OO5GJFWL4WK72I';

function read(text: string) {
  const draft = emptyDraft();
  const { findings } = readConfiguration('a.conf', draft, {
    ...EMPTY_WORLD,
    readFile: () => parsed(Buffer.from(text)),
    sha256: () => '',
  });
  return { findings, options: optionsOf(draft, 'a.conf', null) };
}

function clean(text: string) {
  const { findings, options } = read(text);
  assert.deepEqual([...findings.errors, ...findings.warnings, ...findings.unsupported], []);
  return options;
}

function errors(text: string): string[] {
  return read(text).findings.errors.map((finding) => finding.text);
}

function onlyUser(text: string) {
  const { users } = clean(`authorization { users: [ ${text} ] }`).authorization;
  assert.equal(users.length, 1);
  return users[0];
}

test('users have names and passwords, or keys', () => {
  assert.deepEqual(onlyUser('{username: derek, pass: s3cr3t, clients: [standard, Mqtt]}'), {
    name: 'derek',
    password: 's3cr3t',
    account: '$G',
    permissions: null,
    connectionTypes: ['STANDARD', 'MQTT'],
  });
  assert.deepEqual(onlyUser(`{nkey: ${USER_KEY}}`), {
    name: USER_KEY,
    password: null,
    account: '$G',
    permissions: null,
    connectionTypes: [],
  });
  assert.equal(onlyUser('{user: nobody}')?.password, '');
});

test('permissions have all their short forms', () => {
  const permissions = (text: string) => onlyUser(`{user: a, permissions: ${text}}`)?.permissions;
  const rules = (allow: string[] | null, deny: string[] = []) => ({ allow, deny });
  assert.deepEqual(permissions('{pub: a, sub: [b, "c q.*"]}'), {
    publish: rules(['a']),
    subscribe: rules(['b', 'c q.*']),
    responses: null,
  });
  assert.deepEqual(permissions('{publish: {deny: a}, subscribe: {allow: [a], deny: ["a.> q"]}}'), {
    publish: rules(null, ['a']),
    subscribe: rules(['a'], ['a.> q']),
    responses: null,
  });
  // Compat: empty lists limit nothing.
  assert.deepEqual(permissions('{publish: [], subscribe: {allow: []}}'), {
    publish: rules(null),
    subscribe: rules(null),
    responses: null,
  });
  assert.deepEqual(permissions('{publish: {}}'), { publish: null, subscribe: null, responses: null });
});

test('allow_responses is a switch or says how many for how long', () => {
  const responses = (text: string) =>
    onlyUser(`{user: a, permissions: {allow_responses: ${text}}}`)?.permissions?.responses;
  assert.deepEqual(responses('true'), { messagesMax: 1, expiresMs: 120_000 });
  assert.equal(responses('false'), null);
  assert.deepEqual(responses('{max: 5, expires: "1m"}'), { messagesMax: 5, expiresMs: 60_000 });
  assert.deepEqual(responses('{max: 0, ttl: "0s"}'), { messagesMax: 1, expiresMs: 120_000 });
  assert.deepEqual(responses('{max: -1, expires: "-1s"}'), { messagesMax: -1, expiresMs: -1_000 });
});

test('default permissions go to whoever has none of his own, and only in their block', () => {
  const { users } = clean(`
    authorization { default_permissions: {publish: a}, users: [{user: u}, {user: v, permissions: {publish: b}}] }
    accounts { A { users: [{user: w}, {user: x}], default_permissions: {publish: c} }, B { users: [{user: y}] } }
  `).authorization;
  const allowed = users.map(({ name, permissions }) => [name, permissions?.publish?.allow?.[0]]);
  assert.deepEqual(allowed, [
    ['u', 'a'],
    ['v', 'b'],
    ['w', 'c'],
    ['x', 'c'],
    ['y', undefined],
  ]);
  assert.equal(users[2]?.permissions, users[3]?.permissions);
});

test('accounts have users, limits and JetStream', () => {
  const options = clean(`
    accounts {
      A { nkey: ${ACCOUNT_KEY}, users: [{user: a, pass: a}], limits { max_conn: 1, max_subs: 2, max_pay: 3, max_leafs: 4 } }
      B { jetstream: enabled }
      C { jetstream { mem: 1M, disk: 1G, streams: 3, consumers: 4, max_bytes: true, max_ack_pending: 5,
          mem_max_stream_bytes: 6, store_max_stream_bytes: 7 } }
      D { jetstream: false }
    }
    no_auth_user: a`);
  const identities = options.accounts.map(({ sharing: _sharing, ...rest }) => rest);
  assert.deepEqual(identities, [
    {
      name: 'A',
      nkey: ACCOUNT_KEY,
      limits: { connectionsMax: 1, subscriptionsMax: 2, payloadMax: 3, leafNodesMax: 4 },
      jetstream: null,
    },
    { name: 'B', nkey: null, limits: ACCOUNT_LIMITS_NONE, jetstream: ACCOUNT_JETSTREAM_UNLIMITED },
    {
      name: 'C',
      nkey: null,
      limits: ACCOUNT_LIMITS_NONE,
      jetstream: {
        memoryBytesMax: 1_000_000,
        storeBytesMax: 1_000_000_000,
        streamsMax: 3,
        consumersMax: 4,
        ackPendingMax: 5,
        memoryStreamBytesMax: 6,
        storeStreamBytesMax: 7,
        requiresMaxBytes: true,
      },
    },
    { name: 'D', nkey: null, limits: ACCOUNT_LIMITS_NONE, jetstream: null },
  ]);
  assert.deepEqual([options.authorization.users[0]?.account, options.authorization.noAuthUser], ['A', 'a']);
  assert.deepEqual(
    clean('accounts: [A, B]').accounts.map(({ name }) => name),
    ['A', 'B'],
  );
});

test('the system account is $SYS, another one, or none', () => {
  assert.equal(clean('port: 1').systemAccount, '$SYS');
  assert.equal(clean('no_system_account: true').systemAccount, null);
  assert.equal(clean('no_sys_acc: true, jetstream: true').systemAccount, '$SYS');
  assert.equal(clean('no_system_account: true, accounts: ["$SYS"]').systemAccount, '$SYS');
  for (const order of ['system_account: A, system: B', 'system: B, system_account: A']) {
    assert.equal(clean(`${order}, accounts: [A, B]`).systemAccount, 'A');
  }
});

test('what is wrong with identities is named', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['authorization { users: [{user: a}, {user: a}] }', 'Duplicate user "a" detected'],
    ['authorization { users: [{user: a}] }, accounts { A { users: [{user: a}] } }', 'Duplicate user "a" detected'],
    [
      `accounts { A { users: [{nkey: ${USER_KEY}}] }, B { users: [{nkey: ${USER_KEY}}] } }`,
      `Duplicate nkey "${USER_KEY}" detected`,
    ],
    [
      'authorization { user: x }, accounts { A { users: [{user: a}] } }',
      'Can not have a single user/pass and accounts',
    ],
    ['accounts { A { users: [{user: a}] } }, authorization { token: x }', 'Can not have a token and a users array'],
    [`authorization { users: [{nkey: ${ACCOUNT_KEY}}] }`, 'Not a valid public nkey for a user'],
    [`authorization { users: [{nkey: ${USER_KEY}, pass: x}] }`, 'Nkey users do not take usernames or passwords'],
    [`accounts { A { nkey: ${USER_KEY} } }`, `Not a valid public nkey for an account: "${USER_KEY}"`],
    ['authorization { users: [{user: a, clients: [x, mqtt]}] }', 'invalid connection types ["X"]'],
    ['authorization { users: [{user: a, permissions: {publish: "a b"}}] }', 'subject "a b" is not a valid subject'],
    [
      'authorization { users: [{user: a, permissions: {subscribe: "a..b q"}}] }',
      'subject "a..b" is not a valid subject',
    ],
    ['authorization { users: [{user: a, permissions: {subscribe: "a q."}}] }', 'queue "q." is not a valid queue'],
    ['accounts { "$G" {} }', '"$G" is a Reserved Account'],
    [
      'accounts { A { jetstream { cluster_traffic: x } } }',
      `Expected 'system' or 'owner' string value for "cluster_traffic", got x`,
    ],
    ['system_account: 5', 'system account name must be a string'],
  ];
  for (const [text, expected] of cases) assert.deepEqual(errors(text), [expected], text);
});

test('checkOptions() refuses a no_auth_user and a system account that are not there, and JetStream on the latter', () => {
  const users = 'authorization { users: [{user: a}] }';
  assert.equal(checkOptions(clean(`${users}, no_auth_user: a`)), null);
  assert.match(
    String(checkOptions(clean(`${users}, no_auth_user: b`))),
    /^no_auth_user: "b" not present as user or nkey/,
  );
  assert.match(String(checkOptions(clean('no_auth_user: b'))), /users\/nkeys are not defined/);
  assert.match(String(checkOptions(clean('system_account: A'))), /error resolving system account: account missing/);
  const busy = 'system_account: A, jetstream: true, accounts { A { jetstream: true } }';
  assert.equal(checkOptions(clean(busy)), 'Not allowed to enable JetStream on the system account');
});
