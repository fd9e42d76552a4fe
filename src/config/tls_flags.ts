// TLS by flags: `--tls`, `--tlscert`, `--tlskey`, `--tlsverify`, `--tlscacert`, and the help about TLS. What the flags do not
// say stays as the file has it, its suites, curves and version above all.
// Compat: opts.go, ConfigureOptions and overrideTLS.
import { CIPHER_SUITES, CURVES } from '../base/tls_names.ts';
import type { ConfigSource } from './config_source.ts';
import type { OptionsDraft } from './options_draft.ts';
import { emptyTlsDraft } from './tls_draft.ts';

/** Call behind applyFlags. Why the flags make no sense, or null. */
export function applyTlsFlags(draft: OptionsDraft, source: ConfigSource): string | null {
  const { isOn, isGiven, certFile, keyFile, caFile, verifies } = draft.tlsFlags;
  if (isOn === false) {
    draft.tls = null;
    return null;
  }
  if (isOn === null && !isGiven) return null;
  if (certFile === '') return 'TLS Server certificate must be present and valid';
  if (keyFile === '') return 'TLS Server private key must be present and valid';
  const said = draft.tls ?? emptyTlsDraft();
  draft.tls = { ...said, certFile, keyFile, caFile, certificates: [], verifies, checksKnownUrls: false };
  return source.tlsFault({ certificates: [{ certFile, keyFile }], caFile: caFile || null });
}

export function tlsHelp(): string {
  const suites = CIPHER_SUITES.map(({ name, isInsecure }) => `    ${name}${isInsecure ? ' (insecure)' : ''}`);
  const curves = CURVES.map(({ name }) => `    ${name}`);
  return `${[
    'TLS is configured by a block in the configuration file:',
    '',
    '    tls {',
    '        cert_file: "./certs/server.pem"      # or certs: [{cert_file, key_file}, ...], one for each name',
    '        key_file:  "./certs/server.key.pem"',
    '        ca_file:   "./certs/ca.pem"          # who signs the certificates of clients',
    '        verify:    true                      # clients must show one',
    '        verify_and_map: true                 # and it says which user they are',
    '        pinned_certs: ["<sha256 of a public key>"]',
    '        min_version: "1.2"',
    '        cipher_suites: ["TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"]',
    '        curve_preferences: ["X25519", "CurveP256"]',
    '        timeout: 2                           # seconds',
    '        handshake_first: auto                # true, false, auto or a delay such as "100ms"',
    '        connection_rate_limit: 100           # handshakes a second',
    '    }',
    '    allow_non_tls: false',
    '',
    'or by --tls --tlscert FILE --tlskey FILE, with --tlsverify --tlscacert FILE.',
    '',
    'Cipher suites (those of TLS 1.3 are always on):',
    ...suites,
    '',
    'Curves:',
    ...curves,
  ].join('\n')}\n`;
}
