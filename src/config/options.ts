// Everything a server can be told, with every default, as one readonly tree: the only thing that the rest of the house sees
// of files and flags. app/compose reads it and gives each room its part. Defaults are the reference's except for
// `sync_interval`, which is `always` here: an acknowledgement means that the disk has it.
import { durationText, MILLISECOND } from '../base/duration.ts';
import type { Mapping } from '../subject/mapping.ts';
import { cleanPath } from './config_path.ts';
import { goQuote } from './go_text.ts';
import type { AccountOptions, UserOptions } from './identity_options.ts';
import type { JetStreamDraft, JetStreamLimitsDraft, MonitorAuthDraft, OptionsDraft } from './options_draft.ts';
import { type TlsOptions, tlsOptionsOf } from './tls_options.ts';

export interface Options {
  /** Null when there is only the command line. */
  readonly configFile: string | null;
  /** `sha256:...` of what the file says, or null. */
  readonly configDigest: string | null;
  /** Null: the server's id is its name. */
  readonly serverName: string | null;
  readonly serverTags: readonly string[];
  readonly serverMetadata: ReadonlyMap<string, string>;
  readonly listen: ListenOptions;
  /** Null: no monitoring. */
  readonly monitor: MonitorOptions | null;
  /** Null: everybody may read it. */
  readonly monitorAuth: MonitorAuthOptions | null;
  readonly limits: LimitOptions;
  readonly keepalive: KeepaliveOptions;
  readonly authorization: AuthorizationOptions;
  /** Null: clients come in clear. */
  readonly tls: TlsOptions | null;
  /** With TLS, clients may come in clear too. */
  readonly allowsNonTls: boolean;
  /** Without `$G`, and without `$SYS` unless it is in the file. */
  readonly accounts: readonly AccountOptions[];
  /** Null: there is none. */
  readonly systemAccount: string | null;
  readonly logging: LoggingOptions;
  readonly lameDuck: LameDuckOptions;
  /** Of the global account. */
  readonly mappings: readonly Mapping[];
  readonly jetstream: JetStreamOptions;
  readonly writeDeadlineMs: number;
  readonly headersSupported: boolean;
  readonly cachesSublist: boolean;
  readonly stallsFastProducers: boolean;
  /** A failing link is reported at every so-many-th attempt. */
  readonly connectErrorReports: number;
  readonly reconnectErrorReports: number;
  readonly pidFile: string | null;
  readonly portsFileDirectory: string | null;
}

export interface ListenOptions {
  readonly host: string;
  /** 0: the system chooses. */
  readonly port: number;
  readonly clientAdvertise: string | null;
}

export interface MonitorOptions {
  readonly host: string;
  /** 0: the system chooses. */
  readonly port: number;
  /** Over HTTPS, with the certificate of `tls`. */
  readonly isSecure: boolean;
  /** Asked for besides `port`: nobody gets both. */
  readonly unusedTlsPort: number | null;
  /** Starts with a slash, and ends with one only if it is nothing else. */
  readonly basePath: string;
  /** As the configuration has it; empty where it says nothing. */
  readonly basePathGiven: string;
}

export interface MonitorAuthOptions {
  /** Plain, or `sha256:` and the hash in hexadecimal; the same for the password. */
  readonly token: string | null;
  readonly user: string | null;
  readonly password: string | null;
  /** Besides the secret, where there is one. */
  readonly requiresClientCertificate: boolean;
  /** /healthz asks for nothing. */
  readonly opensHealthz: boolean;
}

export interface LimitOptions {
  /** Bytes of headers and payload together. */
  readonly payloadMax: number;
  readonly controlLineMax: number;
  /** Bytes waiting for one client. */
  readonly pendingBytesMax: number;
  /** 0: nobody may connect. */
  readonly connectionsMax: number;
  /** Of one connection; 0: no limit. */
  readonly subscriptionsMax: number;
  /** Of one subscription; 0: no limit. */
  readonly subscriptionTokensMax: number;
  /** Closed connections that monitoring remembers. */
  readonly closedClientsMax: number;
}

export interface KeepaliveOptions {
  readonly pingIntervalMs: number;
  readonly pingsOutMax: number;
}

