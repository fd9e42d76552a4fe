// What the file and the flags have said so far; null is not said. The blocks of the file write it, then the flags overwrite
// it (flags win), then options.ts makes Options of it. Never seen outside this room.
// Numbers are as written: 0 and -1 have their meaning only in options.ts.
import type { Mapping } from '../subject/mapping.ts';

import type { AccountOptions, UserOptions } from './identity_options.ts';
import type { TlsDraft } from './tls_draft.ts';

export interface OptionsDraft {
  serverName: string | null;
  serverTags: string[];
  serverMetadata: Map<string, string>;
  host: string | null;
  port: number | null;
  clientAdvertise: string | null;
  monitorHost: string | null;
  monitorPort: number | null;
  monitorBasePath: string | null;
  monitorTlsPort: number | null;
  monitorAuth: MonitorAuthDraft | null;
  payloadMax: number | null;
  controlLineMax: number | null;
  pendingBytesMax: number | null;
  connectionsMax: number | null;
  subscriptionsMax: number | null;
  subscriptionTokensMax: number | null;
  closedClientsMax: number | null;
  pingIntervalMs: number | null;
  pingsOutMax: number | null;
  writeDeadlineMs: number | null;
  lameDuckDurationMs: number | null;
  lameDuckGracePeriodMs: number | null;
  connectErrorReports: number | null;
  reconnectErrorReports: number | null;
  hasNoHeaders: boolean;
  hasNoSublistCache: boolean;
  hasNoFastProducerStall: boolean;
  user: string | null;
  password: string | null;
  token: string | null;
  authTimeoutSeconds: number | null;
  tls: TlsDraft | null;
  /** What the flags say of TLS. */
  readonly tlsFlags: TlsFlagsDraft;
  allowsNonTls: boolean;
  /** Whether there is an authorization block, whatever it says. */
  hasAuthorization: boolean;
  readonly users: UserOptions[];
  readonly accounts: AccountOptions[];
  noAuthUser: string | null;
  systemAccount: string | null;
  hasNoSystemAccount: boolean;
  isDebug: boolean;
  isTrace: boolean;
  isTraceVerbose: boolean;
  tracesHeadersOnly: boolean;
  hasLogTime: boolean;
  isLogTimeUtc: boolean;
  logFormat: 'nats' | 'json' | null;
  logFile: string | null;
  logFileBytesMax: number | null;
  logFilesMax: number | null;
  isSyslog: boolean;
  remoteSyslog: string | null;
  tracedBytesMax: number | null;
  pidFile: string | null;
  portsFileDirectory: string | null;
  /** Of the global account. */
  readonly mappings: Mapping[];
  readonly jetstream: JetStreamDraft;
}

export interface MonitorAuthDraft {
  token: string;
  user: string;
  password: string;
  requiresClientCertificate: boolean;
  opensHealthz: boolean;
}

export function emptyMonitorAuthDraft(): MonitorAuthDraft {
  return { token: '', user: '', password: '', requiresClientCertificate: false, opensHealthz: false };
}

export interface TlsFlagsDraft {
  /** `--tls`, or `--tls=false`. */
  isOn: boolean | null;
  /** One of the others was given. */
  isGiven: boolean;
  certFile: string;
  keyFile: string;
  caFile: string;
  verifies: boolean;
}

export interface JetStreamDraft {
  isEnabled: boolean;
  isStrict: boolean;
  storeDirectory: string | null;
  domain: string | null;
  memoryBytesMax: number | null;
  storeBytesMax: number | null;
  sync: 'always' | number | null;
  uniqueTag: string | null;
  readonly limits: JetStreamLimitsDraft;
}

export interface JetStreamLimitsDraft {
  ackPendingMax: number | null;
  haAssetsMax: number | null;
  requestBatchMax: number | null;
  consumersMaxDefault: number | null;
  duplicateWindowMs: number | null;
  batchesInflightPerStreamMax: number | null;
  batchesInflightTotalMax: number | null;
  batchMessagesMax: number | null;
  batchTimeoutMs: number | null;
}

export function emptyDraft(): OptionsDraft {
  return {
    serverName: null,
    serverTags: [],
    serverMetadata: new Map(),
    host: null,
    port: null,
    clientAdvertise: null,
    monitorHost: null,
    monitorPort: null,
    monitorBasePath: null,
    monitorTlsPort: null,
    monitorAuth: null,
    payloadMax: null,
    controlLineMax: null,
    pendingBytesMax: null,
    connectionsMax: null,
    subscriptionsMax: null,
    subscriptionTokensMax: null,
    closedClientsMax: null,
    pingIntervalMs: null,
    pingsOutMax: null,
    writeDeadlineMs: null,
    lameDuckDurationMs: null,
    lameDuckGracePeriodMs: null,
    connectErrorReports: null,
    reconnectErrorReports: null,
    hasNoHeaders: false,
    hasNoSublistCache: false,
    hasNoFastProducerStall: false,
    user: null,
    password: null,
    token: null,
    authTimeoutSeconds: null,
    tls: null,
    tlsFlags: { isOn: null, certFile: '', keyFile: '', caFile: '', verifies: false, isGiven: false },
    allowsNonTls: false,
    hasAuthorization: false,
    users: [],
    accounts: [],
    noAuthUser: null,
    systemAccount: null,
    hasNoSystemAccount: false,
    isDebug: false,
    isTrace: false,
    isTraceVerbose: false,
    tracesHeadersOnly: false,
    hasLogTime: true,
    isLogTimeUtc: false,
    logFormat: null,
    logFile: null,
    logFileBytesMax: null,
    logFilesMax: null,
    isSyslog: false,
    remoteSyslog: null,
    tracedBytesMax: null,
    pidFile: null,
    portsFileDirectory: null,
    mappings: [],
    jetstream: emptyJetStreamDraft(),
  };
}

function emptyJetStreamDraft(): JetStreamDraft {
  return {
    isEnabled: false,
    isStrict: true,
    storeDirectory: null,
    domain: null,
    memoryBytesMax: null,
    storeBytesMax: null,
    sync: null,
    uniqueTag: null,
    limits: {
      ackPendingMax: null,
      haAssetsMax: null,
      requestBatchMax: null,
      consumersMaxDefault: null,
      duplicateWindowMs: null,
      batchesInflightPerStreamMax: null,
      batchesInflightTotalMax: null,
      batchMessagesMax: null,
      batchTimeoutMs: null,
    },
  };
}
