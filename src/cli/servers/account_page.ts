// An account as a server describes it: mappings, what it takes from others, what it gives to others.
import { compareText } from '../../base/text_order.ts';
import { Page } from '../output/columns.ts';
import { durationHuman } from '../output/human.ts';
import { type Session, timeMs } from '../session.ts';

export interface Import {
  readonly name?: string;
  readonly subject?: string;
  readonly account?: string;
  readonly local_subject?: string;
  readonly type?: string;
  readonly invalid?: boolean;
  readonly share?: boolean;
  readonly tracking?: boolean;
  readonly tracking_header?: Readonly<Record<string, readonly string[]>>;
}

export interface Export {
  readonly name?: string;
  readonly subject?: string;
  readonly type?: string;
  readonly token_req?: boolean;
  readonly response_type?: string;
  readonly response_threshold?: number;
  readonly description?: string;
  readonly info_url?: string;
  readonly account_token_position?: number;
  readonly approved_accounts?: readonly string[];
  readonly revocations?: Readonly<Record<string, unknown>>;
}

export interface AccountInfo {
  readonly account_name: string;
  readonly update_time?: string;
  readonly is_system?: boolean;
  readonly expired: boolean;
  readonly complete: boolean;
  readonly jetstream_enabled: boolean;
  readonly issuer_key?: string;
  readonly name_tag?: string;
  readonly tags?: readonly string[];
  readonly mappings?: Readonly<Record<string, readonly Destination[]>>;
  readonly imports?: readonly Import[];
  readonly exports?: readonly Export[];
  readonly responses?: Readonly<Record<string, Import>>;
  readonly revoked_user?: Readonly<Record<string, string>>;
}

interface Destination {
  readonly subject: string;
  readonly weight: number;
  readonly cluster?: string;
}

/** Keys of accounts beyond that are for --json. */
const KEYS_MAX = 20;

export function accountPage(session: Session, info: AccountInfo): Page {
  const page = new Page(`Account information for account ${info.account_name}`);
  addDetails(session, page, info);
  addMappings(page, info.mappings ?? {});
  const imports = [...(info.imports ?? [])].sort((a, b) => compareText(subjectOf(a), subjectOf(b)));
  if (imports.length > 0) page.title('Imports');
  for (const one of imports) addImport(page, one);
  const exports = [...(info.exports ?? [])].sort((a, b) => compareText(a.subject ?? '', b.subject ?? ''));
  if (exports.length > 0) page.title('Exports');
  for (const one of exports) addExport(page, one);
  const responses = Object.values(info.responses ?? {});
  if (responses.length > 0) page.title('Responses');
  for (const one of responses) addImport(page, one);
  const revoked = Object.entries(info.revoked_user ?? {});
  if (revoked.length > 0) page.title('Revoked Users');
  for (const [key, at] of revoked) page.row(key, `${at} (${agoText(session, at)} ago)`);
  return page;
}

function addDetails(session: Session, page: Page, info: AccountInfo): void {
  const updated = info.update_time ?? '';
  page.title('Details');
  page.row('Complete', info.complete);
  page.row('Expired', info.expired);
  page.row('System Account', info.is_system === true);
  page.row('Updated', `${session.time(updated)} (${agoText(session, updated)} ago)`);
  page.row('JetStream', info.jetstream_enabled);
  page.rowIfText('Issuer', info.issuer_key);
  page.rowIfText('Tag', info.name_tag);
  page.rowIf((info.tags ?? []).length > 0, 'Tags', info.tags ?? []);
}

function agoText(session: Session, at: string): string {
  return durationHuman((session.nowMs() - timeMs(at)) * 1e6);
}

function addMappings(page: Page, mappings: NonNullable<AccountInfo['mappings']>): void {
  const subjects = Object.keys(mappings).sort(compareText);
  if (subjects.length === 0) return;
  page.title('Mappings');
  for (const subject of subjects) {
    page.indent(2);
    page.text(subject);
    page.indent(4);
    for (const one of mappings[subject] ?? []) page.row('Destination', destinationText(one));
    page.indent(0);
    page.text();
  }
}

function destinationText({ subject, weight, cluster = '' }: Destination): string {
  const where = cluster === '' ? [] : [`in cluster ${cluster}`];
  return [subject, ...where, ...(weight === 100 ? [] : [`with weight ${weight}`])].join(', ');
}

function subjectOf({ local_subject: local = '', subject = '' }: Import): string {
  return local === '' ? subject : local;
}

function addImport(page: Page, one: Import): void {
  const local = subjectOf(one);
  if (local === '') return;
  const { subject = '', account = '', tracking_header: header } = one;
  const isRenamed = subject !== local && subject !== '';
  const from = isRenamed ? ` from subject ${subject}` : '';
  const who = account === '' ? '' : ` ${isRenamed ? 'in' : 'from'} account ${account}`;
  page.rowIf(one.invalid === true, 'Invalid', true);
  page.row('Subject', `${local}${from}${who}`);
  page.row('Type', one.type ?? '');
  page.rowIfText('Name', one.name);
  page.row('Sharing', one.share === true);
  const tracking = String(one.tracking === true);
  page.row('Tracking', header === undefined ? tracking : `${tracking} header ${JSON.stringify(header)}`);
  page.text();
}

function addExport(page: Page, one: Export): void {
  page.row('Subject', one.subject ?? '');
  page.row('Type', one.type ?? '');
  page.row('Tokens Required', one.token_req === true);
  page.row('Response Type', one.response_type ?? '');
  const { response_threshold: threshold = 0, account_token_position: position = 0 } = one;
  if (threshold > 0) page.duration('Response Threshold', threshold);
  page.rowIfText('Description', one.description);
  page.rowIfText('Info URL', one.info_url);
  page.rowIfText('Name', one.name);
  page.rowIf(position > 0, 'Account Token Pos', position);
  addKeys(page, 'Accounts', one.approved_accounts ?? []);
  addKeys(page, 'Revocations', Object.keys(one.revocations ?? {}));
  page.text();
}

function addKeys(page: Page, label: string, keys: readonly string[]): void {
  if (keys.length === 0) return;
  const isCut = keys.length > KEYS_MAX;
  page.row(label, isCut ? `Rendering ${KEYS_MAX}/${keys.length} use --json for the full list` : '');
  for (const key of keys.slice(0, KEYS_MAX)) page.row('', key);
}
