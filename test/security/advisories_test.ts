// What the published advisories of nats-server found, asked of this server; docs/security.md lists them all. Those about who
// may do what stand beside the rooms that decide it.
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { MonitorWorld } from '../../src/sim/monitor_world.ts';
import { EVERYBODY, type FakeSocket, ServerWorld } from '../../src/sim/server_world.ts';
import type { RawConnection } from './raw_connection.ts';
import { RunningServer } from './running_server.ts';

const TOKEN = { ...EVERYBODY, rules: { ...EVERYBODY.rules, token: 'secret' } };

async function dialled(world: ServerWorld): Promise<FakeSocket> {
  const client = world.dial();
  await world.turn();
  client.take();
  return client;
}

test('CVE-2022-24450: CONNECT cannot choose or make an account, not even the one it would get', async () => {
  const world = await new ServerWorld().start();
  for (const said of [
    { account: '$SYS' },
    { account: '$G' },
    { account: 'A', new_account: true },
    { new_account: true },
  ]) {
    const client = await dialled(world);
    client.send(`CONNECT ${JSON.stringify({ verbose: false, ...said })}\r\nPING\r\n`);
    await world.turn();
    assert.equal(client.take(), "-ERR 'Authorization Violation'\r\n", JSON.stringify(said));
    assert.ok(client.isEnded);
  }
  assert.deepEqual(
    [...world.server.accounts].map(({ name }) => name),
    ['$G', '$SYS'],
  );
});

test('CVE-2022-24450: fields of CONNECT that are no client’s have no effect', async () => {
  const world = await new ServerWorld().start();
  const fields = [
    'import',
    'export',
    'remote_account',
    'is_system',
    'admin',
    'kind',
    'permissions',
    'acc',
    'proxy_sig',
  ];
  const strange = Object.fromEntries(fields.map((field) => [field, { publish: '>', subscribe: '>', name: '$SYS' }]));
  const client = await world.connect({ ...strange, __proto__: { admin: true }, 'constructor.prototype': 1 });
  client.send('PUB $SYS.REQ.USER.INFO 0\r\n\r\nSUB a 1\r\nPUB a 1\r\nx\r\n');
  await world.turn();
  assert.equal(client.take(), 'MSG a 1 1\r\nx\r\n');
  const [connection] = [...world.server.connections.values()];
  assert.equal(connection?.account.name, '$G');
});

test('advisory 2026-04, 2026-10, 2026-19: before CONNECT every other verb ends the connection, once and with one word', async () => {
  const world = await new ServerWorld({}, TOKEN).start();
  const lines = ['PING', 'PONG', '+OK', "-ERR 'x'", 'INFO {}', 'INFO {"compression":"s2_auto"}', 'SUB a 1', 'UNSUB 1'];
  lines.push(
    'PUB a 0\r\n',
    'HPUB a 0 0\r\n',
    'MSG a 1 0\r\n',
    'RS+ A a',
    'LS+ a',
    'LMSG a 0\r\n',
    'A+ A',
    'RMSG A a 0\r\n',
    '\0',
    '',
  );
  for (const line of lines) {
    for (const repeated of [1, 2]) {
      const client = await dialled(world);
      client.send(`${line}\r\n`.repeat(repeated));
      await world.turn();
      assert.equal(client.take(), "-ERR 'Authorization Violation'\r\n", line);
      assert.ok(client.isEnded, line);
    }
  }
  assert.equal(world.server.subscriptionCount, 0);
  assert.equal(world.server.connections.size, 0);
});

