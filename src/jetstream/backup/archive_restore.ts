// Makes a stream of a backup of nats-server 2.15, or of ours: judges every entry of its archive and writes what it says into
// a store that nobody sees yet. stream_restore.ts brings the blocks and waits for the disk.
// Compat: nats-server 2.15, stream_backup.go, RestoreStreamV2, whose refusals most of these are.
import { utf8Text } from '../../base/bytes.ts';
import { nanosHigh, nanosLow } from '../../base/nanos.ts';
import { Message } from '../../ports/message.ts';
import type { ConsumerState } from '../../store/consumer_store.ts';
import { storedTtl, TTL_NONE } from '../../store/message_ttl.ts';
import type { StreamStore } from '../../store/stream_store.ts';
import { isValidLiteralSubject } from '../../subject/subject.ts';
import type { ApiError } from '../api/api_error.ts';
import { decodeSingle } from '../json/json_decode.ts';
import { SEQUENCE_STORED_MAX } from '../limits.ts';
import { STATE, type StateInfo } from '../stream/stream_info.ts';
import { type ArchiveEntry, ArchiveReader } from './archive_reader.ts';
import { decodeArchivedConsumer } from './archived_consumer.ts';
import { RestoredConsumers, type RestoreFormat, type RestoreParts, restoreRefusal } from './restore_format.ts';

/** What comes next. */
type Phase = 'state' | 'consumers' | 'messages' | 'end';

export class ArchiveRestore implements RestoreFormat {
  readonly #parts: RestoreParts;
  readonly #archive: ArchiveReader;
  readonly #message = new Message();
  readonly #consumers: RestoredConsumers;
  #phase: Phase = 'state';
  #consumersLeft = 0;
  #sequenceFirst = 0;
  #sequenceLast = 0;
  #timeNs = 0n;

  constructor(parts: RestoreParts) {
    this.#parts = parts;
    this.#archive = new ArchiveReader(parts.payloadBytesMax);
    this.#consumers = new RestoredConsumers(parts);
  }

  get isWhole(): boolean {
    return this.#phase === 'end';
  }

  push(block: Uint8Array): void {
    this.#archive.push(block);
  }

  finish(): void {
    this.#skipTo(this.#sequenceLast, this.#timeNs);
  }

