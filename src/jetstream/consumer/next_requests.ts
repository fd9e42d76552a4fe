// Requests for messages as they come in, on a consumer's own subject or with a `+NXT`: what is refused at the door, and
// what is handed to the queue. There is interest in the subject exactly while the consumer lives, so that a request to a
// consumer that does not exist is told at once that nobody is there.
import type { BusSubscription } from '../../ports/bus.ts';
import type { Message } from '../../ports/message.ts';
import type { ConsumerEnvironment } from './consumer_environment.ts';
import type { ConsumerSettings } from './consumer_settings.ts';
import { headerValue } from './header_value.ts';
import type { PullDelivery } from './pull_delivery.ts';
import { checkPullLimits, checkPullPriority, parsePullRequest } from './pull_request.ts';
import type { StatusSender } from './status_message.ts';

export class NextRequests {
  readonly #environment: ConsumerEnvironment;
  readonly #status: StatusSender;
  /** Null for a push consumer. */
  readonly #pull: PullDelivery | null;
  readonly #wake: () => void;
  #settings: ConsumerSettings;
  #subscription: BusSubscription | null = null;

  /** `wake` is called when there is somebody new to deliver to. */
  constructor(
    environment: ConsumerEnvironment,
    settings: ConsumerSettings,
    parts: { readonly status: StatusSender; readonly pull: PullDelivery | null },
    wake: () => void,
  ) {
    this.#environment = environment;
    this.#settings = settings;
    this.#status = parts.status;
    this.#pull = parts.pull;
    this.#wake = wake;
  }

  update(settings: ConsumerSettings): void {
    this.#settings = settings;
  }

  start(consumer: string): void {
    const { bus, stream } = this.#environment;
    const subject = `$JS.API.CONSUMER.MSG.NEXT.${stream}.${consumer}`;
    this.#subscription = bus.subscribe(subject, null, (message) => this.#onMessage(message));
  }

  stop(): void {
    this.#subscription?.close();
    this.#subscription = null;
  }

  /** A request in `message`, from `bodyStart` on. Compat: consumer.go, processNextMsgRequest, in its order of checks. */
  request(message: Message, bodyStart: number): void {
    if (message.replyStart === message.replyEnd) return;
    const reply = message.reply.slice(message.replyStart, message.replyEnd);
    if (this.#pull === null) {
      this.#status.send(reply, '409 Consumer is push based');
      return;
    }
    const { pull, priorityPolicy, priorityGroups } = this.#settings;
    const body = parsePullRequest(message.body, bodyStart, message.payloadEnd);
    if (typeof body === 'string') {
      this.#status.send(reply, body);
      return;
    }
    const refusal = checkPullLimits(body, pull) ?? checkPullPriority(body, priorityPolicy, priorityGroups);
    if (refusal === null) {
      this.#pull.request(reply, body);
      this.#wake();
    } else {
      this.#status.send(reply, refusal);
    }
  }

  #onMessage(message: Message): void {
    if (message.replyStart === message.replyEnd) return;
    const level = headerValue(message.body, message.headerStart, message.payloadStart, 'Nats-Required-Api-Level');
    if (this.#pull !== null && level !== null && !(Number(level) <= this.#environment.apiLevel)) {
      this.#status.send(message.reply.slice(message.replyStart, message.replyEnd), '412 Required Api Level');
    } else {
      this.request(message, message.payloadStart);
    }
  }
}
