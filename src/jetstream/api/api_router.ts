// Takes what clients send to `$JS.API.>` of one account, finds the handler, and sends its answer. Counts calls and
// tells of them. Whatever a handler does, nothing is thrown past this file: a bug in one is answered and logged.
//
// Pull requests and direct gets are not subscribed to here: consumers and streams listen for theirs, so that asking one
// that is not there is answered by the core at once, as without any JetStream ("no responders").
import { utf8Text } from '../../base/bytes.ts';
import { errorText } from '../../base/errors.ts';
import type { BusSubscription } from '../../ports/bus.ts';
import { type ClientInfo, Message } from '../../ports/message.ts';
import { headerText } from '../../wire/headers.ts';
import type { JetStreamAccount } from '../account.ts';
import { isApiLevelSupported } from '../asset_metadata.ts';
import { ACCOUNT_ROUTES } from './account_requests.ts';
import { apiError } from './api_error.ts';
import { type ApiAnswer, type ApiRequest, type ApiStats, answerKind, refuse } from './api_request.ts';
import { type Route, RouteTable } from './api_routes.ts';
import { BACKUP_ROUTES } from './backup_requests.ts';
import { CLUSTER_ROUTES } from './cluster_requests.ts';
import { CONSUMER_ROUTES } from './consumer_requests.ts';
import { MESSAGE_ROUTES } from './message_requests.ts';
import { STREAM_ROUTES } from './stream_requests.ts';

export const API_PREFIX = '$JS.API.';
/** So many requests may be under way; more are dropped. Compat: jetstream_api.go, JSDefaultRequestQueueLimit. */
const INFLIGHT_MAX = 10_000;
/** What an answer is called that belongs to no endpoint. */
export const SYSTEM_ANSWER = answerKind('system');

/** Everything under `$JS.API.` but pull requests and direct gets. */
export const API_SUBJECTS = [
  '*',
  'STREAM.>',
  'ACCOUNT.>',
  'META.>',
  'SERVER.>',
  ...['CREATE', 'DURABLE', 'INFO', 'LIST', 'NAMES', 'DELETE', 'PAUSE', 'RESET', 'UNPIN', 'LEADER', 'PEER'].map(
    (verb) => `CONSUMER.${verb}.>`,
  ),
];

interface Call {
  readonly request: ApiRequest;
  readonly route: Route | null;
  readonly reply: Uint8Array;
  readonly level: string;
}

/** Every endpoint of the API. */
export function makeRouteTable(): RouteTable {
  return new RouteTable([
    ...ACCOUNT_ROUTES,
    ...STREAM_ROUTES,
    ...BACKUP_ROUTES,
    ...MESSAGE_ROUTES,
    ...CONSUMER_ROUTES,
    ...CLUSTER_ROUTES,
  ]);
}

export class ApiRouter {
  readonly #account: JetStreamAccount;
  readonly #routes = makeRouteTable();
  #subscriptions: readonly BusSubscription[] = [];
  #total = 0;
  #errors = 0;
  #inflight = 0;
  /** Since requests were last taken. */
  #dropped = 0;

  constructor(account: JetStreamAccount) {
    this.#account = account;
  }

  get stats(): ApiStats {
    return { total: this.#total, errors: this.#errors, inflight: this.#inflight };
  }

  start(): void {
    const { bus } = this.#account;
    this.#subscriptions = API_SUBJECTS.map((subject) =>
      bus.subscribe(`${API_PREFIX}${subject}`, null, (message) => this.#onMessage(message)),
    );
  }

  stop(): void {
    for (const subscription of this.#subscriptions) subscription.close();
    this.#subscriptions = [];
  }

  #onMessage(message: Message): void {
    if (this.#inflight >= INFLIGHT_MAX) return this.#drop();
    const call = this.#read(message);
    this.#inflight++;
    try {
      const answer = this.#handle(call);
      if (answer instanceof Promise) {
        answer.then((late) => this.#finish(call, late)).catch((error: unknown) => this.#failed(call, error));
      } else {
        this.#finish(call, answer);
      }
    } catch (error) {
      this.#failed(call, error);
    }
  }

  /** Who floods the API hears nothing, but the log and the advisory say it once each time the limit is reached. */
  #drop(): void {
    this.#dropped++;
    if (this.#dropped > 1) return;
    this.#account.parts.log.warn(`JetStream API limit of ${INFLIGHT_MAX} requests reached, dropping requests`);
    this.#account.advisories.apiLimitReached(this.#dropped);
  }

  /** Everything that is needed later, copied: the message is the sender's. */
  #read(message: Message): Call {
    const { body, headerStart, payloadStart, payloadEnd } = message;
    const subject = utf8Text(message.subject, message.subjectStart, message.subjectEnd);
    const found = this.#routes.find(subject.slice(API_PREFIX.length));
    const hasHeaders = headerStart < payloadStart;
    const level = hasHeaders ? headerText(body, headerStart, payloadStart, 'Nats-Required-Api-Level') : null;
    const request: ApiRequest = {
      account: this.#account,
      subject,
      names: found?.names ?? [],
      body: body.slice(payloadStart, payloadEnd),
      client: keptClient(message.client),
      passage: message.passage,
      stats: this.stats,
    };
    const reply = message.reply.slice(message.replyStart, message.replyEnd);
    return { request, route: found?.route ?? null, reply, level: level ?? '' };
  }

  #handle(call: Call): ApiAnswer | Promise<ApiAnswer> {
    const { request, route, level } = call;
    if (route === null) return refuse(SYSTEM_ANSWER, apiError('JSBadRequestErr'));
    const early = route.beforeLevel?.(request) ?? null;
    if (early !== null) return early;
    if (!isApiLevelSupported(level)) return refuse(route.kind, apiError('JSRequiredApiLevelErr'));
    return route.handler(request);
  }

  #failed(call: Call, error: unknown): void {
    const { request, route } = call;
    this.#account.parts.log.error(`JetStream request '${request.subject}' failed: ${errorText(error)}`);
    const answer = refuse(route?.kind ?? SYSTEM_ANSWER, apiError('JSStreamGeneralErrorF', { err: 'internal error' }));
    this.#finish(call, answer);
  }

  #finish(call: Call, answer: ApiAnswer): void {
    this.#inflight--;
    this.#dropped = 0;
    if (answer.isCounted) {
      this.#total++;
      if (answer.isError) this.#errors++;
    }
    if (call.reply.length > 0) this.#send(call.reply, answer.text);
    if (!answer.isCounted) return;
    const { subject, body, client, passage } = call.request;
    const request = Buffer.from(body).toString();
    this.#account.advisories.apiCall({ client, passage, subject, request, response: answer.text });
  }

  #send(reply: Uint8Array, text: string): void {
    const message = new Message();
    message.subject = reply;
    message.subjectEnd = reply.length;
    message.body = Buffer.from(text);
    message.payloadEnd = message.body.length;
    this.#account.bus.publish(message);
  }
}

/** What advisories say of a client must be as it was during the call. */
function keptClient(client: ClientInfo | null): ClientInfo | null {
  return client === null ? null : { ...client };
}
