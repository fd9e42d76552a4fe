// Reloading, seen from outside: the same files and signals to both servers, the same lines in their logs, the same effects
// on their clients. Needs the reference server (see server_process.ts).
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { tlsFixture } from '../../src/node/tls_fixtures.ts';
import { LoggedProcess } from './logged_process.ts';
import { contrailSide, referenceSide, type Side } from './server_process.ts';
import { TextClient } from './text_client.ts';

const LIMIT_MS = 30_000;

/** A server with a configuration file of its own, that is written and read again. */
class ReloadedServer {
  readonly folder: string;
  readonly process: LoggedProcess;
  readonly #file: string;

  private constructor(side: Side, config: string, flags: readonly string[]) {
    this.folder = mkdtempSync(join(tmpdir(), 'contrail-reload-'));
    this.#file = join(this.folder, 'server.conf');
    this.#write(config);
    this.process = LoggedProcess.start([...side.command, '-c', this.#file, ...flags]);
  }

  static async start(side: Side, config = '', flags: readonly string[] = []): Promise<ReloadedServer> {
    const server = new ReloadedServer(side, config, flags);
    assert.notEqual(await server.process.ready(), null, server.process.log);
    return server;
  }

  /** Lines that the reload brought, as both servers should say them. */
  reload(config: string): Promise<readonly string[]> {
    return this.change(config, /Reloaded server configuration|Failed to reload server configuration/g);
  }

  change(config: string, end: RegExp): Promise<readonly string[]> {
    this.#write(config);
    return this.signal('SIGHUP', end);
  }

  /** Lines that came since the signal, once there is one more that matches. */
  async signal(signal: NodeJS.Signals, end: RegExp): Promise<readonly string[]> {
    const before = this.process.log.length;
    process.kill(this.process.pid, signal);
    await this.process.until((log) => (log.slice(before).match(end)?.length ?? 0) > 0, LIMIT_MS);
    return linesOf(this.process.log.slice(before), this.folder);
  }

  get port(): number {
    return Number(/Listening for client connections on [^\s]*:(\d+)/.exec(this.process.log)?.[1]);
  }

  async dispose(): Promise<void> {
    await this.process.dispose();
    rmSync(this.folder, { recursive: true, force: true });
  }

  #write(config: string): void {
    writeFileSync(this.#file, `port: -1\nhost: 127.0.0.1\n${config.replaceAll('FOLDER', this.folder)}\n`);
  }
}

/** Without process id and time; ports and the folder are each server's own, and the digest differs with the folder. */
function linesOf(log: string, folder: string): string[] {
  return (
    log
      .trim()
      .split('\n')
      // A reload of ours warns of what a start warns of; nats-server's says nothing about it.
      .filter((line) => !line.includes('[WRN]'))
      .map((line) => line.replace(/^\[\d+\] [\d/]+ [\d:.]+ /, ''))
      .map((line) =>
        line
          .replaceAll(folder, 'FOLDER')
          .replace(/sha256:[0-9a-f]{64}/, 'sha256')
          .replace(/Port: old=\d+,/, 'Port: old=PORT,'),
      )
  );
}

/** Resolves when the file is there and says that. */
async function fileSays(file: string, words: RegExp): Promise<void> {
  const deadline = performance.now() + LIMIT_MS;
  while (!existsSync(file) || !words.test(readFileSync(file, 'utf8'))) {
    if (performance.now() > deadline) throw new Error(`'${file}' does not say ${words}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function onBoth(config: string, body: (server: ReloadedServer) => Promise<unknown>): Promise<void> {
  const results: unknown[] = [];
  for (const side of [referenceSide(), contrailSide()]) {
    const server = await ReloadedServer.start(side, config);
    try {
      results.push(await body(server));
    } finally {
      await server.dispose();
    }
  }
  const [theirs, ours] = results;
  assert.deepEqual(ours, theirs);
}

async function reloadAll(server: ReloadedServer, steps: readonly string[]): Promise<unknown> {
  const said: (readonly [string, readonly string[]])[] = [];
  for (const step of steps) said.push([step, await server.reload(step)]);
  return said;
}

test('what can change is applied and told as by nats-server', () =>
  onBoth('', (server) =>
    reloadAll(server, [
      '',
      'max_payload: 1000, ping_interval: "5s", max_conn: 5, debug: true, logtime_utc: true, max_control_line: 1k',
      'ping_max: 4, write_deadline: "1m5.5s", client_advertise: "a:1"',
      'client_advertise: "a:b:c"',
      'server_tags: [a,b], server_metadata {a: b}',
      'connect_error_reports: 5, reconnect_error_reports: 9, max_traced_msg_len: 7, no_fast_producer_stall: true',
      'trace: true',
      'trace_verbose: true',
      'trace_headers: true',
      'authorization {user: a, password: b, timeout: 5}',
      'authorization {token: a, timeout: 0.5}',
      'max_connections: 0',
      'pid_file: "FOLDER/a.pid"',
      '',
    ]),
  ));

test('TLS is told of where it shows or asks for something else, or has authorities, as by nats-server', () => {
  const files = (name: string) =>
    `cert_file: "${tlsFixture(`${name}.pem`)}", key_file: "${tlsFixture(`${name}.key.pem`)}"`;
  const authorities = `ca_file: "${tlsFixture('ca.pem')}"`;
  const steps = [
    `tls { ${files('server')} }`,
    `tls { ${files('server')}, min_version: "1.3" }`,
    `tls { ${files('server_second')} }`,
    `tls { ${files('server_second')}, verify: true }`,
    `tls { ${files('server_second')}, ${authorities} }`,
    `tls { certs: [{${files('server')}}, {${files('server_second')}}] }`,
    '',
  ];
  return onBoth('', (server) =>
    reloadAll(
      server,
      steps.flatMap((step) => [step, step]),
    ),
  );
});

test('users with keys are told of as by nats-server, whether they have changed or not', () => {
  const [a, b] = [
    'nkey: UCNGL4W5QX66CFX6A6DCBVDH5VOHMI7B2UZZU7TXAUQQSI2JPHULCKBR',
    'nkey: UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4',
  ];
  const types = (...names: string[]) => `allowed_connection_types: [${names.join()}]`;
  const steps = [
    `authorization { users: [{${a}}, {${b}}] }`,
    `authorization { users: [{${b}}, {${a}}] }`,
    `authorization { users: [{${a}, ${types('STANDARD', 'MQTT')}}] }`,
    `authorization { users: [{${a}, ${types('MQTT', 'STANDARD')}}] }`,
    `authorization { users: [{${a}, permissions: {publish: x}}] }`,
    `authorization { default_permissions: {publish: x}, users: [{${a}}] }`,
    `accounts { A { users: [{${a}}] } }`,
    `accounts { A { users: [{${a}}] } }`,
    '',
    '',
  ];
  return onBoth('', (server) => reloadAll(server, steps));
});

test('what cannot change is refused by name as by nats-server, and nothing changes', () =>
  onBoth('', (server) =>
    reloadAll(server, [
      'host: 0.0.0.0',
      'port: 7777',
      'server_name: X',
      'max_pending: 10MB, max_payload: 5',
      'max_subs: 10',
      'max_sub_tokens: 10',
      'no_header_support: true',
      'http: 0.0.0.0:8777',
      'http_port: -1',
      'lame_duck_duration: "60s"',
      'lame_duck_grace_period: "3s"',
      'max_closed_clients: 5',
      'disable_sublist_cache: true',
      'log_size_limit: 1000',
      'log_max_num: 5',
      'max_payload: 100MB',
      'lame_duck_grace_period: "3m"',
      '',
    ]),
  ));

test('a bad file is refused with its faults, and the server goes on', () =>
  onBoth('', (server) => reloadAll(server, ['foo: 1', 'max_payload: 5g', 'max_payload: 5', 'server_name: "a b"', ''])));

test('JetStream starts, grows and ends by reloads as in nats-server', () =>
  onBoth('', async (server) => {
    const js = (more: string) => `jetstream {store_dir: "FOLDER/js", ${more}}`;
    const said = await reloadAll(server, [
      js('max_mem: 10M, max_file: 10M'),
      js('max_mem: 20M, max_file: 20M'),
      js('max_mem: 20M, max_file: 10M'),
      js('max_mem: 20M, max_file: 20M, domain: x'),
      js('max_mem: 20M, max_file: 20M, limits {max_ack_pending: 10}'),
      js('max_mem: 20M, max_file: 20M, unique_tag: x'),
      js(''),
      'jetstream {store_dir: "FOLDER/js2", max_mem: 20M, max_file: 20M}',
      '',
      'store_dir: "FOLDER/js2"',
      'jetstream: true, store_dir: "FOLDER/js2"',
    ]);
    // How each tells of its start is its own.
    const isReload = (line: string) => /Reload|reload|Restarting JetStream/.test(line);
    return (said as (readonly [string, readonly string[]])[]).map(([step, lines]) => [step, lines.filter(isReload)]);
  }));

test('clients feel what a reload changes as those of nats-server do', () =>
  onBoth('', async (server) => {
    const seen: unknown[] = [];
    const client = await TextClient.connect(server.port);
    await server.reload('max_payload: 5, client_advertise: "a.b:99"');
    client.send('PUB foo 5\r\nhello\r\n');
    await client.settled();
    client.text = '';
    client.send('PUB foo 6\r\nhello!\r\n');
    await client.closed();
    seen.push(client.text);
    const [one, two] = [await TextClient.connect(server.port), await TextClient.connect(server.port)];
    const info = JSON.parse(/INFO (\{.*\})/.exec(one.text)?.[1] ?? '{}');
    seen.push([info.max_payload, info.host, info.port]);
    await server.reload('max_connections: 1');
    await Promise.race([one.closed(), two.closed()]);
    seen.push([one, two].filter(({ isClosed }) => isClosed).map(({ text }) => text.split('\r\n').at(-2)));
    for (const socket of [one, two]) socket.close();
    return seen;
  }));

test('whoever may not come in any more is closed by a reload as by nats-server', () =>
  onBoth('authorization {token: b}', async (server) => {
    const client = await TextClient.connect(server.port, { auth_token: 'b' });
    await server.reload('authorization {token: b, timeout: 5}');
    await client.settled();
    client.text = '';
    await server.reload('authorization {token: c}');
    await client.closed();
    const again = await TextClient.connect(server.port, { auth_token: 'c' });
    again.close();
    return client.text;
  }));

test('clients of a user that is taken out are closed without a word, those of a new password hear of it, as in nats-server', () =>
  onBoth(
    'authorization {users: [{user: a, password: a}, {user: b, password: b}, {user: c, password: c}]}',
    async (server) => {
      const clients = await Promise.all(
        ['a', 'b', 'c'].map((user) => TextClient.connect(server.port, { user, pass: user })),
      );
      for (const client of clients) client.text = '';
      await server.reload('authorization {users: [{user: a, password: a}, {user: b, password: other}]}');
      const [kept, changed, gone] = clients;
      await Promise.all([kept?.settled(), changed?.closed(), gone?.closed()]);
      kept?.close();
      return clients.map(({ text }) => text);
    },
  ));

test('a reload that changes nothing about a user leaves its clients connected', async () => {
  const server = await ReloadedServer.start(contrailSide(), 'authorization {user: a, password: b}');
  try {
    const client = await TextClient.connect(server.port, { user: 'a', pass: 'b' });
    await server.reload('authorization {user: a, password: b}, max_payload: 100');
    await client.settled();
    client.close();
  } finally {
    await server.dispose();
  }
});

test('the log moves by reloads, and is opened again where it was moved away, as in nats-server', () =>
  onBoth('', async (server) => {
    const file = join(server.folder, 'a.log');
    const old = join(server.folder, 'old.log');
    const moved = await server.change('log_file: "FOLDER/a.log"', /log_file = /g);
    await fileSays(file, /Reloaded server configuration/);
    renameSync(file, old);
    process.kill(server.process.pid, 'SIGUSR1');
    await fileSays(file, /File log re-opened/);
    const back = await server.reload('');
    const said = (path: string) => linesOf(readFileSync(path, 'utf8'), server.folder);
    return [moved, said(old), said(file), back];
  }));

test('mappings of the global account go with their block', async () => {
  const server = await ReloadedServer.start(contrailSide(), 'mappings { a: b }');
  try {
    const client = await TextClient.connect(server.port);
    for (const config of ['mappings { a: c }', '']) {
      await server.reload(config);
      client.send('SUB > 1\r\nPUB a 1\r\nx\r\nUNSUB 1\r\n');
      await client.settled();
      assert.ok(client.text.endsWith(`MSG ${config === '' ? 'a' : 'c'} 1 1\r\nx\r\nPONG\r\n`), client.text);
    }
  } finally {
    await server.dispose();
  }
});

test('flags win over the file when it is read again', async () => {
  const server = await ReloadedServer.start(contrailSide(), 'max_payload: 10', ['-n', 'NAME', '-D=false', '-m', '-1']);
  try {
    assert.deepEqual((await server.reload('server_name: OTHER, debug: true, http_port: 1')).slice(-1), [
      '[INF] Reloaded server configuration (sha256)',
    ]);
    assert.doesNotMatch(server.process.log, /\[DBG\]/);
  } finally {
    await server.dispose();
  }
});

test('SIGUSR1 without a log file is ignored as by nats-server', () =>
  onBoth('', (server) => server.signal('SIGUSR1', /re-open/g)));

test('the pid file of a reload is written', () =>
  onBoth('', async (server) => {
    const file = join(server.folder, 'a.pid');
    await server.reload('pid_file: "FOLDER/a.pid"');
    assert.ok(existsSync(file));
    return readFileSync(file, 'utf8') === String(server.process.pid);
  }));
