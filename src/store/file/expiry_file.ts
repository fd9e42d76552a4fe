// thw.db: which messages of a stream on disk live by a TTL of their own, so that a start need not read all of them. It
// saves reading, nothing more: what it does not know, or all of it when it is damaged or missing, is read from the
// messages' headers. Called by FileStorage for streams that allow TTLs.
import { ByteError } from '../../base/byte_error.ts';
import { ByteReader } from '../../base/byte_reader.ts';
import { OperatingError } from '../../base/errors.ts';
import type { Disk } from '../../ports/disk.ts';
import { MessageExpiry } from '../message_expiry.ts';
import { storedTtl, TTL_NONE } from '../message_ttl.ts';
import { READ_FOUND, READ_LOADING, StoredMessage } from '../stream_store.ts';
import type { FileStreamStore } from './file_stream_store.ts';
import { EXPIRY_FILE, join, MESSAGES_DIRECTORY } from './layout.ts';

export function expiryPath(directory: string): string {
  return join(directory, MESSAGES_DIRECTORY, EXPIRY_FILE);
}

/** Fills the expiry of a store that was just opened. `hasAge`: the file does not say who outlives the stream's max_age. */
export async function recoverExpiry(disk: Disk, store: FileStreamStore, hasAge: boolean): Promise<void> {
  const { state } = store;
  const expiry = new MessageExpiry();
  const known = await readKnown(disk, store.directory, expiry);
  // A file that knows more than the stream speaks of messages that were never acknowledged.
  const isUsable = known !== null && known <= state.sequenceLast + 1;
  if (!isUsable) expiry.clear();
  store.setExpiry(expiry);
  const from = isUsable && !hasAge ? Math.max(known, state.sequenceFirst) : state.sequenceFirst;
  const stored = new StoredMessage();
  for (let sequence = store.nextSequence(null, from); sequence !== 0; ) {
    const result = store.read(sequence, stored);
    if (result === READ_LOADING) {
      const wanted = sequence;
      await new Promise<void>((resolve) => store.load(wanted, resolve));
      continue;
    }
    if (result === READ_FOUND) {
      const { body, headerStart, payloadStart } = stored.message;
      const ttl = storedTtl(body, headerStart, payloadStart);
      const isKnown = isUsable && sequence < known && ttl > TTL_NONE;
      if (ttl !== TTL_NONE && !isKnown) expiry.add(sequence, stored.timeHigh, stored.timeLow, ttl);
    }
    sequence = store.nextSequence(null, sequence + 1);
  }
}

/** The first sequence that the file does not know about, or null when there is nothing to be had from it. */
async function readKnown(disk: Disk, directory: string, expiry: MessageExpiry): Promise<number | null> {
  let bytes: Uint8Array;
  try {
    bytes = await disk.readFile(expiryPath(directory));
  } catch (error) {
    if (error instanceof OperatingError) return null;
    throw error;
  }
  try {
    const known = expiry.decode(new ByteReader(bytes));
    return known.ok ? known.value : null;
  } catch (error) {
    if (error instanceof ByteError) return null;
    throw error;
  }
}
