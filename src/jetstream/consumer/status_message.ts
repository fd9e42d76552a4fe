// The messages a consumer sends on its own behalf: statuses to pull requests, heartbeats, flow control, answers to
// acknowledgements. Their texts are an interface: clients parse them. Compat: consumer.go, byte for byte.
import type { Bus, DeliveryResult } from '../../ports/bus.ts';
import { Message } from '../../ports/message.ts';

const NO_BYTES = new Uint8Array(0);
const encoder = new TextEncoder();

/** Sends statuses of one consumer. Each owns its bytes: none of them is per delivered message. */
export class StatusSender {
  readonly #bus: Bus;

  constructor(bus: Bus) {
    this.#bus = bus;
  }

  /** `line` is code and text, `NATS/1.0` is put before it. */
  send(target: Uint8Array, line: string): DeliveryResult {
    return this.#publish(target, NO_BYTES, `NATS/1.0 ${line}\r\n\r\n`);
  }

  /** A status that tells how much of a request stays open. */
  sendPending(target: Uint8Array, line: string, messages: number, bytes: number): DeliveryResult {
    const headers = `Nats-Pending-Messages: ${messages}\r\nNats-Pending-Bytes: ${bytes}\r\n\r\n`;
    return this.#publish(target, NO_BYTES, `NATS/1.0 ${line}\r\n${headers}`);
  }

  /** `stalled` is the outstanding flow control request, if any. */
  sendHeartbeat(
    target: Uint8Array,
    lastConsumer: number,
    lastStream: number,
    stalled: Uint8Array | null,
  ): DeliveryResult {
    const last = `Nats-Last-Consumer: ${lastConsumer}\r\nNats-Last-Stream: ${lastStream}\r\n`;
    const stall = stalled === null ? '' : `Nats-Consumer-Stalled: ${new TextDecoder().decode(stalled)}\r\n`;
    return this.#publish(target, NO_BYTES, `NATS/1.0 100 Idle Heartbeat\r\n${last}${stall}\r\n`);
  }

  sendFlowControl(target: Uint8Array, reply: Uint8Array): DeliveryResult {
    return this.#publish(target, reply, 'NATS/1.0 100 FlowControl Request\r\n\r\n');
  }

  /** An empty message: the acknowledgement is recorded. */
  sendEmpty(target: Uint8Array): DeliveryResult {
    return this.#publish(target, NO_BYTES, '');
  }

  #publish(target: Uint8Array, reply: Uint8Array, header: string): DeliveryResult {
    const message = new Message();
    message.subject = target;
    message.subjectEnd = target.length;
    message.reply = reply;
    message.replyEnd = reply.length;
    message.body = header === '' ? NO_BYTES : encoder.encode(header);
    message.payloadStart = message.body.length;
    message.payloadEnd = message.body.length;
    return this.#bus.publish(message);
  }
}
