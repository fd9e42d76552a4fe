// What all of `contrail server request` do: ask the servers that are meant, print each answer on a line as it was written.
import { askServers, type ServerMessage } from '../../../client/system_requests.ts';
import { argument, flag } from '../../../command.ts';
import { domainFilterBody, expectedAnswers, noAnswer, type ServerFilter } from '../../../servers/server_filter.ts';
import type { Session } from '../../../session.ts';

export const REQUEST_FLAGS = {
  limit: flag.integer('Limit the responses to a certain amount of records', { default: 2048 }),
  offset: flag.integer('Start at a certain record', { default: 0, min: 0 }),
  name: flag.text('Limit to servers matching a server name'),
  host: flag.text('Limit to servers matching a server host name'),
  cluster: flag.text('Limit to servers matching a cluster name'),
  tags: flag.texts('Limit to servers with these configured tags'),
} as const;

export const WAIT = { wait: argument.integer('Wait for a certain number of responses', { min: 0 }) } as const;

/** The words of `json` that every one of them has. */
export const JSON_LINES = 'One line per server: an object with server (what it says of itself) and data or error.';

export interface PageRequest {
  /** `CONNZ`: the last word of the subject. */
  readonly page: string;
  readonly filter: ServerFilter;
  readonly wait: number | undefined;
  readonly body?: Readonly<Record<string, unknown>>;
  readonly timeoutMs?: number;
}

export async function fetchPage(session: Session, request: PageRequest): Promise<ServerMessage[]> {
  const { page, filter, wait, body = {}, timeoutMs } = request;
  const said = wait === undefined || wait === 0 ? nameCount(filter) : wait;
  const messages = await askServers(session, {
    subject: `$SYS.REQ.SERVER.PING.${page}`,
    body: { ...body, ...domainFilterBody(session, filter) },
    expected: await expectedAnswers(session, filter, said),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  });
  if (messages.length === 0) throw noAnswer();
  return messages;
}

/** A name has one server. */
function nameCount({ name = '' }: ServerFilter): number | undefined {
  return name === '' ? undefined : 1;
}

export async function printPage(session: Session, request: PageRequest): Promise<void> {
  for (const { exact } of await fetchPage(session, request)) session.jsonLine(exact);
}
