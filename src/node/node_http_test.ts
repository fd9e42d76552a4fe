import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { get as httpGet } from 'node:http';
import { Agent, get as httpsGet, type RequestOptions } from 'node:https';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { SILENT_LOGGER } from '../base/log.ts';
import type { HttpListener, HttpRequest } from '../ports/http.ts';
import { HTTP_CONNECTIONS_MAX, NodeHttp } from './node_http.ts';
import { NodeTlsContext } from './node_tls.ts';
import { serverSettings, tlsFiles, tlsFixture } from './tls_fixtures.ts';

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers: NodeJS.Dict<string | string[]>;
  /** Whose certificate the server showed. */
  readonly server: string;
}

const HERE = { host: '127.0.0.1', port: 0 };

function ask(listener: HttpListener, options: RequestOptions | null): Promise<Answer> {
  const { port } = listener.address;
  return new Promise((resolve, reject) => {
    const common = { host: '127.0.0.1', port, path: '/varz?a=b' };
    const ca = readFileSync(tlsFixture('ca.pem'));
    const secure = { ca, servername: 'localhost', agent: new Agent(), ...options };
    const request = options === null ? httpGet(common) : httpsGet({ ...common, ...secure });
    request.on('error', reject);
    request.on('response', (response) => {
      let body = '';
      const server = options === null ? '' : String((response.socket as TLSSocket).getPeerCertificate().subject.CN);
      response.on('data', (chunk) => {
        body += String(chunk);
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body, headers: response.headers, server }));
    });
  });
}

function identity(name: string): RequestOptions {
  const { certFile, keyFile } = tlsFiles(name);
  return { cert: readFileSync(certFile), key: readFileSync(keyFile) };
}

test('a request gets its answer, with its headers, and what it presents reaches the handler', async () => {
  const seen: HttpRequest[] = [];
  const http = new NodeHttp(SILENT_LOGGER);
  const listener = await http.listen(
    HERE,
    (request) => {
      seen.push(request);
      return { status: 401, contentType: 'text/plain', body: 'no', headers: { 'WWW-Authenticate': 'Bearer' } };
    },
    null,
  );
  try {
    const { status, body, headers } = await ask(listener, null);
    assert.deepEqual([status, body, headers['www-authenticate']], [401, 'no', 'Bearer']);
    const [request] = seen;
    assert.deepEqual(
      [request?.path, request?.query.get('a'), request?.authorization, request?.hasVerifiedCertificate],
      ['/varz', 'b', null, false],
    );
  } finally {
    listener.close();
  }
});

test('over HTTPS clients are asked for certificates only where the context verifies, and judged, not refused', async () => {
  const http = new NodeHttp(SILENT_LOGGER);
  const say = (request: HttpRequest) => ({
    status: 200,
    contentType: 'text/plain',
    body: `${request.authorization} ${request.hasVerifiedCertificate}`,
  });
  for (const verifiesPeer of [false, true]) {
    const listener = await http.listen(HERE, say, new NodeTlsContext(serverSettings({ verifiesPeer })));
    try {
      const headers = { Authorization: 'Bearer x' };
      assert.equal((await ask(listener, { headers })).body, 'Bearer x false');
      assert.equal((await ask(listener, identity('client'))).body, `null ${verifiesPeer}`);
      for (const wrong of ['client_other', 'client_expired', 'client_usage']) {
        assert.equal((await ask(listener, identity(wrong))).body, 'null false', wrong);
      }
    } finally {
      listener.close();
    }
  }
});

test('the policy of the context holds for HTTPS too', async () => {
  const http = new NodeHttp(SILENT_LOGGER);
  const answer = () => ({ status: 200, contentType: 'text/plain', body: '' });
  const listener = await http.listen(HERE, answer, new NodeTlsContext(serverSettings({ minVersion: '1.3' })));
  try {
    await assert.rejects(ask(listener, { maxVersion: 'TLSv1.2' }));
    assert.equal((await ask(listener, {})).status, 200);
  } finally {
    listener.close();
  }
});

test('a handshake that fails is said in one line, in words that say what came, and HTTP in clear is answered', async () => {
  const lines: string[] = [];
  const http = new NodeHttp({ ...SILENT_LOGGER, error: (line: string) => lines.push(line) });
  const answer = () => ({ status: 200, contentType: 'text/plain', body: '' });
  const listener = await http.listen(HERE, answer, new NodeTlsContext(serverSettings({ minVersion: '1.3' })));
  try {
    const { status, body } = await ask(listener, null);
    assert.deepEqual([status, body], [400, 'Client sent an HTTP request to an HTTPS server.\n']);
    await assert.rejects(ask(listener, { maxVersion: 'TLSv1.2' }));
  } finally {
    listener.close();
  }
  assert.deepEqual(
    lines.map((line) => line.replace(/127\.0\.0\.1:\d+/, 'WHO')),
    [
      'monitoring: TLS handshake error from WHO: client sent an HTTP request to an HTTPS server',
      'monitoring: TLS handshake error from WHO: tls: client offered only unsupported versions',
    ],
  );
});

test('reloadTls() shows another certificate to later connections', async () => {
  const http = new NodeHttp(SILENT_LOGGER);
  const answer = () => ({ status: 200, contentType: 'text/plain', body: '' });
  const listener = await http.listen(HERE, answer, new NodeTlsContext(serverSettings()));
  try {
    const lenient = { checkServerIdentity: () => undefined };
    assert.equal((await ask(listener, lenient)).server, 'localhost');
    listener.reloadTls(new NodeTlsContext(serverSettings({ certificates: [tlsFiles('server_second')] })));
    assert.equal((await ask(listener, lenient)).server, 'second.example');
    assert.equal((await ask(listener, { ...lenient, servername: '' })).server, 'second.example');
  } finally {
    listener.close();
  }
});

test('whoever opens connections and says nothing gets no more than so many, and leaves room when they go', {
  timeout: 20_000,
}, async () => {
  const answer = () => ({ status: 200, contentType: 'text/plain', body: 'ok' });
  const listener = await new NodeHttp(SILENT_LOGGER).listen(HERE, answer, null);
  const open = async (): Promise<Socket> => {
    const socket = connect(listener.address.port, '127.0.0.1').on('error', () => undefined);
    await once(socket, 'connect');
    return socket;
  };
  const silent: Socket[] = [];
  for (let i = 0; i < HTTP_CONNECTIONS_MAX; i++) silent.push(await open());
  const late = await open();
  await once(late.resume(), 'close');
  assert.ok(silent.every((socket) => !socket.destroyed));
  silent[0]?.destroy();
  // The server hears of it a moment later.
  for (;;) {
    const asked = await ask(listener, null).catch(() => null);
    if (asked !== null) {
      assert.equal(asked.body, 'ok');
      break;
    }
  }
  for (const socket of silent) socket.destroy();
  listener.close();
});
