// What stays of a subject whose only message has lived its time, where the stream wants that: a marker without payload, which
// lives as long as the configuration says and goes without one of its own. The store says which messages these are; they
// are read first, because a marker is told by its header, and reading may have to wait for the disk.
// Compat: nats-server filestore.go, handleRemovalOrSdm; ADR-43.
import { durationText, SECOND } from '../../base/duration.ts';
import { Message } from '../../ports/message.ts';
import { TTL_HEADER } from '../../store/message_ttl.ts';
import { READ_FOUND, READ_LOADING, StoredMessage, type StreamStore } from '../../store/stream_store.ts';
import { headerText } from '../../wire/headers.ts';

const REASON = 'Nats-Marker-Reason';

export interface MarkerParts {
  readonly store: StreamStore;
  /** Stores a marker, which removes what it stands for; false where it cannot be stored. */
  mark(marker: Message): boolean;
}

export class SubjectMarkers {
  readonly #parts: MarkerParts;
  #ttlSeconds: number;
  /** Sequences that were said to have lived their time, while the stream is not at work yet. */
  #early: number[] | null = [];
  #isStopped = false;
  readonly #stored = new StoredMessage();

  constructor(parts: MarkerParts, ttlSeconds: number) {
    this.#parts = parts;
    this.#ttlSeconds = ttlSeconds;
  }

  setTtl(seconds: number): void {
    this.#ttlSeconds = seconds;
  }

  /** Everybody who wants to know of markers is there. */
  start(): void {
    const early = this.#early ?? [];
    this.#early = null;
    for (const sequence of early) this.#replace(sequence);
  }

  stop(): void {
    this.#isStopped = true;
  }

  expired(sequences: readonly number[]): void {
    if (this.#early !== null) this.#early.push(...sequences);
    else for (const sequence of sequences) this.#replace(sequence);
  }

  #replace(sequence: number): void {
    if (this.#isStopped) return;
    const { store, mark } = this.#parts;
    const stored = this.#stored;
    const result = store.read(sequence, stored);
    if (result === READ_LOADING) store.load(sequence, () => this.#replace(sequence));
    // While it was read a newer one may have come, whose turn it is then.
    else if (result !== READ_FOUND || !this.#wantsMarker(stored.message) || !mark(this.#marker(stored.message))) {
      store.remove(sequence, false);
    }
  }

  #wantsMarker({ subject, subjectStart, subjectEnd, body, headerStart, payloadStart }: Message): boolean {
    if (this.#ttlSeconds <= 0 || this.#parts.store.countOfSubject(subject, subjectStart, subjectEnd) !== 1)
      return false;
    return (headerText(body, headerStart, payloadStart, REASON) ?? '') === '';
  }

  #marker({ subject, subjectStart, subjectEnd }: Message): Message {
    const ttl = durationText(BigInt(this.#ttlSeconds) * SECOND);
    const marker = new Message();
    marker.subject = subject.slice(subjectStart, subjectEnd);
    marker.subjectEnd = marker.subject.length;
    marker.body = Buffer.from(`NATS/1.0\r\n${REASON}: MaxAge\r\n${TTL_HEADER}: ${ttl}\r\nNats-Rollup: sub\r\n\r\n`);
    marker.payloadStart = marker.body.length;
    marker.payloadEnd = marker.body.length;
    return marker;
  }
}
