// A value of a key as a bucket's stream holds it, or the marker that stands for its end. Compat: nats.go jetstream/kv.go.
import type { JsMsg, StoredMsg } from '@nats-io/jetstream';
import type { MsgHdrs } from '@nats-io/transport-node';
import { rfc3339Nano } from '../../base/nanos.ts';
import { parseAckReply } from '../messages/ack_reply.ts';
import { bodyFields } from '../messages/body_output.ts';

export type KvOperation = 'PUT' | 'DELETE' | 'PURGE';

export interface KvEntry {
  readonly bucket: string;
  readonly key: string;
  readonly revision: number;
  readonly operation: KvOperation;
  /** RFC 3339 with nanoseconds. */
  readonly created: string;
  readonly value: Uint8Array;
}

/** Where a bucket's keys begin in their subjects. */
export interface KeyPlace {
  readonly bucket: string;
  /** `$KV.CONFIG.`. */
  readonly prefix: string;
}

export function storedEntry(message: StoredMsg, { bucket, prefix }: KeyPlace): KvEntry {
  return {
    bucket,
    key: message.subject.slice(prefix.length),
    revision: message.seq,
    operation: operationOf(message.header),
    created: message.timestamp,
    value: message.data,
  };
}

export function deliveredEntry(message: JsMsg, { bucket, prefix }: KeyPlace): KvEntry {
  return {
    bucket,
    key: message.subject.slice(prefix.length),
    revision: message.seq,
    operation: operationOf(message.headers),
    created: deliveredTime(message),
    value: message.data,
  };
}

/** When the message was stored, as its reply subject says it to the nanosecond. */
export function deliveredTime(message: JsMsg): string {
  // Its class has one, though the package's type does not say so.
  const reply = parseAckReply('reply' in message ? String(message.reply) : '');
  return rfc3339Nano(reply?.timeNs ?? BigInt(message.info.timestampNanos));
}

/** A client's word, or the server's where a limit has taken the value away. */
function operationOf(headers: MsgHdrs | undefined): KvOperation {
  switch (headers?.get('KV-Operation')) {
    case 'DEL':
      return 'DELETE';
    case 'PURGE':
      return 'PURGE';
  }
  switch (headers?.get('Nats-Marker-Reason')) {
    case 'MaxAge':
    case 'Purge':
      return 'PURGE';
    case 'Remove':
      return 'DELETE';
  }
  return 'PUT';
}

/** For --json: `value`, or `value_base64` where it is no text. */
export function entryJson({ value, ...entry }: KvEntry): Record<string, unknown> {
  return { ...entry, length: value.length, ...bodyFields(value, 'value') };
}

const SHOWN_MAX = 40;
const END_LENGTH = 15;

/** Text where it is plain ASCII, base64 where it is not. */
export function printableText(value: Uint8Array): string {
  const text = Buffer.from(value).toString('latin1');
  return /^[ -~]*$/.test(text) ? text : Buffer.from(value).toString('base64');
}

/** The beginning and the end of a value that is too long for a table. */
export function shortText(value: Uint8Array): string {
  const text = printableText(value);
  return text.length > SHOWN_MAX ? `${text.slice(0, END_LENGTH)}...${text.slice(-END_LENGTH)}` : text;
}