test('advisory 2026-04, 2026-10, 2026-19: every verb twice after CONNECT, CONNECT itself included, harms nobody', async () => {
  const world = await new ServerWorld({}, TOKEN).start();
  const bystander = await world.connect({ auth_token: 'secret' });
  bystander.send('SUB > 1\r\n');
  const good = '{"verbose":false,"pedantic":false,"auth_token":"secret"}';
  for (const line of [
    `CONNECT ${good}`,
    'PING',
    'PONG',
    'INFO {}',
    'SUB a 1',
    'UNSUB 1',
    'RS+ A a',
    'LS+ a',
    'CONNECT {}',
  ]) {
    const client = await dialled(world);
    client.send(`CONNECT ${good}\r\n${line}\r\n${line}\r\n`);
    await world.turn();
    assert.doesNotMatch(client.take(), /secret/, line);
    client.hangUp();
  }
  bystander.send('PUB still.here 1\r\nx\r\n');
  await world.turn();
  assert.equal(bystander.take(), 'MSG still.here 1 1\r\nx\r\n');
});

test('advisory 2026-04, 2026-10, 2026-19: a CONNECT that was refused leaves nothing to go on with', async () => {
  const world = await new ServerWorld({}, TOKEN).start();
  const client = await dialled(world);
  const good = 'CONNECT {"verbose":false,"auth_token":"secret"}\r\n';
  client.send(`CONNECT {"auth_token":"wrong"}\r\n${good}SUB a 1\r\nPING\r\n`);
  client.send(`${good}PING\r\n`);
  await world.turn();
  assert.equal(client.take(), "-ERR 'Authorization Violation'\r\n");
  assert.equal(world.server.subscriptionCount, 0);
});

test('advisory 2026-15, 2026-20: a header that names where traces go makes the server publish nothing', async () => {
  const world = await new ServerWorld().start();
  const listener = await world.connect({ headers: true });
  listener.send('SUB trace.here 1\r\nSUB a 2\r\n');
  const client = await world.connect({ headers: true });
  for (const name of ['Nats-Trace-Dest', 'nats-trace-dest', 'NATS-TRACE-DEST', 'traceparent']) {
    const header = `NATS/1.0\r\n${name}: trace.here\r\nNats-Trace-Only: true\r\n\r\n`;
    client.send(`HPUB a ${header.length} ${header.length}\r\n${header}\r\n`);
    await world.turn();
    const heard = listener.take();
    assert.equal(heard.match(/HMSG /g)?.length, 1, name);
    assert.doesNotMatch(heard, /MSG trace\.here/, name);
  }
});

test('advisory 2026-27: what other kinds of links say on the client port is no protocol, and no page is behind /mqtt', async () => {
  const world = await new MonitorWorld().start();
  const mqttConnect = '\x10\x10\x00\x04MQTT\x04\x02\x00\x3c\x00\x04test';
  for (const hello of [
    'GET /mqtt HTTP/1.1\r\n',
    'GET / HTTP/1.1\r\nUpgrade: websocket\r\n',
    mqttConnect,
    '\x16\x03\x01\x02\x00\x01',
  ]) {
    const client = await dialled(world);
    client.send(hello);
    await world.turn();
    assert.equal(client.take(), "-ERR 'Unknown Protocol Operation'\r\n", JSON.stringify(hello));
    assert.ok(client.isEnded);
  }
  for (const path of ['/mqtt', '/leafnode', '/ws', '/debug/pprof', '/debug/pprof/heap', '/..', '/%2e%2e/etc/passwd']) {
    assert.ok([307, 404].includes(world.get(path).status), path);
  }
});

const NUMBERS = [
  ...[
    '0',
    '1',
    '-1',
    '1024',
    '2147483647',
    '2147483648',
    '9007199254740991',
    '9007199254740993',
    '9223372036854775807',
  ],
  ...[
    '9223372036854775808',
    '-9223372036854775808',
    '-9223372036854775809',
    '1e309',
    '1e3',
    '1.5',
    'NaN',
    'Infinity',
    ' 1',
    '0x10',
    '',
  ],
];

