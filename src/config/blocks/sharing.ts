// What accounts share and map: the keys `exports`, `imports` and `mappings` of an account, and `mappings` at the top of
// the file for the global one. Reads them and says what is wrong about each by itself; whether they fit each other is
// subject/sharing.ts, asked by checkSharing() when all accounts are read.
// Compat: nats-server opts.go, parseAccountMappings, parseAccountExports, parseAccountImports.
import { parseDuration } from '../../base/duration.ts';
import { checkMappingRule, type Mapping, type MappingDestination, WEIGHT_MAX } from '../../subject/mapping.ts';
import type { ResponseType, ServiceLatency } from '../../subject/shared_account.ts';
import { type ExportRule, type ImportRule, type NamedSharing, shareAccounts } from '../../subject/sharing.ts';
import { isValidSubject } from '../../subject/subject.ts';
import type { ConfigPosition } from '../config_error.ts';
import { type ConfigMap, type ConfigNode, type ConfigValue, goTypeName, shownValue } from '../config_node.ts';
import type { Findings } from '../findings.ts';
import { goQuote } from '../go_text.ts';
import {
  blockRule,
  booleanKey,
  type Entry,
  inert,
  integerKey,
  type KeyRule,
  milliseconds,
  readBlock,
  type Setter,
  textKey,
  valueKey,
  wrongKind,
} from '../schema.ts';

/** Filled while an account is read. */
export interface SharingDraft {
  mappings: Mapping[];
  exports: ExportRule[];
  imports: ImportRule[];
}

export function emptySharing(): SharingDraft {
  return { mappings: [], exports: [], imports: [] };
}

export function sharingKeys<Draft>(of: (draft: Draft) => SharingDraft): readonly KeyRule<Draft>[] {
  return [
    itemsKey(['imports'], 'Import', (draft, items, findings) => readImports(of(draft), items, findings)),
    itemsKey(['exports'], 'Export', (draft, items, findings) => readExports(of(draft), items, findings)),
    mappingsKey((draft) => of(draft).mappings),
  ];
}

/** Of an account, or at the top of the file. */
export function mappingsKey<Draft>(of: (draft: Draft) => Mapping[]): KeyRule<Draft> {
  return valueKey(['mappings', 'maps'], (draft, value, entry) => {
    if (value.kind !== 'map') return wrongKind(entry, 'a block');
    for (const [source, node] of value.entries) readMapping(of(draft), source, node, entry);
  });
}

/** Whether all that was read fits together. `position` is where the accounts begin. */
export function checkSharing(
  accounts: readonly NamedSharing[],
  hasSystemAccount: boolean,
  position: ConfigPosition,
  findings: Findings,
): void {
  for (const fault of shareAccounts(accounts, hasSystemAccount).faults) findings.error(position, fault);
}

// Mappings.

interface DestinationDraft {
  subject: string;
  weight: number | null;
  cluster: string;
}

const MAPPING_BLOCK = blockRule<DestinationDraft>(
  '',
  [
    textKey(['destination', 'dest'], (draft, subject) => {
      draft.subject = subject;
    }),
    valueKey(['weight'], (draft, value, { position, findings }) => {
      const weight = weightOf(value);
      if (typeof weight === 'string') findings.error(position, weight);
      else draft.weight = weight;
    }),
    textKey(['cluster'], (draft, cluster) => {
      draft.cluster = cluster;
    }),
  ],
  (key) => `Unknown field ${goQuote(key)} for mapping destination`,
);

function readMapping(mappings: Mapping[], source: string, node: ConfigNode, { position, findings }: Entry): void {
  if (!isValidSubject(source)) {
    return findings.error(position, `Subject ${goQuote(source)} is not a valid subject`);
  }
  const { value } = node;
  const what = `Error adding mapping for ${goQuote(source)}`;
  const before = findings.errors.length;
  const destinations = destinationsOf(value, node.position, findings);
  if (findings.errors.length > before) return;
  const fault = checkMappingRule({ source, destinations });
  if (fault === null) mappings.push({ source, destinations });
  else if (value.kind === 'string') findings.error(node.position, `${what} to ${goQuote(value.value)} : ${fault}`);
  else findings.error(node.position, `${what} : ${fault}`);
}

function destinationsOf(value: ConfigValue, position: ConfigPosition, findings: Findings): MappingDestination[] {
  if (value.kind === 'string') return [{ subject: value.value, weight: WEIGHT_MAX, cluster: '' }];
  const all = value.kind === 'array' ? value.items : [{ value, position }];
  return all.flatMap((one) => {
    const destination = destinationOf(one.value, one.position, findings);
    return destination === null ? [] : [destination];
  });
}

