// One restore of a stream from its request to its end: where its chunks go, what becomes of a backup that came whole, and
// that nothing stays of every other. What is in it is stream_restore.ts's business.
// Compat: nats-server jetstream_api.go, processStreamRestore.
import { bytesText } from '../../base/bytes_text.ts';
import { errorText } from '../../base/errors.ts';
import { textMessage } from '../../ports/message.ts';
import type { StreamStore } from '../../store/stream_store.ts';
import type { JetStreamAccount } from '../account.ts';
import { type ApiError, apiError } from '../api/api_error.ts';
import type { RestoringStream } from '../store_provider.ts';
import type { Stream } from '../stream/stream.ts';
import type { StreamConfig } from '../stream/stream_config.ts';
import { eventId } from '../unique_id.ts';
import { type RestoreEnd, RestoreReceiver } from './restore_receiver.ts';
import { StreamRestore } from './stream_restore.ts';
import type { Requester, Transfer } from './transfers.ts';

export interface RestoreOptions {
  readonly config: StreamConfig;
  /** Asked when all of it is there: why the stream may not be made after all, or null. */
  check(): ApiError | null;
  /** What the client is told then. */
  answer(result: RestoreResult): string;
}

export type RestoreResult =
  | { readonly kind: 'restored'; readonly stream: Stream }
  | { readonly kind: 'refused'; readonly error: ApiError };

export class RestoreTransfer implements Transfer {
  readonly source = null;
  /** Where the chunks go. */
  readonly subject: string;
  readonly #account: JetStreamAccount;
  readonly #options: RestoreOptions;
  readonly #requester: Requester;
  readonly #storage: RestoringStream;
  readonly #createdNs: bigint;
  readonly #restore: StreamRestore;
  readonly #receiver: RestoreReceiver;

  private constructor(
    account: JetStreamAccount,
    options: RestoreOptions,
    requester: Requester,
    place: { readonly storage: RestoringStream; readonly createdNs: bigint; readonly id: string },
  ) {
    const { bus, parts } = account;
    const { clock, limits: server } = parts;
    const { storage } = place;
    this.subject = `$JS.SNAPSHOT.RESTORE.${options.config.name}.${place.id}`;
    this.#account = account;
    this.#options = options;
    this.#requester = requester;
    this.#storage = storage;
    this.#createdNs = place.createdNs;
    this.#restore = new StreamRestore({
      storage,
      config: options.config,
      server,
      account: account.limits,
      // What its clients can have stored, whichever of the two lets them.
      payloadBytesMax: Math.max(parts.payloadBytesMax, account.payloadBytesMax),
      admit: (kind, bytes) => account.admitRestored(kind, bytes),
      clock,
      nowNs: () => account.nowNs(),
    });
    this.#receiver = new RestoreReceiver({ bus, clock, subject: this.subject, take: (chunk) => this.#take(chunk) });
  }

  /** Rejects where there is no place for it. */
  static async open(
    account: JetStreamAccount,
    options: RestoreOptions,
    requester: Requester,
  ): Promise<RestoreTransfer> {
    const { bus, parts } = account;
    const createdNs = account.nowNs();
    const id = eventId(parts.entropy);
    const storage = await parts.stores.restoreStream(bus.account, options.config, { createdNs, id });
    return new RestoreTransfer(account, options, requester, { storage, createdNs, id });
  }

  get store(): StreamStore {
    return this.#storage.store;
  }

  abort(reason: string): void {
    this.#receiver.abort(reason);
  }

  async run(): Promise<void> {
    const { parts, advisories } = this.#account;
    const about = { ...this.#requester, stream: this.#options.config.name };
    const startMs = parts.clock.realtimeMs();
    parts.log.info(`Starting restore for ${this.#name}`);
    advisories.restoreStarted(about);
    const end = await this.#receiver.ended;
    const result = await this.#resultOf(end);
    const ms = (parts.clock.realtimeMs() - startMs).toFixed(0);
    const size = bytesText(this.#receiver.bytes);
    if (result.kind === 'refused') {
      const reason = end.kind === 'given_up' ? `it ${end.reason}` : result.error.description;
      parts.log.warn(`Restore failed after ${size} for ${this.#name} in ${ms}ms: ${reason}`);
    } else parts.log.info(`Completed restore of ${size} for ${this.#name} in ${ms}ms`);
    if (end.kind === 'given_up' && end.isSilent) return;
    advisories.restoreEnded({ ...about, startMs }, this.#receiver.bytes);
    if (end.kind === 'given_up' || end.reply.length === 0) return;
    this.#account.bus.publish(textMessage(end.reply, this.#options.answer(result)));
  }

  get #name(): string {
    return `stream '${this.#account.bus.account} > ${this.#options.config.name}'`;
  }

  async #take(chunk: Uint8Array): Promise<ApiError | null> {
    try {
      return await this.#restore.take(chunk);
    } catch (error) {
      return failed(error);
    }
  }

  async #resultOf(end: RestoreEnd): Promise<RestoreResult> {
    let error = end.kind === 'refused' ? end.error : null;
    if (end.kind === 'given_up') error = failed(new Error(end.reason));
    error ??= this.#restore.finish();
    if (error === null) {
      const result = await this.#account.changeInTurn(() => this.#adopt());
      if (result.kind === 'restored') return result;
      error = result.error;
    }
    try {
      await this.#storage.discard();
    } catch (left) {
      this.#account.parts.log.error(`Cannot remove what is left of the restore for ${this.#name}: ${errorText(left)}`);
    }
    return { kind: 'refused', error };
  }

  /** Others may have changed meanwhile what the stream was planned for. */
  async #adopt(): Promise<RestoreResult> {
    const { config, check } = this.#options;
    const error = check();
    if (error !== null) return { kind: 'refused', error };
    try {
      const storage = await this.#storage.finish();
      return { kind: 'restored', stream: await this.#account.adoptStream(config, this.#createdNs, storage) };
    } catch (failure) {
      return { kind: 'refused', error: failed(failure) };
    }
  }
}

function failed(error: unknown): ApiError {
  return apiError('JSStreamRestoreErrF', { err: errorText(error) });
}
