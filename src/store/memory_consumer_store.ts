// A consumer's state in memory: there is nothing to write, so everything is durable at once, and what was there before is
// what a backup brought.
import type { ConsumerState, ConsumerStore } from './consumer_store.ts';

export class MemoryConsumerStore implements ConsumerStore {
  readonly recovered: ConsumerState | null;

  constructor(recovered: ConsumerState | null = null) {
    this.recovered = recovered;
  }

  changed(): void {
    // The consumer itself is the only holder of its state.
  }

  whenDurable(callback: () => void): void {
    callback();
  }

  flush(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  destroy(): Promise<void> {
    return Promise.resolve();
  }
}
