import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type MessageSlots, Parser, type ProtocolHandler, parseSize } from './parser.ts';
import type { WireError } from './wire_errors.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const NO_BYTES = new Uint8Array(0);

function text(bytes: Uint8Array, start: number, end: number): string {
  return decoder.decode(bytes.subarray(start, end));
}

/** Writes down every call as one line. */
class Recorder implements ProtocolHandler {
  readonly calls: string[] = [];
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
  admitsSilent = false;
  holdsAtConnect = false;
  allowsHeaders = true;
  controlLineMax = 64;
  payloadMax = 256 * 1024;
  readonly parser = new Parser(this);

  announced(): void {}

  publish(): void {
    const m = this.message;
    const reply = text(m.reply, m.replyStart, m.replyEnd);
    const header = text(m.body, m.headerStart, m.payloadStart);
    const payload = text(m.body, m.payloadStart, m.payloadEnd);
    this.calls.push(`pub ${text(m.subject, m.subjectStart, m.subjectEnd)}|${reply}|${header}|${payload}`);
  }
  subscribe(bytes: Uint8Array, start: number, end: number): void {
    this.calls.push(`sub ${text(bytes, start, end)}`);
  }
  unsubscribe(bytes: Uint8Array, start: number, end: number): void {
    this.calls.push(`unsub ${text(bytes, start, end)}`);
  }
  connect(bytes: Uint8Array, start: number, end: number): void {
    this.awaitsConnect = false;
    this.calls.push(`connect ${text(bytes, start, end)}`);
    if (this.holdsAtConnect) this.parser.hold();
  }
  admitSilent(): boolean {
    if (this.admitsSilent) this.awaitsConnect = false;
    return this.admitsSilent;
  }
  info(bytes: Uint8Array, start: number, end: number): void {
    this.calls.push(`info ${text(bytes, start, end)}`);
  }
  ping(): void {
    this.calls.push('ping');
  }
  pong(): void {
    this.calls.push('pong');
  }
  peerError(bytes: Uint8Array, start: number, end: number): void {
    this.calls.push(`err ${text(bytes, start, end)}`);
  }
  violation(error: WireError): void {
    this.calls.push(`violation ${error.text}`);
    this.parser.stop();
  }
}

function run(input: string, change: (recorder: Recorder) => void = () => undefined): string[] {
  const recorder = new Recorder();
  change(recorder);
  recorder.parser.run(encoder.encode(input));
  return recorder.calls;
}

const GOLDEN =
  'CONNECT {"verbose":false}\r\nPING\r\nPONG\r\nSUB foo 1\r\nSUB foo q 2\r\nUNSUB 1 5\r\nPUB foo 5\r\nhello\r\n' +
  'PUB foo _INBOX.1 0\r\n\r\npub\tfoo   \t2\r\n\r\n\r\nHPUB a.b r 12 14\r\nNATS/1.0\r\n\r\nhi\r\n+OK\r\nPING trailing\r\n' +
  'INFO {}\r\nPUB big 70\r\n0123456789012345678901234567890123456789012345678901234567890123456789\r\nSUB lf 3\n';
const GOLDEN_CALLS = [
  'connect {"verbose":false}',
  'ping',
  'pong',
  'sub foo 1',
  'sub foo q 2',
  'unsub 1 5',
  'pub foo|||hello',
  'pub foo|_INBOX.1||',
  'pub foo|||\r\n',
  'pub a.b|r|NATS/1.0\r\n\r\n|hi',
  'ping',
  'info {}',
  'pub big|||0123456789012345678901234567890123456789012345678901234567890123456789',
  'sub lf 3',
];

test('parser.run() understands every verb of a client, in any case and spacing', () => {
  assert.deepEqual(run(GOLDEN), GOLDEN_CALLS);
});

test('parser.run() gives the same calls wherever a chunk ends', () => {
  const bytes = encoder.encode(GOLDEN);
  for (let first = 0; first <= bytes.length; first++) {
    const recorder = new Recorder();
    recorder.parser.run(bytes.slice(0, first));
    recorder.parser.run(bytes.slice(first));
    assert.deepEqual(recorder.calls, GOLDEN_CALLS, `split at ${first}`);
  }
});

