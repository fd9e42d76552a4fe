// What configuration needs of the world, passed in by app/: files, the environment, a hash. Synchronous, because nothing
// else runs while a configuration is read. Body: node/node_config_source.ts; tests give a table.
import { type Parsed, refused } from '../base/parsed.ts';

export interface ConfigSource {
  /** Why these files of certificates and keys cannot serve, as the reference words it, or null. */
  tlsFault(files: {
    readonly certificates: readonly { readonly certFile: string; readonly keyFile: string }[];
    readonly caFile: string | null;
  }): string | null;

  /**
   * The whole file, or why not, as the reference words it: `open a.conf: no such file or directory`. Refuses what has more
   * than `bytesMax` bytes.
   */
  readFile(path: string, bytesMax: number): Parsed<Uint8Array>;

  /** Null when there is no such variable. */
  environment(name: string): string | null;

  /** What is at the path; null where nothing is. */
  kindOf(path: string): FileKind | null;

  /** Lower case hexadecimal. */
  sha256(text: string): string;

  /** Whether these bytes were signed with the key (Ed25519). */
  isSigned(publicKey: Uint8Array, bytes: Uint8Array, signature: Uint8Array): boolean;
}

/** A directory that its owner may not write is none for us. */
export type FileKind = 'directory' | 'read-only directory' | 'other';

/** Nothing is there. For tests, which add what they need. */
export const EMPTY_WORLD: ConfigSource = {
  readFile: (path) => refused(`open ${path}: no such file or directory`),
  tlsFault: () => null,
  environment: () => null,
  kindOf: () => null,
  sha256: () => '',
  isSigned: () => false,
};
