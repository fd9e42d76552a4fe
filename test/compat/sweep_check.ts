// Holds a recovered server against what its clients were told before it died: every stream is the model after all that
// was answered and, of what was under way, the first few operations in their order; nothing else. Consumers deliver
// whatever was not acknowledged and nothing that was. Says what is wrong in sentences. Called by sweep_point.ts.
import type { Answer, SweepClient } from './sweep_client.ts';
import { api, type CheckOptions, checkConsumers } from './sweep_consumer_check.ts';
import {
  applyOperation,
  halfRollup,
  type StoredMessage,
  type StreamModel,
  type StreamOperation,
  type World,
} from './sweep_model.ts';
import { describe, isStreamOperation, pubAckOf, type Sent } from './sweep_run.ts';

interface StreamState {
  readonly messages: number;
  readonly bytes: number;
  readonly first_seq: number;
  readonly last_seq: number;
  readonly num_deleted?: number;
  readonly deleted?: readonly number[];
  readonly subjects?: Readonly<Record<string, number>>;
  readonly consumer_count: number;
}

interface ObservedStream {
  readonly config: Readonly<Record<string, unknown>>;
  readonly created: string;
  readonly state: StreamState;
  readonly messages: Map<number, StoredMessage>;
  readonly consumers: readonly string[];
}

const PROBE_BYTES = 40;
const FAULTS_SHOWN = 5;
const CONTEXT_SHOWN = 3;

/** Everything that is wrong; changes `world` to what was found. */
export async function checkWorld(
  client: SweepClient,
  world: World,
  inFlight: readonly Sent[],
  options: CheckOptions,
): Promise<string[]> {
  const faults: string[] = [];
  const found = await streamNames(client);
  const names = new Set([...world.streams.keys(), ...found, ...inFlight.map(({ operation }) => operation.stream)]);
  for (const name of [...names].sort()) {
    const observed = found.includes(name) ? await observeStream(client, name) : null;
    const sent = inFlight.filter(({ operation }) => operation.stream === name);
    faults.push(...settleStream(world, name, observed, { sent, ...options }));
    if (faults.length > 0 || observed === null) continue;
    faults.push(...(await checkConsumers({ client, world, stream: name, found: observed.consumers, sent, options })));
  }
  return faults;
}

/** Publishes what was under way once more, and one message of its own to every stream: sequences go on where they were. */
export async function checkPublishing(client: SweepClient, world: World, inFlight: readonly Sent[]): Promise<string[]> {
  const faults: string[] = [];
  const operations: StreamOperation[] = inFlight.flatMap(({ operation }) =>
    operation.kind === 'publish' && operation.id !== '' && world.streams.has(operation.stream) ? [operation] : [],
  );
  for (const [name, model] of world.streams) {
    const subject = (model.config.subjects[0] ?? '').replace('>', 'probe');
    const payload = `${world.nextId++}`.padEnd(PROBE_BYTES, 'p');
    operations.push({ kind: 'publish', stream: name, subject, header: '', payload, id: '' });
  }
  const answers = operations.map((operation) =>
    operation.kind === 'publish' ? client.request(operation.subject, operation.payload, operation.header) : null,
  );
  client.flush();
  for (const [i, operation] of operations.entries()) {
    const answer = await answers[i];
    if (answer === null || answer === undefined || operation.kind !== 'publish') continue;
    const { stream } = operation;
    const outcome = pubAckOf(answer);
    if (isGoneId(world.stream(stream), operation.id, outcome)) continue;
    const expected = applyOperation(world.stream(stream), operation).outcome;
    if (JSON.stringify(outcome) !== JSON.stringify(expected)) {
      faults.push(
        `After recovery, ${describe(operation)} is answered ${JSON.stringify(outcome)}, expected ${JSON.stringify(expected)}`,
      );
    }
  }
  return faults;
}

/**
 * An id whose message was stored and removed again within what was under way: whether the server still knows the id is
 * its own affair, and the model follows the answer.
 */
function isGoneId(model: StreamModel, id: string, outcome: { readonly kind: string }): boolean {
  const seq = model.sequenceOfId(id);
  if (seq === null || model.messages.has(seq)) return false;
  if (outcome.kind === 'stored') model.forgetId(id);
  return outcome.kind === 'duplicate';
}

// --- streams ---------------------------------------------------------------------------------------------------------

