// Test code: one stream's ingest over a store that becomes durable when told, on a clock that stands still. Only tests
// of this folder import it.
import { SILENT_LOGGER } from '../../base/log.ts';
import type { Message } from '../../ports/message.ts';
import { MemoryStreamStore } from '../../store/memory_stream_store.ts';
import type { AbandonReason } from '../advisories.ts';
import type { ApiError } from '../api/api_error.ts';
import { BATCH_LIMITS_DEFAULT, type BatchLimits } from '../limits.ts';
import { type Arrival, makeMessage, TestingBus, TestingClock } from '../testing_bus.ts';
import { BatchBudget } from './batch_budget.ts';
import { Ingest } from './ingest.ts';
import type { IngestRules } from './ingest_rules.ts';

const NO_LIMITS = {
  messagesMax: -1,
  bytesMax: -1,
  ageMaxNs: 0,
  messagesPerSubjectMax: -1,
  discardNew: false,
  discardNewPerSubject: false,
  marksExpired: false,
};

const RULES: IngestRules = {
  stream: 'S',
  domain: null,
  answers: true,
  isSealed: false,
  messageBytesMax: -1,
  messagesMax: -1,
  bytesMax: -1,
  messagesPerSubjectMax: -1,
  discardNew: false,
  discardNewPerSubject: false,
  allowsRollup: false,
  allowsAtomicBatches: true,
  allowsFastBatches: true,
  allowsTtl: false,
  duplicateWindowMs: 120_000,
  ttlSecondsMin: 0,
  subjectTransform: null,
  republish: null,
};

/** What it holds is durable once settle() is called. */
class LateStore extends MemoryStreamStore {
  #durable = 0;
  /** Every message is durable at once, as in memory. */
  isPrompt = true;
  /** Those who wait for removals to be durable, too; null: nobody waits. */
  flushing: (() => void)[] | null = null;

  override get sequenceDurable(): number {
    return this.isPrompt ? this.state.sequenceLast : this.#durable;
  }

  settle(sequence: number): void {
    this.#durable = sequence;
  }

  override flush(): Promise<void> {
    const { flushing } = this;
    return flushing === null ? Promise.resolve() : new Promise((resolve) => flushing.push(resolve));
  }
}

export interface WorldOptions {
  readonly rules?: Partial<IngestRules>;
  readonly limits?: Partial<BatchLimits>;
  /** Messages wait until they are said to be durable. */
  readonly isLate?: boolean;
}

export class IngestWorld {
  readonly clock = new TestingClock();
  readonly bus = new TestingBus();
  readonly store = new LateStore({ clock: this.clock, limits: NO_LIMITS, seed: 1 });
  readonly budget: BatchBudget;
  readonly ingest: Ingest;
  /** `reason id` of every batch that was given up. */
  readonly abandoned: string[] = [];
  /** Bytes that were asked for, and the answer to the next question. */
  readonly admitted: number[] = [];
  refusal: ApiError | null = null;
  readonly #arrivals: Arrival[];
  #seen = 0;

  constructor({ rules = {}, limits = {}, isLate = false }: WorldOptions = {}) {
    this.store.isPrompt = !isLate;
    this.budget = new BatchBudget({ ...BATCH_LIMITS_DEFAULT, ...limits });
    this.#arrivals = this.bus.collect('_INBOX.>');
    const advisories = {
      batchAbandoned: (_stream: string, id: string, reason: AbandonReason) => this.abandoned.push(`${reason} ${id}`),
    };
    const admit = (bytes: number): ApiError | null => {
      this.admitted.push(bytes);
      return this.refusal;
    };
    const { bus, clock, store, budget: batches } = this;
    const parts = {
      bus,
      clock,
      log: SILENT_LOGGER,
      store,
      advisories,
      batches,
      admit,
      keeps: () => true,
      pick: () => 0,
    };
    this.ingest = new Ingest(parts, { ...RULES, ...rules });
  }

  setRules(rules: Partial<IngestRules>): void {
    this.ingest.setRules({ ...RULES, ...rules });
  }

  /** Sends a message of an atomic batch and returns what was answered. */
  atomic(id: string, sequence: number, options: SendOptions = {}): string[] {
    const commit = options.commit === undefined ? '' : `Nats-Batch-Commit: ${options.commit}\r\n`;
    const header = `Nats-Batch-Id: ${id}\r\nNats-Batch-Sequence: ${sequence}\r\n${commit}${options.header ?? ''}`;
    return this.send(options.subject ?? 'b', '_INBOX.a', header, options.payload);
  }

  /** Sends a message of a fast batch: `place` is the end of its reply subject, `10.fail.1.0`. */
  fast(id: string, place: string, options: SendOptions = {}): string[] {
    return this.send(options.subject ?? 'b', `_INBOX.f.${id}.${place}.$FI`, options.header ?? '', options.payload);
  }

  send(subject: string, reply: string, header: string, payload = 'x'): string[] {
    const block = header === '' ? '' : `NATS/1.0\r\n${header}\r\n`;
    this.ingest.accept(makeMessage(subject, payload, reply, block) satisfies Message);
    return this.answers();
  }

  /** Everything up to this sequence is durable; returns what was answered. */
  settle(sequence: number): string[] {
    this.store.settle(sequence);
    this.ingest.durable();
    return this.answers();
  }

  /** What was answered since the last look. */
  answers(): string[] {
    const arrived = this.#arrivals.slice(this.#seen);
    this.#seen = this.#arrivals.length;
    return arrived.map(({ payload }) => payload.replace(/"error":\{.*?"err_code":(\d+).*?\}/, '"error":$1'));
  }

  get messages(): number {
    return this.store.state.messages;
  }
}

export interface SendOptions {
  readonly subject?: string;
  readonly payload?: string;
  /** Lines with their ends. */
  readonly header?: string;
  readonly commit?: string;
}
