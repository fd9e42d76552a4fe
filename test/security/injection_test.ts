// Line ends, white space and zero bytes wherever a text becomes protocol: in subjects, queue groups, replies, headers and
// names, plain and in JSON. Whoever listens reads strictly, and never finds a line or a message that nobody sent.
// Advisory: 2026-22 (GHSA-qrcv).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RawConnection } from './raw_connection.ts';
import { RunningServer } from './running_server.ts';

const CONFIG = `
accounts {
  A {
    jetstream: enabled
    users: [{user: listener, password: x}, {user: attacker, password: x}, {user: limited, password: x, permissions: {
      publish: {allow: "_INBOX.>"}, subscribe: {allow: "_INBOX.>"}
    }}]
    imports: [{service: {account: B, subject: "served"}, to: "ask", share: true}, {stream: {account: B, subject: "events.>"}}]
  }
  B { users: [{user: server, password: x}], exports: [{service: "served"}, {service: "served.*"}, {stream: "events.>"}] }
  SYS { users: [{user: sys, password: x}] }
}
system_account: SYS
`;

/** What ends a line or a word, in one spelling or another; the last ones do where characters are cut to bytes. */
const ENDS = [
  '\r\n',
  '\n',
  '\r',
  '\0',
  ' ',
  '\t',
  '\f',
  '\v',
  '\u0085',
  '\u00a0',
  '\u2028',
  '\u010d\u010a',
  '\u0120',
  '\ud800',
];
/** Said to a client in one of these ways, it would have heard something that nobody sent. */
const EVIL = ['MSG evil 1 4', "-ERR 'evil'"];

/** With every end: a text that has it once, and texts in which everything behind it would be a line. */
function* texts(): Generator<string> {
  for (const end of ENDS) {
    yield `x${end}y`;
    yield `${end}`;
    for (const line of EVIL) yield `x${end}${line}${end}evil${end}`;
    yield `x 1 0${end}${end}MSG evil 1 4${end}evil${end}`;
  }
  // Every character is one whose low byte is that of a line of protocol.
  yield [...'x\r\nMSG evil 1 4\r\nevil\r\n'].map((char) => String.fromCharCode(char.charCodeAt(0) + 0x100)).join('');
}

const HEARTBEAT_NS = 100_000_000;

class Ears {
  readonly #ears: readonly RawConnection[];

  private constructor(ears: readonly RawConnection[]) {
    this.#ears = ears;
  }

  static async open(running: RunningServer): Promise<Ears> {
    const ears: RawConnection[] = [];
    for (const user of ['listener', 'server', 'sys']) {
      const ear = await running.connect({ user, pass: 'x' });
      ear.send('SUB > 1\r\n');
      await ear.flush();
      ears.push(ear);
    }
    return new Ears(ears);
  }

  /** How many messages were heard; each of them was sent. */
  async assertClean(what: string): Promise<number> {
    let count = 0;
    for (const ear of this.#ears) {
      await ear.flush();
      count += ear.messages.length;
      assertClean(ear, what);
      ear.messages.length = 0;
      ear.lines.length = 0;
    }
    return count;
  }
}

function assertClean({ lines, messages }: RawConnection, what: string): void {
  for (const line of lines) assert.doesNotMatch(line, /^-ERR 'evil'/, what);
  for (const { subject, header } of messages) {
    assert.notEqual(subject, 'evil', what);
    if (header !== '') assert.match(header, /^NATS\/1\.0[^\r\n]*\r\n(?:[^\r\n]+\r\n)*\r\n$/, what);
  }
}

function bytes(text: string): string {
  return Buffer.from(text).toString('latin1');
}

