// Messages with a TTL of their own: what publishers are told, when messages go, and that a store directory keeps its
// TTLs whichever server opens it next. Needs the reference server.
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

const TTLS = [null, '1', '1s', '1.5s', '0', '1h', 'never', 'NEVER', '0.5s', '-1', '-5s', 'soon', '1d', '999999999'];

test('publishers are told the same of every TTL, where TTLs are allowed and where not', () =>
  inFolder(async (folder) => {
    const answers: unknown[][] = [];
    for (const side of [referenceSide(), contrailSide()]) {
      const server = await Running.start(side, join(folder, side.name));
      try {
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
        answers.push(said);
      } finally {
        await server.stop();
      }
    }
    assert.deepEqual(answers[1], answers[0]);
  }));

test('a store directory keeps its TTLs from server to server, both ways', () =>
  inFolder(async (folder) => {
    const [reference, contrail] = [referenceSide(), contrailSide()];
    for (const [first, second] of [
      [reference, contrail],
      [contrail, reference],
    ] as const) {
      const directory = join(folder, `${first.name}-first`);
      const writer = await Running.start(first, directory);
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
      await writer.stop();
      const reader = await Running.start(second, directory);
      try {
        await reader.gone('T', 't.short');
        await reader.gone('S', 's.short');
        await reader.gone('S', 's.plain');
        assert.deepEqual(await reader.subjects('T'), ['t.long', 't.never', 't.plain'], `${first.name} first`);
        await reader.gone('S', 's.long');
        assert.deepEqual(await reader.subjects('S'), ['s.never'], `${first.name} first`);
      } finally {
        await reader.stop();
      }
    }
  }));
