// A key-value bucket that is there: reads its entries from the stream, and gives the client's own bucket for writing. Reads
// go past the client because it leaves out the server's markers, the nanoseconds and the keys of mirrors.
import { jetstream } from '@nats-io/jetstream';
import { type KV, Kvm } from '@nats-io/kv';
import { clientFailure } from '../client/client_failure.ts';
import type { Answer } from '../client/js_api.ts';
import type { StreamInfo } from '../client/js_types.ts';
import type { Session } from '../session.ts';
import { type FeedStart, MessageFeed } from '../streams/message_feed.ts';
import { storedMessage } from '../streams/stored_message.ts';
import { bucketOf, KEY_VALUE, pickBucket } from './bucket.ts';
import { deliveredEntry, type KeyPlace, type KvEntry, storedEntry } from './kv_entry.ts';

export interface ReadOptions {
  /** Keys or patterns of keys. */
  readonly keys: string;
  readonly start: FeedStart;
  /** Values are not needed: entries come without them. */
  readonly isHeadersOnly?: boolean;
}

export class KvBucket {
  readonly answer: Answer<StreamInfo>;
  readonly name: string;
  readonly #session: Session;
  readonly #place: KeyPlace;
  /** Whose keys these are: the bucket's own, or those of the bucket that it mirrors. */
  readonly #origin: string;

  private constructor(session: Session, answer: Answer<StreamInfo>) {
    const { config } = answer.value;
    this.#session = session;
    this.answer = answer;
    this.name = bucketOf(KEY_VALUE, config.name);
    this.#origin = config.mirror === undefined ? this.name : bucketOf(KEY_VALUE, config.mirror.name);
    this.#place = { bucket: this.name, prefix: `$KV.${this.#origin}.` };
  }

  static async open(session: Session, name: string | undefined): Promise<KvBucket> {
    return new KvBucket(session, await pickBucket(session, KEY_VALUE, name));
  }

  get info(): StreamInfo {
    return this.answer.value;
  }

  subjectOf(key: string): string {
    return this.#place.prefix + key;
  }

  /** The latest, or the one of a revision; null where the key has none. A marker is an entry too. */
  async entry(key: string, revision = 0): Promise<KvEntry | null> {
    const place = revision > 0 ? { seq: revision } : { last_by_subj: this.subjectOf(key) };
    const message = await storedMessage(this.#session, this.info, place);
    return message === null || message.subject !== this.subjectOf(key) ? null : storedEntry(message, this.#place);
  }

  /** What is there now. */
  async *entries(options: ReadOptions): AsyncIterable<KvEntry> {
    const feed = await this.#feed(options);
    for await (const message of feed.present()) yield deliveredEntry(message, this.#place);
  }

  /** Also what comes, until the person interrupts. */
  async *following(options: ReadOptions): AsyncIterable<KvEntry> {
    const feed = await this.#feed(options);
    for await (const message of feed.following()) yield deliveredEntry(message, this.#place);
  }

  /** Does something with the client's bucket; `key` is what it is about. */
  async write<T>(key: string, work: (bucket: KV) => Promise<T>): Promise<T> {
    const api = await this.#session.api();
    // A mirror takes no writes: they go to its origin, and through the API of another domain where that is.
    const external = this.info.config.mirror?.external?.api ?? '';
    const options = { apiPrefix: external === '' ? api.prefix : external, timeout: api.timeoutMs, checkAPI: false };
    const bucket = await new Kvm(jetstream(api.connection, options)).open(this.#origin);
    try {
      return await this.#session.during(`key ${key} of bucket ${this.name} may or may not have been written`, () =>
        work(bucket),
      );
    } catch (error) {
      throw clientFailure(error, this.subjectOf(key), api.timeoutMs);
    }
  }

  async #feed({ keys, start, isHeadersOnly = false }: ReadOptions): Promise<MessageFeed> {
    const { name: stream } = this.info.config;
    return await MessageFeed.open(this.#session, { stream, subjects: [this.subjectOf(keys)], start, isHeadersOnly });
  }
}