export interface AuthorizationOptions {
  readonly user: string | null;
  /** Plain or a bcrypt hash. */
  readonly password: string | null;
  readonly token: string | null;
  readonly timeoutMs: number;
  /** Whether the file has the block, whatever it says. */
  readonly isConfigured: boolean;
  /** Of all accounts. */
  readonly users: readonly UserOptions[];
  /** Whom those are taken for who present nothing; null: they are refused where there are users. */
  readonly noAuthUser: string | null;
}

export interface LoggingOptions {
  readonly isDebug: boolean;
  readonly isTrace: boolean;
  /** The system account's traffic too. */
  readonly isTraceVerbose: boolean;
  /** Of a traced message only the headers. */
  readonly tracesHeadersOnly: boolean;
  /** Of a traced message at most so many bytes; 0: all. */
  readonly tracedBytesMax: number;
  readonly hasTime: boolean;
  readonly isUtc: boolean;
  /** `json` is an extension of ours. */
  readonly format: LogFormat;
  /** Null: none. Wins over the others. */
  readonly file: string | null;
  /** A larger file is set aside; 0: never. */
  readonly fileBytesMax: number;
  /** Files kept, the current one too; 0: all. */
  readonly filesMax: number;
  /** To this machine's syslog. */
  readonly isSyslog: boolean;
  /** To the syslog server at this address; null: to none. Wins over this machine's. */
  readonly remoteSyslog: string | null;
}

export type LogFormat = 'nats' | 'json';

export interface LameDuckOptions {
  readonly durationMs: number;
  readonly gracePeriodMs: number;
}

/**
 * When stored messages are on the disk: `always` before they are acknowledged; a number of milliseconds says how often
 * everything is synced, and acknowledgements do not wait.
 */
export type SyncInterval = 'always' | number;

export interface JetStreamOptions {
  readonly isEnabled: boolean;
  /** Refuses API requests with unknown fields. */
  readonly isStrict: boolean;
  /** The directory above `jetstream`. Null: one that the reference would use too, below the temporary directory. */
  readonly storeDirectory: string | null;
  readonly domain: string | null;
  /** Null: three quarters of the machine's memory. */
  readonly memoryBytesMax: number | null;
  /** Null: what the disk has free. */
  readonly storeBytesMax: number | null;
  readonly sync: SyncInterval;
  readonly uniqueTag: string | null;
  readonly limits: JetStreamLimitOptions;
}

/** Null: the reference's own limit, or none. */
export interface JetStreamLimitOptions {
  readonly ackPendingMax: number | null;
  readonly haAssetsMax: number | null;
  readonly requestBatchMax: number | null;
  /** Consumers of a stream when neither stream nor account say; negative: no limit. */
  readonly consumersMaxDefault: number;
  readonly duplicateWindowMs: number | null;
  readonly batchesInflightPerStreamMax: number | null;
  readonly batchesInflightTotalMax: number | null;
  readonly batchMessagesMax: number | null;
  readonly batchTimeoutMs: number | null;
}

const HOST_DEFAULT = '0.0.0.0';
const PORT_DEFAULT = 4222;
const PORT_RANDOM = -1;
const PORT_MAX = 65535;
const PAYLOAD_MAX_DEFAULT = 1024 * 1024;
const PAYLOAD_MAX_HIGHEST = 2 ** 31 - 1;
const CONTROL_LINE_MAX_DEFAULT = 4096;
const PENDING_BYTES_MAX_DEFAULT = 64 * 1024 * 1024;
const CONNECTIONS_MAX_DEFAULT = 64 * 1024;
const CLOSED_CLIENTS_MAX_DEFAULT = 10_000;
const PING_INTERVAL_MS_DEFAULT = 120_000;
const PINGS_OUT_MAX_DEFAULT = 2;
const WRITE_DEADLINE_MS_DEFAULT = 10_000;
const AUTH_TIMEOUT_MS_DEFAULT = 2_000;
const LAME_DUCK_DURATION_MS_DEFAULT = 120_000;
const LAME_DUCK_GRACE_PERIOD_MS_DEFAULT = 10_000;
const CONNECT_ERROR_REPORTS_DEFAULT = 3_600;
const RECONNECT_ERROR_REPORTS_DEFAULT = 1;
/** The account of those who run the server, unless the configuration names another. */
export const SYSTEM_ACCOUNT = '$SYS';
const CONSUMERS_MAX_DEFAULT = 1_000;
/** What `sync_interval: 0` means. Compat: filestore.go, defaultSyncInterval. */
const SYNC_INTERVAL_MS_FOR_ZERO = 120_000;

