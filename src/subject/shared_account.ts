// What one account gives to others and takes from them: exports and imports of streams and services, with the rules about
// who may take what, whether an import closes a circle, and the reference's words for what is wrong. Pure, and only about
// names and subjects: config/ asks while it reads, server/ builds what runs from the outcome.
// Compat: nats-server accounts.go, add{Stream,Service}{Export,Import}*, check*Approved and *FormsCycle.
import { goQuote } from '../base/go_quote.ts';
import { hasWildcard, isSubsetMatch, isValidSubject, subjectsCollide, tokensOf } from './subject.ts';
import { SubjectTransform, tokenize, untokenize } from './transform.ts';

export type ResponseType = 'singleton' | 'stream' | 'chunked';

/** Who may import. */
export interface ExportAccess {
  /** Names of accounts; null for everybody. */
  readonly accounts: readonly string[] | null;
  /** Which token of the subject must name the importing account, from 1; 0 is none. */
  readonly accountTokenPosition: number;
}

/** How often, and to which subject of its own account, a service's latency is told. */
export interface ServiceLatency {
  /** Percent of the requests; 0 where a header of the request asks for it. */
  readonly sampling: number;
  readonly subject: string;
}

export interface ServiceExportOptions {
  readonly responseType: ResponseType;
  /** How long an answer may take; null for the default. */
  readonly thresholdMs: number | null;
  readonly latency: ServiceLatency | null;
  readonly allowsTrace: boolean;
}

export interface ServiceExport {
  readonly subject: string;
  /** Who exports it. */
  readonly account: SharedAccount;
  access: ExportAccess;
  responseType: ResponseType;
  thresholdMs: number;
  latency: ServiceLatency | null;
  allowsTrace: boolean;
}

export interface StreamExport {
  readonly subject: string;
  access: ExportAccess;
}

interface ImportedSubject {
  /** Who exports it. */
  readonly exporter: SharedAccount;
  /** For a stream the exporter's subject, for a service that of the importing account. */
  readonly from: string;
  /** For a stream the subject in the importing account, for a service that in the exporter's. */
  readonly to: string;
  /** From one to the other, where wildcards are in them and they differ. */
  readonly transform: SubjectTransform | null;
  /** Both are the same pattern: the published subject goes on as it is. */
  readonly keepsSubject: boolean;
}

export interface StreamImport extends ImportedSubject {
  readonly allowsTrace: boolean;
}

export interface ServiceImport extends ImportedSubject {
  readonly service: ServiceExport;
  /** Whether the exporter is told who asks. */
  readonly shares: boolean;
}

/** Compat: const.go, DEFAULT_SERVICE_EXPORT_RESPONSE_THRESHOLD. */
export const RESPONSE_THRESHOLD_DEFAULT_MS = 120_000;
/** How many accounts a circle is looked for through. Compat: accounts.go, MaxAccountCycleSearchDepth. */
const CYCLE_DEPTH_MAX = 1024;

const INVALID_SUBJECT = 'sublist: invalid subject';
const CYCLE = 'import forms a cycle';
const CYCLE_DEPTH = 'search cycle depth exhausted';
const PUBLIC: ExportAccess = { accounts: null, accountTokenPosition: 0 };

export class SharedAccount {
  readonly name: string;
  readonly streamExports = new Map<string, StreamExport>();
  readonly serviceExports = new Map<string, ServiceExport>();
  readonly streamImports: StreamImport[] = [];
  /** By the subject in this account; several accounts may serve one. */
  readonly serviceImports = new Map<string, ServiceImport[]>();

  constructor(name: string) {
    this.name = name;
  }

  /** Whether it exports or imports anything. */
  get isShared(): boolean {
    const { streamExports, serviceExports, streamImports, serviceImports } = this;
    return streamExports.size + serviceExports.size + streamImports.length + serviceImports.size > 0;
  }

  /** Null when it was added, else why not. So are the other three. */
  addStreamExport(subject: string, access: ExportAccess): string | null {
    if (!fitsPosition(subject, access)) return INVALID_SUBJECT;
    const known = this.streamExports.get(subject);
    if (known === undefined) this.streamExports.set(subject, { subject, access });
    else known.access = joined(known.access, access);
    return null;
  }

