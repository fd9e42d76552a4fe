// What a pull request asks for, read from its body, and whether this consumer's limits allow it. Pure; the answers are
// status lines, byte for byte the reference's. pull_queue.ts keeps the requests that passed.
import { utf8Text } from '../../base/bytes.ts';
import { durationText } from '../../base/duration.ts';
import { decodeSingle } from '../json/json_decode.ts';
import { BOOL, DURATION, embed, INT, INT64, type JsonFields, optional, STRING, struct } from '../json/json_type.ts';
import type { PriorityPolicy } from './consumer_config.ts';

export interface PullRequestBody {
  /** Nanoseconds from now; 0 waits for ever. */
  readonly expires: number;
  /** 0 and below deliver one message, like the reference. */
  readonly batch: number;
  /** 0 is no limit. */
  readonly max_bytes: number;
  readonly no_wait: boolean;
  /** Nanoseconds; 0 is none. */
  readonly idle_heartbeat: number;
  readonly group: string;
  readonly min_pending: number;
  readonly min_ack_pending: number;
  readonly id: string;
  readonly priority: number;
  /** False where the body is no JSON: then there are no rules about groups. */
  readonly isJson: boolean;
}

type PullRequestFields = Omit<PullRequestBody, 'isJson'>;
type PriorityFields = Pick<PullRequestBody, 'group' | 'min_pending' | 'min_ack_pending' | 'id' | 'priority'>;

const PRIORITY_FIELDS: JsonFields<PriorityFields> = {
  group: optional(STRING),
  min_pending: optional(INT64),
  min_ack_pending: optional(INT64),
  id: optional(STRING),
  priority: optional(INT),
};

/** Compat: jetstream_api.go, JSApiConsumerGetNextRequest. */
const BODY = struct<PullRequestFields>('JSApiConsumerGetNextRequest', {
  expires: optional(DURATION),
  batch: optional(INT),
  max_bytes: optional(INT),
  no_wait: optional(BOOL),
  idle_heartbeat: optional(DURATION),
  ...embed('PriorityGroup', PRIORITY_FIELDS),
});

export interface PullLimits {
  /** 0 is no limit, in all three. */
  readonly batchMax: number;
  readonly expiresMaxNs: number;
  readonly bytesMax: number;
}

const OPEN_BRACE = 123;
const ZERO_BODY: PullRequestFields = BODY.zero();

/** The request, or the status line that refuses it. Compat: consumer.go, nextReqFromMsg. */
export function parsePullRequest(bytes: Uint8Array, start: number, end: number): PullRequestBody | string {
  const text = utf8Text(bytes, start, end).trim();
  if (text === '') return plainRequest(1);
  if (text.charCodeAt(0) !== OPEN_BRACE) {
    // Anything that is neither JSON nor a number asks for one message.
    return plainRequest(/^[+-]?\d{1,15}$/.test(text) ? Number(text) : 1);
  }
  const fields = quickBody(text) ?? decodeSingle(bytes.subarray(start, end), BODY);
  if (!fields.ok) return `400 Bad Request - ${fields.text}`;
  const { value } = fields;
  if (value.idle_heartbeat > 0 && value.idle_heartbeat * 2 > value.expires) {
    return '400 Bad Request - heartbeat value too large';
  }
  return { ...value, isJson: true };
}

function plainRequest(batch: number): PullRequestBody {
  return { ...ZERO_BODY, batch, isJson: false };
}

/** What clients really send, several times faster than the decoder that knows Go's rules; null for all the rest. */
function quickBody(text: string): { readonly ok: true; readonly value: PullRequestFields } | null {
  const parsed = parseOrNull(text);
  if (typeof parsed !== 'object' || parsed === null) return null;
  for (const [key, member] of Object.entries(parsed)) {
    if (!Object.hasOwn(ZERO_BODY, key)) return null;
    const zero = ZERO_BODY[key as keyof PullRequestFields];
    if (typeof member !== typeof zero || (typeof member === 'number' && !Number.isSafeInteger(member))) return null;
  }
  return { ok: true, value: { ...ZERO_BODY, ...parsed } };
}

function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** The status line that refuses a request beyond the consumer's limits; null when it is within them. */
export function checkPullLimits(request: PullRequestBody, limits: PullLimits): string | null {
  if (limits.batchMax > 0 && request.batch > limits.batchMax) {
    return `409 Exceeded MaxRequestBatch of ${limits.batchMax}`;
  }
  if (limits.expiresMaxNs > 0 && request.expires > limits.expiresMaxNs) {
    return `409 Exceeded MaxRequestExpires of ${durationText(BigInt(limits.expiresMaxNs))}`;
  }
  if (limits.bytesMax > 0 && request.max_bytes > limits.bytesMax) {
    return `409 Exceeded MaxRequestMaxBytes of ${limits.bytesMax}`;
  }
  return null;
}

/** Compat: consumer.go, processNextMsgRequest. */
export function checkPullPriority(
  request: PullRequestBody,
  policy: PriorityPolicy,
  groups: readonly string[],
): string | null {
  if (!request.isJson) return null;
  if ((request.min_pending !== 0 || request.min_ack_pending !== 0) && policy !== 'overflow') {
    return '400 Bad Request - Not a Overflow Priority consumer';
  }
  if (request.id !== '' && policy !== 'pinned_client') return '400 Bad Request - Not a Pinned Client Priority consumer';
  if (request.priority < 0 || request.priority > 9) return '400 Bad Request - Priority must be between 0 and 9';
  if (policy === 'none') return null;
  if (request.group === '') return '400 Bad Request - Priority Group missing';
  return groups.includes(request.group) ? null : '400 Bad Request - Invalid Priority Group';
}
