// How many messages a purge would remove, without removing any: from the stream's state, or by a consumer's count of what
// matches.
import type { ConsumerInfo, StreamInfo } from '../../client/js_types.ts';
import { CommandError } from '../../errors.ts';
import type { Session } from '../../session.ts';
import { subjectCounts } from '../../streams/stream_subjects.ts';

export interface PurgeScope {
  readonly subject: string | undefined;
  /** Up to, not with; 0 for no such limit. */
  readonly seq: number;
  readonly keep: number;
}

export async function purgeCount(
  session: Session,
  info: StreamInfo,
  { subject, seq, keep }: PurgeScope,
): Promise<number> {
  const all = subject === undefined ? info.state.messages : await ofSubject(session, info.config.name, subject);
  if (keep > 0) return Math.max(0, all - keep);
  if (seq <= 0 || seq > info.state.last_seq) return all;
  if (seq <= info.state.first_seq) return 0;
  return all - (await matching(session, info, { subject: subject ?? '>', from: seq }));
}

async function ofSubject(session: Session, stream: string, subject: string): Promise<number> {
  const counts = await subjectCounts(await session.api(), stream, subject);
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}

/** Messages from a sequence on that match: what a new consumer there would have before it. */
async function matching(
  session: Session,
  { config }: StreamInfo,
  { subject, from }: { readonly subject: string; readonly from: number },
): Promise<number> {
  if (config.retention === 'workqueue') {
    throw new CommandError('Cannot count what --seq would purge of a work queue: looking at it would take from it');
  }
  const api = await session.api();
  const { value } = await api.request<ConsumerInfo>(`CONSUMER.CREATE.${config.name}`, {
    stream_name: config.name,
    config: {
      deliver_policy: 'by_start_sequence',
      opt_start_seq: from,
      ack_policy: 'none',
      filter_subject: subject,
      inactive_threshold: 5e9,
      mem_storage: true,
      num_replicas: 1,
    },
  });
  await api.request(`CONSUMER.DELETE.${config.name}.${value.name}`);
  return value.num_pending;
}
