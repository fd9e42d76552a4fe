// Messages that a stream gives out again are shown to nobody who may not see their subject: pushed, pulled, delivered once
// more, or fetched, to whatever inbox they go. Who may not listen to an inbox hears no answers there either. What each case
// gives was asked of nats-server 2.15.2, which looks at the subject that is shown.
// Advisory: 2026-26 (GHSA-7qmq).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RawConnection, StrictMessage } from './raw_connection.ts';
import { RunningServer } from './running_server.ts';

const CONFIG = `
accounts {
  A {
    jetstream: enabled
    users: [
      {user: owner, password: x}
      {user: reader, password: x, permissions: {
        publish: ">", subscribe: {allow: ">", deny: ["orders.secret", "inbox.denied.>", "> thieves"]}
      }}
    ]
  }
  SYS { users: [{user: sys, password: x}] }
}
system_account: SYS
`;
const ORDERS = ['orders.open', 'orders.secret', 'orders.end'];
const VISIBLE = ['orders.open', 'orders.end'];
const DENIED_INBOX = 'inbox.denied.1';

class Stage {
  readonly owner: RawConnection;
  readonly reader: RawConnection;
  #made = 0;

  constructor(owner: RawConnection, reader: RawConnection) {
    this.owner = owner;
    this.reader = reader;
  }

  /** The owner hears `target` too, and whoever hears it hears it before that. */
  async witness(target: string, count: number, act: (client: RawConnection) => void, by = this.owner): Promise<void> {
    const sid = `w${++this.#made}`;
    this.owner.send(`SUB ${target} ${sid}\r\n`);
    await this.owner.flush();
    act(by);
    await this.#heard(sid, count);
    this.owner.send(`UNSUB ${sid}\r\n`);
    await this.owner.flush();
  }

  /** A consumer of all orders. */
  async consumer(config: object): Promise<string> {
    const name = `C${++this.#made}`;
    const body = JSON.stringify({ stream_name: 'S', config: { name, filter_subject: 'orders.*', ...config } });
    await this.witness('made', 1, (owner) =>
      publish(owner, `$JS.API.CONSUMER.CREATE.S.${name}.orders.*`, body, 'made'),
    );
    return name;
  }

  async push(target: string): Promise<void> {
    const sid = `p${++this.#made}`;
    this.owner.send(`SUB ${target} ${sid}\r\n`);
    const heard = await this.#pushed(target, 'none', sid);
    assert.deepEqual(subjectsOf(heard), ORDERS);
    this.owner.send(`UNSUB ${sid}\r\n`);
  }

  /** The same, and everything is delivered once more. */
  async pushTwice(target: string): Promise<void> {
    const sid = `p${++this.#made}`;
    this.owner.send(`SUB ${target} ${sid}\r\n`);
    for (const { reply } of await this.#pushed(target, 'explicit', sid)) publish(this.owner, reply, '-NAK');
    for (const { reply } of await this.#heard(sid, ORDERS.length)) publish(this.owner, reply, '+ACK');
    this.owner.send(`UNSUB ${sid}\r\n`);
  }

  async pull(target: string, by: RawConnection): Promise<void> {
    const name = await this.consumer({ ack_policy: 'none' });
    const body = `{"batch":${ORDERS.length},"no_wait":true}`;
    const ask = (client: RawConnection): void => publish(client, `$JS.API.CONSUMER.MSG.NEXT.S.${name}`, body, target);
    await this.witness(target, ORDERS.length, ask, by);
  }

  async answer(endpoint: string, body: string, target: string): Promise<void> {
    await this.witness(target, 1, (owner) => publish(owner, `$JS.API.${endpoint}`, body, target));
  }

  async #pushed(target: string, ackPolicy: string, sid: string): Promise<StrictMessage[]> {
    const name = `C${++this.#made}`;
    const config = { name, filter_subject: 'orders.*', deliver_subject: target, ack_policy: ackPolicy };
    const body = JSON.stringify({ stream_name: 'S', config: { ...config, inactive_threshold: 3_600_000_000_000 } });
    publish(this.owner, `$JS.API.CONSUMER.CREATE.S.${name}.orders.*`, body);
    return this.#heard(sid, ORDERS.length);
  }

  async #heard(sid: string, count: number): Promise<StrictMessage[]> {
    const heard: StrictMessage[] = [];
    while (heard.length < count) {
      const message = await this.owner.message();
      if (message.sid === sid) heard.push(message);
    }
    return heard;
  }
}

function publish(client: RawConnection, subject: string, payload: string, reply = ''): void {
  client.send(`PUB ${subject} ${reply} ${payload.length}\r\n${payload}\r\n`);
}

function subjectsOf(messages: readonly StrictMessage[]): string[] {
  return messages.map(({ subject }) => subject);
}

interface Case {
  readonly what: string;
  /** What the reader subscribes to; behind a space a queue group. */
  readonly subjects: readonly string[];
  readonly act: (stage: Stage) => Promise<void>;
  readonly hears: readonly string[];
}

