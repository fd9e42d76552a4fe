// What one account shares with others while the server runs: its imports as relays among its subscriptions, its stand-ins
// among those of the accounts that it takes streams from, and the answers that its services owe. Hears of every
// subscription of its account that comes or goes. Accounts that share nothing have none of this.
// Compat: accounts.go, addServiceImportSub, checkForReverseEntry; client.go, addShadowSubscriptions.
import type { DeliveryResult } from '../../ports/bus.ts';
import type { Message } from '../../ports/message.ts';
import { type ResponseType, type ServiceExport, SharedAccount } from '../../subject/shared_account.ts';
import { isSubsetMatch, isValidSubjectBytes, tokensOf } from '../../subject/subject.ts';
import { SubjectBuffer } from '../../subject/subject_buffer.ts';
import type { Account, Sharing } from '../account.ts';
import { deliver } from '../deliver.ts';
import { type Receiver, Subscription } from '../subscription.ts';
import { startsWith } from './relay_frames.ts';
import { ResponseTable } from './response_table.ts';
import { LatencyEvents } from './service_latency.ts';
import { ResponseRelay, ServiceRelay } from './service_relay.ts';
import { ReplyIndex, type ServiceResponse } from './service_response.ts';
import type { SharingContext } from './sharing_context.ts';
import { importedSubject, StreamRelay } from './stream_relay.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder();
/** What no reply subject of a client begins with. */
const RESERVED = ['_R_.', '$JS.ACK.', '_GR_.'].map((prefix) => encoder.encode(prefix));
/** Wildcard patterns that ended and whose replies are to be looked for; more count as everything. */
const ENDED_PATTERNS_MAX = 64;
/** Responses looked at before others get their turn. */
const SWEEP_STEP = 2_000;

interface StandIn {
  readonly exporter: Account;
  readonly subscription: Subscription;
}

/** The sharing of another account, made where there is none yet. */
export type SharingOf = (name: string) => AccountSharing;

export class AccountSharing implements Sharing {
  readonly account: Account;
  readonly context: SharingContext;
  readonly latencyEvents: LatencyEvents;
  /** What this account's services owe. */
  readonly responses: ResponseTable;
  /** What this account waits for from the services of others. */
  readonly replies = new ReplyIndex();
  readonly #sharingOf: SharingOf;
  #shared: SharedAccount;
  #imports: Subscription[] = [];
  /** Made with the first request to a service. */
  #responseSubscription: Subscription | null = null;
  readonly #standIns = new Map<Subscription, readonly StandIn[]>();
  readonly #mapped = new SubjectBuffer();
  #endedPatterns: (readonly string[])[] = [];
  #sweep: Iterator<ServiceResponse> | null = null;

  constructor(account: Account, context: SharingContext, sharingOf: SharingOf) {
    this.account = account;
    this.context = context;
    this.#shared = new SharedAccount(account.name);
    this.#sharingOf = sharingOf;
    this.latencyEvents = new LatencyEvents(account, context);
    this.responses = new ResponseTable(context, this.latencyEvents);
  }

  /** What the account exports and imports. */
  get shared(): SharedAccount {
    return this.#shared;
  }

