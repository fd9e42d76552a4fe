// The folder that holds the backup of a stream: `backup.json` with its configuration and state, written last, and the
// archive as the server sent it. `nats` writes and reads the same.
// Compat: jsm.go snapshots.go, SnapshotToDirectory and SnapshotDataPath.
import { type JsonObject, parseJson } from '../../base/json_parser.ts';
import type { StreamConfig, StreamState } from '../client/js_types.ts';
import { CommandError } from '../errors.ts';
import { jsonText } from '../output/json.ts';
import type { Session } from '../session.ts';

/** What nats-server 2.15 sends, and what those before it sent. */
const ARCHIVE = 'stream.arc.s2';
const ARCHIVE_BEFORE_2_15 = 'stream.tar.s2';
const META = 'backup.json';

export interface BackupMeta {
  readonly config: StreamConfig;
  readonly state: StreamState;
  /** Both with all their digits, to send them back. */
  readonly exact: JsonObject;
}

export class BackupFolder {
  readonly path: string;
  readonly #session: Session;
  #wasMade: boolean;

  constructor(session: Session, path: string) {
    this.#session = session;
    this.#wasMade = false;
    this.path = path.replace(/(?<=.)\/+$/, '');
  }

  /** A backup stands here, whole. */
  get isComplete(): boolean {
    return (this.#session.doors.files.readBytes(this.#file(META))?.length ?? 0) > 0;
  }

  /** Makes the folder, and takes away what an unfinished backup has left. */
  prepare(): void {
    const { files } = this.#session.doors;
    if (this.isComplete) {
      throw new CommandError(`backup already exists in ${this.path}: name another directory, or remove it first`);
    }
    this.#wasMade = !files.isDirectory(this.path);
    files.makeDirectory(this.path);
    for (const name of [META, ARCHIVE, ARCHIVE_BEFORE_2_15]) files.remove(this.#file(name));
  }

  /** After a backup that came to nothing: an empty folder would be taken for one of a stream. */
  discard(): void {
    if (this.#wasMade) this.#session.doors.files.removeEmptyFolder(this.path);
  }

  /** `version` is the server's that sends it. */
  archiveFor(version: string): string {
    const [major = 0, minor = 0] = version.split('.').map(Number);
    return this.#file(major > 2 || (major === 2 && minor >= 15) ? ARCHIVE : ARCHIVE_BEFORE_2_15);
  }

  /** Of the server's answer. The archive must be whole by now. */
  writeMeta({ config, state }: JsonObject): void {
    this.#session.doors.files.writeWhole(this.#file(META), jsonText({ config, state }));
  }

  readMeta(): BackupMeta {
    const { files } = this.#session.doors;
    const bytes = files.readBytes(this.#file(META));
    if (bytes === null || bytes.length === 0) throw new CommandError(this.#whyNone(bytes !== null));
    const read = parseJson(bytes);
    const exact = read.ok ? read.value : null;
    const value: unknown = read.ok ? JSON.parse(Buffer.from(bytes).toString('utf8')) : null;
    if (!isMeta(value) || !isObject(exact)) {
      throw new CommandError(`'${this.#file(META)}' does not hold the configuration and state of a stream`);
    }
    return { ...value, exact };
  }

  /** The archive that is there. */
  findArchive(): string {
    const { files } = this.#session.doors;
    const found = [ARCHIVE, ARCHIVE_BEFORE_2_15].filter((name) => files.isFile(this.#file(name)));
    const [name] = found;
    if (name === undefined) throw new CommandError(`'${this.path}' has no ${ARCHIVE}: the backup is not whole`);
    if (found.length > 1) {
      throw new CommandError(`${this.path} holds both ${found.join(' and ')}: remove the one that is not meant`);
    }
    return this.#file(name);
  }

  #file(name: string): string {
    return `${this.path}/${name}`;
  }

  #whyNone(isUnfinished: boolean): string {
    const { files } = this.#session.doors;
    if (isUnfinished) return `the backup in '${this.path}' was never finished: its ${META} is empty`;
    const inside = files.list(this.path).filter((name) => files.isFile(`${this.path}/${name}/${META}`));
    const hint =
      inside.length === 0
        ? 'name the directory that a backup was made in'
        : `it holds those of ${inside.length} streams, 'contrail account restore ${this.path}' restores them all`;
    return `'${this.path}' holds no backup of a stream, there is no ${META}: ${hint}`;
  }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isMeta(value: unknown): value is Pick<BackupMeta, 'config' | 'state'> {
  if (!isObject(value) || !isObject(value['config']) || !isObject(value['state'])) return false;
  return typeof value['config']['name'] === 'string';
}