/** Where the draft says nothing, or 0, the default holds, except where 0 is a limit of its own. */
export function optionsOf(draft: OptionsDraft, configFile: string | null, configDigest: string | null): Options {
  const host = draft.host || HOST_DEFAULT;
  const tls = draft.tls === null ? null : tlsOptionsOf(draft.tls);
  return {
    configFile,
    configDigest,
    serverName: draft.serverName || null,
    serverTags: draft.serverTags,
    serverMetadata: draft.serverMetadata,
    listen: { host, port: portOf(draft.port || PORT_DEFAULT), clientAdvertise: draft.clientAdvertise || null },
    monitor: monitorOf(draft, host),
    monitorAuth: monitorAuthOf(draft.monitorAuth),
    limits: limitsOf(draft),
    keepalive: {
      pingIntervalMs: draft.pingIntervalMs || PING_INTERVAL_MS_DEFAULT,
      pingsOutMax: draft.pingsOutMax || PINGS_OUT_MAX_DEFAULT,
    },
    authorization: {
      user: draft.user || null,
      password: draft.password || null,
      token: draft.token || null,
      timeoutMs: (draft.authTimeoutSeconds ?? 0) * 1000 || authTimeoutMsDefault(tls),
      isConfigured: draft.hasAuthorization,
      users: draft.users,
      noAuthUser: draft.noAuthUser || null,
    },
    tls,
    allowsNonTls: draft.allowsNonTls,
    accounts: draft.accounts,
    systemAccount: systemAccountOf(draft),
    logging: loggingOf(draft),
    lameDuck: {
      durationMs: draft.lameDuckDurationMs || LAME_DUCK_DURATION_MS_DEFAULT,
      gracePeriodMs: draft.lameDuckGracePeriodMs || LAME_DUCK_GRACE_PERIOD_MS_DEFAULT,
    },
    mappings: draft.mappings,
    jetstream: jetstreamOf(draft.jetstream),
    writeDeadlineMs: draft.writeDeadlineMs || WRITE_DEADLINE_MS_DEFAULT,
    headersSupported: !draft.hasNoHeaders,
    cachesSublist: !draft.hasNoSublistCache,
    stallsFastProducers: !draft.hasNoFastProducerStall,
    connectErrorReports: draft.connectErrorReports || CONNECT_ERROR_REPORTS_DEFAULT,
    reconnectErrorReports: draft.reconnectErrorReports || RECONNECT_ERROR_REPORTS_DEFAULT,
    pidFile: draft.pidFile || null,
    portsFileDirectory: draft.portsFileDirectory || null,
  };
}

/** Compat: opts.go, getDefaultAuthTimeout: a second more than the handshake before it may take. */
function authTimeoutMsDefault(tls: TlsOptions | null): number {
  return tls === null ? AUTH_TIMEOUT_MS_DEFAULT : tls.timeoutMs + 1_000;
}

function portOf(port: number): number {
  return port === PORT_RANDOM ? 0 : port;
}

/** An account `$SYS` in the file is the system account; JetStream needs one in any case. */
function systemAccountOf(draft: OptionsDraft): string | null {
  if (draft.systemAccount) return draft.systemAccount;
  const isConfigured = draft.accounts.some(({ name }) => name === SYSTEM_ACCOUNT);
  return draft.hasNoSystemAccount && !isConfigured && !draft.jetstream.isEnabled ? null : SYSTEM_ACCOUNT;
}

function monitorOf(draft: OptionsDraft, listenHost: string): MonitorOptions | null {
  const port = draft.monitorPort || draft.monitorTlsPort || 0;
  if (port === 0) return null;
  return {
    host: draft.monitorHost || listenHost,
    port: portOf(port),
    isSecure: !draft.monitorPort,
    unusedTlsPort: draft.monitorPort ? draft.monitorTlsPort || null : null,
    basePath: cleanPath(`/${draft.monitorBasePath ?? ''}`),
    basePathGiven: draft.monitorBasePath ?? '',
  };
}

function monitorAuthOf(draft: MonitorAuthDraft | null): MonitorAuthOptions | null {
  if (draft === null) return null;
  return {
    token: draft.token || null,
    user: draft.user || null,
    password: draft.password || null,
    requiresClientCertificate: draft.requiresClientCertificate,
    opensHealthz: draft.opensHealthz,
  };
}

