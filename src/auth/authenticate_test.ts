import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createUser } from '@nats-io/nkeys';
import {
  type Attempt,
  type AuthenticationRules,
  Authenticator,
  type Credentials,
  type UserRules,
  type Verdict,
} from './authenticate.ts';
import type { CertificateFacts } from './certificate.ts';

const NONE: AuthenticationRules = {
  user: null,
  password: null,
  token: null,
  users: [],
  noAuthUser: null,
  mapsCertificates: false,
};
const NOTHING: Credentials = { user: '', pass: '', authToken: '', nkey: '', sig: '' };
const HASH = '$2a$04$abcdefghijklmnopqrstuvabcdefghijklmnopqrstuvwxyzabcde';

function user(name: string, more: Partial<UserRules> = {}): UserRules {
  return { name, password: `${name}-pass`, account: 'A', permissions: null, connectionTypes: [], ...more };
}

function attempt(credentials: Partial<Credentials>, more: Partial<Attempt> = {}): Attempt {
  const given = { ...NOTHING, ...credentials };
  return { credentials: given, nonce: 'nonce', connectionType: 'STANDARD', certificate: null, host: 'h', ...more };
}

/** `name@account` of who it is, `refused`, or `name?` where a hash decides. */
function who(
  rules: Partial<AuthenticationRules>,
  credentials: Partial<Credentials>,
  more: Partial<Attempt> = {},
): string {
  return shown(new Authenticator({ ...NONE, ...rules }).authenticate(attempt(credentials, more)));
}

function shown(verdict: Verdict): string {
  if (verdict.kind === 'refused') return 'refused';
  const { name, account } = verdict.identity;
  return verdict.kind === 'unproven' ? `${name}?` : `${name}@${account}`;
}

test('nothing is asked where nothing is configured', () => {
  assert.equal(new Authenticator(NONE).isRequired, false);
  assert.equal(who({}, { user: 'x', pass: 'y' }), '@null');
});

test('a token lets in who has exactly it', () => {
  assert.equal(who({ token: 'secret' }, { authToken: 'secret' }), '@null');
  for (const authToken of ['', 'secre', 'secrets', 'Secret'])
    assert.equal(who({ token: 'secret' }, { authToken }), 'refused');
  assert.equal(who({ token: HASH }, { authToken: 'x' }), '?');
});

test('a single user and its password must both be right', () => {
  const rules = { user: 'derek', password: 's3cr3t' };
  assert.equal(who(rules, { user: 'derek', pass: 's3cr3t' }), 'derek@null');
  assert.equal(who(rules, { user: 'derek' }), 'refused');
  assert.equal(who(rules, { pass: 's3cr3t' }), 'refused');
  assert.equal(who(rules, { user: 'Derek', pass: 's3cr3t' }), 'refused');
  assert.equal(who(rules, { authToken: 's3cr3t' }), 'refused');
  assert.equal(who({ user: 'derek', password: HASH }, { user: 'derek', pass: 'x' }), 'derek?');
});

test('users come into their accounts with their passwords', () => {
  const rules = { users: [user('a'), user('b', { account: 'B' }), user('c', { password: HASH })] };
  assert.equal(who(rules, { user: 'a', pass: 'a-pass' }), 'a@A');
  assert.equal(who(rules, { user: 'b', pass: 'b-pass' }), 'b@B');
  assert.equal(who(rules, { user: 'c', pass: 'x' }), 'c?');
  assert.equal(who(rules, { user: 'a', pass: 'b-pass' }), 'refused');
  assert.equal(who(rules, { user: 'd', pass: '' }), 'refused');
  assert.equal(who(rules, {}), 'refused');
  assert.equal(who(rules, { authToken: 'a-pass' }), 'refused');
});

test('names like those of object properties are just names', () => {
  for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
    assert.equal(who({ users: [user('a')] }, { user: name, pass: '' }), 'refused');
    assert.equal(who({ users: [user(name)] }, { user: name, pass: `${name}-pass` }), `${name}@A`);
  }
});

test('keys are proven by a signature over the nonce', () => {
  const pair = createUser();
  const nkey = pair.getPublicKey();
  const sign = (nonce: string) => Buffer.from(pair.sign(new TextEncoder().encode(nonce))).toString('base64url');
  const rules = { users: [user(nkey, { password: null, account: 'K' }), user('a')] };
  assert.equal(who(rules, { nkey, sig: sign('nonce') }), `${nkey}@K`);
  assert.equal(who(rules, { nkey, sig: sign('other') }), 'refused');
  assert.equal(who(rules, { nkey, sig: sign('nonce') }, { nonce: '' }), 'refused');
  assert.equal(who(rules, { nkey }), 'refused');
  assert.equal(
    who(rules, { nkey: createUser().getPublicKey(), sig: sign('nonce'), user: 'a', pass: 'a-pass' }),
    'refused',
  );
  assert.equal(who(rules, { user: 'a', pass: 'a-pass' }), 'a@A');
  // A key is no user name.
  assert.equal(who(rules, { user: nkey, pass: '' }), 'refused');
  assert.ok(new Authenticator({ ...NONE, ...rules }).needsNonce);
  assert.ok(!new Authenticator({ ...NONE, users: [user('a')] }).needsNonce);
});

