// What streams and consumers may be called. Names become subject tokens and directory names, so what would break either
// is refused. Pure; used by the checks of configurations and by the router.
// Compat: nats-server jetstream.go, isValidAssetName.

export const NAME_BYTES_MAX = 255;
export const DESCRIPTION_BYTES_MAX = 4096;
/** Keys and values of an asset's metadata together. */
export const METADATA_BYTES_MAX = 128 * 1024;

export function isValidAssetName(name: string): boolean {
  return name !== '' && !/[ \t\r\n\f.*>\\/]/.test(name);
}

/** A name that would leave its directory. Asked for before the rest of a request, because it has refusals of its own. */
export function hasPathSeparator(name: string): boolean {
  return name.includes('/') || name.includes('\\');
}

/** Length in UTF-8, which is what limits mean. */
export function byteLength(text: string): number {
  return Buffer.byteLength(text);
}

export function metadataBytes(metadata: ReadonlyMap<string, string>): number {
  let total = 0;
  for (const [key, value] of metadata) total += byteLength(key) + byteLength(value);
  return total;
}
