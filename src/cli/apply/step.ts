// What a plan is made of: steps, what they change and what they cost, refusals. Values only.

import type { Place } from '../documents/asset_document.ts';
import type { AssetKind } from '../documents/asset_kind.ts';
import type { Draft } from '../documents/field.ts';
import type { Difference } from '../output/difference.ts';
import type { Metadata, Ownership } from './ownership.ts';

/** `adopt` only writes down whose it is; `keep` would have something to do, but is not allowed to. */
export type Action = 'create' | 'update' | 'adopt' | 'delete' | 'none' | 'keep';

/**
 * Where a difference comes from: the document is another than at the last apply, or somebody has changed the server since
 * (drift), or both; unknown where nothing was applied before.
 */
export type Origin = 'document' | 'server' | 'both' | 'unknown';

export interface Change extends Difference {
  readonly origin: Origin;
}

export interface AssetName {
  readonly kind: AssetKind;
  readonly name: string;
  /** The server's stream that it is or is on. */
  readonly stream: string;
}

/** What is to be sent. */
export interface Request {
  readonly config: Draft;
  /** The user's own entries. */
  readonly metadata: Metadata;
  readonly ownership: Ownership;
  /** A time to pause until, null to go on; undefined where pausing is nobody's business here. */
  readonly pauseUntil: string | null | undefined;
  /** What the server is expected to answer, field by field. */
  readonly expected: Draft;
}

export interface Step extends AssetName {
  readonly action: Action;
  /** Null for what no document speaks of. */
  readonly place: Place | null;
  readonly changes: readonly Change[];
  /** What is gone for good after the step, in words. */
  readonly losses: readonly string[];
  readonly notes: readonly string[];
  /** Null where nothing is sent but a removal. */
  readonly request: Request | null;
}

export interface Refusal extends AssetName {
  readonly place: Place | null;
  /** Null where it is about all of it. */
  readonly field: string | null;
  readonly reason: string;
  readonly wayOut: string;
}

export interface Plan {
  readonly set: string | null;
  /** In the order to be done. */
  readonly steps: readonly Step[];
  readonly refusals: readonly Refusal[];
  readonly notes: readonly string[];
}

/** `Stream ORDERS`, `Consumer ORDERS > worker`, `KeyValue settings`. */
export function titleOf({ kind, name, stream }: AssetName): string {
  return kind === 'Consumer' ? `Consumer ${stream} > ${name}` : `${kind} ${name}`;
}

/** What ownership is written down for: `ORDERS`, `ORDERS/worker`. */
export function pathOf({ kind, name, stream }: AssetName): string {
  return kind === 'Consumer' ? `${stream}/${name}` : stream;
}

export function placeText({ file, document, line }: Place): string {
  return `${file}:${line} (document ${document})`;
}

export function isDoing({ action }: Step): boolean {
  return action !== 'none' && action !== 'keep';
}

/** Something that is there is changed or goes: to be asked about first. */
export function isAsked({ action }: Step): boolean {
  return action === 'update' || action === 'delete';
}

export const PREVENTED = 'preventUpdate is set: it stays as it is';

/** As ApiError words it. */
export function wordsOfError({ description, err_code: code }: ApiErrorWords): string {
  return `${description} (${code})`;
}

interface ApiErrorWords {
  readonly description: string;
  readonly err_code: number;
}