  get #store(): StreamStore {
    return this.#parts.storage.store;
  }

  async take(): Promise<ApiError | null> {
    while (!this.isWhole) {
      const entry = this.#archive.next();
      if (!entry.ok) return restoreRefusal(entry.error);
      if (entry.value === null) return null;
      // Messages are many: they wait for nothing.
      const refused =
        this.#phase === 'messages' ? this.#takeMessage(entry.value) : await this.#takeDocument(entry.value);
      if (refused !== null) return refused;
    }
    return null;
  }

  async #takeDocument(entry: ArchiveEntry): Promise<ApiError | null> {
    const refused = this.#phase === 'state' ? this.#takeState(entry) : await this.#takeConsumer(entry);
    if (this.#consumersLeft === 0) this.#phase = 'messages';
    return refused;
  }

  // --- entries -------------------------------------------------------------------------------------------------------

  #takeState({ name, sequence, body }: ArchiveEntry): ApiError | null {
    if (name !== 'state.json' || sequence !== 0) return restoreRefusal('expected state.json first');
    const decoded = decodeSingle(body, STATE);
    if (!decoded.ok) return restoreRefusal(`error in state.json: ${decoded.text}`);
    const fault = stateFault(decoded.value);
    if (fault !== null) return restoreRefusal(fault);
    const { consumer_count: consumers, first_seq: first, last_seq: last, bytes } = decoded.value;
    const refused = this.#parts.admit(this.#parts.config.storage, bytes);
    if (refused !== null) return refused;
    this.#phase = 'consumers';
    this.#consumersLeft = consumers;
    this.#sequenceFirst = first;
    this.#sequenceLast = last;
    this.#skipTo(Math.max(0, first - 1), 0n);
    return null;
  }

  async #takeConsumer({ name: entryName, sequence, body }: ArchiveEntry): Promise<ApiError | null> {
    const name = entryName.startsWith('consumers/') ? entryName.slice('consumers/'.length) : null;
    if (name === null || sequence !== 0) return restoreRefusal(`expected consumer, found ${JSON.stringify(entryName)}`);
    const decoded = decodeArchivedConsumer(name, body);
    if (!decoded.ok) return restoreRefusal(decoded.text);
    const refused = await this.#consumers.add(name, decoded.value.config, this.#bounded(decoded.value.state));
    if (refused !== null) return refused;
    this.#consumersLeft--;
    return null;
  }

  /** It cannot have delivered what the stream never had. */
  #bounded(state: ConsumerState): ConsumerState {
    const last = this.#sequenceLast;
    return {
      ...state,
      deliveredStream: Math.min(state.deliveredStream, last),
      ackFloorStream: Math.min(state.ackFloorStream, last),
      pending: state.pending.filter(({ sequence }) => sequence <= last),
      redelivered: new Map([...state.redelivered].filter(([sequence]) => sequence <= last)),
    };
  }

  #takeMessage(entry: ArchiveEntry): ApiError | null {
    const { sequence, body, nameBytes, headerBytes, timeNs } = entry;
    if (sequence === 0) return this.#takeEnd(entry);
    const { config, admit } = this.#parts;
    if (sequence > SEQUENCE_STORED_MAX)
      return restoreRefusal(`sequences above ${SEQUENCE_STORED_MAX} are not supported`);
    if (sequence <= this.#store.state.sequenceLast || sequence < this.#sequenceFirst) {
      return restoreRefusal(`message sequence ${sequence} out of order`);
    }
    if (config.max_msg_size >= 0 && body.length > config.max_msg_size) {
      return restoreRefusal(`message sequence ${sequence} exceeds maximum message size`);
    }
    if (!isValidLiteralSubject(utf8Text(nameBytes, 0, nameBytes.length))) {
      return restoreRefusal(`message sequence ${sequence} has no valid subject`);
    }
    const { fault } = this.#store;
    if (fault !== null) return restoreRefusal(fault);
    const bytes = this.#store.recordBytes(nameBytes.length, headerBytes, body.length - headerBytes);
    const refused = admit(config.storage, bytes);
    if (refused !== null) return refused;
    this.#timeNs = timeNs;
    const ttl = config.allow_msg_ttl ? storedTtl(body, 0, headerBytes) : TTL_NONE;
    // What is over already is not stored, but its sequence is.
    const isOver = ttl > 0 && this.#parts.nowNs() > timeNs + BigInt(ttl) * 1_000_000_000n;
    this.#skipTo(isOver ? sequence : sequence - 1, timeNs);
    if (!isOver) this.#append(entry, ttl);
    return null;
  }

  #append({ nameBytes, body, headerBytes, timeNs }: ArchiveEntry, ttl: number): void {
    const message = this.#message;
    message.subject = nameBytes;
    message.subjectEnd = nameBytes.length;
    message.body = body;
    message.payloadStart = headerBytes;
    message.payloadEnd = body.length;
    this.#store.append(message, nanosHigh(timeNs), nanosLow(timeNs), ttl);
  }

  #takeEnd({ name, timeNs, body }: ArchiveEntry): ApiError | null {
    if (name !== '' || timeNs !== 0n || body.length > 0) return restoreRefusal('expected message sequence');
    this.#phase = 'end';
    return null;
  }

  // --- the store -----------------------------------------------------------------------------------------------------

  #skipTo(sequence: number, timeNs: bigint): void {
    if (sequence > this.#store.state.sequenceLast) this.#store.skipTo(sequence, nanosHigh(timeNs), nanosLow(timeNs));
  }
}

function stateFault({
  messages,
  first_seq: first,
  last_seq: last,
  consumer_count: consumers,
}: StateInfo): string | null {
  if (consumers < 0) return 'invalid stream state: negative consumer count';
  if (Math.max(first, last) > SEQUENCE_STORED_MAX) return `sequences above ${SEQUENCE_STORED_MAX} are not supported`;
  const isEmpty = messages === 0 && (first === 0 ? last === 0 : first - 1 === last);
  if (first === 0 || first > last) {
    return isEmpty ? null : 'invalid stream state: inconsistent message count or sequence range';
  }
  return messages > last - first + 1 ? 'invalid stream state: message count exceeds sequence range' : null;
}
