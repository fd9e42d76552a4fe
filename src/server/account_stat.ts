// Connections, subscriptions and traffic of an account, as /accstatz and the events about its connections show them.
// Compat: events.go, AccountStat.
import type { GoJsonStruct } from '../base/go_json.ts';
import type { Account } from './account.ts';

const NOTHING: GoJsonStruct = { msgs: 0, bytes: 0 };

export function accountStat(account: Account): GoJsonStruct {
  const connections = account.connectionCount;
  return {
    acc: account.name,
    name: account.name,
    conns: connections,
    leafnodes: 0,
    total_conns: connections,
    num_subscriptions: account.subscriptions.count,
    sent: dataStats(account.messagesOut, account.bytesOut),
    received: dataStats(account.messagesIn, account.bytesIn),
    slow_consumers: account.slowConsumers,
  };
}

function dataStats(messages: number, bytes: number): GoJsonStruct {
  return { msgs: messages, bytes, gateways: NOTHING, routes: NOTHING, leafs: NOTHING };
}
