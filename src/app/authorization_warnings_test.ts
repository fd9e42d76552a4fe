import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PermissionOptions, UserOptions } from '../config/identity_options.ts';
import { optionsOf } from '../config/options.ts';
import { emptyDraft } from '../config/options_draft.ts';
import { emptyTlsDraft } from '../config/tls_draft.ts';
import { authorizationWarnings } from './authorization_warnings.ts';

const HASH = '$2a$11$abcdefghijklmnopqrstuvabcdefghijklmnopqrstuvwxyzabcde';

function warningsOf(users: readonly Partial<UserOptions>[], password: string | null = null): string[] {
  const draft = emptyDraft();
  draft.password = password;
  for (const user of users) {
    draft.users.push({ name: 'a', password: HASH, account: '$G', permissions: null, connectionTypes: [], ...user });
  }
  return authorizationWarnings(optionsOf(draft, null, null));
}

test('a user without a password is no fault where certificates say who somebody is', () => {
  const draft = emptyDraft();
  draft.tls = { ...emptyTlsDraft(), maps: true };
  const user = { account: '$G', permissions: null, connectionTypes: [] };
  draft.users.push({ ...user, name: 'CN=a', password: '' });
  assert.deepEqual(authorizationWarnings(optionsOf(draft, null, null)), []);
  draft.users.push({ ...user, name: 'CN=b', password: 'plain' });
  assert.equal(authorizationWarnings(optionsOf(draft, null, null)).length, 1);
});

function permissions(publish: string[], subscribe: string[]): PermissionOptions {
  const rules = (allow: string[]) => ({ allow, deny: [] });
  return { publish: rules(publish), subscribe: rules(subscribe), responses: null };
}

test('plain passwords are complained about, hashes and keys are not', () => {
  const plain = ['Plaintext passwords detected, use nkeys or bcrypt'];
  assert.deepEqual(warningsOf([]), []);
  assert.deepEqual(warningsOf([{}, { password: null }]), []);
  assert.deepEqual(warningsOf([{}, { password: 'plain' }]), plain);
  assert.deepEqual(warningsOf([{ password: '' }]), plain);
  assert.deepEqual(warningsOf([], 'plain'), plain);
  assert.deepEqual(warningsOf([], HASH), []);
});

test('a user who may subscribe to the JetStream API but not publish to it is named, in one line', () => {
  const article = permissions(['events.>'], ['events.>', '$JS.API.CONSUMER.>']);
  const lines = warningsOf([{ name: 'events-service', permissions: article }]);
  assert.equal(lines.length, 1);
  assert.match(String(lines[0]), /^User 'events-service' may subscribe to "\$JS\.API\.\.\." but not publish to it/);
  assert.deepEqual(warningsOf([{ permissions: permissions(['events.>', '$JS.API.CONSUMER.>'], ['$JS.API.>']) }]), []);
  assert.deepEqual(warningsOf([{ permissions: permissions(['events.>'], ['events.>']) }]), []);
  const many = Array.from({ length: 7 }, (_, i) => ({ name: `u${i}`, permissions: article }));
  assert.match(String(warningsOf(many)[0]), /^Users 'u0', 'u1', 'u2', 'u3', 'u4', \.\.\. may/);
});
