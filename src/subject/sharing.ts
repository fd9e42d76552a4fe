// All accounts of a server and what they share, from what a configuration says: exports first, then imports, so that it
// does not matter who is named first. The words about what is wrong are the reference's. Pure.
// Compat: nats-server opts.go, parseAccounts, its second half.
import { goQuote } from '../base/go_quote.ts';
import type { Mapping } from './mapping.ts';
import { type ExportAccess, type ServiceExportOptions, SharedAccount } from './shared_account.ts';

export interface StreamExportRule {
  readonly kind: 'stream';
  readonly subject: string;
  readonly access: ExportAccess;
}

export interface ServiceExportRule {
  readonly kind: 'service';
  readonly subject: string;
  readonly access: ExportAccess;
  readonly options: ServiceExportOptions;
}

export interface StreamImportRule {
  readonly kind: 'stream';
  readonly account: string;
  readonly subject: string;
  /** The subject here; empty for that of the exporter. */
  readonly to: string;
  /** In front of the subject here; empty for none, and then `to` counts. */
  readonly prefix: string;
  readonly allowsTrace: boolean;
}

export interface ServiceImportRule {
  readonly kind: 'service';
  readonly account: string;
  readonly subject: string;
  /** The subject here; empty for that of the exporter. */
  readonly to: string;
  readonly shares: boolean;
}

export type ExportRule = StreamExportRule | ServiceExportRule;
export type ImportRule = StreamImportRule | ServiceImportRule;

/** What one account's part of the configuration says. */
export interface SharingRules {
  readonly mappings: readonly Mapping[];
  readonly exports: readonly ExportRule[];
  readonly imports: readonly ImportRule[];
}

export interface NamedSharing {
  readonly name: string;
  readonly sharing: SharingRules;
}

export interface SharedAccounts {
  readonly accounts: ReadonlyMap<string, SharedAccount>;
  /** What could not be shared, and why. */
  readonly faults: readonly string[];
}

export const NOTHING_SHARED: SharingRules = { mappings: [], exports: [], imports: [] };

export function shareAccounts(named: readonly NamedSharing[], hasSystemAccount: boolean): SharedAccounts {
  const accounts = new Map<string, SharedAccount>();
  for (const { name } of named) accounts.set(name, new SharedAccount(name));
  const faults: string[] = [];
  const each = (act: (account: SharedAccount, rules: SharingRules) => void) => {
    for (const { name, sharing } of named) act(accounts.get(name) as SharedAccount, sharing);
  };
  each((account, { exports }) => {
    for (const rule of exports) if (rule.kind === 'stream') exportStream(account, rule, accounts, faults);
  });
  each((account, { exports }) => {
    for (const rule of exports) {
      if (rule.kind === 'service') exportService(account, rule, { accounts, faults, hasSystemAccount });
    }
  });
  each((account, { imports }) => {
    for (const rule of imports) if (rule.kind === 'stream') importStream(account, rule, accounts, faults);
  });
  each((account, { imports }) => {
    for (const rule of imports) if (rule.kind === 'service') importService(account, rule, accounts, faults);
  });
  return { accounts, faults };
}

type Accounts = ReadonlyMap<string, SharedAccount>;

/** Says which of the accounts that may import do not exist. */
function checkAccess(access: ExportAccess, kind: string, accounts: Accounts, faults: string[]): void {
  for (const name of access.accounts ?? []) {
    if (!accounts.has(name)) faults.push(`${goQuote(name)} account not defined for ${kind} export`);
  }
}

function exportStream(account: SharedAccount, rule: StreamExportRule, accounts: Accounts, faults: string[]): void {
  checkAccess(rule.access, 'stream', accounts, faults);
  const fault = account.addStreamExport(rule.subject, rule.access);
  if (fault !== null) faults.push(`Error adding stream export ${goQuote(rule.subject)}: ${fault}`);
}

function exportService(
  account: SharedAccount,
  rule: ServiceExportRule,
  { accounts, faults, hasSystemAccount }: { accounts: Accounts; faults: string[]; hasSystemAccount: boolean },
): void {
  const { subject, options } = rule;
  const { latency } = options;
  checkAccess(rule.access, 'service', accounts, faults);
  const fault = account.addServiceExport(subject, rule.access, options);
  if (fault !== null) {
    faults.push(`Error adding service export ${goQuote(subject)}: ${fault}`);
    return;
  }
  if (latency === null) return;
  const what = `Error adding service latency sampling for ${goQuote(subject)}`;
  if (!hasSystemAccount) {
    faults.push(`${what}: system account not setup`);
    return;
  }
  const why = account.trackService(subject, latency);
  if (why !== null) faults.push(`${what} on subject ${goQuote(latency.subject)}: ${why}`);
}

function importStream(account: SharedAccount, rule: StreamImportRule, accounts: Accounts, faults: string[]): void {
  const { subject, prefix, to, allowsTrace } = rule;
  const exporter = accounts.get(rule.account);
  if (exporter === undefined) {
    faults.push(`${goQuote(rule.account)} account not defined for stream import`);
    return;
  }
  const fault =
    prefix === ''
      ? account.addStreamImport(exporter, subject, to, allowsTrace)
      : account.addPrefixedStreamImport(exporter, subject, prefix, allowsTrace);
  if (fault !== null) faults.push(`Error adding stream import ${goQuote(subject)}: ${fault}`);
}

function importService(account: SharedAccount, rule: ServiceImportRule, accounts: Accounts, faults: string[]): void {
  const { subject, to, shares } = rule;
  const exporter = accounts.get(rule.account);
  if (exporter === undefined) {
    faults.push(`${goQuote(rule.account)} account not defined for service import`);
    return;
  }
  const fault = account.addServiceImport(exporter, to === '' ? subject : to, subject, shares);
  if (fault !== null) faults.push(`Error adding service import ${goQuote(subject)}: ${fault}`);
}
