// The receiving side of a pull consumer: its queue of requests, the statuses they get, and the timer for their
// deadlines. Decisions are pull_queue.ts's; this file gives them a bus and a clock.

import { utf8Text } from '../../base/bytes.ts';
import type { Bus } from '../../ports/bus.ts';
import type { Clock } from '../../ports/clock.ts';
import { Alarm } from './alarm.ts';
import type { DeliveryTarget } from './delivery_target.ts';
import type { PinnedClient } from './pinned_client.ts';
import type { Judgement, PriorityGroups } from './priority_groups.ts';
import { type PullAnswers, PullQueue, PullRequest } from './pull_queue.ts';
import type { PullRequestBody } from './pull_request.ts';
import type { StatusSender } from './status_message.ts';

const encoder = new TextEncoder();

export interface PullDeliveryOwner {
  readonly lastConsumerSequence: number;
  readonly lastStreamSequence: number;
  /** Messages that were not delivered yet. */
  readonly pending: number;
  /** Messages that are to be delivered again now. */
  readonly redeliveries: number;
  /** Messages waiting for their acknowledgement. */
  readonly ackPending: number;
  /** Somebody can take messages again. */
  wake(): void;
}

export class PullDelivery implements DeliveryTarget, PullAnswers {
  readonly #bus: Bus;
  readonly #clock: Clock;
  readonly #status: StatusSender;
  readonly #owner: PullDeliveryOwner;
  readonly #queue: PullQueue;
  readonly #deadline: Alarm;
  /** Null without a priority policy. */
  readonly #groups: PriorityGroups | null;
  readonly #pinned: PinnedClient | null;
  headerLine: Uint8Array | null = null;
  /** Who gets the message under way. */
  #chosen: PullRequest | null = null;

  constructor(
    parts: { readonly bus: Bus; readonly clock: Clock; readonly status: StatusSender },
    waitingMax: number,
    priority: { readonly groups: PriorityGroups; readonly pinned: PinnedClient } | null,
    owner: PullDeliveryOwner,
  ) {
    this.#bus = parts.bus;
    this.#clock = parts.clock;
    this.#status = parts.status;
    this.#owner = owner;
    this.#groups = priority?.groups ?? null;
    this.#pinned = priority?.pinned ?? null;
    const { clock } = parts;
    const order = { isJudged: priority !== null, isSorted: priority?.groups.policy === 'prioritized' };
    this.#queue = new PullQueue(waitingMax, this, clock.monotonicMs(), order);
    this.#deadline = new Alarm(clock, () => this.#onDeadline());
  }

  get waiting(): number {
    return this.#queue.length;
  }

  /** Monotonic time of a client's last sign of life. */
  get lastActiveMs(): number {
    return this.#queue.lastActiveMs;
  }

  set lastActiveMs(nowMs: number) {
    this.#queue.lastActiveMs = nowMs;
  }

  /** Queues a request or refuses it; the caller runs the delivery afterwards. `reply` is the queue's own. */
  request(reply: Uint8Array, body: PullRequestBody): void {
    const nowMs = this.#clock.monotonicMs();
    const request = new PullRequest(reply, body, nowMs);
    const pin = this.#groups?.pin ?? '';
    if (pin !== '' && body.isJson && body.id !== '') {
      if (body.id !== pin) {
        this.#status.send(reply, '423 Nats-Pin-Id mismatch');
        return;
      }
      this.#pinned?.used();
    }
    const refusal = this.#queue.add(request, body.no_wait ? this.#owner.pending + this.#owner.redeliveries : 0, nowMs);
    if (refusal === null) this.#deadline.wakeAt(this.#queue.deadlineMs, nowMs);
    else if (refusal !== '') this.#status.send(reply, refusal);
  }

  /** Drops requests that expired or that nobody waits for. */
  sweep(atEnd: boolean): void {
    const nowMs = this.#clock.monotonicMs();
    this.#queue.sweep(nowMs, atEnd);
    this.#deadline.wakeAt(this.#queue.deadlineMs, nowMs);
  }

  /** Ends every request with a status, which may tell what stays open. */
  endAll(line: string, withPending: boolean): void {
    this.#queue.takeAll((request) => {
      if (withPending) this.#status.sendPending(request.reply, line, request.messages, request.bytes);
      else this.#status.send(request.reply, line);
    });
  }

  stop(): void {
    this.#deadline.stop();
    this.#queue.takeAll(() => {
      // Nobody is told.
    });
  }

  // --- DeliveryTarget ----------------------------------------------------------------------------------------------

  wants(): boolean {
    return this.#queue.isReady;
  }

  choose(size: number, nowMs: number): Uint8Array | null {
    const request = this.#queue.select(size, nowMs);
    this.#chosen = request;
    if (request === null) return null;
    if (this.#groups !== null) this.#pin(request, this.#groups);
    return request.reply;
  }

  taken(size: number, _subjectBytes: number, nowMs: number): void {
    if (this.#chosen !== null) this.#queue.serve(this.#chosen, size, nowMs);
  }

  refused(): boolean {
    if (this.#chosen !== null) this.#queue.drop(this.#chosen);
    return true;
  }

  delivered(isCongested: boolean): void {
    const request = this.#chosen;
    if (request === null) return;
    if (request.messages <= 0 && request.bytes > 0) {
      this.#status.sendPending(request.reply, '409 Batch Completed', request.messages, request.bytes);
    }
    if (isCongested && request.isQueued) this.#spare(request);
  }

  rest(nowMs: number, atEnd: boolean): void {
    if (atEnd && this.#queue.hasNoWait && !this.#queue.isCongested) this.#queue.sweep(nowMs, true);
    this.#deadline.wakeAt(this.#queue.deadlineMs, nowMs);
  }

  #pin(request: PullRequest, groups: PriorityGroups): void {
    if (groups.wantsPin(request)) this.#pinned?.pin(request);
    this.headerLine = groups.pin === '' ? null : encoder.encode(`Nats-Pin-Id: ${groups.pin}\r\n`);
  }

  #spare(request: PullRequest): void {
    this.#queue.spare(request);
    this.#bus.whenRelieved(request.reply, 0, request.reply.length, () => {
      this.#queue.relieve(request);
      this.#owner.wake();
    });
  }

  // --- PullAnswers -------------------------------------------------------------------------------------------------

  timedOut(request: PullRequest): void {
    this.#status.sendPending(request.reply, '408 Request Timeout', request.messages, request.bytes);
  }

  noMessages(request: PullRequest): void {
    this.#status.send(request.reply, '404 No Messages');
  }

  tooLarge(request: PullRequest): void {
    this.#status.sendPending(request.reply, '409 Message Size Exceeds MaxBytes', request.messages, request.bytes);
  }

  wrongPin(request: PullRequest): void {
    this.#status.sendPending(request.reply, '423 Nats-Wrong-Pin-Id', request.messages, request.bytes);
  }

  judge(request: PullRequest): Judgement {
    const { pending, ackPending } = this.#owner;
    return (this.#groups as PriorityGroups).judge(request, pending, ackPending);
  }

  heartbeat(request: PullRequest): void {
    const owner = this.#owner;
    this.#status.sendHeartbeat(request.reply, owner.lastConsumerSequence, owner.lastStreamSequence, null);
  }

  hasInterest(request: PullRequest): boolean {
    return this.#bus.hasInterest(utf8Text(request.reply, 0, request.reply.length));
  }

  #onDeadline(): void {
    this.sweep(false);
  }
}
