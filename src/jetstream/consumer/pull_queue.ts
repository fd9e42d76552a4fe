// The pull requests that wait for messages, and who gets the next one: first come, first served, one message each in
// turn. Pure: time comes in as a number, what must be said goes out through PullAnswers. consumer.ts owns it.
//
// Nobody is told when an inbox loses its interest: requests without interest are dropped when their turn comes, when
// the queue is swept, or when a delivery finds nobody.
import { JUDGED_LATER, JUDGED_NOW, type Judgement } from './priority_groups.ts';
import type { PullRequestBody } from './pull_request.ts';

/** A full queue is swept for a new request at most this often. */
const FULL_SWEEP_INTERVAL_MS = 1000;

/** A request without a priority comes behind all that have one. */
const PRIORITY_NONE = 0x7fffffff;

export class PullRequest {
  /** The inbox, as bytes of its own. */
  readonly reply: Uint8Array;
  /** Messages still wanted. The reference counts down to 0 or below, and shows that. */
  messages: number;
  /** Bytes still allowed; 0 where there never was a limit, or none are left. */
  bytes: number;
  delivered = 0;
  readonly noWait: boolean;
  /** Monotonic; Infinity waits for ever. */
  readonly expiresMs: number;
  readonly heartbeatMs: number;
  /** Monotonic; Infinity without heartbeats. */
  heartbeatDueMs: number;
  readonly receivedMs: number;
  readonly group: string;
  readonly minPending: number;
  readonly minAckPending: number;
  /** Lower is served first; only where the consumer is prioritized. */
  readonly priority: number;
  pin: string;
  /** Its client's outgoing buffer is long: it is passed over until that is relieved. */
  isCongested = false;
  previous: PullRequest | null = null;
  next: PullRequest | null = null;
  isQueued = false;

  constructor(reply: Uint8Array, body: PullRequestBody, nowMs: number) {
    this.reply = reply;
    this.messages = body.batch;
    this.bytes = Math.max(0, body.max_bytes);
    this.noWait = body.no_wait;
    this.expiresMs = body.expires === 0 ? Number.POSITIVE_INFINITY : nowMs + body.expires / 1e6;
    this.heartbeatMs = Math.max(0, body.idle_heartbeat / 1e6);
    this.heartbeatDueMs = this.heartbeatMs > 0 ? nowMs + this.heartbeatMs : Number.POSITIVE_INFINITY;
    this.receivedMs = nowMs;
    this.group = body.group;
    this.minPending = body.min_pending;
    this.minAckPending = body.min_ack_pending;
    this.priority = body.isJson ? body.priority : PRIORITY_NONE;
    this.pin = body.id;
  }
}

/** What the queue says and asks while it decides. The request is no longer queued, except for a heartbeat. */
export interface PullAnswers {
  /** 408 Request Timeout. */
  timedOut(request: PullRequest): void;
  /** 404 No Messages. */
  noMessages(request: PullRequest): void;
  /** 409 Message Size Exceeds MaxBytes. */
  tooLarge(request: PullRequest): void;
  /** 100 Idle Heartbeat. */
  heartbeat(request: PullRequest): void;
  hasInterest(request: PullRequest): boolean;
  /** 423 Nats-Wrong-Pin-Id. */
  wrongPin(request: PullRequest): void;
  /** Whether it may have the next message; asked only where the consumer has a priority policy. */
  judge(request: PullRequest): Judgement;
}

/** What the consumer's priority policy means for the queue. */
export interface PullQueueOrder {
  /** Requests are judged before they get a message. */
  readonly isJudged: boolean;
  /** Requests wait in the order of their priority. */
  readonly isSorted: boolean;
}

export const FIRST_COME: PullQueueOrder = { isJudged: false, isSorted: false };

