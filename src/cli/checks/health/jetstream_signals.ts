// The signals of JetStream: storage, leaders, lag, and how full the account is.
import type { NatsConnection } from '@nats-io/transport-node';
import { errorText } from '../../../base/errors.ts';
import { ApiError } from '../../client/js_api.ts';
import type { ConsumerInfo, StreamInfo } from '../../client/js_types.ts';
import { listConsumers } from '../../consumers/consumer_list.ts';
import { sizeText } from '../../output/human.ts';
import type { Session } from '../../session.ts';
import { listStreams, type StreamList } from '../../streams/stream_list.ts';
import { CheckResult } from '../check_result.ts';
import { type AccountUsage, judgeUsage } from '../jetstream_check.ts';
import { consumerSignal } from './consumer_signal.ts';
import type { HealthOptions } from './health_options.ts';
import {
  failedSignal,
  isDenied,
  type Signal,
  type SignalCode,
  signal,
  skippedSignal,
  unknownSignal,
} from './signal.ts';
import { isProbe, probeStorage, removeLeftBehind } from './storage_probe.ts';
import { counted, streamSignal } from './stream_signal.ts';

export const JETSTREAM_SIGNALS = ['storage', 'stream_leader', 'consumer_lag', 'account_usage'] as const;

/** Not enabled for the account, nor on the server. */
const NONE_HERE = [10039, 10076];
const LISTS_AT_ONCE = 16;

export async function jetStreamSignals(
  session: Session,
  connection: NatsConnection,
  options: HealthOptions,
): Promise<Signal[]> {
  let usage: AccountUsage;
  try {
    usage = (await (await session.api()).request<AccountUsage>('INFO')).value;
  } catch (error) {
    if (isNone(connection, error)) return withoutJetStream(error, options);
    return JETSTREAM_SIGNALS.map((code) => unansweredSignal(code, error));
  }
  const account = new CheckResult('jetstream', 'JetStream');
  judgeUsage(usage, account, options.usage);
  const storage = await storageSignal(session, options);
  return [storage, ...(await listedSignals(session, options)), signal('account_usage', [account], usageText(usage))];
}

function isNone(connection: NatsConnection, error: unknown): boolean {
  if (error instanceof ApiError) return NONE_HERE.includes(error.body.err_code);
  return connection.info?.jetstream !== true || /JetStream is not enabled/.test(errorText(error));
}

function withoutJetStream(error: unknown, { wantsJetStream }: HealthOptions): Signal[] {
  return JETSTREAM_SIGNALS.map((code) => {
    if (!wantsJetStream) return skippedSignal(code, 'there is no JetStream');
    if (code !== 'storage') return unknownSignal(code, 'there is no JetStream');
    return failedSignal(code, `${errorText(error)}; if it is meant to have none, say --no-jetstream`);
  });
}

/** Who may not ask knows nothing; who asks in vain knows that something is wrong. */
function unansweredSignal(code: SignalCode, error: unknown): Signal {
  return isDenied(error) ? unknownSignal(code, errorText(error)) : failedSignal(code, errorText(error));
}

async function storageSignal(session: Session, { storage }: HealthOptions): Promise<Signal> {
  if (storage === null) return skippedSignal('storage', 'left out by --no-storage-probe');
  return await probeStorage(session, storage);
}

async function listedSignals(session: Session, options: HealthOptions): Promise<Signal[]> {
  let list: StreamList;
  try {
    list = await listStreams(await session.api());
  } catch (error) {
    return [unansweredSignal('stream_leader', error), unansweredSignal('consumer_lag', error)];
  }
  if (options.storage !== null) await removeLeftBehind(session, list.streams);
  const streams = list.streams.filter((info) => !isProbe(info));
  const { replicaLagCritical: lagCritical, replicaSeenCritical: seenCritical } = options.usage;
  return [
    streamSignal({ ...list, streams }, { lagCritical, seenCritical }),
    await lagSignal(session, streams, options),
  ];
}

async function lagSignal(session: Session, streams: readonly StreamInfo[], options: HealthOptions): Promise<Signal> {
  const api = await session.api();
  const consumers: ConsumerInfo[] = [];
  const silent: [string, string][] = [];
  const waiting = streams.filter(({ state }) => state.consumer_count > 0).map(({ config }) => config.name);
  const listNext = async (): Promise<void> => {
    for (let stream = waiting.shift(); stream !== undefined; stream = waiting.shift()) {
      const list = await listConsumers(api, stream);
      consumers.push(...list.consumers);
      for (const name of list.missing) silent.push([`${stream}_${name}`, 'No leader: nobody answers for it']);
      for (const [name, why] of Object.entries(list.offline)) silent.push([`${stream}_${name}`, `Offline: ${why}`]);
    }
  };
  try {
    await Promise.all(Array.from({ length: LISTS_AT_ONCE }, listNext));
  } catch (error) {
    return unansweredSignal('consumer_lag', error);
  }
  return consumerSignal({ consumers, silent }, { options: options.consumers, nowMs: session.nowMs() });
}

function usageText({ memory, storage, streams, consumers, limits }: AccountUsage): string {
  const of = (used: number, max: number): string => `${sizeText(used)}${max > 0 ? ` of ${sizeText(max)}` : ''}`;
  return (
    `${of(storage, limits.max_storage)} on disk, ${of(memory, limits.max_memory)} in memory, ` +
    `${counted(streams, 'stream')}, ${counted(consumers, 'consumer')}`
  );
}