async function streamNames(client: SweepClient): Promise<readonly string[]> {
  const { streams } = await api<{ streams: string[] | null }>(client, 'STREAM.NAMES');
  return streams ?? [];
}

async function observeStream(client: SweepClient, name: string): Promise<ObservedStream> {
  const request = { deleted_details: true, subjects_filter: '>' };
  const info = await api<ObservedStream & { error?: unknown }>(client, `STREAM.INFO.${name}`, request);
  if (info.error !== undefined) throw new Error(`No information on '${name}': ${JSON.stringify(info.error)}`);
  const { consumers } = await api<{ consumers: string[] | null }>(client, `CONSUMER.NAMES.${name}`);
  const messages = new Map<number, StoredMessage>();
  const gets: Promise<Answer>[] = [];
  // From 1, and one too many: what is not to be there is asked for as well.
  for (let seq = 1; seq <= info.state.last_seq + 1; seq++)
    gets.push(client.request(`$JS.API.STREAM.MSG.GET.${name}`, JSON.stringify({ seq })));
  client.flush();
  for (const [i, get] of gets.entries()) {
    const message = storedMessageOf((await get).payload, i + 1);
    if (message !== null) messages.set(i + 1, message);
  }
  return { config: info.config, created: info.created, state: info.state, messages, consumers: consumers ?? [] };
}

interface GetAnswer {
  readonly error?: { readonly err_code: number };
  readonly message?: { readonly seq: number; readonly subject: string; readonly hdrs?: string; readonly data?: string };
}

function storedMessageOf(payload: string, seq: number): StoredMessage | null {
  const { error, message } = JSON.parse(payload) as GetAnswer;
  if (error?.err_code === 10037) return null;
  if (message === undefined) throw new Error(`Message ${seq} cannot be read: ${payload}`);
  if (message.seq !== seq) throw new Error(`Asked for message ${seq}, got ${message.seq}`);
  return {
    subject: message.subject,
    header: Buffer.from(message.hdrs ?? '', 'base64').toString('latin1'),
    payload: Buffer.from(message.data ?? '', 'base64').toString('latin1'),
  };
}

/** Finds how much of what was under way took place; the world takes it over. */
function settleStream(
  world: World,
  name: string,
  observed: ObservedStream | null,
  { sent, isLenient }: { readonly sent: readonly Sent[]; readonly isLenient: boolean },
): readonly string[] {
  const underWay = sent.filter(({ operation }) => isStreamOperation(operation));
  // A refusal changes nothing and waits for nothing: what it refers to need not be on disk.
  const answered = underWay.findLastIndex(({ outcome }) => outcome !== null && outcome.kind !== 'refused') + 1;
  let model = world.streams.get(name)?.clone() ?? null;
  let nearest: readonly string[] | null = null;
  for (let done = 0; done <= underWay.length; done++) {
    const fault = done === 0 ? null : takeStep(underWay[done - 1], model, (next) => (model = next));
    if (fault !== null) return [fault];
    if (done < answered) continue;
    for (const candidate of candidates(model, underWay[done])) {
      const faults = streamFaults(candidate, observed, isLenient);
      if (faults.length === 0) {
        world.setStream(name, candidate?.clone() ?? null);
        // Leniently, most of what was under way is what fits best: what is there too much is not seen.
        if (!isLenient) return [];
      }
      if (nearest === null || faults.length < nearest.length) nearest = faults;
    }
  }
  const about = contextOf(underWay);
  return (nearest ?? []).map((fault) => `Stream '${name}': ${fault} (${about})`);
}

/** The stream as it is, and half of what comes next where that has halves. */
function candidates(model: StreamModel | null, next: Sent | undefined): (StreamModel | null)[] {
  if (next === undefined || next.outcome !== null || !isStreamOperation(next.operation)) return [model];
  const half = halfRollup(model, next.operation);
  return half === null ? [model] : [model, half];
}

function contextOf(underWay: readonly Sent[]): string {
  if (underWay.length === 0) return 'nothing was under way';
  const shown = underWay
    .slice(0, CONTEXT_SHOWN)
    .map(({ operation, outcome }) => `${describe(operation)}${outcome === null ? '' : ' (answered)'}`);
  const rest = underWay.length > CONTEXT_SHOWN ? ` and ${underWay.length - CONTEXT_SHOWN} more` : '';
  return `under way: ${shown.join('; ')}${rest}`;
}

