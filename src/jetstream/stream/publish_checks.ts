// The questions that single messages and batches both ask of a message's headers, one function each: null, or the
// refusal. Who asks decides in which order, because clients can tell. Pure but for reading the store.
import { utf8Text } from '../../base/bytes.ts';
import type { Message } from '../../ports/message.ts';
import { parseMessageTtl, TTL_NONE } from '../../store/message_ttl.ts';
import type { StreamStore } from '../../store/stream_store.ts';
import { type ApiError, apiError } from '../api/api_error.ts';
import { goQuote } from '../json/go_quote.ts';
import type { IngestRules } from './ingest_rules.ts';
import type { MessageIds } from './message_ids.ts';
import {
  EXPECTED_LAST_MSG_ID,
  EXPECTED_LAST_SUBJECT_SEQUENCE_SUBJECT,
  EXPECTED_STREAM,
  INCREMENT,
  MESSAGE_TTL,
  type PublishHeaders,
  ROLLUP,
  SCHEDULE,
  SCHEDULE_NEXT,
  SCHEDULER,
} from './publish_headers.ts';

export function subjectText(message: Message): string {
  return utf8Text(message.subject, message.subjectStart, message.subjectEnd);
}

export function storeFailed(text: string): ApiError {
  return apiError('JSStreamStoreFailedF', { err: text });
}

export function refuseIncrement(headers: PublishHeaders): ApiError | null {
  if (!headers.has(INCREMENT)) return null;
  const isNumber = /^[+-]?\d+$/.test(headers.text(INCREMENT));
  return apiError(isNumber ? 'JSMessageIncrDisabledErr' : 'JSMessageIncrInvalidErr');
}

export function refuseOtherStream(headers: PublishHeaders, rules: IngestRules): ApiError | null {
  if (!headers.has(EXPECTED_STREAM) || headers.text(EXPECTED_STREAM) === rules.stream) return null;
  return apiError('JSStreamNotMatchErr');
}

/** Seconds a message lives, -1 for ever, 0 for no TTL; null when the text is none. */
export function messageTtl(headers: PublishHeaders): number | null {
  return headers.has(MESSAGE_TTL) ? parseMessageTtl(headers.text(MESSAGE_TTL)) : TTL_NONE;
}

/** The subject, possibly with wildcards, whose last sequence is expected; null for the message's own. */
export function expectedSubject(headers: PublishHeaders): string | null {
  const name = EXPECTED_LAST_SUBJECT_SEQUENCE_SUBJECT;
  return headers.has(name) ? headers.text(name) : null;
}

export function lastOfSubject(store: StreamStore, message: Message, subject: string | null): number {
  if (subject === null) return store.lastOfSubject(message.subject, message.subjectStart, message.subjectEnd);
  const filter = store.filter([subject]);
  const last = store.previousSequence(filter, store.state.sequenceLast);
  filter.close();
  return last;
}

/** Compat: stream.go: without schedules the only question left is which error fits. */
export function refuseSchedule(headers: PublishHeaders, message: Message): ApiError | null {
  if (headers.has(SCHEDULE)) return apiError('JSMessageSchedulesDisabledErr');
  const hasScheduler = headers.has(SCHEDULER);
  if (!headers.has(SCHEDULE_NEXT)) return hasScheduler ? apiError('JSMessageSchedulesSchedulerInvalidErr') : null;
  const isPurge = headers.text(SCHEDULE_NEXT) === 'purge';
  const isItself = headers.text(SCHEDULER) === subjectText(message);
  if (!isPurge || !hasScheduler || isItself) return apiError('JSMessageSchedulesSchedulerInvalidErr');
  return apiError('JSMessageSchedulesDisabledErr');
}

export function refuseRollup(headers: PublishHeaders, rules: IngestRules): ApiError | null {
  if (!headers.has(ROLLUP)) return null;
  if (!rules.allowsRollup) return rollupFailed('rollup not permitted');
  const value = headers.text(ROLLUP);
  return value === 'sub' || value === 'all' ? null : rollupFailed(`rollup value invalid: ${goQuote(value)}`);
}

export function refuseOtherLastId(headers: PublishHeaders, message: Message, ids: MessageIds): ApiError | null {
  const name = EXPECTED_LAST_MSG_ID;
  if (!headers.has(name) || ids.isLast(message.body, headers.start(name), headers.end(name))) return null;
  return apiError('JSStreamWrongLastMsgIDErrF', { id: ids.last });
}

export function rollupFailed(text: string): ApiError {
  return apiError('JSStreamRollupFailedF', { err: text });
}