function destinationOf(value: ConfigValue, position: ConfigPosition, findings: Findings): MappingDestination | null {
  if (value.kind !== 'map') {
    findings.error(position, 'Expected an entry for the mapping destination');
    return null;
  }
  const before = findings.errors.length;
  const draft: DestinationDraft = { subject: '', weight: null, cluster: '' };
  readBlock(MAPPING_BLOCK, value, draft, findings);
  const { subject, weight, cluster } = draft;
  if (weight !== null) return { subject, weight, cluster };
  if (findings.errors.length === before) {
    findings.error(position, `Missing weight for mapping destination ${goQuote(subject)}`);
  }
  return null;
}

/** Percent, or why it is none. */
function weightOf(value: ConfigValue): number | string {
  if (value.kind !== 'string' && value.kind !== 'integer') {
    return `Unknown entry type for weight of ${shownValue(value)}\n`;
  }
  const text = value.kind === 'string' ? value.value.replace(/%$/, '') : String(value.value);
  if (!/^[+-]?\d+$/.test(text)) return `Invalid weight ${goQuote(text)} for mapping destination`;
  const weight = Number(text);
  return weight > WEIGHT_MAX || weight < 0 ? `Invalid weight ${weight} for mapping destination` : weight;
}

// Exports.

interface ExportDraft {
  kind: 'stream' | 'service' | null;
  subject: string;
  accounts: string[];
  position: number;
  responseType: ResponseType | null;
  thresholdMs: number | null;
  latency: ServiceLatency | null;
  allowsTrace: boolean;
  /** Where it says what only services have, under the name that messages use; null where it does not. */
  response: ConfigPosition | null;
  latencyPosition: ConfigPosition | null;
  trace: ConfigPosition | null;
  hasThreshold: boolean;
}

const EXPORT_BLOCK = blockRule<ExportDraft>('accounts.exports', [
  valueKey(['stream'], readExportedStream),
  valueKey(['service'], readExportedService),
  valueKey(['response_type', 'response'], readResponseType),
  valueKey(['response_threshold', 'threshold', 'response_max_time', 'response_time'], readThreshold),
  valueKey(['accounts'], readAccounts),
  valueKey(['latency'], (draft, value, { position, findings }) => {
    draft.latencyPosition = position;
    const latency = latencyOf(value, position, findings);
    if (latency === null) return;
    draft.latency = latency;
    if (draft.kind === 'stream') findings.error(position, 'Detected latency directive on non-service');
  }),
  integerKey(['account_token_position'], (draft, position) => {
    draft.position = position;
  }),
  // Nothing is traced yet.
  inert(
    booleanKey(['allow_trace'], (draft, allowsTrace, { position, findings }) => {
      draft.trace = position;
      draft.allowsTrace = allowsTrace;
      if (draft.kind === 'stream') findings.error(position, 'Detected allow_trace directive on non-service');
    }),
  ),
]);

function readExports(sharing: SharingDraft, items: readonly ConfigNode[], findings: Findings): void {
  for (const { value, position } of items) {
    if (value.kind !== 'map') {
      findings.error(position, `Export Items should be a map with type entry, got ${goTypeName(value)}`);
      continue;
    }
    const rule = exportOf(value, findings);
    if (rule !== null) sharing.exports.push(rule);
  }
}

function exportOf(value: ConfigMap, findings: Findings): ExportRule | null {
  const draft: ExportDraft = {
    kind: null,
    subject: '',
    accounts: [],
    position: 0,
    responseType: null,
    thresholdMs: null,
    latency: null,
    allowsTrace: false,
    response: null,
    latencyPosition: null,
    trace: null,
    hasThreshold: false,
  };
  readBlock(EXPORT_BLOCK, value, draft, findings);
  const { kind, subject, accounts, position, responseType, thresholdMs, latency, allowsTrace } = draft;
  if (kind === null) return null;
  const access = { accounts: accounts.length === 0 ? null : accounts, accountTokenPosition: position };
  if (kind === 'stream') return { kind, subject, access };
  const options = { responseType: responseType ?? 'singleton', thresholdMs, latency, allowsTrace } as const;
  return { kind, subject, access, options };
}

function readExportedStream(draft: ExportDraft, value: ConfigValue, { position, findings }: Entry): void {
  if (draft.kind === 'service') {
    return findings.error(position, `Detected stream ${goQuote(shownValue(value))} but already saw a service`);
  }
  if (draft.response !== null) return findings.error(draft.response, 'Detected response directive on non-service');
  if (draft.latencyPosition !== null) {
    return findings.error(draft.latencyPosition, 'Detected latency directive on non-service');
  }
  if (draft.trace !== null) return findings.error(draft.trace, 'Detected allow_trace directive on non-service');
  if (value.kind !== 'string') {
    return findings.error(position, `Expected stream name to be string, got ${goTypeName(value)}`);
  }
  draft.kind = 'stream';
  draft.subject = value.value;
}

