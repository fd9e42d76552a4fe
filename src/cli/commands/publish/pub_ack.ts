// What a stream answers to a publish, and the line that says so.
import { ApiError, type ApiErrorBody } from '../../client/js_api.ts';
import { CommandError } from '../../errors.ts';
import { countText } from '../../output/human.ts';

export interface PubAck {
  readonly stream: string;
  readonly seq: number;
  readonly domain?: string;
  readonly duplicate?: boolean;
  /** Of a counter. */
  readonly val?: string;
  readonly batch?: string;
  readonly count?: number;
}

export function pubAckOf(data: Uint8Array): PubAck {
  const text = Buffer.from(data).toString('utf8');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = null;
  }
  if (typeof value !== 'object' || value === null) {
    throw new CommandError(`What answered is no stream: it said '${text.slice(0, 100)}'; publish without --jetstream`);
  }
  if ('error' in value) throw new ApiError(value.error as ApiErrorBody);
  if (!('stream' in value && 'seq' in value)) {
    throw new CommandError(`What answered is no stream: it said '${text.slice(0, 100)}'; publish without --jetstream`);
  }
  // A publish acknowledgement has these keys.
  return value as PubAck;
}

export function pubAckText(ack: PubAck): string {
  let text = `Stored in Stream: ${ack.stream} Sequence: ${countText(ack.seq)}`;
  if (ack.domain !== undefined && ack.domain !== '') text += ` Domain: "${ack.domain}"`;
  if (ack.duplicate === true) text += ' Duplicate: true';
  if (ack.val !== undefined && ack.val !== '') text += ` Counter Value: ${ack.val}`;
  return text;
}
