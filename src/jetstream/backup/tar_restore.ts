// Makes a stream of a backup that nats-server made before 2.15: a tar archive of the stream's directory, whose message
// blocks are the store's own files. They are put where they belong and opened as any store is, every record checked.
// stream_restore.ts brings the blocks.
// Compat: nats-server filestore.go, streamSnapshot; stream.go, RestoreStream.
import { utf8Text } from '../../base/bytes.ts';
import { errorText } from '../../base/errors.ts';
import { NOTHING_DELIVERED } from '../../store/consumer_store.ts';
import { decodeConsumerState } from '../../store/file/consumer_state.ts';
import { blockNumber, CONSUMER_STATE_FILE, META_FILE, META_SUM_FILE, STATE_FILE } from '../../store/file/layout.ts';
import { metaSum } from '../../store/file/meta_file.ts';
import type { ApiError } from '../api/api_error.ts';
import { decodeConsumerMeta, decodeStreamMeta } from '../stored_config.ts';
import { RestoredConsumers, type RestoreFormat, type RestoreParts, restoreRefusal } from './restore_format.ts';
import { type TarFile, TarReader } from './tar_reader.ts';

/** Where the reference says why it could not go on. */
const ERRORS_FILE = 'errors.txt';
const UNEXPECTED = 'unexpected content';

/** The files of one consumer follow each other. */
interface FoundConsumer {
  readonly name: string;
  readonly files: Map<string, Uint8Array>;
}

export class TarRestore implements RestoreFormat {
  readonly #parts: RestoreParts;
  readonly #tar = new TarReader();
  readonly #consumers: RestoredConsumers;
  #meta: Uint8Array | null = null;
  #consumer: FoundConsumer | null = null;
  #bytes = 0;
  #isWhole = false;

  constructor(parts: RestoreParts) {
    this.#parts = parts;
    this.#consumers = new RestoredConsumers(parts);
  }

  get isWhole(): boolean {
    return this.#isWhole;
  }

  push(block: Uint8Array): void {
    this.#tar.push(block);
  }

  finish(): void {
    // What the files say is known when they are opened.
  }

  async take(): Promise<ApiError | null> {
    for (;;) {
      const file = this.#tar.next();
      if (!file.ok) return restoreRefusal(file.error);
      if (file.value === null) break;
      const refused = await this.#takeFile(file.value);
      if (refused !== null) return refused;
    }
    if (!this.#tar.isAtEnd) return null;
    if (this.#meta === null) return restoreRefusal(`it has no ${META_FILE}`);
    this.#isWhole = true;
    return this.#endConsumer();
  }

  async #takeFile({ name, bytes }: TarFile): Promise<ApiError | null> {
    const parts = name.split('/');
    const [first = '', second = '', third = ''] = parts;
    if (parts.length === 1 && first === META_FILE) return this.#takeMeta(bytes);
    if (parts.length === 1 && first === META_SUM_FILE)
      return this.#checkSum(this.#parts.config.name, this.#meta, bytes);
    if (parts.length === 1 && first === ERRORS_FILE) {
      return restoreRefusal(`the backup failed when it was made: ${utf8Text(bytes, 0, bytes.length)}`);
    }
    if (parts.length === 2 && first === 'msgs' && (blockNumber(second) > 0 || second === STATE_FILE)) {
      return await this.#takeMessages(second, bytes);
    }
    if (parts.length === 3 && first === 'obs') return await this.#takeConsumerFile(second, third, bytes);
    return restoreRefusal(UNEXPECTED);
  }

  #takeMeta(bytes: Uint8Array): ApiError | null {
    const meta = decodeStreamMeta(bytes);
    if (!meta.ok) return restoreRefusal(meta.reason);
    if (meta.config.name !== this.#parts.config.name) return restoreRefusal('stream names do not match');
    this.#meta = bytes;
    return null;
  }

  #checkSum(name: string, meta: Uint8Array | null, sum: Uint8Array): ApiError | null {
    const isRight = meta !== null && utf8Text(sum, 0, sum.length) === metaSum(name, meta);
    return isRight ? null : restoreRefusal(`the checksum of ${META_FILE} of ${JSON.stringify(name)} does not match`);
  }

  async #takeMessages(name: string, bytes: Uint8Array): Promise<ApiError | null> {
    const { storage, config, admit } = this.#parts;
    this.#bytes += bytes.length;
    const refused = admit(config.storage, this.#bytes);
    if (refused !== null) return refused;
    try {
      await storage.importMessages(name, bytes);
    } catch (error) {
      return restoreRefusal(errorText(error));
    }
    return null;
  }

  async #takeConsumerFile(name: string, file: string, bytes: Uint8Array): Promise<ApiError | null> {
    if (file !== META_FILE && file !== META_SUM_FILE && file !== CONSUMER_STATE_FILE) return restoreRefusal(UNEXPECTED);
    if (this.#consumer?.name !== name) {
      const refused = await this.#endConsumer();
      if (refused !== null) return refused;
      this.#consumer = { name, files: new Map() };
    }
    this.#consumer.files.set(file, bytes);
    return null;
  }

  async #endConsumer(): Promise<ApiError | null> {
    if (this.#consumer === null) return null;
    const { name, files } = this.#consumer;
    this.#consumer = null;
    const failed = (reason: string) => restoreRefusal(`error restoring consumer [${JSON.stringify(name)}]: ${reason}`);
    const meta = files.get(META_FILE);
    const sum = files.get(META_SUM_FILE);
    if (meta === undefined || sum === undefined) return failed(`${META_FILE} or ${META_SUM_FILE} is missing`);
    const wrong = this.#checkSum(`${this.#parts.config.name}/${name}`, meta, sum);
    if (wrong !== null) return wrong;
    const stored = decodeConsumerMeta(meta);
    if (!stored.ok) return failed(stored.reason);
    const bytes = files.get(CONSUMER_STATE_FILE) ?? new Uint8Array(0);
    // Compat: filestore.go, stateWithCopyLocked: an empty file is no state.
    if (bytes.length === 0) return await this.#consumers.add(name, stored.config, NOTHING_DELIVERED);
    const state = decodeConsumerState(bytes);
    if (!state.ok) return failed(`${CONSUMER_STATE_FILE} cannot be read: ${state.error}`);
    return await this.#consumers.add(name, stored.config, state.value);
  }
}
