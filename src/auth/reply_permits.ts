// Replies that one connection may publish for a while because it was sent a request: subject, since when, how many of them.
// Time comes from outside. Pure; only connections whose user has `allow_responses` have one.
// Compat: client.go, deliverMsg, responseAllowed, pruneReplyPerms.
import type { ResponseRules } from './permissions.ts';

interface Permit {
  readonly grantedMs: number;
  used: number;
}

/** Permits of one connection; beyond that the oldest goes. They may live for ever if the configuration says so. */
export const REPLY_PERMITS_MAX = 262_144;

export class ReplyPermits {
  readonly #rules: ResponseRules;
  /** Oldest first. */
  readonly #permits = new Map<string, Permit>();

  constructor(rules: ResponseRules) {
    this.#rules = rules;
  }

  get count(): number {
    return this.#permits.size;
  }

  /** A request with this reply subject was delivered. A permit that still holds stays what it is, and counts it. */
  grant(reply: string, nowMs: number): void {
    if (this.take(reply, nowMs)) return;
    this.#dropOld(nowMs);
    this.#permits.set(reply, { grantedMs: nowMs, used: 0 });
  }

  /** Whether this reply may be published now; counts it. */
  take(reply: string, nowMs: number): boolean {
    const permit = this.#permits.get(reply);
    if (permit === undefined) return false;
    const { messagesMax } = this.#rules;
    permit.used++;
    if ((messagesMax > 0 && permit.used > messagesMax) || this.#isExpired(permit, nowMs)) {
      this.#permits.delete(reply);
      return false;
    }
    return true;
  }

  /** From the front only: whoever was granted later expires later. */
  #dropOld(nowMs: number): void {
    for (const [reply, permit] of this.#permits) {
      if (!this.#isExpired(permit, nowMs) && this.#permits.size < REPLY_PERMITS_MAX) return;
      this.#permits.delete(reply);
    }
  }

  #isExpired(permit: Permit, nowMs: number): boolean {
    return this.#rules.expiresMs > 0 && nowMs - permit.grantedMs > this.#rules.expiresMs;
  }
}
