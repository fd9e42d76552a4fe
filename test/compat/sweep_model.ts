// What a stream holds after the operations of the kill sweep, by the rules that nats-server documents: the oracle that
// a recovered server is compared with. Plain maps, no byte formats, nothing shared with src/. Its predictions are checked
// against every answer of the live server. Called by sweep_run.ts and sweep_check.ts.

export interface StoredMessage {
  readonly subject: string;
  /** The header block as it stands. */
  readonly header: string;
  readonly payload: string;
}

/** What the script asks for; the field names are those of the API. */
export interface StreamConfig {
  readonly name: string;
  readonly subjects: readonly string[];
  readonly max_msgs?: number;
  readonly max_bytes?: number;
  readonly max_msgs_per_subject?: number;
  readonly discard?: 'old' | 'new';
  readonly discard_new_per_subject?: boolean;
  readonly allow_rollup_hdrs?: boolean;
  readonly description?: string;
  /** Nanoseconds: ids are known for so long. */
  readonly duplicate_window: number;
}

export interface Publish extends StoredMessage {
  readonly kind: 'publish';
  readonly stream: string;
  /** Empty without one. */
  readonly id: string;
  readonly rollup?: 'sub' | 'all';
  readonly expectedLastOfSubject?: number;
}

export type StreamOperation =
  | Publish
  | { readonly kind: 'create'; readonly stream: string; readonly config: StreamConfig }
  | { readonly kind: 'update'; readonly stream: string; readonly config: StreamConfig }
  | { readonly kind: 'destroy'; readonly stream: string }
  | { readonly kind: 'delete'; readonly stream: string; readonly seq: number; readonly noErase: boolean }
  | {
      readonly kind: 'purge';
      readonly stream: string;
      readonly request: { readonly filter?: string; readonly seq?: number; readonly keep?: number };
    };

export type Outcome =
  | { readonly kind: 'done' }
  | { readonly kind: 'stored'; readonly seq: number }
  | { readonly kind: 'duplicate'; readonly seq: number }
  | { readonly kind: 'purged'; readonly count: number }
  | { readonly kind: 'refused'; readonly code: number };

const CODE_STORE_FAILED = 10077;
const CODE_WRONG_LAST_OF_SUBJECT = 10071;
const CODE_NO_MESSAGE = 10037;
const CODE_NO_STREAM = 10059;

/** Length, sequence, time, subject length and checksum of a record. Compat: filestore.go, fileStoreMsgSizeRaw. */
const RECORD_BYTES = 30;
const HEADER_LENGTH_BYTES = 4;

export class StreamModel {
  config: StreamConfig;
  /** As the server said it when it answered; null while it did not. */
  created: string | null;
  last: number;
  /** In the order of sequences. */
  readonly messages: Map<number, StoredMessage>;
  readonly #ids: Map<string, number>;

  constructor(config: StreamConfig, from?: StreamModel) {
    this.config = config;
    this.created = from?.created ?? null;
    this.last = from?.last ?? 0;
    this.messages = new Map(from?.messages);
    this.#ids = new Map(from?.idEntries());
  }

  clone(): StreamModel {
    return new StreamModel(this.config, this);
  }

  idEntries(): Iterable<[string, number]> {
    return this.#ids.entries();
  }

  /** Null when no message ever had it. */
  sequenceOfId(id: string): number | null {
    return this.#ids.get(id) ?? null;
  }

  forgetId(id: string): void {
    this.#ids.delete(id);
  }

  get first(): number {
    const first = this.messages.keys().next();
    return first.done === true ? this.last + 1 : first.value;
  }

  get bytes(): number {
    let bytes = 0;
    for (const message of this.messages.values()) bytes += messageBytes(message);
    return bytes;
  }

  /** Sequences of one subject or filter, ascending. */
  sequencesOf(filter: string): number[] {
    return [...this.messages].filter(([, { subject }]) => matches(filter, subject)).map(([seq]) => seq);
  }

