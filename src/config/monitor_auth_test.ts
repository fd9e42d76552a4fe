import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parsed } from '../base/parsed.ts';
import { EMPTY_WORLD } from './config_source.ts';
import { readConfiguration } from './configuration.ts';
import { checkOptions, optionsOf } from './options.ts';
import { emptyDraft } from './options_draft.ts';

function read(text: string) {
  const draft = emptyDraft();
  const { findings } = readConfiguration('a.conf', draft, {
    ...EMPTY_WORLD,
    readFile: () => parsed(Buffer.from(text)),
  });
  return { errors: findings.errors.map((finding) => finding.text), options: optionsOf(draft, null, null) };
}

const HASH = `sha256:${'a1'.repeat(32)}`;

test('monitor_auth gets into the options, and is null where nobody says it', () => {
  assert.equal(read('port: 1').options.monitorAuth, null);
  const { errors, options } = read(
    `https_port: 8443, tls { ca_file: c }
    monitor_auth { token: "${HASH}", user: ops, password: pw, require_client_certificate: true, open_healthz: true }`,
  );
  assert.deepEqual(errors, []);
  assert.deepEqual(options.monitorAuth, {
    token: HASH,
    user: 'ops',
    password: 'pw',
    requiresClientCertificate: true,
    opensHealthz: true,
  });
  assert.equal(checkOptions(options), null);
});

test('monitor_auth is refused where it would let everybody in, or nobody', () => {
  const cases: readonly (readonly [block: string, error: string])[] = [
    ['{}', `'monitor_auth' asks for nothing: say a token, a user and its password, or require_client_certificate`],
    [
      '{ open_healthz: true }',
      `'monitor_auth' asks for nothing: say a token, a user and its password, or require_client_certificate`,
    ],
    ['{ user: ops }', `'monitor_auth' needs a password with its user, and a user with its password`],
    ['{ token: t, password: p }', `'monitor_auth' needs a password with its user, and a user with its password`],
    ['{ user: "a:b", password: p }', 'a user of monitoring cannot have a colon in its name'],
    ['{ token: t, tokens: u }', 'unknown field "tokens"'],
    ['{ token: "sha256:abc" }', `"token" of 'monitor_auth' must have 64 hexadecimal digits behind sha256:`],
    ['{ token: t, open_healthz: 1 }', `'open_healthz' must be true or false, but is an integer`],
    ['true', `'monitor_auth' must be a block, but is a boolean`],
  ];
  for (const [block, error] of cases) assert.deepEqual(read(`monitor_auth: ${block}`).errors, [error], block);
  assert.match(read('monitor_auth { user: a, password: "$2a$11$abc" }').errors.join(), /takes no bcrypt hash/);
  assert.match(read('monitor_auth { token: "" }').errors[0] ?? '', /"token" of 'monitor_auth' is empty/);
});

test('client certificates need HTTPS and an authority', () => {
  const fault = (text: string) =>
    checkOptions(read(`${text}, monitor_auth { require_client_certificate: true }`).options);
  assert.match(String(fault('http_port: 8222')), /needs monitoring over HTTPS: say https_port$/);
  assert.match(String(fault('https_port: 8443, tls {}')), /needs the 'ca_file' of 'tls', which says who signs them$/);
  assert.equal(fault('https_port: 8443, tls { ca_file: c }'), null);
});
