// Plays the steps of a script to a live server: the operations of a step leave in one write, the next step waits for all
// answers, and every answer is held against the model. When the server dies in the middle of a step, the step with its
// half of the answers is the result. Called by sweep_point.ts.
import { type Answer, Gone, type SweepClient } from './sweep_client.ts';
import { applyOperation, ConsumerModel, type Outcome, type StreamOperation, type World } from './sweep_model.ts';

export type ConsumerOperation =
  | {
      readonly kind: 'create consumer';
      readonly stream: string;
      readonly consumer: string;
      readonly config: Readonly<Record<string, unknown>>;
    }
  | { readonly kind: 'destroy consumer'; readonly stream: string; readonly consumer: string }
  | { readonly kind: 'fetch'; readonly stream: string; readonly consumer: string; readonly batch: number }
  | {
      readonly kind: 'ack';
      readonly stream: string;
      readonly consumer: string;
      readonly seq: number;
      readonly word: '+ACK' | '+TERM' | '-NAK';
      /** Whether the client waits until the server says that it has it. */
      readonly isAnswered: boolean;
    };

export type Operation = StreamOperation | ConsumerOperation;

export interface Step {
  readonly name: string;
  readonly operations: (world: World) => Operation[];
}

export interface Sent {
  readonly operation: Operation;
  /** Null: no answer came. */
  outcome: Outcome | null;
  /** When a stream or consumer says that it was created. */
  created: string | null;
}

/** How far the script came. */
export interface RunEnd {
  readonly stepsDone: number;
  /** What was under way when the server died; empty when it lives. */
  readonly inFlight: readonly Sent[];
}

export class WrongAnswer extends Error {}

export async function runSteps(client: SweepClient, world: World, steps: readonly Step[]): Promise<RunEnd> {
  for (const [index, step] of steps.entries()) {
    const sent: Sent[] = step.operations(world).map((operation) => ({ operation, outcome: null, created: null }));
    const answers = sent.map((each) => send(client, world, each));
    client.flush();
    const failed = (await Promise.allSettled(answers)).filter((result) => result.status === 'rejected');
    const wrong = failed.find(({ reason }) => !(reason instanceof Gone));
    if (wrong !== undefined) throw wrong.reason;
    if (failed.length > 0 || client.isGone) return { stepsDone: index, inFlight: sent };
    for (const each of sent) confirm(world, each, step.name);
  }
  return { stepsDone: steps.length, inFlight: [] };
}

export function isStreamOperation(operation: Operation): operation is StreamOperation {
  switch (operation.kind) {
    case 'create consumer':
    case 'destroy consumer':
    case 'fetch':
    case 'ack':
      return false;
    default:
      return true;
  }
}

/** Every answer is there: the model makes the step, and must have known the answers. */
function confirm(world: World, { operation, outcome, created }: Sent, step: string): void {
  if (isStreamOperation(operation)) {
    const applied = applyOperation(world.streams.get(operation.stream) ?? null, operation);
    world.setStream(operation.stream, applied.model);
    if (applied.model !== null && operation.kind === 'create') applied.model.created = created;
    if (JSON.stringify(outcome) !== JSON.stringify(applied.outcome)) {
      const expected = JSON.stringify(applied.outcome);
      const what = describe(operation);
      throw new WrongAnswer(`Step '${step}', ${what}: answered ${JSON.stringify(outcome)}, expected ${expected}`);
    }
  } else if (outcome?.kind === 'refused') {
    throw new WrongAnswer(`Step '${step}', ${describe(operation)}: refused with ${outcome.code}`);
  } else if (operation.kind === 'destroy consumer') {
    world.consumers.delete(`${operation.stream}/${operation.consumer}`);
  } else if (operation.kind === 'create consumer') {
    const { stream, consumer, config } = operation;
    const model = new ConsumerModel(stream, consumer, config);
    model.created = created;
    world.consumers.set(`${stream}/${consumer}`, model);
  }
}

export function describe(operation: Operation): string {
  const { kind, stream } = operation;
  switch (operation.kind) {
    case 'publish':
      return `publish to '${stream}' (${operation.subject}, id '${operation.id}')`;
    case 'delete':
      return `delete of ${operation.seq} in '${stream}'`;
    case 'purge':
      return `purge of '${stream}' ${JSON.stringify(operation.request)}`;
    case 'ack':
      return `${operation.word} of ${operation.seq} in '${stream}/${operation.consumer}'`;
    default:
      return `${kind} '${stream}${'consumer' in operation ? `/${operation.consumer}` : ''}'`;
  }
}

async function send(client: SweepClient, world: World, sent: Sent): Promise<void> {
  const { operation } = sent;
  switch (operation.kind) {
    case 'publish':
      sent.outcome = pubAckOf(await client.request(operation.subject, operation.payload, operation.header));
      return;
    case 'fetch':
      await fetchInto(client, world, operation);
      return;
    case 'ack':
      await acknowledge(client, world, operation);
      return;
    default: {
      const answer = await client.request(...apiRequest(operation));
      sent.outcome = apiOutcome(answer);
      sent.created = (JSON.parse(answer.payload) as ApiAnswer).created ?? null;
    }
  }
}

