// The door to bcrypt, which takes a tenth of a second for each password and must not hold the message loop.
// Bodies: node/node_password_checker.ts (a worker), sim/sim_password_checker.ts.
import type { FairQueueLimits } from '../base/fair_queue.ts';

/** Checks that may wait at a time: a flood of wrong passwords must take neither all memory nor all room. */
export const PASSWORD_CHECKS: FairQueueLimits = { itemsMax: 4096, itemsPerOwnerMax: 1024 };

export interface PasswordQuestion {
  readonly password: string;
  readonly hash: string;
}

export interface PasswordChecker {
  /**
   * Calls back, in a later turn, whether the hash was made from the password. One is checked after the other: hosts take
   * turns, so that a flood from one of them delays the others by one check only. Answers false where it cannot be told: a
   * broken hash, a checker that failed, or too many checks waiting (PASSWORD_CHECKS). Returns how to lose interest: then
   * nothing is called.
   */
  check(host: string, question: PasswordQuestion, answer: (isRight: boolean) => void): () => void;

  /** No answer comes any more. */
  close(): void;
}
