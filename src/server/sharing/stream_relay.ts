// A subscription that also takes from a stream of another account: there it stands in for the one it was made for, and
// shows what comes under the subject that the importing account knows. Made and ended by account_sharing.ts.
// Compat: client.go, addShadowSubscriptions, addShadowSub, and processMsgResults about sub.im.
import { DELIVERED, DELIVERED_NONE, type DeliveryResult } from '../../ports/bus.ts';
import type { Message } from '../../ports/message.ts';
import type { StreamImport } from '../../subject/shared_account.ts';
import { isSubsetMatch, tokensOf } from '../../subject/subject.ts';
import { SubjectBuffer } from '../../subject/subject_buffer.ts';
import { deliverTo, type QueuePick } from '../deliver.ts';
import { type Receiver, type Relay, Subscription } from '../subscription.ts';
import type { RelayFrames } from './relay_frames.ts';

const encoder = new TextEncoder();

export class StreamRelay implements Relay {
  readonly #base: Subscription;
  /** What delivers to a connection: counts for itself, so that automatic unsubscription counts the base alone. */
  readonly #stand: Subscription | null;
  readonly #import: StreamImport;
  readonly #to: Uint8Array;
  readonly #frames: RelayFrames;
  readonly #pick: QueuePick;
  readonly #subject = new SubjectBuffer();

  constructor(base: Subscription, imported: StreamImport, frames: RelayFrames, pick: QueuePick) {
    const { connection, subject, queue, sid } = base;
    this.#base = base;
    this.#stand = connection === null ? null : new Subscription(subject, queue, { sid, connection });
    this.#import = imported;
    this.#to = encoder.encode(imported.to);
    this.#frames = frames;
    this.#pick = pick;
  }

  relay(message: Message, shown: Uint8Array, start: number, end: number, producer: Receiver | null): DeliveryResult {
    const stand = this.#stand;
    // Compat: what came as a request to a service is no part of a stream.
    if (message.passage !== null || this.#base.isClosed) return DELIVERED_NONE;
    if (stand === null) return this.#handle(message, shown, start, end);
    stand.filter = this.#base.filter;
    if (message.target !== null || this.#import.keepsSubject) {
      return deliverTo(stand, message, shown, start, end, producer);
    }
    if (this.#import.transform === null) {
      return deliverTo(stand, message, this.#to, 0, this.#to.length, producer);
    }
    const subject = this.#subject;
    subject.clear();
    this.#import.transform.write(shown, start, end, subject, this.#pick);
    return deliverTo(stand, message, subject.bytes, 0, subject.length, producer);
  }

  congested(): Receiver | null {
    const connection = this.#base.connection;
    return connection?.isCongested === true ? connection : null;
  }

  /** For the inside of the house, which reads the subject from the message. */
  #handle(message: Message, shown: Uint8Array, start: number, end: number): DeliveryResult {
    const { handler } = this.#base;
    const frame = this.#frames.enter();
    if (handler === null || frame === null) return DELIVERED_NONE;
    const { subject } = frame;
    const { transform, keepsSubject } = this.#import;
    subject.clear();
    if (message.target !== null || keepsSubject) subject.range(shown, start, end);
    else if (transform === null) subject.range(this.#to, 0, this.#to.length);
    else transform.write(shown, start, end, subject, this.#pick);
    frame.takeBody(message);
    frame.setReply(message.reply, message.replyStart, message.replyEnd);
    frame.message.subject = subject.bytes;
    frame.message.subjectStart = 0;
    frame.message.subjectEnd = subject.length;
    frame.message.target = null;
    frame.message.passage = null;
    try {
      handler(frame.message);
    } finally {
      this.#frames.leave();
    }
    return DELIVERED;
  }
}

/**
 * What a subscription of the importing account to `subject` takes of the import: a subject of the exporting account, or
 * null for nothing of it.
 */
export function importedSubject(subject: string, imported: StreamImport, pick: QueuePick): string | null {
  const { from, to, transform, keepsSubject } = imported;
  if (subject === to) return from;
  const tokens = tokensOf(subject);
  const importTokens = tokensOf(to);
  const back = (local: string) => transform?.reverse()?.apply(local, pick) ?? null;
  if (isSubsetMatch(tokens, importTokens)) {
    if (keepsSubject) return subject;
    return transform === null ? from : back(subject);
  }
  if (!tokens.includes('*') && tokens.at(-1) !== '>') return null;
  if (isSubsetMatch(importTokens, tokens)) return from;
  const overlap = overlapOf(tokens, importTokens);
  if (!isSubsetMatch(overlap, importTokens)) return null;
  const local = overlap.join('.');
  if (keepsSubject) return local;
  // Safer than the reference, which takes the local subject from the exporter, exported or not.
  return transform === null ? from : back(local);
}

/** The subscription's tokens, made as narrow as the import's where they are wider. */
function overlapOf(tokens: readonly string[], importTokens: readonly string[]): string[] {
  const narrow = tokens.map((token, i) => {
    const other = importTokens[i];
    return token === '*' && other !== undefined && other !== '>' ? other : token;
  });
  const last = narrow.length - 1;
  if (narrow[last] !== '>' || importTokens.length < narrow.length) return narrow;
  return [...narrow.slice(0, last), ...importTokens.slice(last)];
}
