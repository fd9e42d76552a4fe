// `contrail server check [host:port]`: everything at once, as one would ask of a server in one breath. Covers the process,
// the client port, monitoring, storage, the leaders of streams and the lag of consumers; and the account, the meta group
// and the credentials where they can be looked at.

import { withoutSecrets } from '../../../../base/url_secrets.ts';
import type { HealthOptions } from '../../../checks/health/health_options.ts';
import { HealthReport } from '../../../checks/health/health_report.ts';
import { runHealth } from '../../../checks/health/health_run.ts';
import { argument, defineCommand, type Fallback, type FlagMap, flag, type ValuesOf } from '../../../command.ts';
import { Session } from '../../../session.ts';
import { CONNECTION_FLAGS, connectionOptions } from './check_connection.ts';
import { CHECK_FLAGS, checkNamespace } from './check_flags.ts';
import { REPLICA_FLAGS, USAGE_FLAGS, usageOptions } from './check_jetstream.ts';
import { CHECK_JSON, handIn } from './check_run.ts';

const ALL_FLAGS = {
  ...CHECK_FLAGS,
  monitor: flag.text('Where monitoring is: an address, host and port, or a port; 8222 on the same host otherwise', {
    placeholder: 'URL',
  }),
  monitorToken: flag.text('The token that monitoring asks for (monitor_auth), or where it is: file:PATH, env:NAME', {
    placeholder: 'TOKEN',
    environment: 'NATS_MONITOR_TOKEN',
  }),
  noMonitor: flag.switch('Leaves monitoring out: the server has none, or none that can be reached from here'),
  storageProbe: flag.toggle(
    'Writes a message to a small stream on disk that is made for it and removed again, to see that storage takes it',
    { default: true },
  ),
  writeWarn: flag.duration('Warning threshold for storing a message', { default: '500ms' }),
  writeCritical: flag.duration('Critical threshold for storing a message', { default: '2s' }),
  jetstream: flag.toggle('Whether there must be JetStream', { default: true }),
  unprocessedWarn: flag.integer('Warning threshold for messages that a consumer has not delivered, 0 for none', {
    default: 10_000,
    min: 0,
  }),
  unprocessedCritical: flag.integer('Critical threshold for messages that a consumer has not delivered, 0 for none', {
    default: 100_000,
    min: 0,
  }),
  outstandingAckCritical: flag.integer('Maximum number of outstanding acks to allow a consumer', {
    placeholder: 'none',
    min: 0,
  }),
  redeliveryCritical: flag.integer('Maximum number of redeliveries to allow a consumer', {
    placeholder: 'none',
    min: 0,
  }),
  lastDeliveryCritical: flag.duration('Time to allow since the last delivery of a consumer for which messages wait', {
    placeholder: 'none',
  }),
  lastAckCritical: flag.duration('Time to allow since the last ack of a consumer that waits for some', {
    placeholder: 'none',
  }),
  ...REPLICA_FLAGS,
  ...CONNECTION_FLAGS,
  ...USAGE_FLAGS,
  validityWarn: flag.duration('Warning threshold for time before the credentials in use expire', {
    placeholder: 'DURATION',
  }),
  validityCritical: flag.duration('Critical threshold for time before the credentials in use expire', {
    placeholder: 'DURATION',
  }),
} as const satisfies FlagMap;

const CHECK_ALL = defineCommand({
  name: 'check',
  summary: 'Runs every check that applies to a server',
  args: { server: argument.optional('The server, as host:port or URL; that of --server or the context otherwise') },
  flags: ALL_FLAGS,
  examples: [
    { text: 'Is all well with it', command: 'contrail server check localhost:4222' },
    { text: 'For a person', command: 'contrail server check localhost:4222 --format text' },
    {
      text: 'A consumer may be a thousand messages behind, monitoring is elsewhere',
      command: 'contrail server check nats://nats-0:4222 --unprocessed-critical 1000 --monitor http://nats-0:8333',
    },
    {
      text: 'Monitoring asks for a user, or for a token (monitor_auth)',
      command: 'contrail server check localhost:4222 --monitor http://ops:secret@localhost:8222',
    },
    {
      text: 'The token stands in a file',
      command: 'contrail server check localhost:4222 --monitor-token file:/run/secrets/monitor',
    },
    { text: 'Only looks, writes nothing', command: 'contrail server check localhost:4222 --no-storage-probe' },
  ],
  json: `${CHECK_JSON} Without a subcommand also skipped (list of sentences) and signals: list of signal (process, client_port, monitoring, storage, stream_leader, consumer_lag, account_usage, server_storage, meta_group, credential), status (also SKIPPED), messages, checks (the results of its checks, each of this shape).`,
  run: async (session, { server }, flags) => {
    checkNamespace(flags);
    const asked = server === undefined ? session : sessionFor(session, server);
    const signals = await runHealth(asked, healthOptions(asked, flags));
    const report = new HealthReport(withoutSecrets(server ?? asked.settings.url), signals);
    handIn(session, flags, {
      status: report.total.status,
      nagios: () => report.nagios(),
      json: () => report.json(),
      prometheus: () => report.prometheus(flags.namespace),
      text: () => report.tables(session.style),
    });
  },
});

/** The same person at another server. */
function sessionFor(session: Session, server: string): Session {
  const { doors, flags, version } = session;
  const other = new Session({ doors, flags: { ...flags, server }, version });
  session.onClose(() => other.close());
  return other;
}

function healthOptions(session: Session, flags: ValuesOf<typeof ALL_FLAGS>): HealthOptions {
  return {
    connection: connectionOptions(flags),
    monitor: flags.noMonitor ? null : { address: flags.monitor, token: flags.monitorToken ?? null },
    storage: flags.storageProbe
      ? { writeWarning: flags.writeWarn / 1e9, writeCritical: flags.writeCritical / 1e9 }
      : null,
    usage: usageOptions(flags, true),
    consumers: {
      unprocessedWarning: flags.unprocessedWarn,
      unprocessedCritical: flags.unprocessedCritical,
      ackOutstandingCritical: flags.outstandingAckCritical ?? 0,
      redeliveryCritical: flags.redeliveryCritical ?? 0,
      lastDeliveryCritical: (flags.lastDeliveryCritical ?? 0) / 1e9,
      lastAckCritical: (flags.lastAckCritical ?? 0) / 1e9,
    },
    credential: {
      file: session.settings.creds,
      validityWarning: (flags.validityWarn ?? 0) / 1e9,
      validityCritical: (flags.validityCritical ?? 0) / 1e9,
      requiresExpiry: false,
    },
    wantsJetStream: flags.jetstream,
  };
}

/** An address has a colon, a dot or a slash, which no subcommand has. */
export const CHECK_FALLBACK: Fallback = {
  command: CHECK_ALL,
  takes: (word) => word === 'localhost' || /[:./]/.test(word),
};
