// How a received message is shown: for people, raw, as JSON, or dumped for programs into files or between NUL bytes.
// Compat: natscli cli/sub_command.go, printMsg and printJetStreamMsg.

import { rfc3339NanoOfMs } from '../../../base/nanos.ts';
import {
  bodyFields,
  headerLines,
  headerObject,
  printBody,
  printBodyCompact,
  translated,
} from '../../messages/body_output.ts';
import type { Received } from '../../messages/received.ts';
import { countText, durationGo } from '../../output/human.ts';
import type { Session } from '../../session.ts';

export interface PrinterFlags {
  readonly raw: boolean;
  readonly translate: string | undefined;
  readonly dump: string | undefined;
  readonly headersOnly: boolean;
  readonly subjectsOnly: boolean;
  readonly timestamp: boolean;
  readonly deltaTime: boolean;
}

export class MessagePrinter {
  readonly #session: Session;
  readonly #flags: PrinterFlags;
  readonly #startMs: number;

  constructor(session: Session, flags: PrinterFlags) {
    this.#session = session;
    this.#flags = flags;
    this.#startMs = session.doors.clock.monotonicMs();
  }

  /** `reply` is the answer that --match-replies has found to it. */
  async print(message: Received, count: number, reply: Received | null = null): Promise<void> {
    const { raw, dump } = this.#flags;
    if (this.#session.flags.trace && message.reply !== '') this.#session.print(`<<< Reply Subject: ${message.reply}`);
    if (dump !== undefined) await this.#dump(dump, message, { count, reply });
    else if (this.#session.isJson) this.#printJson(message, count, reply);
    else if (raw) await this.#printRaw(message, reply);
    else await this.#printPretty(message, count, reply);
  }

  async #printPretty(message: Received, count: number, reply: Received | null): Promise<void> {
    const head = `[#${count}]${this.#stamp(message)}`;
    const summary = this.#summary(message);
    const { session } = { session: this.#session };
    if (message.kind === 'stream') session.print(`${head} Received JetStream message: ${summary}`);
    else if (message.kind === 'direct') session.print(`${head} Received JetStream message (direct): ${summary}`);
    else
      session.print(
        `${head} Received on "${message.subject}"${message.reply === '' ? '' : ` with reply "${message.reply}"`}`,
      );
    if (!this.#flags.subjectsOnly) await this.#printContent(message);
    if (reply === null) return;
    session.print(`${head} Matched reply on "${reply.subject}"`);
    await this.#printContent(reply);
  }

  async #printContent({ headers, data, subject, place }: Received): Promise<void> {
    const lines = headerLines(headers);
    for (const line of lines) this.#session.print(line);
    if (lines.length > 0) this.#session.print();
    if (this.#flags.headersOnly) return;
    await printBody(this.#session, data, {
      filter: this.#flags.translate ?? null,
      subject,
      stream: place?.stream ?? '',
    });
  }

  async #printRaw({ data, subject }: Received, reply: Received | null): Promise<void> {
    await printBodyCompact(this.#session, data, { filter: this.#flags.translate ?? null, subject, stream: '' });
    if (reply === null) return;
    this.#session.write(reply.data);
    this.#session.print();
  }

  #printJson(message: Received, count: number, reply: Received | null): void {
    this.#session.jsonLine({
      count,
      ...jsonFields(message, this.#flags.headersOnly || this.#flags.subjectsOnly),
      ...(reply === null ? {} : { matched_reply: jsonFields(reply, false) }),
    });
  }

  #summary({ subject, place, kind }: Received): string {
    if (place === null) return `subject: ${subject}`;
    const { stream, seq, pending, timeMs } = place;
    const time = this.#session.time(timeMs);
    if (kind === 'direct') return `stream: ${stream} seq ${seq} / subject: ${subject} / time: ${time}`;
    const behind = pending === null ? '' : ` / pending: ${countText(pending)}`;
    return `stream: ${stream} seq: ${countText(seq)}${behind} / subject: ${subject} / time: ${time}`;
  }

  #stamp({ kind, place }: Received): string {
    const nowMs = this.#session.nowMs();
    const atMs = kind === 'stream' && place !== null ? place.timeMs : nowMs;
    if (this.#flags.timestamp) return ` @ ${stampMicro(atMs, this.#session.doors.place.offsetMinutesAt(atMs))}`;
    if (!this.#flags.deltaTime) return '';
    const sinceMs = kind === 'stream' ? nowMs - atMs : this.#session.doors.clock.monotonicMs() - this.#startMs;
    return ` @ ${durationGo(Math.max(0, Math.round(sinceMs * 1e6)))}`;
  }

  async #dump(
    target: string,
    message: Received,
    { count, reply }: { count: number; reply: Received | null },
  ): Promise<void> {
    const name = message.place?.seq ?? count;
    await this.#dumpOne(target, message, `${name}.json`);
    if (reply !== null) await this.#dumpOne(target, reply, `${name}_reply.json`);
    if (target !== '-' && count % 100 === 0) this.#session.write('.');
  }

  /** The reference's own form of a message, so that its tools can read the dump. */
  async #dumpOne(target: string, message: Received, file: string): Promise<void> {
    const { subject, reply, headers, place } = message;
    const filter = this.#flags.translate ?? null;
    const data = await translated(this.#session, message.data, { filter, subject, stream: place?.stream ?? '' });
    const text = JSON.stringify({
      Subject: subject,
      Reply: reply,
      Header: headerObject(headers) ?? null,
      Data: Buffer.from(data).toString('base64'),
      Sub: null,
    });
    if (target === '-') this.#session.write(`${text}\0`);
    else this.#session.doors.files.writeWhole(`${target}/${file}`, text);
  }
}

function jsonFields(message: Received, isHeadersOnly: boolean): Record<string, unknown> {
  const { subject, reply, headers, data, place } = message;
  return {
    subject,
    ...(reply === '' ? {} : { reply }),
    ...(place === null
      ? {}
      : {
          stream: place.stream,
          seq: place.seq,
          ...(place.pending === null ? {} : { pending: place.pending }),
          time: rfc3339NanoOfMs(place.timeMs),
        }),
    headers: headerObject(headers),
    ...(isHeadersOnly ? {} : bodyFields(data)),
  };
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `Nov 27 06:40:47.208347`, as Go's StampMicro. */
function stampMicro(ms: number, offsetMinutes: number): string {
  const text = rfc3339NanoOfMs(Math.floor(ms / 1000) * 1000 + offsetMinutes * 60_000);
  const day = String(Number(text.slice(8, 10))).padStart(2, ' ');
  const micros = String(Math.floor((ms % 1000) * 1000)).padStart(6, '0');
  return `${MONTHS[Number(text.slice(5, 7)) - 1]} ${day} ${text.slice(11, 19)}.${micros}`;
}
