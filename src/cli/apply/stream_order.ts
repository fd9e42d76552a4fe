// In which order streams are made and changed: those that others copy from first, those that give a subject up before
// those that take it; and which subjects two streams would have at once. Pure.

import type { StreamConfig } from '../../jetstream/stream/stream_config.ts';
import { subjectsCollide } from '../../subject/subject.ts';
import type { Step } from './step.ts';

export interface StreamMove {
  readonly step: Step;
  /** Null where there was none. */
  readonly before: readonly string[] | null;
  readonly config: StreamConfig;
}

/** Whoever stands earlier goes first where nothing speaks for another order. */
export function orderedStreams(moves: readonly StreamMove[]): StreamMove[] {
  const byName = new Map(moves.map((move) => [move.config.name, move]));
  const done = new Set<StreamMove>();
  const ordered: StreamMove[] = [];
  const visit = (move: StreamMove): void => {
    if (done.has(move)) return;
    // Also ends circles: the server then says which of them cannot be.
    done.add(move);
    for (const name of originsOf(move.config)) {
      const origin = byName.get(name);
      if (origin !== undefined) visit(origin);
    }
    if (hasNewSubjects(move)) for (const other of moves) if (other !== move && givesUpFor(other, move)) visit(other);
    ordered.push(move);
  };
  for (const move of moves) visit(move);
  return ordered;
}

export function originsOf({ mirror, sources }: Pick<StreamConfig, 'mirror' | 'sources'>): string[] {
  return [mirror, ...sources].flatMap((source) => (source === null || source.external !== null ? [] : source.name));
}

function hasNewSubjects({ before, config }: StreamMove): boolean {
  return before === null || config.subjects.some((subject) => !before.includes(subject));
}

function givesUpFor(other: StreamMove, move: StreamMove): boolean {
  const { before } = other;
  return before !== null && move.config.subjects.some((ours) => before.some((theirs) => subjectsCollide(theirs, ours)));
}

/** Whose subjects collide with one, without asking everybody. */
export class SubjectIndex {
  readonly #byFirst: Map<string, Entry[]>;
  readonly #all: Entry[];
  /** Begin with a wildcard. */
  readonly #wild: Entry[];

  constructor(streams: Iterable<readonly [stream: string, subjects: readonly string[]]>) {
    this.#byFirst = new Map();
    this.#all = [];
    this.#wild = [];
    for (const [stream, subjects] of streams) for (const subject of subjects) this.#add({ stream, subject });
  }

  #add(entry: Entry): void {
    this.#all.push(entry);
    const first = firstToken(entry.subject);
    if (isWild(first)) {
      this.#wild.push(entry);
      return;
    }
    const same = this.#byFirst.get(first);
    if (same === undefined) this.#byFirst.set(first, [entry]);
    else same.push(entry);
  }

  /** A subject of another stream that collides with one of these. */
  collision(stream: string, subjects: readonly string[]): (Entry & { readonly ours: string }) | null {
    for (const ours of subjects) {
      const first = firstToken(ours);
      const near = isWild(first) ? this.#all : [...(this.#byFirst.get(first) ?? []), ...this.#wild];
      const found = near.find((entry) => entry.stream !== stream && subjectsCollide(entry.subject, ours));
      if (found !== undefined) return { ...found, ours };
    }
    return null;
  }
}

interface Entry {
  readonly stream: string;
  readonly subject: string;
}

function firstToken(subject: string): string {
  const dot = subject.indexOf('.');
  return dot < 0 ? subject : subject.slice(0, dot);
}

function isWild(token: string): boolean {
  return token === '*' || token === '>';
}
