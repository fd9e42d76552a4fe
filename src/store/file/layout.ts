// Every directory and file name of a store, in one place, as nats-server has them. It makes and takes apart names; it
// touches no disk.
//
//   <root>/<account>/streams/<stream>/     meta.inf meta.sum
//                                          msgs/ 1.blk 2.blk ... index.db unbroken
//                                          obs/<consumer>/ meta.inf meta.sum o.dat
//
// Compat: filestore.go, the names in its const block.

export const JETSTREAM_DIRECTORY = 'jetstream';
export const STREAMS_DIRECTORY = 'streams';
export const MESSAGES_DIRECTORY = 'msgs';
export const CONSUMERS_DIRECTORY = 'obs';
/** Where the message directory waits to be removed during a purge, and where the new one comes from. */
export const PURGED_DIRECTORY = '__msgs__';
export const NEW_MESSAGES_DIRECTORY = '__new_msgs__';

export const META_FILE = 'meta.inf';
export const META_SUM_FILE = 'meta.sum';
export const META_KEY_FILE = 'meta.key';
export const STATE_FILE = 'index.db';
export const CONSUMER_STATE_FILE = 'o.dat';
/** Ours: see unbroken_mark.ts. */
export const UNBROKEN_FILE = 'unbroken';
/** State of message expiry, schedules and sources. */
export const EXPIRY_FILE = 'thw.db';
export const SCHEDULE_FILE = 'sched.db';

const BLOCK_NAME = /^([0-9]+)\.blk$/;

export function join(...parts: string[]): string {
  return parts.join('/');
}

export function blockName(number: number): string {
  return `${number}.blk`;
}

/** Number of a block file; 0 for every other name. */
export function blockNumber(name: string): number {
  const match = BLOCK_NAME.exec(name);
  const number = match === null ? 0 : Number(match[1]);
  // Names with leading zeros are not ours, nor are numbers that no index can hold.
  return number <= 0xffff_ffff && blockName(number) === name ? number : 0;
}

/** What a rewrite of a block is called until it takes the block's place. */
export function rewriteName(number: number): string {
  return `${number}.blk.tmp`;
}

/** A copy of bytes that were cut off a block because nobody can read them. */
export function cutName(number: number, offset: number): string {
  return `${number}.blk.${offset}.cut`;
}
