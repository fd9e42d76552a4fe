// What an apply writes into the metadata of what it makes, so that a later one knows what it may prune and what somebody
// has changed since. The server keeps these entries as it keeps any other of the user's. Pure.
import { type Draft, isObject } from '../documents/field.ts';
import { jsonLine } from '../output/json.ts';

const PREFIX = 'io.contrail.apply.';
const SET = `${PREFIX}set`;
/** The asset's own path: a copy of it takes the entries along and is nobody's. */
const OF = `${PREFIX}of`;
const CONFIG = `${PREFIX}config`;
const CHOSEN = `${PREFIX}chosen`;
const KEEP = `${PREFIX}keep`;
/** Of the 128 KiB that the server allows for all metadata of an asset. */
const CONFIG_LENGTH_MAX = 48 * 1024;

export type Metadata = Readonly<Record<string, string>>;

export interface Ownership {
  /** Null for what was applied without naming a set. */
  readonly set: string | null;
  /** What the documents said; null where that was too long to keep. */
  readonly applied: Draft | null;
  /** What the server chose, against its usual defaults, where the documents said nothing. */
  readonly chosen: Draft;
  /** Never pruned. */
  readonly isKept: boolean;
}

/** `ORDERS`, `ORDERS/worker`. Null where no apply has made or taken over this asset. */
export function ownershipOf(metadata: Metadata | undefined, path: string): Ownership | null {
  if (metadata === undefined || metadata[OF] !== path) return null;
  return {
    set: metadata[SET] ?? null,
    applied: objectIn(metadata[CONFIG]),
    chosen: objectIn(metadata[CHOSEN]) ?? {},
    isKept: metadata[KEEP] === 'true',
  };
}

/** Null for what is no object: somebody else has written there. */
function objectIn(text: string | undefined): Draft | null {
  if (text === undefined) return null;
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

export function isTooLongToKeep(applied: Draft): boolean {
  return jsonLine(applied).length > CONFIG_LENGTH_MAX;
}

export function ownershipMetadata(path: string, { set, applied, chosen, isKept }: Ownership): Metadata {
  return {
    ...(set === null ? {} : { [SET]: set }),
    [OF]: path,
    ...(applied === null || isTooLongToKeep(applied) ? {} : { [CONFIG]: jsonLine(applied) }),
    ...(Object.keys(chosen).length === 0 ? {} : { [CHOSEN]: jsonLine(chosen) }),
    ...(isKept ? { [KEEP]: 'true' } : {}),
  };
}

/** Without what an apply and the server itself keep there. */
export function plainMetadata(metadata: Metadata | undefined): Metadata {
  const entries = Object.entries(metadata ?? {});
  return Object.fromEntries(entries.filter(([key]) => !key.startsWith(PREFIX) && !key.startsWith('_nats.')));
}