function readExportedService(draft: ExportDraft, value: ConfigValue, { position, findings }: Entry): void {
  if (draft.kind === 'stream') {
    return findings.error(position, `Detected service ${goQuote(shownValue(value))} but already saw a stream`);
  }
  if (value.kind !== 'string') {
    return findings.error(position, `Expected service name to be string, got ${goTypeName(value)}`);
  }
  draft.kind = 'service';
  draft.subject = value.value;
}

const RESPONSE_TYPES: ReadonlyMap<string, ResponseType> = new Map([
  ['single', 'singleton'],
  ['singleton', 'singleton'],
  ['stream', 'stream'],
  ['chunk', 'chunked'],
  ['chunked', 'chunked'],
]);

function readResponseType(draft: ExportDraft, value: ConfigValue, { position, findings }: Entry): void {
  if (draft.response !== null) return findings.error(position, 'Duplicate response type definition');
  draft.response = position;
  if (value.kind !== 'string') {
    return findings.error(position, `Expected response type to be string, got ${goTypeName(value)}`);
  }
  const type = RESPONSE_TYPES.get(value.value.toLowerCase());
  if (type === undefined) return findings.error(position, `Unknown response type: ${goQuote(value.value)}`);
  draft.responseType = type;
  if (draft.kind === 'stream') findings.error(position, 'Detected response directive on non-service');
}

function readThreshold(draft: ExportDraft, value: ConfigValue, { position, findings }: Entry): void {
  const expected = 'Expected response threshold to be a parseable time duration';
  if (draft.hasThreshold) return findings.error(position, 'Duplicate response threshold detected');
  draft.hasThreshold = true;
  if (value.kind !== 'string') return findings.error(position, `${expected}, got ${goTypeName(value)}`);
  const duration = parseDuration(value.value);
  if (!duration.ok) return findings.error(position, `${expected}, got ${goQuote(value.value)}`);
  // 0 is as if nothing was said.
  draft.thresholdMs = duration.value === 0n ? null : milliseconds(duration.value);
  if (draft.kind === 'stream') findings.error(position, 'Detected response directive on non-service');
}

function readAccounts(draft: ExportDraft, value: ConfigValue, entry: Entry): void {
  if (value.kind !== 'array') return wrongKind(entry, 'an array of account names');
  for (const { value: name, position } of value.items) {
    if (name.kind === 'string') draft.accounts.push(name.value);
    else entry.findings.error(position, `an account's name must be a string`);
  }
}

const SAMPLING_DEFAULT = 100;

/** Null when it was reported. */
function latencyOf(value: ConfigValue, position: ConfigPosition, findings: Findings): ServiceLatency | null {
  if (value.kind === 'string') return { subject: value.value, sampling: SAMPLING_DEFAULT };
  if (value.kind !== 'map') {
    findings.error(position, `Expected latency entry to be a map/struct or string, got ${goTypeName(value)}`);
    return null;
  }
  const sampled = value.entries.get('sampling');
  const sampling = sampled === undefined ? SAMPLING_DEFAULT : samplingOf(sampled.value);
  if (typeof sampling === 'string') {
    findings.error(sampled?.position ?? position, sampling);
    return null;
  }
  const subject = value.entries.get('subject');
  if (subject === undefined) findings.error(position, 'Latency subject required, but missing');
  else if (subject.value.kind === 'string') return { subject: subject.value.value, sampling };
  else findings.error(subject.position, 'Expected latency subject to be a string, got string');
  return null;
}

/** Percent, 0 for what a header asks for, or why it is neither. */
function samplingOf(value: ConfigValue): number | string {
  if (value.kind !== 'integer' && value.kind !== 'string') {
    return `Expected latency sample to be a string or map/struct, got ${goTypeName(value)}`;
  }
  if (value.kind === 'string' && value.value.trim().toLowerCase() === 'headers') return 0;
  const text = value.kind === 'string' ? value.value.replace(/%$/, '') : String(value.value);
  if (!/^[+-]?\d+$/.test(text)) {
    return `Failed to parse latency sample: strconv.Atoi: parsing ${goQuote(text)}: invalid syntax`;
  }
  const percent = Number(text);
  return percent < 1 || percent > 100 ? 'bad sampling percentage, should be 1-100' : percent;
}

// Imports.

interface ImportedDraft {
  account: string;
  subject: string;
}

