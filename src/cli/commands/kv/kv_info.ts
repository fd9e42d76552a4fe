// `contrail kv info`.
import { KEY_VALUE, pickBucket } from '../../buckets/bucket.ts';
import { kvPage } from '../../buckets/bucket_page.ts';
import type { Answer } from '../../client/js_api.ts';
import type { StreamInfo } from '../../client/js_types.ts';
import { argument, defineCommand } from '../../command.ts';
import { withoutApiKeys } from '../../output/json.ts';
import type { Session } from '../../session.ts';

export const KV_INFO = defineCommand({
  name: 'info',
  aliases: ['view', 'status'],
  summary: 'View the status of a KV store',
  args: { bucket: argument.optional('The bucket to act on') },
  examples: [{ text: 'How much is in it, and what it keeps', command: 'contrail kv info CONFIG' }],
  json: "The server's answer about the bucket's stream, as for stream info.",
  run: async (session, { bucket }) => {
    showKvBucket(session, await pickBucket(session, KEY_VALUE, bucket));
  },
});

export function showKvBucket(session: Session, { value, exact }: Answer<StreamInfo>): void {
  if (session.isJson) session.json(withoutApiKeys(exact));
  else session.page(kvPage(session, value));
}
