// All consumers of a stream, and those of which the server knows no more than the name.
import type { JsApi } from '../client/js_api.ts';
import type { ConsumerInfo } from '../client/js_types.ts';

export interface ConsumerList {
  /** Sorted by name. */
  readonly consumers: readonly ConsumerInfo[];
  /** Nobody answered for them. */
  readonly missing: readonly string[];
  /** By name: why they are offline. */
  readonly offline: Readonly<Record<string, string>>;
}

interface ListPage {
  readonly total: number;
  readonly consumers: readonly ConsumerInfo[] | null;
  readonly missing?: readonly string[];
  readonly offline?: Readonly<Record<string, string>>;
}

export async function listConsumers(api: JsApi, stream: string): Promise<ConsumerList> {
  const consumers: ConsumerInfo[] = [];
  const missing = new Set<string>();
  let offline: Readonly<Record<string, string>> = {};
  while (true) {
    const { value } = await api.request<ListPage>(`CONSUMER.LIST.${stream}`, { offset: consumers.length });
    for (const name of value.missing ?? []) missing.add(name);
    offline = { ...offline, ...value.offline };
    const page = value.consumers ?? [];
    consumers.push(...page);
    if (page.length === 0 || consumers.length >= value.total) break;
  }
  consumers.sort((a, b) => (a.name < b.name ? -1 : 1));
  return { consumers, missing: [...missing].filter((name) => !(name in offline)).sort(), offline };
}
