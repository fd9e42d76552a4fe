// Does what a plan says, step by step, and stops at the first that fails: what was done and what was not is then told
// apart. Asks nobody; apply.ts has asked before.
import { errorText } from '../../base/errors.ts';
import type { JsApi } from '../client/js_api.ts';
import type { ConsumerInfo, StreamInfo } from '../client/js_types.ts';
import { listConsumers } from '../consumers/consumer_list.ts';
import type { Draft } from '../documents/field.ts';
import { CommandError } from '../errors.ts';
import { differences } from '../output/difference.ts';
import { jsonLine } from '../output/json.ts';
import type { Session } from '../session.ts';
import { fieldOf } from './changes.ts';
import { answeredFields } from './forms.ts';
import { type Ownership, ownershipMetadata, ownershipOf } from './ownership.ts';
import { guardOf } from './prune.ts';
import { isDoing, pathOf, type Request, type Step, titleOf } from './step.ts';

export interface StepResult {
  readonly step: Step;
  readonly status: 'done' | 'failed' | 'not done';
  /** Null where nothing went wrong. */
  readonly error: string | null;
  /** What the server made of it that nobody asked for. */
  readonly notes: readonly string[];
}

export interface CarryOutOptions {
  /** Of what is removed; null where nothing is. */
  readonly set: string | null;
  readonly pruneNonempty: boolean;
  readonly onResult: (result: StepResult) => void;
}

/** One result per step that does something. */
export async function carryOut(
  session: Session,
  steps: readonly Step[],
  options: CarryOutOptions,
): Promise<StepResult[]> {
  const api = await session.api();
  const results: StepResult[] = [];
  let isStopped = false;
  for (const step of steps.filter(isDoing)) {
    isStopped ||= session.isInterrupted;
    const result: StepResult = isStopped
      ? { step, status: 'not done', error: null, notes: [] }
      : await session.during(`${titleOf(step)} may or may not have changed; 'contrail diff' shows what is left`, () =>
          resultOf(api, step, options),
        );
    isStopped ||= result.status === 'failed';
    results.push(result);
    options.onResult(result);
  }
  return results;
}

async function resultOf(api: JsApi, step: Step, options: CarryOutOptions): Promise<StepResult> {
  try {
    const notes = step.request === null ? await remove(api, step, options) : await make(api, step, step.request);
    return { step, status: 'done', error: null, notes };
  } catch (error) {
    // Only what the server or the network refuse; anything else is a fault of this program.
    if (error instanceof CommandError) return { step, status: 'failed', error: errorText(error), notes: [] };
    throw error;
  }
}

async function remove(api: JsApi, step: Step, { set, pruneNonempty }: CarryOutOptions): Promise<string[]> {
  const { kind, name, stream } = step;
  if (kind === 'Consumer') {
    await api.request(`CONSUMER.DELETE.${stream}.${name}`);
    return [];
  }
  const { value } = await api.request<StreamInfo>(`STREAM.INFO.${stream}`);
  // Somebody may have written to it since the plan was made, listen to it, or have made another in its place.
  if (set === null || ownershipOf(value.config.metadata, pathOf(step))?.set !== set) {
    throw new CommandError(`by now it belongs to the set '${set}' no more: it was left as it is`);
  }
  const consumers = value.state.consumer_count === 0 ? [] : (await listConsumers(api, stream)).consumers;
  const guard = pruneNonempty ? null : guardOf(value, consumers, set);
  if (guard !== null) throw new CommandError(`by now ${guard}: say --prune-nonempty to remove it all the same`);
  await api.request(`STREAM.DELETE.${stream}`);
  return [];
}

async function make(api: JsApi, step: Step, request: Request): Promise<string[]> {
  const isNew = step.action === 'create';
  const answered = await send(api, step, { request, ownership: request.ownership, isNew });
  if (request.pauseUntil !== undefined) {
    const body = request.pauseUntil === null ? undefined : { pause_until: request.pauseUntil };
    await api.request(`CONSUMER.PAUSE.${step.stream}.${step.name}`, body);
  }
  const { chosen, notes } = judged(request, answered);
  // What was chosen is only known afterwards: it is written down, so that the next apply does not take it for drift.
  if (jsonLine(chosen) !== jsonLine(request.ownership.chosen)) {
    await send(api, step, { request, ownership: { ...request.ownership, chosen }, isNew: false });
  }
  return notes;
}

/** As it is sent: with the user's metadata and what is written down of whose it is. */
export function sentConfig(step: Step, { config, metadata, ownership }: Request): Draft {
  return { ...config, metadata: { ...metadata, ...ownershipMetadata(pathOf(step), ownership) } };
}

interface Sent {
  readonly request: Request;
  readonly ownership: Ownership;
  readonly isNew: boolean;
}

/** The configuration that the server answers. */
async function send(api: JsApi, step: Step, { request, ownership, isNew }: Sent): Promise<Draft> {
  const config = sentConfig(step, { ...request, ownership });
  const { kind, name, stream } = step;
  if (kind !== 'Consumer') {
    const { value } = await api.request<StreamInfo>(`STREAM.${isNew ? 'CREATE' : 'UPDATE'}.${stream}`, config);
    return answeredFields(kind, value.config);
  }
  const filter = config['filter_subject'] ?? '';
  // A single filter stands in the request's subject, where permissions can see it.
  const subject = `CONSUMER.CREATE.${stream}.${name}${filter === '' ? '' : `.${filter}`}`;
  const action = isNew ? 'create' : 'update';
  const { value } = await api.request<ConsumerInfo>(subject, { stream_name: stream, config, action });
  return answeredFields(kind, value.config);
}

interface Judged {
  readonly chosen: Draft;
  readonly notes: string[];
}

/** Where the answer is another than expected: the server's choice if nobody said anything, else its refusal in silence. */
function judged(request: Request, answered: Draft): Judged {
  const chosen: Record<string, unknown> = {};
  const notes: string[] = [];
  for (const field of new Set(differences(request.expected, answered).map(({ key }) => fieldOf(key)))) {
    if (Object.hasOwn(request.config, field)) {
      notes.push(
        `the server did not take ${field}, it has ${jsonLine(answered[field] ?? null)}: it may be an older release`,
      );
    } else {
      chosen[field] = answered[field];
    }
  }
  return { chosen, notes };
}
