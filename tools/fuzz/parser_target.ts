// The protocol parser under streams of well-formed and of broken lines: however a stream is cut into chunks the handler
// must see the same calls, no slice may leave its buffer, and chunks that are filled again must not matter.
// Calls are folded into one number instead of being kept: a run costs about a microsecond.
import type { Prng } from '../../src/base/prng.ts';
import { type MessageSlots, Parser, type ProtocolHandler } from '../../src/wire/parser.ts';
import type { WireError } from '../../src/wire/wire_errors.ts';
import { type FuzzTarget, promise } from './fuzz_target.ts';
import { InputBuffer } from './mutations.ts';

/** What the target needs of a parser; tests give it one that is broken. */
export type ParserFactory = (handler: ProtocolHandler) => Pick<Parser, 'run' | 'stop'>;

/** Longer streams are rare: most mistakes show in a few lines. */
const STREAM_BYTES_MAX = 160 * 1024;
/** Streams up to this size are cut at every place, longer ones at some. */
const EVERY_SPLIT_BYTES_MAX = 48;
const SOME_SPLITS = 24;
const CHUNKS_RUNS = 3;
const NO_BYTES = new Uint8Array(0);

const WORDS = [
  ...['PUB ', 'HPUB ', 'SUB ', 'UNSUB ', 'CONNECT ', 'PING', 'PONG', '+OK', '-ERR ', 'INFO ', 'MSG ', 'RS+ ', 'pub\t'],
  ...['\r\n', '\n', '\r', ' ', '\t', '  ', '\r\r\n', ' \r\n', '0', '00', '999999999', '1000000000', '-1', '1e3', '{}'],
  ...[
    'PING\r\n',
    'foo',
    'foo.*',
    '>',
    '..',
    '\0',
    'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
  ],
];

/** Folds every call into one number. */
class CallDigest implements ProtocolHandler {
  readonly message: MessageSlots = {
    subject: NO_BYTES,
    subjectStart: 0,
    subjectEnd: 0,
    reply: NO_BYTES,
    replyStart: 0,
    replyEnd: 0,
    body: NO_BYTES,
    headerStart: 0,
    payloadStart: 0,
    payloadEnd: 0,
    headerDigits: 0,
    totalDigits: 0,
  };
  awaitsConnect = false;
  allowsHeaders = true;
  controlLineMax = 64;
  payloadMax = 1024;
  digest = 0;
  calls = 0;
  isOver = false;
  /** Set when a slice was none. */
  isOutside = false;
  parser: Pick<Parser, 'run' | 'stop'> | null = null;

  #call(kind: number): void {
    this.calls++;
    if (this.isOver) kind += 1000;
    this.digest = Math.imul(this.digest ^ kind, 0x01000193);
  }

  #number(value: number): void {
    this.digest = Math.imul(this.digest ^ value, 0x01000193);
  }

  #slice(bytes: Uint8Array, start: number, end: number): void {
    if (!(start >= 0 && start <= end && end <= bytes.length)) {
      this.isOutside = true;
      return;
    }
    let digest = this.digest;
    for (let i = start; i < end; i++) digest = Math.imul(digest ^ (bytes[i] as number), 0x01000193);
    this.digest = Math.imul(digest ^ (end - start), 0x01000193);
  }

  announced(): void {
    const { message } = this;
    this.#call(1);
    this.#slice(message.subject, message.subjectStart, message.subjectEnd);
    this.#slice(message.reply, message.replyStart, message.replyEnd);
  }

  publish(): void {
    const { message } = this;
    this.#call(2);
    this.#slice(message.subject, message.subjectStart, message.subjectEnd);
    this.#slice(message.reply, message.replyStart, message.replyEnd);
    this.#slice(message.body, message.headerStart, message.payloadStart);
    this.#slice(message.body, message.payloadStart, message.payloadEnd);
    this.#number(message.headerDigits);
    this.#number(message.totalDigits);
  }

  subscribe(bytes: Uint8Array, start: number, end: number): void {
    this.#call(3);
    this.#slice(bytes, start, end);
  }

  unsubscribe(bytes: Uint8Array, start: number, end: number): void {
    this.#call(4);
    this.#slice(bytes, start, end);
  }

  connect(bytes: Uint8Array, start: number, end: number): void {
    this.#call(5);
    this.#slice(bytes, start, end);
    this.awaitsConnect = false;
  }

  info(bytes: Uint8Array, start: number, end: number): void {
    this.#call(6);
    this.#slice(bytes, start, end);
  }

  ping(): void {
    this.#call(7);
  }

  pong(): void {
    this.#call(8);
  }

  admitSilent(): boolean {
    return false;
  }

  peerError(bytes: Uint8Array, start: number, end: number): void {
    this.#call(9);
    this.#slice(bytes, start, end);
    this.#end();
  }

  violation(error: WireError): void {
    this.#call(10);
    const text = error.text ?? '';
    this.#number(text.length);
    if (error.closes) this.#end();
  }

  #end(): void {
    this.isOver = true;
    this.parser?.stop();
  }
}

