// Every endpoint of the JetStream API, asked from accounts that are not the owner's: nothing of the owner's is told, changed
// or destroyed, also where the foreign account has assets of the same names. The endpoints come from the server's own tables.
// Advisory: CVE-2025-30215.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACCOUNT_ROUTES } from '../../src/jetstream/api/account_requests.ts';
import { CLUSTER_ROUTES } from '../../src/jetstream/api/cluster_requests.ts';
import { CONSUMER_ROUTES } from '../../src/jetstream/api/consumer_requests.ts';
import { MESSAGE_ROUTES } from '../../src/jetstream/api/message_requests.ts';
import { STREAM_ROUTES } from '../../src/jetstream/api/stream_requests.ts';
import type { RawConnection, StrictMessage } from './raw_connection.ts';
import { RunningServer } from './running_server.ts';

/** In everything that is the owner's, and in nothing that others say. */
const CANARY = 'canary';
const CONFIG = `
accounts {
  OWNER { jetstream: enabled, users: [{user: owner, password: x}], exports: [{service: "$JS.API.STREAM.INFO.PUBLIC"}] }
  FOREIGN { jetstream: enabled, users: [{user: foreign, password: x}] }
  BARE { users: [{user: bare, password: x}] }
  IMPORTING {
    users: [{user: importing, password: x}]
    imports: [{service: {account: OWNER, subject: "$JS.API.STREAM.INFO.PUBLIC"}, to: "$JS.API.STREAM.INFO.S"}]
  }
  SYS { users: [{user: sys, password: x}] }
}
system_account: SYS
`;
const SYSTEM = 'sys';
const STRANGERS = ['foreign', 'bare', 'importing', SYSTEM];
/** What the system account is for: it may do this, nobody else. */
const SYSTEM_MAY: readonly string[] = ['ACCOUNT.PURGE.OWNER'];

/** With the names of the owner's stream and consumer. */
const ENDPOINTS = [
  ...[...ACCOUNT_ROUTES, ...STREAM_ROUTES, ...MESSAGE_ROUTES, ...CONSUMER_ROUTES, ...CLUSTER_ROUTES].map(
    ({ words, names, more }) => [words, ...['S', 'C', 'x'].slice(0, names + (more === true ? 1 : 0))].join('.'),
  ),
  // Those that streams and consumers listen for themselves.
  ...['CONSUMER.MSG.NEXT.S.C', 'DIRECT.GET.S', `DIRECT.GET.S.${CANARY}.1`],
];
/** Those for operators, which name the account that they act on, and what looks like them. Some are not answered. */
const OPERATORS = [
  ...['ACCOUNT.PURGE.OWNER', 'ACCOUNT.STREAM.MOVE.OWNER.S', 'ACCOUNT.STREAM.CANCEL_MOVE.OWNER.S', 'SERVER.REMOVE'],
  ...['META.LEADER.STEPDOWN', 'STREAM.INFO.OWNER.S', 'STREAM.DELETE.$JS.OWNER.S', 'STREAM.PURGE.OWNER.S'],
];

/** What a request may be about, in one body: each endpoint takes its own fields of it, or refuses. */
const BODIES = [
  '',
  '{"name":"S","stream_name":"S","config":{"durable_name":"C","ack_policy":"explicit"},"seq":1,"no_wait":true,"batch":1}',
  '{"seq":1}',
  '{"name":"S","subjects":["other"],"storage":"memory"}',
  '{"account":"OWNER","account_name":"OWNER","stream":"S","consumer":"C"}',
  '{"deliver_subject":"_I.chunks","no_consumers":false}',
  '{"name":"T","mirror":{"name":"S","external":{"api":"$JS.OWNER.API","deliver":"d"}},"storage":"memory"}',
];

class Asker {
  readonly client: RawConnection;
  #asked = 0;

  constructor(client: RawConnection) {
    this.client = client;
  }

