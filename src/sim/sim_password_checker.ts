// ports/password_checker on virtual time: the same answers as the real one, a tenth of a second later.
import { compareSync } from 'bcryptjs';
import type { Clock, Timer } from '../ports/clock.ts';
import { PASSWORD_CHECKS_WAITING_MAX, type PasswordChecker } from '../ports/password_checker.ts';

const CHECK_MS = 100;

export class SimPasswordChecker implements PasswordChecker {
  readonly #clock: Clock;
  readonly #waiting = new Set<Timer>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  check(password: string, hash: string, answer: (isRight: boolean) => void): () => void {
    const isRight = this.#waiting.size < PASSWORD_CHECKS_WAITING_MAX && isBcryptOf(password, hash);
    const timer = this.#clock.after(CHECK_MS, () => {
      this.#waiting.delete(timer);
      answer(isRight);
    });
    this.#waiting.add(timer);
    return () => {
      this.#waiting.delete(timer);
      timer.cancel();
    };
  }

  close(): void {
    for (const timer of this.#waiting) timer.cancel();
    this.#waiting.clear();
  }
}

/** As password_worker.ts. */
function isBcryptOf(password: string, hash: string): boolean {
  return /^\$2[abxy]\$/.test(hash) && compareSync(password, hash.replace(/^\$2x\$/, '$2a$'));
}
