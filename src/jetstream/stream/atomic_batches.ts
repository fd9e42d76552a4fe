// The atomic batches of one stream: messages are held until their batch is committed, then all of them are stored in one
// run, or none. Decides by sequence, limits and the verdicts of batch_check.ts; says every message's answer. A batch that
// nobody continues is abandoned. Called by the ingest for every message with a Nats-Batch-Id.
// Compat: stream.go, processJetStreamAtomicBatchMsg; ADR-50.
import { assert } from '../../base/assert.ts';
import { equalsAscii, writeAscii } from '../../base/bytes.ts';
import type { Clock } from '../../ports/clock.ts';
import { Message } from '../../ports/message.ts';
import type { AbandonReason } from '../advisories.ts';
import { type ApiError, apiError } from '../api/api_error.ts';
import { isApiLevelSupported } from '../asset_metadata.ts';
import type { BatchBudget } from './batch_budget.ts';
import type { BatchCheck } from './batch_check.ts';
import { IdleWatch } from './idle_watch.ts';
import type { IngestParts, IngestRules } from './ingest_rules.ts';
import { MessageCleaner } from './message_cleaner.ts';
import type { MessageKeeper } from './message_keeper.ts';
import type { PublishAnswers } from './publish_answers.ts';
import {
  BATCH_COMMIT,
  BATCH_ID,
  BATCH_SEQUENCE,
  EXPECTED_LAST_MSG_ID,
  HEADER_NAMES,
  PublishHeaders,
  REQUIRED_API_LEVEL,
} from './publish_headers.ts';
import { StagedBatch } from './staged_batch.ts';
import { StagedChanges } from './staged_changes.ts';

const ID_BYTES_MAX = 64;
const SEQUENCE_MAX = 18_446_744_073_709_551_615n;
const COMMIT_LINE = 'Nats-Batch-Commit: 1\r\n\r\n';

/** Whether a message ends its batch, and whether it is the last one or only says that there is none more. */
type Commit = 'none' | 'message' | 'end of batch' | 'invalid';

interface OpenBatch {
  readonly staged: StagedBatch;
  readonly watch: IdleWatch;
}

export interface AtomicParts {
  readonly answers: PublishAnswers;
  readonly keeper: MessageKeeper;
  readonly check: BatchCheck;
}

export class AtomicBatches {
  readonly #clock: Clock;
  readonly #advisories: IngestParts['advisories'];
  readonly #budget: BatchBudget;
  readonly #answers: PublishAnswers;
  readonly #keeper: MessageKeeper;
  readonly #check: BatchCheck;
  #rules: IngestRules;
  readonly #open = new Map<string, OpenBatch>();
  readonly #cleaner = new MessageCleaner([REQUIRED_API_LEVEL]);
  /** Of the staged message that is looked at. */
  readonly #view = new Message();
  readonly #headers = new PublishHeaders();
  readonly #last = new Message();

  constructor(parts: IngestParts, atomic: AtomicParts, rules: IngestRules) {
    this.#clock = parts.clock;
    this.#advisories = parts.advisories;
    this.#budget = parts.batches;
    this.#answers = atomic.answers;
    this.#keeper = atomic.keeper;
    this.#check = atomic.check;
    this.#rules = rules;
  }

  setRules(rules: IngestRules): void {
    this.#rules = rules;
    if (!rules.allowsAtomicBatches) this.close();
  }

