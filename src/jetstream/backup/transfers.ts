// The backups and restores that are under way in one account: how many, what they store meanwhile, and their end when the
// account ends. They are made by api/backup_requests.ts.
import type { ClientInfo, Passage } from '../../ports/message.ts';
import type { StreamStore } from '../../store/stream_store.ts';

/** Each holds a few chunks in memory. */
const TRANSFERS_MAX = 64;
const CLOSED = 'server shutting down';

/** Who asked for a backup or restore. */
export interface Requester {
  readonly client: ClientInfo | null;
  readonly passage: Passage | null;
}

export interface Transfer {
  /** The stream it reads; null for one that it makes. */
  readonly source: string | null;
  /** Of a stream that nobody sees yet. */
  readonly store: StreamStore | null;
  /** Resolves at its end, whatever that is. */
  run(): Promise<void>;
  abort(reason: string): void;
}

export class Transfers {
  readonly #running = new Map<Transfer, Promise<void>>();
  #isClosed = false;

  /** Whether no more may begin. */
  get isFull(): boolean {
    return this.#isClosed || this.#running.size >= TRANSFERS_MAX;
  }

  /** Streams that nobody sees yet take room like any other. */
  *stores(): Iterable<StreamStore> {
    for (const { store } of this.#running.keys()) if (store !== null) yield store;
  }

  start(transfer: Transfer): void {
    const ended = transfer.run().finally(() => this.#running.delete(transfer));
    this.#running.set(transfer, ended);
    // The account may have ended while it was made ready.
    if (this.#isClosed) transfer.abort(CLOSED);
  }

  /** A stream goes: its backups end. */
  streamRemoved(name: string): void {
    for (const transfer of this.#running.keys()) if (transfer.source === name) transfer.abort('stream closed');
  }

  /** Ends what is under way; of restores nothing stays. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const transfer of this.#running.keys()) transfer.abort(CLOSED);
    await Promise.all(this.#running.values());
  }
}
