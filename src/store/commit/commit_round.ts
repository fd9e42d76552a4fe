// When dirty files are written: at the end of every turn of the loop, a bounded number side by side. Each target (a
// stream's log) has at most one commit under way; what is appended meanwhile goes with the next, which starts when the
// first is done. One per server. It decides only when; the target writes, syncs and says what became durable.
//
// The shared commit journal of many streams (docs/architecture.md) will be decided here too: turnEnd() sees how many
// targets are dirty, and only then who is written how.
import type { Clock } from '../../ports/clock.ts';

export interface CommitTarget {
  /** Kept by CommitRounds: has something new, has a commit under way. */
  isDirty: boolean;
  isCommitting: boolean;
  /** Writes and syncs everything appended so far, then calls `done`, once, however it went. */
  commit(done: () => void): void;
}

/** Files written side by side; the thread pool behind them has four threads. */
const COMMITS_MAX = 4;

export class CommitRounds {
  readonly #clock: Clock;
  readonly #commitsMax: number;
  readonly #waiting: CommitTarget[] = [];
  #running = 0;
  #isArmed = false;
  readonly #endTurn: () => void;

  constructor(clock: Clock, commitsMax = COMMITS_MAX) {
    this.#clock = clock;
    this.#commitsMax = commitsMax;
    this.#endTurn = () => {
      this.#isArmed = false;
      this.#run();
    };
  }

  /** The target has something new: it is committed when this turn ends. */
  mark(target: CommitTarget): void {
    if (target.isDirty) return;
    target.isDirty = true;
    if (target.isCommitting) return;
    this.#waiting.push(target);
    if (this.#isArmed) return;
    this.#isArmed = true;
    this.#clock.atTurnEnd(this.#endTurn);
  }

  /** The target's memory is full: it is committed now, if a place is free. */
  hurry(target: CommitTarget): void {
    if (!target.isDirty || target.isCommitting || this.#running >= this.#commitsMax) return;
    const at = this.#waiting.indexOf(target);
    if (at < 0) return;
    this.#waiting.splice(at, 1);
    this.#start(target);
  }

  #run(): void {
    while (this.#running < this.#commitsMax) {
      const target = this.#waiting.shift();
      if (target === undefined) return;
      this.#start(target);
    }
  }

  #start(target: CommitTarget): void {
    target.isDirty = false;
    target.isCommitting = true;
    this.#running++;
    target.commit(() => {
      target.isCommitting = false;
      this.#running--;
      if (target.isDirty) this.#waiting.push(target);
      this.#run();
    });
  }
}
