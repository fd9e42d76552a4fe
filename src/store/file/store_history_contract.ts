// One random history of a file store on a simulated disk, with what must, may and must not be found after its end. Test
// code, shared by the tests of crashes and of failing disks.
import assert from 'node:assert/strict';
import { SimRandom } from '../../sim/sim_random.ts';
import { NO_LIMITS } from '../retention.ts';
import type { StoreLimits } from '../stream_store.ts';
import { putAt, readBack } from '../stream_store_contract.ts';
import type { SyncPolicy } from './file_stream_store.ts';
import { SimStorage } from './sim_storage_contract.ts';

interface Written {
  readonly sequence: number;
  readonly subject: string;
  readonly payload: string;
  readonly header: string;
  readonly timeNs: bigint;
  /** Highest sequence given out when a removal was asked for; 0 while nobody did. */
  removedAt: number;
  isByLimit: boolean;
  /** The removal is on disk for certain. */
  isGoneForGood: boolean;
}

/** One history: what was done, as far as it got before the end. */
export class History {
  readonly under: SimStorage;
  readonly limits: StoreLimits;
  readonly written = new Map<number, Written>();
  readonly #random: SimRandom;
  #sequenceLast = 0;
  durable = 0;
  /** As of the last flush(), which syncs whatever the policy is. */
  flushed = 0;
  /** What a limit displaced may be lost together with what displaced it: the disk was synced now and then. */
  isLossOfDisplacedAllowed = false;
  /** It ended with a kill, which leaves the system's memory alone. */
  isKill = false;
  /** A disk that fails is part of this history. */
  isFaultExpected = false;

  constructor(seed: number, sync: SyncPolicy = 'always') {
    this.#random = new SimRandom(seed).fork('history');
    const kinds: Partial<StoreLimits>[] = [
      {},
      { messagesPerSubjectMax: 1 },
      { messagesMax: 25 },
      { messagesPerSubjectMax: 3, bytesMax: 9000 },
    ];
    this.limits = { ...NO_LIMITS, ...kinds[seed % kinds.length] };
    this.under = new SimStorage({ seed, sync, blockBytesMax: 3000 });
  }

  get isOver(): boolean {
    return this.under.life.isOver;
  }

  async run(steps: number): Promise<void> {
    const { under } = this;
    const opening = under.storage.openStream(under.streamOptions(this.limits));
    if (!(await this.#until(opening))) return;
    try {
      under.store = await opening;
    } catch (error) {
      if (this.isFaultExpected) return;
      throw error;
    }
    under.store.listen({
      durable: () => {
        this.durable = under.store.sequenceDurable;
      },
      removed: (sequence) => this.#noteRemoved(sequence),
      removedMany: () => this.#noteAll(),
      expired: () => undefined,
      faulted: (reason) => {
        if (!this.isFaultExpected) assert.fail(reason);
      },
    });
    for (let step = 0; step < steps && this.#isRunning; step++) await this.#step();
    if (this.#isRunning) await this.#flush();
    if (!this.isOver && this.#random.chance(0.5)) await this.#until(under.store.close());
  }

  /** Whether it still goes on: a store that faulted takes no more. */
  get #isRunning(): boolean {
    return !this.isOver && this.under.store.fault === null;
  }

  async #step(): Promise<void> {
    const random = this.#random;
    const { store, scheduler } = this.under;
    const what = random.between(0, 99);
    if (what < 55) for (let i = random.between(1, 6); i > 0; i--) this.#append();
    else if (what < 72) this.#removeOne();
    else if (what < 76) store.purge({ filter: `s.${random.between(0, 5)}`, sequence: 0, keep: random.between(0, 2) });
    else if (what < 79)
      store.purge({ filter: null, sequence: store.state.sequenceLast - random.between(0, 12), keep: 0 });
    else if (what < 81) store.purge({ filter: null, sequence: 0, keep: 0 });
    else if (what < 88) await this.#flush();
    if (!this.isOver) await scheduler.advance(random.between(0, 3));
  }

  #append(): void {
    const random = this.#random;
    const { store } = this.under;
    const subject = `s.${random.between(0, 5)}`;
    const payload = `${this.#sequenceLast + 1}:`.padEnd(random.chance(0.03) ? 5000 : random.between(4, 300), 'x');
    const header = random.chance(0.3) ? 'NATS/1.0\r\nA: b\r\n\r\n' : '';
    const timeNs = BigInt(Math.floor(this.under.nowMs())) * 1_000_000n;
    // Limits remove inside append(): what goes must be known by then.
    const sequence = store.state.sequenceLast + 1;
    this.#sequenceLast = sequence;
    const fresh = { sequence, subject, payload, header, timeNs, removedAt: 0, isByLimit: false, isGoneForGood: false };
    this.written.set(sequence, fresh);
    this.#isLimiting = true;
    assert.equal(putAt(store, subject, payload, header, timeNs), sequence);
    this.#isLimiting = false;
  }

  #isLimiting = false;

  #removeOne(): void {
    const { store } = this.under;
    const from = store.state.sequenceFirst + this.#random.between(0, 20);
    const sequence = store.nextSequence(null, from);
    if (sequence > 0) store.remove(sequence, this.#random.chance(0.3));
  }

  #noteRemoved(sequence: number): void {
    const message = this.written.get(sequence);
    assert.ok(message !== undefined);
    message.removedAt = this.#sequenceLast;
    message.isByLimit = this.#isLimiting;
  }

  #noteAll(): void {
    const { store } = this.under;
    for (const message of this.written.values()) {
      if (message.removedAt === 0 && store.subjectIdOf(message.sequence) < 0) message.removedAt = this.#sequenceLast;
    }
  }

