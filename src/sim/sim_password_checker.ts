// ports/password_checker on virtual time: the same answers as the real one, a tenth of a second for each.
import { compareSync } from 'bcryptjs';
import { FairQueue } from '../base/fair_queue.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import { PASSWORD_CHECKS, type PasswordChecker, type PasswordQuestion } from '../ports/password_checker.ts';

const CHECK_MS = 100;

interface Waiting {
  readonly question: PasswordQuestion;
  /** Null when nobody wants to hear it any more. */
  answer: ((isRight: boolean) => void) | null;
}

export class SimPasswordChecker implements PasswordChecker {
  readonly #clock: Clock;
  readonly #queue = new FairQueue<Waiting>(PASSWORD_CHECKS);
  /** Runs while one is checked. */
  #timer: Timer | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  check(host: string, question: PasswordQuestion, answer: (isRight: boolean) => void): () => void {
    const waiting: Waiting = { question, answer };
    const refused = this.#queue.add(host, waiting);
    if (refused !== null) this.#clock.after(0, () => refused.answer?.(false));
    this.#checkNext();
    return () => {
      waiting.answer = null;
      this.#queue.remove(host, waiting);
    };
  }

  close(): void {
    this.#timer?.cancel();
    this.#queue.clear();
  }

  #checkNext(): void {
    if (this.#timer !== null) return;
    const waiting = this.#queue.take();
    if (waiting === null) return;
    this.#timer = this.#clock.after(CHECK_MS, () => {
      this.#timer = null;
      this.#checkNext();
      waiting.answer?.(isBcryptOf(waiting.question));
    });
  }
}

/** As password_worker.ts. */
function isBcryptOf({ password, hash }: PasswordQuestion): boolean {
  return /^\$2[abxy]\$/.test(hash) && compareSync(password, hash.replace(/^\$2x\$/, '$2a$'));
}
