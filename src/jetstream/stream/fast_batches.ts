// The fast batches of one stream: each message is stored as it comes, and its publisher is told now and then how far
// that is durable, at once of gaps and refusals, and at the end of the whole. Called by the ingest for every message
// with a fast reply subject, and when the store's durable sequence moved. A batch that nobody continues is forgotten.
// Compat: stream.go, processJetStreamFastBatchMsg; ADR-50. Answers of a batch leave also where the stream answers none.
import { utf8Text } from '../../base/bytes.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Message } from '../../ports/message.ts';
import type { StreamStore } from '../../store/stream_store.ts';
import { API_ERROR, type ApiError, apiError } from '../api/api_error.ts';
import { isApiLevelSupported } from '../asset_metadata.ts';
import type { BatchBudget } from './batch_budget.ts';
import type { BatchCheck } from './batch_check.ts';
import { FastBatch } from './fast_batch.ts';
import { FastReply, OPERATION_COMMIT, OPERATION_END, OPERATION_PING } from './fast_reply.ts';
import { IdleWatch } from './idle_watch.ts';
import type { IngestParts, IngestRules } from './ingest_rules.ts';
import { MessageCleaner } from './message_cleaner.ts';
import type { MessageIds } from './message_ids.ts';
import type { MessageKeeper } from './message_keeper.ts';
import type { PublishAnswers } from './publish_answers.ts';
import { refuseOtherLastId } from './publish_checks.ts';
import { BATCH_ID, type PublishHeaders, REQUIRED_API_LEVEL } from './publish_headers.ts';

const ID_BYTES_MAX = 64;
/** Owners in the queue of answers are 32-bit numbers. */
const NUMBER_MAX = 0x7fff_ffff;

export interface FastParts {
  readonly answers: PublishAnswers;
  readonly keeper: MessageKeeper;
  readonly check: BatchCheck;
  readonly ids: MessageIds;
}

export class FastBatches {
  readonly #clock: Clock;
  readonly #store: StreamStore;
  readonly #budget: BatchBudget;
  readonly #answers: PublishAnswers;
  readonly #keeper: MessageKeeper;
  readonly #check: BatchCheck;
  readonly #ids: MessageIds;
  #rules: IngestRules;
  readonly #reply = new FastReply();
  readonly #byId = new Map<string, FastBatch>();
  readonly #byNumber = new Map<number, FastBatch>();
  readonly #watches = new Map<FastBatch, IdleWatch>();
  /** The batch of the last message: most often that of the next one, too. */
  #recent: FastBatch | null = null;
  #recentWatch: IdleWatch | null = null;
  #lastNumber = 0;
  /** The mark of an atomic batch would be misread after a restart. */
  readonly #cleaner = new MessageCleaner([REQUIRED_API_LEVEL, BATCH_ID]);

  constructor(parts: IngestParts, fast: FastParts, rules: IngestRules) {
    this.#clock = parts.clock;
    this.#store = parts.store;
    this.#budget = parts.batches;
    this.#answers = fast.answers;
    this.#keeper = fast.keeper;
    this.#check = fast.check;
    this.#ids = fast.ids;
    this.#rules = rules;
  }

  setRules(rules: IngestRules): void {
    this.#rules = rules;
    if (!rules.allowsFastBatches) this.close();
  }

