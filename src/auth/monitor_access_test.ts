import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { MonitorAccess, type MonitorAccessRules } from './monitor_access.ts';

function access(rules: Partial<MonitorAccessRules>): MonitorAccess {
  return new MonitorAccess({ token: null, user: null, password: null, requiresClientCertificate: false, ...rules });
}

function lets(to: MonitorAccess, authorization: string | null, hasVerifiedCertificate = false): boolean {
  return to.check({ authorization, hasVerifiedCertificate }) === null;
}

function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

test('a bearer token lets in, and nothing near it does', () => {
  const token = access({ token: 'secret' });
  assert.ok(lets(token, 'Bearer secret'));
  assert.ok(lets(token, 'bearer  secret'));
  for (const wrong of [null, '', 'Bearer', 'Bearer ', 'Bearer secre', 'Bearer secret2', 'Bearer Secret', 'secret']) {
    assert.equal(lets(token, wrong), false, String(wrong));
  }
  for (const wrong of ['Basic secret', basic('secret', ''), basic('', 'secret'), 'Token secret', 'Bearer secret x']) {
    assert.equal(lets(token, wrong), false, wrong);
  }
  assert.equal(token.challenge, 'Bearer realm="monitoring"');
});

test('a user with its password lets in, colons and letters of all kinds in the password too', () => {
  const user = access({ user: 'ops', password: 'a:b\u00fc' });
  assert.ok(lets(user, basic('ops', 'a:b\u00fc')));
  for (const wrong of [basic('ops', 'a:b'), basic('op', 'a:b\u00fc'), basic('', ''), 'Basic !!!', 'Basic b3Bz']) {
    assert.equal(lets(user, wrong), false, wrong);
  }
  assert.equal(user.challenge, 'Basic realm="monitoring", charset="UTF-8"');
});

test('a secret may be given as its hash, which itself is none', () => {
  const hash = `sha256:${createHash('sha256').update('secret').digest('hex')}`;
  const both = access({ token: hash, user: 'ops', password: hash.toUpperCase().replace('SHA256', 'sha256') });
  assert.ok(lets(both, 'Bearer secret'));
  assert.ok(lets(both, basic('ops', 'secret')));
  assert.equal(lets(both, `Bearer ${hash}`), false);
  assert.equal(lets(both, basic('ops', hash)), false);
  assert.equal(both.challenge, 'Bearer realm="monitoring", Basic realm="monitoring", charset="UTF-8"');
});

test('a certificate is asked for besides secrets, or alone', () => {
  const alone = access({ requiresClientCertificate: true });
  assert.equal(alone.check({ authorization: null, hasVerifiedCertificate: false }), 'no certificate');
  assert.ok(lets(alone, null, true));
  const both = access({ requiresClientCertificate: true, token: 'secret' });
  assert.equal(both.check({ authorization: 'Bearer secret', hasVerifiedCertificate: false }), 'no certificate');
  assert.equal(both.check({ authorization: null, hasVerifiedCertificate: true }), 'no credentials');
  assert.ok(lets(both, 'Bearer secret', true));
});
