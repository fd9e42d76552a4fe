// From what the configuration says of TLS to what the server and monitoring are given. Reads the certificates by way of the
// network; what is wrong with them is an OperatingError of its.
import type { Logger } from '../base/log.ts';
import type { Options } from '../config/options.ts';
import type { TlsOptions } from '../config/tls_options.ts';
import type { Network } from '../ports/network.ts';
import type { TlsContext, TlsSettings } from '../ports/tls.ts';
import type { ServerTls } from '../server/server_tls.ts';

/** Null: clients come in clear. */
export function serverTls(network: Network, { tls, allowsNonTls }: Options): ServerTls | null {
  if (tls === null) return null;
  return {
    context: network.tls(settingsOf(tls, tls.verifiesClients)),
    timeoutMs: tls.timeoutMs,
    isHandshakeFirst: tls.isHandshakeFirst,
    fallbackMs: Math.max(tls.fallbackMs, 0),
    allowsPlain: allowsNonTls,
    pinnedKeys: tls.pinnedKeys === null ? null : new Set(tls.pinnedKeys),
    handshakesPerSecondMax: tls.handshakesPerSecondMax,
    mapsUsers: tls.mapsUsers,
  };
}

/**
 * Null: monitoring is not over HTTPS. Compat: server.go, getMonitoringTLSConfig: nobody is asked for a certificate, but where
 * `monitor_auth` says so.
 */
export function monitorTls(network: Network, { tls, monitor, monitorAuth }: Options): TlsContext | null {
  if (tls === null || monitor?.isSecure !== true) return null;
  return network.tls(settingsOf(tls, monitorAuth?.requiresClientCertificate ?? false));
}

function settingsOf(tls: TlsOptions, verifiesPeer: boolean): TlsSettings {
  const { certificates, caFile, cipherSuites, curves, minVersion } = tls;
  return { side: 'server', certificates, caFile, verifiesPeer, cipherSuites, curves, minVersion };
}

/** Compat: server.go, AcceptLoop. */
export function sayTls(log: Logger, tls: ServerTls): void {
  const isFirstOnly = tls.isHandshakeFirst && tls.fallbackMs === 0;
  const isOptional = tls.allowsPlain && !isFirstOnly;
  log.info(`TLS ${isOptional ? 'available' : 'required'} for client connections`);
  if (isFirstOnly) log.warn('Clients that are not using "TLS Handshake First" option will fail to connect');
}

/**
 * Whether a reload tells of it. Compat: reload.go, diffOptions: where there are authorities the reference always finds others, the
 * files may say what they will.
 */
export function isOtherTls(old: ServerTls | null, next: ServerTls | null): boolean {
  if (old === null || next === null) return old !== next;
  const hasAuthorities = [old, next].some(({ context }) => context.settings.caFile !== null);
  return hasAuthorities || old.context.digest !== next.context.digest;
}
