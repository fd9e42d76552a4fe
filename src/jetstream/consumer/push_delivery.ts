// The receiving side of a push consumer: whether anybody listens on its deliver subject, the flow control window, and
// idle heartbeats. It finds no messages and keeps no acknowledgements.
import type { Bus } from '../../ports/bus.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Entropy } from '../../ports/entropy.ts';
import { Alarm } from './alarm.ts';
import type { DeliveryTarget } from './delivery_target.ts';
import { FLOW_CONTROL_BYTES_MAX, FlowControl } from './flow_control.ts';
import type { StatusSender } from './status_message.ts';

const encoder = new TextEncoder();
const TOKEN_BYTES = 4;
const TOKEN_DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

export interface PushDeliveryOwner {
  readonly lastConsumerSequence: number;
  readonly lastStreamSequence: number;
  /** Acknowledgement by flow control: a request must go out although the window is not half full. */
  readonly mustAskForFlow: boolean;
  /** Acknowledgement by flow control: something is delivered and not acknowledged. */
  readonly hasFlowPending: boolean;
  /** Somebody listens now, or nobody any more. */
  interestChanged(hasInterest: boolean): void;
  /** The receiver can take messages again. */
  wake(): void;
}

export interface PushDeliveryOptions {
  /** `<stream>.<consumer>`, as in flow control subjects. */
  readonly names: string;
  readonly hasFlowControl: boolean;
  /** 0 is none. */
  readonly heartbeatMs: number;
}

export class PushDelivery implements DeliveryTarget {
  readonly #bus: Bus;
  readonly #clock: Clock;
  readonly #entropy: Entropy;
  readonly #status: StatusSender;
  readonly #options: PushDeliveryOptions;
  readonly #owner: PushDeliveryOwner;
  readonly #flow: FlowControl | null;
  readonly #heartbeat: Alarm;
  readonly headerLine = null;
  #subject = '';
  #target: Uint8Array = new Uint8Array(0);
  #stopListening: (() => void) | null = null;
  #isActive = false;
  #isCongested = false;
  /** Monotonic time of the last message or heartbeat. */
  #sentMs = 0;
  /** Bytes of the message under way, as the window counts them. */
  #takenBytes = 0;

  constructor(
    parts: { readonly bus: Bus; readonly clock: Clock; readonly entropy: Entropy; readonly status: StatusSender },
    options: PushDeliveryOptions,
    owner: PushDeliveryOwner,
  ) {
    this.#bus = parts.bus;
    this.#clock = parts.clock;
    this.#entropy = parts.entropy;
    this.#status = parts.status;
    this.#options = options;
    this.#owner = owner;
    this.#flow = options.hasFlowControl ? new FlowControl(FLOW_CONTROL_BYTES_MAX) : null;
    this.#heartbeat = new Alarm(parts.clock, () => this.#onHeartbeat());
  }

  /** Somebody listens on the deliver subject itself: who takes it by a wildcard gets what others are there for. */
  get isActive(): boolean {
    return this.#isActive;
  }

  /** Delivers to this subject from now on. Whose interest counts: that group's, or (null) of those in none. */
  bind(subject: string, group: string | null): void {
    this.#stopListening?.();
    this.#subject = subject;
    this.#target = encoder.encode(subject);
    this.#stopListening = this.#bus.onExactInterestChange(subject, group, (hasInterest) =>
      this.#setActive(hasInterest),
    );
    this.#setActive(this.#bus.hasExactInterest(subject, group));
  }

  stop(): void {
    this.#stopListening?.();
    this.#stopListening = null;
    this.#heartbeat.stop();
    this.#isActive = false;
  }

  /** True when the answer settles the outstanding flow control request. */
  flowAnswered(subject: Uint8Array, start: number, end: number): boolean {
    return this.#flow?.answered(subject, start, end) ?? false;
  }

  // --- DeliveryTarget ----------------------------------------------------------------------------------------------

  wants(): boolean {
    return this.#isActive && !this.#isCongested && (this.#flow === null || this.#flow.isOpen);
  }

  choose(): Uint8Array | null {
    return this.#target;
  }

  /** Compat: the window counts the deliver subject, not the message's own. */
  taken(size: number, subjectBytes: number, nowMs: number): void {
    this.#sentMs = nowMs;
    this.#takenBytes = size - subjectBytes + this.#target.length;
  }

  refused(): boolean {
    // With interest the message went nowhere for another reason (permissions): waiting would not help.
    if (this.#bus.hasInterest(this.#subject)) return false;
    this.#setActive(false);
    return true;
  }

  delivered(isCongested: boolean): void {
    if (this.#flow?.sent(this.#takenBytes, this.#owner.mustAskForFlow)) this.#askForFlow(this.#flow);
    if (!isCongested || this.#isCongested) return;
    this.#isCongested = true;
    this.#bus.whenRelieved(this.#target, 0, this.#target.length, () => {
      this.#isCongested = false;
      this.#owner.wake();
    });
  }

  rest(nowMs: number): void {
    this.#armHeartbeat(nowMs);
  }

  #setActive(isActive: boolean): void {
    if (isActive === this.#isActive) return;
    this.#isActive = isActive;
    const nowMs = this.#clock.monotonicMs();
    if (isActive) {
      this.#sentMs = nowMs;
      this.#armHeartbeat(nowMs);
    } else {
      // Whoever comes next has nothing under way, and no request to answer.
      this.#flow?.reset();
    }
    this.#owner.interestChanged(isActive);
  }

  #askForFlow(flow: FlowControl): void {
    const token = encoder.encode(`$JS.FC.${this.#options.names}.${this.#randomToken()}`);
    flow.asked(token);
    this.#status.sendFlowControl(this.#target, token);
  }

  #randomToken(): string {
    const random = new Uint8Array(TOKEN_BYTES);
    this.#entropy.fill(random);
    let text = '';
    for (const byte of random) text += TOKEN_DIGITS.charAt(byte % TOKEN_DIGITS.length);
    return text;
  }

  #armHeartbeat(nowMs: number): void {
    if (this.#options.heartbeatMs === 0 || !this.#isActive) return;
    this.#heartbeat.wakeAt(this.#sentMs + this.#options.heartbeatMs, nowMs);
  }

  #onHeartbeat(): void {
    if (!this.#isActive) return;
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#sentMs >= this.#options.heartbeatMs) {
      this.#sentMs = nowMs;
      const { lastConsumerSequence, lastStreamSequence, hasFlowPending } = this.#owner;
      const flow = this.#flow;
      this.#status.sendHeartbeat(this.#target, lastConsumerSequence, lastStreamSequence, flow?.outstanding ?? null);
      if (flow !== null && flow.outstanding === null && hasFlowPending) this.#askForFlow(flow);
    }
    this.#armHeartbeat(nowMs);
  }
}
