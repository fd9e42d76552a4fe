// Looks at everything that can be looked at with the rights one has, and says of the rest why not. Each signal stands on
// its own: what fails in one keeps no other from being looked at.

import type { NatsConnection } from '@nats-io/transport-node';
import { errorText } from '../../../base/errors.ts';
import { plainServer } from '../../client/server_address.ts';
import { durationHuman } from '../../output/human.ts';
import { type Session, timeMs } from '../../session.ts';
import { CheckResult } from '../check_result.ts';
import { checkConnection } from '../connection_check.ts';
import { type CredentialOptions, checkCredential } from '../credential_check.ts';
import { judgeMeta, type MetaCluster } from '../meta_check.ts';
import { judgeServer, SERVER_OPTIONS } from '../server_check.ts';
import { firstAnswer } from '../system_answer.ts';
import type { HealthOptions } from './health_options.ts';
import { JETSTREAM_SIGNALS, jetStreamSignals } from './jetstream_signals.ts';
import { type MonitorFound, monitorUrl, probeMonitor } from './monitor_probe.ts';
import { serverStorageSignal } from './server_storage.ts';
import { failedSignal, type Signal, signal, skippedSignal, unknownSignal } from './signal.ts';

const SYSTEM_ANSWER_MS = 1000;

/** In the order in which they are shown. */
export async function runHealth(session: Session, options: HealthOptions): Promise<Signal[]> {
  const port = new CheckResult('connections', 'Connection');
  await checkConnection(session, port, { ...options.connection, isDenialUnknown: true });
  const connection = port.perf.length > 0 ? await session.connect() : null;
  const monitor = await monitorOf(session, connection, options);
  const signals = [
    processSignal(connection, port, monitor),
    signal('client_port', [port], port.oks.join(', ')),
    monitor?.signal ?? skippedSignal('monitoring', 'left out by --no-monitor'),
  ];
  if (connection === null) {
    signals.push(...JETSTREAM_SIGNALS.map((code) => unknownSignal(code, 'the client port takes no connection')));
  } else {
    signals.push(...(await jetStreamSignals(session, connection, options)));
    if (options.wantsJetStream) signals.push(serverStorageSignal(monitor?.varz ?? null, options.usage));
    signals.push(await metaSignal(session, connection, options));
  }
  if (options.credential.file !== '') signals.push(await credentialSignal(session, options.credential));
  return signals;
}

async function monitorOf(
  session: Session,
  connection: NatsConnection | null,
  { monitor }: HealthOptions,
): Promise<MonitorFound | null> {
  if (monitor === null) return null;
  const url = monitorUrl(monitor.address, hostOf(session, connection));
  return await probeMonitor(session, { url, token: monitor.token, serverId: connection?.info?.server_id ?? null });
}

function hostOf(session: Session, connection: NatsConnection | null): string {
  const server = connection?.getServer() ?? session.settings.url.split(',')[0]?.trim() ?? '';
  return plainServer(server).replace(/\/.*$/, '').replace(/:\d+$/, '');
}

/** A server that answers anywhere is alive. */
function processSignal(connection: NatsConnection | null, port: CheckResult, monitor: MonitorFound | null): Signal {
  const varz = monitor?.varz ?? null;
  if (varz !== null) {
    const result = new CheckResult('server', varz.server_name);
    judgeServer(varz, result, { ...SERVER_OPTIONS, name: varz.server_name });
    const upNs = (timeMs(varz.now) - timeMs(varz.start)) * 1e6;
    return signal('process', [result], `${varz.server_name} ${varz.version} is up for ${durationHuman(upNs)}`);
  }
  const { server_name: name = '', version = '' } = connection?.info ?? {};
  if (connection !== null) return signal('process', [new CheckResult('server', name)], `${name} ${version} answers`);
  // It has greeted before it refused.
  const isRefusal = port.criticals.some((text) => text.includes('does not let these credentials in'));
  const silent = monitor === null ? 'the client port does not answer' : 'neither client port nor monitoring answers';
  if (!isRefusal) return failedSignal('process', silent);
  return signal('process', [new CheckResult('server', 'server')], 'it answers, though it refuses the credentials');
}

/** The members of the system account alone may ask. */
async function metaSignal(session: Session, connection: NatsConnection, { usage }: HealthOptions): Promise<Signal> {
  if (connection.info?.cluster === undefined) return skippedSignal('meta_group', 'the server is in no cluster');
  let answer: { readonly meta_cluster?: MetaCluster | null };
  try {
    answer = await firstAnswer(session, 'JSZ', { leader_only: true }, SYSTEM_ANSWER_MS);
  } catch (error) {
    return skippedSignal('meta_group', errorText(error));
  }
  const result = new CheckResult('meta', 'JetStream Meta Cluster');
  const { replicaLagCritical: lagCritical, replicaSeenCritical: seenCritical } = usage;
  judgeMeta(answer.meta_cluster ?? null, result, { expectServers: 0, lagCritical, seenCritical });
  return signal('meta_group', [result], result.oks.join(', '));
}

async function credentialSignal(session: Session, options: CredentialOptions): Promise<Signal> {
  const result = new CheckResult('credential', 'Credential');
  await checkCredential(session, result, options);
  return signal('credential', [result], result.oks.join(', '));
}
