import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  type CertificateFacts,
  certificateFingerprint,
  certificateKeyId,
  certificateSubjectText,
  readCertificate,
} from './certificate.ts';
import { certificateNames, userOfCertificate } from './certificate_user.ts';

const folder = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..', 'test', 'fixtures', 'tls');

function der(name: string): Uint8Array {
  return new X509Certificate(readFileSync(join(folder, `${name}.pem`))).raw;
}

function facts(name: string): CertificateFacts {
  const read = readCertificate(der(name));
  assert.ok(read !== null, name);
  return read;
}

function texts(name: string): string[] {
  return certificateNames(facts(name)).map((one) => (one.kind === 'distinguished name' ? 'DN' : one.text));
}

function userOf(name: string, ...users: string[]): string | null {
  const all = new Map(users.map((user) => [user, user]));
  return userOfCertificate(facts(name), all, () => true).user;
}

test('readCertificate() agrees with OpenSSL about the key, and certificates about themselves', () => {
  for (const name of ['server', 'server_rsa', 'client_all', 'client_unicode', 'ca', 'intermediate']) {
    const known = new X509Certificate(der(name));
    const key = known.publicKey.export({ type: 'spki', format: 'der' });
    assert.ok(Buffer.from(facts(name).publicKeyInfo).equals(key), name);
    assert.equal(certificateFingerprint(der(name)), known.fingerprint256.replaceAll(':', '').toLowerCase());
  }
  const { emails, dnsNames, uris } = facts('client_all');
  assert.deepEqual([emails, dnsNames, uris], [['all@example.com'], ['all.example.com'], ['spiffe://example.com/all']]);
});

test('readCertificate() takes nothing else for a certificate, wherever it was cut or changed', () => {
  const whole = der('client_all');
  for (let length = 0; length < whole.length; length++) {
    const cut = readCertificate(whole.subarray(0, length));
    assert.ok(cut === null, `${length} bytes`);
  }
  for (let at = 0; at < whole.length; at++) {
    for (const change of [1, 0x80]) {
      const changed = Uint8Array.from(whole);
      changed[at] = (changed[at] as number) ^ change;
      // Whatever it makes of it, it throws nothing.
      readCertificate(changed);
    }
  }
  assert.equal(certificateKeyId(new Uint8Array(3)), null);
  assert.equal(certificateSubjectText(new Uint8Array(3)), '');
});

test('subjects are written as the reference writes them', () => {
  // Printed by nats-server 2.15.2 in /connz?auth=1 for these certificates.
  const cases: readonly (readonly [name: string, text: string])[] = [
    ['client', 'CN=client'],
    ['client_dn', 'CN=dana,OU=Tests,O=Contrail,ST=Zurich,C=CH'],
    ['client_multi', 'CN=mia,OU=Tests,O=Contrail'],
    ['client_special', 'CN=\\#hash \\"q\\" \\<x\\>\\; =,O=A\\, B \\+ C'],
    ['client_unicode', 'CN=José,O=Bücher'],
    ['client_nameless', ''],
    ['client_odd', 'CN=odd,0.9.2342.19200300.100.1.1=#130431323334'],
    ['client_forged', 'CN=dana\\,OU=Tests\\,O=Contrail'],
    [
      'client_dc',
      'CN=dora,O=Contrail,0.9.2342.19200300.100.1.25=#13076578616d706c65,0.9.2342.19200300.100.1.25=#13036f7267',
    ],
  ];
  for (const [name, text] of cases) assert.equal(certificateSubjectText(der(name)), text);
});

test('certificateNames() has emails, DNS names and URIs before the subject', () => {
  assert.deepEqual(texts('client_all'), [
    'all@example.com',
    'all.example.com',
    'spiffe://example.com/all',
    'DN',
    'CN=all,O=Contrail',
  ]);
  assert.deepEqual(texts('client_dc'), ['DN', 'CN=dora,O=Contrail,DC=org,DC=example', 'CN=dora,O=Contrail']);
  // A type that nobody can write is in no name.
  assert.deepEqual(texts('client_odd'), ['CN=odd']);
  assert.deepEqual(texts('client_nameless'), []);
});

