// An account's mappings: what becomes of a subject that a client publishes to before anybody is looked for. Per source a
// few destinations with weights; what is missing to 100 stays on the source. Pure; made from configuration or claims,
// asked once per published message. Compat: nats-server accounts.go, AddWeightedMappings and selectMappedSubject.
import { goQuote } from '../base/go_quote.ts';
import { hasWildcard, isValidSubject } from './subject.ts';
import type { SubjectBuffer } from './subject_buffer.ts';
import { Sublist } from './sublist.ts';
import { checkMapping, type Pick, SubjectTransform, tokenize } from './transform.ts';

export interface MappingDestination {
  readonly subject: string;
  /** Percent of the messages, 0 to 100. */
  readonly weight: number;
  /** Only in the cluster of that name, where it replaces those of no cluster; empty for everywhere. */
  readonly cluster: string;
}

export interface Mapping {
  readonly source: string;
  readonly destinations: readonly MappingDestination[];
}

export const WEIGHT_MAX = 100;

interface Share {
  readonly transform: SubjectTransform;
  /** Of a hundred draws those below this, and not below that of the share before, are its own. */
  readonly below: number;
}

interface MappedSource {
  readonly subject: Uint8Array;
  readonly queue: null;
  /** The first of all that match is taken. */
  readonly order: number;
  /** Compat: the first mapping of all, where it has no wildcard, does not tell the transform its subject. */
  readonly hidesSubject: boolean;
  readonly shares: readonly Share[];
}

const encoder = new TextEncoder();

/** Why these are no mapping; null when they are one. The words are the reference's. */
export function checkMappingRule({ source, destinations }: Mapping): string | null {
  if (!isValidSubject(source)) return 'invalid subject';
  const seen = new Set<string>();
  const totals = new Map<string, number>();
  for (const { subject, weight, cluster } of destinations) {
    if (seen.has(subject)) return `duplicate entry for ${goQuote(subject)}`;
    seen.add(subject);
    if (weight > WEIGHT_MAX) return 'individual weights need to be <= 100';
    const total = (totals.get(cluster) ?? 0) + weight;
    if (total > WEIGHT_MAX) return 'total weight needs to be <= 100';
    totals.set(cluster, total);
    const fault = subject === '' ? 'invalid subject' : checkMapping(source, subject);
    if (fault !== null) return fault;
  }
  return null;
}

export class SubjectMappings {
  /** As they were given. */
  readonly rules: readonly Mapping[];
  readonly #sources = new Sublist<MappedSource>();

  /** `mappings` must have passed checkMappingRule(); of two with one source the later one holds, in place of the first. */
  constructor(mappings: readonly Mapping[], cluster = '') {
    const bySource = new Map<string, Mapping>();
    for (const mapping of mappings) bySource.set(mapping.source, mapping);
    this.rules = [...bySource.values()];
    let order = 0;
    for (const { source, destinations } of bySource.values()) {
      this.#sources.insert({
        subject: encoder.encode(source),
        queue: null,
        order,
        hidesSubject: order === 0 && !hasWildcard(source),
        shares: sharesOf(source, destinations, cluster),
      });
      order++;
    }
  }

  /**
   * Whether `bytes[start..end)` is mapped; then `out` holds what it has become. That is empty where the weights say that
   * the message is lost.
   */
  select(bytes: Uint8Array, start: number, end: number, out: SubjectBuffer, pick: Pick): boolean {
    const { plain } = this.#sources.match(bytes, start, end);
    if (plain.length === 0) return false;
    let source = plain[0] as MappedSource;
    for (let i = 1; i < plain.length; i++) {
      const other = plain[i] as MappedSource;
      if (other.order < source.order) source = other;
    }
    out.clear();
    const share = drawn(source.shares, pick);
    share?.transform.write(bytes, start, source.hidesSubject ? start : end, out, pick);
    return true;
  }
}

function drawn(shares: readonly Share[], pick: Pick): Share | null {
  const first = shares[0];
  if (shares.length === 1 && first !== undefined && first.below === WEIGHT_MAX) return first;
  const draw = pick(WEIGHT_MAX);
  for (let i = 0; i < shares.length; i++) {
    const share = shares[i] as Share;
    if (draw < share.below) return share;
  }
  return null;
}

function sharesOf(source: string, destinations: readonly MappingDestination[], cluster: string): Share[] {
  const own = cluster !== '' && destinations.some((one) => one.cluster === cluster);
  const shares: Share[] = [];
  for (const { subject, below } of drawnDestinations(source, destinations, own ? cluster : '')) {
    const made = SubjectTransform.make(source, subject);
    if (made.ok) shares.push({ transform: made.value, below });
  }
  return shares;
}

/** Of a hundred draws those below `below`, and not below that of the one before, go to `subject`. */
export interface DrawnDestination {
  readonly subject: string;
  readonly below: number;
}

/** The destinations of one cluster, or of none, with what is left to the source, from the lightest to the heaviest. */
export function drawnDestinations(
  source: string,
  destinations: readonly MappingDestination[],
  cluster: string,
): DrawnDestination[] {
  const chosen = destinations.filter((one) => one.cluster === cluster);
  const weighted = chosen.map(({ subject, weight }) => ({ subject, weight }));
  const total = weighted.reduce((sum, { weight }) => sum + weight, 0);
  // Who names the source itself wants messages to be lost.
  const isLossy = destinations.some(({ subject }) => subject === source);
  if (total !== WEIGHT_MAX && !isLossy) weighted.push({ subject: tokenize(source), weight: WEIGHT_MAX - total });
  weighted.sort((a, b) => a.weight - b.weight);
  let below = 0;
  return weighted.map(({ subject, weight }) => {
    below += weight;
    return { subject, below };
  });
}