function limitsOf(draft: OptionsDraft): LimitOptions {
  // Said as 0 or less it means that nobody may connect. Compat: opts.go, processConfigFileLine, max_connections.
  const connectionsMax = Math.max(draft.connectionsMax ?? CONNECTIONS_MAX_DEFAULT, 0);
  // -1 is no limit there, but INFO carries 31 bits.
  const payloadMax = draft.payloadMax === -1 ? PAYLOAD_MAX_HIGHEST : draft.payloadMax || PAYLOAD_MAX_DEFAULT;
  return {
    payloadMax,
    controlLineMax: draft.controlLineMax || CONTROL_LINE_MAX_DEFAULT,
    pendingBytesMax: draft.pendingBytesMax || PENDING_BYTES_MAX_DEFAULT,
    connectionsMax,
    subscriptionsMax: Math.max(draft.subscriptionsMax ?? 0, 0),
    subscriptionTokensMax: draft.subscriptionTokensMax ?? 0,
    closedClientsMax: draft.closedClientsMax || CLOSED_CLIENTS_MAX_DEFAULT,
  };
}

function loggingOf(draft: OptionsDraft): LoggingOptions {
  return {
    isDebug: draft.isDebug,
    isTrace: draft.isTrace,
    isTraceVerbose: draft.isTraceVerbose,
    tracesHeadersOnly: draft.tracesHeadersOnly,
    tracedBytesMax: Math.max(draft.tracedBytesMax ?? 0, 0),
    hasTime: draft.hasLogTime,
    isUtc: draft.isLogTimeUtc,
    format: draft.logFormat ?? 'nats',
    file: draft.logFile || null,
    fileBytesMax: draft.logFileBytesMax ?? 0,
    filesMax: draft.logFilesMax ?? 0,
    isSyslog: draft.isSyslog,
    remoteSyslog: draft.remoteSyslog || null,
  };
}

function jetstreamOf(draft: JetStreamDraft): JetStreamOptions {
  return {
    isEnabled: draft.isEnabled,
    isStrict: draft.isStrict,
    storeDirectory: draft.storeDirectory || null,
    domain: draft.domain || null,
    memoryBytesMax: automaticBelowZero(draft.memoryBytesMax),
    storeBytesMax: automaticBelowZero(draft.storeBytesMax),
    sync: draft.sync === null ? 'always' : draft.sync || SYNC_INTERVAL_MS_FOR_ZERO,
    uniqueTag: draft.uniqueTag || null,
    limits: jetstreamLimitsOf(draft.limits),
  };
}

function automaticBelowZero(bytes: number | null): number | null {
  return bytes === null || bytes < 0 ? null : bytes;
}

function jetstreamLimitsOf(draft: JetStreamLimitsDraft): JetStreamLimitOptions {
  const positive = (limit: number | null) => (limit !== null && limit > 0 ? limit : null);
  return {
    ackPendingMax: positive(draft.ackPendingMax),
    haAssetsMax: positive(draft.haAssetsMax),
    requestBatchMax: positive(draft.requestBatchMax),
    consumersMaxDefault: draft.consumersMaxDefault || CONSUMERS_MAX_DEFAULT,
    duplicateWindowMs: positive(draft.duplicateWindowMs),
    batchesInflightPerStreamMax: positive(draft.batchesInflightPerStreamMax),
    batchesInflightTotalMax: positive(draft.batchesInflightTotalMax),
    batchMessagesMax: positive(draft.batchMessagesMax),
    batchTimeoutMs: positive(draft.batchTimeoutMs),
  };
}

/**
 * Why no server can be started with these options, or null. What `-t` does not look at, as in the reference.
 * Compat: server.go, validateOptions; what fails there only later, or never, is marked.
 */
