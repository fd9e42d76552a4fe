// The parts of a benchmark on their own: frames however they are cut, latencies against exact ones, what goes on the wire.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng } from '../../base/prng.ts';
import { NodeClock } from '../../node/node_clock.ts';
import { NodeEntropy } from '../../node/node_entropy.ts';
import { NodeNetwork } from '../../node/node_network.ts';
import type { Socket } from '../../ports/network.ts';
import { BenchLogin } from './bench_login.ts';
import { histogramText, microsText, reportCsv, reportText } from './bench_report.ts';
import { benchResult } from './bench_result.ts';
import { shares } from './bench_run.ts';
import { type Frame, type FrameHandler, FrameScanner, frameStatus, frameText } from './frame_scanner.ts';
import { Latency } from './latency.ts';
import { LineWriter } from './line_writer.ts';
import { Publication, type PublicationSpec, writeDigits } from './publication.ts';
import { median } from './side_by_side.ts';
import type { Sample } from './tally.ts';

class Heard implements FrameHandler {
  readonly lines: string[] = [];
  message(frame: Frame): void {
    const reply = frameText(frame, frame.replyStart, frame.replyEnd);
    const payload = frameText(frame, frame.payloadStart, frame.payloadEnd);
    const subject = frameText(frame, frame.subjectStart, frame.subjectEnd);
    this.lines.push(`${subject} ${frame.sid} ${reply} ${frameStatus(frame)} ${payload}`);
  }
  ping(): void {
    this.lines.push('PING');
  }
  pong(): void {
    this.lines.push('PONG');
  }
  info(text: string): void {
    this.lines.push(`INFO ${text}`);
  }
  serverError(text: string): void {
    this.lines.push(`ERR ${text}`);
  }
  fault(text: string): void {
    this.lines.push(`FAULT ${text}`);
  }
}

const TALK = [
  'INFO {"a":1} \r\n',
  'MSG foo.bar 12 5\r\nhello\r\n',
  'PING\r\n',
  'MSG foo 3 _INBOX.x.1 0\r\n\r\n',
  'HMSG r 1 16 16\r\nNATS/1.0 503\r\n\r\n\r\n',
  'HMSG r 1 back 18 21\r\nNATS/1.0\r\nA: b\r\n\r\nMSG\r\n',
  '+OK\r\nPONG\r\n',
  "-ERR 'Permissions Violation'\r\n",
].join('');

const HEARD = [
  'INFO {"a":1}',
  'foo.bar 12  0 hello',
  'PING',
  'foo 3 _INBOX.x.1 0 ',
  'r 1  503 ',
  'r 1 back 0 MSG',
  'PONG',
  'ERR Permissions Violation',
];

test('frames are the same wherever chunks cut them', () => {
  const bytes = Buffer.from(TALK);
  for (let first = 0; first <= bytes.length; first++) {
    for (const second of [first, first + 1, first + 7, bytes.length]) {
      const heard = new Heard();
      const scanner = new FrameScanner(heard);
      for (const part of [bytes.subarray(0, first), bytes.subarray(first, second), bytes.subarray(second)]) {
        scanner.run(Uint8Array.from(part));
      }
      assert.deepEqual(heard.lines, HEARD, `cut at ${first} and ${second}`);
    }
  }
});

test('what is no NATS is said once, and nothing behind it is read', () => {
  const heard = new Heard();
  const scanner = new FrameScanner(heard);
  scanner.run(Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\nPING\r\n'));
  scanner.run(Buffer.from('PING\r\n'));
  assert.equal(heard.lines.length, 1);
  assert.match(heard.lines[0] ?? '', /^FAULT HTTP/);
});

test('percentiles are those of the exact list to a thousandth', () => {
  const random = new Prng(7);
  const latency = new Latency();
  const exact: number[] = [];
  for (let i = 0; i < 20_000; i++) {
    const ns = Math.floor(2 ** (random.float() * 34));
    exact.push(ns);
    latency.record(ns);
  }
  exact.sort((a, b) => a - b);
  for (const percent of [1, 50, 90, 99, 99.9, 100]) {
    const want = exact[Math.ceil((percent / 100) * exact.length) - 1] as number;
    const got = latency.percentileNs(percent);
    assert.ok(Math.abs(got - want) <= want / 1000, `P${percent}: ${got}, not ${want}`);
  }
  assert.equal(latency.minNs, exact[0]);
  assert.equal(latency.maxNs, exact.at(-1));
  assert.equal(
    latency.doublings().reduce((sum, { count }) => sum + count, 0),
    exact.length,
  );
});

test('latencies of two clients add up to those of both', () => {
  const [one, two, both] = [new Latency(), new Latency(), new Latency()];
  one.record(1000, 3);
  two.record(5e9);
  both.add(one.data());
  both.add(two.data());
  assert.deepEqual([both.count, both.minNs, both.maxNs], [4, 1000, 5e9]);
  assert.equal(both.averageNs, (3000 + 5e9) / 4);
});

function written(write: (writer: LineWriter) => void): string {
  const chunks: Buffer[] = [];
  const socket = { pendingBytes: 0, write: (pieces: Uint8Array[]) => chunks.push(Buffer.from(pieces[0] ?? [])) };
  const writer = new LineWriter(socket as unknown as Socket);
  write(writer);
  writer.flush();
  return Buffer.concat(chunks).toString();
}

const SPEC: PublicationSpec = {
  subject: 'foo',
  isMulti: true,
  multiMax: 100,
  isRandom: false,
  headers: '',
  payload: Buffer.from('xy'),
};

test('a publication is the same written one by one and from its pattern', () => {
  for (const spec of [SPEC, { ...SPEC, headers: 'A: b\r\n' }, { ...SPEC, multiMax: 0 }]) {
    const publication = new Publication(spec, 1);
    for (const number of [0, 7, 99]) {
      const width = publication.widthOf(number);
      const { bytes, digitsAt } = publication.pattern(width);
      writeDigits(bytes, digitsAt, { number, width });
      assert.equal(
        Buffer.from(bytes).toString(),
        written((writer) => publication.write(writer, number)),
      );
    }
  }
});

test('a reply with a number in it is the same written the quick way', () => {
  for (const spec of [SPEC, { ...SPEC, isMulti: false }, { ...SPEC, isMulti: false, headers: 'A: b\r\n' }]) {
    const publication = new Publication(spec, 1);
    for (const replyNumber of [0, 9, 10, 12_345]) {
      const reply = { before: 'back.', after: '.$FI' };
      assert.equal(
        written((writer) => publication.writeNumbered(writer, 3, { reply, replyNumber, headers: '' })),
        written((writer) => publication.write(writer, 3, { reply: `back.${replyNumber}.$FI` })),
      );
    }
  }
});

test('headers and replies stand where the protocol wants them', () => {
  const publication = new Publication({ ...SPEC, headers: 'A: b\r\n' }, 1);
  const text = written((writer) => publication.write(writer, 101, { reply: 'back.1', headers: 'C: d\r\n' }));
  assert.equal(text, 'HPUB foo.001 back.1 24 26\r\nNATS/1.0\r\nA: b\r\nC: d\r\n\r\nxy\r\n');
});

test('messages are shared as evenly as it goes', () => {
  assert.deepEqual(shares(10, 3), [4, 3, 3]);
  assert.deepEqual(shares(2, 2), [1, 1]);
});

test('the median of rounds is the middle one, or between the two', () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 2, 3]), 2.5);
  assert.equal(median([]), null);
});

