import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { parsed } from '../base/parsed.ts';
import { type ConfigSource, EMPTY_WORLD } from './config_source.ts';
import { readConfiguration } from './configuration.ts';
import { applyFlags, parseFlags } from './flags.ts';
import { checkOptions, type Options, optionsOf } from './options.ts';
import { emptyDraft } from './options_draft.ts';
import { applyTlsFlags, tlsHelp } from './tls_flags.ts';

function source(text: string, fault: string | null = null): ConfigSource & { readonly asked: unknown[] } {
  const asked: unknown[] = [];
  return {
    ...EMPTY_WORLD,
    asked,
    readFile: () => parsed(Buffer.from(text)),
    tlsFault: (files) => {
      asked.push(files);
      return fault;
    },
    sha256: (canonical) => createHash('sha256').update(canonical).digest('hex'),
  };
}

function errors(text: string): string[] {
  const { findings } = readConfiguration('a.conf', emptyDraft(), source(text));
  return findings.errors.map((finding) => finding.text);
}

/** The options of a file and flags, or why there are none. */
function options(text: string, ...args: string[]): Options | string {
  const draft = emptyDraft();
  const world = source(text);
  if (text !== '') {
    const { findings } = readConfiguration('a.conf', draft, world);
    assert.deepEqual([...findings.errors, ...findings.unsupported], []);
  }
  const flags = parseFlags(args);
  assert.ok(flags.ok);
  applyFlags(flags.value, draft);
  return applyTlsFlags(draft, world) ?? optionsOf(draft, null, null);
}

function tls(text: string, ...args: string[]) {
  const all = options(text, ...args);
  assert.ok(typeof all !== 'string', String(all));
  return all.tls;
}

const DEFAULTS = {
  certificates: [{ certFile: 'c', keyFile: 'k' }],
  caFile: null,
  verifiesClients: false,
  mapsUsers: false,
  cipherSuites: null,
  curves: null,
  minVersion: '1.2',
  timeoutMs: 2_000,
  handshakesPerSecondMax: 0,
  pinnedKeys: null,
  isHandshakeFirst: false,
  fallbackMs: 0,
};

const ID = 'a1'.repeat(32);

test('a tls block of two files has the defaults of the reference', () => {
  assert.deepEqual(tls('tls { cert_file: c, key_file: k }'), DEFAULTS);
  assert.equal(tls('port: 1'), null);
});

test('every key of a tls block gets into the options', () => {
  const text = `tls {
    certs: [{cert_file: a, key_file: b}, {cert_file: c, key_file: d}], ca_file: e, verify: true
    cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256], curve_preferences: [X25519, CurveP256], min_version: "1.3"
    timeout: "1500ms", connection_rate_limit: 7, pinned_certs: [${ID.toUpperCase()}], handshake_first: "100ms"
  }, allow_non_tls: true`;
  const all = options(text);
  assert.ok(typeof all !== 'string');
  assert.deepEqual(all.tls, {
    certificates: [
      { certFile: 'a', keyFile: 'b' },
      { certFile: 'c', keyFile: 'd' },
    ],
    caFile: 'e',
    verifiesClients: true,
    mapsUsers: false,
    cipherSuites: ['TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256'],
    curves: ['X25519', 'CurveP256'],
    minVersion: '1.3',
    timeoutMs: 1_500,
    handshakesPerSecondMax: 7,
    pinnedKeys: [ID],
    isHandshakeFirst: true,
    fallbackMs: 100,
  });
  assert.equal(all.allowsNonTls, true);
  // A second more than the handshake, where nobody says.
  assert.equal(all.authorization.timeoutMs, 2_500);
});

test('who maps clients verifies them', () => {
  const { verifiesClients, mapsUsers } = tls('tls { verify_and_map: true }') ?? {};
  assert.deepEqual([verifiesClients, mapsUsers], [true, true]);
});

test('handshake_first takes a boolean, its words, and a delay', () => {
  const first = (value: string) => {
    const { isHandshakeFirst, fallbackMs } = tls(`tls { handshake_first: ${value} }`) ?? {};
    return [isHandshakeFirst, fallbackMs];
  };
  assert.deepEqual(
    ['true', '"on"', 'false', '"OFF"', 'auto', '"auto_fallback"', '"2s"'].map((value) => first(value)),
    [
      [true, 0],
      [true, 0],
      [false, 0],
      [false, 0],
      [true, 50],
      [true, 50],
      [true, 2_000],
    ],
  );
});

