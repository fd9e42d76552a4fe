// Messages with a TTL of their own: what publishers are told, when messages go, which markers they leave, and that a store
// directory keeps its TTLs whichever server opens it next. Needs the reference server.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { connect, headers, type NatsConnection } from '@nats-io/transport-node';
import { contrailSide, endWithServers, freePort, referenceSide, type Side } from './server_process.ts';

endWithServers();

const READY_DEADLINE_MS = 30_000;
const GONE_DEADLINE_MS = 30_000;

class Running {
  readonly connection: NatsConnection;
  readonly #child: ChildProcess;

  private constructor(connection: NatsConnection, child: ChildProcess) {
    this.connection = connection;
    this.#child = child;
  }

  static async start(side: Side, directory: string): Promise<Running> {
    const port = await freePort();
    const [program = '', ...args] = side.command;
    const flags = ['-a', '127.0.0.1', '-p', String(port), '-js', '-sd', directory];
    const child = spawn(program, [...args, ...flags], { stdio: ['ignore', 'ignore', 'pipe'] });
    let log = '';
    const ready = new Promise<void>((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`${side.name} is not ready:\n${log}`)), READY_DEADLINE_MS);
      child.stderr?.on('data', (chunk: Buffer) => {
        log += chunk.toString();
        if (!log.includes('Server is ready')) return;
        clearTimeout(late);
        resolve();
      });
      child.once('exit', () => reject(new Error(`${side.name} ended:\n${log}`)));
    });
    await ready;
    return new Running(await connect({ servers: `127.0.0.1:${port}` }), child);
  }

  async api(subject: string, request: object = {}): Promise<Record<string, never>> {
    return (await this.connection.request(`$JS.API.${subject}`, JSON.stringify(request), { timeout: 20_000 })).json();
  }

  /** The answer to a publish with this TTL, without what differs from server to server. */
  async publish(subject: string, ttl: string | null): Promise<unknown> {
    const hdrs = headers();
    if (ttl !== null) hdrs.set('Nats-TTL', ttl);
    return (await this.connection.request(subject, subject, { headers: hdrs, timeout: 20_000 })).json();
  }

  /** Subjects that are there, sorted. */
  async subjects(stream: string): Promise<string[]> {
    const { state } = (await this.api(`STREAM.INFO.${stream}`, { subjects_filter: '>' })) as unknown as {
      state: { subjects?: Record<string, number> };
    };
    return Object.keys(state.subjects ?? {}).sort();
  }

  /** Waits until a subject is gone. */
  async gone(stream: string, subject: string): Promise<void> {
    const until = performance.now() + GONE_DEADLINE_MS;
    while ((await this.subjects(stream)).includes(subject)) {
      assert.ok(performance.now() < until, `${subject} is still there`);
      await this.connection.rtt();
    }
  }

  /** The last message of a subject, as `headers|payload`. */
  async last(stream: string, subject: string): Promise<string> {
    const { message } = (await this.api(`STREAM.MSG.GET.${stream}`, { last_by_subj: subject })) as unknown as {
      message?: { hdrs?: string; data?: string };
    };
    const text = (base64 = '') => Buffer.from(base64, 'base64').toString();
    return message === undefined ? '' : `${text(message.hdrs)}|${text(message.data)}`;
  }

  /** Waits until a marker is the last message of a subject, and says which. */
  async marked(stream: string, subject: string): Promise<string> {
    const until = performance.now() + GONE_DEADLINE_MS;
    for (;;) {
      const last = await this.last(stream, subject);
      if (last.includes('Nats-Marker-Reason')) return last;
      assert.ok(performance.now() < until, `${subject} is not marked`);
      await this.connection.rtt();
    }
  }

  async stop(): Promise<void> {
    await this.connection.close();
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGTERM');
    await ended;
  }
}

