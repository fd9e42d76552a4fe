// /accstatz: connections, subscriptions and traffic of every account that somebody is connected to, or of all.
// Compat: monitor.go, AccountStatz; events.go, statz.
import type { GoJsonStruct } from '../base/go_json.ts';
import { accountStat } from '../server/account_stat.ts';
import { timeText } from './monitor_json.ts';
import type { MonitorParts } from './monitor_parts.ts';

/** In the names of a request's body. */
export interface AccountStatzOptions {
  /** Empty is all. */
  readonly accounts: readonly string[];
  readonly include_unused: boolean;
}

export type AccountStatz = {
  readonly server_id: string;
  readonly now: string;
  readonly account_statz: readonly GoJsonStruct[];
};

export function accountStatz({ server }: MonitorParts, options: AccountStatzOptions): AccountStatz {
  const { accounts: names, include_unused: withUnused } = options;
  const all = names.length === 0 ? [...server.accounts] : names.map((name) => server.findAccount(name));
  const shown = all
    .filter((account) => account !== undefined)
    .filter(({ connectionCount }) => withUnused || connectionCount > 0);
  return {
    server_id: server.options.serverId,
    now: timeText(server.clock.realtimeMs()),
    account_statz: shown.map(accountStat),
  };
}
