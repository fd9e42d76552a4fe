// What a change of a stream's limits takes away at once, and what a removal does. In words, for the plan. Pure.

import type { StreamConfig } from '../../jetstream/stream/stream_config.ts';
import type { ConsumerInfo, StreamInfo } from '../client/js_types.ts';
import { countedText, countText, durationHuman, sizeText } from '../output/human.ts';
import { timeMs } from '../session.ts';

interface Moment {
  readonly info: StreamInfo;
  readonly nowMs: number;
}

export function updateLosses(old: StreamConfig, next: StreamConfig, { info, nowMs }: Moment): string[] {
  const { messages, bytes, first_ts: first } = info.state;
  if (messages === 0) return [];
  const losses: string[] = [];
  if (next.max_msgs > 0 && messages > next.max_msgs) {
    losses.push(`the oldest ${countText(messages - next.max_msgs)} of ${countedText(messages, 'message')} (max_msgs)`);
  }
  if (next.max_bytes > 0 && bytes > next.max_bytes) {
    losses.push(`the oldest messages, ${sizeText(bytes - next.max_bytes)} of ${sizeText(bytes)} (max_bytes)`);
  }
  if (isLower(next.max_age, old.max_age) && (nowMs - timeMs(first)) * 1e6 > next.max_age) {
    losses.push(`messages older than ${durationHuman(next.max_age)} (max_age)`);
  }
  if (isLower(next.max_msgs_per_subject, old.max_msgs_per_subject)) {
    losses.push(`all but the newest ${countText(next.max_msgs_per_subject)} of each subject (max_msgs_per_subject)`);
  }
  if (old.retention === 'limits' && next.retention === 'interest') {
    losses.push('messages that no consumer waits for (retention)');
  }
  return losses;
}

/** No limit is higher than any. */
function isLower(next: number, old: number): boolean {
  return next > 0 && (old <= 0 || next < old);
}

export function streamRemovalLoss({ state }: StreamInfo): string {
  const { messages, bytes, consumer_count: consumers } = state;
  return `${countedText(messages, 'message')} (${sizeText(bytes)}) and ${countedText(consumers, 'consumer')}`;
}

export function consumerRemovalLoss({ num_pending: pending, num_ack_pending: acks }: ConsumerInfo): string {
  return `its place before ${countedText(pending, 'unprocessed message')}, and ${countedText(acks, 'outstanding ack')}`;
}
