// Every message on a stream's subjects comes in here: what its headers say, to which kind of publish it belongs, a verdict,
// the store, and the answer once it is durable. Runs synchronously inside the publisher's chunk; makes no string or object
// for a message without special headers. Decides by IngestRules, which the stream keeps current.
import type { Message } from '../../ports/message.ts';
import type { StreamStore } from '../../store/stream_store.ts';
import { AtomicBatches } from './atomic_batches.ts';
import { BatchCheck } from './batch_check.ts';
import { FastBatches } from './fast_batches.ts';
import { isFastReply } from './fast_reply.ts';
import type { IngestParts, IngestRules } from './ingest_rules.ts';
import { MessageCleaner } from './message_cleaner.ts';
import { MessageIds } from './message_ids.ts';
import { MessageKeeper } from './message_keeper.ts';
import { PublishAnswers } from './publish_answers.ts';
import { BATCH_ID, PublishHeaders } from './publish_headers.ts';
import { Republisher } from './republisher.ts';
import { DUPLICATE, SingleCheck } from './single_check.ts';
import { transformedMessage } from './transformed_message.ts';

export class Ingest {
  readonly #parts: IngestParts;
  readonly #store: StreamStore;
  #rules: IngestRules;
  readonly #ids: MessageIds;
  readonly #headers = new PublishHeaders();
  readonly #check: SingleCheck;
  readonly #cleaner = new MessageCleaner([]);
  readonly #keeper: MessageKeeper;
  readonly #answers: PublishAnswers;
  readonly #republisher: Republisher;
  readonly #atomic: AtomicBatches;
  readonly #fast: FastBatches;

  constructor(parts: IngestParts, rules: IngestRules) {
    this.#parts = parts;
    this.#store = parts.store;
    this.#rules = rules;
    const ids = new MessageIds(parts.clock, rules.duplicateWindowMs);
    const keeper = new MessageKeeper(parts, ids);
    const answers = new PublishAnswers(parts, rules);
    const check = new BatchCheck(parts, ids);
    this.#ids = ids;
    this.#check = new SingleCheck(parts, ids);
    this.#keeper = keeper;
    this.#republisher = new Republisher(parts, rules.stream, rules.republish);
    keeper.setRules(rules, this.#republisher);
    this.#answers = answers;
    this.#atomic = new AtomicBatches(parts, { answers, keeper, check }, rules);
    this.#fast = new FastBatches(parts, { answers, keeper, check, ids }, rules);
  }

  /** The stream was updated. */
  setRules(rules: IngestRules): void {
    this.#rules = rules;
    this.#ids.setWindow(rules.duplicateWindowMs);
    this.#republisher.setRule(rules.republish);
    this.#keeper.setRules(rules, this.#republisher);
    this.#answers.setRules(rules);
    this.#atomic.setRules(rules);
    this.#fast.setRules(rules);
  }

  /** Ids in the duplicate window, for monitoring. */
  get duplicatesTracked(): number {
    return this.#ids.size;
  }

  /** Answers that wait until something is durable, for monitoring. */
  get answersWaiting(): number {
    return this.#answers.waiting.size;
  }

  /** Learns what a stream that was there before must know. */
  recover(): Promise<void> {
    return this.#ids.recover(this.#store);
  }

  /** A message on one of the stream's subjects. */
  accept(message: Message): void {
    const { subjectTransform } = this.#rules;
    if (subjectTransform === null) this.#accept(message);
    else this.#accept(transformedMessage(message, subjectTransform, this.#parts.pick));
  }

  #accept(message: Message): void {
    const headers = this.#headers;
    if (message.payloadStart > message.headerStart)
      headers.read(message.body, message.headerStart, message.payloadStart);
    else headers.clear();
    if (isFastReply(message)) this.#fast.accept(message, headers);
    else if (!headers.isEmpty && headers.has(BATCH_ID)) this.#atomic.accept(message, headers);
    else this.#acceptSingle(message, headers);
  }

  #acceptSingle(message: Message, headers: PublishHeaders): void {
    const verdict = this.#check.check(message, headers, this.#rules);
    if (verdict === null) {
      const sequence = this.#keeper.keep(message, headers, this.#cleaner.clean(message, headers));
      const hasRemoved = this.#keeper.takeRemoved();
      this.#keeper.republish();
      if (hasRemoved) this.#answers.acknowledgeRemovals(message, sequence);
      else this.#answers.acknowledge(message, sequence);
    } else if (verdict === DUPLICATE) {
      // The first one is answered for again, once it is durable.
      this.#answers.acknowledge(message, -this.#check.duplicateOf);
    } else this.#answers.refuse(message, verdict);
  }

  /** Stores a marker of the stream's own in place of all there is on its subject; false where that cannot be. */
  mark(marker: Message): boolean {
    const { bytesMax, discardNew } = this.#rules;
    const { subject, subjectEnd, payloadStart } = marker;
    const store = this.#store;
    const bytes = store.recordBytes(subjectEnd, payloadStart, 0);
    const isFull = discardNew && bytesMax > 0 && store.state.bytes + bytes > bytesMax;
    if (isFull || store.fault !== null || this.#parts.admit(bytes) !== null) return false;
    if (!this.#parts.keeps(subject, 0, subjectEnd)) return false;
    this.#headers.read(marker.body, 0, payloadStart);
    this.#keeper.keep(marker, this.#headers, marker);
    this.#keeper.takeRemoved();
    this.#keeper.republish();
    return true;
  }

  /** The store's durable sequence moved: republishes and answers what waited for it. */
  durable(): void {
    this.#republisher.release();
    const { waiting } = this.#answers;
    const upTo = this.#store.sequenceDurable;
    while (waiting.isReady(upTo)) {
      if (waiting.firstOwner > 0) this.#fast.settleFirst();
      else this.#answers.sendFirst();
      waiting.removeFirst();
    }
  }

  /** The store will never make the rest durable: those who wait get no answer, which is the truth. */
  close(): void {
    this.#atomic.close();
    this.#fast.close();
    this.#answers.close();
    this.#republisher.close();
  }
}
