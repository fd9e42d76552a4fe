// Why no TLS connection came about, said at once, against our own server within this process.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type CliServer, startCliServer } from '../../../test/cli_server.ts';
import { tlsFiles, tlsFixture } from '../../node/tls_fixtures.ts';
import { runCommand } from '../testing_terminal.ts';

let server: CliServer;

function startServer(verify: boolean): Promise<CliServer> {
  const { certFile, keyFile } = tlsFiles('server');
  const files = `cert_file: "${certFile}", key_file: "${keyFile}", ca_file: "${tlsFixture('ca.pem')}"`;
  return startCliServer({ jetStream: false, config: `tls { ${files}, verify: ${verify} }` });
}

before(async () => {
  server = await startServer(true);
});

after(() => server.stop());

const AUTHORITY = ['--tlsca', tlsFixture('ca.pem')];

/** Far less than this passes where the reason is said at once. */
const PATIENCE = ['--timeout', '60s'];

async function refusal(...words: string[]): Promise<string> {
  const { code, error } = await runCommand([...words, ...PATIENCE, '-s', server.url], {});
  assert.equal(code, 1, words.join(' '));
  return error;
}

function pair(certificate: string, key: string): string[] {
  return ['--tlscert', certificate, '--tlskey', key];
}

test('a server that wants a certificate is named so at once, with the flags to give one', {
  timeout: 20_000,
}, async () => {
  const wanted =
    /the server wants a certificate of the client that it trusts \((?:alert [a-z ]+|it ended the connection)\); give one with --tlscert FILE and --tlskey FILE/;
  assert.match(await refusal('pub', 'a', 'b', ...AUTHORITY), wanted);
  assert.match(await refusal('rtt', ...AUTHORITY), wanted);
  const { certFile, keyFile } = tlsFiles('client_other');
  assert.match(await refusal('pub', 'a', 'b', ...AUTHORITY, ...pair(certFile, keyFile)), wanted);
  const open = await startServer(false);
  const both = await runCommand(['pub', 'a', 'b', ...AUTHORITY, ...PATIENCE, '-s', `${server.url},${open.url}`], {});
  await open.stop();
  assert.equal(both.code, 0, both.error);
  const good = tlsFiles('client');
  const words = ['pub', 'a', 'b', ...AUTHORITY, ...pair(good.certFile, good.keyFile), '-s', server.url];
  assert.equal((await runCommand(words, {})).code, 0);
});

test('a certificate and a key that do not belong together, or are none, are told by their flags', async () => {
  const { certFile, keyFile } = tlsFiles('client');
  const strange = tlsFiles('server').keyFile;
  const rows: [string[], RegExp][] = [
    [[...AUTHORITY, ...pair(certFile, strange)], /the key of --tlskey is not that of the certificate of --tlscert/],
    [[...AUTHORITY, ...pair(keyFile, keyFile)], /the TLS certificate \(--tlscert\): '.*' holds no certificate in PEM/],
    [[...AUTHORITY, ...pair(certFile, certFile)], /the TLS key \(--tlskey\): '.*' holds no private key in PEM/],
    [['--tlsca', keyFile], /the TLS authority \(--tlsca\): '.*' holds no certificate in PEM/],
    [[...AUTHORITY, ...pair('/no/such/file', keyFile)], /the TLS certificate \(--tlscert\): there is no file/],
  ];
  for (const [words, expected] of rows) assert.match(await refusal('pub', 'a', 'b', ...words), expected);
});
