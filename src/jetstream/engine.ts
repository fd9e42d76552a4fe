// JetStream of one server: one JetStreamAccount for each account that has it, and the limits they share. app/ makes it,
// gives it a Bus and limits for each account, and stops it; nothing here knows where messages come from.
import type { Bus } from '../ports/bus.ts';
import { type AccountTerms, type EngineParts, JetStreamAccount } from './account.ts';
import type { ApiStats } from './api/api_request.ts';
import { ApiRouter } from './api/api_router.ts';
import { ACCOUNT_UNLIMITED, type ServerLimits } from './limits.ts';
import { BatchBudget } from './stream/batch_budget.ts';
import type { Reserved } from './stream/reservations.ts';
import type { Storage } from './stream/stream_config.ts';
import { Usage } from './usage.ts';

interface Enabled {
  readonly account: JetStreamAccount;
  readonly router: ApiRouter;
}

/** Numbers of the whole server, for monitoring. */
export interface EngineTotals {
  readonly accounts: number;
  readonly streams: number;
  readonly consumers: number;
  readonly messages: number;
  readonly memoryBytes: number;
  readonly storeBytes: number;
  readonly reserved: Reserved;
  readonly apiTotal: number;
  readonly apiErrors: number;
  readonly apiInflight: number;
}

const TERMS_DEFAULT: AccountTerms = { limits: ACCOUNT_UNLIMITED, payloadBytesMax: -1 };

type Changeable<T, Key extends keyof T> = Omit<T, Key> & { -readonly [K in Key]: T[K] };

export class JetStreamEngine {
  /** Shared with every account: what a reload changes is seen by all. */
  readonly #parts: Changeable<EngineParts, 'limits' | 'payloadBytesMax'>;
  readonly #accounts = new Map<string, Enabled>();
  readonly #usage: Usage;
  readonly #batches: BatchBudget;
  /** What the API of accounts was asked that do not have it any more. */
  #apiTotalPast = 0;
  #apiErrorsPast = 0;

  constructor(parts: EngineParts) {
    this.#parts = { ...parts };
    this.#usage = new Usage({ stores: () => this.#stores() });
    this.#batches = new BatchBudget(parts.limits.batches);
  }

  /** The account has no JetStream any more. What it stored stays where it is. */
  async disable(name: string): Promise<void> {
    const enabled = this.#accounts.get(name);
    if (enabled === undefined) return;
    enabled.router.stop();
    await enabled.account.close();
    this.#apiTotalPast += enabled.router.stats.total;
    this.#apiErrorsPast += enabled.router.stats.errors;
    this.#accounts.delete(name);
  }

  /** Recovers what the account had, then serves its API. */
  async enable(bus: Bus, terms: AccountTerms = TERMS_DEFAULT): Promise<JetStreamAccount> {
    const account = new JetStreamAccount(this.#parts, bus, terms, {
      admit: (storage, bytes) => this.#admit(storage, bytes),
      reserved: () => this.reserved(),
      batches: this.#batches,
    });
    const router = new ApiRouter(account);
    this.#accounts.set(bus.account, { account, router });
    await account.recover();
    router.start();
    return account;
  }

  /** Other limits, for what is made, changed or stored from now on. Compat: existing assets keep what they took of them. */
  reconfigure(limits: ServerLimits, payloadBytesMax: number): void {
    this.#parts.limits = limits;
    this.#parts.payloadBytesMax = payloadBytesMax;
    this.#batches.limits = limits.batches;
  }

  account(name: string): JetStreamAccount | undefined {
    return this.#accounts.get(name)?.account;
  }

  /** What the API of one account was asked. */
  apiStats(name: string): ApiStats {
    return this.#accounts.get(name)?.router.stats ?? { total: 0, errors: 0, inflight: 0 };
  }

  accounts(): Iterable<JetStreamAccount> {
    return [...this.#accounts.values()].map(({ account }) => account);
  }

  /** Ends in the order in which nothing is lost: requests first, then streams with their consumers, then stores. */
  async close(): Promise<void> {
    for (const { router } of this.#accounts.values()) router.stop();
    await Promise.all([...this.#accounts.values()].map(({ account }) => account.close()));
  }

  /** What does not work and why, as `account > stream` or `account > stream > consumer`: for /healthz. */
  faults(): ReadonlyMap<string, string> {
    const faults = new Map<string, string>();
    for (const [name, { account }] of this.#accounts) {
      for (const [asset, reason] of account.faults()) faults.set(`${name} > ${asset}`, reason);
    }
    return faults;
  }

  reserved(): Reserved {
    let memory = 0;
    let file = 0;
    for (const { account } of this.#accounts.values()) {
      const reserved = account.reserved();
      memory += reserved.memory;
      file += reserved.file;
    }
    return { memory, file };
  }

  totals(): EngineTotals {
    const enabled = [...this.#accounts.values()];
    const sum = (numberOf: (one: Enabled) => number) => enabled.reduce((total, one) => total + numberOf(one), 0);
    let messages = 0;
    for (const store of this.#stores()) messages += store.state.messages;
    return {
      accounts: enabled.length,
      streams: sum(({ account }) => account.streamCount),
      consumers: sum(({ account }) => account.consumerCount),
      messages,
      memoryBytes: this.#usage.bytes('memory'),
      storeBytes: this.#usage.bytes('file'),
      reserved: this.reserved(),
      apiTotal: this.#apiTotalPast + sum(({ router }) => router.stats.total),
      apiErrors: this.#apiErrorsPast + sum(({ router }) => router.stats.errors),
      apiInflight: sum(({ router }) => router.stats.inflight),
    };
  }

  /**
   * The server is full when it has more than its limit already: a stream that may be as large as that goes on and discards
   * its oldest. An account's own limit counts what comes. Compat: jetstream.go, limitsExceeded.
   */
  #admit(storage: Storage, bytes: number): boolean {
    const { memoryBytesMax, storeBytesMax } = this.#parts.limits;
    const limit = storage === 'memory' ? memoryBytesMax : storeBytesMax;
    return this.#usage.admit(storage, bytes, limit < 0 ? limit : limit + bytes);
  }

  *#stores() {
    for (const { account } of this.#accounts.values()) yield* account.stores();
  }
}
