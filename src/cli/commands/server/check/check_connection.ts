// `contrail server check connection`: connecting, a round trip, a message to oneself.
import { type CONNECTION_OPTIONS, checkConnection } from '../../../checks/connection_check.ts';
import { defineCommand, flag } from '../../../command.ts';
import { CHECK_FLAGS } from './check_flags.ts';
import { CHECK_JSON, runCheck } from './check_run.ts';

/** How long connecting and answers may take; the check of everything has them too. */
export const CONNECTION_FLAGS = {
  connectWarn: flag.duration('Warning threshold to allow for establishing connections', { default: '500ms' }),
  connectCritical: flag.duration('Critical threshold to allow for establishing connections', { default: '1s' }),
  rttWarn: flag.duration('Warning threshold to allow for server RTT', { default: '500ms' }),
  rttCritical: flag.duration('Critical threshold to allow for server RTT', { default: '1s' }),
  reqWarn: flag.duration('Warning threshold to allow for full round trip test', { default: '500ms' }),
  reqCritical: flag.duration('Critical threshold to allow for full round trip test', { default: '1s' }),
} as const;

export type ConnectionFlags = { readonly [K in keyof typeof CONNECTION_FLAGS]: number };

export function connectionOptions(flags: ConnectionFlags): typeof CONNECTION_OPTIONS {
  return {
    connectTimeWarning: flags.connectWarn / 1e9,
    connectTimeCritical: flags.connectCritical / 1e9,
    serverRttWarning: flags.rttWarn / 1e9,
    serverRttCritical: flags.rttCritical / 1e9,
    requestRttWarning: flags.reqWarn / 1e9,
    requestRttCritical: flags.reqCritical / 1e9,
  };
}

export const CHECK_CONNECTION = defineCommand({
  name: 'connection',
  aliases: ['conn'],
  summary: 'Checks basic server connection',
  flags: { ...CHECK_FLAGS, ...CONNECTION_FLAGS },
  examples: [
    { text: 'Is it there, and quick', command: 'contrail server check connection' },
    {
      text: 'As a node exporter reads it',
      command: 'contrail server check connection --format prometheus --outfile /var/lib/node_exporter/nats.prom',
    },
  ],
  json: CHECK_JSON,
  run: (session, _, flags) =>
    runCheck(session, flags, { suite: 'connections', name: 'Connection' }, (result) =>
      checkConnection(session, result, connectionOptions(flags)),
    ),
});