export function checkOptions(options: Options): string | null {
  const { lameDuck, limits, jetstream } = options;
  if (lameDuck.gracePeriodMs >= lameDuck.durationMs) {
    const grace = `lame duck grace period (${msText(lameDuck.gracePeriodMs)})`;
    return `${grace} should be strictly lower than lame duck duration (${msText(lameDuck.durationMs)})`;
  }
  if (limits.payloadMax > limits.pendingBytesMax) {
    return `max_payload (${limits.payloadMax}) cannot be higher than max_pending (${limits.pendingBytesMax})`;
  }
  if (options.serverName?.includes(' ') === true) return 'server name cannot contain spaces';
  const identityFault = noAuthUserFault(options.authorization) ?? systemAccountFault(options);
  if (identityFault !== null) return identityFault;
  if (jetstream.domain !== null) {
    const fault = domainFault(jetstream.domain);
    if (fault !== null) return fault;
  }
  const { monitor } = options;
  if (monitor !== null && monitor.unusedTlsPort !== null) {
    return `can't specify both HTTP (${monitor.port}) and HTTPs (${monitor.unusedTlsPort}) ports`;
  }
  if (monitor?.isSecure === true && options.tls === null) return 'TLS cert and key required for HTTPS';
  if (options.monitorAuth?.requiresClientCertificate === true) {
    const fault = certificateFault(options);
    if (fault !== null) return fault;
  }
  return (
    portFault('port', options.listen.port) ??
    portFault(monitor?.isSecure === true ? 'https_port' : 'http_port', monitor?.port ?? 0) ??
    signFault(options)
  );
}

/** Compat: auth.go, validateNoAuthUser. */
function noAuthUserFault({ noAuthUser, users }: AuthorizationOptions): string | null {
  if (noAuthUser === null || users.some(({ name }) => name === noAuthUser)) return null;
  if (users.length === 0) return `no_auth_user: "${noAuthUser}" present, but users/nkeys are not defined`;
  const where = 'in authorization block or account configuration';
  return `no_auth_user: "${noAuthUser}" not present as user or nkey ${where}`;
}

/** Compat: server.go, configureAccounts and Start. */
function systemAccountFault({ systemAccount, accounts, jetstream }: Options): string | null {
  const account = accounts.find(({ name }) => name === systemAccount);
  if (account === undefined) {
    const isAutomatic = systemAccount === null || systemAccount === SYSTEM_ACCOUNT;
    return isAutomatic ? null : 'error resolving system account: account missing';
  }
  const isBusy = jetstream.isEnabled && account.jetstream !== null;
  return isBusy ? 'Not allowed to enable JetStream on the system account' : null;
}

/** Asking for certificates without saying who signs them would let in whoever buys one. */
function certificateFault({ monitor, tls }: Options): string | null {
  const name = `'require_client_certificate' of 'monitor_auth'`;
  if (monitor?.isSecure !== true) return `${name} needs monitoring over HTTPS: say https_port`;
  return (tls?.caFile ?? null) === null ? `${name} needs the 'ca_file' of 'tls', which says who signs them` : null;
}

function domainFault(domain: string): string | null {
  // Compat: jetstream.go, validateJetStreamOptions: first as a subject, then as a name.
  const tokens = domain.split('.');
  if (/[ \t\r\n\f]/.test(domain) || tokens.includes('') || tokens.includes('>')) {
    return `invalid domain name: derived ${goQuote(`$JS.${domain}.API.>`)} is not a valid subject`;
  }
  return /[.*>]/.test(domain) ? 'invalid domain name: may not contain ., * or >' : null;
}

/** The reference finds out when it listens. */
function portFault(name: string, port: number): string | null {
  if (Number.isInteger(port) && port >= 0 && port <= PORT_MAX) return null;
  return `${name} ${port} is none: it goes from 1 to ${PORT_MAX}, and -1 lets the system choose`;
}

/** The reference takes these and then serves nobody. */
function signFault(options: Options): string | null {
  const { limits, keepalive, jetstream, authorization } = options;
  const amounts: readonly (readonly [string, number])[] = [
    ['max_payload', limits.payloadMax],
    ['max_control_line', limits.controlLineMax],
    ['max_closed_clients', limits.closedClientsMax],
    ['ping_interval', keepalive.pingIntervalMs],
    ['ping_max', keepalive.pingsOutMax],
    ['write_deadline', options.writeDeadlineMs],
    ['authorization timeout', authorization.timeoutMs],
    ['sync_interval', jetstream.sync === 'always' ? 1 : jetstream.sync],
  ];
  const wrong = amounts.find(([, amount]) => amount < 0);
  return wrong === undefined ? null : `${wrong[0]} must not be negative`;
}

function msText(ms: number): string {
  return durationText(BigInt(Math.round(ms * Number(MILLISECOND))));
}
