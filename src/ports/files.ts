// The door to a person's files: contexts, credentials, configurations, dumps. Whole small files and large ones piece by
// piece, without waiting; the store's files are ports/disk.ts. Failures are thrown as OperatingError with the path and what to do. Body:
// node/node_files.ts.

/** A file that is read from its beginning. */
export interface FileReader {
  /** Bytes as the file system tells them: 0 for a pipe. */
  readonly size: number;
  /** The next piece; null at the end. */
  read(): Uint8Array | null;
  close(): void;
}

/** A file that is written from its beginning, and stands in its place when it is whole. */
export interface FileWriter {
  write(bytes: Uint8Array): void;
  /** Puts it in its place. */
  finish(): void;
  /** Leaves what was there before. Harmless after finish(). */
  abandon(): void;
}

export interface Files {
  /** Null where there is no such file. */
  readBytes(path: string): Uint8Array | null;
  readText(path: string): string | null;
  isFile(path: string): boolean;
  isDirectory(path: string): boolean;

  /** Whole or not at all, readable by its owner only. The folder must be there. */
  writeWhole(path: string, content: string | Uint8Array): void;
  makeDirectory(path: string): void;

  /** Null where there is no such file. */
  openReader(path: string): FileReader | null;
  /** With the permissions that programs give to new files, or those of the file that it takes the place of. */
  openWriter(path: string): FileWriter;
  /** The path from the root, whatever the current folder is. */
  absolutePath(path: string): string;

  /** Names in a folder, sorted; none where there is no such folder. */
  list(path: string): string[];
  /** Harmless where there is no such file. */
  remove(path: string): void;
  /** Nothing happens where there is no such folder, or something in it. */
  removeEmptyFolder(path: string): void;

  /** A new empty file that nobody else can read, for an editor. */
  temporaryFile(suffix: string): string;
  /** The person's home, as the system's list of users has it; null where nobody knows. */
  homeDirectory(): string | null;
}
