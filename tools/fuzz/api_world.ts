// A JetStream engine in memory on a clock that stands still until told, asked as a client asks it, with whatever the log says
// of bugs. For fuzzers, and for tests that ask thousands of things.
import type { Logger } from '../../src/base/log.ts';
import { JetStreamEngine } from '../../src/jetstream/engine.ts';
import { TestingBus, TestingClock, TestingStores, testingParts } from '../../src/jetstream/testing_bus.ts';

/** Rounds of time and microtasks that an answer may take. */
const ANSWER_ROUNDS_MAX = 200;
const MICROTASKS_OF_ROUND = 20;

export class ApiWorld {
  readonly clock = new TestingClock();
  readonly bus = new TestingBus();
  readonly engine: JetStreamEngine;
  /** The first error in the log: requests make none, whatever they ask. */
  bug: string | null = null;

  private constructor() {
    const stores = new TestingStores(this.clock);
    this.engine = new JetStreamEngine({ ...testingParts(this.clock, stores), log: this.#log() });
  }

  static async start(): Promise<ApiWorld> {
    const world = new ApiWorld();
    await world.engine.enable(world.bus);
    return world;
  }

  /** The answer to a request; null when none comes. */
  async ask(subject: string, text: string): Promise<string | null> {
    let answer: string | null = null;
    const asked = this.bus.ask(subject, text).then(
      ({ payload }) => {
        answer = payload;
      },
      // Nobody listens to what is no endpoint.
      () => {
        answer = '{"type":"none"}';
      },
    );
    for (let round = 0; round < ANSWER_ROUNDS_MAX && answer === null; round++) {
      for (let i = 0; i < MICROTASKS_OF_ROUND; i++) await Promise.resolve();
      this.clock.advance(1);
    }
    if (answer !== null) await asked;
    return answer;
  }

  #log(): Logger {
    const nothing = (): void => undefined;
    const error = (text: string): void => {
      this.bug ??= text;
    };
    return { error, warn: nothing, info: nothing, debug: nothing, trace: nothing, isDebug: true, isTrace: true };
  }
}