  /** Forgets all batches, silently. */
  close(): void {
    for (const batch of [...this.#byId.values()]) this.#drop(batch);
  }

  /** `headers` were read from `message`, whose reply isFastReply(). */
  accept(message: Message, headers: PublishHeaders): void {
    const refusal = this.#check.checkArrival(message, this.#rules) ?? this.#readReply(message);
    if (refusal !== null) {
      this.#answers.refuse(message, refusal);
      return;
    }
    const batch = this.#find(message);
    if (batch === null) return;
    if (!headers.isEmpty && !isApiLevelSupported(headers.text(REQUIRED_API_LEVEL))) {
      this.#drop(batch);
      this.#answers.refuse(message, apiError('JSRequiredApiLevelErr'));
      return;
    }
    this.#recentWatch?.touch();
    if (this.#reply.operation === OPERATION_PING) this.#ping(batch, message);
    // Whoever sends on behind a commit, or behind the end that an error brought, waits for that answer.
    else if (!batch.isCommitted) this.#continue(batch, message, headers);
  }

  #readReply(message: Message): ApiError | null {
    if (!this.#rules.allowsFastBatches) return apiError('JSBatchPublishDisabledErr');
    const reply = this.#reply;
    if (!reply.read(message)) return apiError('JSBatchPublishInvalidPatternErr');
    return reply.idEnd - reply.idStart > ID_BYTES_MAX ? apiError('JSBatchPublishInvalidBatchIDErr') : null;
  }

  // --- opening and ending --------------------------------------------------------------------------------------------

  /** The batch that the message belongs to, a new one for a first message; null when it was refused. */
  #find(message: Message): FastBatch | null {
    const { bytes, idStart, idEnd, sequence, operation } = this.#reply;
    if (this.#recent?.isCalled(bytes, idStart, idEnd)) return this.#recent;
    const id = utf8Text(bytes, idStart, idEnd);
    const open = this.#byId.get(id);
    if (open !== undefined) return this.#remember(open);
    if (sequence !== 1 || operation === OPERATION_PING) {
      this.#answers.refuse(message, apiError('JSBatchPublishUnknownBatchIDErr'));
      return null;
    }
    if (!this.#budget.takeFast(this.#byId.size)) {
      this.#answers.refuse(message, apiError('JSBatchPublishTooManyInflight'));
      return null;
    }
    return this.#remember(this.#begin(id, bytes.slice(idStart, idEnd)));
  }

  #begin(id: string, idBytes: Uint8Array): FastBatch {
    const { allowsGaps, flow } = this.#reply;
    this.#lastNumber = this.#lastNumber === NUMBER_MAX ? 1 : this.#lastNumber + 1;
    const batch = new FastBatch(this.#lastNumber, id, idBytes, { allowsGaps, flow, others: this.#byId.size });
    this.#byId.set(id, batch);
    this.#byNumber.set(batch.number, batch);
    this.#watches.set(batch, new IdleWatch(this.#clock, this.#budget.limits.timeoutMs, () => this.#drop(batch)));
    return batch;
  }

  #remember(batch: FastBatch): FastBatch {
    this.#recent = batch;
    this.#recentWatch = this.#watches.get(batch) ?? null;
    return batch;
  }

  #drop(batch: FastBatch): void {
    if (!this.#byNumber.delete(batch.number)) return;
    this.#byId.delete(batch.id);
    this.#stopWatch(batch);
    if (this.#recent === batch) this.#recent = null;
    this.#budget.giveFast();
  }

  #stopWatch(batch: FastBatch): void {
    this.#watches.get(batch)?.stop();
    this.#watches.delete(batch);
    if (this.#recent === batch) this.#recentWatch = null;
  }

  /** No more messages: the whole is acknowledged now, or when the last one is durable. */
  #commit(batch: FastBatch, message: Message): void {
    batch.commit(message.reply.slice(message.replyStart, message.replyEnd));
    this.#stopWatch(batch);
    if (batch.isSettled) this.#acknowledge(batch);
  }

  /** Whoever committed hears of it, not whose message became durable last. */
  #acknowledge(batch: FastBatch): void {
    this.#drop(batch);
    const text = this.#answers.batchText(batch.streamSequence, batch.id, batch.received, false);
    this.#answers.say(batch.commitReply, 0, batch.commitReply.length, text);
  }

  // --- messages ------------------------------------------------------------------------------------------------------

  /** Somebody wonders whether answers were lost. */
  #ping(batch: FastBatch, message: Message): void {
    const { sequence } = this.#reply;
    if (sequence <= batch.received) {
      this.#sayFlow(batch, message);
      return;
    }
    this.#sayGap(message, batch.received + 1, sequence + 1);
    if (!batch.allowsGaps) {
      this.#commit(batch, message);
      if (this.#byNumber.has(batch.number)) this.#sayFlow(batch, message);
      return;
    }
    batch.received = sequence;
    batch.settleIdle(sequence);
    batch.takeFlow(this.#byId.size);
    this.#sayFlow(batch, message);
  }

  #continue(batch: FastBatch, message: Message, headers: PublishHeaders): void {
    const { sequence, operation } = this.#reply;
    const expected = batch.received + 1;
    if (sequence !== expected) {
      this.#sayGap(message, expected, sequence);
      if (!batch.allowsGaps || sequence < expected) {
        this.#commit(batch, message);
        return;
      }
    }
    if (operation === OPERATION_END) {
      // What is missing before it was to be stored, the end itself is not.
      batch.received = sequence - 1;
      batch.settleIdle(batch.received);
      this.#commit(batch, message);
      return;
    }
    batch.received = sequence;
    if (operation === OPERATION_COMMIT) this.#commit(batch, message);
    this.#keep(batch, message, headers);
  }

  #keep(batch: FastBatch, message: Message, headers: PublishHeaders): void {
    // Copied: whoever gets an answer may publish to this stream before the call returns.
    const { sequence, operation, allowsGaps } = this.#reply;
    const part: BatchPart = { batch, message, sequence, isCommit: operation === OPERATION_COMMIT, allowsGaps };
    const refusal = this.#verdict(message, headers);
    const { duplicateOf } = this.#check;
    if (duplicateOf > 0) {
      this.#greet(part);
      this.#known(part, duplicateOf);
    } else if (refusal !== null) {
      this.#greet(part);
      this.#refused(part, refusal);
    } else {
      const streamSequence = this.#keeper.keep(message, headers, this.#cleaner.clean(message, headers));
      batch.addPending();
      this.#greet(part);
      this.#keeper.republish();
      this.#settleWhenDurable(part, streamSequence, sequence);
    }
  }

