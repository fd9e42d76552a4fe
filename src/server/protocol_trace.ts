// What `-V` shows: every protocol line of a connection as it came and went, secrets left out. Made only where tracing is
// on, so that the message path pays one comparison with null for it.
// Compat: client.go, traceInOp, traceOutOp, traceMsg.
import type { Logger } from '../base/log.ts';
import { goQuoteBytes } from '../config/go_text_bytes.ts';
import type { Message } from '../ports/message.ts';
import { redactedConnect } from './redacted_connect.ts';

const decoder = new TextDecoder();

function text(bytes: Uint8Array, start: number, end: number): string {
  return decoder.decode(bytes.subarray(start, end));
}

/** `max_traced_msg_len` (0: no limit) and `trace_headers`. */
export interface TraceLimits {
  readonly tracedBytesMax: number;
  readonly tracesHeadersOnly: boolean;
}

/** What separates and ends the lines of a header block, and a payload on the wire. */
const LINE_END_BYTES = 2;

export class ProtocolTrace {
  readonly #log: Logger;
  readonly #label: () => string;
  readonly #limits: TraceLimits;

  constructor(log: Logger, label: () => string, limits: TraceLimits) {
    this.#log = log;
    this.#label = label;
    this.#limits = limits;
  }

  in(verb: string, bytes: Uint8Array, start: number, end: number): void {
    const argument = text(bytes, start, end);
    this.#say('<<-', argument === '' ? verb : `${verb} ${argument}`);
  }

  connect(bytes: Uint8Array, start: number, end: number): void {
    this.#say('<<-', `CONNECT ${redactedConnect(text(bytes, start, end))}`);
  }

  published(message: Message): void {
    const { subject, reply } = head(message);
    const headerBytes = message.payloadStart - message.headerStart;
    const size = message.payloadEnd - message.headerStart;
    const sizes = headerBytes > 0 ? `${headerBytes} ${size}` : `${size}`;
    this.#say('<<-', `${headerBytes > 0 ? 'HPUB' : 'PUB'} ${subject} ${reply}${sizes}`);
  }

  mapped(from: string, message: Message): void {
    this.#say('<<-', `MAPPING ${from} -> ${head(message).subject}`);
  }

  publishedPayload(message: Message): void {
    this.#payload('<<-', message, message.headerStart);
  }

  sent(message: Message, shown: string, sid: Uint8Array, withHeaders: boolean): void {
    const start = withHeaders ? message.headerStart : message.payloadStart;
    const headerBytes = message.payloadStart - start;
    const size = message.payloadEnd - start;
    const sizes = headerBytes > 0 ? `${headerBytes} ${size}` : `${size}`;
    const verb = headerBytes > 0 ? 'HMSG' : 'MSG';
    this.#say('->>', `${verb} ${shown} ${text(sid, 0, sid.length)} ${head(message).reply}${sizes}`);
    this.#payload('->>', message, start);
  }

  /** A whole protocol line of the server's own, with its end. Compat: client.go, sendErr and sendOK, for what is left out. */
  out(line: Uint8Array): void {
    const said = text(line, 0, line.length).trimEnd();
    if (said === '+OK') this.#say('->>', 'OK');
    else if (!said.startsWith('INFO ')) this.#say('->>', said.replace(/^-ERR '(.*)'$/, '-ERR $1'));
  }

  #payload(arrow: string, message: Message, start: number): void {
    const { tracedBytesMax, tracesHeadersOnly } = this.#limits;
    const end = tracesHeadersOnly ? message.payloadStart - 2 * LINE_END_BYTES : message.payloadEnd;
    if (end <= start) return;
    const isCut = tracedBytesMax > 0 && end - start > tracedBytesMax;
    const shown = goQuoteBytes(message.body.subarray(start, isCut ? start + tracedBytesMax : end));
    this.#log.trace(`${this.#label()} - ${arrow} MSG_PAYLOAD: [${isCut ? `${shown.slice(0, -1)}..."` : shown}]`);
  }

  #say(arrow: string, what: string): void {
    this.#log.trace(`${this.#label()} - ${arrow} [${what}]`);
  }
}

function head(message: Message): { readonly subject: string; readonly reply: string } {
  const reply = text(message.reply, message.replyStart, message.replyEnd);
  return {
    subject: text(message.subject, message.subjectStart, message.subjectEnd),
    reply: reply === '' ? '' : `${reply} `,
  };
}
