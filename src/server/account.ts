// One tenant: its subscriptions, its connections and who waits for interest in a subject to come or go. What
// it shares with other accounts is sharing/. Called by connections and by the internal bus.
import { equalBytes } from '../base/bytes.ts';
import type { SubjectMappings } from '../subject/mapping.ts';
import type { SharedAccount } from '../subject/shared_account.ts';
import { Sublist } from '../subject/sublist.ts';
import type { Receiver, Subscription } from './subscription.ts';

/** The account of everybody who was not given another. */
export const GLOBAL_ACCOUNT = '$G';

/** What an account may have; -1 is no limit. */
export interface AccountLimits {
  readonly connectionsMax: number;
  /** Of each connection. */
  readonly subscriptionsMax: number;
  /** Bytes of a message. */
  readonly payloadMax: number;
}

export const ACCOUNT_UNLIMITED: AccountLimits = { connectionsMax: -1, subscriptionsMax: -1, payloadMax: -1 };

/** How often the log says that somebody has too many subscriptions. Compat: accounts.go, shouldLogMaxSubErr. */
const LIMIT_REPORT_MS = 2_000;

const decoder = new TextDecoder();

interface InterestWatch {
  readonly subject: Uint8Array;
  readonly queue: string | null;
  readonly callbacks: Set<(hasInterest: boolean) => void>;
  hasInterest: boolean;
}

/** What an account shares with others, as the account sees it. */
export interface Sharing {
  /** What the account exports and imports. */
  readonly shared: SharedAccount;
  subscribed(subscription: Subscription): void;
  unsubscribed(subscription: Subscription): void;
}

export class Account {
  readonly name: string;
  readonly subscriptions = new Sublist<Subscription>();
  /** Of clients that are in. */
  connectionCount = 0;
  /** What becomes of subjects that clients publish to; null where they stay as they are. */
  mappings: SubjectMappings | null = null;
  /** Null where nothing is imported or exported. */
  sharing: Sharing | null = null;
  limits: AccountLimits = ACCOUNT_UNLIMITED;
  /** Messages and bytes that came from and went to clients. */
  messagesIn = 0;
  bytesIn = 0;
  messagesOut = 0;
  bytesOut = 0;
  slowConsumers = 0;
  /** By watchKey(). */
  readonly #watches = new Map<string, InterestWatch>();
  #limitReportMs = Number.NEGATIVE_INFINITY;

  constructor(name: string) {
    this.name = name;
  }

  get isFull(): boolean {
    const { connectionsMax } = this.limits;
    return connectionsMax >= 0 && this.connectionCount >= connectionsMax;
  }

  /** Whether it is time to complain again about a limit that some connection reached. */
  maybeReportLimit(nowMs: number): boolean {
    if (nowMs - this.#limitReportMs < LIMIT_REPORT_MS) return false;
    this.#limitReportMs = nowMs;
    return true;
  }

  add(subscription: Subscription): void {
    this.subscriptions.insert(subscription);
    if (this.#watches.size > 0) this.#interestChanged(subscription);
    if (this.sharing !== null && subscription.relay === null) this.sharing.subscribed(subscription);
  }

  remove(subscription: Subscription): void {
    if (subscription.isClosed) return;
    subscription.isClosed = true;
    this.subscriptions.remove(subscription);
    if (this.#watches.size > 0) this.#interestChanged(subscription);
    if (this.sharing !== null && subscription.relay === null) this.sharing.unsubscribed(subscription);
  }

  hasInterest(subject: Uint8Array): boolean {
    const result = this.subscriptions.match(subject, 0, subject.length);
    return result.plain.length > 0 || result.queues.length > 0;
  }

  /** Somebody interested in a literal subject who could not take more now; null when there is nobody. */
  congested(target: Uint8Array, start: number, end: number): Receiver | null {
    const result = this.subscriptions.match(target, start, end);
    for (const subscription of result.plain) {
      const receiver = congestedBehind(subscription, target, start, end);
      if (receiver !== null) return receiver;
    }
    for (const members of result.queues) {
      for (const member of members) {
        const receiver = congestedBehind(member, target, start, end);
        if (receiver !== null) return receiver;
      }
    }
    return null;
  }

  /** Whether somebody subscribed to this literal subject itself, in that queue group or (null) in none. */
  hasExactInterest(subject: Uint8Array, queue: string | null): boolean {
    const { plain, queues } = this.subscriptions.match(subject, 0, subject.length);
    const isExact = (one: Subscription) => equalBytes(one.subject, 0, one.subject.length, subject, 0, subject.length);
    if (queue === null) return plain.some(isExact);
    return queues.some((members) => members[0]?.queue === queue && members.some(isExact));
  }

  /** Calls back when that appears or goes. Returns how to stop that. */
  watchExactInterest(subject: Uint8Array, queue: string | null, callback: (hasInterest: boolean) => void): () => void {
    const key = watchKey(subject, queue);
    let watch = this.#watches.get(key);
    if (watch === undefined) {
      watch = { subject, queue, callbacks: new Set(), hasInterest: this.hasExactInterest(subject, queue) };
      this.#watches.set(key, watch);
    }
    const watched = watch;
    watched.callbacks.add(callback);
    return () => {
      watched.callbacks.delete(callback);
      if (watched.callbacks.size === 0 && this.#watches.get(key) === watched) this.#watches.delete(key);
    };
  }

  /** A subscription concerns one watch at most, however many there are. */
  #interestChanged({ subject, queue }: Subscription): void {
    const watch = this.#watches.get(watchKey(subject, queue));
    if (watch !== undefined) this.#look(watch);
  }

  #look(watch: InterestWatch): void {
    const hasInterest = this.hasExactInterest(watch.subject, watch.queue);
    if (hasInterest === watch.hasInterest) return;
    watch.hasInterest = hasInterest;
    for (const callback of [...watch.callbacks]) callback(hasInterest);
  }
}

/** Is told of an account. What it returns is called when the account is no more. */
export type AccountWatcher = (account: Account) => (() => void) | undefined;

function congestedBehind(subscription: Subscription, target: Uint8Array, start: number, end: number): Receiver | null {
  const { connection, relay } = subscription;
  if (connection !== null) return connection.isCongested ? connection : null;
  return relay === null ? null : relay.congested(target, start, end);
}

/** A subject has no spaces. */
function watchKey(subject: Uint8Array, queue: string | null): string {
  const text = decoder.decode(subject);
  return queue === null ? text : `${text} ${queue}`;
}
