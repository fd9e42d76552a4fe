// Workload: publish to one stream while its server crashes, restarts, crashes while recovering, is stopped in order, and
// while its disk fails. Speaks only the NATS protocol. What the stream must keep is judged by checkers/stream_checker.ts:
// above all, that everything acknowledged is there afterwards.
//
// A run is some rounds of: maybe arm a fault, publish, crash or not, restart, maybe read everything back. At the end
// everything is read back three times: as it is, after an orderly restart, and after a power cut.
import type { StoredMessage } from '../checkers/stream_checker.ts';
import { StreamChecker } from '../checkers/stream_checker.ts';
import type { FaultProfile } from '../faults.ts';
import { CALM_NETWORK, drawFaults, drawWallJump } from '../faults.ts';
import type { CrashKind, Machine } from '../machine.ts';
import { SERVER_PORT } from '../machine.ts';
import { SimClient } from '../sim_client.ts';
import type { SimRandom } from '../sim_random.ts';
import type { World } from '../world.ts';
import { Publisher } from './_publisher.ts';

export interface PublishAckOptions {
  readonly rounds?: number;
  /** In one round. */
  readonly messagesMax?: number;
  /** In place of what the seed would draw. */
  readonly faults?: Partial<FaultProfile>;
  /** In memory nothing outlives the server, so it neither crashes nor restarts. */
  readonly storage?: 'file' | 'memory';
}

export interface WorkloadReport {
  readonly violations: readonly string[];
  readonly published: number;
  readonly acked: number;
  readonly crashes: number;
}

const SERVER = 'A';
const STREAM = 'S';
const CRASH_KINDS = ['power', 'kill'] as const;
/** Requests that are tried again until they are answered. */
const TRIES_MAX = 200;
/** Restarts that die while recovering, in a row. */
const RECOVERY_CRASHES_MAX = 3;
const READ_WINDOW = 20;

interface StreamInfo {
  readonly state: { readonly messages: number; readonly first_seq: number; readonly last_seq: number };
}

interface MessageAnswer {
  readonly error?: { readonly code: number; readonly description: string };
  readonly message?: { readonly subject: string; readonly seq: number; readonly data?: string };
}

export async function publishAck(world: World, options: PublishAckOptions = {}): Promise<WorkloadReport> {
  const run = new PublishAck(world, options);
  await run.run();
  return run.report();
}

class PublishAck {
  readonly #world: World;
  readonly #random: SimRandom;
  readonly #machine: Machine;
  readonly #client: SimClient;
  readonly #checker: StreamChecker;
  readonly #publisher: Publisher;
  readonly #faults: FaultProfile;
  readonly #rounds: number;
  readonly #messagesMax: number;
  readonly #storage: 'file' | 'memory';
  /** With retries each message has a Nats-Msg-Id, by which it must be known again. */
  readonly #hasRetries: boolean;
  #crashes: number;
  #healDisk: () => void;

