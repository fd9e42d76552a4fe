// `contrail object info`: a bucket, or one object in it.
import { OBJECTS, pickBucket } from '../../buckets/bucket.ts';
import { objectBucketPage } from '../../buckets/bucket_page.ts';
import { ObjectBucket } from '../../buckets/object_bucket.ts';
import { objectJson } from '../../buckets/object_entry.ts';
import { objectPage } from '../../buckets/object_page.ts';
import type { Answer } from '../../client/js_api.ts';
import type { StreamInfo } from '../../client/js_types.ts';
import { argument, defineCommand } from '../../command.ts';
import { withoutApiKeys } from '../../output/json.ts';
import type { Session } from '../../session.ts';

export const OBJECT_INFO = defineCommand({
  name: 'info',
  aliases: ['show', 'i'],
  summary: 'Get information about a bucket or object',
  args: { bucket: argument.optional('The bucket to act on'), file: argument.optional('The object to show') },
  examples: [
    { text: 'The bucket', command: 'contrail object info FILES' },
    { text: 'One object with its digest', command: 'contrail object info FILES logo.png' },
  ],
  json: "Of a bucket the server's answer about its stream, as for stream info. Of an object: bucket, name, description, size, chunks, digest, modified, nuid, headers, metadata, deleted, and where there are any chunk_size_max, link (bucket, name).",
  run: async (session, { bucket, file }) => {
    if (file === undefined || file === '') {
      showObjectBucket(session, await pickBucket(session, OBJECTS, bucket));
      return;
    }
    const entry = await (await ObjectBucket.open(session, bucket)).liveEntry(file);
    if (session.isJson) session.json(objectJson(entry));
    else session.page(objectPage(session, entry));
  },
});

export function showObjectBucket(session: Session, { value, exact }: Answer<StreamInfo>): void {
  if (session.isJson) session.json(withoutApiKeys(exact));
  else session.page(objectBucketPage(session, value));
}
