// What every step is planned with: the world, what is wanted of it, the person's choices; and what streams and consumers
// have in common when they are there already. Pure.
import type { AccountLimits } from '../../jetstream/limits.ts';
import type { WantedAsset } from '../documents/asset_document.ts';
import type { Draft } from '../documents/field.ts';
import { differences } from '../output/difference.ts';
import { changesBetween, mergedMetadata } from './changes.ts';
import { decodedStream, type FormContext } from './forms.ts';
import { isTooLongToKeep, type Metadata, type Ownership, ownershipOf, plainMetadata } from './ownership.ts';
import { type AssetName, type Change, pathOf, type Refusal, type Step } from './step.ts';
import type { World } from './world.ts';

export interface PlanOptions {
  /** Null where nobody named one. */
  readonly set: string | null;
  readonly takeOver: boolean;
  readonly prune: boolean;
  /** Also streams that hold something. */
  readonly pruneNonempty: boolean;
  readonly nowMs: number;
}

export interface PlanContext {
  readonly world: World;
  readonly options: PlanOptions;
  readonly account: AccountLimits;
  readonly form: FormContext;
}

export function planContext(assets: readonly WantedAsset[], world: World, options: PlanOptions): PlanContext {
  const wanted = new Map(assets.filter(({ kind }) => kind !== 'Consumer').map((asset) => [asset.stream, asset]));
  const findStream = (name: string) => {
    const config = wanted.get(name)?.config ?? world.streams.get(name)?.config;
    return config === undefined ? null : decodedStream(config);
  };
  const { account } = world;
  return { world, options, account, form: { account, findStream } };
}

export function nameOf({ kind, name, stream }: AssetName): AssetName {
  return { kind, name, stream };
}

export function refusal(asset: WantedAsset, why: Pick<Refusal, 'field' | 'reason' | 'wayOut'>): Refusal {
  return { ...nameOf(asset), place: asset.place, ...why };
}

/** What becomes of an asset, with the configuration that it then has; or why it cannot be. */
export type Planned<Config> =
  | { readonly ok: true; readonly step: Step; readonly config: Config }
  | { readonly ok: false; readonly refusals: readonly Refusal[] };

export function refused<Config>(...refusals: readonly Refusal[]): Planned<Config> {
  return { ok: false, refusals };
}

/** `reason` is what the server would say of it. */
export function refuseDocument<Config>(asset: WantedAsset, reason: string): Planned<Config> {
  return refused(refusal(asset, { field: null, reason, wayOut: 'correct the document' }));
}

/** What a newer server has besides: an update without it would take it away. */
export function unknownFields(config: object, known: object): Draft {
  return Object.fromEntries(Object.entries(config).filter(([key]) => !Object.hasOwn(known, key)));
}

/** Of refusals by field, those about what the document says: the others mostly follow from these. */
export function saidFirst(asset: WantedAsset, found: ReadonlyMap<string, Refusal>): Refusal[] {
  const said = [...found].filter(([field]) => Object.hasOwn(asset.config, field)).map(([, one]) => one);
  return said.length > 0 ? said : [...found.values()];
}

/** Somebody else's assets are not touched by the way. */
export function refuseForeign(asset: WantedAsset, ownership: Ownership | null, options: PlanOptions): Refusal | null {
  const owner = ownership?.set ?? null;
  if (owner === null || owner === options.set || options.takeOver) return null;
  const then = options.set === null ? 'take it out of that set' : `make it part of '${options.set}'`;
  return refusal(asset, {
    field: null,
    reason: `it belongs to the set '${owner}'`,
    wayOut: `say --set ${owner}, or --take-over to ${then}`,
  });
}

/** What is to be written down about an asset, given what was. */
export function nextOwnership(asset: WantedAsset, before: Ownership | null, { set }: PlanOptions): Ownership {
  const chosen = Object.entries(before?.chosen ?? {}).filter(([key]) => !Object.hasOwn(asset.config, key));
  return { set, applied: asset.config, chosen: Object.fromEntries(chosen), isKept: asset.preventDelete };
}

// --- what is there already ------------------------------------------------------------------------------------------

export interface Forms {
  readonly wanted: Draft;
  readonly present: Draft;
  /** Of the last apply; null where there was none, or it would not do today. */
  readonly applied: Draft | null;
  /** As the server has it. */
  readonly metadata: Metadata | undefined;
}

export interface Comparison {
  readonly changes: readonly Change[];
  /** The user's entries, as they are to be. */
  readonly metadata: Metadata;
  readonly ownership: Ownership;
  /** Whether the server has written down already what is to be written down. */
  readonly isRecorded: boolean;
}

export function compareAsset(asset: WantedAsset, forms: Forms, options: PlanOptions): Comparison {
  const before = ownershipOf(forms.metadata, pathOf(asset));
  const { wanted: metadata, others } = mergedMetadata(asset.config['metadata'], forms.metadata, before);
  const wanted = { ...forms.wanted, metadata };
  const earlier = before?.applied?.['metadata'] as Metadata | undefined;
  const applied = forms.applied === null ? null : { ...forms.applied, metadata: { ...others, ...earlier } };
  const changes = changesBetween({
    wanted,
    present: { ...forms.present, metadata: plainMetadata(forms.metadata) },
    applied,
    said: new Set(Object.keys(asset.config)),
    chosen: before?.chosen ?? {},
  });
  const ownership = nextOwnership(asset, before, options);
  const isSame =
    before !== null &&
    before.set === ownership.set &&
    before.isKept === ownership.isKept &&
    (before.applied === null ? isTooLongToKeep(asset.config) : applied !== null && isAlike(applied, wanted));
  return { changes, metadata, ownership, isRecorded: isSame };
}

function isAlike(a: Draft, b: Draft): boolean {
  return differences(a, b).length === 0;
}
