// How requests on the system account are answered: the server's name for itself around what it says, or an error, packed
// if whoever asks can unpack it. Compat: events.go, ServerAPIResponse, zReq and getAcceptEncoding.
import { gzipSync } from 'node:zlib';
import { type GoJsonStruct, type GoJsonValue, goJson } from '../base/go_json.ts';
import { snappyFramed } from '../base/snappy.ts';
import type { Bus } from '../ports/bus.ts';
import { type Message, textMessage } from '../ports/message.ts';
import type { ServerIdentity } from '../server/server_identity.ts';
import { headerText } from '../wire/headers.ts';

export const BAD_REQUEST = 400;
export const INTERNAL_ERROR = 500;

/** What outlives the call of a request: who waits for the answer, and how it may be packed. */
export interface Asker {
  readonly reply: Uint8Array;
  /** Lower case; empty where nothing was said. */
  readonly accepts: string;
}

export function askerOf(request: Message): Asker {
  const { body, headerStart, payloadStart } = request;
  const accepts = payloadStart > headerStart ? headerText(body, headerStart, payloadStart, 'Accept-Encoding') : null;
  return { reply: request.reply.slice(request.replyStart, request.replyEnd), accepts: accepts?.toLowerCase() ?? '' };
}

export interface Refusal {
  readonly code: number;
  readonly description: string;
  readonly data?: null | undefined;
}

export class SystemAnswers {
  readonly #identity: ServerIdentity;

  constructor(identity: ServerIdentity) {
    this.#identity = identity;
  }

  /** Undefined data: it was done, there is nothing to say. */
  answer(bus: Bus, asker: Asker, data: GoJsonValue): void {
    this.#send(bus, asker, { server: this.#identity.envelope(), data });
  }

  /** Refusals are never packed. Compat: a page that refuses is there, and null. */
  refuse(bus: Bus, { reply }: Asker, { code, description, data }: Refusal): void {
    this.#send(bus, { reply, accepts: '' }, { server: this.#identity.envelope(), data, error: { code, description } });
  }

  /** Without an envelope. */
  plain(bus: Bus, { reply }: Asker, text: string): void {
    bus.publish(textMessage(reply, text));
  }

  #send(bus: Bus, { reply, accepts }: Asker, value: GoJsonStruct): void {
    const text = goJson(value);
    if (accepts === '') bus.publish(textMessage(reply, text));
    else bus.publish(packedMessage(reply, text, accepts));
  }
}

/** Compat: what is known is looked for anywhere in what is accepted, Snappy first. */
function packedMessage(reply: Uint8Array, text: string, accepts: string): Message {
  const bytes = Buffer.from(text);
  if (accepts.includes('snappy') || accepts.includes('s2')) return encodedMessage(reply, snappyFramed(bytes), 'snappy');
  if (accepts.includes('gzip')) return encodedMessage(reply, gzipSync(bytes), 'gzip');
  return encodedMessage(reply, bytes, 'identity');
}

function encodedMessage(reply: Uint8Array, payload: Uint8Array, encoding: string): Message {
  const header = Buffer.from(`NATS/1.0\r\nContent-Encoding: ${encoding}\r\n\r\n`);
  const message = textMessage(reply, '');
  message.body = Buffer.concat([header, payload]);
  message.payloadStart = header.length;
  message.payloadEnd = message.body.length;
  return message;
}
