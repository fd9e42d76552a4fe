// Old and new options into what a reload changes, or the refusal that names what cannot change while the server runs. Pure:
// app/reload.ts acts on it. Fields come in the reference's order, because the first that cannot change is the one named.
// Compat: reload.go, diffOptions; opts.go, Options, for the order and the names.
import { bytesText } from '../base/bytes_text.ts';
import { durationText, MILLISECOND } from '../base/duration.ts';
import { type Parsed, parsed, refused } from '../base/parsed.ts';
import { advertisedAddress } from './client_advertise.ts';
import { GLOBAL_ACCOUNT, type UserOptions } from './identity_options.ts';
import { type Options, SYSTEM_ACCOUNT } from './options.ts';
import { TLS_TIMEOUT_MS_DEFAULT } from './tls_options.ts';

/** What has to be done about a change. `settings`: nothing beyond the new options. */
export type ChangeKind =
  | 'settings'
  | 'logging'
  | 'tracing'
  | 'authorization'
  | 'tls'
  | 'certificates'
  | 'pid file'
  | 'ports file';

export interface OptionChange {
  readonly kind: ChangeKind;
  /** How the log tells it; null where it says nothing. */
  readonly line: string | null;
}

type Shown = string | number | boolean;

interface Field {
  /** As the reference calls it. */
  readonly name: string;
  /** What is compared; null where everything counts as a change. */
  readonly of: ((options: Options) => Shown) | null;
  readonly change: (old: Options, next: Options) => Parsed<OptionChange | null>;
}

/** `old` are those of the running server, with the port that it has got. */
export function diffOptions(old: Options, next: Options): Parsed<readonly OptionChange[]> {
  const changes: OptionChange[] = [];
  for (const { of, change } of FIELDS) {
    if (of !== null && of(old) === of(next)) continue;
    const result = change(old, next);
    if (!result.ok) return result;
    if (result.value !== null) changes.push(result.value);
  }
  return parsed(changes);
}

/** What cannot change while the server runs. */
function fixed(name: string, of: (options: Options) => Shown): Field {
  return { name, of, change: (old, next) => cannotChange(name, of(old), of(next)) };
}

function cannotChange(name: string, old: Shown, next: Shown): Parsed<never> {
  return refused(`config reload not supported for ${name}: old=${old}, new=${next}`);
}

/** `label` is what the log calls it, followed by the new value. */
function changeable(name: string, kind: ChangeKind, label: string, of: (options: Options) => Shown): Field {
  return { name, of, change: (_old, next) => parsed({ kind, line: `Reloaded: ${label} = ${of(next)}` }) };
}

/** The same where the value is a secret, or too much for a line. */
function unnamed(name: string, kind: ChangeKind, label: string, of: (options: Options) => Shown): Field {
  return { name, of, change: () => parsed({ kind, line: `Reloaded: ${label}` }) };
}

/** What the reference does not compare. */
function always(name: string, kind: ChangeKind, label: string): Field {
  return { name, of: null, change: () => parsed({ kind, line: `Reloaded: ${label}` }) };
}

function duration(milliseconds: number): string {
  return durationText(BigInt(Math.round(milliseconds * Number(MILLISECOND))));
}

/** Empty where it is the one that there is without being named. */
function systemAccountGiven({ systemAccount }: Options): string {
  return systemAccount === SYSTEM_ACCOUNT ? '' : (systemAccount ?? '');
}

