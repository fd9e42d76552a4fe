// Makes a stream of a backup as it comes: unpacks it, finds out which of the two formats it has, and waits for the disk, so
// that little is held in memory. Only a backup that came whole becomes a stream; of every other nothing stays.
// restore_receiver.ts brings the chunks and answers them.
// Compat: nats-server jetstream_api.go, processStreamRestore.
import { utf8Text } from '../../base/bytes.ts';
import { errorText } from '../../base/errors.ts';
import { S2Reader } from '../../base/s2_reader.ts';
import type { ApiError } from '../api/api_error.ts';
import { ArchiveRestore } from './archive_restore.ts';
import { ARCHIVE_MAGIC } from './archive_writer.ts';
import { type RestoreFormat, type RestoreParts, restoreRefusal } from './restore_format.ts';
import { TarRestore } from './tar_restore.ts';

/** What may wait for the disk before more is unpacked. */
const PENDING_BYTES_MAX = 1 << 20;
/** Others have their turn after so long. */
const TURN_MS = 3;

export class StreamRestore {
  readonly #parts: RestoreParts;
  readonly #packed = new S2Reader();
  /** Null until enough is unpacked to tell. */
  #format: RestoreFormat | null = null;
  #beginning: Uint8Array = new Uint8Array(0);
  /** When others had their turn. */
  #turnMs = 0;
  /** Why the store takes no more. */
  #fault: string | null = null;
  #faulted: (reason: string) => void = () => undefined;

  constructor(parts: RestoreParts) {
    this.#parts = parts;
    parts.storage.store.listen({
      durable: () => undefined,
      removed: () => undefined,
      removedMany: () => undefined,
      expired: () => undefined,
      faulted: (reason) => {
        this.#fault = reason;
        this.#faulted(reason);
      },
    });
  }

  /** Resolves when what the chunk says is stored, or with the refusal. The bytes must not change. */
  async take(chunk: Uint8Array): Promise<ApiError | null> {
    this.#packed.push(chunk);
    // Compat: what follows the end is taken and means nothing.
    while (this.#format?.isWhole !== true) {
      const block = this.#packed.next();
      if (!block.ok) return restoreRefusal(block.error);
      if (block.value === null) break;
      const refused = await this.#takeBlock(block.value);
      if (refused !== null) return refused;
      await this.#maybeTurn();
    }
    return await this.#flush();
  }

  /** After the last chunk: whether everything was there. */
  finish(): ApiError | null {
    if (this.#format?.isWhole !== true) return restoreRefusal('backup was truncated');
    this.#format.finish();
    return null;
  }

  async #maybeTurn(): Promise<void> {
    const { clock } = this.#parts;
    if (clock.monotonicMs() - this.#turnMs < TURN_MS) return;
    await new Promise<void>((resolve) => clock.after(0, resolve));
    this.#turnMs = clock.monotonicMs();
  }

  async #takeBlock(block: Uint8Array): Promise<ApiError | null> {
    if (this.#format === null) {
      this.#beginning = Buffer.concat([this.#beginning, block]);
      if (this.#beginning.length < ARCHIVE_MAGIC.length) return null;
      const isArchive = utf8Text(this.#beginning, 0, ARCHIVE_MAGIC.length) === ARCHIVE_MAGIC;
      this.#format = isArchive ? new ArchiveRestore(this.#parts) : new TarRestore(this.#parts);
      this.#format.push(this.#beginning);
      this.#beginning = new Uint8Array(0);
    } else this.#format.push(block);
    const refused = await this.#format.take();
    if (refused !== null) return refused;
    return this.#parts.storage.store.pendingBytes > PENDING_BYTES_MAX ? await this.#flush() : null;
  }

  /** A disk that is full is not waited for: whoever restores has to make room. */
  async #flush(): Promise<ApiError | null> {
    if (this.#fault !== null) return restoreRefusal(this.#fault);
    if (this.#parts.storage.store.pendingBytes === 0) return null;
    const faulted = new Promise<string>((resolve) => {
      this.#faulted = resolve;
    });
    const flushed = this.#parts.storage.store.flush().then(
      () => null,
      (error: unknown) => errorText(error),
    );
    const fault = await Promise.race([faulted, flushed]);
    return fault === null ? null : restoreRefusal(fault);
  }
}
