import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type ConnectionOptions, type TLSSocket, connect as tlsConnect } from 'node:tls';
import { OperatingError, TlsHandshakeError } from '../base/errors.ts';
import type { Socket } from '../ports/network.ts';
import { networkContract } from '../ports/network_contract.ts';
import type { TlsSession, TlsSettings } from '../ports/tls.ts';
import { NodeNetwork } from './node_network.ts';
import { NodeTlsContext, tlsFilesFault } from './node_tls.ts';
import { clientSettings, serverSettings, tlsFiles, tlsFixture, tlsFixtureDer } from './tls_fixtures.ts';

const serverContext = new NodeTlsContext(serverSettings({ verifiesPeer: true }));
const clientContext = new NodeTlsContext(clientSettings({ certificates: [tlsFiles('client')] }));

networkContract('NodeNetwork over TLS', () => ({
  server: new NodeNetwork(),
  client: new NodeNetwork(),
  listenHost: '127.0.0.1',
  dialHost: '127.0.0.1',
  // TEST-NET-3, which no machine has.
  foreignHost: '203.0.113.1',
  floodBytes: 32 << 20,
  settle: (promise) => promise,
  startTls: (socket, side, onSecured) =>
    socket.startTls({
      context: side === 'server' ? serverContext : clientContext,
      received: null,
      serverName: side === 'server' ? null : 'localhost',
      onSecured,
    }),
}));

interface Outcome {
  /** Null when it was refused. */
  readonly session: TlsSession | null;
  readonly error: Error | null;
}

/** One handshake between a server of our network and Node's own client. */
async function shakeHands(
  settings: TlsSettings,
  client: ConnectionOptions,
  act: (client: TLSSocket, server: Socket) => void = () => undefined,
): Promise<Outcome & { readonly serverName: string }> {
  const network = new NodeNetwork();
  const context = network.tls(settings);
  let serverName = '';
  const outcome = new Promise<Outcome>((resolve) => {
    let session: TlsSession | null = null;
    const listening = network.listen({ host: '127.0.0.1', port: 0 }, (socket) => {
      socket.attach({
        onData: () => undefined,
        onWritten: () => undefined,
        onClose: (error) => {
          void listening.then((listener) => listener.close());
          resolve({ session, error });
        },
      });
      socket.startTls({
        context,
        received: null,
        serverName: null,
        onSecured: (agreed) => {
          session = agreed;
        },
      });
    });
    void listening.then(({ address }) => {
      const socket = tlsConnect({
        host: '127.0.0.1',
        port: address.port,
        ca: readFileSync(tlsFixture('ca.pem')),
        servername: 'localhost',
        ...client,
      });
      socket.on('error', () => undefined);
      socket.on('secureConnect', () => {
        serverName = String(socket.getPeerCertificate().subject?.CN);
        act(socket, {} as Socket);
        socket.end();
      });
    });
  });
  return { ...(await outcome), serverName };
}

function identity(name: string): ConnectionOptions {
  const { certFile, keyFile } = tlsFiles(name);
  return { cert: readFileSync(certFile), key: readFileSync(keyFile) };
}

test('a handshake tells version, suite, and no certificates where none are asked for', async () => {
  const { session, error } = await shakeHands(serverSettings(), identity('client'));
  assert.deepEqual(
    [error, session],
    [null, { version: '1.3', cipherSuite: 'TLS_AES_128_GCM_SHA256', peerCertificates: [] }],
  );
});

test('a verified client\u2019s certificates are what it sent', async () => {
  const settings = serverSettings({ verifiesPeer: true });
  const sent = async (name: string, options: ConnectionOptions = {}) => {
    const { session } = await shakeHands(settings, { ...identity(name), ...options });
    return session?.peerCertificates.map(hex);
  };
  const files = (...names: string[]) => names.map((name) => hex(tlsFixtureDer(`${name}.pem`)));
  // With an authority of its own, Node's client sends that too.
  assert.deepEqual(await sent('client'), files('client', 'ca'));
  assert.deepEqual(await sent('client', { ca: [], rejectUnauthorized: false }), files('client'));
  assert.deepEqual(await sent('client_chain'), files('client_leaf', 'intermediate'));
});

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