/** The order in the file does not matter, neither that of the types of their connections. */
function nkeyUsers({ authorization }: Options): UserOptions[] {
  return authorization.users
    .filter(({ password }) => password === null)
    .map((user) => ({ ...user, connectionTypes: [...user.connectionTypes].sort() }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

const FIELDS: readonly Field[] = [
  fixed('ServerName', ({ serverName }) => serverName ?? ''),
  fixed('Host', ({ listen }) => listen.host),
  {
    name: 'Port',
    of: ({ listen }) => listen.port,
    // Where the system chooses, the one that it has chosen is as good as any.
    change: ({ listen: old }, { listen }) =>
      listen.port === 0 ? parsed(null) : cannotChange('Port', old.port, listen.port),
  },
  {
    name: 'ClientAdvertise',
    of: ({ listen }) => listen.clientAdvertise ?? '',
    change: ({ listen: { port } }, { listen: { clientAdvertise } }) => {
      const address = clientAdvertise ?? '';
      const advertised = address === '' ? null : advertisedAddress(address, port);
      if (advertised?.ok === false) {
        return refused(`invalid ClientAdvertise value of ${address}, err=${advertised.error}`);
      }
      return parsed({ kind: 'settings', line: `Reload: client_advertise = ${address}` });
    },
  },
  changeable('Trace', 'tracing', 'trace', ({ logging }) => logging.isTrace),
  changeable('Debug', 'logging', 'debug', ({ logging }) => logging.isDebug),
  changeable('TraceVerbose', 'tracing', 'trace_verbose', ({ logging }) => logging.isTraceVerbose),
  changeable('TraceHeaders', 'tracing', 'trace_headers', ({ logging }) => logging.tracesHeadersOnly),
  fixed('NoSublistCache', ({ cachesSublist }) => !cachesSublist),
  fixed('NoHeaderSupport', ({ headersSupported }) => !headersSupported),
  changeable('Logtime', 'logging', 'logtime', ({ logging }) => logging.hasTime),
  changeable('LogtimeUTC', 'logging', 'logtime_utc', ({ logging }) => logging.isUtc),
  changeable('MaxConn', 'settings', 'max_connections', ({ limits }) => limits.connectionsMax || -1),
  fixed('MaxSubs', ({ limits }) => limits.subscriptionsMax),
  fixed('MaxSubTokens', ({ limits }) => limits.subscriptionTokensMax),
  {
    name: 'Nkeys',
    of: null,
    change: (old, next) => {
      const was = nkeyUsers(old);
      const isSame = JSON.stringify(was) === JSON.stringify(nkeyUsers(next));
      // The reference compares users with all that their account holds at the moment: not two of them are alike.
      if (isSame && was.every(({ account }) => account === GLOBAL_ACCOUNT)) return parsed(null);
      return parsed({ kind: 'authorization', line: 'Reloaded: authorization nkey users' });
    },
  },
  always('Users', 'authorization', 'authorization users'),
  always('Accounts', 'authorization', 'accounts'),
  {
    name: 'NoAuthUser',
    of: ({ authorization }) => authorization.noAuthUser ?? '',
    change: ({ authorization: old }, { authorization: next }) => {
      const isGone = next.noAuthUser === null && next.users.every(({ name }) => name !== old.noAuthUser);
      return isGone ? parsed(null) : cannotChange('NoAuthUser', old.noAuthUser ?? '', next.noAuthUser ?? '');
    },
  },
  fixed('SystemAccount', systemAccountGiven),
  fixed('NoSystemAccount', ({ systemAccount }) => systemAccount === null),
  unnamed('Username', 'authorization', 'authorization username', ({ authorization }) => authorization.user ?? ''),
  unnamed('Password', 'authorization', 'authorization password', ({ authorization }) => authorization.password ?? ''),
  unnamed('Authorization', 'authorization', 'authorization token', ({ authorization }) => authorization.token ?? ''),
  changeable('PingInterval', 'settings', 'ping_interval', ({ keepalive }) => duration(keepalive.pingIntervalMs)),
  changeable('MaxPingsOut', 'settings', 'ping_max', ({ keepalive }) => keepalive.pingsOutMax),
  fixed('HTTPHost', ({ monitor, listen }) => monitor?.host ?? listen.host),
  fixed('HTTPPort', ({ monitor }) => (monitor === null || monitor.isSecure ? 0 : monitor.port || -1)),
  fixed('HTTPBasePath', ({ monitor }) => monitor?.basePathGiven ?? ''),
  fixed('HTTPSPort', ({ monitor }) =>
    monitor?.isSecure === true ? monitor.port || -1 : (monitor?.unusedTlsPort ?? 0),
  ),
  fixed('MonitorAuth certificates', ({ monitorAuth }) => monitorAuth?.requiresClientCertificate ?? false),
  unnamed('MonitorAuth', 'settings', 'monitor_auth', ({ monitorAuth }) => JSON.stringify(monitorAuth)),
  changeable('AuthTimeout', 'settings', 'authorization timeout', ({ authorization }) => authorization.timeoutMs / 1000),
  changeable('MaxControlLine', 'settings', 'max_control_line', ({ limits }) => limits.controlLineMax),
  changeable('MaxPayload', 'settings', 'max_payload', ({ limits }) => limits.payloadMax),
  fixed('MaxPending', ({ limits }) => limits.pendingBytesMax),
  {
    name: 'NoFastProducerStall',
    of: ({ stallsFastProducers }) => stallsFastProducers,
    change: (_old, { stallsFastProducers }) => {
      const line = `Reloaded: fast producers will ${stallsFastProducers ? '' : 'not '}be stalled`;
      return parsed({ kind: 'settings', line });
    },
  },
  unnamed('JetStream', 'settings', 'JetStream', ({ jetstream }) => jetstream.isEnabled),
  fixed('NoJetStreamStrict', ({ jetstream }) => !jetstream.isStrict),
  jetstreamSize('JetStreamMaxMemory', 'max_mem_store', ({ jetstream }) => jetstream.memoryBytesMax),
  jetstreamSize('JetStreamMaxStore', 'max_file_store', ({ jetstream }) => jetstream.storeBytesMax),
  fixed('JetStreamDomain', ({ jetstream }) => jetstream.domain ?? ''),
  fixed('JetStreamUniqueTag', ({ jetstream }) => jetstream.uniqueTag ?? ''),
  unnamed('JetStreamLimits', 'settings', 'JetStream limits', ({ jetstream }) => JSON.stringify(jetstream.limits)),
  {
    name: 'StoreDir',
    of: ({ jetstream }) => jetstream.storeDirectory ?? '',
    change: (old, next) => {
      if (!old.jetstream.isEnabled || !next.jetstream.isEnabled) return parsed(null);
      const what = next.jetstream.storeDirectory === null ? 'dir' : 'directory';
      return refused(`config reload not supported for jetstream storage ${what}`);
    },
  },
  fixed('SyncInterval', ({ jetstream }) => (jetstream.sync === 'always' ? 'always' : duration(jetstream.sync))),
  {
    name: 'PidFile',
    of: ({ pidFile }) => pidFile ?? '',
    change: (_old, { pidFile }) =>
      parsed({ kind: 'pid file', line: pidFile === null ? null : `Reloaded: pid_file = ${pidFile}` }),
  },
  changeable('PortsFileDir', 'ports file', 'ports_file_dir', ({ portsFileDirectory }) => portsFileDirectory ?? ''),
  changeable('LogFile', 'logging', 'log_file', ({ logging }) => logging.file ?? ''),
  fixed('LogSizeLimit', ({ logging }) => logging.fileBytesMax),
  fixed('LogMaxFiles', ({ logging }) => logging.filesMax),
  changeable('Syslog', 'logging', 'syslog', ({ logging }) => logging.isSyslog),
  changeable('RemoteSyslog', 'logging', 'remote_syslog', ({ logging }) => logging.remoteSyslog ?? ''),
  changeable('TLSTimeout', 'tls', 'tls timeout', ({ tls }) => (tls?.timeoutMs ?? TLS_TIMEOUT_MS_DEFAULT) / 1000),
  fixed('TLSMap', ({ tls }) => tls?.mapsUsers ?? false),
  {
    // The files may have changed: they are read anew, and who does that knows whether anything has.
    name: 'TLSConfig',
    of: null,
    change: ({ tls: old }, { tls }) => {
      if (old === null && tls === null) return parsed(null);
      return parsed({ kind: 'certificates', line: `Reloaded: tls = ${tls === null ? 'disabled' : 'enabled'}` });
    },
  },
  {
    name: 'TLSPinnedCerts',
    of: ({ tls }) => [...(tls?.pinnedKeys ?? [])].sort().join(),
    change: (_old, { tls }) =>
      parsed({ kind: 'tls', line: `Reloaded: ${new Set(tls?.pinnedKeys ?? []).size} pinned_certs` }),
  },
  fixed('TLSRateLimit', ({ tls }) => tls?.handshakesPerSecondMax ?? 0),
  {
    name: 'TLSHandshakeFirst',
    of: ({ tls }) => tls?.isHandshakeFirst ?? false,
    change: (_old, { tls }) =>
      parsed({ kind: 'tls', line: `Reloaded: Client TLS handshake first: ${tls?.isHandshakeFirst ?? false}` }),
  },
  {
    name: 'TLSHandshakeFirstFallback',
    of: ({ tls }) => tls?.fallbackMs ?? 0,
    change: (_old, { tls }) => {
      const delay = duration(tls?.fallbackMs ?? 0);
      return parsed({ kind: 'tls', line: `Reloaded: Client TLS handshake first fallback delay: ${delay}` });
    },
  },
  fixed('AllowNonTLS', ({ allowsNonTls }) => allowsNonTls),
  changeable('WriteDeadline', 'settings', 'write_deadline', ({ writeDeadlineMs }) => duration(writeDeadlineMs)),
  fixed('MaxClosedClients', ({ limits }) => limits.closedClientsMax),
  fixed('LameDuckDuration', ({ lameDuck }) => duration(lameDuck.durationMs)),
  fixed('LameDuckGracePeriod', ({ lameDuck }) => duration(lameDuck.gracePeriodMs)),
  changeable('MaxTracedMsgLen', 'tracing', 'max_traced_msg_len', ({ logging }) => logging.tracedBytesMax),
  changeable(
    'ConnectErrorReports',
    'settings',
    'connect_error_reports',
    ({ connectErrorReports }) => connectErrorReports,
  ),
  changeable(
    'ReconnectErrorReports',
    'settings',
    'reconnect_error_reports',
    ({ reconnectErrorReports }) => reconnectErrorReports,
  ),
  unnamed('Tags', 'settings', 'tags', ({ serverTags }) => JSON.stringify(serverTags)),
  unnamed('Metadata', 'settings', 'metadata', ({ serverMetadata }) => JSON.stringify([...serverMetadata].sort())),
];

/** May grow, where it was said; with JetStream switched off anything goes. */
function jetstreamSize(name: string, label: string, of: (options: Options) => number | null): Field {
  return {
    name,
    of: (options) => of(options) ?? -1,
    change: (old, next) => {
      if (!old.jetstream.isEnabled) return parsed(null);
      const was = of(old);
      const will = of(next);
      if (will !== null && was !== null && will > was) {
        return parsed({ kind: 'settings', line: `Reloaded: JetStream ${label} = ${bytesText(will)}` });
      }
      if (was === null) return refused('config reload not supported for jetstream dynamic max memory and store');
      if (will !== null) return refused('config reload not supported for decreasing jetstream max memory and store');
      if (!next.jetstream.isEnabled) return parsed(null);
      return refused('config reload not supported for jetstream max memory and max store');
    },
  };
}