  constructor(world: World, options: PublishAckOptions) {
    this.#world = world;
    this.#random = world.random('publish_ack');
    this.#machine = world.machine(SERVER);
    this.#checker = new StreamChecker();
    this.#client = new SimClient(world.client('publisher'), { host: SERVER, port: SERVER_PORT }, () =>
      this.#publisher.pump(),
    );
    this.#hasRetries = this.#random.chance(0.5);
    this.#publisher = new Publisher(this.#client, this.#checker, this.#random, {
      subjectPrefix: 's',
      subjects: this.#random.between(1, 5),
      windowMax: this.#random.between(1, 30),
      hasRetries: this.#hasRetries,
    });
    this.#faults = { ...drawFaults(this.#random.fork('faults')), ...options.faults };
    this.#rounds = options.rounds ?? this.#random.between(1, 6);
    this.#messagesMax = options.messagesMax ?? 60;
    this.#storage = options.storage ?? 'file';
    this.#crashes = 0;
    this.#healDisk = () => undefined;
  }

  report(): WorkloadReport {
    const { violations, publishedCount: published, ackedCount: acked } = this.#checker;
    return { violations, published, acked, crashes: this.#crashes };
  }

  async run(): Promise<void> {
    await this.#world.start(SERVER);
    this.#client.start();
    for (let round = 0; round < this.#rounds && this.#checker.violations.length === 0; round++) {
      await this.#round();
    }
    if (this.#checker.violations.length === 0) await this.#finish();
    this.#client.stop();
  }

  async #round(): Promise<void> {
    if (this.#storage === 'memory') {
      this.#world.network.setFaults(this.#faults.network);
      if (await this.#makeStream()) this.#publisher.allow(this.#random.between(1, this.#messagesMax));
      await this.#world.runUntil(() => this.#publisher.isIdle);
      return;
    }
    const kind = this.#arm();
    const refusals = this.#publisher.refusals;
    const crashesLater = this.#random.chance(0.4);
    if (await this.#makeStream()) this.#publisher.allow(this.#random.between(1, this.#messagesMax));
    if (crashesLater) {
      await this.#world.advance(this.#random.within([0, 30]));
      this.#machine.crash(kind);
    }
    await this.#world.runUntil(() => this.#isDown || this.#publisher.isIdle || this.#publisher.refusals > refusals);
    if (!this.#isDown && this.#random.chance(0.2)) await this.#stopInOrder();
    if (!this.#isDown && this.#random.chance(0.7)) this.#machine.crash(kind);
    if (this.#isDown) await this.#recover();
    if (this.#random.chance(0.7)) await this.#readBack();
  }

  /** Chooses how this round's life may end. */
  #arm(): CrashKind {
    this.#calm();
    const { disk, wall } = this.#machine;
    disk.setLatency(this.#faults.diskLatency);
    this.#world.network.setFaults(this.#faults.network);
    // Retries are known again for as long as the wall clock says, so with them it must not jump.
    if (this.#faults.hasWallJumps && !this.#hasRetries) wall.jump(drawWallJump(this.#random));
    const reach = this.#random.pick([5, 30, 150]);
    const next = () => disk.operations.length + this.#random.between(0, reach);
    if (this.#faults.hasDiskErrors && this.#random.chance(0.5)) {
      const index = next();
      const code = this.#random.pick(['DISK_IO', 'DISK_NO_SPACE'] as const);
      this.#healDisk = disk.failWhen((operation) => (operation.index === index ? code : null));
      // Not a kill, by default: what a failed sync has dropped is still read, and believed, by the next process.
      if (!this.#faults.hasKillsAfterErrors) this.#machine.endsWith('power');
      return this.#faults.hasKillsAfterErrors ? this.#random.pick(CRASH_KINDS) : 'power';
    }
    const kind = this.#random.pick(CRASH_KINDS);
    if (this.#random.chance(0.6)) this.#machine.crashAt(next(), kind);
    return kind;
  }

  /** Nothing that was armed happens any more. */
  #calm(): void {
    this.#machine.crashNever();
    this.#healDisk();
    this.#world.network.setFaults(CALM_NETWORK);
  }

  get #isDown(): boolean {
    return this.#machine.state === 'down';
  }

  /** False when the server died before it answered, or cannot make one now. */
  async #makeStream(): Promise<boolean> {
    const config = {
      name: STREAM,
      subjects: ['s.>'],
      storage: this.#storage,
      retention: 'limits',
      num_replicas: 1,
      // Ten minutes: longer than any run, so that every retry is recognised.
      duplicate_window: 600_000_000_000,
    };
    const answer = await this.#ask(`$JS.API.STREAM.CREATE.${STREAM}`, JSON.stringify(config));
    if (answer === null) return false;
    const { error } = answer as { readonly error?: { readonly description: string } };
    if (error !== undefined && !this.#faults.hasDiskErrors) throw new Error(`No stream: ${error.description}`);
    return error === undefined;
  }

  async #stopInOrder(): Promise<void> {
    this.#calm();
    await this.#world.stop(SERVER);
  }

  /** Starts the server again, which may die a few times while it recovers. */
  async #recover(): Promise<void> {
    for (let crashes = 0; ; crashes++) {
      this.#crashes++;
      // While nobody is there time may pass.
      await this.#world.advance(this.#random.within([0, 100]));
      const isDoomed = crashes < RECOVERY_CRASHES_MAX && this.#random.chance(0.3);
      if (isDoomed) this.#machine.crashAt(this.#random.between(0, 40), this.#random.pick(CRASH_KINDS));
      const isUp = await this.#world.start(SERVER);
      this.#calm();
      if (isUp) break;
    }
    await this.#world.runUntil(() => this.#client.isConnected);
  }

  async #finish(): Promise<void> {
    this.#calm();
    if (this.#faults.hasDiskErrors && this.#storage === 'file') {
      // What failed stays so until a restart.
      this.#machine.crash('power');
      await this.#recover();
    }
    await this.#makeStream();
    this.#publisher.pump();
    await this.#world.runUntil(() => this.#publisher.isIdle);
    await this.#readBack();
    if (this.#storage === 'memory') return;
    await this.#stopInOrder();
    await this.#recover();
    await this.#readBack();
    this.#machine.crash('power');
    await this.#recover();
    await this.#readBack();
  }

  /** While nothing is published: what is acknowledged later than the stream was asked for its state is not in it. */
  async #readBack(): Promise<void> {
    this.#calm();
    this.#publisher.hold();
    await this.#world.runUntil(() => this.#client.isConnected && this.#publisher.isQuiet);
    await this.#readBackQuietly();
    this.#publisher.release();
  }

  async #readBackQuietly(): Promise<void> {
    const answer = await this.#ask(`$JS.API.STREAM.INFO.${STREAM}`, '');
    const { state } = (answer ?? {}) as Partial<StreamInfo>;
    if (state === undefined) {
      // Fine as long as the stream itself was not acknowledged: then nothing else was.
      this.#checker.observed({ sequenceFirst: 1, sequenceLast: 0, count: 0, messages: [] });
      return;
    }
    const messages = await this.#readAll(state.first_seq, state.last_seq);
    this.#checker.observed({
      sequenceFirst: state.first_seq,
      sequenceLast: state.last_seq,
      count: state.messages,
      messages,
    });
  }

  async #readAll(first: number, last: number): Promise<StoredMessage[]> {
    const found: StoredMessage[] = [];
    // An empty stream says that its first sequence is 0.
    let next = Math.max(1, first);
    let underWay = 0;
    const pump = () => {
      for (; underWay < READ_WINDOW && next <= last; next++) {
        underWay++;
        this.#client.request(`$JS.API.STREAM.MSG.GET.${STREAM}`, Buffer.from(`{"seq":${next}}`), {}, (result) => {
          underWay--;
          if (result.kind !== 'reply') throw new Error(`A message could not be read: ${result.kind}`);
          const message = messageOf(result.message.payload);
          if (message !== null) found.push(message);
          pump();
        });
      }
    };
    pump();
    await this.#world.runUntil(() => underWay === 0);
    return found.sort((a, b) => a.sequence - b.sequence);
  }

  /** Asks until there is an answer; null when the server died over it. */
  async #ask(subject: string, body: string): Promise<unknown> {
    for (let tries = 0; tries < TRIES_MAX && !this.#isDown; tries++) {
      let answer: unknown;
      let isDone = false;
      this.#client.request(subject, Buffer.from(body), {}, (result) => {
        isDone = true;
        if (result.kind === 'reply') answer = JSON.parse(Buffer.from(result.message.payload).toString());
      });
      await this.#world.runUntil(() => isDone);
      if (answer !== undefined) return answer;
      await this.#world.advance(50);
    }
    if (this.#isDown) return null;
    throw new Error(`The server is up and does not answer ${subject}`);
  }
}

/** Null where nothing is stored. */
function messageOf(payload: Uint8Array): StoredMessage | null {
  const { error, message } = JSON.parse(Buffer.from(payload).toString()) as MessageAnswer;
  if (error?.code === 404) return null;
  if (message === undefined) throw new Error(`A message could not be read: ${error?.description ?? 'no answer'}`);
  const data = Buffer.from(message.data ?? '', 'base64').toString('latin1');
  return { sequence: message.seq, subject: message.subject, payload: data };
}