test('whoever presents nothing is the no_auth_user, whoever presents something wrong is not', () => {
  const rules = { users: [user('a'), user('b')], noAuthUser: 'a' };
  assert.equal(who(rules, {}), 'a@A');
  assert.equal(who(rules, { user: 'b', pass: 'b-pass' }), 'b@A');
  assert.equal(who(rules, { user: 'a' }), 'refused');
  assert.equal(who(rules, { pass: 'x' }), 'refused');
  assert.equal(who(rules, { authToken: 'x' }), 'refused');
  const nkey = createUser().getPublicKey();
  assert.equal(who({ users: [user(nkey, { password: null })], noAuthUser: nkey }, {}), `${nkey}@A`);
});

test('a no_auth_user with a bcrypt password stands for nobody, as in the reference', () => {
  assert.equal(who({ users: [user('a', { password: HASH })], noAuthUser: 'a' }, {}), 'refused');
  assert.equal(who({ users: [user('a', { password: HASH })], noAuthUser: 'a' }, { user: 'a', pass: HASH }), 'a?');
});

test('connection types hold for everybody, the no_auth_user and keys included [2026-24]', () => {
  const nkey = createUser().getPublicKey();
  const connectionTypes = ['WEBSOCKET', 'MQTT'];
  const users = [user('a', { connectionTypes }), user(nkey, { password: null, connectionTypes })];
  assert.equal(who({ users }, { user: 'a', pass: 'a-pass' }), 'refused');
  assert.equal(who({ users }, { user: 'a', pass: 'a-pass' }, { connectionType: 'WEBSOCKET' }), 'a@A');
  assert.equal(who({ users, noAuthUser: 'a' }, {}), 'refused');
  assert.equal(who({ users, noAuthUser: 'a' }, {}, { connectionType: 'MQTT' }), 'a@A');
  assert.equal(who({ users, noAuthUser: nkey }, {}), 'refused');
  const silent = new Authenticator({ ...NONE, users, noAuthUser: 'a' });
  assert.equal(shown(silent.authenticateSilent(attempt({}))), 'refused');
  assert.equal(shown(silent.authenticateSilent(attempt({}, { connectionType: 'WEBSOCKET' }))), 'a@A');
});

test('whoever starts without CONNECT is let in as a user with a name only', () => {
  const nkey = createUser().getPublicKey();
  const silent = (noAuthUser: string | null, users: readonly UserRules[]) =>
    shown(new Authenticator({ ...NONE, users, noAuthUser }).authenticateSilent(attempt({})));
  assert.equal(silent('a', [user('a')]), 'a@A');
  assert.equal(silent(null, [user('a')]), 'refused');
  assert.equal(silent(nkey, [user(nkey, { password: null })]), 'refused');
});

function certificate(dnsNames: string[], emails: string[] = []): CertificateFacts {
  return { subject: [], emails, dnsNames, uris: [], publicKeyInfo: new Uint8Array(0) };
}

test('where certificates name the user, nothing else does', () => {
  const nobody = { password: '' };
  const rules = {
    users: [user('mail@a', nobody), user('dns.a', nobody), user('ws.a', { ...nobody, connectionTypes: ['WEBSOCKET'] })],
    mapsCertificates: true,
  };
  const by = (facts: CertificateFacts | null, credentials = {}) => who(rules, credentials, { certificate: facts });
  assert.equal(by(null), 'refused');
  assert.equal(by(null, { user: 'dns.a', pass: '' }), 'refused');
  assert.equal(by(certificate(['other', 'dns.a'])), 'dns.a@A');
  assert.equal(by(certificate(['dns.a'], ['mail@a'])), 'mail@a@A');
  assert.equal(by(certificate(['dns.a']), { user: 'mail@a' }), 'dns.a@A');
  assert.equal(by(certificate(['ws.a'])), 'refused');
  assert.equal(by(certificate(['other'])), 'refused');
  // Nor does the no_auth_user stand for those without.
  assert.equal(who({ ...rules, noAuthUser: 'dns.a' }, {}), 'refused');
  // A password that was left in the configuration is asked for.
  const left = { users: [user('dns.a')], mapsCertificates: true };
  assert.equal(who(left, {}, { certificate: certificate(['dns.a']) }), 'refused');
  assert.equal(who(left, { pass: 'dns.a-pass' }, { certificate: certificate(['dns.a']) }), 'dns.a@A');
});

test('users of one permission list share one compiled form', () => {
  const permissions = { publish: { allow: ['x'], deny: [] }, subscribe: null, responses: null };
  const known = new Authenticator({ ...NONE, users: [user('a', { permissions }), user('b', { permissions })] });
  const of = (name: string) => {
    const verdict = known.authenticate(attempt({ user: name, pass: `${name}-pass` }));
    return verdict.kind === 'accepted' ? verdict.identity.permissions : null;
  };
  assert.ok(of('a') !== null);
  assert.equal(of('a'), of('b'));
});
