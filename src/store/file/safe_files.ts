// What takes several steps on a disk so that a crash leaves either all of it or nothing: directories whose names are on
// disk, files replaced as a whole, trees that disappear under another name first. Whoever owns a file decides when.
import { OperatingError } from '../../base/errors.ts';
import type { Disk } from '../../ports/disk.ts';

/**
 * Makes a directory and its parents, and gets all their names below `base` to disk, also of those that were there already:
 * whoever made them may have died between making and syncing. Parents that this user cannot open are somebody else's,
 * and older. Where it fails, what it made is taken back: a name whose sync failed may be lost although a later sync of
 * its directory succeeds.
 */
export async function makeSafeDirectory(disk: Disk, path: string, base = '/'): Promise<void> {
  let topmost: string | null = null;
  for (let at = path; (await disk.stat(at)) === null; at = parentOf(at)) topmost = at;
  try {
    await disk.makeDirectory(path);
    for (let at = path; at !== base && at !== '.' && parentOf(at) !== at; at = parentOf(at)) {
      if (!(await isSynced(disk, parentOf(at)))) return;
    }
  } catch (error) {
    if (topmost !== null) await disk.removeTree(topmost);
    throw error;
  }
}

/** False where the directory is not this user's to open. */
async function isSynced(disk: Disk, path: string): Promise<boolean> {
  try {
    await disk.syncDirectory(path);
    return true;
  } catch (error) {
    if (error instanceof OperatingError && error.code === 'DISK_PERMISSION') return false;
    throw error;
  }
}

/** Replaces a file, or makes it. Without `sync` it survives the process, not the machine. */
export async function replaceFile(disk: Disk, path: string, bytes: Uint8Array, sync: boolean): Promise<void> {
  await disk.writeFile(`${path}.tmp`, bytes, { sync });
  await disk.rename(`${path}.tmp`, path);
  if (sync) await disk.syncDirectory(parentOf(path));
}

/** The name that a tree has while it is removed: nobody takes it for one that is to stay. */
export function removedName(name: string): string {
  return `.${name}`;
}

/**
 * Removes a tree. After the rename it is gone for every start that follows.
 * Compat: filestore.go, Delete: a name with a dot in front is a removal that did not get to its end.
 */
export async function removeSafely(disk: Disk, path: string): Promise<void> {
  if ((await disk.stat(path)) === null) return;
  const parent = parentOf(path);
  const away = `${parent}/${removedName(path.slice(parent.length + 1))}`;
  await disk.removeTree(away);
  await disk.rename(path, away);
  await disk.syncDirectory(parent);
  await disk.removeTree(away);
}

export function parentOf(path: string): string {
  const at = path.lastIndexOf('/');
  if (at < 0) return '.';
  return at === 0 ? '/' : path.slice(0, at);
}
