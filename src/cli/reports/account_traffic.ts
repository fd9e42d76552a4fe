// Connections added up account by account.
import type { ServerInfo } from '../client/system_requests.ts';
import { type ConnectionInfo, subscriptionCount } from './connection_report.ts';

/** As `--json` prints it. */
export interface AccountTraffic {
  readonly account: string;
  connections: number;
  readonly connection_info: ConnectionInfo[];
  in_msgs: number;
  out_msgs: number;
  in_bytes: number;
  out_bytes: number;
  subscriptions: number;
  /** Each once. */
  readonly server: ServerInfo[];
}

export function accountTraffic(connections: readonly ConnectionInfo[]): AccountTraffic[] {
  const accounts = new Map<string, AccountTraffic>();
  for (const connection of connections) {
    const { account = '', server } = connection;
    const one = accounts.get(account) ?? emptyTraffic(account);
    one.connections++;
    one.connection_info.push(connection);
    one.in_msgs += connection.in_msgs;
    one.out_msgs += connection.out_msgs;
    one.in_bytes += connection.in_bytes;
    one.out_bytes += connection.out_bytes;
    one.subscriptions += subscriptionCount(connection);
    if (!one.server.some(({ id }) => id === server.id)) one.server.push(server);
    accounts.set(account, one);
  }
  return [...accounts.values()];
}

function emptyTraffic(account: string): AccountTraffic {
  return {
    account,
    connections: 0,
    connection_info: [],
    in_msgs: 0,
    out_msgs: 0,
    in_bytes: 0,
    out_bytes: 0,
    subscriptions: 0,
    server: [],
  };
}
