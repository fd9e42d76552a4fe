// ports/password_checker with one worker thread, started when the first bcrypt hash is asked about and no reason to keep
// the process alive. A worker that dies fails what it was asked and is replaced by the next question.
import { Worker } from 'node:worker_threads';
import { PASSWORD_CHECKS_WAITING_MAX, type PasswordChecker } from '../ports/password_checker.ts';

/** What goes to the worker and comes back: password_worker.ts. */
export interface PasswordQuestion {
  readonly id: number;
  readonly password: string;
  readonly hash: string;
}

export interface PasswordAnswer {
  readonly id: number;
  readonly isRight: boolean;
}

interface Waiting {
  readonly question: PasswordQuestion;
  readonly answer: (isRight: boolean) => void;
}

export class NodePasswordChecker implements PasswordChecker {
  #worker: Worker | null = null;
  /** In the order of asking; the first one is with the worker. */
  readonly #waiting = new Map<number, Waiting>();
  /** The question that the worker is busy with, also when nobody wants its answer any more; 0 for none. */
  #busyWith = 0;
  #lastId = 0;
  #isClosed = false;

  check(password: string, hash: string, answer: (isRight: boolean) => void): () => void {
    const id = ++this.#lastId;
    if (this.#isClosed || this.#waiting.size >= PASSWORD_CHECKS_WAITING_MAX) {
      const refusal = setImmediate(() => answer(false));
      return () => clearImmediate(refusal);
    }
    this.#waiting.set(id, { question: { id, password, hash }, answer });
    this.#askNext();
    return () => this.#waiting.delete(id);
  }

  close(): void {
    this.#isClosed = true;
    this.#waiting.clear();
    this.#drop();
  }

  #askNext(): void {
    if (this.#busyWith !== 0) return;
    for (const { question } of this.#waiting.values()) {
      this.#busyWith = question.id;
      this.#workerNow().postMessage(question);
      return;
    }
  }

  #workerNow(): Worker {
    if (this.#worker !== null) return this.#worker;
    const worker = new Worker(new URL('./password_worker.js', import.meta.url));
    worker.on('message', (answer: PasswordAnswer) => this.#answered(answer));
    worker.on('error', () => this.#failed(worker));
    worker.on('exit', () => this.#failed(worker));
    // Behind the listeners: listening to messages would keep the process alive again.
    worker.unref();
    this.#worker = worker;
    return worker;
  }

  #answered({ id, isRight }: PasswordAnswer): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    this.#busyWith = 0;
    this.#askNext();
    waiting?.answer(isRight);
  }

  #failed(worker: Worker): void {
    if (this.#worker !== worker) return;
    this.#drop();
    const id = this.#busyWith;
    if (id !== 0) this.#answered({ id, isRight: false });
  }

  #drop(): void {
    const worker = this.#worker;
    this.#worker = null;
    if (worker === null) return;
    worker.removeAllListeners();
    worker.on('error', () => undefined);
    worker.terminate().catch(() => undefined);
  }
}
