// The JetStream API in an account that has no JetStream, on a server that has: every request is refused in the form of
// its own answer, so that clients learn why at once. Compat: jetstream_api.go, where every handler asks first whether the
// account has JetStream; the system account answers all but INFO as one.
import { utf8Text } from '../../base/bytes.ts';
import type { Bus, BusSubscription } from '../../ports/bus.ts';
import { type Message, textMessage } from '../../ports/message.ts';
import { apiError } from './api_error.ts';
import { type AnswerKind, refuse } from './api_request.ts';
import { API_PREFIX, API_SUBJECTS, makeRouteTable, SYSTEM_ANSWER } from './api_router.ts';

/** Requests about the cluster, which no account but the system's may make, and which a single server does not answer. */
const SILENT = /^(META|SERVER|ACCOUNT)\./;

export interface RefusingApiParts {
  readonly bus: Bus;
  readonly isSystem: boolean;
  /** Whether another account's JetStream answers requests on this subject here: then its answer is the only one. */
  isImported(subject: string): boolean;
}

export class RefusingApi {
  readonly #parts: RefusingApiParts;
  readonly #routes = makeRouteTable();
  readonly #subscriptions: readonly BusSubscription[];

  constructor(parts: RefusingApiParts) {
    const { bus, isSystem } = parts;
    this.#parts = parts;
    this.#subscriptions = (isSystem ? ['>'] : API_SUBJECTS).map((subject) =>
      bus.subscribe(`${API_PREFIX}${subject}`, null, (request) => this.#refuse(request)),
    );
  }

  stop(): void {
    for (const subscription of this.#subscriptions) subscription.close();
  }

  #refuse({ subject, subjectStart, subjectEnd, reply, replyStart, replyEnd }: Message): void {
    if (replyEnd === replyStart) return;
    const text = utf8Text(subject, subjectStart, subjectEnd);
    const kind = this.#kindOf(text.slice(API_PREFIX.length));
    if (kind === null || this.#parts.isImported(text)) return;
    const refusal = refuse(kind, apiError('JSNotEnabledForAccountErr'));
    this.#parts.bus.publish(textMessage(reply.slice(replyStart, replyEnd), refusal.text));
  }

  #kindOf(endpoint: string): AnswerKind | null {
    if (SILENT.test(endpoint)) return null;
    if (this.#parts.isSystem && endpoint !== 'INFO') return SYSTEM_ANSWER;
    return this.#routes.find(endpoint)?.route.kind ?? null;
  }
}
