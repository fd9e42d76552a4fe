// Where requests on the system account are taken in: reads the body, sees whether this server is meant, lets the request
// be dealt with, and answers or stays silent. One for each account whose members may ask. A bug in one request is
// answered and logged, and harms nobody else. Compat: events.go, zReq.
import { utf8Text } from '../base/bytes.ts';
import { errorText } from '../base/errors.ts';
import type { GoJsonValue } from '../base/go_json.ts';
import type { Parsed } from '../base/parsed.ts';
import { decodeSingle } from '../jetstream/json/json_decode.ts';
import type { JsonType } from '../jetstream/json/json_type.ts';
import type { Bus, BusSubscription } from '../ports/bus.ts';
import type { Message } from '../ports/message.ts';
import type { MonitorParts } from './monitor_parts.ts';
import type { ServerFilter } from './request_bodies.ts';
import { isMeant } from './server_filter.ts';
import { type Asker, askerOf, BAD_REQUEST, INTERNAL_ERROR, type SystemAnswers } from './system_answers.ts';

/** Null: this server has nothing to say about it. */
export type Response = Parsed<GoJsonValue> | null;

/** Why something was not done, or null when it was. */
export type Outcome = string | null;

export type Respond<T> = (options: T, subject: string) => Response | Promise<Response>;

interface Service<T> {
  readonly type: JsonType<T>;
  readonly respond: Respond<T>;
  /** What stands beside an error. */
  readonly refused: null | undefined;
}

export class RequestDesk {
  readonly bus: Bus;
  readonly answers: SystemAnswers;
  readonly #parts: MonitorParts;
  readonly #subscriptions: BusSubscription[] = [];

  constructor(parts: MonitorParts, bus: Bus, answers: SystemAnswers) {
    this.bus = bus;
    this.answers = answers;
    this.#parts = parts;
  }

  /** Answers with the envelope; a request without a reply subject is none. */
  serve<T extends ServerFilter>(subject: string, type: JsonType<T>, respond: Respond<T>): void {
    // Compat: a page that refuses is shown as null beside the error.
    this.#serve(subject, { type, respond, refused: null });
  }

  /** Does something, and answers whether it was done. */
  serveAction<T extends ServerFilter>(
    subject: string,
    type: JsonType<T>,
    act: (options: T) => Outcome | Promise<Outcome>,
  ): void {
    const respond = async (options: T): Promise<Response> => {
      const fault = await act(options);
      return fault === null ? { ok: true, value: undefined } : { ok: false, error: fault };
    };
    this.#serve(subject, { type, respond, refused: undefined });
  }

  /** For requests that are not like the others. */
  serveRaw(subject: string, handler: (request: Message) => void): void {
    const guarded = (request: Message) => {
      try {
        handler(request);
      } catch (error) {
        this.#failed(askerOf(request), subject, error);
      }
    };
    this.#subscriptions.push(this.bus.subscribe(subject, null, guarded));
  }

  close(): void {
    for (const subscription of this.#subscriptions) subscription.close();
    this.#subscriptions.length = 0;
  }

  #serve<T extends ServerFilter>(subject: string, service: Service<T>): void {
    this.serveRaw(subject, (request) => {
      const asker = askerOf(request);
      if (asker.reply.length > 0) this.#serveOne(asker, request, service);
    });
  }

  #serveOne<T extends ServerFilter>(asker: Asker, request: Message, { type, respond, refused }: Service<T>): void {
    const read = readBody(request, type);
    if (!read.ok) return this.answers.refuse(this.bus, asker, { code: BAD_REQUEST, description: read.text });
    if (!isMeant(this.#parts, read.value)) return;
    const subject = subjectOf(request);
    const finish = (response: Response): void => {
      if (response === null) return;
      if (response.ok) return this.answers.answer(this.bus, asker, response.value);
      this.answers.refuse(this.bus, asker, { code: INTERNAL_ERROR, description: response.error, data: refused });
    };
    const response = respond(read.value, subject);
    if (!(response instanceof Promise)) return finish(response);
    response.then(finish).catch((error: unknown) => this.#failed(asker, subject, error));
  }

  #failed(asker: Asker, subject: string, error: unknown): void {
    this.#parts.server.log.error(`Request on '${subject}' failed: ${errorText(error)}`);
    if (asker.reply.length === 0) return;
    this.answers.refuse(this.bus, asker, { code: INTERNAL_ERROR, description: 'internal error' });
  }
}

export function subjectOf({ subject, subjectStart, subjectEnd }: Message): string {
  return utf8Text(subject, subjectStart, subjectEnd);
}

export function bodyOf({ body, payloadStart, payloadEnd }: Message): Uint8Array {
  return body.subarray(payloadStart, payloadEnd);
}

/** No body asks for nothing in particular. */
export function readBody<T>(request: Message, type: JsonType<T>): ReturnType<typeof decodeSingle<T>> {
  const body = bodyOf(request);
  return body.length === 0 ? { ok: true, value: type.zero() } : decodeSingle(body, type);
}
