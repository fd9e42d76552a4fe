// The verdict on a message that belongs to no batch: stored, refused, or known already. Reads the store and the ids,
// changes nothing. Called by the ingest for every message; makes no string or object for one without special headers.
// Compat: stream.go, processJetStreamMsg: the order of the questions is the reference's, clients can tell it.
import type { Message } from '../../ports/message.ts';
import { READ_FOUND, StoredMessage, type StreamStore } from '../../store/stream_store.ts';
import { type ApiError, apiError } from '../api/api_error.ts';
import { HEADER_BYTES_MAX, type IngestParts, type IngestRules } from './ingest_rules.ts';
import type { MessageIds } from './message_ids.ts';
import {
  expectedSubject,
  lastOfSubject,
  messageTtl,
  refuseIncrement,
  refuseOtherLastId,
  refuseOtherStream,
  refuseRollup,
  refuseSchedule,
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

/** The verdict on a message whose id is known: `duplicateOf` says where. */
export const DUPLICATE = 'duplicate';
export type Verdict = ApiError | typeof DUPLICATE | null;

export class SingleCheck {
  readonly #parts: Pick<IngestParts, 'admit'>;
  readonly #store: StreamStore;
  readonly #ids: MessageIds;
  /** Sequence of the message with the same id, after the verdict DUPLICATE. */
  duplicateOf = 0;

  constructor(parts: IngestParts, ids: MessageIds) {
    this.#parts = parts;
    this.#store = parts.store;
    this.#ids = ids;
  }

  /** Null to store the message. `headers` were read from it. */
  check(message: Message, headers: PublishHeaders, rules: IngestRules): Verdict {
    const store = this.#store;
    // A store that cannot write makes nothing durable any more, also not what waits for it: say so at once.
    if (store.fault !== null) return storeFailed(store.fault);
    if (rules.isSealed) return apiError('JSStreamSealedErr');
    const headerBytes = message.payloadStart - message.headerStart;
    const size = message.payloadEnd - message.headerStart;
    if (rules.messageBytesMax >= 0 && size > rules.messageBytesMax) return apiError('JSStreamMessageExceedsMaximumErr');
    if (headerBytes > HEADER_BYTES_MAX) return apiError('JSStreamHeaderExceedsMaximumErr');
    if (!headers.isEmpty) {
      const verdict = this.#checkHeaders(message, headers, rules);
      if (verdict !== null) return verdict;
    }
    const bytes = store.recordBytes(message.subjectEnd - message.subjectStart, headerBytes, size - headerBytes);
    const refusal = this.#parts.admit(bytes);
    if (refusal !== null) return refusal;
    return rules.discardNew ? this.#checkRoom(message, headers, rules, bytes) : null;
  }

  #checkHeaders(message: Message, headers: PublishHeaders, rules: IngestRules): Verdict {
    const ttl = messageTtl(headers);
    const refusal =
      refuseIncrement(headers) ??
      refuseOtherStream(headers, rules) ??
      (ttl !== null && ttl !== 0 && !rules.allowsTtl ? apiError('JSMessageTTLDisabledErr') : null) ??
      this.#checkExpectations(message, headers) ??
      refuseSchedule(headers, message) ??
      (headers.has(STREAM_SOURCE) ? apiError('JSMessageSourceHdrNotAllowedErr') : null);
    if (refusal !== null) return refusal;
    if (headers.has(MSG_ID)) {
      this.duplicateOf = this.#ids.find(message.body, headers.start(MSG_ID), headers.end(MSG_ID));
      if (this.duplicateOf !== 0) return DUPLICATE;
    }
    return (
      refuseOtherLastId(headers, message, this.#ids) ??
      refuseRollup(headers, rules) ??
      (ttl === null ? apiError('JSMessageTTLInvalidErr') : null)
    );
  }

  #checkExpectations(message: Message, headers: PublishHeaders): ApiError | null {
    const store = this.#store;
    if (headers.has(EXPECTED_LAST_SUBJECT_SEQUENCE)) {
      const last = lastOfSubject(store, message, expectedSubject(headers));
      const expected = headers.sequence(EXPECTED_LAST_SUBJECT_SEQUENCE);
      if (last !== expected) return apiError('JSStreamWrongLastSequenceErrF', { seq: last });
    } else if (expectedSubject(headers) !== null) {
      return apiError('JSStreamExpectedLastSeqPerSubjectInvalid');
    }
    if (headers.has(EXPECTED_LAST_SEQUENCE)) {
      const last = store.state.sequenceLast;
      const expected = headers.sequence(EXPECTED_LAST_SEQUENCE);
      if (last !== expected) return apiError('JSStreamWrongLastSequenceErrF', { seq: last });
    }
    return null;
  }

  /** Discard new: whether the message still fits. Compat: filestore.go, storeRawMsg. */
  #checkRoom(message: Message, headers: PublishHeaders, rules: IngestRules, bytes: number): ApiError | null {
    const store = this.#store;
    const { subject, subjectStart, subjectEnd } = message;
    let isSubjectFull = false;
    if (rules.messagesPerSubjectMax > 0) {
      isSubjectFull = store.countOfSubject(subject, subjectStart, subjectEnd) >= rules.messagesPerSubjectMax;
      if (isSubjectFull && rules.discardNewPerSubject && !headers.has(ROLLUP)) {
        return storeFailed('maximum messages per subject exceeded');
      }
    }
    const { state } = store;
    // A message on a full subject takes the place of an older one, if that is not smaller.
    if (rules.messagesMax > 0 && state.messages >= rules.messagesMax && !isSubjectFull) {
      return storeFailed('maximum messages exceeded');
    }
    if (rules.bytesMax > 0 && state.bytes + bytes > rules.bytesMax) {
      if (!isSubjectFull || this.#bytesOfOldest(message) < bytes) return storeFailed('maximum bytes exceeded');
    }
    return null;
  }

  /** Size of the oldest message on the message's own subject; 0 when it cannot be told. */
  #bytesOfOldest(message: Message): number {
    const store = this.#store;
    const filter = store.filter([subjectText(message)]);
    const sequence = store.nextSequence(filter, store.state.sequenceFirst);
    filter.close();
    const stored = new StoredMessage();
    if (sequence === 0 || store.read(sequence, stored) !== READ_FOUND) return 0;
    const old = stored.message;
    const headerBytes = old.payloadStart - old.headerStart;
    return store.recordBytes(old.subjectEnd - old.subjectStart, headerBytes, old.payloadEnd - old.payloadStart);
  }
}
