// The plan: what is to be done so that the server has what the documents say, in the order to do it, and what stands
// against it. Pure; carry_out.ts does it, plan_page.ts shows it.
import type { ConsumerConfig } from '../../jetstream/consumer/consumer_config.ts';
import type { StreamConfig } from '../../jetstream/stream/stream_config.ts';
import type { DocumentSet, WantedAsset } from '../documents/asset_document.ts';
import { refuseWithoutRoom } from './account_room.ts';
import { type ConsumerCompany, planConsumer } from './consumer_step.ts';
import { presentConsumerForm, presentStreamForm } from './forms.ts';
import { nameOf, type PlanContext, type PlanOptions, planContext, refusal } from './plan_context.ts';
import { planPrune } from './prune.ts';
import { type Plan, pathOf, placeText, type Refusal, type Step } from './step.ts';
import { orderedStreams, type StreamMove, SubjectIndex } from './stream_order.ts';
import { planStream } from './stream_step.ts';
import type { World } from './world.ts';

export function makePlan({ assets, notes }: DocumentSet, world: World, options: PlanOptions): Plan {
  const context = planContext(assets, world, options);
  const refusals: Refusal[] = [...refuseTwice(assets)];
  const streams = planStreams(assets, context, refusals);
  const consumers = planConsumers(assets, { context, streams }, refusals);
  const pruned = planPrune(new Set(assets.map(pathOf)), world, options);
  return {
    set: options.set,
    steps: [...streams.map(({ step }) => step), ...consumers, ...pruned.steps],
    refusals: [
      ...refusals,
      ...refuseOverlaps(streams, context),
      ...refuseWithoutRoom(streams, context),
      ...pruned.refusals,
    ],
    notes: [...notes, ...pruned.notes],
  };
}

function refuseTwice(assets: readonly WantedAsset[]): Refusal[] {
  const first = new Map<string, WantedAsset>();
  return assets.flatMap((asset) => {
    const before = first.get(pathOf(asset));
    if (before === undefined) {
      first.set(pathOf(asset), asset);
      return [];
    }
    const isOtherAccount = before.account !== asset.account;
    return refusal(asset, {
      field: null,
      reason: `it stands in ${placeText(before.place)} already`,
      wayOut: isOtherAccount ? '--account NAME takes the documents of one account' : 'remove one of the two documents',
    });
  });
}

function planStreams(assets: readonly WantedAsset[], context: PlanContext, refusals: Refusal[]): StreamMove[] {
  const moves: StreamMove[] = [];
  for (const asset of assets) {
    if (asset.kind === 'Consumer') continue;
    const planned = planStream(asset, context);
    if (!planned.ok) {
      refusals.push(...planned.refusals);
      continue;
    }
    const before = context.world.streams.get(asset.stream)?.config.subjects;
    const isThere = context.world.streams.has(asset.stream);
    moves.push({ step: planned.step, config: planned.config, before: isThere ? (before ?? []) : null });
  }
  return orderedStreams(moves);
}

/** Two streams cannot have a subject at once; what is pruned goes last and so still has its own. */
function refuseOverlaps(moves: readonly StreamMove[], { world }: PlanContext): Refusal[] {
  const after = new Map([...world.streams].map(([name, { config }]) => [name, config.subjects ?? []]));
  for (const { config } of moves) after.set(config.name, config.subjects);
  const index = new SubjectIndex(after);
  return moves.flatMap(({ step, config, before }) => {
    if (step.action !== 'create' && step.action !== 'update') return [];
    if (before !== null && config.subjects.every((subject) => before.includes(subject))) return [];
    const found = index.collision(config.name, config.subjects);
    if (found === null) return [];
    return {
      ...nameOf(step),
      place: step.place,
      field: 'subjects',
      reason: `'${found.ours}' overlaps with '${found.subject}' of stream ${found.stream}`,
      wayOut: `change one of the two; where ${found.stream} is to go, remove it first`,
    };
  });
}

interface ConsumersGiven {
  readonly context: PlanContext;
  readonly streams: readonly StreamMove[];
}

function planConsumers(
  assets: readonly WantedAsset[],
  { context, streams }: ConsumersGiven,
  refusals: Refusal[],
): Step[] {
  const after = new Map(streams.map(({ config }) => [config.name, config]));
  const byStream = new Map<string, Map<string, ConsumerConfig>>();
  return assets.flatMap((asset) => {
    if (asset.kind !== 'Consumer') return [];
    const stream = after.get(asset.stream) ?? presentStream(asset.stream, context);
    if (stream === null) {
      // A stream with a refusal of its own speaks for its consumers.
      const isAsked = assets.some((other) => other.kind !== 'Consumer' && other.stream === asset.stream);
      if (!isAsked) refusals.push(noStream(asset));
      return [];
    }
    const consumers = byStream.get(asset.stream) ?? presentConsumers(stream, context);
    byStream.set(asset.stream, consumers);
    const company: ConsumerCompany = { stream, consumers };
    const planned = planConsumer(asset, company, context);
    if (!planned.ok) {
      refusals.push(...planned.refusals);
      return [];
    }
    consumers.set(asset.name, planned.config);
    return [planned.step];
  });
}

function presentStream(name: string, { world, form }: PlanContext): StreamConfig | null {
  const info = world.streams.get(name);
  return info === undefined ? null : presentStreamForm(info.config, form);
}

function presentConsumers(stream: StreamConfig, { world, account }: PlanContext): Map<string, ConsumerConfig> {
  const infos = world.consumers.get(stream.name) ?? [];
  return new Map(infos.map(({ name, config }) => [name, presentConsumerForm(config, stream, account)]));
}

function noStream(asset: WantedAsset): Refusal {
  return refusal(asset, {
    field: 'stream',
    reason: `there is no stream ${asset.stream}, neither on the server nor in the documents`,
    wayOut: "add its document, or see 'contrail stream ls' for the name",
  });
}
