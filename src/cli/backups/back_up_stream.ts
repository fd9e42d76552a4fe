// Takes the backup of a stream over the network: asks the stream's leader for it, writes the chunks as they come, lets the
// server send on, and knows when the last one was there. What is not whole at the end is not left behind.
// Compat: jsm.go snapshots.go, createSnapshot; server/jetstream_api.go, streamSnapshot.
import { createInbox, type Msg, type Subscription } from '@nats-io/transport-node';
import type { JsonObject } from '../../base/json_parser.ts';
import type { FileWriter } from '../../ports/files.ts';
import type { Answer } from '../client/js_api.ts';
import type { StreamInfo, StreamState } from '../client/js_types.ts';
import { deferred } from '../deferred.ts';
import { CommandError } from '../errors.ts';
import { sizeText } from '../output/human.ts';
import { type Progress, startProgress } from '../output/progress.ts';
import type { Session } from '../session.ts';
import { BackupFolder } from './backup_folder.ts';
import { S2Length } from './s2_length.ts';

export interface BackupOptions {
  readonly info: StreamInfo;
  /** The folder. */
  readonly target: string;
  readonly hasConsumers: boolean;
  readonly isChecked: boolean;
  readonly hasProgress: boolean;
  /** Bytes; the server's own where they are not given. */
  readonly chunkSize: number | undefined;
  readonly windowSize: number | undefined;
}

export interface BackupResult {
  readonly chunks: number;
  readonly bytes: number;
  readonly uncompressedBytes: number;
  readonly durationMs: number;
}

const CHUNK_BYTES = 128 * 1024;
/** The server gives up when nothing is acknowledged for as long; so do we when nothing comes. */
const SILENCE_MS_MIN = 5000;
const LAST = 204;

export async function backUpStream(session: Session, options: BackupOptions): Promise<BackupResult> {
  const folder = new BackupFolder(session, options.target);
  folder.prepare();
  const connection = await session.connect();
  const writer = session.doors.files.openWriter(folder.archiveFor(connection.info?.version ?? ''));
  // Where it ends in any other way than whole.
  const abandon = (): void => {
    writer.abandon();
    folder.discard();
  };
  session.onClose(abandon);
  try {
    return await new StreamBackup(session, options, { folder, writer }).run();
  } catch (error) {
    abandon();
    throw error;
  }
}

interface Writing {
  readonly folder: BackupFolder;
  readonly writer: FileWriter;
}

class StreamBackup {
  readonly #session: Session;
  readonly #options: BackupOptions;
  readonly #folder: BackupFolder;
  readonly #writer: FileWriter;
  readonly #length: S2Length;
  readonly #isOver: Promise<void>;
  readonly #finish: () => void;
  #error: Error | null;
  #progress: Progress | null;
  #chunks: number;
  #bytes: number;
  #lastMs: number;

  constructor(session: Session, options: BackupOptions, { folder, writer }: Writing) {
    const { promise, resolve } = deferred();
    this.#session = session;
    this.#options = options;
    this.#folder = folder;
    this.#writer = writer;
    this.#length = new S2Length();
    this.#isOver = promise;
    this.#finish = resolve;
    this.#error = null;
    this.#progress = null;
    this.#chunks = 0;
    this.#bytes = 0;
    this.#lastMs = 0;
  }

  async run(): Promise<BackupResult> {
    const { clock } = this.#session.doors;
    const startMs = clock.monotonicMs();
    const inbox = createInbox(this.#session.settings.inbox_prefix || '_INBOX');
    const connection = await this.#session.connect();
    const subscription = connection.subscribe(inbox, {
      callback: (error, message) => {
        if (error === null) this.#take(message);
      },
    });
    try {
      const { value, exact } = await this.#ask(inbox);
      this.#start(value.state);
      await this.#untilOver(subscription);
      this.#writer.finish();
      this.#folder.writeMeta(exact as JsonObject);
      this.#progress?.set(value.state.bytes);
    } finally {
      subscription.unsubscribe();
      this.#progress?.stop();
    }
    return {
      chunks: this.#chunks,
      bytes: this.#bytes,
      uncompressedBytes: this.#length.bytes,
      durationMs: clock.monotonicMs() - startMs,
    };
  }

  async #ask(inbox: string): Promise<Answer<{ readonly state: StreamState }>> {
    const { info, hasConsumers, isChecked, chunkSize, windowSize } = this.#options;
    const api = await this.#session.api();
    return await api.request(`STREAM.SNAPSHOT.${info.config.name}`, {
      deliver_subject: inbox,
      no_consumers: !hasConsumers,
      jsck: isChecked,
      chunk_size: chunkSize ?? CHUNK_BYTES,
      ...(windowSize === undefined ? {} : { window_size: windowSize }),
    });
  }

  #start({ bytes }: StreamState): void {
    const { info, isChecked, hasProgress } = this.#options;
    this.#lastMs = this.#session.doors.clock.monotonicMs();
    if (!this.#session.isJson) {
      this.#session.print(`Starting backup of Stream "${info.config.name}" with ${sizeText(bytes)}`);
      if (hasProgress) this.#session.print();
      if (isChecked) {
        this.#session.print('Health Check was requested, this can take a long time without progress reports\n');
      }
    }
    if (hasProgress && this.#session.trace === null && bytes > 0) {
      this.#progress = startProgress(this.#session, { total: bytes, text: sizeText });
    }
  }

  #take(message: Msg): void {
    const { data, headers } = message;
    if (data.length === 0) {
      const { code = LAST, description = '' } = headers ?? {};
      if (code !== 0 && code !== LAST) this.#error = new CommandError(`snapshot failed: ${code} ${description}`);
      this.#finish();
      return;
    }
    // Before it is written: the server waits for no disk of ours.
    message.respond();
    this.#lastMs = this.#session.doors.clock.monotonicMs();
    this.#chunks++;
    this.#bytes += data.length;
    this.#length.add(data);
    this.#session.trace?.(`Received ${sizeText(data.length)} chunk ${this.#chunks}`);
    this.#progress?.set(this.#length.bytes);
    try {
      this.#writer.write(data);
    } catch (error) {
      this.#error = error instanceof Error ? error : new Error(String(error));
      this.#finish();
    }
  }

  async #untilOver(subscription: Subscription): Promise<void> {
    const { clock } = this.#session.doors;
    const silenceMs = Math.max(SILENCE_MS_MIN, this.#session.timeoutMs);
    const { name } = this.#options.info.config;
    const watch = (): void => {
      const leftMs = this.#lastMs + silenceMs - clock.monotonicMs();
      if (leftMs > 0) {
        timer = clock.after(leftMs, watch);
        return;
      }
      this.#error = new CommandError(
        `the backup of stream "${name}" was given up: no data for ${silenceMs / 1000}s; --timeout says how long to wait`,
      );
      this.#finish();
    };
    let timer = clock.after(silenceMs, watch);
    await Promise.race([this.#isOver, this.#session.interrupted]);
    timer.cancel();
    if (this.#error !== null) throw this.#error;
    if (!this.#session.isInterrupted) return;
    subscription.unsubscribe();
    throw new CommandError(
      `interrupted: the backup of stream "${name}" was given up, nothing of it is left in '${this.#folder.path}'`,
      { code: 130 },
    );
  }
}
