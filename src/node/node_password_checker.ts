// ports/password_checker with one worker thread, started when the first bcrypt hash is asked about and no reason to keep
// the process alive. A worker that dies fails what it was asked and is replaced by the next question.
import { Worker } from 'node:worker_threads';
import { FairQueue } from '../base/fair_queue.ts';
import { PASSWORD_CHECKS, type PasswordChecker, type PasswordQuestion } from '../ports/password_checker.ts';

/** What is asked of a thread: one question at a time. */
export interface PasswordThread {
  ask(question: PasswordQuestion): void;
  /** It says nothing any more. */
  stop(): void;
}

export interface PasswordThreadEvents {
  answered(isRight: boolean): void;
  /** It is gone. */
  failed(): void;
}

interface Waiting {
  readonly question: PasswordQuestion;
  /** Null when nobody wants to hear it any more. */
  answer: ((isRight: boolean) => void) | null;
}

export class NodePasswordChecker implements PasswordChecker {
  readonly #startThread: (events: PasswordThreadEvents) => PasswordThread;
  readonly #queue = new FairQueue<Waiting>(PASSWORD_CHECKS);
  #thread: PasswordThread | null = null;
  /** What the thread is busy with, also when nobody wants its answer any more. */
  #asked: Waiting | null = null;
  #isClosed = false;

  constructor(startThread: (events: PasswordThreadEvents) => PasswordThread = startWorker) {
    this.#startThread = startThread;
  }

  check(host: string, question: PasswordQuestion, answer: (isRight: boolean) => void): () => void {
    const waiting: Waiting = { question, answer };
    const refused = this.#isClosed ? waiting : this.#queue.add(host, waiting);
    if (refused !== null) setImmediate(() => refused.answer?.(false));
    this.#askNext();
    return () => {
      waiting.answer = null;
      this.#queue.remove(host, waiting);
    };
  }

  close(): void {
    this.#isClosed = true;
    this.#queue.clear();
    this.#asked = null;
    this.#thread?.stop();
    this.#thread = null;
  }

  #askNext(): void {
    if (this.#asked !== null) return;
    this.#asked = this.#queue.take();
    if (this.#asked === null) return;
    this.#thread ??= this.#startThread({
      answered: (isRight) => this.#answered(isRight),
      failed: () => {
        this.#thread = null;
        this.#answered(false);
      },
    });
    this.#thread.ask(this.#asked.question);
  }

  #answered(isRight: boolean): void {
    const asked = this.#asked;
    this.#asked = null;
    this.#askNext();
    asked?.answer?.(isRight);
  }
}

function startWorker(events: PasswordThreadEvents): PasswordThread {
  const worker = new Worker(new URL('./password_worker.js', import.meta.url));
  const stop = (): void => {
    worker.removeAllListeners();
    worker.on('error', () => undefined);
    worker.terminate().catch(() => undefined);
  };
  const fail = (): void => {
    stop();
    events.failed();
  };
  worker.on('message', (isRight: boolean) => events.answered(isRight));
  worker.on('error', fail);
  worker.on('exit', fail);
  // Behind the listeners: listening to messages would keep the process alive again.
  worker.unref();
  return { ask: (question) => worker.postMessage(question), stop };
}
