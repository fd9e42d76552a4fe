// Words that all scenarios share: waiting, gathering, and values in the shape that scenarios.json describes.
// Knows no scenario. Used by the scenarios_*.mjs beside it.
import { createHash } from 'node:crypto';

const decoder = new TextDecoder();

export const text = (bytes) => decoder.decode(bytes);

/** Waits for `promise` no longer than `ms`. */
export function within(promise, ms, what) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`nothing within ${ms} ms: ${what}`)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** The first `count` items of an iterator. */
export async function take(iterator, count, ms = 5000) {
  const items = [];
  if (count === 0) return items;
  const all = (async () => {
    for await (const item of iterator) {
      items.push(item);
      if (items.length === count) break;
    }
    return items;
  })();
  return await within(all, ms, `${items.length} of ${count} items`);
}

/** Everything of an iterator that ends by itself. */
export async function everything(iterator) {
  const items = [];
  for await (const item of iterator) items.push(item);
  return items;
}

/** Asks again until `isDone` or the deadline, and returns the last answer. */
export async function settle(ask, isDone, ms = 4000) {
  const until = performance.now() + ms;
  for (;;) {
    const answer = await ask();
    if (isDone(answer) || performance.now() > until) return answer;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

export function headerLists(headers) {
  const lists = {};
  if (headers === undefined) return lists;
  for (const key of [...headers.keys()].sort()) lists[key] = headers.values(key);
  return lists;
}

export const plain = (message) => ({ subject: message.subject, data: decoder.decode(message.data) });
export const stored = (message) => ({ seq: message.seq, ...plain(message) });
export const ack = ({ stream, seq, duplicate }) => ({ stream, seq, duplicate: duplicate === true });
export const state = ({ messages, bytes, first_seq, last_seq, num_deleted }) => ({
  messages,
  bytes,
  first_seq,
  last_seq,
  num_deleted: num_deleted ?? 0,
});
export const progress = (info) => ({
  delivered: { consumer_seq: info.delivered.consumer_seq, stream_seq: info.delivered.stream_seq },
  ack_floor: { consumer_seq: info.ack_floor.consumer_seq, stream_seq: info.ack_floor.stream_seq },
  num_ack_pending: info.num_ack_pending,
  num_redelivered: info.num_redelivered,
  num_pending: info.num_pending,
});
export const delivery = (message) => ({
  ...plain(message),
  stream_seq: message.info.streamSequence,
  consumer_seq: message.info.deliverySequence,
  delivered: message.info.deliveryCount ?? message.info.redeliveryCount,
  pending: message.info.pending,
});
export const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

/** Bytes that say where they are. */
export function pattern(length) {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = (i * 31 + (i >> 8)) & 0xff;
  return bytes;
}

export const kvEntry = (e) =>
  e === null ? 'not found' : { key: e.key, value: text(e.value), revision: e.revision, operation: e.operation };
