// Whether one server is well: how long it is up, what it uses, what it asks of clients, how long its certificates hold.
// Asked in the system account. Compat: jsm.go monitor/server.go.
import { errorText } from '../../base/errors.ts';
import { durationGo, durationHuman } from '../output/human.ts';
import { type Session, timeMs } from '../session.ts';
import type { CheckResult } from './check_result.ts';
import { firstAnswer } from './system_answer.ts';

/** Times in seconds; 0 for none. */
export const SERVER_OPTIONS = {
  name: '',
  cpuWarning: 0,
  cpuCritical: 0,
  memoryWarning: 0,
  memoryCritical: 0,
  connectionsWarning: 0,
  connectionsCritical: 0,
  subscriptionsWarning: 0,
  subscriptionsCritical: 0,
  uptimeWarning: 0,
  uptimeCritical: 0,
  authenticationRequired: false,
  tlsRequired: false,
  tlsExpireWarning: 0,
  tlsExpireCritical: 0,
  jetStreamRequired: false,
};

export type ServerOptions = typeof SERVER_OPTIONS;

interface WithCertificate {
  readonly tls_cert_not_after?: string;
}

export interface Varz extends WithCertificate {
  readonly server_name: string;
  readonly version: string;
  readonly now: string;
  readonly start: string;
  readonly cpu: number;
  readonly mem: number;
  readonly connections: number;
  readonly subscriptions: number;
  readonly auth_required?: boolean;
  readonly tls_required?: boolean;
  readonly jetstream?: {
    readonly config?: { readonly max_storage?: number; readonly store_dir?: string } | null;
    readonly stats?: { readonly storage?: number };
  };
  readonly cluster?: WithCertificate;
  readonly gateway?: WithCertificate;
  readonly leaf?: WithCertificate;
  readonly mqtt?: WithCertificate;
  readonly websocket?: WithCertificate;
}

export async function checkServer(session: Session, result: CheckResult, options: ServerOptions): Promise<void> {
  try {
    await session.connect();
  } catch (error) {
    result.critical(`connection failed: ${errorText(error)}`);
    return;
  }
  let varz: Varz;
  try {
    const body = { server_name: options.name, exact_match: true };
    varz = await firstAnswer<Varz>(session, 'VARZ', body, session.timeoutMs);
  } catch (error) {
    result.critical(`varz failed: ${errorText(error)}`);
    return;
  }
  judgeServer(varz, result, options);
}

export function judgeServer(varz: Varz, result: CheckResult, options: ServerOptions): void {
  if (varz.server_name !== options.name) {
    result.critical(`result from wrong server "${varz.server_name}"`);
    return;
  }
  judgeRequirements(varz, result, options);
  if (!judgeCertificates(varz, result, options)) return;
  const up = (timeMs(varz.now) - timeMs(varz.start)) / 1000;
  if (!judgeUptime(up, result, options)) return;
  measureServer(varz, result, { up, options });
  const { cpuWarning, cpuCritical, memoryWarning, memoryCritical } = options;
  judgeValue(result, 'CPU', { value: varz.cpu, warning: cpuWarning, critical: cpuCritical, mayInvert: false });
  judgeValue(result, 'Memory', {
    value: varz.mem,
    warning: memoryWarning,
    critical: memoryCritical,
    mayInvert: false,
  });
  judgeValue(result, 'Connections', {
    value: varz.connections,
    warning: options.connectionsWarning,
    critical: options.connectionsCritical,
    mayInvert: true,
  });
  judgeValue(result, 'Subscriptions', {
    value: varz.subscriptions,
    warning: options.subscriptionsWarning,
    critical: options.subscriptionsCritical,
    mayInvert: true,
  });
}

function judgeRequirements(varz: Varz, result: CheckResult, options: ServerOptions): void {
  const hasJetStream = varz.jetstream?.config !== undefined && varz.jetstream.config !== null;
  const judge = (isWanted: boolean, isSo: boolean, [yes, no]: readonly [string, string]): void => {
    if (isWanted && isSo) result.ok(yes);
    else if (isWanted) result.critical(no);
  };
  judge(options.jetStreamRequired, hasJetStream, ['JetStream enabled', 'JetStream not enabled']);
  judge(options.tlsRequired, varz.tls_required === true, ['TLS required', 'TLS not required']);
  const isAuthRequired = varz.auth_required === true;
  judge(options.authenticationRequired, isAuthRequired, ['Authentication required', 'Authentication not required']);
}

