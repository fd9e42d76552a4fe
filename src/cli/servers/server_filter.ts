// Which servers are to answer: the filter that every request on the system account takes, and how many answers there
// can be.
import { askServers } from '../client/system_requests.ts';
import { flag } from '../command.ts';
import { CommandError } from '../errors.ts';
import type { Session } from '../session.ts';
import type { MetaCluster, ServerStats } from './server_types.ts';

export interface ServerFilter {
  readonly name?: string | undefined;
  readonly host?: string | undefined;
  readonly cluster?: string | undefined;
  readonly tags?: readonly string[] | undefined;
}

/** The part of a request's body that says who is meant: whole words, not parts of them. */
export function filterBody(filter: ServerFilter): Readonly<Record<string, unknown>> {
  const { name = '', host = '', cluster = '', tags = [] } = filter;
  return {
    ...(name === '' ? {} : { server_name: name }),
    ...(host === '' ? {} : { host }),
    ...(cluster === '' ? {} : { cluster }),
    ...(tags.length === 0 ? {} : { tags }),
    exact_match: true,
  };
}

/** The same, only in the JetStream domain that flag or context name. */
export function domainFilterBody(session: Session, filter: ServerFilter): Readonly<Record<string, unknown>> {
  const domain = session.settings.jetstream_domain;
  return { ...filterBody(filter), ...(domain === '' ? {} : { domain }) };
}

export function isFiltered({ name = '', host = '', cluster = '', tags = [] }: ServerFilter): boolean {
  return name !== '' || host !== '' || cluster !== '' || tags.length > 0;
}

/** Of `activeServers`, for requests that do not ask about a domain. */
export const ANY_DOMAIN = '';

/** How many servers there are, as one of them knows; in the domain where one is named. */
export async function activeServers(
  session: Session,
  domain: string = session.settings.jetstream_domain,
): Promise<number> {
  if (domain !== '') return await activeInDomain(session, domain);
  const [first] = await askServers(session, { subject: '$SYS.REQ.SERVER.PING', expected: 1 });
  if (first === undefined) throw noAnswer();
  // What servers promise for this subject.
  return (first.value as ServerStats).statsz.active_servers ?? 1;
}

async function activeInDomain(session: Session, domain: string): Promise<number> {
  const [first] = await askServers(session, { subject: '$SYS.REQ.SERVER.PING.JSZ', body: { domain }, expected: 1 });
  if (first === undefined) {
    throw new CommandError(`No server answers in the domain '${domain}': --js-domain or the context names it`);
  }
  const { data } = first.value as { readonly data?: { readonly meta_cluster?: MetaCluster } };
  return 1 + (data?.meta_cluster?.replicas ?? []).filter(({ offline }) => offline !== true).length;
}

/** Nobody said anything, not even that nobody listens: this user may publish there, and hears no answer. */
export function noAnswer(): CommandError {
  return new CommandError(
    'no results received, ensure the account used has system privileges and appropriate permissions: choose a user of ' +
      'the system account with --user, --creds or --context, and names that there are',
  );
}

/** How many answers to wait for: as many as the person says, or there are; null where a filter leaves that open. */
export async function expectedAnswers(
  session: Session,
  filter: ServerFilter,
  said: number | undefined,
): Promise<number | null> {
  if (said !== undefined && said > 0) return said;
  const active = await activeServers(session);
  return isFiltered(filter) ? null : active;
}

/** Of reports. */
export const FILTER_FLAGS = {
  host: flag.text('Limit the report to a specific NATS server'),
  cluster: flag.text('Limit the report to a specific Cluster'),
  tags: flag.texts('Limit the report to nodes matching certain tags'),
} as const;
