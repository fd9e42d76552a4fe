// Buckets: streams by the names and subjects of the key-value and the object store. Which bucket a command is about, and
// what is said where there is none of that name.
import { type Answer, ApiError, type JsApi } from '../client/js_api.ts';
import type { StreamInfo } from '../client/js_types.ts';
import { CommandError, UsageError } from '../errors.ts';
import { didYouMean } from '../input/suggestion.ts';
import type { Session } from '../session.ts';
import { streamNames } from '../streams/pick_stream.ts';

export interface BucketKind {
  /** Of the stream's name. */
  readonly prefix: string;
  /** The command for them. */
  readonly verb: string;
  /** As people call the store. */
  readonly store: string;
}

export const KEY_VALUE: BucketKind = { prefix: 'KV_', verb: 'kv', store: 'Key-Value' };
export const OBJECTS: BucketKind = { prefix: 'OBJ_', verb: 'object', store: 'Object Store' };

const STREAM_NOT_FOUND = 10059;
const NAME_LENGTH_MAX = 250;

/** Refuses before anything is sent. */
export function checkBucketName(name: string, where = '<bucket>'): void {
  if (/^[-\w]+$/.test(name) && name.length <= NAME_LENGTH_MAX) return;
  throw new UsageError(
    `${where} '${name}' can be no bucket's name: it has letters, digits, '-' and '_' only, and up to ${NAME_LENGTH_MAX} of them`,
  );
}

/** The bucket that was named, or one that the person picks from a list. */
export async function pickBucket(
  session: Session,
  kind: BucketKind,
  name: string | undefined,
): Promise<Answer<StreamInfo>> {
  if (name !== undefined && name !== '') return await loadBucket(session, kind, name);
  if (!session.ask.isPossible) {
    throw new UsageError(
      `<bucket> is required: there is no terminal to pick one; 'contrail ${kind.verb} ls' lists them`,
    );
  }
  const names = await bucketNames(await session.api(), kind);
  if (names.length === 0) {
    throw new CommandError(`no ${kind.store} buckets found: 'contrail ${kind.verb} add BUCKET' makes one`);
  }
  const picked = await session.ask.choice({ message: 'Select a Bucket', flag: '<bucket>', choices: names });
  return await loadBucket(session, kind, picked);
}

export async function loadBucket(session: Session, kind: BucketKind, name: string): Promise<Answer<StreamInfo>> {
  checkBucketName(name);
  const api = await session.api();
  try {
    return await api.request<StreamInfo>(`STREAM.INFO.${kind.prefix}${name}`);
  } catch (error) {
    if (!(error instanceof ApiError) || error.body.err_code !== STREAM_NOT_FOUND) throw error;
    const suggestion = didYouMean(name, await bucketNames(api, kind));
    throw new CommandError(
      `unknown bucket '${name}'${suggestion}; 'contrail ${kind.verb} ls' shows the buckets there are, ` +
        `'contrail ${kind.verb} add ${name}' makes it`,
      { cause: error },
    );
  }
}

/** Sorted. */
export async function bucketNames(api: JsApi, kind: BucketKind): Promise<string[]> {
  const names = await streamNames(api);
  return names.filter((name) => name.startsWith(kind.prefix)).map((name) => bucketOf(kind, name));
}

/** The bucket's name in its stream's. */
export function bucketOf({ prefix }: BucketKind, stream: string): string {
  return stream.startsWith(prefix) ? stream.slice(prefix.length) : stream;
}
