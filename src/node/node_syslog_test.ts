import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { NodeSyslog } from './node_syslog.ts';

const OPTIONS = { pid: 4711, hostName: 'here', realtimeMs: () => Date.UTC(2026, 10, 3, 10, 2, 11) };
const LIMIT_MS = 20_000;

async function inDirectory(body: (root: string) => Promise<void>): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 'contrail-syslog-'));
  try {
    await body(root);
  } finally {
    rmSync(root, { recursive: true });
  }
}

/** A syslog server of the stream kind, and everything it was sent. */
class Listening {
  readonly server: Server;
  readonly sockets = new Set<Socket>();
  text = '';
  #wanted: { readonly lines: number; readonly resolve: () => void } | null = null;

  constructor() {
    this.server = createServer((socket) => {
      this.sockets.add(socket);
      socket.on('data', (chunk) => {
        this.text += chunk.toString();
        if (this.#wanted !== null && this.lines.length >= this.#wanted.lines) this.#wanted.resolve();
      });
    });
  }

  get lines(): string[] {
    return this.text.split('\n').slice(0, -1);
  }

  listen(where: { path: string } | { port: number; host: string }): Promise<void> {
    return new Promise((resolve) => this.server.listen(where, resolve));
  }

  get port(): number {
    const address = this.server.address();
    assert.ok(typeof address === 'object' && address !== null);
    return address.port;
  }

  until(lines: number): Promise<void> {
    if (this.lines.length >= lines) return Promise.resolve();
    return within(new Promise((resolve) => (this.#wanted = { lines, resolve })), () => this.text);
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

async function within<T>(promise: Promise<T>, what: () => string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`Not within ${LIMIT_MS} ms: ${what()}`)), LIMIT_MS);
  });
  try {
    return await Promise.race([promise, limit]);
  } finally {
    clearTimeout(timer);
  }
}

test('NodeSyslog sends to a server on this machine in the short form, as a daemon', () =>
  inDirectory(async (root) => {
    const path = join(root, 'log');
    const listening = new Listening();
    await listening.listen({ path });
    const log = await NodeSyslog.openLocal(OPTIONS, [join(root, 'none'), path]);
    for (const level of ['fatal', 'error', 'warn', 'info', 'trace', 'debug'] as const) log.say(level, level, undefined);
    log.say('info', 'two\nlines', { key: 'v w' });
    await listening.until(7);
    const stamp = /^<(\d+)>Nov {2}3 \d\d:02:11 nats-server\[4711\]: (.*)$/;
    assert.deepEqual(
      listening.lines.map((line) => stamp.exec(line)?.slice(1)),
      [
        ['26', 'fatal'],
        ['27', 'error'],
        ['28', 'warn'],
        ['29', 'info'],
        ['29', 'trace'],
        ['31', 'debug'],
        ['29', 'two\\nlines key="v w"'],
      ],
    );
    await log.close();
    await listening.close();
  }));

test('NodeSyslog sends to another machine over TCP with its name and the whole date', async () => {
  const listening = new Listening();
  await listening.listen({ port: 0, host: '127.0.0.1' });
  const log = await NodeSyslog.openRemote(OPTIONS, `tcp://127.0.0.1:${listening.port}`);
  log.say('info', 'hello', undefined);
  log.say('error', 'broken', undefined);
  await log.close();
  await listening.until(2);
  assert.match(
    listening.text,
    /^<5>2026-11-03T\d\d:02:11(?:Z|[+-]\d\d:\d\d) here nats-server\[4711\]: hello\n<3>2026-11-03T.* broken\n$/,
  );
  await listening.close();
});

test('NodeSyslog connects again when the server comes back, and sends what it kept', async () => {
  const listening = new Listening();
  await listening.listen({ port: 0, host: '127.0.0.1' });
  const { port } = listening;
  const log = await NodeSyslog.openRemote(OPTIONS, `tcp://127.0.0.1:${port}`);
  log.say('info', 'one', undefined);
  await listening.until(1);
  const [socket] = listening.sockets;
  assert.ok(socket !== undefined);
  await listening.close();
  const again = new Listening();
  await again.listen({ port, host: '127.0.0.1' });
  // The first may go to a connection of which nobody has heard yet that it is over.
  for (let i = 0; again.lines.length === 0; i++) {
    log.say('info', `again ${i}`, undefined);
    await new Promise((resolve) => setImmediate(resolve));
    assert.ok(i < 100_000);
  }
  assert.match(again.lines[0] ?? '', /again \d+$/);
  await log.close();
  await again.close();
});

test('NodeSyslog sends a datagram for each message over UDP', async () => {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const got = new Promise<string>((resolve) => socket.once('message', (message) => resolve(message.toString())));
  const log = await NodeSyslog.openRemote(OPTIONS, `udp://127.0.0.1:${socket.address().port}`);
  log.say('warn', 'careful', undefined);
  assert.match(await within(got, () => 'no datagram'), /^<4>2026-11-03T.* here nats-server\[4711\]: careful\n$/);
  await log.close();
  socket.close();
});

test('NodeSyslog lets the logger command carry messages where only datagrams are taken', () =>
  inDirectory(async (root) => {
    // A file stands for the socket that this program cannot speak to, a script for the command.
    const path = join(root, 'log');
    writeFileSync(path, '');
    const program = join(root, 'logger');
    writeFileSync(program, `#!/bin/sh\nwhile read -r line; do echo "$* | $line" >> '${root}/got'; done\n`);
    chmodSync(program, 0o755);
    const before = process.env['PATH'] ?? '';
    process.env['PATH'] = `${root}:${before}`;
    try {
      const log = await NodeSyslog.openLocal(OPTIONS, [path]);
      log.say('info', 'hello', undefined);
      log.say('error', 'broken', undefined);
      log.say('info', 'again', undefined);
      await log.close();
    } finally {
      process.env['PATH'] = before;
    }
    const got = readFileSync(join(root, 'got'), 'utf8').trim().split('\n').sort();
    assert.deepEqual(got, [
      `-t nats-server[4711] -u ${path} -p daemon.err | broken`,
      `-t nats-server[4711] -u ${path} -p daemon.notice | again`,
      `-t nats-server[4711] -u ${path} -p daemon.notice | hello`,
    ]);
  }));

test('NodeSyslog says what is wrong with an address, as the reference does', async () => {
  const fault = (address: string) =>
    NodeSyslog.openRemote(OPTIONS, address).then(
      () => '',
      (error: Error) => error.message,
    );
  assert.equal(await fault('http://a:1'), 'error invalid network type: "http"');
  assert.equal(await fault('localhost'), 'error invalid network type: ""');
  assert.equal(
    await fault('udp://localhost'),
    'error connecting to syslog: "dial udp: address localhost: missing port in address"',
  );
  assert.match(await fault('tcp://127.0.0.1:1'), /^error connecting to syslog: ".*ECONNREFUSED.*"$/);
  await assert.rejects(NodeSyslog.openLocal(OPTIONS, ['/none/log']), {
    message: 'error connecting to syslog: "Unix syslog delivery error"',
  });
});