/** False where nothing more can be said. */
function judgeCertificates(varz: Varz, result: CheckResult, options: ServerOptions): boolean {
  const { tlsExpireWarning: warning, tlsExpireCritical: critical } = options;
  if (warning <= 0 && critical <= 0) return true;
  const certificates = [
    ['server', varz],
    ['cluster', varz.cluster],
    ['gateway', varz.gateway],
    ['leafnode', varz.leaf],
    ['mqtt', varz.mqtt],
    ['websocket', varz.websocket],
  ] as const;
  const found = certificates.flatMap(([component, part]) => {
    const expiry = part?.tls_cert_not_after ?? '';
    return expiry === '' || expiry.startsWith('0001-') ? [] : [{ component, expiry }];
  });
  if (found.length === 0) {
    result.critical('TLS certificate expiry thresholds configured but no TLS certificates found');
    return false;
  }
  for (const { component, expiry } of found) {
    const seconds = Math.trunc((timeMs(expiry) - timeMs(varz.now)) / 1000);
    const what = `${component} TLS certificate`;
    const text = `${what} expires in ${durationGo(seconds * 1e9)} (expires_at=${expiry})`;
    if (seconds <= 0) result.critical(`${what} expired (expired_at=${expiry})`);
    else if (critical > 0 && seconds <= critical) result.critical(text);
    else if (warning > 0 && seconds <= warning) result.warn(text);
    else result.ok(text);
  }
  return true;
}

/** False where the thresholds make no sense. A server that is up for too short a time has restarted. */
function judgeUptime(up: number, result: CheckResult, options: ServerOptions): boolean {
  const { uptimeWarning: warning, uptimeCritical: critical } = options;
  if (warning <= 0 && critical <= 0) return true;
  if (critical > warning) {
    result.critical('Up invalid thresholds');
    return false;
  }
  const text = `Up ${durationHuman(up * 1e9)}`;
  if (up <= critical) result.critical(text);
  else if (up <= warning) result.warn(text);
  else result.ok(text);
  return true;
}

function measureServer(
  varz: Varz,
  result: CheckResult,
  { up, options }: { readonly up: number; readonly options: ServerOptions },
): void {
  const { uptimeWarning, uptimeCritical, cpuWarning, cpuCritical, memoryWarning, memoryCritical } = options;
  result.measure('uptime', up, 'NATS Server uptime in seconds', {
    warning: uptimeWarning,
    critical: uptimeCritical,
    unit: 's',
  });
  result.measure('cpu', varz.cpu, 'NATS Server CPU usage in percentage', {
    warning: cpuWarning,
    critical: cpuCritical,
    unit: '%',
  });
  result.measure('mem', varz.mem, 'NATS Server memory usage in bytes', {
    warning: memoryWarning,
    critical: memoryCritical,
  });
  result.measure('connections', varz.connections, 'Active connections', {
    warning: options.connectionsWarning,
    critical: options.connectionsCritical,
  });
  result.measure('subscriptions', varz.subscriptions, 'Active subscriptions', {
    warning: options.subscriptionsWarning,
    critical: options.subscriptionsCritical,
  });
}

interface Judged {
  readonly value: number;
  readonly warning: number;
  readonly critical: number;
  /** A critical threshold below the warning means that fewer is worse. */
  readonly mayInvert: boolean;
}

function judgeValue(result: CheckResult, name: string, { value, warning, critical, mayInvert }: Judged): void {
  if (warning === 0 && critical === 0) return;
  const isInverted = critical < warning;
  if (isInverted && !mayInvert) {
    result.critical(`${name} invalid thresholds`);
    return;
  }
  const isBeyond = (limit: number): boolean => (isInverted ? value <= limit : value >= limit);
  const text = `${name} ${value.toFixed(2)}`;
  if (isBeyond(critical)) result.critical(text);
  else if (isBeyond(warning)) result.warn(text);
  else result.ok(text);
}