test('clients whose certificates do not hold are refused, with the reason of the reference', async () => {
  const unknown = 'tls: failed to verify certificate: x509: certificate signed by unknown authority';
  const cases: readonly (readonly [client: string, reason: RegExp | string])[] = [
    ['client_other', unknown],
    ['client_leaf', unknown],
    ['client_usage', 'tls: failed to verify certificate: x509: certificate specifies an incompatible key usage'],
    ['client_expired', /has expired or is not yet valid: current time \S+ is after 2021-01-01T00:00:00Z$/],
    ['client_future', /has expired or is not yet valid: current time \S+ is before 2100-01-01T00:00:00Z$/],
  ];
  for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
    for (const [client, reason] of cases) {
      const settings = serverSettings({ verifiesPeer: true });
      const { session, error } = await shakeHands(settings, { ...identity(client), maxVersion });
      assert.equal(session, null, client);
      assert.ok(error instanceof TlsHandshakeError, `${client}: ${String(error)}`);
      if (typeof reason === 'string') assert.equal(error.message, reason, client);
      else assert.match(error.message, reason, client);
      assert.equal(hex(error.certificates[0] ?? new Uint8Array()), hex(tlsFixtureDer(`${client}.pem`)));
    }
    const { session, error } = await shakeHands(serverSettings({ verifiesPeer: true }), { maxVersion });
    assert.deepEqual([session, error?.message], [null, "tls: client didn't provide a certificate"]);
  }
});

test('a trusted intermediate is an authority, as in the reference', async () => {
  const settings = serverSettings({ verifiesPeer: true, caFile: tlsFixture('intermediate.pem') });
  const { session } = await shakeHands(settings, identity('client_leaf'));
  assert.equal(session?.peerCertificates.length, 1);
});

test('a client below the lowest version, or without a common suite, is refused', async () => {
  const version = await shakeHands(serverSettings({ minVersion: '1.3' }), { maxVersion: 'TLSv1.2' });
  assert.deepEqual([version.session, version.error?.message], [null, 'tls: client offered only unsupported versions']);
  const suites = serverSettings({ cipherSuites: ['TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256'] });
  const suite = await shakeHands(suites, { maxVersion: 'TLSv1.2' });
  const noSuite = 'tls: no cipher suite supported by both client and server';
  assert.deepEqual([suite.session, suite.error?.message], [null, noSuite]);
});

test('suites and curves are those of the settings', async () => {
  const settings = serverSettings({
    certificates: [tlsFiles('server_rsa')],
    cipherSuites: ['TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384'],
    curves: ['CurveP384'],
  });
  let curve: unknown;
  const { session } = await shakeHands(settings, { maxVersion: 'TLSv1.2' }, (client) => {
    curve = client.getEphemeralKeyInfo();
  });
  assert.deepEqual([session?.version, session?.cipherSuite], ['1.2', 'TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384']);
  assert.deepEqual(curve, { type: 'ECDH', name: 'secp384r1', size: 384 });
});

test('insecure suites are not among the defaults (CVE-2021-32026)', async () => {
  const settings = serverSettings({ certificates: [tlsFiles('server_rsa')] });
  const client = { maxVersion: 'TLSv1.2' as const, ciphers: 'AES128-SHA:ECDHE-RSA-AES128-SHA256' };
  assert.equal((await shakeHands(settings, client)).session, null);
  const allowing = { ...settings, cipherSuites: ['TLS_RSA_WITH_AES_128_CBC_SHA'] };
  assert.equal((await shakeHands(allowing, client)).session?.cipherSuite, 'TLS_RSA_WITH_AES_128_CBC_SHA');
});

test('a client is shown the certificate of the name it asks for, or the first', async () => {
  const settings = serverSettings({ certificates: [tlsFiles('server'), tlsFiles('server_second')] });
  const shown = async (servername: string) => {
    const { serverName } = await shakeHands(settings, { servername, checkServerIdentity: () => undefined });
    return serverName;
  };
  assert.deepEqual(
    [await shown('localhost'), await shown('second.example'), await shown('a.wild.example'), await shown('x.example')],
    ['localhost', 'second.example', 'second.example', 'localhost'],
  );
  assert.equal(await shown('a.b.wild.example'), 'localhost');
});

