// Writes to a TLS stream: pieces are joined in memory that is used again, and given to it one buffer at a time. TLS would
// join several itself, in new memory every time, which costs more than enciphering. Called by node_network.ts.
import type { TLSSocket } from 'node:tls';
import type { ReadMemory, ReadMemoryPool } from './_read_memory.ts';

export class TlsWriter {
  readonly #socket: TLSSocket;
  readonly #pool: ReadMemoryPool;
  readonly #written: () => void;
  /** The memory of the writes under way, oldest first; null for a caller's own. */
  readonly #inFlight: (ReadMemory | null)[] = [];
  /** One function for every write: they end in the order in which they began, those that fail too. */
  readonly #ended = (): void => {
    const memory = this.#inFlight.shift();
    if (memory !== null && memory !== undefined) this.#pool.give(memory);
    this.#written();
  };

  constructor(socket: TLSSocket, pool: ReadMemoryPool, written: () => void) {
    this.#socket = socket;
    this.#pool = pool;
    this.#written = written;
    // Writes that had to wait would be joined after all.
    (socket as { _writev: unknown })._writev = null;
  }

  write(pieces: readonly Uint8Array[], count: number): void {
    if (count === 1) return this.#send(pieces[0] as Uint8Array, null);
    let left = 0;
    for (let i = 0; i < count; i++) left += (pieces[i] as Uint8Array).length;
    let memory = this.#take(left);
    let at = 0;
    for (let i = 0; i < count; i++) {
      const piece = pieces[i] as Uint8Array;
      let from = 0;
      while (from < piece.length) {
        if (at === memory.bytes.length) {
          this.#send(memory.bytes, memory);
          memory = this.#take(left);
          at = 0;
        }
        const size = Math.min(piece.length - from, memory.bytes.length - at);
        memory.bytes.set(size === piece.length ? piece : piece.subarray(from, from + size), at);
        from += size;
        at += size;
        left -= size;
      }
    }
    this.#send(memory.bytes.subarray(0, at), memory);
  }

  #send(bytes: Uint8Array, memory: ReadMemory | null): void {
    this.#inFlight.push(memory);
    this.#socket.write(bytes, this.#ended);
  }

  /** For so many bytes, or as many as there is memory for. */
  #take(bytes: number): ReadMemory {
    const { levels } = this.#pool;
    let level = 0;
    while (level + 1 < levels.length && (levels[level]?.bytes ?? 0) < bytes) level++;
    return this.#pool.take(level);
  }
}