/** One more of the operations that were under way; a sentence when it was answered and the answer was wrong. */
function takeStep(
  sent: Sent | undefined,
  model: StreamModel | null,
  take: (model: StreamModel | null) => void,
): string | null {
  if (sent === undefined || !isStreamOperation(sent.operation)) return null;
  const applied = applyOperation(model, sent.operation);
  take(applied.model);
  if (sent.outcome === null || JSON.stringify(sent.outcome) === JSON.stringify(applied.outcome)) return null;
  const [actual, expected] = [JSON.stringify(sent.outcome), JSON.stringify(applied.outcome)];
  return `Before the kill, ${describe(sent.operation)} was answered ${actual}, expected ${expected}`;
}

function streamFaults(
  model: StreamModel | null,
  observed: ObservedStream | null,
  isLenient: boolean,
): readonly string[] {
  if (model === null) return observed === null ? [] : ['it is there, and must not be'];
  if (observed === null) return ['it is gone'];
  if (isLenient) return limited(lossFaults(model, observed.messages));
  const faults = [...messageFaults(model, observed.messages), ...stateFaults(model, observed)];
  for (const [key, value] of Object.entries(model.config)) {
    if (JSON.stringify(observed.config[key]) !== JSON.stringify(value))
      faults.push(`config ${key} is ${JSON.stringify(observed.config[key])}, expected ${JSON.stringify(value)}`);
  }
  if (model.created !== null && observed.created !== model.created)
    faults.push(`created ${observed.created}, expected ${model.created}`);
  return faults;
}

function messageFaults(model: StreamModel, observed: ReadonlyMap<number, StoredMessage>): readonly string[] {
  const faults = lossFaults(model, observed);
  for (const [seq, found] of observed) {
    if (!model.messages.has(seq)) faults.push(`message ${seq} (${shown(found)}) is there, and must not be`);
  }
  return limited(faults);
}

function lossFaults(model: StreamModel, observed: ReadonlyMap<number, StoredMessage>): string[] {
  const faults: string[] = [];
  for (const [seq, wanted] of model.messages) {
    const found = observed.get(seq);
    if (found === undefined) faults.push(`message ${seq} (${wanted.subject}) is lost`);
    else if (!isSame(wanted, found)) faults.push(`message ${seq} is ${shown(found)}, expected ${shown(wanted)}`);
  }
  return faults;
}

function limited(faults: readonly string[]): readonly string[] {
  if (faults.length <= FAULTS_SHOWN) return faults;
  return [...faults.slice(0, FAULTS_SHOWN), `and ${faults.length - FAULTS_SHOWN} more messages`];
}

function isSame(a: StoredMessage, b: StoredMessage): boolean {
  return a.subject === b.subject && a.header === b.header && a.payload === b.payload;
}

function shown(message: StoredMessage): string {
  const id = /Nats-Msg-Id: (\S+)/.exec(message.header)?.[1] ?? 'no id';
  return `${message.subject}, ${id}, '${message.payload.slice(0, 12)}...' of ${message.payload.length} bytes`;
}

/** What the server says about the stream agrees with what is in it. */
function stateFaults(model: StreamModel, { state }: ObservedStream): string[] {
  const subjects: Record<string, number> = {};
  for (const { subject } of model.messages.values()) subjects[subject] = (subjects[subject] ?? 0) + 1;
  const deleted: number[] = [];
  for (let seq = model.first; seq <= model.last; seq++) if (!model.messages.has(seq)) deleted.push(seq);
  const wanted: Record<string, unknown> = {
    messages: model.messages.size,
    bytes: model.bytes,
    last_seq: model.last,
    subjects: sorted(subjects),
    // A stream that never had a message begins at 0 or at 1, and to the reference 0 may be a deleted message.
    ...(model.last === 0 ? {} : { first_seq: model.first, num_deleted: deleted.length, deleted }),
  };
  const found: Record<string, unknown> = {
    ...state,
    num_deleted: state.num_deleted ?? 0,
    deleted: state.deleted ?? [],
    subjects: sorted(state.subjects ?? {}),
  };
  return Object.entries(wanted).flatMap(([key, value]) => {
    const [is, shall] = [JSON.stringify(found[key]), JSON.stringify(value)];
    return is === shall ? [] : [`state ${key} is ${is}, expected ${shall}`];
  });
}

function sorted(record: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}