test('advisory 2026-28: offsets and limits of any size give a page or a refusal, and no more than there is', async () => {
  const world = await new MonitorWorld({}, true).start();
  for (let i = 0; i < 5; i++) await world.connect();
  await world.api('STREAM.CREATE.S', { name: 'S', subjects: ['a'], storage: 'memory' });
  const pages = [
    '/connz?',
    '/connz?state=all&',
    '/connz?sort=idle&',
    '/subsz?subs=1&',
    '/jsz?streams=1&',
    '/jsz?accounts=1&',
  ];
  for (const page of [...pages, '/connz?cid=', '/leafz?', '/accountz?', '/ipqueuesz?', '/healthz?']) {
    for (const offset of NUMBERS) {
      for (const limit of NUMBERS) {
        const target = `${page}offset=${encodeURIComponent(offset)}&limit=${encodeURIComponent(limit)}`;
        const { status, body } = world.get(target);
        assert.ok([200, 400, 404].includes(status), `${target}: ${status}`);
        if (status === 200) assert.ok(typeof JSON.parse(body) === 'object', target);
      }
    }
  }
  const all = world.page('/connz?offset=9223372036854775807&limit=9223372036854775807');
  assert.deepEqual([all.num_connections, all.total], [0, 5]);
  assert.equal(world.page('/connz?offset=-1&limit=9223372036854775807').num_connections, 5);
});

const PATHS = [
  ...[
    '..',
    '.',
    '../../evil',
    '/tmp/evil',
    'a/b',
    'a\\b',
    'a\u0000b',
    '~',
    'CON',
    '%2e%2e%2fevil',
    '..%2fevil',
    'ｅvil',
    'e\u0301vil',
  ],
  ...['a\nb', ' ', 'x'.repeat(256), '$(touch evil)', '-rf', '*', '>', 'a.b', '..\u002f..\u002fevil'],
];

/** Asks the API, and takes any answer for one. */
async function askAnything(client: RawConnection, subject: string, body: object): Promise<void> {
  // A subject with white space would be several arguments.
  if (/[\s\0]/.test(subject)) return;
  const text = Buffer.from(JSON.stringify(body)).toString('latin1');
  client.send(`PUB $JS.API.${Buffer.from(subject).toString('latin1')} _INBOX.1 ${text.length}\r\n${text}\r\n`);
  const { header, payload } = await client.message();
  assert.match(header + payload, /"type":|503/, subject);
}

test('CVE-2022-28357: no name that a client gives leads out of the store directory', async () => {
  await RunningServer.with({}, async (running) => {
    const client = await running.connect();
    client.send('SUB _INBOX.> 1\r\n');
    const policy = { ack_policy: 'explicit' };
    await askAnything(client, 'STREAM.CREATE.S', { name: 'S', subjects: ['s'], storage: 'file' });
    for (const [i, name] of PATHS.entries()) {
      const durable = { stream_name: 'S', config: { durable_name: name, ...policy } };
      await askAnything(client, `STREAM.CREATE.${name}`, { name, subjects: [`t.${i}`], storage: 'file' });
      await askAnything(client, `CONSUMER.CREATE.S.${name}`, { stream_name: 'S', config: { name, ...policy } });
      await askAnything(client, `CONSUMER.DURABLE.CREATE.S.${name}`, durable);
      await askAnything(client, 'CONSUMER.CREATE.S', durable);
      await askAnything(client, `STREAM.DELETE.${name}`, {});
    }
    assert.deepEqual(readdirSync(running.folder), ['store']);
    assert.deepEqual(readdirSync(join(running.folder, 'store')), ['contrail.lock', 'jetstream']);
    const account = join(running.folder, 'store', 'jetstream', '$G');
    assert.deepEqual(readdirSync(account), ['streams']);
    for (const entry of readdirSync(join(account, 'streams', 'S')))
      assert.match(entry, /^(?:meta\.(?:inf|sum)|msgs|obs)$/);
    for (const place of ['/tmp/evil', join(running.folder, '..', 'evil'), '/evil'])
      assert.ok(!existsSync(place), place);
  });
});
