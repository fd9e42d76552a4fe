// One consumer: puts its parts together, connects them with bus, clock and store, and ends them. Decisions are in the
// parts (ack_state, redelivery, pull_queue, next_message …), the hot loop is delivery.ts. The stream owns it: creates it
// with openConsumer(), starts it, tells it what became durable or went, and is told what was acknowledged.
import { AssertionError } from '../../base/assert.ts';
import { errorText } from '../../base/errors.ts';
import type { Message } from '../../ports/message.ts';
import type { ConsumerState } from '../../store/consumer_store.ts';
import type { StoreFilter } from '../../store/stream_store.ts';
import type { AckTarget } from './ack_router.ts';
import { type AckMode, AckState } from './ack_state.ts';
import { Acknowledgements } from './acknowledgements.ts';
import { Alarm } from './alarm.ts';
import { AnswerQueue } from './answer_queue.ts';
import type { AckPolicy, ConsumerConfig } from './consumer_config.ts';
import type { ConsumerEnvironment } from './consumer_environment.ts';
import type { ConsumerNumbers } from './consumer_numbers.ts';
import { type ConsumerSettings, compileSettings } from './consumer_settings.ts';
import { Delivery } from './delivery.ts';
import { headerValue } from './header_value.ts';
import { Inactivity } from './inactivity.ts';
import { NextMessage } from './next_message.ts';
import { NextRequests } from './next_requests.ts';
import { Pacing } from './pacing.ts';
import { PinnedClient } from './pinned_client.ts';
import { PriorityGroups } from './priority_groups.ts';
import { PullDelivery } from './pull_delivery.ts';
import { PushDelivery } from './push_delivery.ts';
import { Redelivery } from './redelivery.ts';
import { type ReplySubject, ReplySubjectWriter } from './reply_subject.ts';
import { chooseStart, type StartPoint } from './start_sequence.ts';
import { StatusSender } from './status_message.ts';

/** After a restart clients get so long to come back with acknowledgements. Compat: consumer.go, applyState. */
const RESTORE_GRACE_MIN_MS = 500;
const RESTORE_GRACE_RANDOM_MS = 1000;

/**
 * Makes a consumer from its configuration (defaults applied, checked) and what its store remembers. Synchronous up to
 * its first wait, so that `new` means new as of the call. The caller registers the consumer and calls start().
 */
export async function openConsumer(
  environment: ConsumerEnvironment,
  name: string,
  config: ConsumerConfig,
): Promise<Consumer> {
  const settings = compileSettings(config);
  const recovered = environment.consumerStore?.recovered ?? null;
  const start = recovered === null ? await startOf(environment, settings) : null;
  return new Consumer(environment, name, config, start);
}

async function startOf(environment: ConsumerEnvironment, settings: ConsumerSettings): Promise<StartPoint> {
  const filter = settings.filters.length > 0 ? environment.store.filter(settings.filters) : null;
  try {
    return await chooseStart(environment.store, filter, settings, environment.messagesPerSubjectMax);
  } finally {
    filter?.close();
  }
}

function ackModeOf(policy: AckPolicy): AckMode {
  return policy === 'flow_control' ? 'all' : policy;
}

export class Consumer implements AckTarget {
  readonly name: string;
  readonly #environment: ConsumerEnvironment;
  #config: ConsumerConfig;
  #settings: ConsumerSettings;
  #filter: StoreFilter | null;
  readonly #state: AckState;
  readonly #redelivery: Redelivery;
  readonly #next: NextMessage;
  readonly #pacing: Pacing;
  readonly #status: StatusSender;
  readonly #answers: AnswerQueue;
  readonly #acks: Acknowledgements;
  /** Exactly one of the two is there. */
  readonly #pull: PullDelivery | null;
  readonly #push: PushDelivery | null;
  readonly #delivery: Delivery;
  readonly #inactivity: Inactivity;
  readonly #redeliveryAlarm: Alarm;
  readonly #pauseAlarm: Alarm;
  readonly #snapshot: () => ConsumerState;
  readonly #givenUp: (sequence: number, deliveries: number) => void;
  /** Null without a priority policy. */
  readonly #priority: { readonly groups: PriorityGroups; readonly pinned: PinnedClient } | null;
  readonly #requests: NextRequests;
  /** A broken invariant was found: nothing is delivered or acknowledged any more. */
  #isFenced = false;
  #isRunning = false;