test('what is no TLS is a probe, and bytes that were read before belong to the handshake', async () => {
  const network = new NodeNetwork();
  const context = network.tls(serverSettings());
  const closed = new Promise<Error | null>((resolve) => {
    const listening = network.listen({ host: '127.0.0.1', port: 0 }, (socket) => {
      socket.attach({
        onData: (chunk) => {
          socket.startTls({ context, received: chunk, serverName: null, onSecured: () => assert.fail('no TLS') });
        },
        onWritten: () => undefined,
        onClose: resolve,
      });
    });
    void listening.then(async (listener) => {
      const client = await network.dial({ host: '127.0.0.1', port: listener.address.port });
      client.attach({ onData: () => undefined, onWritten: () => undefined, onClose: () => listener.close() });
      client.write([Buffer.from('CONNECT {}\r\nPING\r\n')], 1);
    });
  });
  const error = await closed;
  assert.ok(error instanceof TlsHandshakeError && error.isProbe, String(error));
  assert.equal(error.message, 'tls: first record does not look like a TLS handshake');
});

test('a peer that leaves during the handshake is an EOF, and destroy() is no failed handshake', async () => {
  const network = new NodeNetwork();
  const context = network.tls(serverSettings());
  const closed = (act: (server: Socket, client: Socket) => void) =>
    new Promise<Error | null>((resolve) => {
      let server: Socket | null = null;
      const listening = network.listen({ host: '127.0.0.1', port: 0 }, (socket) => {
        server = socket;
        socket.attach({ onData: () => undefined, onWritten: () => undefined, onClose: resolve });
        socket.startTls({ context, received: null, serverName: null, onSecured: () => assert.fail('no TLS') });
        socket.write([Buffer.from('nothing leaves')], 1);
        void dialled.then((client) => act(socket, client));
      });
      const dialled = listening.then(async (listener) => {
        const client = await network.dial({ host: '127.0.0.1', port: listener.address.port });
        client.attach({
          onData: () => assert.fail('something left'),
          onWritten: () => undefined,
          onClose: () => listener.close(),
        });
        return client;
      });
      assert.equal(server, null);
    });
  const left = await closed((_server, client) => client.end());
  assert.ok(left instanceof TlsHandshakeError);
  assert.equal(left.message, 'EOF');
  assert.equal(await closed((server) => server.destroy()), null);
  assert.equal(await closed((server) => server.end()), null);
});

