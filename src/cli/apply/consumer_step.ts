// What becomes of one consumer that a document asks for, on a stream as it will be by then. Pure.
import { CONSUMER_CONFIG_FIELDS, type ConsumerConfig } from '../../jetstream/consumer/consumer_config.ts';
import { planConsumerCreate } from '../../jetstream/consumer/consumer_plan.ts';
import { checkConsumerUpdate } from '../../jetstream/consumer/consumer_update.ts';
import type { StreamConfig } from '../../jetstream/stream/stream_config.ts';
import type { ConsumerInfo } from '../client/js_types.ts';
import type { WantedAsset } from '../documents/asset_document.ts';
import type { Draft } from '../documents/field.ts';
import { timeMs } from '../session.ts';
import { fieldOf } from './changes.ts';
import { consumerFields, consumerForm, NO_SERVER_LIMITS, presentConsumerForm } from './forms.ts';
import { ownershipOf } from './ownership.ts';
import {
  compareAsset,
  nameOf,
  nextOwnership,
  type PlanContext,
  type Planned,
  refusal,
  refuseDocument,
  refused,
  refuseForeign,
  saidFirst,
  unknownFields,
} from './plan_context.ts';
import { type Change, PREVENTED, pathOf, type Refusal, type Step, wordsOfError } from './step.ts';

/** The stream as it will be, and those of its consumers that are there or planned already. */
export interface ConsumerCompany {
  readonly stream: StreamConfig;
  readonly consumers: ReadonlyMap<string, ConsumerConfig>;
}

export function planConsumer(
  asset: WantedAsset,
  company: ConsumerCompany,
  context: PlanContext,
): Planned<ConsumerConfig> {
  const { pause_until: pause, ...said } = asset.config;
  const pauseUntil = futureTime(pause, context.options.nowMs);
  const formed = consumerForm(said, company.stream, context.account);
  if (!formed.ok) return refuseDocument(asset, wordsOfError(formed.error));
  const wanted: Wanted = { asset, company, said, next: formed.config, pauseUntil };
  const info = (context.world.consumers.get(asset.stream) ?? []).find(({ name }) => name === asset.name);
  return info === undefined ? planNew(wanted, context) : planPresent(wanted, info, context);
}

interface Wanted {
  readonly asset: WantedAsset;
  readonly company: ConsumerCompany;
  /** Of the document, without the pause, which has a request of its own. */
  readonly said: Draft;
  readonly next: ConsumerConfig;
  /** Null where it is not to pause. */
  readonly pauseUntil: string | null;
}

/** A pause that is over is none. */
function futureTime(text: unknown, nowMs: number): string | null {
  return typeof text === 'string' && timeMs(text) > nowMs ? text : null;
}

function planNew({ asset, company, said, next, pauseUntil }: Wanted, context: PlanContext): Planned<ConsumerConfig> {
  const reason = serverFault(asset, { company, next, isDelivering: false }, context);
  if (reason !== null) return refuseDocument(asset, reason);
  const { metadata, ...config } = said;
  const step: Step = {
    ...nameOf(asset),
    action: 'create',
    place: asset.place,
    changes: [],
    losses: [],
    notes: asset.notes,
    request: {
      config: pauseUntil === null ? config : { ...config, pause_until: pauseUntil },
      metadata: (metadata ?? {}) as Readonly<Record<string, string>>,
      ownership: nextOwnership(asset, null, context.options),
      pauseUntil: undefined,
      expected: consumerFields(next),
    },
  };
  return { ok: true, step, config: next };
}