  addServiceExport(subject: string, access: ExportAccess, options: ServiceExportOptions): string | null {
    if (!fitsPosition(subject, access)) return INVALID_SUBJECT;
    const known = this.serviceExports.get(subject);
    const { responseType, allowsTrace } = options;
    const service = known ?? {
      subject,
      account: this,
      access,
      responseType,
      thresholdMs: RESPONSE_THRESHOLD_DEFAULT_MS,
      latency: null,
      allowsTrace,
    };
    this.serviceExports.set(subject, service);
    if (known !== undefined) service.access = joined(known.access, access);
    if (responseType !== 'singleton') service.responseType = responseType;
    service.thresholdMs = options.thresholdMs ?? RESPONSE_THRESHOLD_DEFAULT_MS;
    service.allowsTrace ||= allowsTrace;
    return null;
  }

  /** Compat: TrackServiceExportWithSampling. */
  trackService(subject: string, latency: ServiceLatency): string | null {
    const isPublishable = isValidSubject(latency.subject) && !hasWildcard(latency.subject);
    if (!isPublishable || this.serviceFor(latency.subject) !== null) return 'invalid publish subject';
    const service = this.serviceExports.get(subject);
    if (service === undefined) return 'service missing';
    if (service.responseType !== 'singleton') return 'bad service response type';
    service.latency = latency;
    return null;
  }

  /** `to` is the subject here; empty for the exporter's own. */
  addStreamImport(exporter: SharedAccount, from: string, to: string, allowsTrace: boolean): string | null {
    if (!exporter.#letsImportStream(this.name, from)) return 'stream import not authorized';
    const local = to === '' ? from : to;
    const cycle = this.#streamCycle(exporter, local) ?? this.#streamCycle(exporter, from);
    if (cycle !== null) return cycle;
    let transform: SubjectTransform | null = null;
    if (hasWildcard(from) && local !== from) {
      const made = SubjectTransform.make(from, tokenize(local), { isReversible: true });
      if (!made.ok) return transformFault('stream', from, local, made.error);
      transform = made.value;
    }
    if (this.streamImports.some((one) => one.exporter === exporter && one.from === from)) {
      return 'stream import already exists';
    }
    this.streamImports.push({
      exporter,
      from,
      to: transform === null ? local : untokenize(local).subject,
      transform,
      keepsSubject: hasWildcard(from) && local === from,
      allowsTrace,
    });
    return null;
  }

  /** With all subjects behind a prefix, which has no wildcards. */
  addPrefixedStreamImport(exporter: SharedAccount, from: string, prefix: string, allowsTrace: boolean): string | null {
    if (!exporter.#letsImportStream(this.name, from)) return 'stream import not authorized';
    if (hasWildcard(prefix)) return 'stream import prefix can not contain wildcard tokens';
    return this.addStreamImport(exporter, from, `${prefix}${prefix.endsWith('.') ? '' : '.'}${from}`, allowsTrace);
  }

  /** `from` is the subject here, `to` that of the exporter. */
  addServiceImport(exporter: SharedAccount, from: string, to: string, shares: boolean): string | null {
    if (!isValidSubject(from) || !isValidSubject(to)) return INVALID_SUBJECT;
    const service = exporter.serviceFor(to);
    if (service === null || !exporter.#letsImportService(this.name, to)) return 'service import not authorized';
    const cycle = exporter.#serviceCycle(hasWildcard(to) ? untokenize(from).subject : from, new Set([this.name]));
    if (cycle !== null) return cycle;
    const twin = this.serviceImports.get(from)?.find((one) => one.exporter === exporter);
    if (twin !== undefined) {
      const used = `previously used in import for account ${goQuote(exporter.name)}, subject ${goQuote(twin.to)}`;
      return `duplicate service import subject ${goQuote(from)}, ${used}`;
    }
    const keepsSubject = hasWildcard(to) && to === from;
    const ways = hasWildcard(to) && !keepsSubject ? serviceWays(from, to) : { from, to, transform: null };
    if (typeof ways === 'string') return ways;
    const imports = this.serviceImports.get(ways.from) ?? [];
    imports.push({ ...ways, exporter, keepsSubject, service, shares });
    this.serviceImports.set(ways.from, imports);
    return null;
  }

  /** The export that covers a subject, the one of exactly that subject first. */
  serviceFor(subject: string): ServiceExport | null {
    return exportFor(this.serviceExports, subject);
  }

  #letsImportStream(account: string, subject: string): boolean {
    return isValidSubject(subject) && lets(exportFor(this.streamExports, subject), account, subject);
  }

  #letsImportService(account: string, subject: string): boolean {
    return lets(exportFor(this.serviceExports, subject), account, subject);
  }

  /** Whether requests on `from` that come here from the `visited` would come back to one of them. */
  #serviceCycle(from: string, visited: Set<string>): string | null {
    if (visited.size >= CYCLE_DEPTH_MAX) return CYCLE_DEPTH;
    for (const imports of this.serviceImports.values()) {
      for (const one of imports) {
        if (!subjectsCollide(from, one.to)) continue;
        if (visited.has(one.exporter.name)) return CYCLE;
        visited.add(this.name);
        const next = isSubsetMatch(tokensOf(one.from), tokensOf(from)) ? one.from : from;
        const cycle = one.exporter.#serviceCycle(next, visited);
        if (cycle !== null) return cycle;
      }
    }
    return null;
  }

