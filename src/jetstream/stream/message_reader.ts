// Copies one stored message out of a store, waiting for the disk where it must. For requests through the API, which are
// few; direct gets and consumers read without copies.
import { utf8Text } from '../../base/bytes.ts';
import { nanosToNs } from '../../base/nanos.ts';
import { READ_FOUND, READ_LOADING, StoredMessage, type StreamStore } from '../../store/stream_store.ts';

export interface MessageCopy {
  readonly subject: string;
  readonly sequence: number;
  /** Unix nanoseconds. */
  readonly timeNs: bigint;
  readonly header: Uint8Array;
  readonly data: Uint8Array;
}

/** Null when it is not stored. */
export async function copyMessage(store: StreamStore, sequence: number): Promise<MessageCopy | null> {
  const stored = new StoredMessage();
  for (;;) {
    const result = store.read(sequence, stored);
    if (result === READ_FOUND) return copyOf(stored);
    if (result !== READ_LOADING) return null;
    await new Promise<void>((resolve) => store.load(sequence, resolve));
  }
}

function copyOf(stored: StoredMessage): MessageCopy {
  const { message } = stored;
  return {
    subject: utf8Text(message.subject, message.subjectStart, message.subjectEnd),
    sequence: stored.sequence,
    timeNs: nanosToNs(stored.timeHigh, stored.timeLow),
    header: message.body.slice(message.headerStart, message.payloadStart),
    data: message.body.slice(message.payloadStart, message.payloadEnd),
  };
}
