// The suite that every StreamStore passes. Test code: each body calls streamStoreContract() from its own test file with
// a way to open a store. Property tests compare with StreamModel, an array.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Clock, Timer } from '../ports/clock.ts';
import { Message } from '../ports/message.ts';
import { NO_LIMITS } from './retention.ts';
import { StreamModel } from './stream_model_contract.ts';
import {
  READ_FOUND,
  READ_LOADING,
  READ_MISSING,
  StoredMessage,
  type StoreFilter,
  type StoreLimits,
  type StoreListener,
  type StreamStore,
} from './stream_store.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A store and the world around it. */
export interface StoreUnderTest {
  readonly store: StreamStore;
  /** Closes the store and opens it again as `store`; for bodies that keep something. */
  restart?(limits: StoreLimits): Promise<void>;
  /** Time of the store, which stands still unless advance() moves it. Unix milliseconds. */
  nowMs(): number;
  advance(ms: number): Promise<void>;
  /** Runs whatever a promise of the store waits for. */
  run<T>(promise: Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export type OpenStore = (limits: StoreLimits) => Promise<StoreUnderTest>;

/** Time that stands still until it is moved; turn ends run when asked. Enough for a store in memory. */
export class StillClock implements Clock {
  #nowMs = 1_700_000_000_000;
  #timers: { at: number; callback: () => void }[] = [];

  monotonicMs(): number {
    return this.#nowMs;
  }

  realtimeMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, callback: () => void): Timer {
    const entry = { at: this.#nowMs + delayMs, callback };
    this.#timers.push(entry);
    return {
      cancel: () => {
        this.#timers = this.#timers.filter((timer) => timer !== entry);
      },
    };
  }

  atTurnEnd(callback: () => void): void {
    this.after(0, callback);
  }

  advance(ms: number): void {
    const until = this.#nowMs + ms;
    for (;;) {
      const due = this.#timers.filter((timer) => timer.at <= until).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.#timers = this.#timers.filter((timer) => timer !== due);
      this.#nowMs = Math.max(this.#nowMs, due.at);
      due.callback();
    }
    this.#nowMs = until;
  }
}

export function put(under: StoreUnderTest, subject: string, payload: string, header = ''): number {
  return putAt(under.store, subject, payload, header, BigInt(Math.floor(under.nowMs())) * 1_000_000n);
}

/** As the ingest does with a message that has a TTL, -1 for `never`. */
export function putFor(under: StoreUnderTest, subject: string, ttlSeconds: number): number {
  const header = `NATS/1.0\r\nNats-TTL: ${ttlSeconds < 0 ? 'never' : ttlSeconds}\r\n\r\n`;
  return putAt(under.store, subject, '', header, BigInt(Math.floor(under.nowMs())) * 1_000_000n, ttlSeconds);
}

export function putAt(
  store: StreamStore,
  subject: string,
  payload: string,
  header: string,
  timeNs: bigint,
  ttlSeconds?: number,
): number {
  const message = new Message();
  // Bytes in front of and behind every slice: a store that takes offsets for granted is caught.
  message.subject = encoder.encode(`<<${subject}>>`);
  message.subjectStart = 2;
  message.subjectEnd = message.subject.length - 2;
  message.body = encoder.encode(`[${header}${payload}]`);
  message.headerStart = 1;
  message.payloadStart = 1 + encoder.encode(header).length;
  message.payloadEnd = message.body.length - 1;
  return store.append(message, Number(timeNs >> 32n), Number(timeNs & 0xffff_ffffn), ttlSeconds);
}

export interface ReadBack {
  readonly subject: string;
  readonly header: string;
  readonly payload: string;
  readonly timeNs: bigint;
}

export async function readBack(under: StoreUnderTest, sequence: number): Promise<ReadBack | null> {
  const into = new StoredMessage();
  for (let attempt = 0; attempt < 3; attempt++) {
    const result = under.store.read(sequence, into);
    if (result === READ_MISSING) return null;
    if (result === READ_FOUND) {
      const { message } = into;
      assert.equal(into.sequence, sequence);
      return {
        subject: decoder.decode(message.subject.subarray(message.subjectStart, message.subjectEnd)),
        header: decoder.decode(message.body.subarray(message.headerStart, message.payloadStart)),
        payload: decoder.decode(message.body.subarray(message.payloadStart, message.payloadEnd)),
        timeNs: (BigInt(into.timeHigh) << 32n) | BigInt(into.timeLow),
      };
    }
    await under.run(new Promise<void>((resolve) => under.store.load(sequence, resolve)));
  }
  assert.fail('a message that was loaded can be read');
}

/** A listener that writes down what it hears. */
export class Hearing implements StoreListener {
  readonly removals: number[] = [];
  manyCount = 0;
  durableCount = 0;
  reasons: string[] = [];
  readonly expirations: number[] = [];

  durable(): void {
    this.durableCount++;
  }

  removed(sequence: number): void {
    this.removals.push(sequence);
  }

  removedMany(): void {
    this.manyCount++;
  }

  expired(sequences: readonly number[]): void {
    this.expirations.push(...sequences);
  }

  faulted(reason: string): void {
    this.reasons.push(reason);
  }
}

export function limits(some: Partial<StoreLimits>): StoreLimits {
  return { ...NO_LIMITS, ...some };
}

/** `histories`: how many random ones are compared with the model. */
export function streamStoreContract(name: string, open: OpenStore, histories = 60): void {
  describe(`${name}: stream store contract`, () => {
    storing(open);
    finding(open);
    removing(open);
    limiting(open);
    properties(open, histories);
  });
}

async function using(
  open: OpenStore,
  some: Partial<StoreLimits>,
  body: (under: StoreUnderTest) => Promise<void> | void,
): Promise<void> {
  const under = await open(limits(some));
  try {
    await body(under);
  } finally {
    await under.close();
  }
}

function storing(open: OpenStore): void {
  test('append() gives out 1, 2, 3 and read() gives back subject, header, payload and time', () =>
    using(open, {}, async (under) => {
      assert.equal(putAt(under.store, 'a.b', 'one', '', 1_700_000_000_123_456_789n), 1);
      assert.equal(putAt(under.store, 'a.c', 'two', 'NATS/1.0\r\nX: y\r\n\r\n', 1_700_000_000_123_456_790n), 2);
      assert.equal(putAt(under.store, 'a.b', '', '', 1_700_000_001_000_000_000n), 3);
      assert.deepEqual(await readBack(under, 1), {
        subject: 'a.b',
        header: '',
        payload: 'one',
        timeNs: 1_700_000_000_123_456_789n,
      });
      const second = await readBack(under, 2);
      assert.equal(second?.header, 'NATS/1.0\r\nX: y\r\n\r\n');
      assert.equal(second?.payload, 'two');
      assert.equal((await readBack(under, 3))?.payload, '');
      assert.equal(await readBack(under, 4), null);
      assert.equal(await readBack(under, 0), null);
    }));

  test('the state of a new store is empty and starts at 1', () =>
    using(open, {}, ({ store }) => {
      const { messages, bytes, sequenceFirst, sequenceLast, timeFirst, timeLast, subjects, deleted, lost } =
        store.state;
      assert.deepEqual(
        { messages, bytes, sequenceFirst, sequenceLast, timeFirst, timeLast, subjects, deleted, lost },
        {
          messages: 0,
          bytes: 0,
          sequenceFirst: 1,
          sequenceLast: 0,
          timeFirst: 0n,
          timeLast: 0n,
          subjects: 0,
          deleted: 0,
          lost: null,
        },
      );
    }));

  test('the state counts bytes as recordBytes() says', () =>
    using(open, {}, (under) => {
      put(under, 'subject', 'payload');
      put(under, 'subject', 'payload', 'NATS/1.0\r\n\r\n');
      assert.equal(under.store.state.bytes, under.store.recordBytes(7, 0, 7) + under.store.recordBytes(7, 12, 7));
    }));

  test('everything is durable after flush(), and whenDurable() calls back', () =>
    using(open, {}, async (under) => {
      const hearing = new Hearing();
      under.store.listen(hearing);
      const sequence = put(under, 'a', '1');
      let called = 0;
      under.store.whenDurable(sequence, () => called++);
      await under.run(under.store.flush());
      assert.equal(under.store.sequenceDurable, sequence);
      assert.equal(called, 1);
      under.store.whenDurable(sequence, () => called++);
      assert.equal(called, 2);
    }));

  test('a message of a megabyte comes back whole between small ones', () =>
    using(open, {}, async (under) => {
      const large = 'x'.repeat(1_100_000);
      put(under, 'a', 'before');
      put(under, 'a', large);
      put(under, 'a', 'after');
      assert.equal((await readBack(under, 2))?.payload, large);
      await under.run(under.store.flush());
      assert.equal((await readBack(under, 2))?.payload, large);
      assert.equal((await readBack(under, 1))?.payload, 'before');
      assert.equal((await readBack(under, 3))?.payload, 'after');
    }));

  test('skipTo() uses up sequences, even a great many', () =>
    using(open, {}, async (under) => {
      under.store.skipTo(99, 0, 0);
      assert.equal(under.store.state.sequenceFirst, 100);
      assert.equal(put(under, 'a', '100'), 100);
      under.store.skipTo(2 ** 40, 0, 0);
      assert.equal(put(under, 'a', 'far'), 2 ** 40 + 1);
      assert.equal(under.store.state.deleted, 2 ** 40 - 100);
      assert.equal(under.store.nextSequence(null, 101), 2 ** 40 + 1);
      assert.equal((await readBack(under, 2 ** 40 + 1))?.payload, 'far');
    }));
}

function finding(open: OpenStore): void {
  test('nextSequence() and previousSequence() find what passes a filter, on both sides of deletions', () =>
    using(open, {}, (under) => {
      const { store } = under;
      for (const subject of ['a.1', 'b.1', 'a.2', 'b.2', 'a.1']) put(under, subject, 'x');
      const filter = store.filter(['a.*']);
      assert.equal(store.nextSequence(filter, 1), 1);
      assert.equal(store.nextSequence(filter, 2), 3);
      store.remove(3, false);
      assert.equal(store.nextSequence(filter, 2), 5);
      assert.equal(store.nextSequence(filter, 6), 0);
      assert.equal(store.previousSequence(filter, 4), 1);
      assert.equal(store.previousSequence(null, 3), 2);
      assert.equal(store.previousSequence(filter, 0), 0);
      filter.close();
    }));

  test('a filter learns about subjects that appear after it and forgets those that disappear', () =>
    using(open, {}, (under) => {
      const { store } = under;
      const filter = store.filter(['orders.>', 'literal']);
      assert.equal(store.nextSequence(filter, 1), 0);
      put(under, 'other', 'x');
      put(under, 'orders.new', 'x');
      assert.equal(store.nextSequence(filter, 1), 2);
      assert.equal(filter.has(store.subjectIdOf(2)), true);
      assert.equal(filter.has(store.subjectIdOf(1)), false);
      store.remove(2, false);
      put(under, 'takes.the.free.id', 'x');
      assert.equal(store.nextSequence(filter, 1), 0);
      assert.equal(store.count(filter, 1, false), 0);
      put(under, 'literal', 'x');
      assert.equal(store.count(filter, 1, false), 1);
    }));

  test('count() counts from a sequence on, all messages or only the last of each subject', () =>
    using(open, {}, (under) => {
      const { store } = under;
      for (let i = 0; i < 10; i++) put(under, `s.${i % 3}`, 'x');
      const filter = store.filter(['s.0', 's.1']);
      assert.equal(store.count(null, 1, false), 10);
      assert.equal(store.count(filter, 1, false), 7);
      assert.equal(store.count(filter, 4, false), 5);
      assert.equal(store.count(filter, 10, false), 1);
      assert.equal(store.count(filter, 11, false), 0);
      assert.equal(store.count(filter, 1, true), 2);
      assert.equal(store.count(null, 9, true), 2);
    }));

  test('lastPerSubject() looks back from any sequence', () =>
    using(open, {}, (under) => {
      for (const subject of ['a', 'b', 'a', 'c', 'b']) put(under, subject, 'x');
      assert.deepEqual(under.store.lastPerSubject(null, 5), [3, 4, 5]);
      assert.deepEqual(under.store.lastPerSubject(null, 4), [2, 3, 4]);
      assert.deepEqual(under.store.lastPerSubject(under.store.filter(['a', 'b']), 2), [1, 2]);
      under.store.remove(3, false);
      assert.deepEqual(under.store.lastPerSubject(null, 5), [1, 4, 5]);
    }));

  test('lastOfSubject() and countOfSubject() follow deletions', () =>
    using(open, {}, (under) => {
      const subject = encoder.encode('a');
      for (let i = 0; i < 4; i++) put(under, 'a', 'x');
      put(under, 'b', 'x');
      under.store.remove(4, false);
      under.store.remove(2, false);
      assert.equal(under.store.lastOfSubject(subject, 0, 1), 3);
      assert.equal(under.store.countOfSubject(subject, 0, 1), 2);
      under.store.remove(3, false);
      under.store.remove(1, false);
      assert.equal(under.store.lastOfSubject(subject, 0, 1), 0);
      assert.equal(under.store.countOfSubject(subject, 0, 1), 0);
    }));

  test('subjectTotals() are sorted and paged', () =>
    using(open, {}, (under) => {
      for (const subject of ['k.b', 'k.a', 'x', 'k.b', 'k.c']) put(under, subject, 'x');
      assert.deepEqual(under.store.subjectTotals('k.*', 0, 10), [
        { subject: 'k.a', messages: 1, sequenceFirst: 2, sequenceLast: 2 },
        { subject: 'k.b', messages: 2, sequenceFirst: 1, sequenceLast: 4 },
        { subject: 'k.c', messages: 1, sequenceFirst: 5, sequenceLast: 5 },
      ]);
      assert.deepEqual(
        under.store.subjectTotals('>', 1, 2).map((total) => total.subject),
        ['k.b', 'k.c'],
      );
      assert.deepEqual(under.store.subjectTotals('x', 0, 1), [
        { subject: 'x', messages: 1, sequenceFirst: 3, sequenceLast: 3 },
      ]);
    }));

  test('sequenceAtTime() is exact to the nanosecond', () =>
    using(open, {}, async ({ store }) => {
      for (const [i, time] of [100n, 100n, 101n, 5_000_000_000n].entries()) putAt(store, 'a', String(i), '', time);
      assert.equal(await store.sequenceAtTime(0n), 1);
      assert.equal(await store.sequenceAtTime(100n), 1);
      assert.equal(await store.sequenceAtTime(101n), 3);
      assert.equal(await store.sequenceAtTime(102n), 4);
      assert.equal(await store.sequenceAtTime(5_000_000_001n), 5);
    }));
}

function removing(open: OpenStore): void {
  test('remove() takes one message and says so', () =>
    using(open, {}, async (under) => {
      const { store } = under;
      const hearing = new Hearing();
      store.listen(hearing);
      for (let i = 0; i < 5; i++) put(under, 'a', String(i));
      assert.equal(store.remove(3, false), true);
      assert.equal(store.remove(3, false), false);
      assert.equal(store.remove(6, false), false);
      assert.equal(await readBack(under, 3), null);
      assert.deepEqual(store.deletedSequences(), [3]);
      assert.equal(store.state.messages, 4);
      store.remove(1, true);
      assert.equal(store.state.sequenceFirst, 2);
      store.remove(2, false);
      assert.equal(store.state.sequenceFirst, 4);
      assert.deepEqual(hearing.removals, [3, 1, 2]);
      assert.equal(await readBack(under, 1), null);
      assert.equal((await readBack(under, 4))?.payload, '3');
    }));

  test('removing the last message keeps the last sequence', () =>
    using(open, {}, (under) => {
      put(under, 'a', '1');
      put(under, 'a', '2');
      under.store.remove(2, false);
      assert.equal(under.store.state.sequenceLast, 2);
      under.store.remove(1, false);
      assert.equal(under.store.state.sequenceFirst, 3);
      assert.equal(under.store.state.subjects, 0);
      assert.equal(put(under, 'b', '3'), 3);
    }));

  test('purge() of everything keeps the last sequence, a bound beyond it moves it', () =>
    using(open, {}, (under) => {
      const { store } = under;
      for (let i = 0; i < 5; i++) put(under, 'a', 'x');
      assert.equal(store.purge({ filter: null, sequence: 0, keep: 0 }), 5);
      assert.equal(store.state.sequenceFirst, 6);
      assert.equal(store.state.sequenceLast, 5);
      assert.equal(store.state.bytes, 0);
      assert.equal(store.purge({ filter: null, sequence: 100, keep: 0 }), 0);
      assert.equal(put(under, 'a', 'x'), 100);
    }));

  test('purge() by sequence, by keep and by subject', () =>
    using(open, {}, (under) => {
      const { store } = under;
      const hearing = new Hearing();
      store.listen(hearing);
      for (let i = 0; i < 12; i++) put(under, `s.${i % 2}`, 'x');
      assert.equal(store.purge({ filter: null, sequence: 3, keep: 0 }), 2);
      assert.equal(store.purge({ filter: null, sequence: 1, keep: 0 }), 0);
      assert.equal(store.purge({ filter: 's.0', sequence: 0, keep: 2 }), 3);
      assert.equal(store.nextSequence(store.filter(['s.0']), 1), 9);
      assert.equal(store.purge({ filter: 's.1', sequence: 8, keep: 0 }), 2);
      assert.equal(store.purge({ filter: null, sequence: 0, keep: 4 }), 1);
      assert.equal(store.state.sequenceFirst, 9);
      assert.equal(store.purge({ filter: 's.0', sequence: 10, keep: 0 }), 1);
      assert.equal(hearing.manyCount, 4);
      assert.deepEqual(hearing.removals, [9]);
    }));
}

function limiting(open: OpenStore): void {
  test('the message limit removes the oldest', () =>
    using(open, { messagesMax: 3 }, (under) => {
      for (let i = 0; i < 10; i++) put(under, 'a', 'x');
      assert.equal(under.store.state.messages, 3);
      assert.equal(under.store.state.sequenceFirst, 8);
    }));

  test('the byte limit removes the oldest', () =>
    using(open, { bytesMax: 1000 }, (under) => {
      for (let i = 0; i < 50; i++) put(under, 'a', 'x'.repeat(100));
      const size = under.store.recordBytes(1, 0, 100);
      assert.equal(under.store.state.bytes, Math.floor(1000 / size) * size);
    }));

  test('the limit per subject removes the oldest of that subject only', () =>
    using(open, { messagesPerSubjectMax: 2 }, (under) => {
      for (const subject of ['a', 'b', 'a', 'a', 'c', 'a']) put(under, subject, 'x');
      assert.deepEqual(
        under.store.subjectTotals('>', 0, 10).map((total) => [total.subject, total.messages, total.sequenceFirst]),
        [
          ['a', 2, 4],
          ['b', 1, 2],
          ['c', 1, 5],
        ],
      );
    }));

  test('a store that discards new ones removes nothing by itself', () =>
    using(
      open,
      { messagesMax: 2, bytesMax: 10, messagesPerSubjectMax: 1, discardNew: true, discardNewPerSubject: true },
      (under) => {
        for (let i = 0; i < 5; i++) put(under, 'a', 'xxxxxxxxxx');
        assert.equal(under.store.state.messages, 5);
      },
    ));

  test('age removes the oldest as time passes, in order and on time', () =>
    using(open, { ageMaxNs: 1e9 }, async (under) => {
      const hearing = new Hearing();
      under.store.listen(hearing);
      put(under, 'a', '1');
      await under.advance(400);
      put(under, 'a', '2');
      await under.advance(500);
      assert.equal(under.store.state.messages, 2);
      await under.advance(120);
      assert.deepEqual(hearing.removals, [1]);
      await under.advance(500);
      assert.deepEqual(hearing.removals, [1, 2]);
      assert.equal(under.store.state.sequenceFirst, 3);
    }));

  test('a message with a TTL goes when it is over, and the others stay', () =>
    using(open, {}, async (under) => {
      const hearing = new Hearing();
      under.store.listen(hearing);
      put(under, 'a', '1');
      putFor(under, 'a', 5);
      putFor(under, 'b', 2);
      put(under, 'b', '4');
      await under.advance(1900);
      assert.deepEqual(hearing.removals, []);
      await under.advance(200);
      assert.deepEqual(hearing.removals, [3]);
      await under.advance(3000);
      assert.deepEqual(hearing.removals, [3, 2]);
      assert.equal(under.store.state.messages, 2);
    }));

  test('a TTL may end before and after the age of the stream, and never outlives it', () =>
    using(open, { ageMaxNs: 10e9 }, async (under) => {
      const hearing = new Hearing();
      under.store.listen(hearing);
      putFor(under, 'a', -1);
      putFor(under, 'a', 3);
      put(under, 'a', '3');
      putFor(under, 'a', 100);
      putFor(under, 'a', -1);
      await under.advance(3200);
      assert.deepEqual(hearing.removals, [2]);
      await under.advance(7000);
      assert.deepEqual(hearing.removals, [2, 3, 4]);
      await under.advance(200_000);
      assert.equal(under.store.state.messages, 2);
      assert.equal(under.store.purge({ filter: null, sequence: 0, keep: 0 }), 2);
      put(under, 'a', '6');
      await under.advance(10_500);
      assert.equal(under.store.state.messages, 0);
    }));

  test('messages whose TTL is over by a restart are gone, and the others go in their time', () =>
    using(open, { ageMaxNs: 100e9 }, async (under) => {
      if (under.restart === undefined) return;
      for (let round = 0; round < 2; round++) {
        putFor(under, 'a', 2);
        putFor(under, 'b', 60);
        putFor(under, 'c', -1);
        await under.restart(limits({ ageMaxNs: 100e9 }));
        assert.equal(under.store.state.messages, 3 + round);
        await under.advance(2200);
        assert.equal(under.store.state.messages, 2 + round);
        await under.advance(100_000);
        assert.equal(under.store.state.messages, 1 + round);
      }
    }));

  test('where expired messages are marked, the only one of a subject stays until who listens has seen to it', () =>
    using(open, { marksExpired: true, ageMaxNs: 5e9 }, async (under) => {
      const hearing = new Hearing();
      under.store.listen(hearing);
      put(under, 'a', '1');
      putFor(under, 'a', 1);
      putFor(under, 'b', 2);
      put(under, 'a', '4');
      await under.advance(2200);
      assert.deepEqual([hearing.removals, hearing.expirations], [[2], [3]]);
      await under.advance(10_000);
      assert.deepEqual(
        [hearing.removals, hearing.expirations],
        [
          [2, 1],
          [3, 4],
        ],
        'told once',
      );
      assert.equal(under.store.state.messages, 2);
      under.store.remove(3, false);
      under.store.remove(4, false);
      put(under, 'a', '5');
      await under.advance(5200);
      assert.deepEqual(hearing.expirations, [3, 4, 5]);
      under.store.updateLimits(limits({ ageMaxNs: 5e9 }));
      put(under, 'c', '6');
      await under.advance(5200);
      assert.deepEqual(hearing.removals, [2, 1, 3, 4, 6]);
    }));

  test('what has expired by a restart is told to who listens first', () =>
    using(open, { marksExpired: true, ageMaxNs: 5e9 }, async (under) => {
      if (under.restart === undefined) return;
      put(under, 'a', '1');
      put(under, 'a', '2');
      putFor(under, 'b', 1);
      await under.advance(4000);
      put(under, 'c', '4');
      await under.advance(2000);
      assert.equal(under.store.state.messages, 3, 'nobody listens');
      await under.restart(limits({ marksExpired: true, ageMaxNs: 5e9 }));
      const hearing = new Hearing();
      under.store.listen(hearing);
      assert.deepEqual(hearing.expirations, [2, 3]);
      await under.advance(4000);
      assert.deepEqual(hearing.expirations, [2, 3, 4]);
    }));

  test('new limits apply at once', () =>
    using(open, {}, async (under) => {
      for (let i = 0; i < 10; i++) put(under, `s.${i % 2}`, 'x');
      under.store.updateLimits(limits({ messagesMax: 6 }));
      assert.equal(under.store.state.messages, 6);
      under.store.updateLimits(limits({ messagesPerSubjectMax: 1 }));
      assert.equal(under.store.state.messages, 2);
      under.store.updateLimits(limits({ ageMaxNs: 50e6 }));
      await under.advance(200);
      assert.equal(under.store.state.messages, 0);
    }));
}

// --- properties --------------------------------------------------------------------------------------------------

type Step =
  | {
      readonly kind: 'append';
      readonly subject: number;
      readonly size: number;
      readonly hasHeader: boolean;
      readonly times: number;
    }
  | { readonly kind: 'remove'; readonly at: number; readonly erase: boolean }
  | { readonly kind: 'purge'; readonly filter: number; readonly at: number; readonly keep: number }
  | { readonly kind: 'skip'; readonly by: number }
  | { readonly kind: 'limits'; readonly limits: StoreLimits }
  | { readonly kind: 'pause' }
  | { readonly kind: 'restart' };

const SUBJECTS = ['a', 'b', 'a.1', 'a.2', 'a.1.x', 'b.1', 'b.2.y', 'long.subject.with.many.tokens'];
const FILTERS: readonly (readonly string[])[] = [
  ['a'],
  ['a.*'],
  ['a.>'],
  ['*.*'],
  ['b.1', 'a.2'],
  ['a', 'a'],
  ['>'],
  ['none'],
  ['*', 'b.>', 'a.1.x'],
];

const anyLimits: fc.Arbitrary<StoreLimits> = fc.record({
  messagesMax: fc.oneof(fc.constant(-1), fc.integer({ min: 1, max: 60 })),
  bytesMax: fc.oneof(fc.constant(-1), fc.integer({ min: 100, max: 20_000 })),
  ageMaxNs: fc.constant(0),
  messagesPerSubjectMax: fc.oneof(fc.constant(-1), fc.integer({ min: 1, max: 8 })),
  discardNew: fc.boolean(),
  discardNewPerSubject: fc.boolean(),
  marksExpired: fc.constant(false),
});

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('append' as const),
      subject: fc.nat(SUBJECTS.length - 1),
      size: fc.oneof({ weight: 5, arbitrary: fc.nat(80) }, { weight: 1, arbitrary: fc.nat(6000) }),
      hasHeader: fc.boolean(),
      times: fc.integer({ min: 1, max: 12 }),
    }),
  },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('remove' as const), at: fc.nat(200), erase: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('purge' as const),
      filter: fc.nat(FILTERS.length),
      at: fc.nat(300),
      keep: fc.nat(20),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('skip' as const), by: fc.oneof(fc.nat(5), fc.nat(500)) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('limits' as const), limits: anyLimits }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'pause' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'restart' as const }) },
);

