// `contrail server check server`: one server, by its name.
import { checkServer } from '../../../checks/server_check.ts';
import { defineCommand, flag } from '../../../command.ts';
import { requiredFlag } from '../../../input/required_flag.ts';
import { CHECK_FLAGS } from './check_flags.ts';
import { CHECK_JSON, runCheck } from './check_run.ts';

export const CHECK_SERVER = defineCommand({
  name: 'server',
  summary: 'Checks a NATS Server health',
  description: `
Asked in the system account: give its user or its context. Where the critical
threshold for connections or subscriptions is smaller than the warning, fewer
are worse. The uptime is worse the shorter it is.`,
  flags: {
    ...CHECK_FLAGS,
    name: flag.text('Server name to require in the result', { placeholder: 'NAME' }),
    cpuWarn: flag.integer('Warning threshold for CPU usage, in percent', { placeholder: 'PERCENT' }),
    cpuCritical: flag.integer('Critical threshold for CPU usage, in percent', { placeholder: 'PERCENT' }),
    memWarn: flag.integer('Warning threshold for Memory usage, in bytes', { placeholder: 'BYTES' }),
    memCritical: flag.integer('Critical threshold for Memory usage, in bytes', { placeholder: 'BYTES' }),
    connWarn: flag.integer('Warning threshold for connections, supports inversion', { placeholder: 'COUNT' }),
    connCritical: flag.integer('Critical threshold for connections, supports inversion', { placeholder: 'COUNT' }),
    subsWarn: flag.integer('Warning threshold for number of active subscriptions, supports inversion', {
      placeholder: 'COUNT',
    }),
    subsCritical: flag.integer('Critical threshold for number of active subscriptions, supports inversion', {
      placeholder: 'COUNT',
    }),
    uptimeWarn: flag.duration('Warning threshold for server uptime as duration', { placeholder: 'DURATION' }),
    uptimeCritical: flag.duration('Critical threshold for server uptime as duration', { placeholder: 'DURATION' }),
    authRequired: flag.switch('Checks that authentication is enabled'),
    tlsRequired: flag.switch('Checks that TLS is required'),
    jsRequired: flag.switch('Checks that JetStream is enabled'),
    tlsCertWarn: flag.duration('Warning threshold for TLS certificate expiry like 1d3h5m', { placeholder: 'DURATION' }),
    tlsCertCrit: flag.duration('Critical threshold for TLS certificate expiry like 1d3h5m', {
      placeholder: 'DURATION',
    }),
  },
  examples: [
    {
      text: 'Not busy, not full, not just restarted',
      command:
        'contrail server check server --name nats-0 --cpu-warn 80 --cpu-critical 95 --uptime-warn 15m --uptime-critical 1m --context system',
    },
    {
      text: 'Certificates that hold for a while',
      command: 'contrail server check server --name nats-0 --tls-cert-warn 30d --tls-cert-crit 7d --context system',
    },
  ],
  json: CHECK_JSON,
  run: async (session, _, flags) => {
    const name = requiredFlag(flags.name, '--name');
    const options = {
      name,
      cpuWarning: flags.cpuWarn ?? 0,
      cpuCritical: flags.cpuCritical ?? 0,
      memoryWarning: flags.memWarn ?? 0,
      memoryCritical: flags.memCritical ?? 0,
      connectionsWarning: flags.connWarn ?? 0,
      connectionsCritical: flags.connCritical ?? 0,
      subscriptionsWarning: flags.subsWarn ?? 0,
      subscriptionsCritical: flags.subsCritical ?? 0,
      uptimeWarning: (flags.uptimeWarn ?? 0) / 1e9,
      uptimeCritical: (flags.uptimeCritical ?? 0) / 1e9,
      authenticationRequired: flags.authRequired,
      tlsRequired: flags.tlsRequired,
      tlsExpireWarning: (flags.tlsCertWarn ?? 0) / 1e9,
      tlsExpireCritical: (flags.tlsCertCrit ?? 0) / 1e9,
      jetStreamRequired: flags.jsRequired,
    };
    await runCheck(session, flags, { suite: 'server', name }, (result) => checkServer(session, result, options));
  },
});