const CASES: readonly Case[] = [
  {
    what: 'published',
    subjects: ['orders.*'],
    act: (stage) =>
      stage.witness('orders.*', 3, (owner) => {
        for (const subject of ORDERS) publish(owner, subject, 'x');
      }),
    hears: VISIBLE,
  },
  { what: 'pushed', subjects: ['push.1', 'orders.*'], act: (stage) => stage.push('push.1'), hears: VISIBLE },
  { what: 'pushed', subjects: ['orders.*', 'push.1'], act: (stage) => stage.push('push.1'), hears: VISIBLE },
  { what: 'pushed', subjects: ['push.>', 'inbox.*.*'], act: (stage) => stage.push('push.1'), hears: VISIBLE },
  {
    what: 'pushed',
    subjects: ['push.1', 'orders.*'],
    act: (stage) => stage.pushTwice('push.1'),
    hears: [...VISIBLE, ...VISIBLE],
  },
  { what: 'pulled', subjects: ['inbox.>'], act: (stage) => stage.pull('inbox.1', stage.reader), hears: VISIBLE },
  {
    what: 'pulled',
    subjects: ['inbox.1', 'inbox.*.1'],
    act: (stage) => stage.pull('inbox.1', stage.reader),
    hears: VISIBLE,
  },
  { what: 'pulled', subjects: ['inbox.> thieves'], act: (stage) => stage.pull('inbox.1', stage.owner), hears: [] },
  {
    what: 'fetched',
    subjects: ['inbox.>'],
    act: (stage) => stage.answer('DIRECT.GET.S', '{"seq":1}', DENIED_INBOX),
    hears: [],
  },
  {
    what: 'fetched in a batch',
    subjects: ['inbox.>'],
    act: (stage) => stage.answer('DIRECT.GET.S', '{"batch":1,"next_by_subj":"orders.*","seq":1}', DENIED_INBOX),
    hears: [],
  },
  {
    what: 'read',
    subjects: ['inbox.>'],
    act: (stage) => stage.answer('STREAM.MSG.GET.S', '{"seq":1}', DENIED_INBOX),
    hears: [],
  },
  {
    what: 'listed',
    subjects: ['inbox.*.1'],
    act: (stage) => stage.answer('STREAM.NAMES', '', DENIED_INBOX),
    hears: [],
  },
  {
    what: 'acknowledged',
    subjects: ['inbox.>'],
    act: (stage) => stage.witness(DENIED_INBOX, 1, (owner) => publish(owner, 'orders.end', '', DENIED_INBOX)),
    hears: [],
  },
  {
    what: 'unheard',
    subjects: ['inbox.>'],
    act: (stage) => stage.witness(DENIED_INBOX, 1, (owner) => publish(owner, 'nobody.there', '', DENIED_INBOX)),
    hears: [],
  },
  // The inbox itself may be listened to word by word only where nothing denies it.
  {
    what: 'fetched',
    subjects: [DENIED_INBOX, 'inbox.denied.*', '> thieves'],
    act: (stage) => stage.answer('DIRECT.GET.S', '{"seq":1}', DENIED_INBOX),
    hears: [],
  },
  {
    what: 'fetched',
    subjects: ['inbox.>'],
    act: (stage) => stage.answer('DIRECT.GET.S', '{"seq":1}', 'inbox.1'),
    hears: ['inbox.1'],
  },
];

async function stageFor(running: RunningServer, subjects: readonly string[]): Promise<Stage> {
  const reader = await running.connect({ user: 'reader', pass: 'x' });
  for (const [i, subject] of subjects.entries()) reader.send(`SUB ${subject} ${i + 1}\r\n`);
  await reader.flush();
  return new Stage(await running.connect({ user: 'owner', pass: 'x' }), reader);
}

test('advisory 2026-26: what a stream gives out again is shown to those who may see it', async () => {
  await RunningServer.with({ config: CONFIG }, async (running) => {
    const { owner } = await stageFor(running, []);
    for (const { what, subjects, act, hears } of CASES) {
      await makeOrders(owner);
      const stage = await stageFor(running, subjects);
      await act(stage);
      await stage.reader.flush();
      assert.deepEqual(subjectsOf(stage.reader.messages), hears, `${what}: ${subjects.join(', ')}`);
      stage.reader.close();
    }
  });
});

/** The stream with nothing in it but the three orders. */
async function makeOrders(owner: RawConnection): Promise<void> {
  owner.send('SUB made 1\r\n');
  publish(owner, '$JS.API.STREAM.DELETE.S', '', 'made');
  await owner.message();
  const stream = { name: 'S', subjects: ['orders.*'], storage: 'memory', allow_direct: true };
  publish(owner, '$JS.API.STREAM.CREATE.S', JSON.stringify(stream), 'made');
  assert.match((await owner.message()).payload, /"did_create":true/);
  for (const subject of ORDERS) {
    publish(owner, subject, 'x', 'made');
    assert.match((await owner.message()).payload, /"seq":/);
  }
  owner.send('UNSUB 1\r\n');
}