/** Everything that a client can say with the text in it. */
function statements(text: string): string[] {
  const said = bytes(text);
  const header = `NATS/1.0\r\nKey: ${said.replace(/[\r\n]/g, '')}\r\n\r\n`;
  return [
    `PUB ${said} 1\r\nx\r\n`,
    `PUB a.${said}.b _INBOX.r 1\r\nx\r\n`,
    `PUB a ${said} 1\r\nx\r\n`,
    `PUB ask ${said} 1\r\nx\r\n`,
    `HPUB a ${said} ${header.length} ${header.length}\r\n${header}\r\n`,
    `SUB ${said} 1\r\nPUB ${said} 1\r\nx\r\n`,
    `SUB a ${said} 1\r\nPUB a 1\r\nx\r\n`,
    `SUB a q ${said}\r\nPUB a 1\r\nx\r\n`,
    `UNSUB ${said}\r\n`,
    `PUB a ${said.length}\r\n${said}\r\n`,
    `PUB $JS.API.STREAM.CREATE.${said} _INBOX.r 0\r\n\r\n`,
    `PUB $JS.API.CONSUMER.MSG.NEXT.S.${said} _INBOX.r 0\r\n\r\n`,
    `PUB $JS.API.DIRECT.GET.S.${said} _INBOX.r 0\r\n\r\n`,
    `${said}\r\n`,
  ];
}

/** What is told of in an error, to somebody who may do nothing. */
function refusals(text: string): string[] {
  const said = bytes(text);
  return [`PUB ${said} 1\r\nx\r\n`, `PUB _INBOX.a ${said} 1\r\nx\r\n`, `SUB ${said} 1\r\n`, `SUB a ${said} 1\r\n`];
}

