// The file storage of one server: the memory, the open files, the commit rounds and the read cache that all its streams
// share. It opens streams and writes their state files. compose makes one; JetStream opens streams and consumers here.
import type { Logger } from '../../base/log.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Disk } from '../../ports/disk.ts';
import type { Entropy } from '../../ports/entropy.ts';
import { CommitRounds } from '../commit/commit_round.ts';
import { ARENA_DEFAULT, type ArenaOptions, RecordArena } from '../commit/record_arena.ts';
import type { MessageExpiry } from '../message_expiry.ts';
import type { StreamIndex } from '../stream_index.ts';
import type { Block } from './block.ts';
import { expiryPath, recoverExpiry } from './expiry_file.ts';
import { type FileStreamOptions, FileStreamStore, type StorageParts, type SyncPolicy } from './file_stream_store.ts';
import { join, MESSAGES_DIRECTORY, STATE_FILE } from './layout.ts';
import { OPEN_FILES_MAX, OpenFiles } from './open_files.ts';
import { ReadCache } from './read_cache.ts';
import { RECORD_DIGEST_BYTES } from './record.ts';
import { replaceFile } from './safe_files.ts';
import { encodeState } from './state_file.ts';
import { settled } from './stream_log.ts';
import { recoverStream } from './stream_recover.ts';

export interface StorageOptions {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly log: Logger;
  /** `always`: a record is durable when it is on disk. Milliseconds: when it is written; synced every so often. */
  readonly sync: SyncPolicy;
  readonly arena?: ArenaOptions;
  readonly openFilesMax?: number;
  readonly deadBytesMin?: number;
}

const DEAD_BYTES_MIN = 64 * 1024;

export class FileStorage {
  readonly #parts: StorageParts;

  constructor(options: StorageOptions) {
    const { disk, clock, entropy, log, sync } = options;
    const arena = new RecordArena(options.arena ?? ARENA_DEFAULT);
    const files = new OpenFiles(disk, options.openFilesMax ?? OPEN_FILES_MAX);
    const seed = new Uint8Array(4);
    entropy.fill(seed);
    this.#parts = {
      disk,
      clock,
      entropy,
      log,
      arena,
      rounds: new CommitRounds(clock),
      files,
      cache: new ReadCache(arena, files),
      sync,
      deadBytesMin: options.deadBytesMin ?? DEAD_BYTES_MIN,
      seed: new DataView(seed.buffer).getUint32(0),
    };
  }

  get parts(): StorageParts {
    return this.#parts;
  }

  /** Opens a stream's directory, or makes it. Limits are applied to what is found before this resolves. */
  async openStream(options: FileStreamOptions, sync: SyncPolicy = this.#parts.sync): Promise<FileStreamStore> {
    const parts = { ...this.#parts, sync };
    const recovered = await recoverStream(parts, options);
    const store = new FileStreamStore(parts, options, recovered, (target) => this.#writeState(target));
    if (options.allowsTtl === true) await recoverExpiry(this.#parts.disk, store, options.limits.ageMaxNs > 0);
    store.enforceAfterRecovery();
    return store;
  }

  async #writeState(store: FileStreamStore): Promise<void> {
    const { log } = store;
    const { blocks, tail } = log;
    // A state file is about what is on disk, all of it.
    if (tail.written !== tail.size || tail.size === 0 || log.hasPurge) return;
    const lastDigest = await this.#lastDigest(store, tail);
    if (tail.written !== tail.size || log.tail !== tail || log.hasPurge) return;
    const state = store.state;
    const { messageIndex: index, name: streamName } = store;
    const withExpiry = countByBlock(index, store.messageExpiry);
    const bytes = encodeState({ streamName, state, index, blocks, lastDigest, withExpiry });
    const { disk } = this.#parts;
    const expiry = store.messageExpiry?.encode(state.sequenceLast + 1) ?? null;
    if (expiry !== null) await replaceFile(disk, expiryPath(store.directory), expiry, true);
    await replaceFile(disk, join(store.directory, MESSAGES_DIRECTORY, STATE_FILE), bytes, true);
  }

  async #lastDigest(store: FileStreamStore, tail: Block): Promise<Uint8Array> {
    const offset = tail.size - RECORD_DIGEST_BYTES;
    const segment = store.log.findSegment(tail, offset, RECORD_DIGEST_BYTES);
    if (segment !== null) {
      const at = segment.start + offset - segment.fileOffset;
      return segment.bytes.slice(at, at + RECORD_DIGEST_BYTES);
    }
    const digest = new Uint8Array(RECORD_DIGEST_BYTES);
    const { files } = this.#parts;
    await settled((done) => {
      files.use(tail.slot, 'read', (error, file) => {
        if (file === null) {
          done(error);
          return;
        }
        file.read(digest, offset, (failure) => {
          files.done(tail.slot);
          done(failure);
        });
      });
    });
    return digest;
  }
}

/** How many messages with a TTL each block has: another server reads those blocks when it has no expiry file. */
function countByBlock(index: StreamIndex<Block>, expiry: MessageExpiry | null): ReadonlyMap<Block, number> {
  const counts = new Map<Block, number>();
  for (const sequence of expiry?.sequences() ?? []) {
    const block = index.blockOf(sequence)?.holder;
    if (block !== undefined) counts.set(block, (counts.get(block) ?? 0) + 1);
  }
  return counts;
}
