// All consumers of a stream, and those of which the server knows no more than the name.
import type { JsApi } from '../client/js_api.ts';
import type { ConsumerInfo } from '../client/js_types.ts';
import { listAssets } from '../client/listed_assets.ts';

export interface ConsumerList {
  /** Sorted by name. */
  readonly consumers: readonly ConsumerInfo[];
  /** Nobody answered for them. */
  readonly missing: readonly string[];
  /** By name: why they are offline. */
  readonly offline: Readonly<Record<string, string>>;
}

export async function listConsumers(api: JsApi, stream: string): Promise<ConsumerList> {
  const { assets: consumers, ...silent } = await listAssets<ConsumerInfo>(api, {
    name: `CONSUMER.LIST.${stream}`,
    key: 'consumers',
    body: {},
    nameOf: ({ name }) => name,
  });
  return { consumers, ...silent };
}
