// How many clients would get a message: for those who look for lost subscribers. The inside of the house does not count.
// Compat: events.go, debugSubscribers, nsubsRequest and totalSubs.
import type { Account } from '../server/account.ts';
import type { Subscription } from '../server/subscription.ts';
import { hasWildcard, isSubsetMatch, tokensOf } from '../subject/subject.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * Of a literal subject those who match it, members of queue groups one by one; of a pattern those whose own subjects it
 * covers. With a queue only the members of that group.
 */
export function subscriberCount(account: Account, subject: string, queue: string | null): number {
  return hasWildcard(subject) ? countCovered(account, subject, queue) : countMatches(account, subject, queue);
}

function countMatches(account: Account, subject: string, queue: string | null): number {
  const bytes = encoder.encode(subject);
  const { plain, queues } = account.subscriptions.match(bytes, 0, bytes.length);
  const ofClients = (list: readonly Subscription[]) => list.filter(({ connection }) => connection !== null).length;
  let count = queue === null ? ofClients(plain) : 0;
  for (const members of queues) if (queue === null || members[0]?.queue === queue) count += ofClients(members);
  return count;
}

function countCovered(account: Account, pattern: string, queue: string | null): number {
  const tokens = tokensOf(pattern);
  let count = 0;
  account.subscriptions.forEach((subscription) => {
    if (subscription.connection === null || (queue !== null && subscription.queue !== queue)) return;
    if (isSubsetMatch(tokensOf(decoder.decode(subscription.subject)), tokens)) count++;
  });
  return count;
}