  /** From now on it imports this, and nothing of what it imported before. Answers that are under way still arrive. */
  configure(shared: SharedAccount): void {
    for (const subscription of this.#imports) this.account.remove(subscription);
    this.#imports = [];
    for (const base of [...this.#standIns.keys()]) this.#endStandIns(base);
    this.#shared = shared;
    for (const imports of shared.serviceImports.values()) {
      for (const one of imports) {
        const relay = new ServiceRelay(this, this.#sharingOf(one.exporter.name), one);
        const subscription = new Subscription(encoder.encode(one.from), null, { relay });
        this.#imports.push(subscription);
        this.account.add(subscription);
      }
    }
    if (shared.streamImports.length === 0) return;
    const own: Subscription[] = [];
    this.account.subscriptions.forEach((subscription) => {
      if (subscription.relay === null) own.push(subscription);
    });
    for (const subscription of own) this.subscribed(subscription);
  }

  // --- from the account ----------------------------------------------------------------------------------------------

  subscribed(subscription: Subscription): void {
    const { streamImports } = this.#shared;
    if (streamImports.length === 0) return;
    const { frames, pick } = this.context;
    const subject = decoder.decode(subscription.subject);
    const standIns: StandIn[] = [];
    for (const imported of streamImports) {
      const remote = importedSubject(subject, imported, pick);
      if (remote === null) continue;
      const bytes = encoder.encode(remote);
      if (!isValidSubjectBytes(bytes, 0, bytes.length)) continue;
      const exporter = this.#sharingOf(imported.exporter.name).account;
      const relay = new StreamRelay(subscription, imported, frames, pick);
      const standIn = new Subscription(bytes, subscription.queue, { relay });
      exporter.add(standIn);
      standIns.push({ exporter, subscription: standIn });
    }
    if (standIns.length > 0) this.#standIns.set(subscription, standIns);
  }

  unsubscribed(subscription: Subscription): void {
    this.#endStandIns(subscription);
    if (this.replies.count > 0) this.#interestEnded(subscription.subject);
  }

  // --- from relays ---------------------------------------------------------------------------------------------------

  /** Gives to whoever is interested in this account. */
  deliver(message: Message, producer: Receiver | null): DeliveryResult {
    const { subject, subjectStart, subjectEnd, target } = message;
    const { subscriptions } = this.account;
    const result =
      target === null
        ? subscriptions.match(subject, subjectStart, subjectEnd)
        : subscriptions.match(target, message.targetStart, message.targetEnd);
    return deliver(result, message, subject, subjectStart, subjectEnd, producer, this.context.pick);
  }

  /** What the account's own mappings make of a subject that comes from another account. */
  map(subject: SubjectBuffer): void {
    const { mappings } = this.account;
    if (mappings === null) return;
    const mapped = this.#mapped;
    if (!mappings.select(subject.bytes, 0, subject.length, mapped, this.context.pick)) return;
    subject.clear();
    subject.range(mapped.bytes, 0, mapped.length);
  }

  /** A service of this account is asked: where its answer will be awaited. */
  expect(parts: {
    readonly requestor: AccountSharing;
    readonly reply: Uint8Array;
    readonly service: ServiceExport;
    readonly type: ResponseType;
    readonly isDetailed: boolean;
  }): ServiceResponse {
    if (this.#responseSubscription === null) {
      const { prefix } = this.responses.tokens;
      const all = new Uint8Array(prefix.length + 1);
      all.set(prefix);
      all[prefix.length] = 62;
      this.#responseSubscription = new Subscription(all, null, { relay: new ResponseRelay(this) });
      this.account.add(this.#responseSubscription);
    }
    return this.responses.add(parts);
  }

  /** Somebody interested who cannot take more now; null when there is nobody. */
  congested(target: Uint8Array, start: number, end: number): Receiver | null {
    return this.account.congested(target, start, end);
  }

  close(): void {
    this.responses.close();
  }

  /** The account is no more, and nothing of it stays with those that it shared with. */
  end(): void {
    this.configure(new SharedAccount(this.account.name));
    this.responses.forget();
  }

  // --- inside --------------------------------------------------------------------------------------------------------

  #endStandIns(base: Subscription): void {
    const standIns = this.#standIns.get(base);
    if (standIns === undefined) return;
    this.#standIns.delete(base);
    for (const { exporter, subscription } of standIns) exporter.remove(subscription);
  }

  /** Answers that nobody is left to hear need not be kept. */
  #interestEnded(subject: Uint8Array): void {
    for (const prefix of RESERVED) if (startsWith(subject, 0, subject.length, prefix)) return;
    if (!subject.includes(42) && !subject.includes(62)) {
      if (this.account.hasInterest(subject)) return;
      for (const response of this.replies.waitingWith(subject)) giveUp(response);
      return;
    }
    this.#endedPatterns.push(tokensOf(decoder.decode(subject)));
    if (this.#endedPatterns.length > ENDED_PATTERNS_MAX) this.#endedPatterns = [['>']];
    if (this.#sweep === null) this.#startSweep();
  }

  /** What ends while a walk is under way is looked for in the next one. */
  #startSweep(): void {
    const patterns = this.#endedPatterns;
    this.#endedPatterns = [];
    this.#sweep = this.replies[Symbol.iterator]();
    this.context.clock.after(0, () => this.#sweepOn(patterns));
  }

  /** Looks through some of the responses for those that these patterns waited for, then lets others go on. */
  #sweepOn(patterns: readonly (readonly string[])[]): void {
    for (let i = 0; i < SWEEP_STEP; i++) {
      const next = this.#sweep?.next();
      if (next === undefined || next.done === true) {
        this.#sweep = null;
        if (this.#endedPatterns.length > 0) this.#startSweep();
        return;
      }
      const { reply } = next.value;
      const tokens = tokensOf(decoder.decode(reply));
      const isConcerned = patterns.some((pattern) => isSubsetMatch(tokens, pattern));
      if (isConcerned && !this.account.hasInterest(reply)) giveUp(next.value);
    }
    this.context.clock.after(0, () => this.#sweepOn(patterns));
  }
}

function giveUp(response: ServiceResponse): void {
  response.table.end(response, 'interest lost');
}