test('a tls block is refused in the words of the reference', () => {
  const cases: readonly (readonly [text: string, error: string])[] = [
    ['cert_file: c', `missing 'key_file' in TLS configuration`],
    ['key_file: c', `missing 'cert_file' in TLS configuration`],
    ['cipher_suites: [TLS_NONE]', 'unrecognized cipher TLS_NONE'],
    [
      'cipher_suites: [TLS_RSA_WITH_AES_128_CBC_SHA]',
      `insecure cipher suites configured without 'allow_insecure_cipher_suites' option set: TLS_RSA_WITH_AES_128_CBC_SHA`,
    ],
    ['curve_preferences: [P-256]', 'unrecognized curve preference P-256'],
    ['curve_preferences: []', `error parsing tls config, 'curve_preferences' cannot be empty`],
    ['min_version: "1.1"', 'error parsing tls config: unsupported TLS version: TLS 1.1'],
    ['min_version: "2"', 'error parsing tls config: unknown version: 2'],
    [
      'pinned_certs: [abc]',
      `error parsing tls config, 'pinned_certs' key abc does not look like hex-encoded sha256 of DER encoded SubjectPublicKeyInfo`,
    ],
    ['handshake_first: never', `field "handshake_first"'s value "never" is invalid`],
    ['handshake_first: 5', `field "handshake_first" should be a boolean or a string, got int64`],
    ['verify_cert_and_check_known_urls: true', 'verify_cert_and_check_known_urls not supported in this context'],
    ['cert_store: WindowsCurrentUser', 'cert_store not compatible with current operating system'],
    ['cert_store: chest', 'cert store type not implemented'],
    ['cert_match_by: color', 'cert match by type not implemented'],
    [
      'certs: [{cert_file: a}]',
      `error parsing certificates config: both 'cert_file' and 'cert_key' options are required`,
    ],
    [
      'cert_file: a, key_file: b, certs: [{cert_file: a, key_file: b}]',
      `error parsing tls config, cannot combine 'cert_file' option with 'certs' option`,
    ],
    ['x: 1', 'error parsing tls config, unknown field "x"'],
  ];
  for (const [text, error] of cases) assert.deepEqual(errors(`tls { ${text} }`), [error], text);
});

test('insecure suites are taken where they are allowed', () => {
  const text = 'tls { cipher_suites: [TLS_RSA_WITH_AES_128_CBC_SHA], allow_insecure_cipher_suites: true }';
  assert.deepEqual(tls(text)?.cipherSuites, ['TLS_RSA_WITH_AES_128_CBC_SHA']);
});

test('the files of a tls block are looked at once everything is read, and what is wrong is said at its place', () => {
  const world = source('port: 1\ntls { cert_file: c, key_file: k, ca_file: a }', 'open c: no such file or directory');
  const { findings } = readConfiguration('a.conf', emptyDraft(), world);
  assert.deepEqual(world.asked, [{ certificates: [{ certFile: 'c', keyFile: 'k' }], caFile: 'a' }]);
  assert.deepEqual(
    findings.errors.map(({ text, position }) => [text, position?.line]),
    [['open c: no such file or directory', 2]],
  );
});

test('files of a block that is wrong anyway are not looked at', () => {
  const world = source('tls { cert_file: c, key_file: k, min_version: "1.0" }', 'never');
  assert.equal(readConfiguration('a.conf', emptyDraft(), world).findings.errors.length, 1);
  assert.deepEqual(world.asked, []);
});

test('OCSP of peers is named as missing, unless it is off', () => {
  const unsupported = (text: string) =>
    readConfiguration('a.conf', emptyDraft(), source(text)).findings.unsupported.map((finding) => finding.text);
  assert.deepEqual(unsupported('tls { ocsp_peer: true }'), [
    "'tls.ocsp_peer' is not supported by this version of Contrail yet",
  ]);
  assert.deepEqual(unsupported('tls { ocsp_peer: false }'), []);
});

test('flags alone give the policy that a block gives (CVE-2021-32026)', () => {
  assert.deepEqual(tls('', '--tlscert', 'c', '--tlskey', 'k'), tls('tls { cert_file: c, key_file: k }'));
  assert.deepEqual(
    tls('', '--tls', '--tlscert=c', '--tlskey=k', '--tlscacert=a', '--tlsverify'),
    tls('tls { cert_file: c, key_file: k, ca_file: a, verify: true }'),
  );
});

test('flags replace the files of a block and leave its policy', () => {
  const text = `tls { certs: [{cert_file: x, key_file: y}], ca_file: z, verify: true, min_version: "1.3", timeout: 5
    cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256], pinned_certs: [${ID}] }`;
  assert.deepEqual(tls(text, '--tlscert', 'c', '--tlskey', 'k'), {
    ...DEFAULTS,
    minVersion: '1.3',
    timeoutMs: 5_000,
    cipherSuites: ['TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256'],
    pinnedKeys: [ID],
  });
});

test('--tls=false turns TLS off whatever else is said, and --tls alone needs files', () => {
  assert.equal(tls('tls { cert_file: c, key_file: k }', '--tls=false'), null);
  assert.equal(tls('tls { cert_file: c, key_file: k }', '--tls=false', '--tlscert', 'x'), null);
  assert.equal(
    options('tls { cert_file: c, key_file: k }', '--tls'),
    'TLS Server certificate must be present and valid',
  );
  assert.equal(options('', '--tlscert', 'c'), 'TLS Server private key must be present and valid');
});

test('monitoring over HTTPS needs TLS, and does not come together with HTTP', () => {
  const fault = (text: string) => {
    const all = options(text);
    return typeof all === 'string' ? all : checkOptions(all);
  };
  assert.equal(fault('https_port: 8443'), 'TLS cert and key required for HTTPS');
  assert.equal(
    fault('https_port: 8443, http_port: 8222, tls {}'),
    "can't specify both HTTP (8222) and HTTPs (8443) ports",
  );
  const secure = options('https: "127.0.0.1:8443", tls {}');
  assert.ok(typeof secure !== 'string' && checkOptions(secure) === null);
  assert.deepEqual([secure.monitor?.host, secure.monitor?.port, secure.monitor?.isSecure], ['127.0.0.1', 8443, true]);
});

test('tlsHelp() lists the suites and curves', () => {
  for (const word of ['TLS_AES_128_GCM_SHA256', 'TLS_RSA_WITH_RC4_128_SHA (insecure)', 'X25519MLKEM768', 'CurveP521']) {
    assert.ok(tlsHelp().includes(word), word);
  }
});
