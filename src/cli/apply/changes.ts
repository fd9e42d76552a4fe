// What differs between what is wanted and what is there, and who has changed it since the last apply. Pure.
import type { Draft } from '../documents/field.ts';
import { type Difference, differences } from '../output/difference.ts';
import { jsonLine } from '../output/json.ts';
import { type Metadata, type Ownership, plainMetadata } from './ownership.ts';
import type { Change, Origin } from './step.ts';

export interface Compared {
  /** Filled in with defaults, as are all here. */
  readonly wanted: Draft;
  readonly present: Draft;
  /** Of the last apply; null where there was none, or nothing is known of it. */
  readonly applied: Draft | null;
  /** Names of fields that the document says something about. */
  readonly said: ReadonlySet<string>;
  /** What the server had chosen where documents said nothing. */
  readonly chosen: Draft;
}

export function changesBetween({ wanted, present, applied, said, chosen }: Compared): Change[] {
  const documentKeys = applied === null ? null : groupsOf(differences(applied, wanted));
  const serverKeys = applied === null ? null : groupsOf(differences(applied, present));
  return differences(present, wanted)
    .filter(({ key }) => !isChosen(fieldOf(key)))
    .map((one) => ({ ...one, origin: originOf(groupOf(one.key)) }));

  function isChosen(field: string): boolean {
    return !said.has(field) && Object.hasOwn(chosen, field) && jsonLine(chosen[field]) === jsonLine(present[field]);
  }

  function originOf(group: string): Origin {
    if (documentKeys === null || serverKeys === null) return 'unknown';
    if (!documentKeys.has(group)) return 'server';
    return serverKeys.has(group) ? 'both' : 'document';
  }
}

/** The field of the configuration that a difference is in. */
export function fieldOf(key: string): string {
  const dot = key.indexOf('.');
  return dot < 0 ? key : key.slice(0, dot);
}

/** Entries of the metadata each have a story of their own; other fields have one. */
function groupOf(key: string): string {
  return fieldOf(key) === 'metadata' ? key : fieldOf(key);
}

function groupsOf(found: readonly Difference[]): Set<string> {
  return new Set(found.map(({ key }) => groupOf(key)));
}

/**
 * The user's entries after an apply: those of the document, and those that somebody else has put there. What the last
 * apply put there and the document has no more goes.
 */
export function mergedMetadata(
  said: unknown,
  present: Metadata | undefined,
  ownership: Ownership | null,
): { readonly wanted: Metadata; readonly others: Metadata } {
  const before = (ownership?.applied?.['metadata'] ?? {}) as Metadata;
  const entries = Object.entries(plainMetadata(present)).filter(([key]) => !Object.hasOwn(before, key));
  const others = Object.fromEntries(entries);
  return { wanted: { ...others, ...((said ?? {}) as Metadata) }, others };
}
