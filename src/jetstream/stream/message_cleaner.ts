// Makes of a message the one that is stored: without a status on the first line of its headers, and without headers
// that are meant for the server alone. Most messages come out as they went in. Pure.
import type { Message } from '../../ports/message.ts';
import { Message as MessageStruct } from '../../ports/message.ts';
import { withoutHeaders } from '../../wire/headers.ts';
import { headerName, type PublishHeaders, REQUEST_INFO } from './publish_headers.ts';

const CR = 13;
/** `NATS/1.0` is followed by CR unless there is a status. Compat: client.go, removeHeaderStatusIfPresent. */
const STATUS_AT = 8;

export class MessageCleaner {
  readonly #names: readonly number[];
  readonly #cleaned = new MessageStruct();

  /** Drops headers of these names (constants of publish_headers.ts), where they have a value, and who asked. */
  constructor(names: readonly number[]) {
    this.#names = names;
  }

  /** `headers` were read from `message`. The result is the message itself or valid until the next call. */
  clean(message: Message, headers: PublishHeaders): Message {
    if (message.payloadStart === message.headerStart) return message;
    const hasStatus = message.body[message.headerStart + STATUS_AT] !== CR;
    return hasStatus || this.#isToDrop(headers) ? this.#copy(message, headers) : message;
  }

  #isToDrop(headers: PublishHeaders): boolean {
    if (headers.isEmpty) return false;
    if (headers.isThere(REQUEST_INFO)) return true;
    for (let i = 0; i < this.#names.length; i++) if (headers.has(this.#names[i] as number)) return true;
    return false;
  }

  #copy(message: Message, headers: PublishHeaders): Message {
    const names = [REQUEST_INFO, ...this.#names.filter((name) => headers.has(name))].map(headerName);
    const block = withoutHeaders(message.body, message.headerStart, message.payloadStart, names);
    const payload = message.body.subarray(message.payloadStart, message.payloadEnd);
    const body = new Uint8Array(block.length + payload.length);
    body.set(block, 0);
    body.set(payload, block.length);
    const cleaned = this.#cleaned;
    cleaned.subject = message.subject;
    cleaned.subjectStart = message.subjectStart;
    cleaned.subjectEnd = message.subjectEnd;
    cleaned.body = body;
    cleaned.headerStart = 0;
    cleaned.payloadStart = block.length;
    cleaned.payloadEnd = body.length;
    return cleaned;
  }
}
