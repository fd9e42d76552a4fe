// What is already there, as far as a plan needs it: all streams of the account with their configurations, the consumers
// of those that matter, the account's limits. Read once, before anything is decided.
import { ACCOUNT_UNLIMITED, type AccountLimits } from '../../jetstream/limits.ts';
import type { JsApi } from '../client/js_api.ts';
import type { ConsumerInfo, StreamInfo } from '../client/js_types.ts';
import { listConsumers } from '../consumers/consumer_list.ts';
import { CommandError } from '../errors.ts';
import { listStreams } from '../streams/stream_list.ts';

export interface World {
  readonly account: AccountLimits;
  readonly streams: ReadonlyMap<string, StreamInfo>;
  /** By stream; only of streams that were asked for. */
  readonly consumers: ReadonlyMap<string, readonly ConsumerInfo[]>;
}

interface AccountAnswer {
  readonly limits?: Partial<AccountLimits>;
  readonly tiers?: Readonly<Record<string, unknown>>;
}

/** `needsConsumers` says of which streams the consumers matter. */
export async function readWorld(api: JsApi, needsConsumers: (stream: StreamInfo) => boolean): Promise<World> {
  const { value: account } = await api.request<AccountAnswer>('INFO');
  const { streams: list, missing, offline } = await listStreams(api);
  const silent = [...missing, ...Object.keys(offline)];
  if (silent.length > 0) {
    throw new CommandError(
      `Nobody answers for the stream${silent.length > 1 ? 's' : ''} ${silent.join(', ')}: a plan without them would be ` +
        "wrong; 'contrail stream ls' shows why",
    );
  }
  const consumers = new Map<string, readonly ConsumerInfo[]>();
  for (const info of list) {
    const { name } = info.config;
    if (info.state.consumer_count === 0 || !needsConsumers(info)) continue;
    consumers.set(name, (await listConsumers(api, name)).consumers);
  }
  // Limits by tier depend on replicas; the server then judges alone.
  const limits = account.tiers === undefined ? account.limits : undefined;
  return {
    account: { ...ACCOUNT_UNLIMITED, ...limits },
    streams: new Map(list.map((info) => [info.config.name, info])),
    consumers,
  };
}
