// The certificates of test/fixtures/tls as settings of TLS. Test code.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TlsCertificateFiles, TlsSettings } from '../ports/tls.ts';

/** The repository: this file runs as dist/src/node/tls_fixtures.js. */
const folder = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..', 'test', 'fixtures', 'tls');

/** `server.pem`, `server.key.pem`. */
export function tlsFixture(name: string): string {
  return join(folder, name);
}

export function tlsFiles(name: string): TlsCertificateFiles {
  return { certFile: tlsFixture(`${name}.pem`), keyFile: tlsFixture(`${name}.key.pem`) };
}

/** The first certificate of a file. */
export function tlsFixtureDer(name: string): Uint8Array {
  const [, body = ''] = /-----BEGIN CERTIFICATE-----([^-]*)-----END/.exec(readFileSync(tlsFixture(name), 'utf8')) ?? [];
  return Buffer.from(body, 'base64');
}

export function serverSettings(settings: Partial<TlsSettings> = {}): TlsSettings {
  return {
    side: 'server',
    certificates: [tlsFiles('server')],
    caFile: tlsFixture('ca.pem'),
    verifiesPeer: false,
    cipherSuites: null,
    curves: null,
    minVersion: '1.2',
    ...settings,
  };
}

export function clientSettings(settings: Partial<TlsSettings> = {}): TlsSettings {
  return serverSettings({ side: 'client', certificates: [], verifiesPeer: true, ...settings });
}
