// One server's /varz, found by its id or its name.
import type { JsonValue } from '../../base/json_parser.ts';
import { askServers, checkedAnswer, type ServerInfo } from '../client/system_requests.ts';
import type { Session } from '../session.ts';
import { filterBody, noAnswer } from './server_filter.ts';
import type { Varz } from './server_types.ts';

const ID = /^N[A-Z2-7]{55}$/;

export interface FoundServer {
  readonly server: ServerInfo;
  readonly varz: Varz;
  /** The answer as the server wrote it. */
  readonly exact: JsonValue;
}

/** Whichever answers first where nothing is said. */
export async function findServer(session: Session, idOrName: string | undefined): Promise<FoundServer> {
  const name = idOrName ?? '';
  const request = ID.test(name)
    ? { subject: `$SYS.REQ.SERVER.${name}.VARZ`, body: {} }
    : { subject: '$SYS.REQ.SERVER.PING.VARZ', body: filterBody({ name }) };
  const [first] = await askServers(session, { ...request, expected: 1 });
  if (first === undefined) throw noAnswer();
  const { server, data } = checkedAnswer<Varz>(first.value, request.subject);
  return { server, varz: data, exact: first.exact };
}

/** For requests to one server alone. */
export async function serverIdOf(session: Session, idOrName: string): Promise<string> {
  return ID.test(idOrName) ? idOrName : (await findServer(session, idOrName)).server.id;
}