test('parser.run() gives the same calls byte by byte and in chunks of any sizes', () => {
  const bytes = encoder.encode(GOLDEN);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 60 }), (sizes) => {
      const recorder = new Recorder();
      let at = 0;
      for (let i = 0; at < bytes.length; i++) {
        const size = sizes[i % sizes.length] as number;
        recorder.parser.run(bytes.slice(at, at + size));
        at += size;
      }
      assert.deepEqual(recorder.calls, GOLDEN_CALLS);
    }),
  );
});

test('parser.run() keeps the parts of a message that spans chunks although the chunks are used again', () => {
  const recorder = new Recorder();
  const bytes = encoder.encode('PUB subject reply 6\r\nabcdef\r\n');
  for (let i = 0; i < bytes.length; i += 3) {
    const chunk = bytes.slice(i, i + 3);
    recorder.parser.run(chunk);
    if (i + 3 < bytes.length) chunk.fill(120);
  }
  assert.deepEqual(recorder.calls, ['pub subject|reply||abcdef']);
});

test('parser.run() refuses what is no operation, at the first byte that says so', () => {
  for (const input of [
    'X',
    'PUX',
    'PUBX',
    'SUBS a 1\r\n',
    'PUB\r\n',
    'UNSUBX',
    'PANG',
    '\r\n',
    'MSG a 1 0\r\n',
    'HMSG',
    'RS+',
    'A+',
  ]) {
    assert.deepEqual(run(input), ['violation Unknown Protocol Operation'], JSON.stringify(input));
  }
});

test('parser.run() closes without a word when the arguments of PUB or HPUB make no sense', () => {
  for (const line of [
    'PUB a',
    'PUB a b c 1',
    'PUB a -1',
    'PUB a 1e3',
    'PUB a +1',
    'PUB a 1234567890',
    'PUB a 99999999999999999999',
    'PUB a 0x1',
    'PUB ',
  ]) {
    assert.deepEqual(run(`${line}\r\n`), ['violation null'], line);
  }
  for (const line of ['HPUB a 1', 'HPUB a 5 4', 'HPUB a -1 4', 'HPUB a r 1 x', 'HPUB a r s 1 2']) {
    assert.deepEqual(run(`${line}\r\n`), ['violation null'], line);
  }
});

test('parser.run() takes sizes with leading zeros', () => {
  assert.deepEqual(run('PUB a 0003\r\nabc\r\n'), ['pub a|||abc']);
});

test('parser.run() refuses a payload that is not followed by CR LF', () => {
  for (const input of ['PUB a 3\r\nabcd\r\n', 'PUB a 3\r\nabc\rX', 'PUB a 3\r\nabc\n\r']) {
    assert.deepEqual(run(input), ['violation Unknown Protocol Operation'], JSON.stringify(input));
  }
});

test('parser.run() refuses headers of a client that did not ask for them', () => {
  const calls = run('HPUB a 0 0\r\n\r\n', (recorder) => {
    recorder.allowsHeaders = false;
  });
  assert.deepEqual(calls, ['violation null']);
});

test('parser.run() takes a payload of the maximum size and refuses one byte more before it comes', () => {
  const small = (recorder: Recorder): void => {
    recorder.payloadMax = 4;
  };
  assert.deepEqual(run('PUB a 4\r\nabcd\r\n', small), ['pub a|||abcd']);
  assert.deepEqual(run('PUB a 5\r\n', small), ['violation Maximum Payload Violation']);
  assert.deepEqual(run('HPUB a 1 5\r\n', small), ['violation Maximum Payload Violation']);
});

test('parser.run() takes arguments of the maximum length and refuses one byte more', () => {
  for (const [verb, tail] of [
    ['SUB', ' 1'],
    ['PUB', ' 0'],
    ['UNSUB', ''],
    ['CONNECT', ''],
  ] as const) {
    const subject = 'a'.repeat(64 - tail.length);
    const payload = verb === 'PUB' ? '\r\n' : '';
    assert.equal(run(`${verb} ${subject}${tail}\r\n${payload}`).length, 1, verb);
    assert.doesNotMatch(run(`${verb} ${subject}${tail}\r\n${payload}`)[0] as string, /violation/, verb);
    assert.deepEqual(
      run(`${verb} a${subject}${tail}\r\n${payload}`),
      ['violation maximum control line exceeded'],
      verb,
    );
  }
});

