// Header blocks, read where they lie by wire/headers.ts and jetstream's PublishHeaders, against the same blocks taken apart
// as strings: the same keys and values in the same order, nothing from outside of the block, and what the server strips is
// gone whatever stands around it.
import type { Prng } from '../../src/base/prng.ts';
import { HEADER_NAMES, PublishHeaders } from '../../src/jetstream/stream/publish_headers.ts';
import { HeaderCursor, headerText, withoutHeaders } from '../../src/wire/headers.ts';
import { type FuzzTarget, promise } from './fuzz_target.ts';
import { InputBuffer } from './mutations.ts';

const BLOCK_BYTES_MAX = 4096;
/** What lies around the block in the same memory: it must never be seen. */
const BEFORE = 'HPUB a 12 12\r\nNats-Msg-Id: before\r\n';
const BEHIND = '\r\nNats-Msg-Id: behind\r\nNats-Rollup: all\r\n\r\n';
const OTHER_KEYS = [
  'A',
  'a',
  'Nats-Msg-ID',
  'nats-msg-id',
  'Nats-Msg-Id ',
  ' Nats-Msg-Id',
  'Nats-Trace-Dest',
  '',
  'Nats',
  'X',
];
const VALUES = [
  '',
  '1',
  '0',
  '18446744073709551615',
  '9007199254740993',
  'sub',
  'all',
  ' x',
  'a:b',
  '\t',
  'x\ry',
  'ü',
  '-1',
];
const WORDS = ['\r\n', '\r', '\n', ':', ': ', 'NATS/1.0', 'Nats-', '\r\n\r\n', 'Nats-Msg-Id: ', '503', '\0'];
const STRIPPED_MAX = 3;

interface Pair {
  readonly key: string;
  readonly value: string;
}

/** The block as text, a byte a character, taken apart the plain way. */
function pairsOf(block: string): Pair[] {
  const first = block.indexOf('\r\n');
  if (first < 0) return [];
  const pairs: Pair[] = [];
  for (const line of block.slice(first + 2).split('\r\n')) {
    const colon = line.indexOf(':');
    if (colon >= 0) pairs.push({ key: line.slice(0, colon), value: line.slice(colon + 1).replace(/^ +/, '') });
  }
  return pairs;
}

export class HeadersTarget implements FuzzTarget {
  readonly name = 'headers';
  readonly about = 'header blocks, read in place, against the same blocks as strings';
  readonly #input = new InputBuffer(BLOCK_BYTES_MAX);
  readonly #cursor = new HeaderCursor();
  readonly #headers = new PublishHeaders();
  /** One buffer for all blocks, as connections read into memory that is used again. */
  readonly #memory = Buffer.alloc(BLOCK_BYTES_MAX + BEFORE.length + BEHIND.length);

  currentInput(): Uint8Array {
    return this.#input.view;
  }

  run(random: Prng, cases: number): number {
    for (let i = 0; i < cases; i++) this.#one(random);
    return cases;
  }

  #one(random: Prng): void {
    this.#generate(random);
    if (random.chance(0.5)) this.#input.mutate(random, 1 + random.below(4), WORDS);
    const block = this.#input.view;
    const bytes = this.#memory;
    const start = bytes.write(BEFORE, 0, 'latin1');
    bytes.set(block, start);
    const end = start + block.length;
    bytes.write(BEHIND, end, 'latin1');
    const pairs = pairsOf(bytes.toString('latin1', start, end));
    this.#walk(bytes, start, end, pairs, block);
    this.#publish(bytes, start, end, pairs, block);
    if (random.chance(0.2)) this.#strip(random, bytes, start, end, pairs, block);
  }

  #walk(bytes: Buffer, start: number, end: number, pairs: readonly Pair[], block: Uint8Array): void {
    const cursor = this.#cursor;
    cursor.open(bytes, start, end);
    for (const { key, value } of pairs) {
      promise(cursor.next(), 'a header is missing', block);
      promise(bytes.toString('latin1', cursor.keyStart, cursor.keyEnd) === key, 'a key is another', block);
      promise(bytes.toString('latin1', cursor.valueStart, cursor.valueEnd) === value, 'a value is another', block);
      promise(cursor.keyStart >= start && cursor.valueEnd <= end, 'a header lies outside', block);
    }
    promise(!cursor.next() && !cursor.next(), 'there is one header too many', block);
  }

  #publish(bytes: Buffer, start: number, end: number, pairs: readonly Pair[], block: Uint8Array): void {
    const headers = this.#headers;
    headers.read(bytes, start, end);
    let found = 0;
    for (let name = 0; name < HEADER_NAMES.length; name++) {
      const pair = pairs.find(({ key }) => key === HEADER_NAMES[name]);
      promise(headers.isThere(name) === (pair !== undefined), `${HEADER_NAMES[name]} is there or not`, block);
      if (pair === undefined) continue;
      found++;
      const text = bytes.toString('latin1', headers.start(name), headers.end(name));
      promise(text === pair.value, `${HEADER_NAMES[name]} has another value`, block);
      const sequence = headers.sequence(name);
      const isNumber = /^\d{1,16}$/.test(pair.value);
      promise(isNumber ? sequence === Number(pair.value) : Number.isNaN(sequence), 'a sequence is another', block);
    }
    promise(headers.isEmpty === (found === 0), 'emptiness is wrong', block);
  }

  /** What is left of a block without some of its keys has every other header and none of those. */
  #strip(random: Prng, bytes: Buffer, start: number, end: number, pairs: readonly Pair[], block: Uint8Array): void {
    const keys = Array.from({ length: 1 + random.below(STRIPPED_MAX) }, () => {
      return random.chance(0.5) && pairs.length > 0 ? random.pick(pairs).key : random.pick(HEADER_NAMES);
    });
    const left = withoutHeaders(
      bytes,
      start,
      end,
      keys.map((key) => Buffer.from(key, 'latin1')),
    );
    const want = pairs.filter(({ key }) => !keys.includes(key));
    const have = pairsOf(Buffer.from(left).toString('latin1'));
    promise(JSON.stringify(have) === JSON.stringify(want), `stripping ${JSON.stringify(keys)} gives others`, block);
    for (const key of HEADER_NAMES.slice(0, STRIPPED_MAX)) {
      const value = pairs.find((pair) => pair.key === key)?.value;
      const text = value === undefined ? null : Buffer.from(value, 'latin1').toString();
      promise(headerText(bytes, start, end, key) === text, `the text of ${key} is another`, block);
    }
  }

  #generate(random: Prng): void {
    const input = this.#input;
    input.clear();
    input.text(random.pick(['NATS/1.0\r\n', 'NATS/1.0\r\n', 'NATS/1.0 503 No Responders\r\n', 'NATS/1.0', '', '\r\n']));
    const lines = random.below(6);
    for (let i = 0; i < lines; i++) {
      input.text(random.chance(0.6) ? random.pick(HEADER_NAMES) : random.pick(OTHER_KEYS));
      input.text(random.pick([': ', ':', ':   ', ' : ', '']));
      input.text(random.pick(VALUES));
      input.text(random.chance(0.95) ? '\r\n' : random.pick(['\n', '\r', '']));
    }
    if (random.chance(0.9)) input.text('\r\n');
  }
}
