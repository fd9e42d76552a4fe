// The tree of a store directory: which accounts, streams and consumers there are, and their configurations. Damage is
// named and stepped over; nothing is removed but what was asked for, and a removal cut short by a crash is finished. It
// knows no JSON and no messages: FileStorage opens streams, FileConsumerStore keeps consumers, app/ joins them.
import { assert } from '../../base/assert.ts';
import { errorText, OperatingError } from '../../base/errors.ts';
import type { Disk } from '../../ports/disk.ts';
import {
  CONSUMER_STATE_FILE,
  CONSUMERS_DIRECTORY,
  join,
  MESSAGES_DIRECTORY,
  META_FILE,
  META_SUM_FILE,
  STREAMS_DIRECTORY,
} from './layout.ts';
import { type MetaRead, readMeta, writeMeta } from './meta_file.ts';
import { makeSafeDirectory, parentOf, removedName, removeSafely } from './safe_files.ts';

export interface FoundConsumer {
  readonly name: string;
  readonly directory: string;
  readonly meta: Uint8Array;
}

export interface FoundStream {
  readonly name: string;
  readonly directory: string;
  readonly meta: Uint8Array;
  readonly consumers: readonly FoundConsumer[];
}

export interface ConsumerNames {
  readonly stream: string;
  readonly consumer: string;
}

/** Something that could not be read. */
export interface AssetProblem {
  readonly stream: string;
  /** Null where it is about the whole stream. */
  readonly consumer: string | null;
  /** A sentence without a period. */
  readonly problem: string;
}

export interface FoundAssets {
  readonly streams: readonly FoundStream[];
  readonly problems: readonly AssetProblem[];
}

export class StoreDirectory {
  /** `<store_dir>/jetstream`. */
  readonly root: string;
  readonly #disk: Disk;
  readonly #sync: boolean;

  /** `sync`: what is written is on disk before a call resolves. */
  constructor(disk: Disk, root: string, sync: boolean) {
    this.#disk = disk;
    this.root = root;
    this.#sync = sync;
  }

  async accounts(): Promise<string[]> {
    return this.#directoriesIn(this.root);
  }

  streamDirectory(account: string, stream: string): string {
    return join(this.root, checkedName(account), STREAMS_DIRECTORY, checkedName(stream));
  }

  consumerDirectory(account: string, stream: string, consumer: string): string {
    return join(this.streamDirectory(account, stream), CONSUMERS_DIRECTORY, checkedName(consumer));
  }

  // --- finding -----------------------------------------------------------------------------------------------------