function properties(open: OpenStore, numRuns: number): void {
  test('any history of appends, removals, purges and limits leaves what a plain array would hold', async () => {
    await fc.assert(
      fc.asyncProperty(anyLimits, fc.array(anyStep, { maxLength: 60 }), (start, steps) =>
        using(open, start, async (under) => {
          const model = new StreamModel(start, (s, h, p) => under.store.recordBytes(s, h, p));
          // Made before there is anything, and kept up to date as long as the store lives.
          let filters = FILTERS.map((subjects) => under.store.filter(subjects));
          for (const [i, step] of steps.entries()) {
            await apply(step, i, under, model);
            if (step.kind === 'restart') filters = FILTERS.map((subjects) => under.store.filter(subjects));
          }
          compare(under, model, filters);
          await compareMessages(under, model);
        }),
      ),
      { numRuns },
    );
  });
}

async function apply(step: Step, i: number, under: StoreUnderTest, model: StreamModel): Promise<void> {
  const { store } = under;
  switch (step.kind) {
    case 'append': {
      for (let n = 0; n < step.times; n++) {
        const subject: string = SUBJECTS[(step.subject + n * (i % 3)) % SUBJECTS.length]!;
        const payload = String(model.last).padEnd(step.size, '.');
        const header: string = step.hasHeader ? `NATS/1.0\r\nN: ${i}\r\n\r\n` : '';
        const time = BigInt(Math.floor(under.nowMs())) * 1_000_000n + BigInt(model.last);
        assert.equal(putAt(store, subject, payload, header, time), model.append(subject, header, payload, time));
      }
      return;
    }
    case 'remove': {
      const sequence = model.first + step.at;
      assert.equal(store.remove(sequence, step.erase), model.remove(sequence));
      return;
    }
    case 'purge': {
      const filter = FILTERS[step.filter]?.[0] ?? null;
      const request = {
        filter,
        sequence: step.at % 3 === 0 ? model.first + step.at : 0,
        keep: step.at % 3 === 1 ? step.keep : 0,
      };
      assert.equal(store.purge(request), model.purge(request));
      return;
    }
    case 'skip': {
      const time = BigInt(Math.floor(under.nowMs())) * 1_000_000n + BigInt(model.last);
      const sequence: number = model.last + step.by;
      model.skipTo(sequence, time);
      store.skipTo(sequence, Number(time >> 32n), Number(time & 0xffff_ffffn));
      return;
    }
    case 'limits':
      model.limits = step.limits;
      model.enforce();
      store.updateLimits(step.limits);
      return;
    case 'pause':
      await under.run(store.flush());
      return;
    case 'restart':
      await under.restart?.(model.limits);
  }
}