test('parser.run() does not wait for the end of a line that is already too long', () => {
  assert.deepEqual(run(`SUB ${'a'.repeat(100)}`), ['violation maximum control line exceeded']);
});

/** The calls that `input` makes in chunks of `size` bytes. */
function runInChunks(input: string, size: number, change: (recorder: Recorder) => void = () => undefined): string[] {
  const recorder = new Recorder();
  change(recorder);
  const bytes = encoder.encode(input);
  for (let i = 0; i < bytes.length; i += size) recorder.parser.run(bytes.slice(i, i + size));
  return recorder.calls;
}

test('parser.run() passes over any white space behind a verb, wherever a chunk ends', () => {
  const spaces = ' \t'.repeat(500);
  for (const size of [1, 7, 10_000]) {
    assert.deepEqual(runInChunks(`SUB${spaces}foo 1\r\nPUB${spaces}a 1\r\nx\r\n`, size), ['sub foo 1', 'pub a|||x']);
    assert.deepEqual(runInChunks(`CONNECT${spaces}{}\r\n`, size), ['connect {}']);
  }
});

test('parser.run() passes over whatever follows PING, PONG and +OK, wherever a chunk ends', () => {
  const rest = 'x'.repeat(1000);
  for (const size of [1, 7, 10_000]) {
    assert.deepEqual(runInChunks(`PING${rest}\r\nPONG ${rest}\r\n+OK${rest}\nPING\n`, size), ['ping', 'pong', 'ping']);
  }
});

test('parser.run() refuses arguments that are too long at the same length wherever a chunk ends', () => {
  for (const size of [1, 7, 10_000]) {
    assert.deepEqual(runInChunks(`SUB  ${'a'.repeat(62)} 1\r\n`, size), [`sub ${'a'.repeat(62)} 1`]);
    assert.deepEqual(runInChunks(`SUB  ${'a'.repeat(63)} 1\r\n`, size), ['violation maximum control line exceeded']);
  }
});

test('parser.run() sets aside no more than the longest line for one whose end does not come', () => {
  const recorder = new Recorder();
  recorder.controlLineMax = 4096;
  const chunk = encoder.encode(`SUB ${' '.repeat(1024 * 1024)}a`);
  const before = process.memoryUsage().arrayBuffers;
  recorder.parser.run(chunk);
  assert.ok(process.memoryUsage().arrayBuffers - before < 64 * 1024);
  recorder.parser.run(encoder.encode(' 1\r\n'));
  assert.deepEqual(recorder.calls, ['sub a 1']);
});

test('parser.run() looks at nothing but CONNECT while one is required', () => {
  const waiting = (recorder: Recorder): void => {
    recorder.awaitsConnect = true;
  };
  assert.deepEqual(run('PING\r\n', waiting), ['violation Authorization Violation']);
  assert.deepEqual(run('P', waiting), ['violation Authorization Violation']);
  assert.deepEqual(run('CONNECT {}\r\nPING\r\n', waiting), ['connect {}', 'ping']);
});

test('parser.run() takes no more bytes for CONNECT than a line may have while one is required, white space included', () => {
  const waiting = (recorder: Recorder): void => {
    recorder.awaitsConnect = true;
  };
  for (const size of [1, 7, 10_000]) {
    assert.deepEqual(runInChunks(`CONNECT ${' '.repeat(65)}{}\r\n`, size, waiting), ['connect {}']);
    assert.deepEqual(runInChunks(`CONNECT ${' '.repeat(70)}{}\r\n`, size, waiting), [
      'violation maximum control line exceeded',
    ]);
  }
  assert.deepEqual(runInChunks(`CONNECT ${' '.repeat(100)}`, 10, waiting), ['violation maximum control line exceeded']);
});

test('parser.run() stops at once when the handler ends the connection', () => {
  const recorder = new Recorder();
  recorder.ping = () => {
    recorder.calls.push('ping');
    recorder.parser.stop();
  };
  recorder.parser.run(encoder.encode('PING\r\nPING\r\nPUB a 1\r\nx\r\n'));
  recorder.parser.run(encoder.encode('PING\r\n'));
  assert.deepEqual(recorder.calls, ['ping']);
});

