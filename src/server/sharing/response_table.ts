// Answers that services of one exporting account still owe, by the reply subject that the server gave each request. Knows
// when one is owed no longer: after the last part of an answer, when nobody waits any more, when the time of its export is
// over, or when there are too many. Compat: accounts.go, addRespServiceImport, removeRespServiceImport,
// checkExpiredResponses.
import type { Timer } from '../../ports/clock.ts';
import type { ResponseType, ServiceExport } from '../../subject/shared_account.ts';
import type { AccountSharing } from './account_sharing.ts';
import { NO_TOKEN, ReplyTokens, TOKENS } from './reply_tokens.ts';
import {
  LATENCY_INTEREST_LOST,
  LATENCY_NO_DELIVERY,
  LATENCY_TIMEOUT,
  type LatencyEvents,
  type LatencyFailure,
} from './service_latency.ts';
import { ServiceQueue, ServiceResponse } from './service_response.ts';
import type { SharingContext } from './sharing_context.ts';

/** Answers that one export may owe. The one that has been owed longest goes when there are more. */
export const RESPONSES_MAX = 262_144;

/** Why an answer is owed no longer; `done` is the good end. */
export type ResponseEnd = 'done' | 'no delivery' | 'timeout' | 'interest lost';

const FAILURES: ReadonlyMap<ResponseEnd, LatencyFailure> = new Map([
  ['no delivery', LATENCY_NO_DELIVERY],
  ['timeout', LATENCY_TIMEOUT],
  ['interest lost', LATENCY_INTEREST_LOST],
]);

interface Watch {
  readonly queue: ServiceQueue;
  /** Null while nothing is owed. */
  timer: Timer | null;
}

export class ResponseTable {
  readonly tokens: ReplyTokens;
  readonly #context: SharingContext;
  readonly #events: LatencyEvents;
  readonly #byToken = new Map<number, ServiceResponse>();
  readonly #watches = new Map<ServiceExport, Watch>();

  constructor(context: SharingContext, events: LatencyEvents) {
    this.#context = context;
    this.#events = events;
    this.tokens = new ReplyTokens(context.entropy);
  }

  get count(): number {
    return this.#byToken.size;
  }

  add(parts: {
    readonly requestor: AccountSharing;
    readonly reply: Uint8Array;
    readonly service: ServiceExport;
    readonly type: ResponseType;
    readonly isDetailed: boolean;
  }): ServiceResponse {
    let token = this.tokens.next();
    while (this.#byToken.has(token)) token = (token + 1) % TOKENS;
    const response = new ServiceResponse({
      ...parts,
      token,
      table: this,
      touchedMs: this.#context.clock.monotonicMs(),
    });
    this.#byToken.set(token, response);
    response.requestor.replies.add(response);
    const watch = this.#watch(response.service);
    watch.queue.add(response);
    if (watch.queue.count > RESPONSES_MAX) this.end(watch.queue.oldest as ServiceResponse, 'timeout');
    return response;
  }

  /** Null for what is no reply of this account, or one that nobody waits with any more. */
  find(subject: Uint8Array, start: number, end: number): ServiceResponse | null {
    const token = this.tokens.tokenOf(subject, start, end);
    return token === NO_TOKEN ? null : (this.#byToken.get(token) ?? null);
  }

  /** More may come: its time begins anew. */
  touch(response: ServiceResponse): void {
    if (response.isGone) return;
    const { queue } = this.#watch(response.service);
    queue.remove(response);
    response.touchedMs = this.#context.clock.monotonicMs();
    queue.add(response);
  }

  end(response: ServiceResponse, why: ResponseEnd): void {
    if (response.isGone) return;
    response.isGone = true;
    this.#byToken.delete(response.token);
    response.requestor.replies.remove(response);
    this.#watches.get(response.service)?.queue.remove(response);
    const { tracking } = response;
    const failure = FAILURES.get(why);
    if (tracking === null || tracking.isAnswered || failure === undefined) return;
    this.#events.failed(tracking, failure);
  }

  /** Nobody answers any more. */
  forget(): void {
    for (const response of [...this.#byToken.values()]) this.end(response, 'interest lost');
    this.close();
  }

  close(): void {
    for (const watch of this.#watches.values()) watch.timer?.cancel();
    this.#watches.clear();
  }

  #watch(service: ServiceExport): Watch {
    let watch = this.#watches.get(service);
    if (watch === undefined) {
      watch = { queue: new ServiceQueue(), timer: null };
      this.#watches.set(service, watch);
    }
    if (watch.timer === null) this.#look(service, watch, Math.max(0, service.thresholdMs));
    return watch;
  }

  #look(service: ServiceExport, watch: Watch, afterMs: number): void {
    watch.timer = this.#context.clock.after(afterMs, () => {
      const due = this.#context.clock.monotonicMs() - service.thresholdMs;
      const { queue } = watch;
      while (queue.oldest !== null && queue.oldest.touchedMs <= due) this.end(queue.oldest, 'timeout');
      watch.timer = null;
      if (queue.oldest === null) this.#watches.delete(service);
      else this.#look(service, watch, Math.max(1, queue.oldest.touchedMs - due));
    });
  }
}
