// The door to threads: work of its own for other cores. What is sent must be plain data. Body: node/node_threads.ts.

/** The other end of a thread, seen from either side. */
export interface ThreadPort {
  post(message: unknown): void;
  onMessage(callback: (message: unknown) => void): void;
}

export interface Thread extends ThreadPort {
  /** Called once: with null after an orderly end. */
  onEnd(callback: (error: Error | null) => void): void;
  /** At once. */
  end(): void;
}

export interface Threads {
  /** How many threads can run at the same time. */
  readonly cores: number;
  /** `program` is a file that takes its port from the body of this door. */
  start(program: URL): Thread;
}
