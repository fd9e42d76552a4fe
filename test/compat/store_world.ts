// A store directory with known content for tests that start servers on what they did to it: makes it, runs servers on
// it, and says what a running one serves. Called by hard_start_test.ts and lifecycle_test.ts.
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { LoggedProcess, type ProcessOptions } from './logged_process.ts';
import { contrailSide } from './server_process.ts';
import { type Answer, SweepClient } from './sweep_client.ts';

const LOCAL = ['-a', '127.0.0.1', '-p', '-1'];

/** Stream to `seq subject payload` of every message that can be read. */
export type Served = Readonly<Record<string, readonly string[]>>;

export class StoreWorld {
  readonly folder: string;
  readonly #processes: LoggedProcess[] = [];
  readonly #clients: SweepClient[] = [];
  #number = 0;

  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), 'contrail-start-'));
  }

  get store(): string {
    return join(this.folder, 'store');
  }

  /** Our server with these flags; whoever waits for it calls ready() or `ended`. */
  run(flags: readonly string[], options?: ProcessOptions & { readonly prefix?: readonly string[] }): LoggedProcess {
    const process = LoggedProcess.start([...(options?.prefix ?? []), ...contrailSide().command, ...flags], options);
    this.#processes.push(process);
    return process;
  }

  /** With JetStream in `directory`, on ports of its own; serving when this resolves. */
  async serve(
    directory: string,
    more: readonly string[] = [],
  ): Promise<{ server: LoggedProcess; client: SweepClient }> {
    const server = this.run([...LOCAL, '-m', '-1', '-js', '-sd', directory, ...more]);
    return { server, client: await this.connect(server) };
  }

  async connect(server: LoggedProcess): Promise<SweepClient> {
    const port = await server.ready();
    if (port === null) throw new Error(`The server ended instead of serving:\n${server.log}`);
    const client = SweepClient.connect(port);
    this.#clients.push(client);
    return client;
  }

  /** For names. */
  nextNumber(): number {
    return ++this.#number;
  }

  /** For processes that are not our server. */
  keep(process: LoggedProcess): LoggedProcess {
    this.#processes.push(process);
    return process;
  }

  /** A copy of a directory to do something to. */
  copy(directory: string, name: string): string {
    const copy = join(this.folder, name);
    cpSync(directory, copy, { recursive: true });
    return copy;
  }

  async dispose(): Promise<void> {
    for (const client of this.#clients) client.close();
    for (const process of this.#processes) await process.dispose();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export async function inWorld(body: (world: StoreWorld) => Promise<void>): Promise<void> {
  const world = new StoreWorld();
  try {
    await body(world);
  } finally {
    await world.dispose();
  }
}

export async function api<T>(client: SweepClient, subject: string, request: object = {}): Promise<T> {
  const answer = client.request(`$JS.API.${subject}`, JSON.stringify(request));
  client.flush();
  return JSON.parse((await answer).payload) as T;
}

/** As many as `payloads`, in one write; the answers in their order. */
export async function publishAll(client: SweepClient, subject: string, payloads: readonly string[]): Promise<string[]> {
  const answers = payloads.map((payload) => client.request(subject, payload));
  client.flush();
  return (await Promise.all(answers)).map(({ payload }) => payload);
}

/** Everything that clients can read. */
export async function servedBy(client: SweepClient): Promise<Served> {
  const { streams } = await api<{ streams: string[] | null }>(client, 'STREAM.NAMES');
  const served: Record<string, string[]> = {};
  for (const stream of streams ?? []) {
    const { state } = await api<{ state: { last_seq: number } }>(client, `STREAM.INFO.${stream}`);
    const gets: Promise<Answer>[] = [];
    for (let seq = 1; seq <= state.last_seq; seq++)
      gets.push(client.request(`$JS.API.STREAM.MSG.GET.${stream}`, JSON.stringify({ seq })));
    client.flush();
    served[stream] = (await Promise.all(gets)).flatMap(({ payload }) => {
      const { message } = JSON.parse(payload) as { message?: { seq: number; subject: string; data?: string } };
      if (message === undefined) return [];
      return [`${message.seq} ${message.subject} ${Buffer.from(message.data ?? '', 'base64').toString('latin1')}`];
    });
  }
  return served;
}

export interface Health {
  readonly status: number;
  readonly text: string;
}

export async function healthOf(server: LoggedProcess): Promise<Health> {
  const answer = await fetch(`http://127.0.0.1:${server.monitorPort}/healthz`);
  return { status: answer.status, text: await answer.text() };
}

/** Every name in a directory, with the content of files; sorted. */
export function listing(directory: string): Map<string, Buffer | null> {
  const found = new Map<string, Buffer | null>();
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    found.set(relative(directory, path), entry.isFile() ? readFileSync(path) : null);
  }
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}
