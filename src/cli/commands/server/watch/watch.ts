// `contrail server watch`: views that are drawn anew each second.
import { defineGroup } from '../../../command.ts';
import { WATCH_ACCOUNTS } from './watch_accounts.ts';
import { WATCH_API } from './watch_api.ts';
import { WATCH_JETSTREAM, WATCH_SERVERS } from './watch_servers.ts';

export const SERVER_WATCH = defineGroup({
  name: 'watch',
  summary: 'Live views of server conditions',
  commands: [WATCH_API, WATCH_ACCOUNTS, WATCH_JETSTREAM, WATCH_SERVERS],
});