  /** Forgets all batches, silently. */
  close(): void {
    for (const batch of [...this.#open.values()]) this.#drop(batch);
  }

  /** `headers` were read from `message`. */
  accept(message: Message, headers: PublishHeaders): void {
    const rules = this.#rules;
    const refusal =
      this.#check.checkArrival(message, rules) ?? this.#checkHolding(message) ?? refuseMark(headers, rules);
    if (refusal !== null) {
      this.#answers.refuse(message, refusal);
      return;
    }
    const commit = commitOf(message, headers);
    const batch = this.#find(message, headers, commit);
    if (batch !== null) this.#continue(batch, message, headers, commit);
  }

  /** Held messages take memory that no store accounts for. */
  #checkHolding(message: Message): ApiError | null {
    const bytes = message.subjectEnd - message.subjectStart + message.payloadEnd - message.headerStart;
    return this.#budget.hasRoom(bytes) ? null : apiError('JSInsufficientResourcesErr');
  }

  // --- opening and ending --------------------------------------------------------------------------------------------

  /** The batch that the message belongs to, a new one for a first message; null when it was refused. */
  #find(message: Message, headers: PublishHeaders, commit: Commit): OpenBatch | null {
    const id = headers.text(BATCH_ID);
    const open = this.#open.get(id);
    if (open !== undefined) return open;
    if (sequenceOf(headers) !== 1) {
      const size = sizeOf(headers, commit);
      // Compat: no sequence at all minus the end of batch counts as the largest number.
      const isTooLarge = size < 0 || size > this.#budget.limits.messagesMax;
      this.#answers.refuse(message, isTooLarge ? this.#tooLarge() : apiError('JSAtomicPublishIncompleteBatchErr'));
      return null;
    }
    if (!this.#budget.takeAtomic(this.#open.size)) {
      this.#answers.refuse(message, apiError('JSAtomicPublishTooManyInflight'));
      return null;
    }
    const staged = new StagedBatch(id);
    const onIdle = () => this.#abandon(batch, 'timeout');
    const batch: OpenBatch = { staged, watch: new IdleWatch(this.#clock, this.#budget.limits.timeoutMs, onIdle) };
    this.#open.set(id, batch);
    return batch;
  }

  #drop(batch: OpenBatch): void {
    const { staged, watch } = batch;
    assert(this.#open.get(staged.id) === batch, 'a batch ends once');
    this.#open.delete(staged.id);
    watch.stop();
    this.#budget.giveAtomic();
    this.#budget.giveBytes(staged.bytes);
  }

  #abandon(batch: OpenBatch, reason: AbandonReason): void {
    this.#drop(batch);
    this.#advisories.batchAbandoned(this.#rules.stream, batch.staged.id, reason);
  }

  #tooLarge(): ApiError {
    return apiError('JSAtomicPublishTooLargeBatchErrF', { size: this.#budget.limits.messagesMax });
  }

  // --- a message of an open batch ------------------------------------------------------------------------------------

  #continue(batch: OpenBatch, message: Message, headers: PublishHeaders, commit: Commit): void {
    const { staged, watch } = batch;
    if (commit === 'invalid') {
      this.#drop(batch);
      this.#answers.refuse(message, apiError('JSAtomicPublishInvalidBatchCommitErr'));
      return;
    }
    watch.touch();
    staged.received++;
    const reason = this.#brokenBy(staged, headers, commit);
    if (reason !== null) {
      this.#abandon(batch, reason);
      this.#answers.refuse(message, this.#refusalFor(reason));
      return;
    }
    if (commit !== 'end of batch') {
      const before = staged.bytes;
      staged.add(this.#cleaner.clean(message, headers), headers);
      this.#budget.takeBytes(staged.bytes - before);
    }
    if (commit === 'none') this.#answers.confirm(message);
    else this.#commit(batch, message, commit);
  }

  /** Why the batch cannot go on with this message; null when it can. */
  #brokenBy(staged: StagedBatch, headers: PublishHeaders, commit: Commit): AbandonReason | null {
    if (!isApiLevelSupported(headers.text(REQUIRED_API_LEVEL))) return 'unsupported';
    const isEmpty = commit === 'end of batch' && staged.count === 0;
    if (sequenceOf(headers) !== staged.received || isEmpty) return 'incomplete';
    return sizeOf(headers, commit) > this.#budget.limits.messagesMax ? 'large' : null;
  }

  #refusalFor(reason: AbandonReason): ApiError {
    if (reason === 'unsupported') return apiError('JSRequiredApiLevelErr');
    return reason === 'large' ? this.#tooLarge() : apiError('JSAtomicPublishIncompleteBatchErr');
  }

  // --- commit --------------------------------------------------------------------------------------------------------

