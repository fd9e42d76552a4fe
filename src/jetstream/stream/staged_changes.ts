// What the messages of an atomic batch that passed so far would change, as the later ones of the same batch must see it.
// Lives for one commit. Counts at once; builds its tables of subjects and ids only when something asks.
import { Message } from '../../ports/message.ts';
import { subjectText } from './publish_checks.ts';
import type { StagedBatch } from './staged_batch.ts';

export class StagedChanges {
  readonly #batch: StagedBatch;
  readonly #view = new Message();
  /** Messages that passed, and what they would add to the store. */
  count = 0;
  bytes = 0;
  #ids: Set<string> | null = null;
  /** Messages by subject, of the first `#subjectsRead` of the batch. */
  readonly #subjects = new Map<string, number>();
  #subjectsRead = 0;
  /** Last stored sequences that were asked for, by subject. */
  readonly #lasts = new Map<string, number>();

  constructor(batch: StagedBatch) {
    this.#batch = batch;
  }

  /** The next message passed. */
  add(bytes: number): void {
    this.count++;
    this.bytes += bytes;
  }

  hasId(id: string): boolean {
    return this.#ids?.has(id) ?? false;
  }

  addId(id: string): void {
    this.#ids ??= new Set();
    this.#ids.add(id);
  }

  /** How many of those that passed have this subject. */
  messagesOf(subject: string): number {
    for (; this.#subjectsRead < this.count; this.#subjectsRead++) {
      this.#batch.read(this.#subjectsRead, this.#view);
      const own = subjectText(this.#view);
      this.#subjects.set(own, (this.#subjects.get(own) ?? 0) + 1);
    }
    return this.#subjects.get(subject) ?? 0;
  }

  /** The last stored sequence of a subject, looked up once per batch. */
  lastOf(subject: string, find: () => number): number {
    const known = this.#lasts.get(subject);
    if (known !== undefined) return known;
    const last = find();
    this.#lasts.set(subject, last);
    return last;
  }
}