function planPresent(wanted: Wanted, info: ConsumerInfo, context: PlanContext): Planned<ConsumerConfig> {
  const { asset, company, said, next } = wanted;
  const { options, account } = context;
  const ownership = ownershipOf(info.config.metadata, pathOf(asset));
  const foreign = refuseForeign(asset, ownership, options);
  if (foreign !== null) return refused(foreign);
  if ((info.config.durable_name ?? '') === '') {
    const reason = 'the consumer of this name is not durable, those of documents are';
    return refused(refusal(asset, { field: 'durable_name', reason, wayOut: wayOutOf(asset) }));
  }
  const old = presentConsumerForm(info.config, company.stream, account);
  const earlier = ownership?.applied == null ? null : consumerForm(ownership.applied, company.stream, account);
  const applied = earlier?.ok === true ? consumerFields(earlier.config) : null;
  const forms = { wanted: consumerFields(next), present: consumerFields(old), applied, metadata: info.config.metadata };
  const { changes, isRecorded, ...found } = compareAsset(asset, forms, options);
  const pause = pauseChange(wanted, { info, before: ownership?.applied ?? null, nowMs: options.nowMs });
  const all = pause === null ? changes : [...changes, pause];
  const base = { ...nameOf(asset), place: asset.place, changes: all, losses: [], notes: asset.notes };
  const idle: Step = { ...base, action: 'none', request: null };
  if (asset.preventUpdate) {
    if (all.length === 0) return { ok: true, step: idle, config: next };
    return { ok: true, step: { ...idle, action: 'keep', notes: [...asset.notes, PREVENTED] }, config: old };
  }
  const isDelivering = info.push_bound === true;
  const refusals = immutables(asset, changes, { company, old, next, isDelivering }, context);
  if (refusals.length > 0) return { ok: false, refusals };
  if (all.length === 0 && isRecorded) return { ok: true, step: idle, config: next };
  const { metadata: _said, ...config } = said;
  const request = {
    ...found,
    config: { ...unknownFields(info.config, CONSUMER_CONFIG_FIELDS), ...config },
    pauseUntil: pause === null ? undefined : wanted.pauseUntil,
    expected: consumerFields(next),
  };
  return { ok: true, step: { ...base, action: all.length === 0 ? 'adopt' : 'update', request }, config: next };
}

interface PauseFacts {
  readonly info: ConsumerInfo;
  readonly before: Draft | null;
  readonly nowMs: number;
}

/** Pausing is an operator's business, unless the document says something about it, or did the last time. */
function pauseChange({ asset, pauseUntil }: Wanted, { info, before, nowMs }: PauseFacts): Change | null {
  const said = asset.config['pause_until'];
  const saidBefore = before?.['pause_until'];
  if (said === undefined && saidBefore === undefined) return null;
  const present = futureTime(info.config.pause_until, nowMs);
  const isSame = present === null ? pauseUntil === null : pauseUntil !== null && timeMs(present) === timeMs(pauseUntil);
  if (isSame) return null;
  const origin = before === null ? 'unknown' : said === saidBefore ? 'server' : 'document';
  return { key: 'pause_until', old: present ?? undefined, new: pauseUntil ?? undefined, origin };
}

interface Versions {
  readonly company: ConsumerCompany;
  readonly old: ConsumerConfig;
  readonly next: ConsumerConfig;
  readonly isDelivering: boolean;
}

/** One refusal per field that cannot change while the consumer lives. */
function immutables(
  asset: WantedAsset,
  changes: readonly Change[],
  { company, old, next, isDelivering }: Versions,
  context: PlanContext,
): Refusal[] {
  const fields = [...new Set(changes.map(({ key }) => fieldOf(key)))].filter(isConsumerField);
  const found = new Map<string, Refusal>();
  for (const field of fields) {
    const error = checkConsumerUpdate(old, { ...old, [field]: next[field] }, isDelivering);
    if (error === null) continue;
    found.set(field, refusal(asset, { field, reason: wordsOfError(error), wayOut: wayOutOf(asset) }));
  }
  if (found.size > 0 || fields.length === 0) return saidFirst(asset, found);
  const reason = serverFault(asset, { company, next, isDelivering }, context);
  return reason === null ? [] : [refusal(asset, { field: null, reason, wayOut: wayOutOf(asset) })];
}

function isConsumerField(key: string): key is keyof ConsumerConfig {
  return Object.hasOwn(CONSUMER_CONFIG_FIELDS, key);
}

/** What a server would refuse it with, given the stream's other consumers. How many replicas are possible is its to say. */
function serverFault(
  { name, stream }: WantedAsset,
  { company, next, isDelivering }: Pick<Versions, 'company' | 'next' | 'isDelivering'>,
  { account }: PlanContext,
): string | null {
  const plan = planConsumerCreate(
    { form: 'named', stream, name, filter: '' },
    { stream_name: stream, config: oneReplica({ ...next, name }), action: '', pedantic: false },
    {
      server: NO_SERVER_LIMITS,
      account,
      stream: company.stream,
      consumers: new Map([...company.consumers].map(([other, config]) => [other, oneReplica(config)])),
      hasInterest: () => isDelivering,
    },
  );
  return plan.kind === 'refuse' ? wordsOfError(plan.error) : null;
}

function oneReplica(config: ConsumerConfig): ConsumerConfig {
  return { ...config, num_replicas: Math.min(config.num_replicas, 1) };
}

function wayOutOf({ name, stream }: WantedAsset): string {
  return (
    'keep the field as it is, or give the consumer another name; to have it under this name, remove it ' +
    `('contrail consumer rm ${stream} ${name}') and apply again, it then begins anew`
  );
}