type ApiOperation = Exclude<Operation, { kind: 'publish' | 'fetch' | 'ack' }>;

function apiRequest(operation: ApiOperation): [subject: string, body: string] {
  const { stream } = operation;
  switch (operation.kind) {
    case 'create':
      return [`$JS.API.STREAM.CREATE.${stream}`, JSON.stringify(operation.config)];
    case 'update':
      return [`$JS.API.STREAM.UPDATE.${stream}`, JSON.stringify(operation.config)];
    case 'destroy':
      return [`$JS.API.STREAM.DELETE.${stream}`, ''];
    case 'delete':
      return [
        `$JS.API.STREAM.MSG.DELETE.${stream}`,
        JSON.stringify({ seq: operation.seq, no_erase: operation.noErase }),
      ];
    case 'purge':
      return [`$JS.API.STREAM.PURGE.${stream}`, JSON.stringify(operation.request)];
    case 'create consumer':
      return [
        `$JS.API.CONSUMER.CREATE.${stream}.${operation.consumer}`,
        JSON.stringify({ stream_name: stream, config: { durable_name: operation.consumer, ...operation.config } }),
      ];
    case 'destroy consumer':
      return [`$JS.API.CONSUMER.DELETE.${stream}.${operation.consumer}`, ''];
  }
}

interface ApiAnswer {
  readonly error?: { readonly err_code?: number; readonly code?: number };
  readonly purged?: number;
  readonly created?: string;
  readonly seq?: number;
  readonly duplicate?: boolean;
}

function apiOutcome({ payload }: Answer): Outcome {
  const answer = JSON.parse(payload) as ApiAnswer;
  if (answer.error !== undefined) return { kind: 'refused', code: answer.error.err_code ?? answer.error.code ?? 0 };
  return answer.purged === undefined ? { kind: 'done' } : { kind: 'purged', count: answer.purged };
}

export function pubAckOf(answer: Answer): Outcome {
  if (answer.payload === '')
    return { kind: 'refused', code: Number(/^NATS\/1\.0 (\d+)/.exec(answer.header)?.[1] ?? 0) };
  const ack = JSON.parse(answer.payload) as ApiAnswer;
  if (ack.error !== undefined) return { kind: 'refused', code: ack.error.err_code ?? 0 };
  return { kind: ack.duplicate === true ? 'duplicate' : 'stored', seq: ack.seq ?? 0 };
}

async function fetchInto(
  client: SweepClient,
  world: World,
  { stream, consumer, batch }: { readonly stream: string; readonly consumer: string; readonly batch: number },
): Promise<void> {
  const model = world.consumer(`${stream}/${consumer}`);
  const answers = await client.requestMany(
    `$JS.API.CONSUMER.MSG.NEXT.${stream}.${consumer}`,
    JSON.stringify({ batch, no_wait: true }),
    batch,
  );
  for (const answer of answers) {
    const seq = sequenceOfReply(answer.reply);
    const fault = deliveryFault(world, stream, seq, answer);
    if (fault !== null) throw new WrongAnswer(`'${stream}/${consumer}' delivered ${seq}: ${fault}`);
    model.delivered.set(seq, answer.reply);
  }
  if (answers.length !== batch) {
    throw new WrongAnswer(`'${stream}/${consumer}' delivered ${answers.length} of ${batch} messages`);
  }
}

/** What is wrong with a delivered message, or null. */
export function deliveryFault(world: World, stream: string, seq: number, answer: Answer): string | null {
  const stored = world.stream(stream).messages.get(seq);
  if (stored === undefined) return 'it is not in the stream';
  const isSame =
    stored.subject === answer.subject && stored.header === answer.header && stored.payload === answer.payload;
  return isSame ? null : `it is not what was stored: ${answer.subject} ${answer.payload.slice(0, 40)}`;
}

/** `$JS.ACK.<stream>.<consumer>.<delivered>.<stream seq>.<consumer seq>.<time>.<pending>`, or with domain and account. */
export function sequenceOfReply(reply: string): number {
  const tokens = reply.split('.');
  return Number(tokens.length === 9 ? tokens[5] : tokens[7]);
}

async function acknowledge(
  client: SweepClient,
  world: World,
  operation: Extract<Operation, { kind: 'ack' }>,
): Promise<void> {
  const { stream, consumer, seq, word, isAnswered } = operation;
  const model = world.consumer(`${stream}/${consumer}`);
  const reply = model.delivered.get(seq);
  if (reply === undefined) throw new Error(`The script acknowledges ${seq}, which was not delivered`);
  const covered = word === '-NAK' ? [] : model.coveredBy(seq);
  // It may reach the server from now on.
  for (const each of covered) model.ackSent.add(each);
  if (!isAnswered) {
    client.publish(reply, word);
    return;
  }
  await client.request(reply, word);
  for (const each of covered) model.ackAnswered.add(each);
}
