// The clients of a measurement spread over threads, some for each core: seen from outside it is a team like the
// one in this thread.
import type { Thread, Threads } from '../../ports/threads.ts';
import { type Deferred, deferred } from '../deferred.ts';
import { CommandError } from '../errors.ts';
import type { BenchLoginPlan } from './bench_login.ts';
import { ClientFailure, type Member, type Team } from './bench_team.ts';
import { waitsForAnswers } from './bench_work.ts';
import type { Sample } from './tally.ts';
import type { ThreadNews, ThreadOrder } from './thread_messages.ts';

/** While one thread waits for the kernel another works; those whose clients wait for answers are never short of time. */
const THREADS_PER_CORE = 2;
const PROGRAM = new URL('./bench_thread.js', import.meta.url);

/** One thread and its clients. */
class Part {
  readonly members: readonly Member[];
  done: readonly number[];
  readonly ready: Deferred<void>;
  readonly samples: Deferred<readonly (Sample | null)[]>;
  readonly #thread: Thread;
  readonly #fail: (error: Error) => void;
  #isOver: boolean;

  constructor(thread: Thread, members: readonly Member[], fail: (error: Error) => void) {
    this.members = members;
    this.done = members.map(() => 0);
    this.ready = deferred();
    this.samples = deferred<readonly (Sample | null)[]>();
    this.#thread = thread;
    this.#fail = fail;
    this.#isOver = false;
    thread.onMessage((message) => this.#hear(message as ThreadNews));
    thread.onEnd((error) => {
      if (!this.#isOver) fail(error ?? new Error('a measuring thread has ended before its time'));
    });
  }

  order(order: ThreadOrder): void {
    this.#thread.post(order);
  }

  end(): void {
    this.#isOver = true;
    this.#thread.end();
  }

  #hear(news: ThreadNews): void {
    switch (news.kind) {
      case 'ready':
        this.ready.resolve();
        break;
      case 'progress':
        this.done = news.done;
        break;
      case 'samples':
        this.samples.resolve(news.samples);
        break;
      case 'failed':
        this.#fail(news.index < 0 ? new CommandError(news.message) : new ClientFailure(news.index, news.message));
        break;
    }
  }
}

export class ThreadTeam implements Team {
  readonly #parts: readonly Part[];
  readonly #failed: Promise<never>;

  private constructor(parts: readonly Part[], failed: Promise<never>) {
    this.#parts = parts;
    this.#failed = failed;
  }

  static async prepare(
    members: readonly Member[],
    { login, threads }: { readonly login: BenchLoginPlan; readonly threads: Threads },
  ): Promise<ThreadTeam> {
    const failure = deferred<Error>();
    const failed = failure.promise.then((error) => {
      throw error;
    });
    failed.catch(() => undefined);
    const perCore = members.every(({ work }) => waitsForAnswers(work)) ? 1 : THREADS_PER_CORE;
    const count = Math.min(perCore * threads.cores, members.length);
    const parts = Array.from({ length: count }, (_, i) => {
      const own = members.filter(({ index }) => index % count === i);
      return new Part(threads.start(PROGRAM), own, failure.resolve);
    });
    const team = new ThreadTeam(parts, failed);
    try {
      for (const part of parts) part.order({ kind: 'prepare', login, members: part.members });
      await Promise.race([failed, Promise.all(parts.map(({ ready }) => ready.promise))]);
    } catch (error) {
      team.#end();
      throw error;
    }
    return team;
  }

  get done(): number[] {
    return this.#parts.flatMap(({ done }) => done);
  }

  stop(): void {
    for (const part of this.#parts) part.order({ kind: 'stop' });
  }

  async run(): Promise<(Sample | null)[]> {
    try {
      for (const part of this.#parts) part.order({ kind: 'run' });
      const all = await Promise.race([this.#failed, Promise.all(this.#parts.map(({ samples }) => samples.promise))]);
      return inOrder(this.#parts, all);
    } finally {
      this.#end();
    }
  }

  #end(): void {
    for (const part of this.#parts) part.end();
  }
}

/** Samples by the number of their client. */
function inOrder(parts: readonly Part[], all: readonly (readonly (Sample | null)[])[]): (Sample | null)[] {
  const samples: (Sample | null)[] = [];
  for (const [i, part] of parts.entries()) {
    for (const [j, { index }] of part.members.entries()) samples[index] = all[i]?.[j] ?? null;
  }
  return samples;
}