interface ImportDraft extends ImportedDraft {
  kind: 'stream' | 'service' | null;
  to: string;
  prefix: string;
  shares: boolean;
  allowsTrace: boolean;
  trace: ConfigPosition | null;
}

const IMPORTED_BLOCK = blockRule<ImportedDraft>('accounts.imports', [
  textKey(['account'], (draft, account) => {
    draft.account = account;
  }),
  textKey(['subject'], (draft, subject) => {
    draft.subject = subject;
  }),
]);

const IMPORT_BLOCK = blockRule<ImportDraft>('accounts.imports', [
  valueKey(['stream'], (draft, value, entry) => {
    const { position, findings } = entry;
    if (draft.kind === 'service') return findings.error(position, 'Detected stream but already saw a service');
    readImported(draft, 'stream', value, entry);
  }),
  valueKey(['service'], (draft, value, entry) => {
    const { position, findings } = entry;
    if (draft.kind === 'stream') return findings.error(position, 'Detected service but already saw a stream');
    if (draft.trace !== null) return findings.error(draft.trace, 'Detected allow_trace directive on a non-stream');
    readImported(draft, 'service', value, entry);
  }),
  textKey(['prefix'], (draft, prefix) => {
    draft.prefix = prefix;
  }),
  textKey(['to'], (draft, to, { position, findings }) => {
    draft.to = to;
    if (draft.kind !== 'stream' || draft.prefix === '') return;
    findings.error(position, "Stream import can not have a 'prefix' and a 'to' property");
  }),
  booleanKey(['share'], (draft, shares) => {
    draft.shares = shares;
  }),
  inert(
    booleanKey(['allow_trace'], (draft, allowsTrace, { position, findings }) => {
      if (draft.kind === 'service') return findings.error(position, 'Detected allow_trace directive on a non-stream');
      draft.trace = position;
      draft.allowsTrace = allowsTrace;
    }),
  ),
]);

function readImported(draft: ImportDraft, kind: 'stream' | 'service', value: ConfigValue, entry: Entry): void {
  const { position, findings } = entry;
  if (value.kind !== 'map') {
    const what = kind === 'stream' ? 'Stream' : 'Service';
    return findings.error(position, `${what} entry should be an account map, got ${goTypeName(value)}`);
  }
  const imported: ImportedDraft = { account: '', subject: '' };
  readBlock(IMPORTED_BLOCK, value, imported, findings);
  if (imported.account === '' || imported.subject === '') {
    return findings.error(position, 'Expect an account name and a subject');
  }
  draft.kind = kind;
  draft.account = imported.account;
  draft.subject = imported.subject;
}

function readImports(sharing: SharingDraft, items: readonly ConfigNode[], findings: Findings): void {
  const seen = new Map<string, { readonly account: string; readonly subject: string }[]>();
  for (const { value, position } of items) {
    if (value.kind !== 'map') {
      findings.error(position, `Import Items should be a map with type entry, got ${goTypeName(value)}`);
      continue;
    }
    const rule = importOf(value, findings);
    if (rule?.kind === 'service') {
      const local = rule.to === '' ? rule.subject : rule.to;
      const earlier = seen.get(local) ?? [];
      const twin = earlier.find((one) => one.account === rule.account);
      if (twin !== undefined) {
        const used = `previously used in import for account ${goQuote(twin.account)}, subject ${goQuote(twin.subject)}`;
        findings.error(position, `Duplicate service import subject ${goQuote(local)}, ${used}`);
        continue;
      }
      seen.set(local, [...earlier, rule]);
    }
    if (rule !== null) sharing.imports.push(rule);
  }
}

function importOf(value: ConfigMap, findings: Findings): ImportRule | null {
  const draft: ImportDraft = {
    kind: null,
    account: '',
    subject: '',
    to: '',
    prefix: '',
    shares: false,
    allowsTrace: false,
    trace: null,
  };
  readBlock(IMPORT_BLOCK, value, draft, findings);
  const { kind, account, subject, to, prefix, shares, allowsTrace } = draft;
  if (kind === 'stream') return { kind, account, subject, to, prefix, allowsTrace };
  return kind === 'service' ? { kind, account, subject, to, shares } : null;
}

/** An array of exports or imports; `what` stands in messages. */
function itemsKey<Draft>(
  names: readonly string[],
  what: string,
  read: (draft: Draft, items: readonly ConfigNode[], findings: Findings) => void,
): KeyRule<Draft> {
  const set: Setter<Draft, ConfigValue> = (draft, value, { position, findings }) => {
    if (value.kind === 'array') read(draft, value.items, findings);
    else findings.error(position, `${what}s should be an array, got ${goTypeName(value)}`);
  };
  return valueKey(names, set);
}
