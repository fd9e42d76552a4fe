// A small world for the oracle: accounts that share, users with permissions, clients with subscriptions, and what they
// publish. Plain values that say everything: the model computes from them what must happen, a configuration file and a
// few protocol lines make it happen in a server.
import type { ExportRule, ImportRule } from '../../src/subject/sharing.ts';

export interface MappingPlan {
  readonly source: string;
  /** Subjects with weights that add up to 100. */
  readonly destinations: readonly { readonly subject: string; readonly weight: number }[];
}

export interface AccountPlan {
  readonly name: string;
  readonly mappings: readonly MappingPlan[];
  readonly exports: readonly ExportRule[];
  readonly imports: readonly ImportRule[];
}

export interface SubjectListPlan {
  /** Null allows everything. Entries may be `subject queue`. */
  readonly allow: readonly string[] | null;
  readonly deny: readonly string[];
}

export interface PermissionPlan {
  readonly publish: SubjectListPlan | null;
  readonly subscribe: SubjectListPlan | null;
  /** How often each reply may be answered; null where that gives no permission. */
  readonly responsesMax: number | null;
}

export interface UserPlan {
  readonly name: string;
  readonly account: string;
  readonly permissions: PermissionPlan | null;
}

export interface SubscriptionPlan {
  readonly subject: string;
  /** Empty for none. */
  readonly queue: string;
}

export interface ClientPlan {
  readonly user: UserPlan;
  readonly echo: boolean;
  /** The sid of each is its place, from 1. */
  readonly subscriptions: readonly SubscriptionPlan[];
}

/** One message of a client. */
export interface PublishPlan {
  readonly client: number;
  readonly subject: string;
  /** Empty for none. */
  readonly reply: string;
  readonly payload: string;
  /** Whole header block, empty for none. */
  readonly header: string;
}

export interface Scenario {
  readonly accounts: readonly AccountPlan[];
  readonly users: readonly UserPlan[];
  readonly clients: readonly ClientPlan[];
}

/** What one client got. */
export interface Delivery {
  readonly client: number;
  readonly sid: number;
  readonly subject: string;
  readonly reply: string;
  readonly header: string;
  readonly payload: string;
}

export interface ErrorLine {
  readonly client: number;
  readonly text: string;
}

/** What came of one message, in any order between clients. */
export interface Observation {
  readonly deliveries: readonly Delivery[];
  readonly errors: readonly ErrorLine[];
}

/** A configuration file that both servers understand. */
export function configText(...scenarios: readonly Scenario[]): string {
  return `accounts {\n${scenarios.map(accountsText).join('\n')}\n}\n`;
}

function accountsText({ accounts, users }: Scenario): string {
  const lines = accounts.map((account) => {
    const own = users.filter((user) => user.account === account.name);
    return [
      `  ${account.name} {`,
      `    users: [${own.map(userText).join(', ')}]`,
      `    mappings: {${account.mappings.map(mappingText).join(', ')}}`,
      `    exports: [${account.exports.map(exportText).join(', ')}]`,
      `    imports: [${account.imports.map(importText).join(', ')}]`,
      '  }',
    ].join('\n');
  });
  return lines.join('\n');
}

function userText({ name, permissions }: UserPlan): string {
  const rights = permissions === null ? '' : `, permissions: ${permissionText(permissions)}`;
  return `{user: ${name}, password: ${name}${rights}}`;
}

function permissionText({ publish, subscribe, responsesMax }: PermissionPlan): string {
  const parts: string[] = [];
  if (publish !== null) parts.push(`publish: ${listText(publish)}`);
  if (subscribe !== null) parts.push(`subscribe: ${listText(subscribe)}`);
  if (responsesMax !== null) parts.push(`allow_responses: {max: ${responsesMax}, expires: "1h"}`);
  return `{${parts.join(', ')}}`;
}

function listText({ allow, deny }: SubjectListPlan): string {
  const parts: string[] = [];
  if (allow !== null) parts.push(`allow: ${JSON.stringify(allow)}`);
  if (deny.length > 0) parts.push(`deny: ${JSON.stringify(deny)}`);
  return `{${parts.join(', ')}}`;
}

function mappingText({ source, destinations }: MappingPlan): string {
  const all = destinations.map(({ subject, weight }) => `{destination: ${JSON.stringify(subject)}, weight: ${weight}}`);
  return `${JSON.stringify(source)}: [${all.join(', ')}]`;
}

function exportText(rule: ExportRule): string {
  const { access } = rule;
  const accounts = access.accounts === null ? '' : `, accounts: ${JSON.stringify(access.accounts)}`;
  if (rule.kind === 'stream') return `{stream: ${JSON.stringify(rule.subject)}${accounts}}`;
  return `{service: ${JSON.stringify(rule.subject)}, response_type: ${rule.options.responseType}${accounts}}`;
}

function importText(rule: ImportRule): string {
  const from = `{account: ${rule.account}, subject: ${JSON.stringify(rule.subject)}}`;
  const to = rule.to === '' ? '' : `, to: ${JSON.stringify(rule.to)}`;
  if (rule.kind === 'service') return `{service: ${from}${to}, share: ${rule.shares}}`;
  return `{stream: ${from}${rule.prefix === '' ? to : `, prefix: ${JSON.stringify(rule.prefix)}`}}`;
}

/** What the client says first. */
export function connectLines({ user, echo, subscriptions }: ClientPlan): string {
  const options = {
    verbose: false,
    pedantic: false,
    user: user.name,
    pass: user.name,
    echo,
    headers: true,
    no_responders: true,
    protocol: 0,
  };
  const lines = subscriptions.map(({ subject, queue }, i) => `SUB ${subject} ${queue} ${i + 1}\r\n`);
  return `CONNECT ${JSON.stringify(options)}\r\n${lines.join('')}`;
}

export function publishLines({ subject, reply, payload, header }: PublishPlan): string {
  if (header === '') return `PUB ${subject} ${reply} ${payload.length}\r\n${payload}\r\n`;
  return `HPUB ${subject} ${reply} ${header.length} ${header.length + payload.length}\r\n${header}${payload}\r\n`;
}

/** Takes apart what a client got; lines that are neither messages nor errors are passed over. */
export function readReceived(client: number, text: string, deliveries: Delivery[], errors: ErrorLine[]): void {
  let at = 0;
  while (at < text.length) {
    const lineEnd = text.indexOf('\r\n', at);
    const line = text.slice(at, lineEnd);
    at = lineEnd + 2;
    const hasHeader = line.startsWith('HMSG ');
    if (line.startsWith('-ERR ')) errors.push({ client, text: line.slice(5) });
    if (!hasHeader && !line.startsWith('MSG ')) continue;
    const words = line.split(' ');
    const total = Number(words.at(-1));
    const headerBytes = hasHeader ? Number(words.at(-2)) : 0;
    deliveries.push({
      client,
      subject: words[1] ?? '',
      sid: Number(words[2]),
      reply: words.length === (hasHeader ? 6 : 5) ? (words[3] ?? '') : '',
      header: text.slice(at, at + headerBytes),
      payload: text.slice(at + headerBytes, at + total),
    });
    at += total + 2;
  }
}
