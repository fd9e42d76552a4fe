// Whether one can connect, and how long that, a round trip and a message to oneself take.
// Compat: jsm.go monitor/connection.go.
import type { NatsConnection } from '@nats-io/transport-node';
import { errorText } from '../../base/errors.ts';
import { durationGo } from '../output/human.ts';
import type { Session } from '../session.ts';
import type { CheckResult } from './check_result.ts';
import { isDenied } from './health/signal.ts';

/** Seconds; 0 for none. */
export const CONNECTION_OPTIONS = {
  connectTimeWarning: 0,
  connectTimeCritical: 0,
  serverRttWarning: 0,
  serverRttCritical: 0,
  requestRttWarning: 0,
  requestRttCritical: 0,
};

export type ConnectionOptions = typeof CONNECTION_OPTIONS;

export interface ConnectionCheck extends ConnectionOptions {
  /** Whether a want of rights says nothing about the connection; critical otherwise, as with the reference. */
  readonly isDenialUnknown?: boolean;
}

const PAYLOAD_BYTES = 50;

export async function checkConnection(session: Session, result: CheckResult, options: ConnectionCheck): Promise<void> {
  const { clock } = session.doors;
  // Loading the client is no part of connecting.
  await import('../client/connect.ts');
  const startMs = clock.monotonicMs();
  let connection: NatsConnection;
  try {
    connection = await session.connect();
  } catch (error) {
    result.critical(`connection failed: ${errorText(error)}`);
    return;
  }
  const connectSeconds = (clock.monotonicMs() - startMs) / 1000;
  checkConnectTime(connection, result, { seconds: connectSeconds, options });
  try {
    checkRtt(result, await rttSeconds(session, connection), options);
  } catch (error) {
    result.critical(`rtt failed: ${errorText(error)}`);
    return;
  }
  await checkRoundTrip(session, result, options);
}

function checkConnectTime(
  connection: NatsConnection,
  result: CheckResult,
  { seconds, options }: { readonly seconds: number; readonly options: ConnectionOptions },
): void {
  const { connectTimeWarning: warning, connectTimeCritical: critical } = options;
  const url = `nats://${connection.getServer()}`;
  result.measure('connect_time', seconds, 'Time taken to connect to NATS', { warning, critical, unit: 's' });
  if (critical > 0 && seconds >= critical) result.critical(`connected to ${url}, connect time exceeded ${critical}`);
  else if (warning > 0 && seconds >= warning) result.warn(`connected to ${url}, connect time exceeded ${warning}`);
  else result.ok(`connected to ${url} in ${durationGo(seconds * 1e9)}`);
}

async function rttSeconds(session: Session, connection: NatsConnection): Promise<number> {
  const { clock } = session.doors;
  const startMs = clock.monotonicMs();
  await connection.flush();
  return (clock.monotonicMs() - startMs) / 1000;
}

function checkRtt(result: CheckResult, seconds: number, options: ConnectionOptions): void {
  const { serverRttWarning: warning, serverRttCritical: critical } = options;
  result.measure('rtt', seconds, 'The round-trip-time of the connection', { warning, critical, unit: 's' });
  if (critical > 0 && seconds >= critical) result.critical(`rtt time exceeded ${critical}`);
  else if (warning > 0 && seconds >= warning) result.warn(`rtt time exceeded ${warning}`);
  else result.ok(`rtt time ${durationGo(seconds * 1e9)}`);
}

interface RoundTrip {
  readonly received: string | null;
  readonly seconds: number;
}

/** A message to oneself: the way there and back through the server's routing. */
async function checkRoundTrip(session: Session, result: CheckResult, options: ConnectionCheck): Promise<void> {
  const { requestRttWarning: warning, requestRttCritical: critical } = options;
  const { createInbox } = await import('@nats-io/transport-node');
  const connection = await session.connect();
  const { inbox_prefix: prefix } = session.settings;
  const inbox = prefix === '' ? createInbox() : createInbox(prefix);
  const bytes = new Uint8Array(PAYLOAD_BYTES);
  session.doors.entropy.fill(bytes);
  const text = Buffer.from(bytes).toString('hex');
  const { clock } = session.doors;
  const subscription = connection.subscribe(inbox, { max: 1, timeout: session.timeoutMs });
  const startMs = clock.monotonicMs();
  const receive = async (): Promise<RoundTrip> => {
    let received: string | null = null;
    for await (const message of subscription) received = message.string();
    return { received, seconds: (clock.monotonicMs() - startMs) / 1000 };
  };
  let trip: RoundTrip;
  try {
    connection.publish(inbox, text);
    const receiving = receive();
    // What may not be published is told behind it, and would be waited for in vain.
    const permitted = connection.flush().then(() => session.checkServerError());
    trip = await Promise.race([receiving, permitted.then(() => receiving)]);
  } catch (error) {
    subscription.unsubscribe();
    const why = `did not receive from ${inbox}: ${errorText(error)}`;
    if (options.isDenialUnknown === true && isDenied(error)) {
      result.unknown(`${why}: this user needs publish and subscribe on what --inbox-prefix says, _INBOX.> otherwise`);
    } else {
      result.critical(why);
    }
    return;
  }
  const { received, seconds } = trip;
  result.measure('request_time', seconds, 'Time taken for a full Request-Reply operation', {
    warning,
    critical,
    unit: 's',
  });
  if (received !== text) result.critical('did not receive expected message');
  const took = seconds.toFixed(6);
  if (critical > 0 && seconds >= critical) result.critical(`round trip request took ${took}`);
  else if (warning > 0 && seconds >= warning) result.warn(`round trip request took ${took}`);
  else result.ok(`round trip took ${took}s`);
}
