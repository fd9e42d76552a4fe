// From a match to the outgoing buffers: plain subscriptions all get the message, of each queue group one does. Applies
// the echo rule, denied subjects, automatic unsubscription and header stripping; never matches and never checks who may
// publish.
import { DELIVERED, DELIVERED_CONGESTED, DELIVERED_NONE, type DeliveryResult } from '../ports/bus.ts';
import type { Message } from '../ports/message.ts';
import type { SublistResult } from '../subject/sublist.ts';
import type { Receiver, Subscription } from './subscription.ts';

/** Picks the member of a queue group to start with: a number in [0, count). */
export type QueuePick = (count: number) => number;

/**
 * Gives `message`, shown with the subject `shown[start..end)`, to everyone in `result`. `producer` is the connection it
 * came from, null for the inside of the house.
 */
export function deliver(
  result: SublistResult<Subscription>,
  message: Message,
  shown: Uint8Array,
  start: number,
  end: number,
  producer: Receiver | null,
  pick: QueuePick,
): DeliveryResult {
  let outcome: DeliveryResult = DELIVERED_NONE;
  const plain = result.plain;
  for (let i = 0; i < plain.length; i++) {
    const one = deliverTo(plain[i] as Subscription, message, shown, start, end, producer);
    if (one > outcome) outcome = one;
  }
  const queues = result.queues;
  for (let i = 0; i < queues.length; i++) {
    const members = queues[i] as readonly Subscription[];
    const count = members.length;
    const first = count === 1 ? 0 : pick(count);
    for (let tried = 0; tried < count; tried++) {
      const at = first + tried;
      const member = members[at < count ? at : at - count] as Subscription;
      const one = deliverTo(member, message, shown, start, end, producer);
      if (one === DELIVERED_NONE) continue;
      if (one > outcome) outcome = one;
      break;
    }
  }
  return outcome;
}

/** Gives the message to one subscription. */
export function deliverTo(
  subscription: Subscription,
  message: Message,
  shown: Uint8Array,
  start: number,
  end: number,
  producer: Receiver | null,
): DeliveryResult {
  if (subscription.isClosed) return DELIVERED_NONE;
  const connection = subscription.connection;
  if (connection === null) {
    const { relay } = subscription;
    if (relay !== null) return relay.relay(message, shown, start, end, producer);
    subscription.delivered++;
    (subscription.handler as (message: Message) => void)(message);
    return DELIVERED;
  }
  if (connection === producer && !connection.wantsEcho) return DELIVERED_NONE;
  const filter = subscription.filter;
  if (filter?.hides(shown, start, end, subscription.queue) === true) return DELIVERED_NONE;
  subscription.delivered++;
  const isLast = subscription.deliveredMax > 0 && subscription.delivered >= subscription.deliveredMax;
  // Compat: client.go, deliverMsg: it counts for automatic unsubscription, and the next member of a queue group is tried.
  if (connection.isPassedOver && producer !== null) {
    if (isLast) connection.drop(subscription);
    return DELIVERED_NONE;
  }
  const isCongested = connection.send(message, shown, start, end, subscription.sid, producer);
  if (isLast) connection.drop(subscription);
  return isCongested ? DELIVERED_CONGESTED : DELIVERED;
}
