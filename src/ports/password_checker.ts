// The door to bcrypt, which takes a tenth of a second for each password and must not hold the message loop.
// Bodies: node/node_password_checker.ts (a worker), sim/sim_password_checker.ts.

/** Checks that may wait at a time; a flood of wrong passwords must not take all memory. */
export const PASSWORD_CHECKS_WAITING_MAX = 4096;

export interface PasswordChecker {
  /**
   * Calls back, in a later turn, whether `hash` was made from `password`. Answers false where it cannot be told: a broken
   * hash, a checker that failed, or too many checks waiting. Returns how to lose interest: then nothing is called.
   */
  check(password: string, hash: string, answer: (isRight: boolean) => void): () => void;

  /** No answer comes any more. */
  close(): void;
}