test('userOfCertificate() finds the user of the first name that somebody has', () => {
  assert.equal(userOf('client_all', 'CN=all,O=Contrail', 'spiffe://example.com/all'), 'spiffe://example.com/all');
  assert.equal(userOf('client_all', 'all.example.com', 'all@example.com'), 'all@example.com');
  assert.equal(userOf('client_all', 'all', 'example.com', 'ALL@example.com'), null);
  assert.equal(userOf('client_dns', '*.example.net'), '*.example.net');
  assert.equal(userOf('client_dns', 'x.example.net'), null);
  assert.equal(userOf('client_nameless', '', 'CN='), null);
});

test('userOfCertificate() compares the subject part by part, in any order', () => {
  const dana = 'CN=dana,OU=Tests,O=Contrail,ST=Zurich,C=CH';
  assert.equal(userOf('client_dn', dana), dana);
  const reversed = 'c=CH, st=Zurich, o=Contrail, ou=Tests, cn=dana';
  assert.equal(userOf('client_dn', reversed), reversed);
  assert.equal(userOf('client_dn', reversed, dana), dana);
  for (const other of [
    'CN=dana',
    'CN=Dana,OU=Tests,O=Contrail,ST=Zurich,C=CH',
    `${dana},CN=dana`,
    'CN=dana,OU=Tests,O=Contrail,ST=Zurich',
  ]) {
    assert.equal(userOf('client_dn', other), null, other);
  }
  assert.equal(userOf('client_dc', 'CN=dora,O=Contrail,DC=example,DC=org'), 'CN=dora,O=Contrail,DC=example,DC=org');
  assert.equal(userOf('client_special', 'CN=\\#hash \\"q\\" \\<x\\>\\; \\=,O=A\\, B \\+ C')?.slice(0, 4), 'CN=\\');
  assert.equal(userOf('client_unicode', 'CN=Jos\\C3\\A9,O=Bücher'), 'CN=Jos\\C3\\A9,O=Bücher');
});

test('a value that looks like more parts is no other name (CVE-2026-33248)', () => {
  // Its subject is one CN with the text `dana,OU=Tests,O=Contrail`.
  assert.equal(userOf('client_forged', 'CN=dana,OU=Tests,O=Contrail'), null);
  assert.equal(userOf('client_forged', 'CN=dana\\,OU=Tests\\,O=Contrail'), 'CN=dana\\,OU=Tests\\,O=Contrail');
});

test('parts of several values match as sets, all of them (CVE-2026-33248)', () => {
  for (const same of ['CN=mia+OU=Tests,O=Contrail', 'OU=Tests+CN=mia,O=Contrail', 'O=Contrail,OU=Tests+CN=mia']) {
    assert.equal(userOf('client_multi', same), same);
  }
  for (const other of [
    'CN=mia+OU=Tests',
    'CN=mia,O=Contrail',
    'CN=mia+OU=Tests+L=x,O=Contrail',
    'CN=mia+CN=mia,O=Contrail',
  ]) {
    assert.equal(userOf('client_multi', other), null, other);
  }
});

test('userOfCertificate() passes by users who may not come this way, and says how it found one', () => {
  const users = new Map([
    ['all@example.com', 'closed'],
    ['all.example.com', 'open'],
  ]);
  assert.deepEqual(
    userOfCertificate(facts('client_all'), users, (user) => user === 'open'),
    { user: 'open', notes: ['Using SAN found in cert for auth ["all.example.com"]'] },
  );
});

test('a subject without parts is nobody\u2019s name, and a domain component cannot pretend to be two', () => {
  const nameless: CertificateFacts = { ...facts('client_nameless'), emails: ['a@example.com'] };
  // To the letter of RFC 4514 this user name has no parts either.
  assert.equal(userOfCertificate(nameless, new Map([['CN=', 'x']]), () => true).user, null);
  const domain = (value: string) => [{ oid: '0.9.2342.19200300.100.1.25', value, encoded: new Uint8Array() }];
  const common = [{ oid: '2.5.4.3', value: 'dora', encoded: new Uint8Array() }];
  const pretending = { ...facts('client_nameless'), subject: [domain('org,DC=example'), common] };
  const users = new Map([['CN=dora,DC=org,DC=example', 'x']]);
  assert.equal(userOfCertificate(pretending, users, () => true).user, null);
  const honest = { ...pretending, subject: [domain('org'), domain('example'), common] };
  assert.equal(userOfCertificate(honest, users, () => true).user, 'x');
});
