// A file beside the blocks that says: nothing was taken from between them. As long as it is there sequences that stand in
// no block are damage; limits take from the head only and leave it alone. It goes, safely, before the first block behind
// the head is removed or rewritten. nats-server does not look at it. Recovery makes it, the cleaner removes it.
import type { Disk } from '../../ports/disk.ts';
import { join, UNBROKEN_FILE } from './layout.ts';

const TEXT = 'Contrail: no block behind the first one was removed or rewritten since this file was made.\n';

export class UnbrokenMark {
  isSet: boolean;
  readonly #disk: Disk;
  readonly #directory: string;

  /** `directory`: where the blocks are. */
  constructor(disk: Disk, directory: string, isSet: boolean) {
    this.#disk = disk;
    this.#directory = directory;
    this.isSet = isSet;
  }

  /** A crash may take it back: then only the evidence is missing. `directory` is another one during a purge. */
  async set(directory = this.#directory): Promise<void> {
    await this.#disk.writeFile(join(directory, UNBROKEN_FILE), new TextEncoder().encode(TEXT), { sync: false });
    this.isSet = true;
  }

  /** It must not be seen again next to what is done then. */
  async clear(): Promise<void> {
    if (!this.isSet) return;
    await this.#disk.remove(join(this.#directory, UNBROKEN_FILE));
    await this.#disk.syncDirectory(this.#directory);
    this.isSet = false;
  }
}