test('parser.run() sets nothing aside for a payload that was only announced', () => {
  const recorder = new Recorder();
  recorder.payloadMax = 999_999_999;
  const before = process.memoryUsage().arrayBuffers;
  recorder.parser.run(encoder.encode('PUB a 900000000\r\nabc'));
  assert.ok(process.memoryUsage().arrayBuffers - before < 1024 * 1024);
});

test('parser.run() never throws on any bytes in any chunks', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      'PUB ',
      'HPUB ',
      'SUB ',
      'UNSUB ',
      'CONNECT ',
      'PING',
      '\r\n',
      '\n',
      '\r',
      ' ',
      'a.b',
      '12',
      '0',
      '\0',
      '\t',
    ),
    fc.string({ maxLength: 5 }),
  );
  fc.assert(
    fc.property(fc.array(fc.array(piece, { maxLength: 12 }), { maxLength: 6 }), (chunks) => {
      const recorder = new Recorder();
      for (const chunk of chunks) recorder.parser.run(encoder.encode(chunk.join('')));
    }),
    { numRuns: 2000 },
  );
});

test('parseSize() knows exactly one to nine digits', () => {
  const size = (input: string): number => parseSize(encoder.encode(input), 0, input.length);
  assert.equal(size('0'), 0);
  assert.equal(size('999999999'), 999999999);
  for (const bad of ['', '-1', '+1', '1e3', ' 1', '1 ', '1.0', '1000000000', 'x']) assert.equal(size(bad), -1, bad);
});

test('a held parser looks at nothing behind CONNECT until it is released, however the bytes are cut', () => {
  const input = `${GOLDEN}${GOLDEN}`;
  const expected = run(input);
  const bytes = encoder.encode(input);
  for (let cut = 0; cut <= bytes.length; cut++) {
    const recorder = new Recorder();
    recorder.holdsAtConnect = true;
    recorder.parser.run(bytes.subarray(0, cut));
    recorder.parser.run(bytes.subarray(cut));
    assert.deepEqual(recorder.calls, expected.slice(0, 1), `cut at ${cut}`);
    recorder.parser.release();
    const second = expected.lastIndexOf(expected[0] as string);
    assert.deepEqual(recorder.calls, expected.slice(0, second + 1), `cut at ${cut}`);
    recorder.parser.release();
    assert.deepEqual(recorder.calls, expected, `cut at ${cut}`);
  }
});

test('a parser that stops while it goes on after a hold makes no further call', () => {
  const recorder = new Recorder();
  recorder.holdsAtConnect = true;
  recorder.parser.run(encoder.encode('CONNECT {}\r\nPING\r\nNONSENSE\r\nPING\r\n'));
  recorder.parser.run(encoder.encode('PING\r\n'));
  recorder.parser.release();
  recorder.parser.release();
  assert.deepEqual(recorder.calls, ['connect {}', 'ping', 'violation Unknown Protocol Operation']);
});

test('whoever need not present anything may start with anything', () => {
  for (const cut of [0, 1, 3, 6]) {
    const recorder = new Recorder();
    recorder.awaitsConnect = true;
    recorder.admitsSilent = true;
    recorder.parser.run(encoder.encode('PING\r\n').subarray(0, cut));
    recorder.parser.run(encoder.encode('PING\r\n').subarray(cut));
    assert.deepEqual(recorder.calls, ['ping']);
  }
});

test('forget() lets go of what was handled, and of nothing that is still to come', () => {
  const recorder = new Recorder();
  const { message, parser } = recorder;
  const held = () => [message.subject, message.reply, message.body].reduce((sum, { length }) => sum + length, 0);
  const give = (part: string) => {
    parser.run(encoder.encode(part));
    parser.forget();
  };
  give('PUB foo bar 5\r\nhel');
  assert.ok(held() > 0);
  give('lo\r\nPUB a 3\r\n');
  assert.equal(text(message.subject, message.subjectStart, message.subjectEnd), 'a');
  give('abc\r');
  give('\n');
  assert.equal(held(), 0);
  give('PUB foo 1\r\nx\r\nPUB fo');
  give('o b 1\r\ny\r\n');
  assert.equal(held(), 0);
  assert.equal(recorder.calls.length, 4);
});
