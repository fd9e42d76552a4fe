// Holds the consumers of a recovered stream against what their clients were told: they are there, their floors are below
// what was acknowledged, they deliver whatever was not and nothing whose acknowledgement was answered. Pulls them empty
// to know. Called by sweep_check.ts.
import type { SweepClient } from './sweep_client.ts';
import { ConsumerModel, type World } from './sweep_model.ts';
import { deliveryFault, type Sent, sequenceOfReply } from './sweep_run.ts';

export interface CheckOptions {
  /** The reference writes removals and acknowledgements some time after it answered them: only messages are checked. */
  readonly isLenient: boolean;
}

export interface ConsumersUnderCheck {
  readonly client: SweepClient;
  readonly world: World;
  readonly stream: string;
  /** Names that the server knows. */
  readonly found: readonly string[];
  /** Of this stream. */
  readonly sent: readonly Sent[];
  readonly options: CheckOptions;
}

interface Position {
  readonly consumer_seq: number;
  readonly stream_seq: number;
}

interface ConsumerInfo {
  readonly error?: unknown;
  readonly config: Readonly<Record<string, unknown>>;
  readonly created: string;
  readonly delivered: Position;
  readonly ack_floor: Position;
  readonly num_ack_pending: number;
  readonly num_pending: number;
}

/** How long a consumer waits for acknowledgements once everything is to be delivered again. */
const ACK_WAIT_NS = 100_000_000;
const PULL_EXPIRES_NS = 500_000_000;
const ROUNDS_MAX = 20;

export async function api<T>(client: SweepClient, subject: string, request: object = {}): Promise<T> {
  const answer = client.request(`$JS.API.${subject}`, JSON.stringify(request));
  client.flush();
  return JSON.parse((await answer).payload) as T;
}

export async function checkConsumers(check: ConsumersUnderCheck): Promise<string[]> {
  const faults = settleConsumers(check);
  if (faults.length > 0) return faults;
  for (const consumer of check.world.consumers.values()) {
    if (consumer.stream !== check.stream) continue;
    const about = `Consumer '${consumer.stream}/${consumer.name}'`;
    faults.push(...(await checkConsumer(check, consumer)).map((fault) => `${about}: ${fault}`));
  }
  for (const { operation } of check.sent) {
    if (operation.kind !== 'create consumer' && operation.kind !== 'destroy consumer') continue;
    if (!check.found.includes(operation.consumer)) faults.push(...(await checkNewConsumer(check, operation.consumer)));
  }
  return faults;
}

/** Where a consumer was just removed, or not yet made, one of that name begins at the beginning. */
async function checkNewConsumer({ client, world, stream }: ConsumersUnderCheck, name: string): Promise<string[]> {
  const model = new ConsumerModel(stream, name, { ack_policy: 'explicit', deliver_policy: 'all' });
  const request = { stream_name: stream, config: { durable_name: name, ...model.config } };
  const info = await api<ConsumerInfo>(client, `CONSUMER.CREATE.${stream}.${name}`, request);
  if (info.error !== undefined) return [`Consumer '${stream}/${name}' cannot be made: ${JSON.stringify(info.error)}`];
  model.created = info.created;
  world.consumers.set(`${stream}/${name}`, model);
  const { delivered, ack_floor, num_pending } = info;
  const { messages, first } = world.stream(stream);
  // Compat: consumer.go, selectStartingSeqNo: it stands in front of the first message that there is.
  const isAtBeginning = [delivered, ack_floor].every(
    ({ consumer_seq, stream_seq }) => consumer_seq === 0 && stream_seq === first - 1,
  );
  if (isAtBeginning && num_pending === messages.size) return [];
  return [
    `Consumer '${stream}/${name}' is new and knows something: ${JSON.stringify({ delivered, ack_floor, num_pending })}`,
  ];
}

/** Exactly the consumers that were made are there; one whose making or end was under way may be. */
function settleConsumers({ world, stream, found, sent }: ConsumersUnderCheck): string[] {
  const faults: string[] = [];
  const isKnown = (name: string): boolean => world.consumers.has(`${stream}/${name}`);
  for (const { operation, outcome, created } of sent) {
    if (operation.kind !== 'create consumer' && operation.kind !== 'destroy consumer') continue;
    const { kind, consumer, stream } = operation;
    const isThere = found.includes(consumer);
    const isMade = kind === 'create consumer';
    // What was answered must have happened, the rest may.
    if (outcome !== null && isThere !== isMade)
      faults.push(`Consumer '${stream}/${consumer}': its ${kind} was answered`);
    if (!isThere) world.consumers.delete(`${stream}/${consumer}`);
    if (!isThere || !isMade || isKnown(consumer)) continue;
    const model = new ConsumerModel(stream, consumer, operation.config);
    model.created = created;
    world.consumers.set(`${stream}/${consumer}`, model);
  }
  for (const model of world.consumers.values())
    if (model.stream === stream && !found.includes(model.name))
      faults.push(`Consumer '${stream}/${model.name}' is gone`);
  for (const name of found) if (!isKnown(name)) faults.push(`Consumer '${stream}/${name}' is there, and must not be`);
  return faults;
}

