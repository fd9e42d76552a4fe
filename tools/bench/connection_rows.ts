// The rows about many connections: what an idle one costs in memory, and how long those who are there wait while a flood of
// others comes and goes. Each run starts a server of its own; the flood is a process of its own. Run by bench_run.ts.
import { connect, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { BenchServer, pause } from './bench_server.ts';
import type { ProcessRow, ProcessRowWorld } from './process_rows.ts';
import { residentMemory } from './process_usage.ts';
import { percentile } from './statistics.ts';

const IDLE_CONNECTIONS = 10_000;
/** Connections that are made at a time. */
const CONNECTS_AT_ONCE = 50;
/** The first ping of a server comes within two to three seconds, and belongs to what a connection costs. */
const FIRST_PINGS_MS = 6_000;
const QUIET_MS = 1_500;

const FLOOD_CONNECTIONS = 20_000;
const FLOOD_AT_ONCE = 100;
const FLOOD_DEADLINE_MS = 300_000;
/** Before the flood, to compare with. */
const CALM_MS = 5_000;
/** Between two messages whose way is timed. */
const BETWEEN_MS = 1;

const FLOOD_PROGRAM = fileURLToPath(new URL('connection_flood.js', import.meta.url));
const CONNECT = `CONNECT ${JSON.stringify({ verbose: false, pedantic: false, protocol: 1, headers: true })}\r\n`;

/** A client that answers pings and knows whole lines only. */
class PlainClient {
  readonly #socket: Socket;
  /** What came since it began to wait. */
  #text = '';
  #waiting: { readonly word: string; readonly resolve: () => void } | null = null;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk) => this.#heard(chunk.toString('latin1')));
  }

  /** Resolves once the server has answered the first PING. */
  static connect(port: number): Promise<PlainClient> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1', noDelay: true });
      const client = new PlainClient(socket);
      socket.once('error', reject);
      socket.once('close', () => reject(new Error('the server closed a connection')));
      socket.once('connect', () => void client.ask(`${CONNECT}PING\r\n`, 'PONG').then(() => resolve(client)));
    });
  }

  /** Sends and resolves when `word` comes. */
  ask(text: string, word: string): Promise<void> {
    const heard = this.hears(word);
    this.send(text);
    return heard;
  }

  send(text: string): void {
    this.#socket.write(text);
  }

  hears(word: string): Promise<void> {
    return new Promise((resolve) => {
      this.#text = '';
      this.#waiting = { word, resolve };
    });
  }

  end(): void {
    this.#socket.destroy();
  }

  #heard(text: string): void {
    if (text.includes('PING\r\n')) this.#socket.write('PONG\r\n');
    if (this.#waiting === null) return;
    this.#text += text;
    if (!this.#text.includes(this.#waiting.word)) return;
    const { resolve } = this.#waiting;
    this.#waiting = null;
    this.#text = '';
    resolve();
  }
}

const idleConnectionsRow: ProcessRow = {
  name: 'idle 10k connections RSS',
  group: 'connections',
  unit: 'KB/conn',
  slow: true,
  once: true,
  async measure(side, world) {
    const server = await BenchServer.start(world.keeper, side, world.start);
    const clients: PlainClient[] = [];
    try {
      await pause(QUIET_MS);
      const before = residentMemory(server.pid).totalBytes;
      const count = Math.round(IDLE_CONNECTIONS / world.divisor);
      while (clients.length < count) {
        const group = Array.from({ length: CONNECTS_AT_ONCE }, () => PlainClient.connect(server.port));
        clients.push(...(await Promise.all(group)));
      }
      await pause(FIRST_PINGS_MS);
      const after = residentMemory(server.pid).totalBytes;
      return {
        value: (after - before) / clients.length / 1e3,
        details: { before, after, connections: clients.length },
      };
    } finally {
      for (const client of clients) client.end();
      await server.stop();
    }
  },
};

/** Sends one message after the other from one client to another until `over`; milliseconds of each. */
async function timeMessages(publisher: PlainClient, subscriber: PlainClient, over: () => boolean): Promise<number[]> {
  const times: number[] = [];
  while (!over()) {
    const begun = performance.now();
    const heard = subscriber.hears('MSG flood.x');
    publisher.send('PUB flood.x 2\r\nhi\r\n');
    await heard;
    times.push(performance.now() - begun);
    await pause(BETWEEN_MS);
  }
  return times;
}

/** Milliseconds of each message while `count` connections come and go at `port`. */
async function timeFlood(
  world: ProcessRowWorld,
  clients: readonly [PlainClient, PlainClient],
  port: number,
  count: number,
): Promise<number[]> {
  const words = [
    ...(process.env['NICED'] ? ['nice', '-n', '19'] : []),
    process.execPath,
    FLOOD_PROGRAM,
    String(port),
    String(count),
    String(FLOOD_AT_ONCE),
  ];
  let isOver = false;
  const flood = world.keeper.run(words, { name: 'flood', timeoutMs: FLOOD_DEADLINE_MS }).finally(() => {
    isOver = true;
  });
  const times = await timeMessages(...clients, () => isOver);
  await flood;
  return times;
}

/**
 * How long those who are there wait while others flood their server: against before the flood, or against the same flood
 * of another server on the machine. The latter leaves out what the flood's own process takes from everybody's cores.
 */
function floodRow(name: string, unit: ProcessRow['unit'], against: 'calm' | 'elsewhere'): ProcessRow {
  return {
    name,
    group: 'connections',
    unit,
    slow: true,
    once: false,
    async measure(side, world) {
      const server = await BenchServer.start(world.keeper, side, world.start);
      const other = await BenchServer.start(world.keeper, side, world.start);
      try {
        const publisher = await PlainClient.connect(server.port);
        const subscriber = await PlainClient.connect(server.port);
        await subscriber.ask('SUB flood.x 1\r\nPING\r\n', 'PONG');
        const calmUntil = performance.now() + CALM_MS;
        const calm = await timeMessages(publisher, subscriber, () => performance.now() > calmUntil);
        const count = Math.round(FLOOD_CONNECTIONS / world.divisor);
        const elsewhere = await timeFlood(world, [publisher, subscriber], other.port, count);
        const flooded = await timeFlood(world, [publisher, subscriber], server.port, count);
        const [calmP99, elsewhereP99, p99] = [calm, elsewhere, flooded].map((times) => percentile(times, 0.99)) as [
          number,
          number,
          number,
        ];
        const details = { calm_p99_ms: calmP99, elsewhere_p99_ms: elsewhereP99, p99_ms: p99, connects: count };
        return { value: p99 / (against === 'calm' ? calmP99 : elsewhereP99), details };
      } finally {
        await server.stop();
        await other.stop();
      }
    },
  };
}

export const CONNECTION_ROWS: readonly ProcessRow[] = [
  idleConnectionsRow,
  floodRow('connect flood p99', 'x calm', 'calm'),
  floodRow('connect flood p99 of its own', 'x flood elsewhere', 'elsewhere'),
];
