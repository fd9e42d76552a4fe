// One request that was passed to another account and may still be answered there, and the lists that such requests are
// in: by the reply subject that they wait with, and by the age of those of one export. All of them are chains through the
// responses themselves, so that none is ever searched for one that has come to its end.
import { equalBytes, hashBytes } from '../../base/bytes.ts';
import type { ResponseType, ServiceExport } from '../../subject/shared_account.ts';
import type { AccountSharing } from './account_sharing.ts';
import type { ResponseTable } from './response_table.ts';
import type { LatencyTracking } from './service_latency.ts';

export class ServiceResponse {
  readonly token: number;
  /** Where it is kept. */
  readonly table: ResponseTable;
  readonly requestor: AccountSharing;
  /** The requestor's reply subject. */
  readonly reply: Uint8Array;
  readonly replyHash: number;
  readonly service: ServiceExport;
  readonly type: ResponseType;
  readonly isDetailed: boolean;
  /** Monotonic ms of the request, or of the last part of its answer. */
  touchedMs: number;
  /** Null where nobody measures. */
  tracking: LatencyTracking | null = null;
  isGone = false;
  /** In the order of touchedMs among those of the same export. */
  older: ServiceResponse | null = null;
  newer: ServiceResponse | null = null;
  /** Among those whose replies have the same hash. */
  before: ServiceResponse | null = null;
  after: ServiceResponse | null = null;

  constructor(parts: {
    readonly token: number;
    readonly table: ResponseTable;
    readonly requestor: AccountSharing;
    readonly reply: Uint8Array;
    readonly service: ServiceExport;
    readonly type: ResponseType;
    readonly isDetailed: boolean;
    readonly touchedMs: number;
  }) {
    this.token = parts.token;
    this.table = parts.table;
    this.requestor = parts.requestor;
    this.reply = parts.reply;
    this.replyHash = hashBytes(parts.reply, 0, parts.reply.length);
    this.service = parts.service;
    this.type = parts.type;
    this.isDetailed = parts.isDetailed;
    this.touchedMs = parts.touchedMs;
  }
}

/** Responses that an account waits for, by its reply subjects. */
export class ReplyIndex {
  readonly #chains = new Map<number, ServiceResponse>();
  count = 0;

  add(response: ServiceResponse): void {
    const first = this.#chains.get(response.replyHash) ?? null;
    response.after = first;
    if (first !== null) first.before = response;
    this.#chains.set(response.replyHash, response);
    this.count++;
  }

  remove(response: ServiceResponse): void {
    const { before, after, replyHash } = response;
    if (after !== null) after.before = before;
    if (before !== null) before.after = after;
    else if (after !== null) this.#chains.set(replyHash, after);
    else this.#chains.delete(replyHash);
    response.before = null;
    response.after = null;
    this.count--;
  }

  /** Those that wait with this reply subject. */
  waitingWith(reply: Uint8Array): ServiceResponse[] {
    const found: ServiceResponse[] = [];
    const first = this.#chains.get(hashBytes(reply, 0, reply.length)) ?? null;
    for (let one: ServiceResponse | null = first; one !== null; one = one.after) {
      if (equalBytes(one.reply, 0, one.reply.length, reply, 0, reply.length)) found.push(one);
    }
    return found;
  }

  /** All of them, each once; those that come while it goes may be left out. */
  *[Symbol.iterator](): Generator<ServiceResponse> {
    for (const first of this.#chains.values()) {
      let one: ServiceResponse | null = first;
      while (one !== null) {
        const { after }: ServiceResponse = one;
        yield one;
        one = after;
      }
    }
  }
}

/** Responses of one export, the one that has been quiet longest first. */
export class ServiceQueue {
  oldest: ServiceResponse | null = null;
  newest: ServiceResponse | null = null;
  count = 0;

  add(response: ServiceResponse): void {
    response.older = this.newest;
    response.newer = null;
    if (this.newest === null) this.oldest = response;
    else this.newest.newer = response;
    this.newest = response;
    this.count++;
  }

  remove(response: ServiceResponse): void {
    const { older, newer } = response;
    if (older === null) this.oldest = newer;
    else older.newer = newer;
    if (newer === null) this.newest = older;
    else newer.older = older;
    response.older = null;
    response.newer = null;
    this.count--;
  }
}
