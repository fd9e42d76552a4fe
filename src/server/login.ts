// Lets connections ask auth/ who they are: holds the rules of the moment, remembers which passwords were right, and takes
// the slow question, whether a password belongs to a bcrypt hash, to the worker behind ports/password_checker.
import {
  type Attempt,
  type AuthenticationRules,
  Authenticator,
  type Identity,
  type Verdict,
} from '../auth/authenticate.ts';
import { ProvenPasswords } from '../auth/secret.ts';
import type { Entropy } from '../ports/entropy.ts';
import type { PasswordChecker } from '../ports/password_checker.ts';

/** Raw bytes of a nonce. Compat: nkey.go, nonceRawLen. */
const NONCE_BYTES = 11;
const PROVEN_KEY_BYTES = 32;

export type Decision = Exclude<Verdict, { readonly kind: 'unproven' }>;
export type Question = Extract<Verdict, { readonly kind: 'unproven' }>;

export class Login {
  readonly #entropy: Entropy;
  readonly #passwords: PasswordChecker;
  readonly #proven: ProvenPasswords;
  #authenticator: Authenticator;

  constructor(rules: AuthenticationRules, entropy: Entropy, passwords: PasswordChecker) {
    const key = new Uint8Array(PROVEN_KEY_BYTES);
    entropy.fill(key);
    this.#entropy = entropy;
    this.#passwords = passwords;
    this.#proven = new ProvenPasswords(key);
    this.#authenticator = new Authenticator(rules);
  }

  get isRequired(): boolean {
    return this.#authenticator.isRequired;
  }

  /** Other rules from now on; who is in already is asked again by the server. */
  replaceRules(rules: AuthenticationRules): void {
    this.#authenticator = new Authenticator(rules, this.#authenticator);
  }

  /** Whether there still is who somebody came in as. */
  knows(identity: Identity): boolean {
    return this.#authenticator.knows(identity);
  }

  /** What a new connection signs if it has a key; empty where nobody has one. */
  nonce(): string {
    if (!this.#authenticator.needsNonce) return '';
    const bytes = new Uint8Array(NONCE_BYTES);
    this.#entropy.fill(bytes);
    return Buffer.from(bytes).toString('base64url');
  }

  judge(attempt: Attempt): Verdict {
    return this.#withProven(this.#authenticator.authenticate(attempt));
  }

  /** For whoever starts with something else than CONNECT. */
  judgeSilent(attempt: Attempt): Verdict {
    return this.#authenticator.authenticateSilent(attempt);
  }

  /** Calls back in a later turn, with what the rules say then. Returns how to lose interest. */
  prove({ password, hash }: Question, attempt: Attempt, answer: (decision: Decision) => void): () => void {
    let cancel = this.#passwords.check(attempt.host, { password, hash }, (isRight) => {
      if (!isRight) return answer({ kind: 'refused', reason: 'wrong password or token' });
      this.#proven.add(password, hash);
      const verdict = this.judge(attempt);
      // The rules changed meanwhile, and another hash decides.
      if (verdict.kind === 'unproven') cancel = this.prove(verdict, attempt, answer);
      else answer(verdict);
    });
    return () => cancel();
  }

  #withProven(verdict: Verdict): Verdict {
    if (verdict.kind !== 'unproven' || !this.#proven.has(verdict.password, verdict.hash)) return verdict;
    return accepted(verdict.identity);
  }
}

function accepted(identity: Identity): Decision {
  return { kind: 'accepted', identity };
}
