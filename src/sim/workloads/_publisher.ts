// Publishes messages with ids of their own to a stream, as many at a time as allowed, and tells the checker what was
// sent and what was acknowledged. With retries, what was not acknowledged is sent again under its Nats-Msg-Id until it is.
import type { StreamChecker } from '../checkers/stream_checker.ts';
import type { RequestResult, SimClient } from '../sim_client.ts';
import type { SimRandom } from '../sim_random.ts';

export interface PublisherOptions {
  readonly subjectPrefix: string;
  readonly subjects: number;
  /** Messages on their way at one time. */
  readonly windowMax: number;
  readonly hasRetries: boolean;
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789';

export class Publisher {
  readonly #client: SimClient;
  readonly #checker: StreamChecker;
  readonly #random: SimRandom;
  readonly #options: PublisherOptions;
  /** Ids below are allowed to be sent. */
  #idLimit: number;
  #idNext: number;
  #underWay: number;
  /** Ids that were sent and of which it is not known what became. */
  #doubtful: number[];
  #refusals: number;
  #isHeld: boolean;

  constructor(client: SimClient, checker: StreamChecker, random: SimRandom, options: PublisherOptions) {
    this.#client = client;
    this.#checker = checker;
    this.#random = random;
    this.#options = options;
    this.#idLimit = 0;
    this.#idNext = 0;
    this.#underWay = 0;
    this.#doubtful = [];
    this.#refusals = 0;
    this.#isHeld = false;
  }

  /** Nothing is on its way and nothing waits to be sent. */
  get isIdle(): boolean {
    return (
      this.#underWay === 0 &&
      this.#idNext === this.#idLimit &&
      (this.#doubtful.length === 0 || !this.#options.hasRetries)
    );
  }

  /** Nothing is on its way. */
  get isQuiet(): boolean {
    return this.#underWay === 0;
  }

  /** Sends nothing until release(). */
  hold(): void {
    this.#isHeld = true;
  }

  release(): void {
    this.#isHeld = false;
    this.pump();
  }

  /** Publishes that the server answered with an error. */
  get refusals(): number {
    return this.#refusals;
  }

  /** Sends so many more. */
  allow(count: number): void {
    this.#idLimit += count;
    this.pump();
  }

  /** Sends as much as may be sent now. Called again whenever that may be more. */
  pump(): void {
    while (!this.#isHeld && this.#client.isConnected && this.#underWay < this.#options.windowMax) {
      const retried = this.#options.hasRetries ? this.#doubtful.shift() : undefined;
      if (retried !== undefined) this.#send(retried);
      else if (this.#idNext < this.#idLimit) this.#send(this.#idNext++);
      else return;
    }
  }

  #send(id: number): void {
    const { subjectPrefix, subjects, hasRetries } = this.#options;
    const subject = `${subjectPrefix}.${id % subjects}`;
    const payload = this.#payload(id);
    this.#checker.published(id, { subject, payload, connection: this.#client.connection });
    this.#underWay++;
    const options = hasRetries ? { headers: { 'Nats-Msg-Id': `id-${id}` } } : {};
    this.#client.request(subject, Buffer.from(payload), options, (result) => {
      this.#underWay--;
      if (!this.#isAcked(id, result)) this.#doubtful.push(id);
      this.pump();
    });
  }

  #isAcked(id: number, result: RequestResult): boolean {
    if (result.kind !== 'reply') return false;
    const ack = JSON.parse(Buffer.from(result.message.payload).toString()) as {
      readonly seq?: number;
      readonly duplicate?: boolean;
      readonly error?: object;
    };
    if (ack.error !== undefined || ack.seq === undefined) {
      this.#refusals++;
      return false;
    }
    this.#checker.acked(id, ack.seq, ack.duplicate === true);
    return true;
  }

  /** The same for the same id; mostly short, sometimes longer than the pages of a disk. */
  #payload(id: number): string {
    const random = this.#random.fork(`payload ${id}`);
    const length = random.chance(0.1) ? random.between(1_000, 12_000) : random.between(0, 300);
    let filler = '';
    while (filler.length < length) filler += random.pick([...LETTERS]).repeat(random.between(1, 40));
    return `${id} ${filler.slice(0, length)}`;
  }
}
