// The verdict on a message of a batch, atomic or fast. It differs from the one on a single message in order and in what
// the batch's own earlier messages forbid: those are staged, not stored, yet count as if they were.
// Compat: jetstream_batching.go, checkMsgHeadersPreClusteredProposal: clients can tell the order of the questions.
import type { Message } from '../../ports/message.ts';
import type { StreamStore } from '../../store/stream_store.ts';
import { type ApiError, apiError } from '../api/api_error.ts';
import { HEADER_BYTES_MAX, type IngestParts, type IngestRules } from './ingest_rules.ts';
import type { MessageIds } from './message_ids.ts';
import {
  expectedSubject,
  lastOfSubject,
  messageTtl,
  refuseIncrement,
  refuseOtherStream,
  refuseRollup,
  refuseSchedule,
  rollupFailed,
  storeFailed,
  subjectText,
} from './publish_checks.ts';
import {
  EXPECTED_LAST_SEQUENCE,
  EXPECTED_LAST_SUBJECT_SEQUENCE,
  MSG_ID,
  type PublishHeaders,
  ROLLUP,
  STREAM_SOURCE,
} from './publish_headers.ts';
import type { StagedChanges } from './staged_changes.ts';

export class BatchCheck {
  readonly #parts: Pick<IngestParts, 'admit'>;
  readonly #store: StreamStore;
  readonly #ids: MessageIds;
  /** After a refusal for a known id: the sequence of the message that has it; else 0. */
  duplicateOf = 0;

  constructor(parts: IngestParts, ids: MessageIds) {
    this.#parts = parts;
    this.#store = parts.store;
    this.#ids = ids;
  }

  /** What is asked of any message of a batch before it is looked at as one. Compat: processJetStreamAtomicBatchMsg. */
  checkArrival(message: Message, rules: IngestRules): ApiError | null {
    const { fault } = this.#store;
    if (fault !== null) return storeFailed(fault);
    if (rules.isSealed) return apiError('JSStreamSealedErr');
    const refusal = this.#parts.admit(this.recordBytes(message));
    if (refusal !== null) return refusal;
    const size = message.payloadEnd - message.headerStart;
    const isTooLarge = rules.messageBytesMax >= 0 && size > rules.messageBytesMax;
    return isTooLarge ? apiError('JSStreamMessageExceedsMaximumErr') : null;
  }

  /** Whether there is room for so many bytes at once. */
  admit(bytes: number): ApiError | null {
    return this.#parts.admit(bytes);
  }

  /**
   * Null when the message may be stored, behind those staged before it; it then counts as staged itself.
   * `headers` were read from it; `staged` is null where every message is stored at once.
   */
  check(message: Message, headers: PublishHeaders, rules: IngestRules, staged: StagedChanges | null): ApiError | null {
    this.duplicateOf = 0;
    if (message.payloadStart - message.headerStart > HEADER_BYTES_MAX) {
      return apiError('JSStreamHeaderExceedsMaximumErr');
    }
    if (!headers.isEmpty) {
      const refusal = this.#checkHeaders(message, headers, rules, staged);
      if (refusal !== null) return refusal;
    }
    if (staged === null && !rules.discardNew) return null;
    const bytes = this.recordBytes(message);
    staged?.add(bytes);
    return rules.discardNew ? this.#checkRoom(message, headers, rules, staged, bytes) : null;
  }

  recordBytes(message: Message): number {
    const { subjectStart, subjectEnd, headerStart, payloadStart, payloadEnd } = message;
    return this.#store.recordBytes(subjectEnd - subjectStart, payloadStart - headerStart, payloadEnd - payloadStart);
  }

