// Makes a stream of a backup as it comes: unpacks it, judges every entry, and writes what it says into a store that nobody
// sees yet. Only a backup that came whole becomes a stream; of every other nothing stays. restore_receiver.ts brings the
// chunks and answers them.
// Compat: nats-server 2.15, stream_backup.go, RestoreStreamV2, whose refusals most of these are.
import { utf8Text } from '../../base/bytes.ts';
import { errorText } from '../../base/errors.ts';
import { nanosHigh, nanosLow } from '../../base/nanos.ts';
import { S2Reader } from '../../base/s2_reader.ts';
import { Message } from '../../ports/message.ts';
import type { ConsumerState } from '../../store/consumer_store.ts';
import { storedTtl, TTL_NONE } from '../../store/message_ttl.ts';
import type { StreamStore } from '../../store/stream_store.ts';
import { isValidLiteralSubject } from '../../subject/subject.ts';
import { type ApiError, apiError } from '../api/api_error.ts';
import type { ConsumerConfig } from '../consumer/consumer_config.ts';
import { planConsumerRestore } from '../consumer/consumer_plan.ts';
import { decodeSingle } from '../json/json_decode.ts';
import { type AccountLimits, SEQUENCE_STORED_MAX, type ServerLimits } from '../limits.ts';
import type { RestoringStream } from '../store_provider.ts';
import type { Storage, StreamConfig } from '../stream/stream_config.ts';
import { STATE, type StateInfo } from '../stream/stream_info.ts';
import { type ArchiveEntry, ArchiveReader } from './archive_reader.ts';
import { decodeArchivedConsumer } from './archived_consumer.ts';

/** What may wait for the disk before more is unpacked. */
const PENDING_BYTES_MAX = 1 << 20;

export interface RestoreParts {
  readonly storage: RestoringStream;
  readonly config: StreamConfig;
  readonly server: ServerLimits;
  readonly account: AccountLimits;
  readonly payloadBytesMax: number;
  /** Whether account and server have room for so many more bytes. */
  admit(storage: Storage, bytes: number): ApiError | null;
  nowNs(): bigint;
  /** Resolves in a later turn. */
  turn(): Promise<void>;
}

/** What comes next. */
type Phase = 'state' | 'consumers' | 'messages' | 'end';

export class StreamRestore {
  readonly #parts: RestoreParts;
  readonly #packed = new S2Reader();
  readonly #archive: ArchiveReader;
  readonly #message = new Message();
  readonly #consumers = new Map<string, ConsumerConfig>();
  #phase: Phase = 'state';
  #consumersLeft = 0;
  #sequenceFirst = 0;
  #sequenceLast = 0;
  #timeNs = 0n;
  /** Why the store takes no more. */
  #fault: string | null = null;
  #faulted: (reason: string) => void = () => undefined;

  constructor(parts: RestoreParts) {
    this.#parts = parts;
    this.#archive = new ArchiveReader(parts.payloadBytesMax);
    parts.storage.store.listen({
      durable: () => undefined,
      removed: () => undefined,
      removedMany: () => undefined,
      faulted: (reason) => {
        this.#fault = reason;
        this.#faulted(reason);
      },
    });
  }

  get #isWhole(): boolean {
    return this.#phase === 'end';
  }

  /** Resolves when what the chunk says is stored, or with the refusal. The bytes must not change. */
  async take(chunk: Uint8Array): Promise<ApiError | null> {
    // Compat: what follows the end is taken and means nothing.
    if (this.#isWhole) return null;
    this.#packed.push(chunk);
    for (;;) {
      const block = this.#packed.next();
      if (!block.ok) return refusal(block.error);
      if (block.value === null) return await this.#flush();
      this.#archive.push(block.value);
      const refused = await this.#takeEntries();
      if (refused !== null || this.#isWhole) return refused ?? (await this.#flush());
      if (this.#store.pendingBytes > PENDING_BYTES_MAX) {
        const failed = await this.#flush();
        if (failed !== null) return failed;
      }
      await this.#parts.turn();
    }
  }

  /** After the last chunk: whether everything was there. */
  finish(): ApiError | null {
    if (!this.#isWhole) return refusal('backup was truncated');
    const { sequenceLast } = this.#store.state;
    if (sequenceLast < this.#sequenceLast) this.#skipTo(this.#sequenceLast, this.#timeNs);
    return null;
  }

  get #store(): StreamStore {
    return this.#parts.storage.store;
  }

  async #takeEntries(): Promise<ApiError | null> {
    while (!this.#isWhole) {
      const entry = this.#archive.next();
      if (!entry.ok) return refusal(entry.error);
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
    if (name !== 'state.json' || sequence !== 0) return refusal('expected state.json first');
    const decoded = decodeSingle(body, STATE);
    if (!decoded.ok) return refusal(`error in state.json: ${decoded.text}`);
    const fault = stateFault(decoded.value);
    if (fault !== null) return refusal(fault);
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
    if (name === null || sequence !== 0) return refusal(`expected consumer, found ${JSON.stringify(entryName)}`);
    const decoded = decodeArchivedConsumer(name, body);
    if (!decoded.ok) return refusal(decoded.text);
    const { server, account, config: stream, storage, nowNs } = this.#parts;
    const context = { server, account, stream, consumers: this.#consumers, hasInterest: () => false };
    const plan = planConsumerRestore(name, decoded.value.config, context);
    if (plan.kind === 'refuse') {
      return refusal(`failed to add consumer ${JSON.stringify(name)}: ${plan.error.description}`);
    }
    try {
      await storage.addConsumer(name, plan.config, nowNs(), this.#bounded(decoded.value.state));
    } catch (error) {
      return refusal(`failed to add consumer ${JSON.stringify(name)}: ${errorText(error)}`);
    }
    this.#consumers.set(name, plan.config);
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
    if (sequence > SEQUENCE_STORED_MAX) return refusal(`sequences above ${SEQUENCE_STORED_MAX} are not supported`);
    if (sequence <= this.#store.state.sequenceLast || sequence < this.#sequenceFirst) {
      return refusal(`message sequence ${sequence} out of order`);
    }
    if (config.max_msg_size >= 0 && body.length > config.max_msg_size) {
      return refusal(`message sequence ${sequence} exceeds maximum message size`);
    }
    if (!isValidLiteralSubject(utf8Text(nameBytes, 0, nameBytes.length))) {
      return refusal(`message sequence ${sequence} has no valid subject`);
    }
    if (this.#fault !== null) return refusal(this.#fault);
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
    if (name !== '' || timeNs !== 0n || body.length > 0) return refusal('expected message sequence');
    this.#phase = 'end';
    return null;
  }

  // --- the store -----------------------------------------------------------------------------------------------------

  #skipTo(sequence: number, timeNs: bigint): void {
    if (sequence > this.#store.state.sequenceLast) this.#store.skipTo(sequence, nanosHigh(timeNs), nanosLow(timeNs));
  }

  /** A disk that is full is not waited for: whoever restores has to make room. */
  async #flush(): Promise<ApiError | null> {
    if (this.#fault !== null) return refusal(this.#fault);
    const faulted = new Promise<string>((resolve) => {
      this.#faulted = resolve;
    });
    const flushed = this.#store.flush().then(
      () => null,
      (error: unknown) => errorText(error),
    );
    const fault = await Promise.race([faulted, flushed]);
    return fault === null ? null : refusal(fault);
  }
}

function refusal(err: string): ApiError {
  return apiError('JSStreamRestoreErrF', { err });
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
