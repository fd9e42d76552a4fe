import assert from 'node:assert/strict';
import { test } from 'node:test';
import { equalSecrets, isBcrypt, PROVEN_MAX, ProvenPasswords } from './secret.ts';

test('equalSecrets() is true for the same text only', () => {
  assert.ok(equalSecrets('secret', 'secret'));
  assert.ok(equalSecrets('', ''));
  for (const given of ['', 'secre', 'secrets', 'Secret', 'secretsecret', 'secret\0']) {
    assert.ok(!equalSecrets('secret', given), given);
    assert.ok(!equalSecrets(given, 'secret'), given);
  }
});

test('isBcrypt() knows the versions of bcrypt hashes', () => {
  for (const version of ['2a', '2b', '2x', '2y']) assert.ok(isBcrypt(`$${version}$11$abc`));
  for (const text of ['', '$', '2a$11$abc', '$2c$11$abc', '$2a$1$abc', ' $2a$11$abc', '$1$11$abc']) {
    assert.ok(!isBcrypt(text), text);
  }
});

test('proven passwords are known for their hash only, and for so many', () => {
  const proven = new ProvenPasswords(new Uint8Array(32).fill(1));
  proven.add('pass', '$2a$hash');
  assert.ok(proven.has('pass', '$2a$hash'));
  assert.ok(!proven.has('pas', 's$2a$hash'));
  assert.ok(!proven.has('hpass', '$2a$has'));
  assert.ok(!proven.has('pass', '$2a$other'));
  for (let i = 0; i < PROVEN_MAX; i++) proven.add(`p${i}`, 'h');
  assert.ok(!proven.has('pass', '$2a$hash'));
  assert.ok(proven.has('p0', 'h') && proven.has(`p${PROVEN_MAX - 1}`, 'h'));
});