  #commit(batch: OpenBatch, message: Message, commit: Commit): void {
    const { staged } = batch;
    const refusal = this.#checkAll(staged);
    this.#drop(batch);
    if (refusal !== null) {
      this.#answers.refuse(message, refusal);
      return;
    }
    const sequence = this.#keepAll(staged, commit === 'end of batch');
    const { id, count } = staged;
    const hasRemoved = this.#keeper.takeRemoved();
    this.#keeper.republish();
    if (hasRemoved) this.#answers.acknowledgeBatchRemovals(message, sequence, id, count);
    else this.#answers.acknowledgeBatch(message, sequence, id, count);
  }

  /** Nothing is stored before every message passed, and there is room for all of them. */
  #checkAll(staged: StagedBatch): ApiError | null {
    const changes = new StagedChanges(staged);
    let bytes = 0;
    for (let i = 0; i < staged.count; i++) {
      const view = this.#readStaged(staged, i);
      if (this.#headers.has(EXPECTED_LAST_MSG_ID)) {
        const header = HEADER_NAMES[EXPECTED_LAST_MSG_ID] as string;
        return apiError('JSAtomicPublishUnsupportedHeaderBatchErr', { header });
      }
      const refusal = this.#check.check(view, this.#headers, this.#rules, changes);
      if (refusal !== null) return refusal;
      bytes += this.#check.recordBytes(view);
    }
    return this.#check.admit(bytes);
  }

  /** Returns the last sequence. */
  #keepAll(staged: StagedBatch, isMarkMissing: boolean): number {
    let sequence = 0;
    for (let i = 0; i < staged.count; i++) {
      const view = this.#readStaged(staged, i);
      const stored = isMarkMissing && i === staged.count - 1 ? this.#withCommit(view) : view;
      sequence = this.#keeper.keep(view, this.#headers, stored);
    }
    return sequence;
  }

  #readStaged(staged: StagedBatch, index: number): Message {
    const view = this.#view;
    staged.read(index, view);
    if (staged.isSpecial(index)) this.#headers.read(view.body, view.headerStart, view.payloadStart);
    else this.#headers.clear();
    return view;
  }

  /** The message with the mark of a last one behind its headers: who reads the stream sees where the batch ends. */
  #withCommit(message: Message): Message {
    const { body, headerStart, payloadStart, payloadEnd } = message;
    // The block ends with an empty line, which moves behind the mark.
    const headerBytes = payloadStart - headerStart - 2;
    const stored = new Uint8Array(payloadEnd - headerStart - 2 + COMMIT_LINE.length);
    stored.set(body.subarray(headerStart, headerStart + headerBytes), 0);
    const at = writeAscii(COMMIT_LINE, stored, headerBytes);
    stored.set(body.subarray(payloadStart, payloadEnd), at);
    const last = this.#last;
    last.subject = message.subject;
    last.subjectStart = message.subjectStart;
    last.subjectEnd = message.subjectEnd;
    last.body = stored;
    last.headerStart = 0;
    last.payloadStart = at;
    last.payloadEnd = stored.length;
    return last;
  }
}

/** What every message of an atomic batch must say. */
function refuseMark(headers: PublishHeaders, rules: IngestRules): ApiError | null {
  if (!rules.allowsAtomicBatches) return apiError('JSAtomicPublishDisabledErr');
  if (headers.end(BATCH_ID) - headers.start(BATCH_ID) > ID_BYTES_MAX) {
    return apiError('JSAtomicPublishInvalidBatchIDErr');
  }
  return Number.isNaN(sequenceOf(headers)) ? apiError('JSAtomicPublishMissingSeqErr') : null;
}

/** The sequence in the batch, NaN for none. One too large to be exact is larger than any batch all the same. */
function sequenceOf(headers: PublishHeaders): number {
  const exact = headers.sequence(BATCH_SEQUENCE);
  if (!Number.isNaN(exact)) return exact;
  const text = headers.text(BATCH_SEQUENCE);
  return /^\d+$/.test(text) && BigInt(text) <= SEQUENCE_MAX ? Number(text) : Number.NaN;
}

/** Messages of a batch that this message would be the last of. */
function sizeOf(headers: PublishHeaders, commit: Commit): number {
  return sequenceOf(headers) - (commit === 'end of batch' ? 1 : 0);
}

function commitOf(message: Message, headers: PublishHeaders): Commit {
  if (!headers.isThere(BATCH_COMMIT)) return 'none';
  const start = headers.start(BATCH_COMMIT);
  const end = headers.end(BATCH_COMMIT);
  if (equalsAscii(message.body, start, end, '1')) return 'message';
  return equalsAscii(message.body, start, end, 'eob') ? 'end of batch' : 'invalid';
}
