// What a bucket says of one of its objects: the JSON under its name, which points to the chunks. Also of links to other
// objects and of objects that are gone. Compat: nats.go jetstream/object.go; ADR-20.
import { bodyFields } from '../messages/body_output.ts';

export interface ObjectLink {
  readonly bucket: string;
  /** Of the object; empty where the link is to a whole bucket. */
  readonly name: string;
}

export interface ObjectEntry {
  readonly bucket: string;
  readonly name: string;
  readonly description: string;
  readonly size: number;
  readonly chunks: number;
  /** `SHA-256=` and URL-safe base64. */
  readonly digest: string;
  /** When it was put there: RFC 3339. */
  readonly modified: string;
  readonly isDeleted: boolean;
  /** Part of the subject of its chunks. */
  readonly nuid: string;
  readonly headers: Readonly<Record<string, readonly string[]>>;
  readonly metadata: Readonly<Record<string, string>>;
  readonly chunkSizeMax: number | null;
  readonly link: ObjectLink | null;
}

interface StoredObject {
  readonly name?: string;
  readonly description?: string;
  readonly bucket?: string;
  readonly nuid?: string;
  readonly size?: number;
  readonly chunks?: number;
  readonly digest?: string;
  readonly deleted?: boolean;
  readonly headers?: Readonly<Record<string, readonly string[]>> | null;
  readonly metadata?: Readonly<Record<string, string>> | null;
  readonly options?: {
    readonly max_chunk_size?: number;
    readonly link?: { readonly bucket?: string; readonly name?: string } | null;
  } | null;
}

export interface StoredWhere {
  readonly bucket: string;
  readonly modified: string;
}

/** Null where what is stored is no such description. */
export function objectEntry(data: Uint8Array, { bucket, modified }: StoredWhere): ObjectEntry | null {
  const stored = parsedObject(data);
  if (stored === null || typeof stored.name !== 'string') return null;
  const { options, digest = '' } = stored;
  const link = options?.link ?? null;
  return {
    bucket,
    name: stored.name,
    description: stored.description ?? '',
    size: stored.size ?? 0,
    chunks: stored.chunks ?? 0,
    digest,
    modified,
    isDeleted: stored.deleted === true,
    nuid: stored.nuid ?? '',
    headers: stored.headers ?? {},
    metadata: stored.metadata ?? {},
    chunkSizeMax: options?.max_chunk_size ?? null,
    link: link === null ? null : { bucket: link.bucket ?? bucket, name: link.name ?? '' },
  };
}

function parsedObject(data: Uint8Array): StoredObject | null {
  const { data: text } = bodyFields(data);
  try {
    const value: unknown = JSON.parse(text ?? '');
    // Every client writes these keys; what is not there is filled in above.
    return typeof value === 'object' && value !== null ? (value as StoredObject) : null;
  } catch {
    // Somebody has published something else there.
    return null;
  }
}

export function objectJson(entry: ObjectEntry): Record<string, unknown> {
  const { isDeleted, link, chunkSizeMax, ...rest } = entry;
  return {
    ...rest,
    deleted: isDeleted,
    ...(chunkSizeMax === null ? {} : { chunk_size_max: chunkSizeMax }),
    ...(link === null ? {} : { link }),
  };
}

/** The digest's bytes; null where it is none that is known. */
export function digestBytes(digest: string): Uint8Array | null {
  const match = /^sha-256=([-_+/A-Za-z0-9]+={0,2})$/i.exec(digest);
  if (match === null) return null;
  const bytes = Buffer.from(match[1] ?? '', 'base64url');
  return bytes.length === 32 ? bytes : null;
}