export class PullQueue {
  readonly #lengthMax: number;
  readonly #answers: PullAnswers;
  readonly #order: PullQueueOrder;
  #first: PullRequest | null = null;
  #last: PullRequest | null = null;
  #length = 0;
  /** How many of them must not wait. */
  #noWaits = 0;
  /** How many of them are passed over. */
  #congested = 0;
  #sweptMs = Number.NEGATIVE_INFINITY;
  /** Monotonic time of the last sign of life of a client: a request, a delivery, an expiry. */
  lastActiveMs: number;
  /** When the next request expires or wants a heartbeat, as of the last sweep and add. May be early, never late. */
  deadlineMs = Number.POSITIVE_INFINITY;

  constructor(lengthMax: number, answers: PullAnswers, nowMs: number, order: PullQueueOrder) {
    this.#lengthMax = lengthMax;
    this.#answers = answers;
    this.#order = order;
    this.lastActiveMs = nowMs;
  }

  get length(): number {
    return this.#length;
  }

  /** Whether somebody could take a message. */
  get isReady(): boolean {
    return this.#length > this.#congested;
  }

  get isCongested(): boolean {
    return this.#congested > 0;
  }

  get hasNoWait(): boolean {
    return this.#noWaits > 0;
  }

  /**
   * Queues a request, or says with which status line it is refused (the empty string: without a word). `available`
   * counts the messages that nobody got yet, redeliveries included.
   */
  add(request: PullRequest, available: number, nowMs: number): string | null {
    if (this.#length >= this.#lengthMax && nowMs - this.#sweptMs > FULL_SWEEP_INTERVAL_MS) this.sweep(nowMs, false);
    if (request.noWait) {
      const refusal = this.#checkNoWait(request, available, nowMs);
      if (refusal !== null) {
        this.lastActiveMs = nowMs;
        return refusal;
      }
    }
    if (this.#length >= this.#lengthMax) {
      // Compat: a client with heartbeats finds out by missing them; an answer would only make it ask again at once.
      return request.heartbeatMs > 0 ? '' : '409 Exceeded MaxWaiting';
    }
    this.#insert(request);
    if (request.noWait) this.#noWaits++;
    this.lastActiveMs = request.receivedMs;
    this.#noteDeadline(request);
    return null;
  }

  /**
   * The request that gets the next message, of `size` bytes; null when nobody can have it now. On the way it drops the
   * requests that expired, lost interest, or have no room for so many bytes.
   */
  select(size: number, nowMs: number): PullRequest | null {
    // Each is looked at once, also those that are put behind the others on the way.
    let left = this.#length;
    for (let request = this.#first; request !== null && left > 0; left--) {
      const next: PullRequest | null = request.next;
      if (nowMs >= request.expiresMs) {
        this.#expire(request);
      } else if (request.isCongested || (this.#order.isJudged && !this.#mayHaveIt(request))) {
        // Its turn comes again, or it is gone.
      } else if (request.bytes > 0 && size > request.bytes) {
        this.drop(request);
        this.#answers.tooLarge(request);
      } else {
        return request;
      }
      request = next;
    }
    return null;
  }

  /** The request gets a message of `size` bytes; when it wants more, it goes behind the others. */
  serve(request: PullRequest, size: number, nowMs: number): void {
    if (request.bytes > 0) {
      request.bytes -= size;
      if (request.bytes === 0) request.messages = 1;
    }
    request.delivered++;
    request.messages--;
    this.lastActiveMs = nowMs;
    if (request.messages <= 0) {
      this.drop(request);
      return;
    }
    if (request.heartbeatMs > 0) request.heartbeatDueMs = nowMs + request.heartbeatMs;
    if (request.next !== null) {
      this.#unlink(request);
      this.#insert(request);
    }
  }

  /** Passes a request over until it is relieved. */
  spare(request: PullRequest): void {
    if (request.isQueued && !request.isCongested) this.#congested++;
    request.isCongested = true;
  }

  relieve(request: PullRequest): void {
    if (request.isQueued && request.isCongested) this.#congested--;
    request.isCongested = false;
  }

  /** Takes a request out without a word. Harmless when it is out already. */
  drop(request: PullRequest): void {
    if (!request.isQueued) return;
    this.#unlink(request);
    if (request.noWait) this.#noWaits--;
  }

  /**
   * Expires, drops those without interest, sends heartbeats. `atEnd` says that there is nothing more to deliver, which
   * ends requests that must not wait. Returns how many messages are wanted in all.
   */
  sweep(nowMs: number, atEnd: boolean): number {
    this.#sweptMs = nowMs;
    this.deadlineMs = Number.POSITIVE_INFINITY;
    let wanted = 0;
    for (let request = this.#first; request !== null; ) {
      const next: PullRequest | null = request.next;
      if (nowMs >= request.expiresMs) {
        this.#expire(request);
      } else if (atEnd && request.noWait && (request.expiresMs === Number.POSITIVE_INFINITY || request.delivered > 0)) {
        // Compat: consumer.go, processWaiting: also after a partial delivery this is 404, not 408.
        this.drop(request);
        this.lastActiveMs = nowMs;
        this.#answers.noMessages(request);
      } else if (!this.#answers.hasInterest(request)) {
        this.drop(request);
      } else {
        wanted += request.messages;
        if (nowMs >= request.heartbeatDueMs) {
          this.#answers.heartbeat(request);
          request.heartbeatDueMs = nowMs + request.heartbeatMs;
        }
        this.#noteDeadline(request);
      }
      request = next;
    }
    return wanted;
  }

  /** Empties the queue; calls back for each, oldest first. */
  takeAll(callback: (request: PullRequest) => void): void {
    for (let request = this.#first; request !== null; request = this.#first) {
      this.drop(request);
      callback(request);
    }
    this.deadlineMs = Number.POSITIVE_INFINITY;
  }

  #mayHaveIt(request: PullRequest): boolean {
    const judgement = this.#answers.judge(request);
    if (judgement === JUDGED_NOW) return true;
    if (judgement === JUDGED_LATER) {
      this.#unlink(request);
      this.#append(request);
    } else {
      this.drop(request);
      this.#answers.wrongPin(request);
    }
    return false;
  }

  /** At the end, or behind those of the same priority. */
  #insert(request: PullRequest): void {
    let before = this.#last;
    if (this.#order.isSorted) {
      while (before !== null && before.priority > request.priority) before = before.previous;
    }
    this.#link(before, request);
  }