  publish(operation: Publish): Outcome {
    const { id, subject, header, payload, rollup, expectedLastOfSubject } = operation;
    // What is expected is asked before whether the id is known, as in nats-server.
    if (expectedLastOfSubject !== undefined && (this.sequencesOf(subject).at(-1) ?? 0) !== expectedLastOfSubject)
      return { kind: 'refused', code: CODE_WRONG_LAST_OF_SUBJECT };
    const known = id === '' ? undefined : this.#ids.get(id);
    if (known !== undefined) return { kind: 'duplicate', seq: known };
    if (this.#isFull(subject)) return { kind: 'refused', code: CODE_STORE_FAILED };
    const seq = ++this.last;
    this.messages.set(seq, { subject, header, payload });
    if (id !== '') this.#ids.set(id, seq);
    if (rollup === 'all') this.#keepLast('>', 1);
    if (rollup === 'sub') this.#keepLast(subject, 1);
    this.#enforce(subject);
    return { kind: 'stored', seq };
  }

  update(config: StreamConfig): Outcome {
    this.config = config;
    for (const subject of new Set([...this.messages.values()].map((message) => message.subject)))
      this.#enforce(subject);
    this.#enforceTotals();
    return { kind: 'done' };
  }

  delete(seq: number): Outcome {
    return this.messages.delete(seq) ? { kind: 'done' } : { kind: 'refused', code: CODE_NO_MESSAGE };
  }

  purge({ filter = '>', seq, keep }: { filter?: string; seq?: number; keep?: number }): Outcome {
    const before = this.messages.size;
    if (keep !== undefined) this.#keepLast(filter, keep);
    else for (const each of this.sequencesOf(filter)) if (seq === undefined || each < seq) this.messages.delete(each);
    return { kind: 'purged', count: before - this.messages.size };
  }

  #isFull(subject: string): boolean {
    const { discard, discard_new_per_subject, max_msgs, max_bytes, max_msgs_per_subject } = this.config;
    if (discard !== 'new') return false;
    if (max_msgs !== undefined && this.messages.size >= max_msgs) return true;
    if (max_bytes !== undefined) throw new Error('The script has no stream that refuses by bytes');
    return (
      discard_new_per_subject === true &&
      max_msgs_per_subject !== undefined &&
      this.sequencesOf(subject).length >= max_msgs_per_subject
    );
  }

  #enforce(subject: string): void {
    const { max_msgs_per_subject } = this.config;
    if (max_msgs_per_subject !== undefined) this.#keepLast(subject, max_msgs_per_subject);
    this.#enforceTotals();
  }

  #enforceTotals(): void {
    const { max_msgs, max_bytes } = this.config;
    if (max_msgs !== undefined) this.#keepLast('>', max_msgs);
    if (max_bytes === undefined) return;
    let bytes = this.bytes;
    for (const [seq, message] of this.messages) {
      if (bytes <= max_bytes) return;
      bytes -= messageBytes(message);
      this.messages.delete(seq);
    }
  }

  #keepLast(filter: string, count: number): void {
    const sequences = this.sequencesOf(filter);
    for (const seq of sequences.slice(0, Math.max(0, sequences.length - count))) this.messages.delete(seq);
  }
}

/** A rollup whose message is stored and whose removals are not: what a kill may leave of one that was not answered. */
export function halfRollup(model: StreamModel | null, operation: StreamOperation): StreamModel | null {
  if (model === null || operation.kind !== 'publish' || operation.rollup === undefined) return null;
  const half = model.clone();
  const { rollup, ...publish } = operation;
  half.publish(publish);
  return half;
}