function compare({ store }: StoreUnderTest, model: StreamModel, filters: readonly StoreFilter[]): void {
  const { state } = store;
  assert.equal(state.messages, model.messages.length);
  assert.equal(state.bytes, model.bytes);
  assert.equal(state.sequenceFirst, model.first);
  assert.equal(state.sequenceLast, model.last);
  assert.equal(state.timeFirst, model.messages[0]?.timeNs ?? 0n);
  assert.equal(state.timeLast, model.timeLast);
  assert.equal(state.subjects, model.subjects().length);
  assert.deepEqual(store.deletedSequences(), model.deleted());
  assert.equal(state.deleted, model.deleted().length);
  for (const filter of [null, ...filters]) compareFilter(store, model, filter);
  const totals = store.subjectTotals('>', 0, 100);
  assert.deepEqual(
    totals.map((total) => total.subject),
    model.subjects().sort(),
  );
  for (const total of totals) {
    const own = model.messages.filter((m) => m.subject === total.subject);
    const expected = {
      subject: total.subject,
      messages: own.length,
      sequenceFirst: own[0]!.sequence,
      sequenceLast: own.at(-1)!.sequence,
    };
    assert.deepEqual(total, expected);
  }
}

function compareFilter(store: StreamStore, model: StreamModel, filter: StoreFilter | null): void {
  const passing = model.passing(filter?.subjects ?? null).map((m) => m.sequence);
  const stride = 1 + Math.floor(Math.max(0, model.last - model.first) / 16);
  for (let sequence = model.first - 1; sequence <= model.last + 1; sequence += stride) {
    const above = passing.filter((s) => s >= sequence);
    const below = passing.filter((s) => s <= sequence);
    assert.equal(store.nextSequence(filter, sequence), above[0] ?? 0);
    assert.equal(store.previousSequence(filter, sequence), below.at(-1) ?? 0);
    assert.equal(store.count(filter, sequence, false), above.length);
    const lasts = model.lastPerSubject(filter?.subjects ?? null, Infinity).filter((s) => s >= sequence);
    assert.equal(store.count(filter, sequence, true), lasts.length);
    assert.deepEqual(store.lastPerSubject(filter, sequence), model.lastPerSubject(filter?.subjects ?? null, sequence));
  }
}

export async function compareMessages(under: StoreUnderTest, model: StreamModel): Promise<void> {
  for (const { sequence, ...expected } of model.messages) assert.deepEqual(await readBack(under, sequence), expected);
  for (const sequence of model.deleted().slice(0, 20))
    assert.equal(under.store.read(sequence, new StoredMessage()), READ_MISSING);
  assert.notEqual(READ_LOADING, READ_FOUND);
}
