// A stream as a plain array, slow and obvious: what every StreamStore is compared with. Test code.
import type { PurgeRequest, StoreLimits } from './stream_store.ts';

export interface ModelMessage {
  readonly sequence: number;
  readonly subject: string;
  readonly header: string;
  readonly payload: string;
  readonly timeNs: bigint;
}

export class StreamModel {
  messages: ModelMessage[] = [];
  last = 0;
  timeLast = 0n;
  limits: StoreLimits;
  readonly #sizeOf: (subject: number, header: number, payload: number) => number;

  constructor(limits: StoreLimits, sizeOf: (subject: number, header: number, payload: number) => number) {
    this.limits = limits;
    this.#sizeOf = sizeOf;
  }

  get bytes(): number {
    return this.messages.reduce((sum, m) => sum + this.#sizeOf(m.subject.length, m.header.length, m.payload.length), 0);
  }

  get first(): number {
    return this.messages[0]?.sequence ?? this.last + 1;
  }

  append(subject: string, header: string, payload: string, timeNs: bigint): number {
    const sequence = ++this.last;
    this.timeLast = timeNs;
    this.messages.push({ sequence, subject, header, payload, timeNs });
    this.enforce();
    return sequence;
  }

  skipTo(sequence: number, timeNs: bigint): void {
    if (sequence > this.last) this.timeLast = timeNs;
    this.last = sequence;
  }

  enforce(): void {
    const { limits } = this;
    const perSubject = limits.messagesPerSubjectMax;
    if (perSubject > 0 && !(limits.discardNew && limits.discardNewPerSubject)) {
      for (const subject of this.subjects()) {
        const own = this.messages.filter((m) => m.subject === subject);
        const gone = new Set(own.slice(0, Math.max(0, own.length - perSubject)));
        this.messages = this.messages.filter((m) => !gone.has(m));
      }
    }
    if (limits.discardNew) return;
    while (limits.messagesMax > 0 && this.messages.length > limits.messagesMax) this.messages.shift();
    while (limits.bytesMax > 0 && this.messages.length > 0 && this.bytes > limits.bytesMax) this.messages.shift();
  }

  expire(nowNs: bigint): void {
    if (this.limits.ageMaxNs > 0) {
      while (this.messages.length > 0 && this.messages[0]!.timeNs + BigInt(this.limits.ageMaxNs) <= nowNs)
        this.messages.shift();
    }
  }

  remove(sequence: number): boolean {
    const before = this.messages.length;
    this.messages = this.messages.filter((m) => m.sequence !== sequence);
    return this.messages.length < before;
  }

  purge(request: PurgeRequest): number {
    const { filter, sequence, keep } = request;
    if (sequence === 1) return 0;
    const isAll = filter === null || filter === '>';
    const before = this.messages.length;
    if (isAll && sequence > 1) {
      this.messages = this.messages.filter((m) => m.sequence >= sequence);
      if (sequence > this.last) this.last = sequence - 1;
      return before - this.messages.length;
    }
    const matching = this.messages.filter((m) => isAll || modelMatches(filter, m.subject));
    const candidates = matching.slice(0, Math.max(0, matching.length - keep));
    const gone = new Set(candidates.filter((m) => sequence === 0 || m.sequence < sequence));
    this.messages = this.messages.filter((m) => !gone.has(m));
    return before - this.messages.length;
  }

  subjects(): string[] {
    return [...new Set(this.messages.map((m) => m.subject))];
  }

  passing(filters: readonly string[] | null): ModelMessage[] {
    if (filters === null) return this.messages;
    return this.messages.filter(
      (m) => filters.length === 0 || filters.some((filter) => modelMatches(filter, m.subject)),
    );
  }

  lastPerSubject(filters: readonly string[] | null, upTo: number): number[] {
    const lasts = new Map<string, number>();
    for (const m of this.passing(filters)) if (m.sequence <= upTo) lasts.set(m.subject, m.sequence);
    return [...lasts.values()].sort((a, b) => a - b);
  }

  deleted(): number[] {
    const stored = new Set(this.messages.map((m) => m.sequence));
    const gone: number[] = [];
    for (let sequence = this.first; sequence <= this.last; sequence++) if (!stored.has(sequence)) gone.push(sequence);
    return gone;
  }
}

export function modelMatches(filter: string, subject: string): boolean {
  const wanted = filter.split('.');
  const tokens = subject.split('.');
  for (let i = 0; i < wanted.length; i++) {
    if (wanted[i] === '>' && i === wanted.length - 1) return tokens.length > i;
    if (i >= tokens.length) return false;
    if (wanted[i] !== '*' && wanted[i] !== tokens[i]) return false;
  }
  return wanted.length === tokens.length;
}