  async streams(account: string): Promise<FoundAssets> {
    const streams: FoundStream[] = [];
    const problems: AssetProblem[] = [];
    const directory = join(this.root, checkedName(account), STREAMS_DIRECTORY);
    if ((await this.#disk.stat(directory)) === null) return { streams, problems };
    // A server that died may have made these names without getting them to disk; what is found counts from now on.
    await makeSafeDirectory(this.#disk, directory);
    await this.#disk.syncDirectory(directory);
    for (const name of await this.#directoriesIn(directory)) {
      const path = join(directory, name);
      // Compat: jetstream.go, EnableJetStream: the dot says that its removal had begun.
      if (name.startsWith('.')) {
        await this.#disk.removeTree(path);
        continue;
      }
      const meta = await this.#readMeta(path, name);
      if (meta === null) continue;
      if (meta.ok) streams.push(await this.#foundStream(name, path, meta.bytes, problems));
      else {
        const problem = `Stream '${name}' of account '${account}' is left alone: ${meta.reason}`;
        problems.push({ stream: name, consumer: null, problem });
      }
    }
    return { streams, problems };
  }

  async #foundStream(stream: string, path: string, meta: Uint8Array, problems: AssetProblem[]): Promise<FoundStream> {
    const consumers: FoundConsumer[] = [];
    const directory = join(path, CONSUMERS_DIRECTORY);
    let names: string[] = [];
    try {
      names = await this.#directoriesIn(directory);
      if (names.length > 0) await this.#disk.syncDirectory(directory);
    } catch (error) {
      const problem = `All consumers of stream '${stream}' are left alone: ${errorText(error)}`;
      problems.push({ stream, consumer: '*', problem });
    }
    for (const name of names) {
      const own = join(directory, name);
      if (name.startsWith('.')) {
        await this.#disk.removeTree(own);
        continue;
      }
      const read = await this.#readMeta(own, `${stream}/${name}`);
      if (read === null) continue;
      if (read.ok) consumers.push({ name, directory: own, meta: read.bytes });
      else {
        const problem = `Consumer '${name}' of stream '${stream}' is left alone: ${read.reason}`;
        problems.push({ stream, consumer: name, problem });
      }
    }
    return { name: stream, directory: path, meta, consumers };
  }

  /** Null where there is nothing yet. An asset that the system does not let us read is as good as damaged. */
  async #readMeta(path: string, name: string): Promise<MetaRead | null> {
    try {
      await this.#disk.syncDirectory(path);
      const meta = await readMeta(this.#disk, path, name);
      return !meta.ok && (await this.#isUnborn(path)) ? null : meta;
    } catch (error) {
      return { ok: false, reason: errorText(error) };
    }
  }

  /** What a server leaves that dies while it makes a stream or consumer: a directory with nothing of them in it yet. */
  async #isUnborn(path: string): Promise<boolean> {
    for (const name of [META_FILE, META_SUM_FILE, CONSUMER_STATE_FILE])
      if ((await this.#disk.stat(join(path, name))) !== null) return false;
    const messages = join(path, MESSAGES_DIRECTORY);
    if ((await this.#disk.stat(messages)) === null) return true;
    return (await this.#disk.list(messages)).length === 0;
  }

  /** Whether a directory is new. One that is left alone must stay as it is. */
  async #claim(path: string, what: string): Promise<boolean> {
    if ((await this.#disk.stat(path)) === null) return true;
    if (await this.#isUnborn(path)) return false;
    const text = `${what} was left alone when the server started: repair '${path}', or move it away`;
    throw new OperatingError('STORE_LEFT_ALONE', text, { context: { path } });
  }

  async #directoriesIn(path: string): Promise<string[]> {
    if ((await this.#disk.stat(path)) === null) return [];
    const entries = await this.#disk.list(path);
    return entries.filter((entry) => entry.kind === 'directory').map((entry) => entry.name);
  }

  // --- writing -----------------------------------------------------------------------------------------------------

  /** Makes the stream's directory with its configuration. */
  async createStream(account: string, stream: string, meta: Uint8Array): Promise<string> {
    const directory = this.streamDirectory(account, stream);
    const isNew = await this.#claim(directory, `A stream '${stream}'`);
    try {
      await makeSafeDirectory(this.#disk, join(directory, MESSAGES_DIRECTORY));
      await makeSafeDirectory(this.#disk, join(directory, CONSUMERS_DIRECTORY), directory);
      await writeMeta(this.#disk, directory, stream, meta, this.#sync);
    } catch (error) {
      // Half a stream is none: the next attempt begins with nothing, whatever of this one got to disk.
      if (isNew) await this.#disk.removeTree(directory);
      throw error;
    }
    return directory;
  }

  async writeStreamMeta(account: string, stream: string, meta: Uint8Array): Promise<void> {
    await writeMeta(this.#disk, this.streamDirectory(account, stream), stream, meta, this.#sync);
  }

  async createConsumer(account: string, stream: string, consumer: string, meta: Uint8Array): Promise<string> {
    const directory = this.consumerDirectory(account, stream, consumer);
    const isNew = await this.#claim(directory, `A consumer '${consumer}'`);
    try {
      await makeSafeDirectory(this.#disk, directory, this.streamDirectory(account, stream));
      await writeMeta(this.#disk, directory, `${stream}/${consumer}`, meta, this.#sync);
    } catch (error) {
      if (isNew) await this.#disk.removeTree(directory);
      throw error;
    }
    return directory;
  }

  /**
   * Makes the directory of a stream that is being restored. Its name, which no stream can have, says that it is to be
   * removed: what a crash leaves of it goes with the next start, as after a removal that was cut short.
   */
  async beginRestore(account: string, stream: string, id: string, meta: Uint8Array): Promise<string> {
    const name = removedName(`${checkedName(stream)}.${checkedName(id)}`);
    const directory = join(this.root, checkedName(account), STREAMS_DIRECTORY, name);
    try {
      await makeSafeDirectory(this.#disk, join(directory, MESSAGES_DIRECTORY));
      await makeSafeDirectory(this.#disk, join(directory, CONSUMERS_DIRECTORY), directory);
      await writeMeta(this.#disk, directory, stream, meta, true);
    } catch (error) {
      await this.#disk.removeTree(directory);
      throw error;
    }
    return directory;
  }

  /** A stream that is being restored gets files in the place of what a store made there. */
  async clearRestoredMessages(directory: string): Promise<void> {
    await this.#disk.removeTree(join(directory, MESSAGES_DIRECTORY));
    await makeSafeDirectory(this.#disk, join(directory, MESSAGES_DIRECTORY), directory);
  }

  /** A block file, or the state file, on disk then. */
  async restoreMessages(directory: string, name: string, bytes: Uint8Array): Promise<void> {
    const messages = join(directory, MESSAGES_DIRECTORY);
    await this.#disk.writeFile(join(messages, checkedName(name)), bytes, { sync: true });
    await this.#disk.syncDirectory(messages);
  }

  /** A consumer of a stream that is being restored, with its state. All of it is on disk then. */
  async restoreConsumer(directory: string, names: ConsumerNames, meta: Uint8Array, state: Uint8Array): Promise<void> {
    const { stream, consumer } = names;
    const path = join(directory, CONSUMERS_DIRECTORY, checkedName(consumer));
    await makeSafeDirectory(this.#disk, path, directory);
    await this.#disk.writeFile(join(path, CONSUMER_STATE_FILE), state, { sync: true });
    await writeMeta(this.#disk, path, `${stream}/${consumer}`, meta, true);
  }

  /** Gives the stream that was restored its name. Everything in its directory is on disk. */
  async endRestore(account: string, stream: string, directory: string): Promise<FoundStream> {
    const path = this.streamDirectory(account, stream);
    const isNew = await this.#claim(path, `A stream '${stream}'`);
    if (!isNew) await removeSafely(this.#disk, path);
    await this.#disk.rename(directory, path);
    try {
      await this.#disk.syncDirectory(parentOf(path));
      const meta = await readMeta(this.#disk, path, stream);
      const problems: AssetProblem[] = [];
      const found = meta.ok ? await this.#foundStream(stream, path, meta.bytes, problems) : null;
      if (found !== null && problems.length === 0) return found;
      const text = `What was restored to '${path}' does not read as it was written`;
      throw new OperatingError('DISK_CORRUPT_FILE', text, { context: { path } });
    } catch (error) {
      await removeSafely(this.#disk, path);
      throw error;
    }
  }

  async removeRestore(directory: string): Promise<void> {
    await this.#disk.removeTree(directory);
  }

  async writeConsumerMeta(account: string, stream: string, consumer: string, meta: Uint8Array): Promise<void> {
    const directory = this.consumerDirectory(account, stream, consumer);
    await writeMeta(this.#disk, directory, `${stream}/${consumer}`, meta, this.#sync);
  }

  /** For a stream whose store is not open; FileStreamStore.destroy() does it for one that is. */
  async removeStream(account: string, stream: string): Promise<void> {
    await removeSafely(this.#disk, this.streamDirectory(account, stream));
  }

  /** For an account that no store of is open: what it has, stream by stream, then the rest. */
  async removeAccount(account: string): Promise<void> {
    const directory = join(this.root, checkedName(account));
    for (const stream of await this.#directoriesIn(join(directory, STREAMS_DIRECTORY))) {
      await removeSafely(this.#disk, join(directory, STREAMS_DIRECTORY, stream));
    }
    await this.#disk.removeTree(directory);
    await this.#disk.syncDirectory(this.root);
  }
}

/** A name that stays in its directory. What clients may call things is checked long before. */
function checkedName(name: string): string {
  assert(name !== '' && name !== '.' && name !== '..' && !/[/\\\0]/.test(name), 'a name is no path');
  return name;
}