/** How a connection is set up in one case. */
interface Setting {
  readonly awaitsConnect: boolean;
  readonly allowsHeaders: boolean;
  readonly controlLineMax: number;
  readonly payloadMax: number;
}

export class ParserTarget implements FuzzTarget {
  readonly name = 'parser';
  readonly about = 'protocol streams, whole and cut anywhere, give the same calls';
  readonly #makeParser: ParserFactory;
  readonly #input = new InputBuffer(STREAM_BYTES_MAX);
  /** Chunks are copied here and overwritten after each run, as the memory of a connection is. */
  readonly #chunk = new Uint8Array(STREAM_BYTES_MAX);

  constructor(makeParser: ParserFactory = (handler) => new Parser(handler)) {
    this.#makeParser = makeParser;
  }

  currentInput(): Uint8Array {
    return this.#input.view;
  }

  run(random: Prng, cases: number): number {
    let done = 0;
    while (done < cases) done += this.#stream(random);
    return done;
  }

  /** One stream, cut in many ways; each way is a case. */
  #stream(random: Prng): number {
    const setting: Setting = {
      awaitsConnect: random.chance(0.2),
      allowsHeaders: random.chance(0.8),
      controlLineMax: random.pick([16, 64, 64, 4096]),
      payloadMax: random.pick([8, 64, 1024, 128 * 1024]),
    };
    this.#generate(random);
    if (random.chance(0.6)) this.#input.mutate(random, 1 + random.below(4), WORDS);
    const stream = this.#input.view;
    const whole = this.#whole(setting, stream);
    let cases = 1;
    const { length } = stream;
    if (length <= EVERY_SPLIT_BYTES_MAX) {
      for (let at = 1; at < length; at++) this.#compare(setting, stream, whole, 2, () => at);
      cases += Math.max(0, length - 1);
    } else {
      for (let i = 0; i < SOME_SPLITS; i++) {
        const at = 1 + random.below(length - 1);
        this.#compare(setting, stream, whole, 2, () => at);
      }
      cases += SOME_SPLITS;
    }
    for (let i = 0; i < CHUNKS_RUNS; i++) {
      const sizeMax = random.pick([1, 3, 16, 4096]);
      // Byte by byte is for what is short.
      const least = length > 4096 ? 512 : 1;
      this.#compare(setting, stream, whole, Number.MAX_SAFE_INTEGER, () => Math.max(least, 1 + random.below(sizeMax)));
    }
    return cases + CHUNKS_RUNS;
  }

  #whole(setting: Setting, stream: Uint8Array): CallDigest {
    const handler = this.#handler(setting);
    this.#give(handler, stream, 0, stream.length);
    this.#check(handler, stream);
    return handler;
  }

  /** Runs the stream in at most `chunksMax` chunks of the sizes that `size` tells, the last one what is left. */
  #compare(setting: Setting, stream: Uint8Array, whole: CallDigest, chunksMax: number, size: () => number): void {
    const handler = this.#handler(setting);
    let at = 0;
    for (let chunk = 1; at < stream.length; chunk++) {
      const end = chunk === chunksMax ? stream.length : Math.min(stream.length, at + size());
      this.#give(handler, stream, at, end);
      at = end;
    }
    this.#check(handler, stream);
    if (handler.digest === whole.digest && handler.calls === whole.calls) return;
    const text = `${JSON.stringify(setting)}: ${whole.calls} calls whole, ${handler.calls} in chunks, or others`;
    promise(false, text, stream);
  }

  #handler(setting: Setting): CallDigest {
    const handler = new CallDigest();
    handler.awaitsConnect = setting.awaitsConnect;
    handler.allowsHeaders = setting.allowsHeaders;
    handler.controlLineMax = setting.controlLineMax;
    handler.payloadMax = setting.payloadMax;
    handler.parser = this.#makeParser(handler);
    return handler;
  }

  #give(handler: CallDigest, stream: Uint8Array, start: number, end: number): void {
    const length = end - start;
    const chunk = this.#chunk.subarray(0, length);
    for (let i = 0; i < length; i++) chunk[i] = stream[start + i] as number;
    handler.parser?.run(chunk);
    chunk.fill(0x50);
  }

  #check(handler: CallDigest, stream: Uint8Array): void {
    promise(!handler.isOutside, 'a slice leaves its buffer', stream);
    promise(handler.calls <= stream.length + 1, 'more calls than bytes', stream);
  }

  #generate(random: Prng): void {
    const input = this.#input;
    input.clear();
    const lines = 1 + random.below(random.chance(0.1) ? 12 : 3);
    for (let i = 0; i < lines; i++) this.#line(random);
  }

  #line(random: Prng): void {
    const input = this.#input;
    switch (random.below(10)) {
      case 0:
        return input.text(random.pick(['PING\r\n', 'ping\r\n', 'PONG\r\n', 'PING x\r\n', '+OK\r\n', 'PiNg\n']));
      case 1:
        return this.#arguments(random, random.pick(['SUB', 'sub']), random.below(4));
      case 2:
        return this.#arguments(random, random.pick(['UNSUB', 'Unsub']), random.below(3));
      case 3:
        if (random.chance(0.7)) return input.text(random.pick(['CONNECT {}\r\n', 'connect{}\n', 'CONNECT\r\n']));
        input.text('CONNECT');
        this.#space(random);
        return input.text('{"verbose":false}\r\n');
      case 4:
        return input.text(random.pick(["-ERR 'x'\r\n", 'INFO {}\r\n', 'info {"a":1}\n', '-err \n']));
      case 5:
      case 6:
        return this.#message(random, true);
      default:
        return this.#message(random, false);
    }
  }

  #arguments(random: Prng, verb: string, count: number): void {
    this.#input.text(verb);
    for (let i = 0; i < count; i++) {
      this.#space(random);
      this.#token(random);
    }
    this.#lineEnd(random);
  }

  #message(random: Prng, hasHeaders: boolean): void {
    const input = this.#input;
    input.text(random.pick(hasHeaders ? ['HPUB', 'hpub'] : ['PUB', 'PUB', 'pub']));
    this.#space(random);
    this.#token(random);
    if (random.chance(0.4)) {
      this.#space(random);
      this.#token(random);
    }
    const size = random.chance(0.001) ? 60_000 + random.below(20_000) : random.below(random.pick([1, 8, 9, 40, 70]));
    if (hasHeaders) {
      this.#space(random);
      input.text(String(random.chance(0.9) ? Math.min(size, random.below(20)) : size + 1));
    }
    this.#space(random);
    input.text(random.chance(0.1) ? `00${size}` : String(size));
    this.#lineEnd(random);
    if (random.chance(0.05)) input.text('PUB a 0\r\n');
    for (let i = 0; i < size; i++) input.byte(size < 100 && random.chance(0.2) ? 10 + (i & 3) : 97 + (i & 15));
    input.text(random.chance(0.95) ? '\r\n' : random.pick(['\n', '\r', '\r\r\n', '']));
  }

  #token(random: Prng): void {
    const length = random.chance(0.05) ? 50 + random.below(40) : 1 + random.below(6);
    for (let i = 0; i < length; i++) this.#input.byte(random.pick(TOKEN_BYTES));
  }

  #space(random: Prng): void {
    const input = this.#input;
    if (random.chance(0.9)) return input.byte(32);
    const count = random.chance(0.1) ? 30 + random.below(80) : random.below(5);
    for (let i = 0; i < count; i++) input.byte(random.chance(0.5) ? 32 : 9);
  }

  #lineEnd(random: Prng): void {
    this.#input.text(random.chance(0.9) ? '\r\n' : random.pick(['\n', ' \r\n', '\t\n', '\r\r\n', '\r \n']));
  }
}

const TOKEN_BYTES = [...'abcde.*>_$0123'].map((char) => char.charCodeAt(0));
