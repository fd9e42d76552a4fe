// What belongs to a set and stands in its documents no more: removed with --prune, told otherwise. Pure.
import type { ConsumerInfo, StreamInfo } from '../client/js_types.ts';
import { bucketOfStream } from '../documents/bucket_stream.ts';
import { countedText } from '../output/human.ts';
import { consumerRemovalLoss, streamRemovalLoss } from './losses.ts';
import { type Ownership, ownershipOf } from './ownership.ts';
import type { PlanOptions } from './plan_context.ts';
import { type AssetName, pathOf, type Refusal, type Step, titleOf } from './step.ts';
import type { World } from './world.ts';

export interface Pruned {
  /** Consumers first. */
  readonly steps: readonly Step[];
  readonly refusals: readonly Refusal[];
  readonly notes: readonly string[];
}

interface Orphan {
  readonly name: AssetName;
  readonly ownership: Ownership;
  readonly loss: string;
  /** Why it should not just go; null where it may. */
  readonly guard: string | null;
}

/** `wanted` has the paths that documents speak of. */
export function planPrune(wanted: ReadonlySet<string>, world: World, options: PlanOptions): Pruned {
  const { set, prune, pruneNonempty } = options;
  if (set === null) return { steps: [], refusals: [], notes: [] };
  const streams = [...world.streams.values()].flatMap((info) => streamOrphan(info, { wanted, world, set }));
  const gone = new Set(streams.filter(({ ownership }) => !ownership.isKept).map(({ name }) => name.stream));
  const consumers = [...world.consumers].flatMap(([stream, list]) =>
    gone.has(stream) ? [] : list.flatMap((info) => consumerOrphan(info, { wanted, set })),
  );
  const steps: Step[] = [];
  const refusals: Refusal[] = [];
  const notes: string[] = [];
  for (const { name, ownership, loss, guard } of [...consumers, ...streams]) {
    const base = { ...name, place: null, changes: [], losses: [loss], request: null };
    if (ownership.isKept) {
      steps.push({
        ...base,
        action: 'keep',
        losses: [],
        notes: ['it is in no document any more, but preventDelete was set'],
      });
    } else if (!prune) {
      notes.push(`${titleOf(name)} belongs to the set '${set}' and is in no document: --prune would remove it`);
    } else if (guard !== null && !pruneNonempty) {
      const wayOut = 'say --prune-nonempty to remove it all the same, or put it back into the documents';
      refusals.push({ ...name, place: null, field: null, reason: `it is to be pruned, but ${guard}`, wayOut });
    } else {
      steps.push({ ...base, action: 'delete', notes: [] });
    }
  }
  return { steps, refusals, notes };
}

interface StreamFacts {
  readonly wanted: ReadonlySet<string>;
  readonly world: World;
  readonly set: string;
}

function streamOrphan(info: StreamInfo, { wanted, world, set }: StreamFacts): Orphan[] {
  const { name: stream, metadata } = info.config;
  const bucket = bucketOfStream(stream);
  const name: AssetName = { kind: bucket?.kind ?? 'Stream', name: bucket?.bucket ?? stream, stream };
  const ownership = ownershipOf(metadata, pathOf(name));
  if (ownership?.set !== set || wanted.has(pathOf(name))) return [];
  const guard = guardOf(info, world.consumers.get(stream) ?? [], set);
  return [{ name, ownership, loss: streamRemovalLoss(info), guard }];
}

/** Why a stream of the set should not just go; null where it may. */
export function guardOf({ state }: StreamInfo, consumers: readonly ConsumerInfo[], set: string): string | null {
  if (state.messages > 0) return `it holds ${countedText(state.messages, 'message')}`;
  const strangers = consumers.filter((one) => ownershipOfConsumer(one)?.set !== set).length;
  if (strangers === 0) return null;
  return `it has ${countedText(strangers, 'consumer')} that ${strangers === 1 ? 'is' : 'are'} not of this set`;
}

function ownershipOfConsumer({ stream_name: stream, name, config }: ConsumerInfo): Ownership | null {
  return ownershipOf(config.metadata, pathOf({ kind: 'Consumer', name, stream }));
}

function consumerOrphan(info: ConsumerInfo, { wanted, set }: Omit<StreamFacts, 'world'>): Orphan[] {
  const name: AssetName = { kind: 'Consumer', name: info.name, stream: info.stream_name };
  const ownership = ownershipOfConsumer(info);
  if (ownership?.set !== set || wanted.has(pathOf(name))) return [];
  return [{ name, ownership, loss: consumerRemovalLoss(info), guard: null }];
}