  async #flush(): Promise<void> {
    const asked = [...this.written.values()].filter((message) => message.removedAt > 0);
    const sequence = this.under.store.state.sequenceLast;
    const flushing = this.under.store.flush();
    if (!(await this.#until(flushing))) return;
    this.flushed = sequence;
    for (const message of asked) message.isGoneForGood = true;
  }

  /** False when the life ended first. */
  async #until(promise: Promise<unknown>): Promise<boolean> {
    let isSettled = false;
    let failure: unknown = null;
    promise.then(
      () => {
        isSettled = true;
      },
      (error: unknown) => {
        isSettled = true;
        failure = error;
      },
    );
    await this.under.scheduler.runUntil(() => isSettled || this.isOver);
    if (failure !== null && !this.isOver && !this.isFaultExpected) throw failure;
    return isSettled && failure === null;
  }

  /** Compares what a new life finds with what must, may and must not be there. */
  async check(what: string): Promise<void> {
    const { under } = this;
    await under.open(this.limits);
    const { store } = under;
    const last = store.state.sequenceLast;
    assert.ok(last >= this.durable, `${what}: last sequence ${last}, told ${this.durable}`);
    assert.ok(last <= this.#sequenceLast, `${what}: last sequence ${last} was never given out`);
    // A crash is no damage: what was cut short nobody was told of.
    for (const lost of store.state.lost?.sequences ?? [])
      assert.ok(lost > this.durable, `${what}: ${lost} is named as lost, durable ${this.durable}: ${store.findings}`);
    if (this.isKill) assert.deepEqual(store.findings, [], `${what}: a kill damages nothing`);
    for (const message of this.written.values()) await this.#checkMessage(message, last, what);
    for (let sequence = store.nextSequence(null, 1); sequence > 0; sequence = store.nextSequence(null, sequence + 1)) {
      assert.ok(this.written.has(sequence), `${what}: ${sequence} was never stored`);
    }
    await this.#checkGoesOn(what);
  }

  async #checkMessage(message: Written, last: number, what: string): Promise<void> {
    const { sequence } = message;
    const found = await readBack(this.under, sequence);
    const name = `${what}: message ${sequence} of ${last}, durable ${this.durable}, removed at ${message.removedAt}`;
    if (found !== null) {
      const { subject, payload, header, timeNs } = message;
      assert.deepEqual(found, { subject, payload, header, timeNs }, name);
      assert.ok(!message.isGoneForGood, `${name} came back`);
      return;
    }
    if (sequence > this.durable) return;
    // Displaced by something that did not survive itself: then it must be there still.
    const isDisplacedByNothing = message.isByLimit && message.removedAt > last && !this.isLossOfDisplacedAllowed;
    const mayBeGone = message.removedAt > 0 && !isDisplacedByNothing;
    assert.ok(mayBeGone || this.#hasNoRoom(message), `${name} is lost`);
  }

  /** A removal that was not safe yet is undone, and then the limits may push the oldest out in its place. */
  #hasNoRoom({ sequence, subject }: Written): boolean {
    const { store } = this.under;
    const { messages, bytes, sequenceFirst } = store.state;
    let size = 0;
    for (let at = sequence; at < sequenceFirst; at++) {
      const { subject: name, payload = '', header = '' } = this.written.get(at) ?? { subject: '' };
      size += store.recordBytes(name.length, header.length, payload.length);
    }
    const { messagesMax, bytesMax, messagesPerSubjectMax } = this.limits;
    if (sequence < sequenceFirst && messagesMax > 0 && messages + 1 > messagesMax) return true;
    if (sequence < sequenceFirst && bytesMax > 0 && bytes + size > bytesMax) return true;
    const own = store.subjectTotals(subject, 0, 1)[0];
    return messagesPerSubjectMax > 0 && (own?.messages ?? 0) >= messagesPerSubjectMax && own!.sequenceFirst > sequence;
  }

  async #checkGoesOn(what: string): Promise<void> {
    const { under } = this;
    const next = under.store.state.sequenceLast + 1;
    assert.equal(putAt(under.store, 'after', 'after', '', 1n), next);
    await under.run(under.store.flush());
    assert.equal(under.store.sequenceDurable, next);
    await under.restart(this.limits);
    assert.equal((await readBack(under, next))?.payload, 'after', `${what}: the message after it`);
    assert.equal(under.store.state.sequenceLast, next);
  }
}
