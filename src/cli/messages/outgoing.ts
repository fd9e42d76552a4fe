// One message to send, as the flags describe it: subject, headers and body with their templates filled in.
import { type MsgHdrs, headers as newHeaders } from '@nats-io/transport-node';
import { type HeaderField, parseHeader } from '../input/header.ts';
import type { Session } from '../session.ts';
import { MessageTemplates } from './template_functions.ts';

export interface OutgoingOptions {
  readonly subject: string;
  readonly headers: readonly string[];
  /** Of body and subject; headers are always filled in, as in the reference. */
  readonly hasTemplates: boolean;
}

export interface Outgoing {
  readonly subject: string;
  readonly data: Uint8Array;
  /** Undefined where there are none. */
  readonly headers: MsgHdrs | undefined;
}

export class OutgoingMessages {
  readonly templates: MessageTemplates;
  readonly #options: OutgoingOptions;
  readonly #fields: readonly HeaderField[];

  constructor(session: Session, options: OutgoingOptions) {
    this.templates = new MessageTemplates(session);
    this.#options = options;
    this.#fields = options.headers.map(parseHeader);
  }

  /** `count` is the message's number, from 1. */
  make(body: string, count: number): Outgoing {
    const { subject, hasTemplates } = this.#options;
    const expand = (text: string, what: string): string =>
      hasTemplates ? this.templates.expand(text, what, count) : text;
    return {
      subject: expand(subject, 'subject'),
      data: Buffer.from(expand(body, 'body'), 'utf8'),
      headers: this.#headers(count),
    };
  }

  #headers(count: number): MsgHdrs | undefined {
    if (this.#fields.length === 0) return undefined;
    const made = newHeaders();
    for (const { name, value } of this.#fields)
      made.append(name, this.templates.expand(value, `header ${name}`, count));
    return made;
  }
}
