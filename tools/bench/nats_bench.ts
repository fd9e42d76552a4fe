// Runs the official `nats bench` and reads its report, so that figures are those an operator would see. It decides
// which words nats gets, never how many messages a row has. Called by load_row.ts.
import type { BenchServer } from './bench_server.ts';
import { pause } from './bench_server.ts';
import type { ProcessKeeper } from './process_keeper.ts';

/** `nats bench sub` prints its last line just before it subscribes; what it does after takes far less than this. */
const SUBSCRIBE_MS = 300;
const SUBSCRIBER_START_MS = 10_000;

export interface NatsBenchReport {
  readonly perSecond: number;
  readonly p50Micros: number | null;
  readonly p99Micros: number | null;
  /** The warnings that natscli adds when a result is doubtful. */
  readonly warnings: readonly string[];
}

/** Reads `nats bench` text: the line of the only client, or the aggregate of several. */
export function parseNatsBench(text: string): NatsBenchReport {
  const rate = text.match(/ aggregated stats: ([\d,]+) msgs\/sec/) ?? text.match(/ stats: ([\d,]+) msgs\/sec/);
  if (rate === null) throw new Error(`nats bench printed no rate: ${text.trim().slice(-300)}`);
  const aggregate = text.match(/latencies per operation .*/)?.[0] ?? text.match(/ stats: .*/)?.[0] ?? '';
  return {
    perSecond: parseNumber(rate[1]),
    p50Micros: parseLatency(aggregate, 'P50'),
    p99Micros: parseLatency(aggregate, 'P99'),
    warnings: [...text.matchAll(/WARNING: (.*)/g)].map((match) => match[1] ?? ''),
  };
}

function parseNumber(text: string | undefined): number {
  return Number((text ?? '').replaceAll(',', ''));
}

function parseLatency(line: string, name: string): number | null {
  const match = line.match(new RegExp(`\\b${name}:? ([\\d.,]+)us`));
  return match === null ? null : parseNumber(match[1]);
}

export class NatsBench {
  readonly #keeper: ProcessKeeper;
  readonly #program: readonly string[];
  readonly #folder: string;

  constructor(keeper: ProcessKeeper, program: readonly string[], folder: string) {
    this.#keeper = keeper;
    this.#program = program;
    this.#folder = folder;
  }

  /** `nats bench WORDS` to its end. */
  async run(server: BenchServer, words: readonly string[], timeoutMs: number): Promise<NatsBenchReport> {
    const name = `nats bench ${words.slice(0, 3).join(' ')}`;
    return parseNatsBench(await this.#keeper.finish(this.#spawn(server, name, words), timeoutMs));
  }

  /** Publisher and subscribers in two processes; the report is that of the subscribers. */
  async runPublishSubscribe(
    server: BenchServer,
    load: { size: number; messages: number; subscribers: number; timeoutMs: number },
  ): Promise<NatsBenchReport> {
    const count = ['--msgs', String(load.messages), '--size', String(load.size), '--no-progress', 'bench.core'];
    const subscribers = this.#spawn(server, 'nats bench sub', ['sub', '--clients', String(load.subscribers), ...count]);
    const ready = (output: string): boolean => output.split(', expecting ').length - 1 >= load.subscribers;
    await subscribers.waitForOutput('its subscribers', SUBSCRIBER_START_MS, ready);
    await pause(SUBSCRIBE_MS);
    try {
      await this.run(server, ['pub', ...count], load.timeoutMs);
    } catch (error) {
      await subscribers.stop('SIGKILL');
      throw error;
    }
    return parseNatsBench(await this.#keeper.finish(subscribers, load.timeoutMs));
  }

  /** Requests against one responder in another process. */
  async runService(
    server: BenchServer,
    load: { size: number; messages: number; timeoutMs: number },
  ): Promise<NatsBenchReport> {
    const responder = this.#spawn(server, 'nats bench service serve', ['service', 'serve', 'bench.service']);
    try {
      await server.waitForResponder('bench.service', SUBSCRIBER_START_MS);
      const count = ['--msgs', String(load.messages), '--size', String(load.size), '--no-progress'];
      return await this.run(server, ['service', 'request', 'bench.service', ...count], load.timeoutMs);
    } finally {
      await responder.stop('SIGKILL');
    }
  }

  #spawn(server: BenchServer, name: string, words: readonly string[]) {
    return this.#keeper.spawn([...this.#program, 'bench', ...words, '--server', server.url, '--no-context'], {
      name,
      cwd: this.#folder,
      // Contexts of the user who runs the bench must not reach it.
      environment: { XDG_CONFIG_HOME: this.#folder },
    });
  }
}
