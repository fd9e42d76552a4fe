// Where messages are missing between a stream's first and last: from the list of deleted sequences where the server gives
// all of it, otherwise by reading what is there, headers only.
import { AckPolicy, DeliverPolicy, jetstream } from '@nats-io/jetstream';
import type { ConsumerInfo, StreamInfo } from '../client/js_types.ts';
import type { Session } from '../session.ts';

/** First and last missing sequence. */
export type Gap = readonly [first: number, last: number];

export interface GapOptions {
  readonly info: StreamInfo;
  /** The sequence that has been looked at. */
  readonly progress: (seq: number) => void;
}

const INACTIVE_NS = 60e9;

export async function findGaps(session: Session, { info, progress }: GapOptions): Promise<Gap[]> {
  const { deleted, num_deleted: count = 0 } = info.state;
  if (count === 0) return [];
  const known = [...(deleted ?? [])].sort((a, b) => a - b);
  if (known.length >= count) return gapsOf(known);
  return await readGaps(session, info, progress);
}

export function gapsOf(sequences: readonly number[]): Gap[] {
  const gaps: [number, number][] = [];
  for (const seq of sequences) {
    const last = gaps.at(-1);
    if (last !== undefined && last[1] === seq - 1) last[1] = seq;
    else gaps.push([seq, seq]);
  }
  return gaps;
}

async function readGaps(
  session: Session,
  { config, state }: StreamInfo,
  progress: (seq: number) => void,
): Promise<Gap[]> {
  const api = await session.api();
  const { value } = await api.request<ConsumerInfo>(`CONSUMER.CREATE.${config.name}`, {
    stream_name: config.name,
    config: {
      ack_policy: AckPolicy.None,
      deliver_policy: DeliverPolicy.All,
      headers_only: true,
      mem_storage: true,
      num_replicas: 1,
      inactive_threshold: INACTIVE_NS,
    },
  });
  const js = jetstream(api.connection, { apiPrefix: api.prefix, timeout: api.timeoutMs });
  const consumer = await js.consumers.get(config.name, value.name);
  const messages = await consumer.consume();
  void session.interrupted.then(() => messages.close());
  const gaps: Gap[] = [];
  let expected = state.first_seq;
  for await (const message of messages) {
    const { streamSequence: seq, pending } = message.info;
    if (seq > expected) gaps.push([expected, seq - 1]);
    expected = seq + 1;
    progress(seq);
    if (pending === 0 || seq >= state.last_seq) break;
  }
  await messages.close();
  await consumer.delete();
  if (!session.isInterrupted && expected <= state.last_seq) gaps.push([expected, state.last_seq]);
  return gaps;
}
