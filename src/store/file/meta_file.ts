// meta.inf and meta.sum: the configuration of a stream or consumer as JSON, and its checksum in a file beside it. What is
// in the JSON is JetStream's; here it is bytes. Both are replaced so that whatever moment a crash picks, one matching
// pair is found. Called by StoreDirectory.
//
// meta.sum holds sixteen lower-case hex digits: HighwayHash-64 of meta.inf, its key the SHA-256 of the stream's name, or
// of `<stream>/<consumer>`. Compat: filestore.go, writeStreamMeta and writeConsumerMeta.
import { createHash } from 'node:crypto';
import { highwayHash64 } from '../../base/highwayhash.ts';
import type { Disk } from '../../ports/disk.ts';
import { join, META_FILE, META_SUM_FILE } from './layout.ts';

export type MetaRead =
  | { readonly ok: true; readonly bytes: Uint8Array }
  /** Why it cannot be used: a sentence for the log. */
  | { readonly ok: false; readonly reason: string };

export function metaSum(name: string, meta: Uint8Array): string {
  const digest = highwayHash64(createHash('sha256').update(name).digest(), meta);
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** `name` is the stream's name or `<stream>/<consumer>`. */
export async function writeMeta(
  disk: Disk,
  directory: string,
  name: string,
  meta: Uint8Array,
  sync: boolean,
): Promise<void> {
  const path = join(directory, META_FILE);
  const sumPath = join(directory, META_SUM_FILE);
  const sum = new TextEncoder().encode(metaSum(name, meta));
  await disk.writeFile(`${path}.tmp`, meta, { sync });
  await disk.writeFile(`${sumPath}.tmp`, sum, { sync });
  // Between the two renames old and new are mixed: then the name of the other new one must be there to be found.
  if (sync) await disk.syncDirectory(directory);
  await disk.rename(`${sumPath}.tmp`, sumPath);
  await disk.rename(`${path}.tmp`, path);
  if (sync) await disk.syncDirectory(directory);
}

export async function readMeta(disk: Disk, directory: string, name: string): Promise<MetaRead> {
  const path = join(directory, META_FILE);
  const meta = await readIfThere(disk, path);
  const sum = await readIfThere(disk, join(directory, META_SUM_FILE));
  if (meta !== null && sum !== null && matches(name, meta, sum)) return { ok: true, bytes: meta };
  const newSum = await readIfThere(disk, join(directory, `${META_SUM_FILE}.tmp`));
  if (meta !== null && newSum !== null && matches(name, meta, newSum)) return { ok: true, bytes: meta };
  const newMeta = await readIfThere(disk, `${path}.tmp`);
  if (newMeta !== null && sum !== null && matches(name, newMeta, sum)) return { ok: true, bytes: newMeta };
  if (meta === null) return { ok: false, reason: `${path} is missing` };
  if (sum === null) return { ok: false, reason: `${join(directory, META_SUM_FILE)} is missing` };
  return { ok: false, reason: `the checksum of ${path} does not match ${META_SUM_FILE}` };
}

function matches(name: string, meta: Uint8Array, sum: Uint8Array): boolean {
  return meta.length > 0 && new TextDecoder().decode(sum) === metaSum(name, meta);
}

async function readIfThere(disk: Disk, path: string): Promise<Uint8Array | null> {
  const stat = await disk.stat(path);
  return stat?.kind === 'file' ? disk.readFile(path) : null;
}