async function inFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'contrail-ttl-'));
  try {
    await body(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Plays the same to both servers, which must answer the same. */
function answeredAlike(play: (server: Running) => Promise<unknown[]>): Promise<void> {
  return inFolder(async (folder) => {
    const answers: unknown[][] = [];
    for (const side of [referenceSide(), contrailSide()]) {
      const server = await Running.start(side, join(folder, side.name));
      try {
        answers.push(await play(server));
      } finally {
        await server.stop();
      }
    }
    assert.deepEqual(answers[1], answers[0]);
  });
}

/** One server writes a store directory, the other one opens it; both ways. `read` gets what `write` returned. */
function handedOver<T>(
  write: (writer: Running) => Promise<T>,
  read: (reader: Running, written: T, label: string) => Promise<void>,
): Promise<void> {
  return inFolder(async (folder) => {
    const [reference, contrail] = [referenceSide(), contrailSide()];
    for (const [first, second] of [
      [reference, contrail],
      [contrail, reference],
    ] as const) {
      const label = `${first.name} first`;
      const directory = join(folder, `${first.name}-first`);
      const writer = await Running.start(first, directory);
      const written = await write(writer);
      await writer.stop();
      const reader = await Running.start(second, directory);
      try {
        await read(reader, written, label);
      } finally {
        await reader.stop();
      }
    }
  });
}

const TTLS = [null, '1', '1s', '1.5s', '0', '1h', 'never', 'NEVER', '0.5s', '-1', '-5s', 'soon', '1d', '999999999'];

test('publishers are told the same of every TTL, where TTLs are allowed and where not', () =>
  answeredAlike(async (server) => {
    await server.api('STREAM.CREATE.YES', {
      name: 'YES',
      subjects: ['yes.>'],
      allow_msg_ttl: true,
      storage: 'memory',
    });
    await server.api('STREAM.CREATE.NO', { name: 'NO', subjects: ['no.>'] });
    const said: unknown[] = [];
    for (const [index, ttl] of TTLS.entries()) {
      for (const subject of [`yes.${index}`, `no.${index}`]) said.push([ttl, await server.publish(subject, ttl)]);
    }
    for (const gone of ['yes.1', 'yes.2', 'yes.3']) await server.gone('YES', gone);
    said.push(await server.subjects('YES'));
    return said;
  }));

test('a store directory keeps its TTLs from server to server, both ways', () =>
  handedOver(
    async (writer) => {
      await writer.api('STREAM.CREATE.S', {
        name: 'S',
        subjects: ['s.>'],
        allow_msg_ttl: true,
        max_age: 4_000_000_000,
      });
      await writer.api('STREAM.CREATE.T', { name: 'T', subjects: ['t.>'], allow_msg_ttl: true });
      for (const stream of ['s', 't']) {
        await writer.publish(`${stream}.never`, 'never');
        await writer.publish(`${stream}.plain`, null);
        await writer.publish(`${stream}.long`, '1h');
        await writer.publish(`${stream}.short`, '2s');
      }
    },
    async (reader, _written, label) => {
      await reader.gone('T', 't.short');
      await reader.gone('S', 's.short');
      await reader.gone('S', 's.plain');
      assert.deepEqual(await reader.subjects('T'), ['t.long', 't.never', 't.plain'], label);
      await reader.gone('S', 's.long');
      assert.deepEqual(await reader.subjects('S'), ['s.never'], label);
    },
  ));

const MARKED = { subject_delete_marker_ttl: 2_000_000_000, republish: { src: '>', dest: 'again.>' } };

test('[ADR-43] what a subject leaves when its only message has lived its time is the same', () =>
  answeredAlike(async (server) => {
    const said: unknown[] = [];
    server.connection.subscribe('again.>', {
      callback: (_, { subject, headers: own }) => {
        if (own?.has('Nats-Marker-Reason')) said.push(`again: ${subject} ${own.get('Nats-Last-Sequence')}`);
      },
    });
    const created = await server.api('STREAM.CREATE.AGED', {
      name: 'AGED',
      subjects: ['aged.>'],
      max_age: 1_000_000_000,
      ...MARKED,
    });
    said.push({ ...(created['config'] as unknown as object), metadata: null });
    await server.api('STREAM.CREATE.ONE', {
      name: 'ONE',
      subjects: ['one.>'],
      storage: 'memory',
      max_msgs_per_subject: 1,
      subject_delete_marker_ttl: 90_000_000_000,
    });
    for (const [subject, ttl] of [
      ['aged.a', null],
      ['aged.a', null],
      ['aged.short', '1'],
      ['aged.ever', 'never'],
      ['one.a', '1s'],
      ['one.b', '1s'],
      ['one.b', null],
    ] as const) {
      said.push([subject, await server.publish(subject, ttl)]);
    }
    said.push(await server.last('AGED', 'aged.short'));
    for (const subject of ['aged.a', 'aged.short']) said.push(await server.marked('AGED', subject));
    said.push(await server.marked('ONE', 'one.a'), await server.subjects('ONE'));
    for (const gone of ['aged.a', 'aged.short']) await server.gone('AGED', gone);
    said.push(await server.subjects('AGED'));
    return said;
  }));

test('[ADR-43] what expires while no server runs is marked by the one that opens the store directory', () =>
  handedOver(
    async (writer) => {
      await writer.api('STREAM.CREATE.T', { name: 'T', subjects: ['t.>'], subject_delete_marker_ttl: 60_000_000_000 });
      const config = (await writer.api('STREAM.INFO.T'))['config'];
      await writer.api('STREAM.CREATE.S', {
        name: 'S',
        subjects: ['s.>'],
        max_msgs_per_subject: 1,
        subject_delete_marker_ttl: 60_000_000_000,
      });
      await writer.publish('s.short', '1s');
      await writer.publish('s.plain', null);
      await writer.publish('t.short', '1s');
      return config;
    },
    async (reader, config, label) => {
      assert.deepEqual((await reader.api('STREAM.INFO.T'))['config'], config);
      assert.match(await reader.marked('S', 's.short'), /MaxAge\r\nNats-TTL: 1m0s\r\nNats-Rollup: sub\r\n\r\n\|$/);
      assert.deepEqual(await reader.subjects('S'), ['s.plain', 's.short'], label);
      assert.equal(await reader.last('T', 't.short'), 'NATS/1.0\r\nNats-TTL: 60\r\n\r\n|t.short');
    },
  ));