async function checkConsumer(check: ConsumersUnderCheck, model: ConsumerModel): Promise<string[]> {
  const { client, world, sent, options } = check;
  const info = await api<ConsumerInfo>(client, `CONSUMER.INFO.${model.stream}.${model.name}`);
  if (info.error !== undefined) return [`no information: ${JSON.stringify(info.error)}`];
  const faults = infoFaults(world, model, info);
  const isFetching = sent.some(({ operation }) => operation.kind === 'fetch' && operation.consumer === model.name);
  // What limits had taken before it was made counts as delivered, too.
  const passed = Math.max(model.deliveredMax, world.stream(model.stream).first - 1);
  if (!isFetching && info.delivered.stream_seq > passed)
    faults.push(`delivered is ${info.delivered.stream_seq}, and only ${model.deliveredMax} ever was`);
  const stored = world.stream(model.stream).sequencesOf(model.filter);
  const wanted = stored.filter((seq) => !model.ackSent.has(seq));
  const forbidden = options.isLenient ? new Set<number>() : new Set(model.ackAnswered);
  const acked = new Set<number>();
  const got = await pullEmpty(client, world, model, { faults, acked, wanted });
  for (const each of acked) {
    model.ackSent.add(each);
    model.ackAnswered.add(each);
  }
  const lost = wanted.filter((seq) => !got.has(seq));
  if (lost.length > 0) faults.push(`never delivers ${lost.slice(0, 10).join(' ')}, which nobody acknowledged`);
  const again = [...got].filter((seq) => forbidden.has(seq));
  if (again.length > 0)
    faults.push(`delivers ${again.slice(0, 10).join(' ')} again, whose acknowledgement was answered`);
  return faults;
}

function infoFaults(world: World, model: ConsumerModel, info: ConsumerInfo): string[] {
  const faults: string[] = [];
  for (const [key, value] of Object.entries(model.config)) {
    if (JSON.stringify(info.config[key]) !== JSON.stringify(value))
      faults.push(`config ${key} is ${JSON.stringify(info.config[key])}, expected ${JSON.stringify(value)}`);
  }
  if (model.created !== null && info.created !== model.created)
    faults.push(`created ${info.created}, expected ${model.created}`);
  const stored = world.stream(model.stream).sequencesOf(model.filter);
  const floor = info.ack_floor.stream_seq;
  const passed = stored.filter((seq) => seq <= floor && !model.ackSent.has(seq));
  if (passed.length > 0) faults.push(`the ack floor ${floor} is above ${passed.join(' ')}, which nobody acknowledged`);
  const pending = stored.filter((seq) => seq > info.delivered.stream_seq).length;
  if (info.num_pending !== pending) faults.push(`num_pending is ${info.num_pending}, expected ${pending}`);
  return faults;
}

/** Pulls and acknowledges until nothing is left; every sequence that came. */
async function pullEmpty(
  client: SweepClient,
  world: World,
  model: ConsumerModel,
  {
    faults,
    acked,
    wanted,
  }: { readonly faults: string[]; readonly acked: Set<number>; readonly wanted: readonly number[] },
): Promise<Set<number>> {
  const { stream, name, config } = model;
  const got = new Set<number>();
  const changed = { durable_name: name, ...config, ack_wait: ACK_WAIT_NS };
  const update = { stream_name: stream, action: 'update', config: changed };
  const { error } = await api<{ error?: unknown }>(client, `CONSUMER.CREATE.${stream}.${name}`, update);
  if (error !== undefined) faults.push(`cannot be updated: ${JSON.stringify(error)}`);
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const info = await api<ConsumerInfo>(client, `CONSUMER.INFO.${stream}.${name}`);
    const batch = info.num_pending + info.num_ack_pending;
    if (batch === 0) return got;
    const request = JSON.stringify({ batch, expires: PULL_EXPIRES_NS });
    const pulled = client.requestMany(`$JS.API.CONSUMER.MSG.NEXT.${stream}.${name}`, request, batch);
    client.flush();
    const arrived = new Set<number>();
    for (const answer of await pulled) {
      const seq = sequenceOfReply(answer.reply);
      const fault = deliveryFault(world, stream, seq, answer);
      if (fault !== null) faults.push(`delivers ${seq}: ${fault}`);
      got.add(seq);
      arrived.add(seq);
      model.delivered.set(seq, answer.reply);
    }
    const acks = (model.isAckAll ? lastOf(wanted, got) : [...arrived]).map((seq) => {
      for (const covered of model.coveredBy(seq)) acked.add(covered);
      return client.request(model.delivered.get(seq) ?? '', '+ACK');
    });
    client.flush();
    await Promise.all(acks);
  }
  faults.push(`is not empty after ${ROUNDS_MAX} pulls`);
  return got;
}

/** Where one acknowledgement stands for all before it, the last one, and not before everything has come. */
function lastOf(wanted: readonly number[], got: ReadonlySet<number>): number[] {
  return wanted.every((seq) => got.has(seq)) && got.size > 0 ? [Math.max(...got)] : [];
}