test('tlsFilesFault() says what is wrong with files in the words of the reference', () => {
  const folder = mkdtempSync(join(tmpdir(), 'contrail-tls-'));
  try {
    const empty = join(folder, 'empty.pem');
    writeFileSync(empty, 'no PEM here\n');
    const broken = join(folder, 'broken.pem');
    writeFileSync(broken, '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n');
    const { certFile, keyFile } = tlsFiles('server');
    const fault = (cert: string, key: string) =>
      tlsFilesFault({ certificates: [{ certFile: cert, keyFile: key }], caFile: null });
    const pair = 'error parsing X509 certificate/key pair: ';
    assert.equal(fault(certFile, keyFile), null);
    assert.equal(fault('nope.pem', keyFile), `${pair}open nope.pem: no such file or directory`);
    assert.equal(fault(certFile, folder), `${pair}read ${folder}: is a directory`);
    assert.equal(fault(empty, keyFile), `${pair}tls: failed to find any PEM data in certificate input`);
    assert.equal(fault(certFile, empty), `${pair}tls: failed to find any PEM data in key input`);
    assert.equal(fault(broken, keyFile), `${pair}x509: malformed certificate`);
    assert.match(String(fault(keyFile, certFile)), /but did find a private key; PEM inputs may have been switched$/);
    assert.match(
      String(fault(certFile, certFile)),
      /found a certificate rather than a key in the PEM for the private key$/,
    );
    assert.equal(fault(certFile, tlsFiles('client').keyFile), `${pair}tls: private key does not match public key`);
    assert.equal(
      fault(certFile, tlsFiles('server_rsa').keyFile),
      `${pair}tls: private key type does not match public key type`,
    );
    const second = { certificates: [tlsFiles('server'), { certFile: 'x', keyFile: 'y' }], caFile: null };
    assert.match(String(tlsFilesFault(second)), /^error parsing X509 certificate\/key pair 2\/2: open x:/);
    const ca = (caFile: string) => tlsFilesFault({ certificates: [], caFile });
    assert.equal(ca(tlsFixture('ca.pem')), null);
    assert.equal(ca('nope.pem'), 'open nope.pem: no such file or directory');
    for (const file of [empty, broken, keyFile]) assert.equal(ca(file), 'failed to parse root ca certificate');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a block of a PEM file stands in lines of its own, as in the reference', () => {
  const folder = mkdtempSync(join(tmpdir(), 'contrail-tls-'));
  try {
    const file = join(folder, 'file.pem');
    const { certFile, keyFile } = tlsFiles('server');
    const pem = readFileSync(certFile, 'latin1');
    const faultOf = (text: string) => {
      writeFileSync(file, text, 'latin1');
      return tlsFilesFault({ certificates: [{ certFile: file, keyFile }], caFile: file });
    };
    const mark = '\xef\xbb\xbf';
    const begin = '-----BEGIN CERTIFICATE-----\n';
    const good = [
      `${mark}some text\n${pem}`,
      pem.replaceAll('\n', '\r\n'),
      pem.trim(),
      `${begin}${pem}`,
      mark + pem + pem,
    ];
    for (const text of good) assert.equal(faultOf(text), null, JSON.stringify(text));
    const none = 'error parsing X509 certificate/key pair: tls: failed to find any PEM data in certificate input';
    const bad = [mark + pem, ` ${pem}`, `${pem.trim()} x\n`, pem.replace('-----END', ' -----END')];
    for (const text of bad) assert.equal(faultOf(text), none, JSON.stringify(text));
    writeFileSync(file, mark + pem, 'latin1');
    assert.equal(tlsFilesFault({ certificates: [], caFile: file }), 'failed to parse root ca certificate');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('NodeTlsContext refuses what cannot serve, and knows until when its certificate holds', () => {
  const refused = (settings: Partial<TlsSettings>, message: RegExp) => {
    assert.throws(
      () => new NodeTlsContext(serverSettings(settings)),
      (error) => {
        return error instanceof OperatingError && error.code === 'TLS_SETTINGS' && message.test(error.message);
      },
    );
  };
  refused({ caFile: 'nope.pem' }, /^open nope.pem/);
  refused({ cipherSuites: ['TLS_RSA_WITH_RC4_128_SHA'] }, /has no cipher suite TLS_RSA_WITH_RC4_128_SHA$/);
  assert.equal(new Date(serverContext.notAfterMs ?? 0).getUTCFullYear(), new Date().getUTCFullYear() + 100);
  assert.equal(new NodeTlsContext(clientSettings()).notAfterMs, null);
});

test('contexts that show and ask for the same are told by their digest, wherever their files are', () => {
  const digest = (settings: Partial<TlsSettings>) => new NodeTlsContext(serverSettings(settings)).digest;
  const folder = mkdtempSync(join(tmpdir(), 'contrail-tls-'));
  try {
    const { certFile, keyFile } = tlsFiles('server');
    const copy = { certFile: join(folder, 'c.pem'), keyFile: join(folder, 'k.pem') };
    writeFileSync(copy.certFile, `a certificate:\n${readFileSync(certFile, 'utf8')}`);
    writeFileSync(copy.keyFile, readFileSync(keyFile));
    const same = digest({});
    assert.equal(digest({ certificates: [copy] }), same);
    const others: Partial<TlsSettings>[] = [
      { certificates: [tlsFiles('server_second')] },
      { certificates: [tlsFiles('server'), tlsFiles('server_second')] },
      { verifiesPeer: true },
      { minVersion: '1.3' },
      { curves: ['X25519'] },
      { cipherSuites: ['TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256'] },
    ];
    for (const other of others) assert.notEqual(digest(other), same, JSON.stringify(other));
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('what a server reads over TLS lies in memory that is used again', async () => {
  const network = new NodeNetwork();
  const context = network.tls(serverSettings());
  const isLent = await new Promise<boolean>((resolve) => {
    const listening = network.listen({ host: '127.0.0.1', port: 0 }, (socket) => {
      socket.attach({
        onData: (_chunk, memory) => {
          resolve(memory !== null);
          socket.destroy();
        },
        onWritten: () => undefined,
        onClose: () => undefined,
      });
      socket.startTls({ context, received: null, serverName: null, onSecured: () => undefined });
    });
    void listening.then((listener) => {
      const { port } = listener.address;
      const ca = readFileSync(tlsFixture('ca.pem'));
      const client = tlsConnect({ host: '127.0.0.1', port, ca, servername: 'localhost' }, () => client.write('x'));
      client.on('error', () => undefined);
      client.on('close', () => listener.close());
    });
  });
  // Node's own way, a buffer for every record, would work too, at twice the cost.
  assert.ok(isLent);
});