  #checkNoWait(request: PullRequest, available: number, nowMs: number): string | null {
    if (available === 0) return request.expiresMs === Number.POSITIVE_INFINITY ? '404 No Messages' : null;
    return available < this.sweep(nowMs, false) ? '408 Requests Pending' : null;
  }

  #expire(request: PullRequest): void {
    this.drop(request);
    if (request.expiresMs > this.lastActiveMs) this.lastActiveMs = request.expiresMs;
    this.#answers.timedOut(request);
  }

  #noteDeadline(request: PullRequest): void {
    if (request.expiresMs < this.deadlineMs) this.deadlineMs = request.expiresMs;
    if (request.heartbeatDueMs < this.deadlineMs) this.deadlineMs = request.heartbeatDueMs;
  }

  #append(request: PullRequest): void {
    this.#link(this.#last, request);
  }

  /** Behind `before`; in front of everything when that is null. */
  #link(before: PullRequest | null, request: PullRequest): void {
    const next = before === null ? this.#first : before.next;
    request.previous = before;
    request.next = next;
    if (before === null) this.#first = request;
    else before.next = request;
    if (next === null) this.#last = request;
    else next.previous = request;
    this.#length++;
    if (request.isCongested) this.#congested++;
    request.isQueued = true;
  }

  #unlink(request: PullRequest): void {
    if (request.previous === null) this.#first = request.next;
    else request.previous.next = request.next;
    if (request.next === null) this.#last = request.previous;
    else request.next.previous = request.previous;
    request.previous = null;
    request.next = null;
    this.#length--;
    if (request.isCongested) this.#congested--;
    request.isQueued = false;
  }
}