  /** `start` is null where the store remembers a state. */
  constructor(environment: ConsumerEnvironment, name: string, config: ConsumerConfig, start: StartPoint | null) {
    const { bus, clock, store, consumerStore } = environment;
    const settings = compileSettings(config);
    const nowMs = clock.monotonicMs();
    this.name = name;
    this.#environment = environment;
    this.#config = config;
    this.#settings = settings;
    this.#filter = settings.filters.length > 0 ? store.filter(settings.filters) : null;
    this.#state = new AckState(ackModeOf(settings.ackPolicy));
    this.#redelivery = new Redelivery(this.#state, settings.times);
    this.#next = this.#firstMessage(start, nowMs);
    const replayUntil = settings.isReplay ? store.state.sequenceLast : 0;
    this.#pacing = new Pacing(settings.rateBitsPerSecond, environment.messageBytesMax, replayUntil, nowMs);
    this.#status = new StatusSender(bus);
    this.#answers = new AnswerQueue(this.#status, clock, environment.answersWhenDurable ? consumerStore : null);
    this.#acks = new Acknowledgements(
      environment,
      { state: this.#state, redelivery: this.#redelivery, next: this.#next, answers: this.#answers },
      {
        changed: () => this.#changed(),
        wake: () => this.#delivery.run(),
        requested: (message, bodyStart) => this.#requests.request(message, bodyStart),
      },
    );
    this.#priority = this.#makePriority();
    this.#pull = settings.isPull ? this.#makePull() : null;
    this.#push = settings.isPull ? null : this.#makePush();
    const wake = () => this.#delivery.run();
    this.#requests = new NextRequests(environment, settings, { status: this.#status, pull: this.#pull }, wake);
    this.#delivery = this.#makeDelivery();
    this.#inactivity = new Inactivity(clock, environment.entropy, {
      usedUntilMs: () => this.#usedUntilMs(),
      removeInactive: () => environment.removeInactive(),
    });
    this.#redeliveryAlarm = new Alarm(clock, () => this.#checkRedelivery());
    this.#pauseAlarm = new Alarm(clock, () => this.#onPauseOver());
    this.#snapshot = () => this.#state.snapshot(clock.monotonicMs(), clock.realtimeMs());
    this.#givenUp = (sequence, deliveries) => this.#onGivenUp(sequence, deliveries);
    this.#applyLimits();
  }

  get config(): ConsumerConfig {
    return this.#config;
  }

  // --- what the stream tells it ------------------------------------------------------------------------------------

  /** Begins to listen and to deliver. Called in the run in which the stream registers it. */
  start(): void {
    const { acks, stream, clock, consumerStore } = this.#environment;
    this.#isRunning = true;
    // Whatever happened to the stream since the start was chosen, or while the server was down, is seen now.
    this.#next.changeFilter(this.#filter);
    const hasLost = this.#forgetRemoved();
    acks.add(stream, this.name, this);
    this.#requests.start(this.name);
    this.#startPause();
    if (this.#pull !== null) this.#inactivity.start(this.#settings.inactiveMs, this.#settings.hasInactiveJitter);
    this.#redelivery.restored(clock.monotonicMs() + this.#restoreGraceMs());
    this.#push?.bind(this.#settings.deliverSubject, this.#settings.deliverGroup);
    if (this.#push?.isActive === false) this.#startInactivity();
    this.#wakeForRedelivery();
    if (hasLost || consumerStore?.recovered === null) consumerStore?.changed(this.#snapshot);
    this.#delivery.run();
  }

  /** What it has delivered by now, and what is acknowledged of that. */
  state(): ConsumerState {
    return this.#snapshot();
  }

  /** More of the stream is durable. Called once per commit round. */
  streamDurable(): void {
    if (this.#delivery.isWanted) this.#delivery.run();
  }

  /** One message left the stream. */
  messageRemoved(sequence: number, subjectId: number): void {
    this.#next.removed(sequence, subjectId);
    if (sequence < this.#next.cursor) this.#acks.lost(sequence);
  }

  /** Many left at once. Compat: consumer.go, purge: pending ones among them count as done with, without an advisory. */
  messagesRemoved(): void {
    if (this.#forgetRemoved()) this.#acks.lastMs = this.#environment.clock.monotonicMs();
    if (this.#next.purged()) this.#state.skipTo(this.#next.cursor);
    this.#changed();
    this.#delivery.run();
  }

  /** Whether this consumer has not done with a stored message yet (retention by interest or work queue). */
  needs(sequence: number, subjectId: number): boolean {
    if (this.#filter !== null && !this.#filter.has(subjectId)) return false;
    return sequence >= this.#next.cursor || this.#state.needs(sequence);
  }

  // --- what the API asks -------------------------------------------------------------------------------------------

  numbers(): ConsumerNumbers {
    const { clock } = this.#environment;
    const nowMs = clock.monotonicMs();
    const offsetMs = clock.realtimeMs() - nowMs;
    this.#pull?.sweep(false);
    const state = this.#state;
    const pauseMs = Math.max(0, this.#delivery.pausedUntilMs - nowMs);
    return {
      delivered: {
        consumerSequence: state.deliveredConsumer,
        streamSequence: state.deliveredStream,
        lastActiveMs: realOrNull(this.#delivery.lastMs, offsetMs),
      },
      ackFloor: {
        consumerSequence: state.floorConsumer,
        streamSequence: state.floorStream,
        lastActiveMs: realOrNull(this.#acks.lastMs, offsetMs),
      },
      ackPending: state.pending,
      // Compat: consumer.go, infoWithSnapAndReply: with one delivery there are no redeliveries to show.
      redelivered: this.#settings.deliveriesMax === 1 ? 0 : state.redelivered,
      waiting: this.#pull?.waiting ?? 0,
      pending: this.#next.pending,
      isPushBound: this.#push?.isActive ?? false,
      isPaused: pauseMs > 0,
      pauseRemainingNs: Math.round(pauseMs * 1e6),
      pin: this.#priority?.groups.pin ?? '',
      pinnedMs: this.#priority?.groups.pinnedMs ?? 0,
    };
  }

  /** Takes up a changed configuration, which was checked against the old one. */
  update(config: ConsumerConfig): void {
    const { clock, store } = this.#environment;
    const old = this.#settings;
    const settings = compileSettings(config);
    const nowMs = clock.monotonicMs();
    this.#config = config;
    this.#settings = settings;
    this.#redelivery.update(settings.times, nowMs);
    if (old.rateBitsPerSecond !== settings.rateBitsPerSecond) {
      this.#pacing.updateRate(settings.rateBitsPerSecond, this.#environment.messageBytesMax);
    }
    this.#requests.update(settings);
    if (this.#priority !== null) this.#priority.pinned.timeoutMs = settings.priorityTimeoutMs;
    this.#applyLimits();
    if (!sameTexts(old.filters, settings.filters)) {
      this.#filter?.close();
      this.#filter = settings.filters.length > 0 ? store.filter(settings.filters) : null;
      this.#next.changeFilter(this.#filter);
    }
    const isElsewhere = old.deliverSubject !== settings.deliverSubject;
    if (this.#push !== null && (isElsewhere || old.deliverGroup !== settings.deliverGroup)) {
      if (isElsewhere) this.#redelivery.queueAll();
      this.#push.bind(settings.deliverSubject, settings.deliverGroup);
    }
    if (old.inactiveMs !== settings.inactiveMs) this.#startInactivity();
    if (old.pauseUntilMs !== settings.pauseUntilMs) {
      this.#startPause();
      this.#environment.event({ kind: 'pause', isPaused: this.#isPaused });
    }
    this.#changed();
    this.#delivery.run();
  }

  /**
   * Starts over at `sequence`, or behind the ack floor with 0. Returns the sequence, or why not.
   * Compat: consumer.go, resetStartingSeqLocked.
   */
  async reset(sequence: number): Promise<number | string> {
    const settings = this.#settings;
    if (sequence > 0) {
      if (settings.deliverPolicy === 'by_start_sequence') {
        if (sequence < settings.startSequence) return 'below start seq';
      } else if (settings.deliverPolicy === 'by_start_time' && settings.startTimeNs !== null) {
        if (sequence < (await this.#environment.store.sequenceAtTime(settings.startTimeNs))) return 'below start time';
      } else if (settings.deliverPolicy !== 'all') {
        return 'not allowed';
      }
    }
    const start = sequence > 0 ? sequence : this.#state.floorStream + 1;
    this.#state.startAfter(start - 1);
    this.#redelivery.clear();
    this.#delivery.lastMs = Number.NaN;
    this.#acks.lastMs = Number.NaN;
    this.#next.seek(start);
    this.#changed();
    this.#delivery.run();
    return start;
  }

  /** The next request of the group becomes the pinned one. */
  unpin(group: string): void {
    this.#priority?.pinned.release(group, 'admin');
  }

  // --- the end -----------------------------------------------------------------------------------------------------

  /** The consumer is deleted: who waits is told. Its store is the caller's to destroy. */
  remove(): void {
    this.#pull?.endAll('409 Consumer Deleted', false);
    this.#stop();
  }

  /** The server stops. */
  shutDown(): void {
    this.#pull?.endAll('409 Server Shutdown', true);
    this.#stop();
  }

  #stop(): void {
    const { acks, stream } = this.#environment;
    this.#isRunning = false;
    acks.remove(stream, this.name, this);
    this.#requests.stop();
    this.#delivery.stop();
    this.#answers.stop();
    this.#pull?.stop();
    this.#push?.stop();
    this.#inactivity.stop();
    this.#redeliveryAlarm.stop();
    this.#pauseAlarm.stop();
    this.#priority?.pinned.stop();
    this.#filter?.close();
    this.#filter = null;
  }

  // --- what clients send -------------------------------------------------------------------------------------------

  acknowledgement(reply: ReplySubject, message: Message): boolean {
    const { ackPolicy, inactiveMs } = this.#settings;
    if (ackPolicy === 'none' || ackPolicy === 'flow_control') return false;
    if (this.#isFenced) return true;
    if (inactiveMs > 0) this.#used();
    try {
      this.#acks.handle(reply, message);
    } catch (error) {
      this.#fence(error);
    }
    return true;
  }

  flowControlAnswer(message: Message): void {
    if (!this.#push?.flowAnswered(message.subject, message.subjectStart, message.subjectEnd)) return;
    if (this.#settings.ackPolicy === 'flow_control') this.#acknowledgeByFlow(message);
    this.#delivery.run();
  }

  /** Compat: consumer.go, processFlowControl: what the client saw last is in its answer's headers. */
  #acknowledgeByFlow(message: Message): void {
    const { body, headerStart, payloadStart } = message;
    const lastStream = Number(headerValue(body, headerStart, payloadStart, 'Nats-Last-Stream') ?? 0);
    const lastConsumer = Number(headerValue(body, headerStart, payloadStart, 'Nats-Last-Consumer') ?? 0);
    if (lastStream > 0) this.#acks.acknowledgeUpTo(lastStream, Math.max(0, lastConsumer));
  }

  // --- parts -------------------------------------------------------------------------------------------------------

  #firstMessage(start: StartPoint | null, nowMs: number): NextMessage {
    const { store, clock, consumerStore } = this.#environment;
    const recovered = consumerStore?.recovered ?? null;
    if (recovered !== null) {
      const last = store.state.sequenceLast;
      if (recovered.deliveredStream > last) {
        this.#environment.log.warn(
          `Consumer '${this.#environment.stream} > ${this.name}' delivered sequence ${recovered.deliveredStream} ` +
            `past last stream sequence of ${last}`,
        );
      }
      this.#state.restore(recovered, last, nowMs, clock.realtimeMs());
    }
    if (start === null) return new NextMessage(store, this.#filter, this.#state.deliveredStream + 1);
    const next = new NextMessage(store, this.#filter, start.cursor);
    if (start.list !== null) next.startWithList(start.list, start.resumeBehind);
    this.#state.startAfter(next.cursor - 1);
    return next;
  }

  #makePriority(): { readonly groups: PriorityGroups; readonly pinned: PinnedClient } | null {
    const { priorityPolicy, priorityTimeoutMs } = this.#settings;
    if (priorityPolicy === 'none') return null;
    const groups = new PriorityGroups(priorityPolicy);
    const pinned = new PinnedClient(groups, priorityTimeoutMs, this.#environment, {
      event: (event) => this.#environment.event(event),
      wake: () => this.#delivery.run(),
    });
    return { groups, pinned };
  }

  #makePull(): PullDelivery {
    const { bus, clock } = this.#environment;
    const consumer = this;
    const parts = { bus, clock, status: this.#status };
    return new PullDelivery(parts, this.#settings.waitingMax, this.#priority, {
      get lastConsumerSequence() {
        return consumer.#state.deliveredConsumer;
      },
      get lastStreamSequence() {
        return consumer.#next.cursor - 1;
      },
      get pending() {
        return consumer.#next.pending;
      },
      get redeliveries() {
        return consumer.#redelivery.queued;
      },
      get ackPending() {
        return consumer.#state.pending;
      },
      wake: () => this.#delivery.run(),
    });
  }

  #makePush(): PushDelivery {
    const { bus, clock, entropy, stream } = this.#environment;
    const { hasFlowControl, heartbeatMs } = this.#settings;
    const consumer = this;
    const options = { names: `${stream}.${this.name}`, hasFlowControl, heartbeatMs };
    return new PushDelivery({ bus, clock, entropy, status: this.#status }, options, {
      get lastConsumerSequence() {
        return consumer.#state.deliveredConsumer;
      },
      get lastStreamSequence() {
        return consumer.#next.cursor - 1;
      },
      get mustAskForFlow() {
        const { ackPolicy, ackPendingMax } = consumer.#settings;
        return ackPolicy === 'flow_control' && ackPendingMax > 0 && consumer.#state.pending >= ackPendingMax;
      },
      get hasFlowPending() {
        return consumer.#settings.ackPolicy === 'flow_control' && consumer.#state.pending > 0;
      },
      interestChanged: (hasInterest) => this.#interestChanged(hasInterest),
      wake: () => this.#delivery.run(),
    });
  }

  #makeDelivery(): Delivery {
    const { store, bus, clock, stream } = this.#environment;
    const target = this.#pull ?? (this.#push as PushDelivery);
    const parts = {
      store,
      bus,
      clock,
      state: this.#state,
      redelivery: this.#redelivery,
      next: this.#next,
      target,
      writer: new ReplySubjectWriter(stream, this.name),
      pacing: this.#pacing,
    };
    return new Delivery(parts, {
      changed: () => this.#changed(),
      delivered: (sequence) => {
        if (this.#environment.removesAcknowledged) this.#environment.acknowledged(sequence);
      },
      givenUp: (sequence, deliveries) => this.#onGivenUp(sequence, deliveries),
      lost: (sequence) => this.#acks.lost(sequence),
      failed: (error) => this.#fence(error),
    });
  }

  #applyLimits(): void {
    const settings = this.#settings;
    this.#delivery.deliveriesMax = settings.deliveriesMax;
    this.#delivery.ackPendingMax = settings.ackPendingMax;
    this.#delivery.isHeadersOnly = settings.headersOnly;
    this.#acks.ackPendingMax = settings.ackPendingMax;
    this.#acks.samplePercent = settings.samplePercent;
  }

  // --- state and redelivery ----------------------------------------------------------------------------------------

  #changed(): void {
    if (!this.#isRunning) return;
    this.#wakeForRedelivery();
    this.#environment.consumerStore?.changed(this.#snapshot);
  }

  #wakeForRedelivery(): void {
    const checkAtMs = this.#redelivery.checkAtMs;
    if (this.#redeliveryAlarm.covers(checkAtMs)) return;
    this.#redeliveryAlarm.wakeAt(checkAtMs, this.#environment.clock.monotonicMs());
  }

  /** Pending messages that the stream no longer stores are done with. True when there were any. */
  #forgetRemoved(): boolean {
    const { store } = this.#environment;
    const window = this.#state.window;
    const gone: number[] = [];
    for (let i = 0; i < window.length; i++) {
      const slot = window.slotAt(i);
      if (!window.isLive(slot)) continue;
      const sequence = window.sequences[slot] as number;
      if (store.subjectIdOf(sequence) < 0) gone.push(sequence);
    }
    for (const sequence of gone) this.#state.forget(sequence);
    this.#state.forgetExhaustedBelow(store.state.sequenceFirst);
    return gone.length > 0;
  }

  #checkRedelivery(): void {
    const nowMs = this.#environment.clock.monotonicMs();
    try {
      if (nowMs >= this.#redelivery.checkAtMs) {
        this.#redelivery.check(nowMs, this.#settings.deliveriesMax, this.#givenUp);
      }
      this.#changed();
    } catch (error) {
      this.#fence(error);
    }
    this.#delivery.run();
  }

  #onGivenUp(streamSequence: number, deliveries: number): void {
    this.#environment.event({ kind: 'max_deliver', streamSequence, deliveries });
  }

  #restoreGraceMs(): number {
    const random = new Uint8Array(1);
    this.#environment.entropy.fill(random);
    const graceMs = RESTORE_GRACE_MIN_MS + ((random[0] as number) / 256) * RESTORE_GRACE_RANDOM_MS;
    return Math.min(graceMs, this.#settings.times.ackWaitMs);
  }

  // --- activity and pause ------------------------------------------------------------------------------------------

  #used(): void {
    const nowMs = this.#environment.clock.monotonicMs();
    if (this.#pull !== null) this.#pull.lastActiveMs = nowMs;
    if (this.#pull !== null || this.#push?.isActive === false) this.#inactivity.look(nowMs);
  }

  #interestChanged(hasInterest: boolean): void {
    if (!this.#isRunning) return;
    if (hasInterest) {
      this.#inactivity.stop();
      this.#delivery.run();
    } else {
      this.#startInactivity();
    }
  }

  #startInactivity(): void {
    if (this.#push?.isActive) return;
    this.#inactivity.start(this.#settings.inactiveMs, this.#settings.hasInactiveJitter);
  }

  #usedUntilMs(): number {
    if (this.#pull === null) return this.#push?.isActive ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
    this.#pull.sweep(true);
    if (this.#pull.waiting > 0) return Number.POSITIVE_INFINITY;
    return Math.max(this.#pull.lastActiveMs, this.#redelivery.latestDueMs());
  }

  get #isPaused(): boolean {
    return this.#delivery.pausedUntilMs > this.#environment.clock.monotonicMs();
  }

  #startPause(): void {
    const { clock } = this.#environment;
    const nowMs = clock.monotonicMs();
    const untilMs = nowMs + this.#settings.pauseUntilMs - clock.realtimeMs();
    this.#delivery.pausedUntilMs = untilMs;
    this.#pauseAlarm.stop();
    if (untilMs > nowMs) this.#pauseAlarm.wakeAt(untilMs, nowMs);
  }

  #onPauseOver(): void {
    this.#environment.event({ kind: 'pause', isPaused: false });
    this.#delivery.run();
  }

  // --- bugs --------------------------------------------------------------------------------------------------------

  #fence(error: unknown): void {
    if (!(error instanceof AssertionError)) throw error;
    const { log, stream } = this.#environment;
    this.#isFenced = true;
    log.error(`Consumer '${stream} > ${this.name}' stopped: ${errorText(error)}`);
    this.#delivery.stop();
    this.#environment.fenced(errorText(error));
  }
}

function realOrNull(monotonicMs: number, offsetMs: number): number | null {
  return Number.isNaN(monotonicMs) ? null : monotonicMs + offsetMs;
}

function sameTexts(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((text, i) => text === b[i]);
}
