// All streams or consumers of a list that comes in pages, with those of which the server knows no more than the name:
// nobody answers for them, or they are offline. A page's place in the list counts these too.
import type { JsApi } from './js_api.ts';

export interface ListedAssets<T> {
  /** Sorted by name. */
  readonly assets: readonly T[];
  /** Nobody answered for them. */
  readonly missing: readonly string[];
  /** By name: why they are offline. */
  readonly offline: Readonly<Record<string, string>>;
}

export interface ListRequest<T> {
  /** What follows the prefix: `STREAM.LIST`. */
  readonly name: string;
  readonly key: 'streams' | 'consumers';
  readonly body: Readonly<Record<string, unknown>>;
  readonly nameOf: (asset: T) => string;
}

interface ListPage<T> {
  readonly total: number;
  readonly streams?: readonly T[] | null;
  readonly consumers?: readonly T[] | null;
  readonly missing?: readonly string[] | null;
  readonly offline?: Readonly<Record<string, string>> | null;
}

export async function listAssets<T>(
  api: Pick<JsApi, 'request'>,
  { name, key, body, nameOf }: ListRequest<T>,
): Promise<ListedAssets<T>> {
  const assets = new Map<string, T>();
  const missing = new Set<string>();
  let offline: Readonly<Record<string, string>> = {};
  let offset = 0;
  while (true) {
    const { value } = await api.request<ListPage<T>>(name, { ...body, offset });
    const page = value[key] ?? [];
    // Those offline are missing as well; some servers say only one of the two.
    const silent = new Set([...(value.missing ?? []), ...Object.keys(value.offline ?? {})]);
    for (const asset of page) assets.set(nameOf(asset), asset);
    for (const one of silent) missing.add(one);
    offline = { ...offline, ...value.offline };
    offset += page.length + silent.size;
    if (page.length + silent.size === 0 || offset >= value.total) break;
  }
  return {
    assets: [...assets].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, asset]) => asset),
    missing: [...missing].filter((one) => !(one in offline)).sort(),
    offline,
  };
}