/** What an operation makes of a stream (null: there is none) and how the server must answer it. Changes `model`. */
export function applyOperation(
  model: StreamModel | null,
  operation: StreamOperation,
): { readonly model: StreamModel | null; readonly outcome: Outcome } {
  if (operation.kind === 'create') return { model: new StreamModel(operation.config), outcome: { kind: 'done' } };
  if (model === null) return { model, outcome: { kind: 'refused', code: CODE_NO_STREAM } };
  switch (operation.kind) {
    case 'publish':
      return { model, outcome: model.publish(operation) };
    case 'update':
      return { model, outcome: model.update(operation.config) };
    case 'destroy':
      return { model: null, outcome: { kind: 'done' } };
    case 'delete':
      return { model, outcome: model.delete(operation.seq) };
    case 'purge':
      return { model, outcome: model.purge(operation.request) };
  }
}

export class ConsumerModel {
  readonly stream: string;
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
  created: string | null;
  /** Sequence to the reply subject of its last delivery. */
  readonly delivered: Map<number, string>;
  /** Sequences whose acknowledgement left here: the server may know it. */
  readonly ackSent: Set<number>;
  /** Sequences whose acknowledgement was answered: the server must know it. */
  readonly ackAnswered: Set<number>;

  constructor(stream: string, name: string, config: Readonly<Record<string, unknown>>, from?: ConsumerModel) {
    this.stream = stream;
    this.name = name;
    this.config = config;
    this.created = from?.created ?? null;
    this.delivered = new Map(from?.delivered);
    this.ackSent = new Set(from?.ackSent);
    this.ackAnswered = new Set(from?.ackAnswered);
  }

  clone(): ConsumerModel {
    return new ConsumerModel(this.stream, this.name, this.config, this);
  }

  get filter(): string {
    const filter = this.config['filter_subject'];
    return typeof filter === 'string' ? filter : '>';
  }

  get isAckAll(): boolean {
    return this.config['ack_policy'] === 'all';
  }

  get deliveredMax(): number {
    return Math.max(0, ...this.delivered.keys());
  }

  /** What an acknowledgement of `seq` stands for. */
  coveredBy(seq: number): number[] {
    return this.isAckAll ? [...this.delivered.keys()].filter((each) => each <= seq) : [seq];
  }
}

/** Everything that a client was told so far. */
export class World {
  readonly streams: Map<string, StreamModel>;
  /** By `stream/consumer`. */
  readonly consumers: Map<string, ConsumerModel>;
  /** Numbers message ids, so that no content comes twice. */
  nextId: number;

  constructor(from?: World) {
    this.streams = new Map([...(from?.streams ?? [])].map(([name, model]) => [name, model.clone()]));
    this.consumers = new Map([...(from?.consumers ?? [])].map(([name, model]) => [name, model.clone()]));
    this.nextId = from?.nextId ?? 1;
  }

  clone(): World {
    return new World(this);
  }

  stream(name: string): StreamModel {
    const model = this.streams.get(name);
    if (model === undefined) throw new Error(`The script has no stream '${name}' now`);
    return model;
  }

  consumer(key: string): ConsumerModel {
    const model = this.consumers.get(key);
    if (model === undefined) throw new Error(`The script has no consumer '${key}' now`);
    return model;
  }

  /** With a stream go its consumers. */
  setStream(name: string, model: StreamModel | null): void {
    if (model !== null) this.streams.set(name, model);
    else this.streams.delete(name);
    if (model !== null) return;
    for (const [key, consumer] of this.consumers) if (consumer.stream === name) this.consumers.delete(key);
  }
}

export function messageBytes({ subject, header, payload }: StoredMessage): number {
  const headerBytes = header === '' ? 0 : HEADER_LENGTH_BYTES + header.length;
  return RECORD_BYTES + subject.length + headerBytes + payload.length;
}

export function matches(filter: string, subject: string): boolean {
  const wanted = filter.split('.');
  const tokens = subject.split('.');
  for (const [i, want] of wanted.entries()) {
    if (want === '>') return tokens.length > i;
    if (tokens[i] === undefined || (want !== '*' && want !== tokens[i])) return false;
  }
  return tokens.length === wanted.length;
}