  #verdict(message: Message, headers: PublishHeaders): ApiError | null {
    const refusal = this.#check.check(message, headers, this.#rules, null);
    if (refusal !== null || headers.isEmpty) return refusal;
    return refuseOtherLastId(headers, message, this.#ids);
  }

  /** The first answer tells how often there will be one. */
  #greet({ batch, message, sequence, isCommit }: BatchPart): void {
    if (sequence === 1 && !isCommit && this.#rules.answers) this.#sayFlow(batch, message);
  }

  /** A message that is stored already, with its id, counts as stored by this batch. */
  #known(part: BatchPart, duplicateOf: number): void {
    const { batch, message, sequence, isCommit, allowsGaps } = part;
    const isWhole = isCommit && !allowsGaps && sequence === 1;
    const isDurable = duplicateOf <= this.#store.sequenceDurable;
    if (!isWhole && !isDurable) {
      batch.addPending();
      this.#settleWhenDurable(part, duplicateOf, -sequence);
      return;
    }
    if (batch.pending === 0 && isDurable) {
      batch.settleIdle(sequence);
      if (batch.takeFlow(this.#byId.size)) this.#sayFlow(batch, message);
    }
    if (isWhole) {
      this.#drop(batch);
      this.#answers.sayWhenDurable(
        message,
        duplicateOf,
        this.#answers.batchText(duplicateOf, batch.id, sequence, true),
      );
    } else if (isCommit) this.#commit(batch, message);
  }

  #refused(part: BatchPart, error: ApiError): void {
    const { batch, message, sequence, isCommit, allowsGaps } = part;
    const { reply, replyStart, replyEnd } = message;
    if (!allowsGaps && batch.received === 1) {
      // Nothing was stored yet: the answer is that of a single message.
      this.#drop(batch);
      this.#answers.say(reply, replyStart, replyEnd, this.#answers.refusalText(error));
      return;
    }
    const text = `{"type":"err","seq":${sequence},"error":${API_ERROR.encode(error)}}`;
    this.#answers.say(reply, replyStart, replyEnd, text);
    if (allowsGaps && !isCommit) return;
    batch.revert();
    this.#commit(batch, message);
  }

  // --- durability ----------------------------------------------------------------------------------------------------

  /** `own` is the sequence in the batch, negative for a message that another publisher stored. */
  #settleWhenDurable({ batch, message }: BatchPart, streamSequence: number, own: number): void {
    const { reply, replyStart, replyEnd } = message;
    if (streamSequence <= this.#store.sequenceDurable) {
      this.#settle(batch, streamSequence, own, reply, replyStart, replyEnd);
    } else this.#answers.waiting.add(streamSequence, batch.number, own, reply, replyStart, replyEnd);
  }

  /** The first of those that wait is one of ours, and durable. */
  settleFirst(): void {
    const { firstOwner, firstDurable, firstAnswer, bytes, firstStart, firstEnd } = this.#answers.waiting;
    const batch = this.#byNumber.get(firstOwner);
    if (batch !== undefined) this.#settle(batch, firstDurable, firstAnswer, bytes, firstStart, firstEnd);
  }

  #settle(batch: FastBatch, streamSequence: number, own: number, reply: Uint8Array, start: number, end: number): void {
    if (own > 0) batch.streamSequence = streamSequence;
    batch.settle(Math.abs(own));
    if (batch.isCommitted && batch.isSettled) this.#acknowledge(batch);
    else if (batch.takeFlow(this.#byId.size)) this.#answers.say(reply, start, end, flowText(batch));
  }

  // --- answers -------------------------------------------------------------------------------------------------------

  #sayFlow(batch: FastBatch, message: Message): void {
    this.#answers.say(message.reply, message.replyStart, message.replyEnd, flowText(batch));
  }

  /** Compat: the field is called last, and means the next one. */
  #sayGap(message: Message, expected: number, sequence: number): void {
    const text = `{"type":"gap","last_seq":${expected},"seq":${sequence}}`;
    this.#answers.say(message.reply, message.replyStart, message.replyEnd, text);
  }
}

/** A message of a batch that is being stored. */
interface BatchPart {
  readonly batch: FastBatch;
  readonly message: Message;
  readonly sequence: number;
  readonly isCommit: boolean;
  readonly allowsGaps: boolean;
}

function flowText(batch: FastBatch): string {
  return `{"type":"ack","seq":${batch.told},"msgs":${batch.flow}}`;
}
