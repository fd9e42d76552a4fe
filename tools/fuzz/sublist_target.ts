// Subscriptions that come and go in a small world of tokens, and what matches a subject, against a plain comparison with
// every one of them. Subjects off the wire need not be valid: matching must end, and find nothing strange, for any bytes.
import type { Prng } from '../../src/base/prng.ts';
import {
  isValidLiteralSubject,
  isValidSubject,
  isValidSubjectBytes,
  subjectMatches,
} from '../../src/subject/subject.ts';
import { Sublist, type SublistEntry } from '../../src/subject/sublist.ts';
import { type FuzzTarget, promise } from './fuzz_target.ts';
import { InputBuffer } from './mutations.ts';

const ENTRIES_MAX = 40;
const ROUND_CASES = 400;
const WORDS = ['.', '..', '*', '>', 'a', '.>', '.*', '\0', '\r\n', ' ', 'aa', 'foo*', '>a'];

class Entry implements SublistEntry {
  readonly text: string;
  readonly subject: Uint8Array;
  readonly queue: string | null;

  constructor(text: string, queue: string | null) {
    this.text = text;
    this.subject = Buffer.from(text, 'latin1');
    this.queue = queue;
  }
}

export class SublistTarget implements FuzzTarget {
  readonly name = 'sublist';
  readonly about = 'subscriptions that come and go, against a comparison one by one';
  readonly #input = new InputBuffer(256);

  currentInput(): Uint8Array {
    return this.#input.view;
  }

  run(random: Prng, cases: number): number {
    let done = 0;
    while (done < cases) {
      this.#round(random);
      done += ROUND_CASES;
    }
    return done;
  }

  #round(random: Prng): void {
    const list = new Sublist<Entry>();
    const entries: Entry[] = [];
    for (let i = 0; i < ROUND_CASES; i++) {
      const kind = random.below(4);
      if (kind === 0 && entries.length < ENTRIES_MAX) {
        const entry = new Entry(this.#pattern(random), random.chance(0.3) ? random.pick(['q', 'r', '']) : null);
        list.insert(entry);
        entries.push(entry);
      } else if (kind === 1 && entries.length > 0 && random.chance(0.6)) {
        const [entry] = entries.splice(random.below(entries.length), 1) as [Entry];
        list.remove(entry);
      } else this.#match(random, list, entries);
    }
    promise(list.count === entries.length, `${list.count} subscriptions are counted, not ${entries.length}`, '');
    for (const entry of entries) list.remove(entry);
    promise(list.count === 0, 'something is left when all are gone', '');
  }

  #match(random: Prng, list: Sublist<Entry>, entries: readonly Entry[]): void {
    const bytes = this.#literal(random);
    const text = Buffer.from(bytes).toString('latin1');
    const result = list.match(bytes, 0, bytes.length);
    promise(
      isValidSubjectBytes(bytes, 0, bytes.length) || !isValidSubject(text),
      'bytes and text are judged apart',
      bytes,
    );
    if (!isValidLiteralSubject(text)) return;
    const want = entries.filter((entry) => subjectMatches(text, entry.text));
    const have = [...result.plain, ...result.queues.flat()];
    promise(new Set(have).size === have.length, 'one subscription is found twice', bytes);
    const isSame = want.length === have.length && want.every((entry) => have.includes(entry));
    const about = `wanted ${JSON.stringify(want.map((e) => e.text))}, found ${JSON.stringify(have.map((e) => e.text))}`;
    promise(isSame, about, bytes);
    for (const group of result.queues) {
      promise(group.length > 0 && new Set(group.map(({ queue }) => queue)).size === 1, 'queue groups are mixed', bytes);
    }
    promise(
      result.plain.every(({ queue }) => queue === null),
      'a queue member is found plain',
      bytes,
    );
  }

  /** A valid pattern. */
  #pattern(random: Prng): string {
    const tokens = Array.from({ length: 1 + random.below(5) }, () => random.pick(['a', 'b', 'aa', '*', 'c*', '>x']));
    if (random.chance(0.3)) tokens[tokens.length - 1] = '>';
    return tokens.join('.');
  }

  /** Mostly valid. */
  #literal(random: Prng): Uint8Array {
    const input = this.#input;
    input.clear();
    const tokens = 1 + random.below(5);
    for (let i = 0; i < tokens; i++) {
      if (i > 0) input.byte(46);
      input.text(random.pick(['a', 'b', 'aa', 'c*', '>x', 'd']));
    }
    if (random.chance(0.1)) input.mutate(random, 1, WORDS);
    return input.view;
  }
}
