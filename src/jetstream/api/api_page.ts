// Answers that come in pages, and what of a list could not be shown. Values and their JSON; used by the requests that
// list streams and consumers.
import { embed, field, INT, type JsonFields, list, map, optional, STRING } from '../json/json_type.ts';

/** A page: how many there are, where it begins, how long it may be. */
export interface Page {
  readonly total: number;
  readonly offset: number;
  readonly limit: number;
}

export function pageFields({ total, offset, limit }: Page): string {
  return `{"total":${total},"offset":${offset},"limit":${limit}}`;
}

/** Where a page that begins at `asked` begins in a list of `total`. */
export function pageStart(asked: number, total: number): number {
  return Math.min(Math.max(asked, 0), total);
}

export interface PagedRequest {
  readonly offset: number;
}

export const PAGED: JsonFields<PagedRequest> = embed('ApiPagedRequest', { offset: field(INT) });

/** Streams or consumers that are there but could not be brought up, and why. */
export interface OfflineList {
  readonly missing: readonly string[];
  readonly offline: ReadonlyMap<string, string>;
}

export const OFFLINE_LIST: JsonFields<OfflineList> = {
  missing: optional(list(STRING)),
  offline: optional(map(STRING)),
};

/** Of names with the reason why they are offline, or null. */
export function offlineOf(entries: Iterable<readonly [string, string | null]>): OfflineList {
  const offline = new Map<string, string>();
  for (const [name, reason] of entries) if (reason !== null) offline.set(name, reason);
  return { missing: [...offline.keys()], offline };
}
