// An object bucket that is there: what it says of its objects, their chunks, and the client's own store for writing. Chunks
// are read past the client: it waits for ever where some are lost, makes a bucket that a link names, and leaves its
// consumer behind.
import { jetstream } from '@nats-io/jetstream';
import { Base64UrlPaddedCodec, type ObjectStore, Objm, setSha256Backend } from '@nats-io/obj';
import { clientFailure } from '../client/client_failure.ts';
import type { Answer } from '../client/js_api.ts';
import type { StreamInfo } from '../client/js_types.ts';
import { CommandError } from '../errors.ts';
import { didYouMean } from '../input/suggestion.ts';
import type { Session } from '../session.ts';
import { type FeedStart, MessageFeed } from '../streams/message_feed.ts';
import { storedMessage } from '../streams/stored_message.ts';
import { bucketOf, OBJECTS, pickBucket } from './bucket.ts';
import { deliveredTime } from './kv_entry.ts';
import { type ObjectEntry, objectEntry } from './object_entry.ts';

/** Bytes of chunks that may be under way at once. */
const WINDOW_BYTES = 16 * 1024 * 1024;
const WINDOW_MAX = 100;
const CHUNK_SIZE = 128 * 1024;

export class ObjectBucket {
  readonly answer: Answer<StreamInfo>;
  readonly name: string;
  readonly #session: Session;

  private constructor(session: Session, answer: Answer<StreamInfo>) {
    this.#session = session;
    this.answer = answer;
    this.name = bucketOf(OBJECTS, answer.value.config.name);
  }

  static async open(session: Session, name: string | undefined): Promise<ObjectBucket> {
    return new ObjectBucket(session, await pickBucket(session, OBJECTS, name));
  }

  get info(): StreamInfo {
    return this.answer.value;
  }

  /** What is known of a name; null where nothing is. An object that is gone is known too. */
  async entry(name: string): Promise<ObjectEntry | null> {
    const message = await storedMessage(this.#session, this.info, { last_by_subj: this.#subjectOf(name) });
    if (message === null) return null;
    return objectEntry(message.data, { bucket: this.name, modified: message.timestamp });
  }

  /** The object, or a refusal that says what there is. */
  async liveEntry(name: string): Promise<ObjectEntry> {
    const entry = await this.entry(name);
    if (entry !== null && !entry.isDeleted) return entry;
    const shows = `'contrail object ls ${this.name}' shows the objects there are`;
    if (entry !== null) throw new CommandError(`object not found: '${name}' has been deleted; ${shows}`);
    const names: string[] = [];
    for await (const { name: known } of this.objects()) names.push(known);
    throw new CommandError(`object not found: '${name}'${didYouMean(name, names)}; ${shows}`);
  }

  /** Those that are there now, in the order they were put. */
  async *objects(): AsyncIterable<ObjectEntry> {
    const feed = await this.#feed('last');
    for await (const message of feed.present()) {
      const entry = objectEntry(message.data, { bucket: this.name, modified: deliveredTime(message) });
      if (entry !== null && !entry.isDeleted) yield entry;
    }
  }

  /** What there is and what comes, until the person interrupts. */
  async *following(): AsyncIterable<ObjectEntry> {
    const feed = await this.#feed('all');
    for await (const message of feed.following()) {
      const entry = objectEntry(message.data, { bucket: this.name, modified: deliveredTime(message) });
      if (entry !== null) yield entry;
    }
  }

  /** An object's bytes, chunk by chunk. */
  async *chunks({ nuid, chunkSizeMax }: ObjectEntry): AsyncIterable<Uint8Array> {
    const window = Math.floor(WINDOW_BYTES / Math.max(1, chunkSizeMax ?? CHUNK_SIZE));
    const feed = await MessageFeed.open(this.#session, {
      stream: this.info.config.name,
      subjects: [`$O.${this.name}.C.${nuid}`],
      start: 'all',
      window: Math.min(Math.max(window, 1), WINDOW_MAX),
    });
    for await (const message of feed.present()) yield message.data;
  }

  /** Does something with the client's store. */
  async write<T>(name: string, work: (store: ObjectStore) => Promise<T>): Promise<T> {
    const api = await this.#session.api();
    const options = { apiPrefix: api.prefix, timeout: api.timeoutMs, checkAPI: false };
    setSha256Backend('native');
    try {
      const store = await new Objm(jetstream(api.connection, options)).open(this.name, false);
      return await this.#session.during(`object ${name} in bucket ${this.name} may or may not have been written`, () =>
        work(store),
      );
    } catch (error) {
      throw clientFailure(error, this.#subjectOf(name), api.timeoutMs);
    }
  }

  #subjectOf(name: string): string {
    return `$O.${this.name}.M.${Base64UrlPaddedCodec.encode(name)}`;
  }

  async #feed(start: FeedStart): Promise<MessageFeed> {
    const { name: stream } = this.info.config;
    return await MessageFeed.open(this.#session, { stream, subjects: [`$O.${this.name}.M.>`], start });
  }
}
