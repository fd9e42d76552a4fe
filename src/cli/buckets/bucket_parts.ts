// What makes a stream a bucket, whatever else is said about it: its subjects and the parts that every client gives its
// buckets. For the configurations of flags (bucket_config.ts) and of documents (documents/bucket_stream.ts).
// Compat: nats.go jetstream/kv.go prepareKeyValueConfig, object.go.
import type { SubjectTransform } from '../client/js_types.ts';

/** Full buckets take no more; values are replaced and read by everyone directly. */
export const BUCKET_PARTS = { discard: 'new', allow_rollup_hdrs: true, allow_direct: true } as const;

/** Keys are deleted by markers, never by removing messages. */
export const KEY_VALUE_PARTS = { deny_delete: true } as const;

export function keySubjects(bucket: string): string {
  return `$KV.${bucket}.>`;
}

export function objectSubjects(bucket: string): string[] {
  return [`$O.${bucket}.C.>`, `$O.${bucket}.M.>`];
}

/** Keys of one bucket become keys of another. */
export function keyTransform(from: string, into: string): SubjectTransform {
  return { src: keySubjects(from), dest: keySubjects(into) };
}
