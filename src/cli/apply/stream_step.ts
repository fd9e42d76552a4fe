// What becomes of one stream or bucket that a document asks for. Pure.
import { STREAM_CONFIG_FIELDS, type StreamConfig } from '../../jetstream/stream/stream_config.ts';
import { checkStreamUpdate } from '../../jetstream/stream/stream_update.ts';
import type { StreamInfo } from '../client/js_types.ts';
import type { WantedAsset } from '../documents/asset_document.ts';
import { settingName } from '../documents/bucket_stream.ts';
import { fieldOf } from './changes.ts';
import { presentStreamForm, streamFields, streamForm } from './forms.ts';
import { updateLosses } from './losses.ts';
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

export function planStream(asset: WantedAsset, context: PlanContext): Planned<StreamConfig> {
  const formed = streamForm(asset.config, context.form);
  if (!formed.ok) return refuseDocument(asset, wordsOfError(formed.error));
  const info = context.world.streams.get(asset.stream);
  return info === undefined
    ? planNew(asset, formed.config, context)
    : planPresent(asset, { info, next: formed.config }, context);
}

function planNew(asset: WantedAsset, next: StreamConfig, { options }: PlanContext): Planned<StreamConfig> {
  if (next.sealed) {
    const wayOut = 'apply it without, fill it, then apply it with';
    return refused(
      refusal(asset, { field: 'sealed', reason: 'nobody could write to a stream that begins sealed', wayOut }),
    );
  }
  const { metadata, ...config } = asset.config;
  const step: Step = {
    ...nameOf(asset),
    action: 'create',
    place: asset.place,
    changes: [],
    losses: [],
    notes: asset.notes,
    request: {
      config,
      metadata: (metadata ?? {}) as Readonly<Record<string, string>>,
      ownership: nextOwnership(asset, null, options),
      pauseUntil: undefined,
      expected: streamFields(next),
    },
  };
  return { ok: true, step, config: next };
}

interface Present {
  readonly info: StreamInfo;
  readonly next: StreamConfig;
}

function planPresent(asset: WantedAsset, { info, next }: Present, context: PlanContext): Planned<StreamConfig> {
  const { form, options } = context;
  const ownership = ownershipOf(info.config.metadata, pathOf(asset));
  const foreign = refuseForeign(asset, ownership, options);
  if (foreign !== null) return refused(foreign);
  const old = presentStreamForm(info.config, form);
  const earlier = ownership?.applied == null ? null : streamForm(ownership.applied, form);
  const applied = earlier?.ok === true ? streamFields(earlier.config) : null;
  const forms = { wanted: streamFields(next), present: streamFields(old), applied, metadata: info.config.metadata };
  const { changes, isRecorded, ...found } = compareAsset(asset, forms, options);
  const step: Step = {
    ...nameOf(asset),
    action: 'none',
    place: asset.place,
    changes: changes.map((change) => ({ ...change, key: shownKey(asset, change.key) })),
    losses: [],
    notes: asset.notes,
    request: null,
  };
  if (asset.preventUpdate) {
    if (changes.length === 0) return { ok: true, step, config: next };
    return { ok: true, step: { ...step, action: 'keep', notes: [...asset.notes, PREVENTED] }, config: old };
  }
  const refusals = immutables(asset, changes, { old, next });
  if (refusals.length > 0) return { ok: false, refusals };
  if (changes.length === 0 && isRecorded) return { ok: true, step, config: next };
  const { metadata: _said, ...config } = asset.config;
  const request = {
    ...found,
    config: { ...unknownFields(info.config, STREAM_CONFIG_FIELDS), ...config },
    pauseUntil: undefined,
    expected: streamFields(next),
  };
  const losses = updateLosses(old, next, { info, nowMs: options.nowMs });
  const action = changes.length === 0 ? 'adopt' : 'update';
  return { ok: true, step: { ...step, action, losses, request }, config: next };
}

function shownKey({ kind }: WantedAsset, key: string): string {
  if (kind !== 'KeyValue' && kind !== 'ObjectStore') return key;
  const field = fieldOf(key);
  return settingName(kind, field) + key.slice(field.length);
}

interface Versions {
  readonly old: StreamConfig;
  readonly next: StreamConfig;
}

/** One refusal per field that cannot change while the stream lives. */
function immutables(asset: WantedAsset, changes: readonly Change[], { old, next }: Versions): Refusal[] {
  const fields = [...new Set(changes.map(({ key }) => fieldOf(key)))].filter(isStreamField);
  const found = new Map<string, Refusal>();
  for (const field of fields) {
    const reason = updateFault(old, { ...old, [field]: next[field] });
    if (reason === null) continue;
    found.set(field, refusal(asset, { field: shownKey(asset, field), reason, wayOut: wayOutOf(asset) }));
  }
  if (found.size > 0 || fields.length === 0) return saidFirst(asset, found);
  const reason = updateFault(old, next);
  return reason === null ? [] : [refusal(asset, { field: null, reason, wayOut: wayOutOf(asset) })];
}

function isStreamField(key: string): key is keyof StreamConfig {
  return Object.hasOwn(STREAM_CONFIG_FIELDS, key);
}

/** How many replicas there may be is the server's to say. */
function updateFault(old: StreamConfig, next: StreamConfig): string | null {
  const check = checkStreamUpdate({ ...old, num_replicas: 1 }, { ...next, num_replicas: 1 });
  return check.ok ? null : wordsOfError(check.error);
}

function wayOutOf({ kind, stream }: WantedAsset): string {
  const what = kind === 'Stream' ? 'stream' : 'bucket';
  return (
    `keep the field as it is, or give the ${what} another name; to have it under this name, save what is in it ` +
    `('contrail backup stream ${stream} FOLDER'), remove it ('contrail stream rm ${stream}') and apply again`
  );
}
