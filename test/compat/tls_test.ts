// TLS against nats-server: the same configuration and the same visitors to both servers, and they must see the same, and
// the logs must say the same of them. Needs the reference server (see server_process.ts).
import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:https';
import { connect as connectPlain } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect, type TlsOptions } from '@nats-io/transport-node';
import { certificateKeyId } from '../../src/auth/certificate.ts';
import { tlsFiles, tlsFixture, tlsFixtureDer } from '../../src/node/tls_fixtures.ts';
import { LoggedProcess } from './logged_process.ts';
import { contrailSide, referenceSide, type Side } from './server_process.ts';
import { type Sight, type Visitor, visit } from './tls_visit.ts';

const LIMIT_MS = 30_000;

/** Files of test/fixtures/tls by their names: `server` is a certificate and its key. */
function shows(name: string): string {
  return `cert_file: "${tlsFixture(`${name}.pem`)}", key_file: "${tlsFixture(`${name}.key.pem`)}"`;
}

const SHOWS_SERVER = shows('server');
const KNOWS_CA = `ca_file: "${tlsFixture('ca.pem')}"`;

interface Extras {
  readonly flags?: readonly string[];
  /** Fills the folder, which is `FOLDER` in the configuration. */
  readonly prepare?: (folder: string) => void;
}

class TlsServer {
  readonly process: LoggedProcess;
  readonly folder: string;
  port = 0;

  private constructor(side: Side, config: string, { flags = [], prepare = () => undefined }: Extras) {
    this.folder = mkdtempSync(join(tmpdir(), 'contrail-tls-'));
    prepare(this.folder);
    const file = join(this.folder, 'server.conf');
    writeFileSync(file, `port: -1\nhost: 127.0.0.1\ndebug: true\n${config.replaceAll('FOLDER', this.folder)}\n`);
    this.process = LoggedProcess.start([...side.command, '-c', file, ...flags]);
  }

  static async start(side: Side, config: string, extras: Extras = {}): Promise<TlsServer> {
    const server = new TlsServer(side, config, extras);
    const port = await server.process.ready();
    assert.ok(port !== null, server.process.log);
    server.port = port;
    return server;
  }

