// Bodies of API requests through the decoder that words its refusals as Go does: it never throws, calls the same texts JSON
// as the engine does, and what it makes of one survives being written and read again.
import type { Prng } from '../../src/base/prng.ts';
import { CONSUMER_CONFIG, decodeConsumerCreateRequest } from '../../src/jetstream/consumer/consumer_config.ts';
import { parsePullRequest } from '../../src/jetstream/consumer/pull_request.ts';
import { decodeRequest, decodeSingle } from '../../src/jetstream/json/json_decode.ts';
import { scanJson } from '../../src/jetstream/json/json_scan.ts';
import type { JsonType } from '../../src/jetstream/json/json_type.ts';
import { MESSAGE_GET } from '../../src/jetstream/stream/message_get_request.ts';
import { decodeStreamConfigRequest, STREAM_CONFIG } from '../../src/jetstream/stream/stream_config.ts';
import { apiBody, BODY_NAMES } from './api_bodies.ts';
import { type FuzzTarget, promise } from './fuzz_target.ts';
import { JSON_WORDS, writeJson } from './json_text.ts';
import { InputBuffer } from './mutations.ts';

const TEXT_BYTES_MAX = 64 * 1024;
const lenient = new TextDecoder('utf-8', { ignoreBOM: true });

export class ApiJsonTarget implements FuzzTarget {
  readonly name = 'api-json';
  readonly about = 'bodies of JetStream API requests through their decoder';
  readonly #input = new InputBuffer(TEXT_BYTES_MAX);

  currentInput(): Uint8Array {
    return this.#input.view;
  }

  run(random: Prng, cases: number): number {
    for (let i = 0; i < cases; i++) this.#one(random);
    return cases;
  }

  #one(random: Prng): void {
    const input = this.#input;
    input.clear();
    if (random.chance(0.2)) writeJson(random, input, 3);
    else input.text(apiBody(random, random.pick(BODY_NAMES), 0.8, 0.3));
    if (random.chance(0.4)) input.mutate(random, 1 + random.below(3), JSON_WORDS);
    const bytes = input.view;
    this.#scan(bytes);
    switch (random.below(5)) {
      case 0:
        decodeStreamConfigRequest(bytes);
        return this.#roundTrip(bytes, STREAM_CONFIG);
      case 1:
        decodeConsumerCreateRequest(bytes);
        return this.#roundTrip(bytes, CONSUMER_CONFIG);
      case 2:
        return this.#roundTrip(bytes, MESSAGE_GET);
      case 3:
        parsePullRequest(bytes, 0, bytes.length);
        return;
      default:
        return this.#roundTrip(bytes, random.pick<JsonType<unknown>>([STREAM_CONFIG, CONSUMER_CONFIG]));
    }
  }

  #scan(bytes: Uint8Array): void {
    const scan = scanJson(bytes, 0);
    if (scan.kind === 'end') return;
    if (scan.kind === 'error') {
      promise(scan.offset <= bytes.length, 'the fault lies outside', bytes);
      promise(!isJson(bytes), `refused what is JSON: ${scan.text}`, bytes);
    } else {
      promise(scan.start < scan.end && scan.end <= bytes.length, 'the value lies outside', bytes);
      promise(isJson(bytes.subarray(scan.start, scan.end)), 'taken for JSON and is none', bytes);
    }
  }

  #roundTrip<T>(bytes: Uint8Array, type: JsonType<T>): void {
    decodeRequest(bytes, type);
    const decoded = decodeSingle(bytes, type);
    if (!decoded.ok) {
      promise(decoded.text !== '', 'a refusal without a word', bytes);
      return;
    }
    const text = type.encode(decoded.value);
    const again = decodeSingle(new TextEncoder().encode(text), type);
    promise(again.ok, `what was written cannot be read: ${text}`, bytes);
    promise(type.encode(again.value) === text, `written differently the second time: ${text}`, bytes);
  }
}

function isJson(bytes: Uint8Array): boolean {
  try {
    JSON.parse(lenient.decode(bytes));
    return true;
  } catch {
    return false;
  }
}
