// What a backup of a stream consists of: its state and consumers as they are at one moment, then its messages up to that
// moment, packed piece by piece. What is published later is not in it; what is removed meanwhile is missing in it. A
// message that no longer reads as it was written ends the backup. snapshot_sender.ts sends the pieces.
// Compat: nats-server 2.15, stream_backup.go, streamSnapshotV2.
import { ByteWriter } from '../../base/byte_writer.ts';
import { OperatingError } from '../../base/errors.ts';
import { nanosToNs } from '../../base/nanos.ts';
import { SNAPPY_CHUNK_BYTES_MAX, SNAPPY_HEAD, snappyChunk } from '../../base/snappy.ts';
import { READ_FOUND, READ_LOADING, StoredMessage, type StreamStore } from '../../store/stream_store.ts';
import type { Stream } from '../stream/stream.ts';
import { encodeState, NO_DETAILS, type StateInfo, stateInfo } from '../stream/stream_info.ts';
import { ARCHIVE_MAGIC, writeDocument, writeEnd, writeEntryHead } from './archive_writer.ts';
import { encodeArchivedConsumer } from './archived_consumer.ts';

const BUFFER_FIRST_BYTES = 2 * SNAPPY_CHUNK_BYTES_MAX;

export class StreamSnapshot {
  /** At the moment of the backup. */
  readonly state: StateInfo;
  readonly #store: StreamStore;
  readonly #hasConsumers: boolean;
  readonly #nowNs: bigint;
  readonly #consumers: readonly (readonly [name: string, text: string])[];
  /** Not packed yet. */
  readonly #buffer = new ByteWriter(BUFFER_FIRST_BYTES);

  /** The moment is that of this call. */
  constructor(stream: Stream, hasConsumers: boolean, nowNs: bigint) {
    this.#store = stream.store;
    this.#hasConsumers = hasConsumers;
    this.#nowNs = nowNs;
    this.state = stateInfo(stream.store.state, stream.consumers.count, NO_DETAILS);
    const consumers = hasConsumers ? stream.consumers.archived() : [];
    this.#consumers = consumers.map((consumer) => [consumer.config.name, encodeArchivedConsumer(consumer)]);
  }

  /** The packed archive. Each piece holds little, so that whoever asks may let others run in between. */
  async *pieces(): AsyncGenerator<Uint8Array> {
    yield SNAPPY_HEAD;
    this.#buffer.text(ARCHIVE_MAGIC);
    const consumers = this.#hasConsumers ? this.#consumers.length : 0;
    writeDocument(this.#buffer, 'state.json', this.#nowNs, encodeState({ ...this.state, consumer_count: consumers }));
    for (const [name, text] of this.#consumers) {
      writeDocument(this.#buffer, `consumers/${name}`, this.#nowNs, text);
      yield* this.#packed(false);
    }
    const stored = new StoredMessage();
    const { last_seq: last } = this.state;
    for (let sequence = this.#nextAfter(0); sequence !== 0 && sequence <= last; sequence = this.#nextAfter(sequence)) {
      if (!(await this.#read(sequence, stored))) continue;
      this.#writeMessage(stored);
      if (this.#buffer.length >= SNAPPY_CHUNK_BYTES_MAX) yield* this.#packed(false);
    }
    writeEnd(this.#buffer);
    yield* this.#packed(true);
  }

  #nextAfter(sequence: number): number {
    return this.#store.nextSequence(null, sequence + 1);
  }

  /** False where the message is gone meanwhile. */
  async #read(sequence: number, into: StoredMessage): Promise<boolean> {
    for (;;) {
      const result = this.#store.read(sequence, into);
      if (result === READ_FOUND) return true;
      if (result !== READ_LOADING) break;
      await new Promise<void>((resolve) => this.#store.load(sequence, resolve));
    }
    const { fault, state } = this.#store;
    if (fault !== null) throw new OperatingError('STORE_FAULTED', fault);
    if (state.lost?.sequences.includes(sequence) === true) {
      throw new OperatingError('DISK_CORRUPT_RECORD', `message sequence ${sequence} is damaged`);
    }
    return false;
  }

  #writeMessage({ message, sequence, timeHigh, timeLow }: StoredMessage): void {
    const { subject, subjectStart, subjectEnd, body, headerStart, payloadStart, payloadEnd } = message;
    writeEntryHead(this.#buffer, {
      name: subject.subarray(subjectStart, subjectEnd),
      timeNs: nanosToNs(timeHigh, timeLow),
      sequence,
      headerBytes: payloadStart - headerStart,
      payloadBytes: payloadEnd - payloadStart,
    });
    this.#buffer.bytes(body.subarray(headerStart, payloadEnd));
  }

  /** Packs what fills a chunk, at the end whatever there is. */
  *#packed(isEnd: boolean): Generator<Uint8Array> {
    const bytes = this.#buffer.written();
    let at = 0;
    while (bytes.length - at >= SNAPPY_CHUNK_BYTES_MAX || (isEnd && at < bytes.length)) {
      const end = Math.min(bytes.length, at + SNAPPY_CHUNK_BYTES_MAX);
      yield snappyChunk(bytes.subarray(at, end));
      at = end;
    }
    const rest = bytes.slice(at);
    this.#buffer.clear();
    this.#buffer.bytes(rest);
  }
}
