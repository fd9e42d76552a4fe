// What a benchmark does with JetStream before its clients start: streams, buckets and consumers made, emptied, looked up.
// Over the official client, as every other command; nothing of it is measured.

import { KEY_VALUE } from '../../buckets/bucket.ts';
import type { ConnectionSettings } from '../../client/connection_settings.ts';
import { ApiError, JsApi } from '../../client/js_api.ts';
import type { StreamInfo } from '../../client/js_types.ts';
import { CommandError } from '../../errors.ts';
import { apiPrefixOf, type Session } from '../../session.ts';

export const STREAM_DEFAULT = 'benchstream';
export const BUCKET_DEFAULT = 'benchbucket';
export const CONSUMER_DEFAULT = 'nats-bench';

const STREAM_NOT_FOUND = 10059;
const CONSUMER_NOT_FOUND = 10014;
/** Consumers of a benchmark go by themselves when nobody pulls any more. */
const INACTIVE_NS = 10e9;

/** The API of the server that is to be measured: the session's own, or that of the second one. */
export async function apiOf(session: Session, settings: ConnectionSettings): Promise<JsApi> {
  if (settings === session.settings) return await session.api();
  const { timeoutMs, trace } = session;
  return new JsApi(await session.connectAs(settings), { prefix: apiPrefixOf(settings), timeoutMs, trace });
}

/** `publishes` are the words of the benchmark that could make it. */
export async function streamInfo(api: JsApi, stream: string, publishes = 'async SUBJECT'): Promise<StreamInfo> {
  const named = stream === STREAM_DEFAULT ? '' : ` --stream ${stream}`;
  const way = `'contrail bench js pub ${publishes}${named} --create'`;
  return await infoOr(api, stream, `There is no stream ${stream}: ${way} makes it`);
}

/** Of the bucket's stream. */
export async function bucketInfo(api: JsApi, bucket: string): Promise<StreamInfo> {
  const way = bucket === BUCKET_DEFAULT ? "'contrail bench kv put'" : `'contrail kv add ${bucket}'`;
  return await infoOr(api, KEY_VALUE.prefix + bucket, `There is no bucket ${bucket}: ${way} makes it`);
}

async function infoOr(api: JsApi, stream: string, refusal: string): Promise<StreamInfo> {
  try {
    const { value } = await api.request<StreamInfo>(`STREAM.INFO.${stream}`);
    return value;
  } catch (error) {
    if (!(error instanceof ApiError) || error.body.err_code !== STREAM_NOT_FOUND) throw error;
    throw new CommandError(refusal, { cause: error });
  }
}

export async function purgeStream(session: Session, api: JsApi, stream: string): Promise<void> {
  session.log('Purging the stream');
  await api.request(`STREAM.PURGE.${stream}`);
}

export async function createStream(api: JsApi, config: { readonly name: string }): Promise<void> {
  try {
    await api.request(`STREAM.CREATE.${config.name}`, config);
  } catch (error) {
    throw error instanceof ApiError ? error.during(`could not create the stream ${config.name}`) : error;
  }
}

/** Harmless where there is none. */
export async function removeStream(api: JsApi, stream: string): Promise<void> {
  await ignoring(STREAM_NOT_FOUND, api.request(`STREAM.DELETE.${stream}`));
}

async function ignoring(code: number, work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof ApiError) || error.body.err_code !== code) throw error;
  }
}

interface AccountInfo {
  readonly api?: { readonly level?: number };
}

/** Refuses where the server is too old for a kind of publishing. */
export async function requireLevel(api: JsApi, level: number, what: string): Promise<void> {
  const { value } = await api.request<AccountInfo>('INFO');
  const has = value.api?.level ?? 0;
  if (has >= level) return;
  throw new CommandError(
    `${what} needs API level ${level} and this server has ${has}: use 'contrail bench js pub async', or a newer server`,
  );
}

export interface ConsumerPlan {
  readonly stream: string;
  readonly ackPolicy: 'none' | 'all' | 'explicit';
  readonly maxAckPending: number;
  readonly filters: readonly string[];
}

function consumerConfig({ ackPolicy, maxAckPending, filters }: ConsumerPlan) {
  return {
    deliver_policy: 'all',
    ack_policy: ackPolicy,
    replay_policy: 'instant',
    inactive_threshold: INACTIVE_NS,
    ...(ackPolicy === 'none' ? {} : { max_ack_pending: maxAckPending }),
    ...(filters.length > 0 ? { filter_subjects: filters } : {}),
  };
}

/** A new durable consumer in place of what an earlier benchmark has left. */
export async function renewConsumer(api: JsApi, name: string, plan: ConsumerPlan): Promise<void> {
  const { stream } = plan;
  await ignoring(CONSUMER_NOT_FOUND, api.request(`CONSUMER.DELETE.${stream}.${name}`));
  const config = { name, durable_name: name, ...consumerConfig(plan) };
  await api.request(`CONSUMER.CREATE.${stream}.${name}`, { stream_name: stream, config, action: 'create' });
}

export async function requireConsumer(api: JsApi, stream: string, name: string): Promise<void> {
  await api.request(`CONSUMER.INFO.${stream}.${name}`);
}

/** An ephemeral consumer that delivers in order, for one client. */
export async function createOrdered(api: JsApi, name: string, plan: ConsumerPlan): Promise<void> {
  const { stream } = plan;
  const config = { name, ...consumerConfig(plan), mem_storage: true, num_replicas: 1 };
  await api.request(`CONSUMER.CREATE.${stream}.${name}`, { stream_name: stream, config, action: 'create' });
}

/** Unique enough for names of streams' things and message ids. */
export function uniqueText(session: Session): string {
  const bytes = new Uint8Array(8);
  session.doors.entropy.fill(bytes);
  return Buffer.from(bytes).toString('hex');
}