function sample(done: number, startMs: number, endMs: number): Sample {
  const latency = new Latency();
  latency.record(1500, done);
  return { done, startMs, endMs, latency: latency.data(), warnings: [] };
}

const TITLE = { label: 'Core NATS publisher', prefix: 'P', runId: 'ID' } as const;

test('[natscli 0.5.1] one client has its line, several have theirs and that of all', () => {
  const one = benchResult([sample(1000, 0, 1000)], 128);
  assert.ok(one !== null);
  assert.equal(
    reportText(one, TITLE),
    'NATS Core NATS publisher stats: 1,000 msgs/sec ~ 125 KiB/sec ~ min: 1.5us ~ avg: 1.5us ~ max: 1.5us ~ P50: 1.5us ~ ' +
      'P90: 1.5us ~ P99: 1.5us ~ P99.9: 1.5us\n',
  );
  const two = benchResult([sample(1000, 0, 1000), null, sample(3000, 500, 1500)], 128);
  assert.ok(two !== null);
  const text = reportText(two, TITLE);
  assert.match(text, /^ {2}\[2\] 3,000 msgs\/sec ~ 375 KiB\/sec ~ min: 1\.5us .* \(3,000 msgs\)$/m);
  assert.match(text, /^ NATS Core NATS publisher aggregated stats: 2,666 msgs\/sec ~ 333 KiB\/sec$/m);
  assert.match(text, /^ message rates min 1,000 \| avg 2,000 \| max 3,000 \| stddev 1,000 msgs$/m);
  assert.match(text, /^ latencies per operation min 1\.5us \| .* stddev 0us \| P50 1\.5us .* P99\.9: 1\.5us$/m);
});

test('[natscli 0.5.1] a CSV row for each client under the reference columns', () => {
  const result = benchResult([sample(1000, 0, 1000)], 128);
  assert.ok(result !== null);
  const [columns, row] = reportCsv(result, TITLE).split('\n');
  assert.match(columns ?? '', /^#RunID,ClientID,MsgCount,.*,MinLatencyMicroSecs,.*,StdDevLatencyMicroSecs$/);
  assert.match(row ?? '', /^ID,P0,1000,128000,1000,128000\.000000,1\.000000,1\.500000,/);
  assert.equal((columns ?? '').split(',').length, (row ?? '').split(',').length);
});

test('[natscli 0.5.1] microseconds are cut behind two digits', () => {
  assert.equal(microsText(1_234_567.8), '1,234.56us');
  assert.equal(microsText(3000), '3us');
});

test('the distribution has a line for each doubling', () => {
  const latency = new Latency();
  latency.record(900, 3);
  latency.record(3000);
  const text = histogramText(latency);
  assert.match(text, /<= 1\.0µs {2}75\.00% █+ +3$/m);
  assert.match(text, /<= 4\.1µs {2}25\.00% █+ +1$/m);
});

test('an address from which nothing comes back is given up after the time one waits, and a late socket is not kept', async () => {
  let arrive: (socket: Socket) => void = () => undefined;
  const network = Object.assign(new NodeNetwork(), {
    dial: () =>
      new Promise<Socket>((resolve) => {
        arrive = resolve;
      }),
  });
  const servers = ['192.0.2.1:4222'];
  const connection = { named: servers, servers, tls: null, identity: {} };
  const plan = { connection, contextName: null, inboxPrefix: '', name: 'bench', timeoutMs: 20 };
  const login = new BenchLogin(plan, {
    clock: new NodeClock(),
    entropy: new NodeEntropy(),
    network: async () => network,
  });
  await assert.rejects(login.open(), /no NATS server has greeted within 0\.02s/);
  await new Promise<void>((resolve) => {
    // All that is asked of it is to go.
    arrive({ destroy: resolve } as unknown as Socket);
  });
});