  /** The first answer. */
  async ask(subject: string, body = ''): Promise<StrictMessage> {
    const sid = String(++this.#asked);
    this.client.send(`SUB _I.${sid} ${sid}\r\nPUB ${subject} _I.${sid} ${body.length}\r\n${body}\r\n`);
    // What a stream delivers keeps its own subject.
    for (;;) {
      const message = await this.client.message();
      if (message.sid === sid) return message;
    }
  }

  async api(endpoint: string, body: object | string = ''): Promise<string> {
    const { payload } = await this.ask(`$JS.API.${endpoint}`, typeof body === 'string' ? body : JSON.stringify(body));
    return payload;
  }
}

async function asker(running: RunningServer, user: string): Promise<Asker> {
  return new Asker(await running.connect({ user, pass: 'x' }));
}

/** A stream with messages, and a consumer that waits for two of them to be acknowledged. */
async function furnish(owner: Asker): Promise<void> {
  const subjects = [`${CANARY}.*`];
  const stream = { name: 'S', subjects, storage: 'file', allow_direct: true, metadata: { kept: CANARY } };
  assert.match(await owner.api('STREAM.CREATE.S', stream), /"did_create":true/);
  const config = { durable_name: 'C', ack_policy: 'explicit', ack_wait: 3_600_000_000_000, description: CANARY };
  assert.doesNotMatch(await owner.api('CONSUMER.DURABLE.CREATE.S.C', { stream_name: 'S', config }), /"error"/);
  for (let i = 1; i <= 5; i++) await owner.ask(`${CANARY}.${i}`, `${CANARY}-${i}`);
  for (let i = 1; i <= 2; i++) {
    const { payload } = await owner.ask('$JS.API.CONSUMER.MSG.NEXT.S.C');
    assert.equal(payload, `${CANARY}-${i}`);
  }
}

/** Everything that could have changed, without the times of asking. */
async function inventory(owner: Asker): Promise<string> {
  const parts = [
    await owner.api('STREAM.INFO.S', { deleted_details: true, subjects_filter: '>' }),
    await owner.api('CONSUMER.INFO.S.C'),
    await owner.api('STREAM.NAMES'),
    await owner.api('CONSUMER.NAMES.S'),
  ];
  for (let seq = 1; seq <= 5; seq++) parts.push(await owner.api('STREAM.MSG.GET.S', { seq }));
  return parts.join('\n').replace(/"(?:ts|last_active)":"[^"]*"/g, '');
}

function assertForeign(header: string, payload: string, what: string): void {
  // That nobody listens is said with the subject that was asked.
  const told = header.startsWith('NATS/1.0 503\r\n') ? payload : header + payload;
  assert.doesNotMatch(told, /canary|Y2FuYXJ5/i, what);
}

async function askEverything(stranger: Asker, name: string): Promise<void> {
  for (const endpoint of ENDPOINTS) {
    for (const body of BODIES) {
      const { header, payload } = await stranger.ask(`$JS.API.${endpoint}`, body);
      assertForeign(header, payload, `${name}: ${endpoint} ${body}`);
    }
  }
  stranger.client.send('SUB _I.o o\r\n');
  for (const endpoint of OPERATORS) {
    if (name === SYSTEM && SYSTEM_MAY.includes(endpoint)) continue;
    for (const body of BODIES) stranger.client.send(`PUB $JS.API.${endpoint} _I.o ${body.length}\r\n${body}\r\n`);
  }
  for (const subject of ['$JS.ACK.S.C.1.1.1.1.0', '$JS.ACK.OWNER.S.C.1.1.1.1.0', '$JS.FC.S.C.x', `${CANARY}.1`]) {
    for (const text of ['+ACK', '+TERM', '-NAK', '+NXT']) {
      stranger.client.send(`PUB ${subject} ${text.length}\r\n${text}\r\n`);
    }
  }
  await stranger.client.flush();
  for (const { header, payload } of stranger.client.messages) assertForeign(header, payload, name);
}

test('CVE-2025-30215: no endpoint of the API shows or changes what another account owns', async () => {
  await RunningServer.with({ config: CONFIG }, async (running) => {
    const owner = await asker(running, 'owner');
    await furnish(owner);
    const before = await inventory(owner);
    assert.match(before, /"num_ack_pending":2/);
    for (const name of STRANGERS) {
      await askEverything(await asker(running, name), name);
      assert.equal(await inventory(owner), before, name);
    }
  });
});

test('CVE-2025-30215: an account with a stream and a consumer of the same names reaches its own, and only them', async () => {
  await RunningServer.with({ config: CONFIG }, async (running) => {
    const owner = await asker(running, 'owner');
    await furnish(owner);
    const before = await inventory(owner);
    for (const endpoint of ENDPOINTS) {
      const foreign = await asker(running, 'foreign');
      await foreign.api('STREAM.CREATE.S', { name: 'S', subjects: ['mine'], storage: 'memory', allow_direct: true });
      const config = { durable_name: 'C', ack_policy: 'explicit' };
      await foreign.api('CONSUMER.DURABLE.CREATE.S.C', { stream_name: 'S', config });
      await foreign.ask('mine', 'x');
      for (const body of BODIES) {
        const { header, payload } = await foreign.ask(`$JS.API.${endpoint}`, body);
        assertForeign(header, payload, `${endpoint} ${body}`);
      }
    }
    assert.equal(await inventory(owner), before);
    assert.doesNotMatch(running.log.join(''), /\[ERR\]/);
  });
});
