// The rules by which a stream's limits remove messages: values in, a verdict out. The stores ask after every append,
// when limits change and when time passes; what is removed first is always the oldest (of the stream or the subject).
import type { StoreLimits } from './stream_store.ts';

export const NO_LIMITS: StoreLimits = {
  messagesMax: -1,
  bytesMax: -1,
  ageMaxNs: 0,
  messagesPerSubjectMax: -1,
  discardNew: false,
  discardNewPerSubject: false,
  marksExpired: false,
};

/** Whether the stream's oldest message must go. */
export function isOverLimits(limits: StoreLimits, messages: number, bytes: number): boolean {
  if (limits.discardNew || messages === 0) return false;
  return (limits.messagesMax > 0 && messages > limits.messagesMax) || (limits.bytesMax > 0 && bytes > limits.bytesMax);
}

/** How many messages of one subject may stay; Infinity when it does not matter. */
export function perSubjectMax(limits: StoreLimits): number {
  if (limits.messagesPerSubjectMax <= 0 || (limits.discardNew && limits.discardNewPerSubject)) return Infinity;
  return limits.messagesPerSubjectMax;
}

/** Unix milliseconds with fraction of a time given as two halves of nanoseconds. */
export function millisOf(timeHigh: number, timeLow: number): number {
  return timeHigh * 4294.967296 + timeLow / 1e6;
}

/** Unix milliseconds at which a message of this time is too old; Infinity when age does not matter. */
export function expiryMs(limits: StoreLimits, timeHigh: number, timeLow: number): number {
  return limits.ageMaxNs > 0 ? millisOf(timeHigh, timeLow) + limits.ageMaxNs / 1e6 : Infinity;
}
