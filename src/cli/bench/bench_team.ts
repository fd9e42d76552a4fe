// The clients of one measurement in this thread: opens their connections, prepares all, starts them together, stops them
// when told, and gives their samples.
import type { Clock } from '../../ports/clock.ts';
import type { RunClient } from './bench_client.ts';
import type { BenchConnection } from './bench_connection.ts';
import type { BenchLogin } from './bench_login.ts';
import { prepareClient, type Work } from './bench_work.ts';
import { type Sample, Tally } from './tally.ts';

export interface Member {
  readonly index: number;
  readonly target: number;
  readonly seed: number;
  readonly work: Work;
}

interface Ready {
  readonly member: Member;
  readonly tally: Tally;
  readonly run: RunClient;
  readonly connection: BenchConnection;
}

export class ClientFailure extends Error {
  readonly index: number;

  constructor(index: number, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.index = index;
  }
}

/** The clients of a measurement, ready to run: in this thread or in others. */
export interface Team {
  /** What each has done so far. */
  readonly done: number[];
  stop(): void;
  /** Ends with the samples when all are done, or with the first failure. Nothing stays open. */
  run(): Promise<(Sample | null)[]>;
}

export class BenchTeam implements Team {
  readonly #ready: Ready[];

  private constructor(ready: Ready[]) {
    this.#ready = ready;
  }

  static async prepare(members: readonly Member[], { login, clock }: { login: BenchLogin; clock: Clock }) {
    const ready: Ready[] = [];
    try {
      for (const member of members) {
        const connection = await login.open();
        const tally = new Tally(member.target, clock);
        const { index, seed, work } = member;
        const entry = { member, tally, connection, run: () => Promise.resolve() };
        ready.push(entry);
        entry.run = await prepareClient({ connection, clock, tally, index, seed }, work).catch((error) => {
          throw new ClientFailure(index, error);
        });
      }
    } catch (error) {
      for (const { connection } of ready) connection.destroy();
      throw error;
    }
    return new BenchTeam(ready);
  }

  get done(): number[] {
    return this.#ready.map(({ tally }) => tally.done);
  }

  stop(): void {
    for (const { tally } of this.#ready) tally.stop();
  }

  async run(): Promise<(Sample | null)[]> {
    try {
      const running = this.#ready.map(({ run, member }) =>
        run().catch((error) => {
          throw new ClientFailure(member.index, error);
        }),
      );
      await Promise.all(running);
      return this.#ready.map(({ tally }) => tally.sample());
    } finally {
      for (const { connection } of this.#ready) connection.close();
    }
  }
}