test('advisory 2026-22: nothing that a client says becomes a line of protocol at another one', async () => {
  await RunningServer.with({ config: CONFIG }, async (running) => {
    const ears = await Ears.open(running);
    let heard = 0;
    const say = async (user: string, line: string): Promise<void> => {
      const client = await running.connect({ user, pass: 'x' });
      client.send(line);
      await client.quiet();
      for (const said of client.lines) assert.doesNotMatch(said, /^-ERR 'evil/, line);
      client.close();
    };
    for (const text of texts()) {
      await Promise.all(statements(text).map((line) => say('attacker', line)));
      await Promise.all(refusals(text).map((line) => say('limited', line)));
      heard += await ears.assertClean(JSON.stringify(text));
    }
    assert.ok(heard > 100, 'some of it is heard');
  });
});

test('advisory 2026-22: names in CONNECT stay inside of JSON, wherever they are told', async () => {
  await RunningServer.with({ config: CONFIG }, async (running) => {
    const ears = await Ears.open(running);
    for (const text of texts()) {
      const names = { name: text, lang: text, version: text };
      const client = await running.dial();
      client.send(bytes(`CONNECT ${JSON.stringify({ verbose: false, user: 'attacker', pass: 'x', ...names })}\r\n`));
      client.send('PUB ask _INBOX.r 1\r\nx\r\nPUB $JS.API.INFO _INBOX.r 0\r\n\r\n');
      await client.flush();
      client.close();
      for (const said of [{ ...names, user: text, pass: text }, { auth_token: text }, { nkey: text, sig: text }]) {
        const refused = await running.dial();
        refused.send(`CONNECT ${bytes(JSON.stringify(said))}\r\n`);
        await refused.closed();
        assert.deepEqual(refused.lines, ["-ERR 'Authorization Violation'"], JSON.stringify(text));
      }
      assert.ok((await ears.assertClean(JSON.stringify(text))) > 0);
    }
  });
});

/** Requests of JetStream with the text as each of the names that become subjects or files. */
function requests(text: string): (readonly [endpoint: string, body: object])[] {
  const stream = { name: 'T', subjects: ['t'], storage: 'memory' };
  const consumer = (fields: object): object => ({
    stream_name: 'S',
    config: { ack_policy: 'explicit', ...fields },
  });
  return [
    ['STREAM.CREATE.T', { ...stream, name: text }],
    ['STREAM.CREATE.T', { ...stream, subjects: [text, `t.${text}`] }],
    ['STREAM.CREATE.T', { ...stream, subject_transform: { src: 't', dest: text } }],
    ['STREAM.CREATE.T', { ...stream, republish: { src: 't', dest: text } }],
    ['STREAM.CREATE.T', { ...stream, mirror: { name: text } }],
    ['STREAM.CREATE.T', { ...stream, sources: [{ name: text, filter_subject: text }] }],
    ['STREAM.CREATE.T', { ...stream, template_owner: text, description: text, metadata: { [text]: text } }],
    ['STREAM.DELETE.T', {}],
    // Heartbeats are what shows the subject itself.
    ['CONSUMER.CREATE.S', consumer({ deliver_subject: text, idle_heartbeat: HEARTBEAT_NS })],
    ['CONSUMER.CREATE.S', consumer({ deliver_subject: `d.${text}`, idle_heartbeat: HEARTBEAT_NS })],
    ['CONSUMER.CREATE.S', consumer({ deliver_subject: 'd', deliver_group: text })],
    ['CONSUMER.CREATE.S', consumer({ deliver_subject: 'd', description: text, sample_freq: text })],
    ['CONSUMER.CREATE.S', consumer({ filter_subject: text })],
    ['CONSUMER.CREATE.S', consumer({ filter_subjects: [text, 's.1'] })],
    ['CONSUMER.CREATE.S', consumer({ name: text })],
    ['CONSUMER.CREATE.S', consumer({ priority_groups: [text], priority_policy: 'overflow' })],
    ['CONSUMER.DURABLE.CREATE.S.C', consumer({ durable_name: text })],
    ['CONSUMER.MSG.NEXT.S.P', { group: text, id: text, no_wait: true }],
    ['CONSUMER.UNPIN.S.P', { group: text }],
    ['STREAM.MSG.GET.S', { last_by_subj: text }],
    ['STREAM.MSG.GET.S', { next_by_subj: text, seq: 1 }],
    ['DIRECT.GET.S', { last_by_subj: text }],
    ['DIRECT.GET.S', { multi_last: [text] }],
    ['STREAM.INFO.S', { subjects_filter: text }],
    ['STREAM.NAMES', { subject: text }],
    ['STREAM.PURGE.S', { filter: text }],
    ['STREAM.SNAPSHOT.S', { deliver_subject: text }],
    ['STREAM.RESTORE.S', { config: { ...stream, name: text }, state: {} }],
  ];
}

test('advisory 2026-22: names and subjects in requests of JetStream are refused or stay what they are', async () => {
  await RunningServer.with({ config: CONFIG }, async (running) => {
    const ears = await Ears.open(running);
    const client = await running.connect({ user: 'attacker', pass: 'x' });
    const ask = (endpoint: string, body: object): void => {
      const text = bytes(JSON.stringify(body));
      client.send(`PUB $JS.API.${endpoint} _INBOX.r ${text.length}\r\n${text}\r\n`);
    };
    ask('STREAM.CREATE.S', { name: 'S', subjects: ['s.>'], storage: 'memory', allow_direct: true });
    ask('CONSUMER.CREATE.S.P', { stream_name: 'S', config: { name: 'P', ack_policy: 'none' } });
    for (const text of texts()) {
      for (const [endpoint, body] of requests(text)) ask(endpoint, body);
      // What was stored is told again in headers, and given out under its own subject.
      const header = `NATS/1.0\r\nNats-Msg-Id: ${bytes(text).replace(/[\r\n]/g, '')}\r\n\r\n`;
      client.send(`HPUB s.1 _INBOX.r ${header.length} ${header.length}\r\n${header}\r\n`);
      ask('DIRECT.GET.S', { last_by_subj: 's.1' });
      ask('CONSUMER.MSG.NEXT.S.P', { batch: 1, no_wait: true });
      await client.flush();
      assertClean(client, JSON.stringify(text));
      assert.ok((await ears.assertClean(JSON.stringify(text))) > requests(text).length);
    }
    // The last consumer's heart beats after those of all others.
    client.send('SUB beat b\r\n');
    ask('CONSUMER.CREATE.S', {
      stream_name: 'S',
      config: { deliver_subject: 'beat', idle_heartbeat: HEARTBEAT_NS, ack_policy: 'none', deliver_policy: 'new' },
    });
    const { subject, header } = await client.message();
    assert.equal(subject, 'beat');
    assert.match(header, /100 Idle Heartbeat/);
    await ears.assertClean('heartbeats');
  });
});