  #checkHeaders(
    message: Message,
    headers: PublishHeaders,
    rules: IngestRules,
    staged: StagedChanges | null,
  ): ApiError | null {
    return (
      refuseIncrement(headers) ??
      refuseOtherStream(headers, rules) ??
      refuseTtl(headers, rules) ??
      this.#checkId(message, headers, staged) ??
      (headers.has(STREAM_SOURCE) ? apiError('JSMessageSourceHdrNotAllowedErr') : null) ??
      this.#checkLastSequence(headers, staged) ??
      this.#checkSubjectSequence(message, headers, staged) ??
      refuseSchedule(headers, message) ??
      refuseRollup(headers, rules) ??
      this.#checkRollup(message, headers, staged)
    );
  }

  #checkId(message: Message, headers: PublishHeaders, staged: StagedChanges | null): ApiError | null {
    if (!headers.has(MSG_ID)) return null;
    const isStaged = staged?.hasId(headers.text(MSG_ID)) ?? false;
    this.duplicateOf = isStaged ? 0 : this.#ids.find(message.body, headers.start(MSG_ID), headers.end(MSG_ID));
    if (isStaged || this.duplicateOf > 0) return apiError('JSAtomicPublishContainsDuplicateMessageErr');
    staged?.addId(headers.text(MSG_ID));
    return null;
  }

  #checkLastSequence(headers: PublishHeaders, staged: StagedChanges | null): ApiError | null {
    if (!headers.has(EXPECTED_LAST_SEQUENCE)) return null;
    const before = staged?.count ?? 0;
    const last = this.#store.state.sequenceLast + before;
    if (headers.sequence(EXPECTED_LAST_SEQUENCE) !== last)
      return apiError('JSStreamWrongLastSequenceErrF', { seq: last });
    // Only the first message of a batch may say it.
    return before > 0 ? apiError('JSStreamWrongLastSequenceConstantErr') : null;
  }

  #checkSubjectSequence(message: Message, headers: PublishHeaders, staged: StagedChanges | null): ApiError | null {
    const other = expectedSubject(headers);
    if (!headers.has(EXPECTED_LAST_SUBJECT_SEQUENCE)) {
      return other === null ? null : apiError('JSStreamExpectedLastSeqPerSubjectInvalid');
    }
    const expected = headers.sequence(EXPECTED_LAST_SUBJECT_SEQUENCE);
    if (staged === null) return wrongLast(lastOfSubject(this.#store, message, other), expected);
    const subject = other ?? subjectText(message);
    if (staged.messagesOf(subject) > 0) return apiError('JSStreamWrongLastSequenceConstantErr');
    const last = staged.lastOf(subject, () => lastOfSubject(this.#store, message, other));
    return wrongLast(last, expected);
  }

  /** What a rollup would remove must not belong to its own batch. */
  #checkRollup(message: Message, headers: PublishHeaders, staged: StagedChanges | null): ApiError | null {
    if (staged === null || !headers.has(ROLLUP)) return null;
    if (headers.text(ROLLUP) === 'all') return staged.count > 0 ? rollupFailed('batch rollup all invalid') : null;
    return staged.messagesOf(subjectText(message)) > 0 ? rollupFailed('batch rollup sub invalid') : null;
  }

  /** Discard new: whether everything staged, this message included, fits at once. No old message makes room. */
  #checkRoom(
    message: Message,
    headers: PublishHeaders,
    rules: IngestRules,
    staged: StagedChanges | null,
    bytes: number,
  ): ApiError | null {
    const store = this.#store;
    const { state } = store;
    if (rules.messagesMax > 0 && state.messages + (staged?.count ?? 1) > rules.messagesMax) {
      return storeFailed('maximum messages exceeded');
    }
    if (rules.bytesMax > 0 && state.bytes + (staged?.bytes ?? bytes) > rules.bytesMax) {
      return storeFailed('maximum bytes exceeded');
    }
    if (!rules.discardNewPerSubject || rules.messagesPerSubjectMax <= 0 || headers.has(ROLLUP)) return null;
    const stored = store.countOfSubject(message.subject, message.subjectStart, message.subjectEnd);
    const added = staged?.messagesOf(subjectText(message)) ?? 1;
    return stored + added > rules.messagesPerSubjectMax ? storeFailed('maximum messages per subject exceeded') : null;
  }
}

function wrongLast(last: number, expected: number): ApiError | null {
  return last === expected ? null : apiError('JSStreamWrongLastSequenceErrF', { seq: last });
}

/** Zero, too, is no TTL; what is none at all is refused as disabled where TTLs are not allowed. */
function refuseTtl(headers: PublishHeaders, rules: IngestRules): ApiError | null {
  const ttl = messageTtl(headers);
  if (ttl !== 0 && !rules.allowsTtl) return apiError('JSMessageTTLDisabledErr');
  return ttl === null ? apiError('JSMessageTTLInvalidErr') : null;
}