  #streamCycle(exporter: SharedAccount, to: string): string | null {
    return exporter.#streamCycleFrom(to, new Set([this.name]));
  }

  #streamCycleFrom(to: string, visited: Set<string>): string | null {
    if (visited.size >= CYCLE_DEPTH_MAX) return CYCLE_DEPTH;
    if (exportFor(this.streamExports, to) === null) return null;
    for (const one of this.streamImports) {
      if (!subjectsCollide(to, one.to)) continue;
      if (visited.has(one.exporter.name)) return CYCLE;
      visited.add(this.name);
      const next = isSubsetMatch(tokensOf(one.to), tokensOf(to)) ? one.to : to;
      const cycle = one.exporter.#streamCycleFrom(next, visited);
      if (cycle !== null) return cycle;
    }
    return null;
  }
}

/** Everybody may import it. */
export function publicAccess(): ExportAccess {
  return PUBLIC;
}

function fitsPosition(subject: string, access: ExportAccess): boolean {
  const { accountTokenPosition: position } = access;
  return position === 0 || tokensOf(subject)[position - 1] === '*';
}

/** What two exports of one subject say together. Compat: setExportAuth adds accounts and takes the later position. */
function joined(known: ExportAccess, more: ExportAccess): ExportAccess {
  if (more.accounts === null && more.accountTokenPosition === 0) return known;
  const accounts = more.accounts === null ? known.accounts : [...(known.accounts ?? []), ...more.accounts];
  return { accounts, accountTokenPosition: more.accountTokenPosition };
}

function exportFor<T extends { readonly subject: string }>(exports: ReadonlyMap<string, T>, subject: string): T | null {
  const exact = exports.get(subject);
  if (exact !== undefined) return exact;
  const tokens = tokensOf(subject);
  for (const one of exports.values()) if (isSubsetMatch(tokens, tokensOf(one.subject))) return one;
  return null;
}

/** Compat: checkAuth. With a position the subject must name the account, and the export's own subject never does. */
function lets(
  one: { readonly subject: string; readonly access: ExportAccess } | null,
  account: string,
  subject: string,
) {
  if (one === null) return false;
  const { accounts, accountTokenPosition: position } = one.access;
  if (position !== 0) return one.subject !== subject && tokensOf(subject)[position - 1] === account;
  return accounts === null || accounts.includes(account);
}

/** Both subjects as patterns, and the way from the importing account's to the exporter's. */
function serviceWays(
  from: string,
  to: string,
): { readonly from: string; readonly to: string; readonly transform: SubjectTransform | null } | string {
  const remote = untokenize(to).subject;
  // The way back is made first, so that placeholders stand only where it ends.
  const back = SubjectTransform.make(remote, tokenize(from), { isReversible: true });
  if (!back.ok) return transformFault('service', from, remote, back.error);
  return { from: untokenize(from).subject, to: remote, transform: back.value.reverse() };
}

function transformFault(kind: string, from: string, to: string, why: string): string {
  return `failed to create mapping transform for ${kind} import subject from ${goQuote(from)} to ${goQuote(to)}: ${why}`;
}