  async dispose(): Promise<void> {
    await this.process.dispose();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** What the log says of TLS and of who came in, without process id, time and addresses. */
function tlsLines(log: string): string[] {
  return (
    log
      .split('\n')
      .filter((line) => /TLS|pinned|cert|Rejected|Using .* auth|Client connection closed/.test(line))
      .map((line) => line.replace(/^\[\d+\] [\d/]+ [\d:.]+ /, ''))
      .map((line) => line.replace(/127\.0\.0\.1:\d+ - cid:\d+ - ("[^"]*" - )?/, ''))
      .map((line) => line.replace(/current time \S+/, 'current time TIME'))
      .map((line) => line.replace(/; client offered: \[.*\]/, ''))
      // A visitor that leaves with words of the server unread ends the connection in the one way or the other.
      .map((line) => line.replace(/read tcp \S+: read: connection reset by peer$/, 'EOF'))
      // When a handshake has taken too long, two clocks of the reference race for saying so.
      .filter((line) => !/TLS handshake timeout|i\/o timeout|config/.test(line))
  );
}

interface Seen {
  readonly sights: readonly Sight[];
  readonly lines: readonly string[];
}

async function seenOn(
  side: Side,
  config: string,
  visitors: readonly Visitor[],
  flags: readonly string[],
): Promise<Seen> {
  const server = await TlsServer.start(side, config, { flags });
  try {
    const sights: Sight[] = [];
    for (const [i, visitor] of visitors.entries()) {
      sights.push(await visit(server.port, visitor));
      // The server notices that a visitor has gone when it does.
      const isOver = (log: string) => (log.match(/Client connection closed/g)?.length ?? 0) > i;
      await server.process.until(isOver, LIMIT_MS);
    }
    return { sights, lines: tlsLines(server.process.log) };
  } finally {
    await server.dispose();
  }
}

/** What everybody saw, the same on both. */
async function seenAlike(
  config: string,
  visitors: readonly Visitor[],
  flags: readonly string[] = [],
): Promise<readonly Sight[]> {
  const ours = await seenOn(contrailSide(), config, visitors, flags);
  const theirs = await seenOn(referenceSide(), config, visitors, flags);
  for (const [i, visitor] of visitors.entries()) {
    assert.deepEqual(ours.sights[i], theirs.sights[i], `visitor ${i}: ${JSON.stringify(visitor)}`);
  }
  assert.deepEqual(ours.lines, theirs.lines);
  return ours.sights;
}

/** Who got an answer to PING, in clear or over TLS. */
function wereIn(sights: readonly Sight[]): string[] {
  return sights.map(({ clear, secure }) =>
    secure.includes('PONG') ? 'tls' : clear.includes('PONG') ? 'clear' : 'out',
  );
}

const WAYS: readonly Visitor[] = [
  { tls: 'after info' },
  { tls: 'first', patienceMs: 3_000 },
  { tls: 'never' },
  { tls: 'clear before tls' },
  { tls: 'clear at once' },
  { tls: 'silent', patienceMs: 10_000 },
];

test('TLS that is required: INFO in clear, then the handshake, and nothing else will do', async () => {
  const sights = await seenAlike(`tls { ${SHOWS_SERVER} }`, WAYS);
  assert.deepEqual(wereIn(sights), ['tls', 'out', 'out', 'out', 'out', 'out']);
});

test('with allow_non_tls the first byte decides', async () => {
  const sights = await seenAlike(`tls { ${SHOWS_SERVER} }\nallow_non_tls: true`, [
    { tls: 'after info' },
    { tls: 'never' },
    { tls: 'clear at once' },
  ]);
  assert.deepEqual(wereIn(sights), ['tls', 'clear', 'clear']);
});

test('with handshake_first there is no INFO before the handshake', async () => {
  const ways = WAYS.filter(({ tls }) => tls === 'first' || tls === 'silent' || tls === 'clear at once');
  const config = `tls { ${SHOWS_SERVER}, handshake_first: true }`;
  assert.deepEqual(wereIn(await seenAlike(config, ways)), ['tls', 'out', 'out']);
  const both = await seenAlike(`${config}\nallow_non_tls: true`, ways);
  assert.deepEqual(wereIn(both), ['tls', 'out', 'out']);
});

test('with a fallback delay, INFO comes in clear once it is over', async () => {
  const config = `tls { ${SHOWS_SERVER}, handshake_first: "1s" }`;
  const ways: readonly Visitor[] = [
    { tls: 'first' },
    { tls: 'after info' },
    { tls: 'never' },
    { tls: 'clear at once' },
  ];
  assert.deepEqual(wereIn(await seenAlike(config, ways)), ['tls', 'tls', 'out', 'out']);
  const both = await seenAlike(`${config}\nallow_non_tls: true`, ways);
  assert.deepEqual(wereIn(both), ['tls', 'tls', 'clear', 'out']);
  const auto = await seenAlike(`tls { ${SHOWS_SERVER}, handshake_first: auto }`, [{ tls: 'after info' }]);
  assert.deepEqual(wereIn(auto), ['tls']);
});

const CLIENTS = [
  'client',
  'client_chain',
  'client_leaf',
  'client_other',
  'client_expired',
  'client_future',
  'client_usage',
];

test('verify lets in whose certificate holds, in both versions, and says of the others why not', async () => {
  const config = `tls { ${SHOWS_SERVER}, ${KNOWS_CA}, verify: true }`;
  const certificates = [undefined, ...CLIENTS].map((certificate) => (certificate === undefined ? {} : { certificate }));
  for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
    const visitors = certificates.map((one) => ({ tls: 'after info', tlsOptions: { maxVersion }, ...one }) as const);
    const sights = await seenAlike(config, visitors);
    assert.deepEqual(wereIn(sights), ['out', 'tls', 'tls', 'out', 'out', 'out', 'out', 'out'], maxVersion);
  }
});

test('without verify nobody is asked for a certificate', async () => {
  const config = `tls { ${SHOWS_SERVER}, ${KNOWS_CA} }`;
  const sights = await seenAlike(config, [
    { tls: 'after info', certificate: 'client_other' },
    { tls: 'after info', certificate: 'client_expired' },
  ]);
  assert.deepEqual(wereIn(sights), ['tls', 'tls']);
});

test('an intermediate may be the authority', async () => {
  const config = `tls { ${SHOWS_SERVER}, ca_file: "${tlsFixture('intermediate.pem')}", verify: true }`;
  const sights = await seenAlike(config, [
    { tls: 'after info', certificate: 'client_leaf' },
    { tls: 'after info', certificate: 'client' },
  ]);
  assert.deepEqual(wereIn(sights), ['tls', 'out']);
});

test('only pinned keys come in', async () => {
  const id = certificateKeyId(tlsFixtureDer('client.pem'));
  const visitors: readonly Visitor[] = [
    { tls: 'after info', certificate: 'client' },
    { tls: 'after info', certificate: 'client_dn' },
    { tls: 'after info', certificate: 'client_other' },
    { tls: 'after info' },
  ];
  const verified = await seenAlike(
    `tls { ${SHOWS_SERVER}, ${KNOWS_CA}, verify: true, pinned_certs: ["${id}"] }`,
    visitors,
  );
  assert.deepEqual(wereIn(verified), ['tls', 'out', 'out', 'out']);
  // Who is not asked has no key.
  const unverified = await seenAlike(`tls { ${SHOWS_SERVER}, pinned_certs: ["${id}"] }`, visitors.slice(0, 1));
  assert.deepEqual(wereIn(unverified), ['out']);
});

test('versions and suites are those of the configuration', async () => {
  const old: Visitor = { tls: 'after info', tlsOptions: { maxVersion: 'TLSv1.2' } };
  const fresh: Visitor = { tls: 'after info' };
  const suite = (ciphers: string): Visitor => ({ tls: 'after info', tlsOptions: { maxVersion: 'TLSv1.2', ciphers } });
  await seenAlike(`tls { ${SHOWS_SERVER} }`, [fresh, old]);
  const rsa = `tls { ${shows('server_rsa')} }`;
  await seenAlike(rsa, [fresh, old, suite('ECDHE-RSA-AES256-GCM-SHA384'), suite('ECDHE-RSA-AES128-SHA')]);
  assert.deepEqual(wereIn(await seenAlike(`tls { ${SHOWS_SERVER}, min_version: "1.3" }`, [fresh])), ['tls']);
  const one = 'cipher_suites: ["TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"]';
  const sights = await seenAlike(`tls { ${SHOWS_SERVER}, ${one} }`, [old, suite('ECDHE-ECDSA-AES128-GCM-SHA256')]);
  assert.deepEqual(wereIn(sights), ['tls', 'out']);
  const insecure = 'cipher_suites: ["TLS_RSA_WITH_AES_128_CBC_SHA"], allow_insecure_cipher_suites: true';
  await seenAlike(`tls { ${shows('server_rsa')}, ${insecure} }`, [suite('AES128-SHA')]);
  await seenAlike(`tls { ${SHOWS_SERVER}, curve_preferences: ["CurveP384"] }`, [fresh, old]);
});

test('insecure suites are off, whether a file or flags ask for TLS (CVE-2021-32026)', async () => {
  const weak: Visitor = {
    tls: 'after info',
    tlsOptions: { maxVersion: 'TLSv1.2', ciphers: 'AES128-SHA:AES128-GCM-SHA256' },
  };
  const flags = ['--tlscert', tlsFixture('server_rsa.pem'), '--tlskey', tlsFixture('server_rsa.key.pem')];
  for (const sights of [
    await seenAlike(`tls { ${shows('server_rsa')} }`, [weak, { tls: 'after info' }]),
    await seenAlike('', [weak, { tls: 'after info' }], flags),
  ]) {
    assert.deepEqual(wereIn(sights), ['out', 'tls']);
  }
});

test('flags ask for TLS, verify, and turn it off', async () => {
  const files = ['--tlscert', tlsFixture('server.pem'), '--tlskey', tlsFixture('server.key.pem')];
  const verify = ['--tlsverify', '--tlscacert', tlsFixture('ca.pem')];
  const visitors: readonly Visitor[] = [{ tls: 'after info' }, { tls: 'after info', certificate: 'client' }];
  assert.deepEqual(wereIn(await seenAlike('', visitors, [...files, ...verify])), ['out', 'tls']);
  assert.deepEqual(wereIn(await seenAlike('', visitors, ['--tls', ...files])), ['tls', 'tls']);
  const off = await seenAlike(`tls { ${SHOWS_SERVER} }`, [{ tls: 'never' }], ['--tls=false']);
  assert.deepEqual(wereIn(off), ['clear']);
});

test('a client is shown the certificate of the name that it asks for', async () => {
  const second = `{${shows('server_second')}}`;
  const asks = (servername: string): Visitor => ({ tls: 'after info', tlsOptions: { servername } });
  const names = ['localhost', 'second.example', 'a.wild.example', 'a.b.wild.example', 'unknown.example', ''];
  const sights = await seenAlike(`tls { certs: [{${SHOWS_SERVER}}, ${second}] }`, names.map(asks));
  assert.deepEqual(
    sights.map(({ serverName }) => serverName),
    ['localhost', 'second.example', 'second.example', 'localhost', 'localhost', 'localhost'],
  );
});

test('more handshakes in a second than the limit are refused in clear', async () => {
  const words = "-ERR 'Connection throttling is active. Please try again later.'\r\n";
  // They say nothing: who has begun with TLS would not understand.
  const silent: Visitor = { tls: 'silent', patienceMs: LIMIT_MS };
  for (const side of [contrailSide(), referenceSide()]) {
    const server = await TlsServer.start(side, `tls { ${SHOWS_SERVER}, connection_rate_limit: 2 }`);
    try {
      const sights = await Promise.all(Array.from({ length: 6 }, () => visit(server.port, silent)));
      const throttled = sights.filter(({ clear }) => clear === words);
      const admitted = sights.filter(({ clear }) => clear === '');
      assert.equal(throttled.length + admitted.length, sights.length, JSON.stringify(sights));
      // On a busy machine they do not all come in the same second.
      assert.ok(throttled.length >= 1 && admitted.length >= 2, JSON.stringify(sights));
      await server.process.until((log) => /Rejected \d+ connections due to TLS rate limiting/.test(log), LIMIT_MS);
    } finally {
      await server.dispose();
    }
  }
});

test('a connection too many is told so in clear, whatever TLS asks for', async () => {
  for (const first of [false, true]) {
    const config = `max_connections: 0\ntls { ${SHOWS_SERVER}, handshake_first: ${first} }`;
    const sights: Sight[] = [];
    for (const side of [contrailSide(), referenceSide()]) {
      const server = await TlsServer.start(side, config);
      try {
        sights.push(await visit(server.port, { tls: 'silent', patienceMs: 3_000 }));
      } finally {
        await server.dispose();
      }
    }
    assert.deepEqual(sights[0], sights[1]);
    assert.match(sights[0]?.clear ?? '', /maximum connections exceeded/);
  }
});

/** Who a client is: monitoring knows. */
async function mappedOn(side: Side, users: readonly string[], certificates: readonly string[], connect = {}) {
  const config = `http: "127.0.0.1:-1"
    tls { ${SHOWS_SERVER}, ${KNOWS_CA}, verify_and_map: true }
    authorization { users: [${users.map((user) => `{user: ${JSON.stringify(user)}}`).join(', ')}] }`;
  const server = await TlsServer.start(side, config);
  const seen: unknown[] = [];
  try {
    for (const certificate of certificates) {
      const meanwhile = async () => {
        const response = await fetch(`http://127.0.0.1:${server.process.monitorPort}/connz?auth=1`);
        const { connections } = (await response.json()) as { connections: Record<string, unknown>[] };
        return connections.map(({ authorized_user, tls_version, tls_cipher_suite, tls_peer_certs, tls_first }) => {
          return { authorized_user, tls_version, tls_cipher_suite, tls_peer_certs, tls_first };
        });
      };
      const before = server.process.log.length;
      const sight = await visit(server.port, { tls: 'after info', certificate, connect, meanwhile });
      await server.process.until((log) => log.slice(before).includes('Client connection closed'), LIMIT_MS);
      seen.push({ certificate, secure: sight.secure, connections: sight.meanwhile });
    }
    return { seen, lines: tlsLines(server.process.log) };
  } finally {
    await server.dispose();
  }
}

const NAMED_CLIENTS = [
  'client',
  'client_email',
  'client_dns',
  'client_uri',
  'client_all',
  'client_dn',
  'client_dc',
  'client_multi',
  'client_special',
  'client_forged',
  'client_unicode',
  'client_odd',
  'client_nameless',
];

/** Sets of users, each of which lets some of the clients above in. */
const USER_SETS: readonly (readonly string[])[] = [
  [
    'alice@example.com',
    'app.example.com',
    'spiffe://example.com/alice',
    'all@example.com',
    'all.example.com',
    'CN=client',
  ],
  ['all.example.com', 'CN=dana,OU=Tests,O=Contrail,ST=Zurich,C=CH', 'CN=dora,O=Contrail,DC=example,DC=org', 'CN=odd'],
  [
    'C=CH, O=Contrail, ST=Zurich, OU=Tests, CN=dana',
    'OU=Tests+CN=mia,O=Contrail',
    'DC=org,CN=dora,DC=example,O=Contrail',
  ],
  [
    'CN=dana,OU=Tests,O=Contrail',
    'CN=mia,O=Contrail',
    'CN=mia,OU=Tests,O=Contrail',
    'CN=dora,O=Contrail,DC=org,DC=example',
  ],
  [
    'CN=dana\\,OU=Tests\\,O=Contrail',
    'CN=\\#hash \\"q\\" \\<x\\>\\; \\=,O=A\\, B \\+ C',
    'CN=José,O=Bücher',
    'CN=all,O=Contrail',
  ],
  ['CN=Jos\\C3\\A9,O=B\\C3\\BCcher', 'CN=client ', 'client', 'dana', 'cn=odd', 'CN=u', 'CN=e', 'CN=d'],
];

test('verify_and_map finds the same user for every certificate', async () => {
  const found = new Set<unknown>();
  for (const users of USER_SETS) {
    const ours = await mappedOn(contrailSide(), users, NAMED_CLIENTS);
    const theirs = await mappedOn(referenceSide(), users, NAMED_CLIENTS);
    assert.deepEqual(ours.seen, theirs.seen, users.join(' | '));
    assert.deepEqual(ours.lines, theirs.lines, users.join(' | '));
    for (const one of ours.seen as { certificate: string; secure: string }[]) {
      if (one.secure.includes('PONG')) found.add(one.certificate);
    }
  }
  // Everybody was somebody once, but for who has no name at all.
  assert.deepEqual([...found].sort(), NAMED_CLIENTS.filter((name) => name !== 'client_nameless').sort());
});

test('a user in CONNECT does not count where certificates are mapped', async () => {
  const users = ['CN=client', 'other'];
  const connect = { user: 'other', pass: '' };
  const ours = await mappedOn(contrailSide(), users, ['client', 'client_dn'], connect);
  assert.deepEqual(ours, await mappedOn(referenceSide(), users, ['client', 'client_dn'], connect));
});

test('a reload shows another certificate to later clients, and leaves those that are in alone', async () => {
  const seen: unknown[] = [];
  for (const side of [contrailSide(), referenceSide()]) {
    const copy = (name: string) => (folder: string) => {
      copyFileSync(tlsFixture(`${name}.pem`), join(folder, 'cert.pem'));
      copyFileSync(tlsFixture(`${name}.key.pem`), join(folder, 'key.pem'));
    };
    const files = 'cert_file: "FOLDER/cert.pem", key_file: "FOLDER/key.pem"';
    const server = await TlsServer.start(side, `tls { ${files} }`, { prepare: copy('server') });
    try {
      const reload = async () => {
        copy('server_second')(server.folder);
        process.kill(server.process.pid, 'SIGHUP');
        await server.process.until((log) => log.includes('Reloaded server configuration'), LIMIT_MS);
        return (await visit(server.port, { tls: 'after info' })).serverName;
      };
      const { serverName, meanwhile, isRefused } = await visit(server.port, { tls: 'after info', meanwhile: reload });
      const lines = server.process.log.split('\n').filter((line) => line.includes('Reloaded: tls'));
      seen.push({ serverName, meanwhile, isRefused, lines: lines.map((line) => line.replace(/^.*\[INF\] /, '')) });
    } finally {
      await server.dispose();
    }
  }
  assert.deepEqual(seen[0], seen[1]);
  const { serverName, meanwhile } = seen[0] as { serverName: string; meanwhile: string };
  assert.deepEqual([serverName, meanwhile], ['localhost', 'second.example']);
});

function securePage(port: number, path: string): Promise<Record<string, unknown>> {
  return new Promise((resolve, reject) => {
    const ca = readFileSync(tlsFixture('ca.pem'));
    const request = get({ host: '127.0.0.1', port, path, ca, servername: 'localhost' }, (response) => {
      let body = '';
      response.on('data', (chunk) => {
        body += String(chunk);
      });
      response.on('end', () => resolve(JSON.parse(body) as Record<string, unknown>));
    });
    request.on('error', reject);
  });
}

/** All that comes until the end. */
async function plainAnswer(port: number, request: string): Promise<string> {
  const socket = connectPlain(port, '127.0.0.1').setEncoding('latin1');
  socket.write(request);
  let answer = '';
  for await (const chunk of socket) answer += String(chunk);
  return answer;
}

test('monitoring over HTTPS shows what the reference shows of TLS', async () => {
  const seen: unknown[] = [];
  for (const side of [contrailSide(), referenceSide()]) {
    const server = await TlsServer.start(
      side,
      `https: "127.0.0.1:-1"\ntls { ${SHOWS_SERVER}, ${KNOWS_CA}, verify: true, timeout: 3 }`,
    );
    try {
      const [, port] = /Starting https monitor on 127\.0\.0\.1:(\d+)/.exec(server.process.log) ?? [];
      const varz = await securePage(Number(port), '/varz');
      const { http_port, tls_required, tls_verify, tls_timeout, tls_cert_not_after, auth_timeout } = varz;
      const inClear = await plainAnswer(Number(port), 'GET /varz HTTP/1.1\r\nHost: x\r\n\r\n');
      seen.push({ http_port, tls_required, tls_verify, tls_timeout, tls_cert_not_after, auth_timeout, inClear });
    } finally {
      await server.dispose();
    }
  }
  assert.deepEqual(seen[0], seen[1]);
});

/** What the official client does with a server, and hears from it. */
async function clientSeen(side: Side, config: string, tls: TlsOptions): Promise<unknown> {
  const server = await TlsServer.start(side, `${config}\njetstream { store_dir: "FOLDER/store" }`);
  const seen: Record<string, unknown> = {};
  try {
    const client = await connect({ servers: `localhost:${server.port}`, tls, reconnect: false });
    const { tls_required, tls_verify, tls_available } = client.info ?? {};
    seen['info'] = { tls_required, tls_verify, tls_available };
    const echo = client.subscribe('echo.*', {
      callback: (_error, message) => {
        message.respond(message.data);
      },
    });
    const large = 'x'.repeat(900_000);
    for (const payload of ['', 'short', large]) {
      const answer = await client.request('echo.a', payload, { timeout: LIMIT_MS });
      seen[`echo of ${payload.length}`] = answer.string() === payload;
    }
    const many = 20_000;
    const received = new Promise<number>((resolve) => {
      let count = 0;
      client.subscribe('many', {
        callback: () => {
          if (++count === many) resolve(count);
        },
      });
    });
    for (let i = 0; i < many; i++) client.publish('many', `message ${i}`);
    seen['many'] = await received;
    const manager = await jetstreamManager(client);
    await manager.streams.add({ name: 'S', subjects: ['s.>'] });
    const stored = await Promise.all(['a', 'b', 'c'].map((name) => jetstream(client).publish(`s.${name}`, name)));
    seen['stored'] = stored.map(({ seq }) => seq);
    echo.unsubscribe();
    await client.drain();
    seen['refusal'] = await connect({ servers: `localhost:${server.port}`, tls: {}, reconnect: false }).then(
      () => 'none',
      (error: unknown) => (error instanceof Error ? error.name : 'other'),
    );
    return seen;
  } finally {
    await server.dispose();
  }
}

test('the JavaScript client works over TLS, whoever speaks first', async () => {
  const files = tlsFiles('client');
  const tls = { caFile: tlsFixture('ca.pem'), certFile: files.certFile, keyFile: files.keyFile };
  const block = `${SHOWS_SERVER}, ${KNOWS_CA}, verify: true`;
  for (const isFirst of [false, true]) {
    const config = `tls { ${block}, handshake_first: ${isFirst} }`;
    const options = isFirst ? { ...tls, handshakeFirst: true } : tls;
    const ours = await clientSeen(contrailSide(), config, options);
    assert.deepEqual(ours, await clientSeen(referenceSide(), config, options), `handshake_first: ${isFirst}`);
    assert.deepEqual((ours as Record<string, unknown>)['stored'], [1, 2, 3]);
  }
});
