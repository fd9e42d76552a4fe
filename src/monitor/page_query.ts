// The query of a monitoring page, read as the reference reads it: what is absent or empty is the zero value, what cannot
// be read ends the page with status 400 and a sentence. Only the first fault is kept: the reference stops there too.
// Compat: monitor.go, decodeBool, decodeInt, decodeUint64; Go strconv, whose texts the refusals are.
import { goQuote } from '../config/go_text.ts';

const TRUE = new Set(['1', 't', 'T', 'TRUE', 'true', 'True']);
const FALSE = new Set(['0', 'f', 'F', 'FALSE', 'false', 'False']);
const INT_MIN = -(2n ** 63n);
const INT_MAX = 2n ** 63n - 1n;
const UINT_MAX = 2n ** 64n - 1n;

/** What `subs` asks for. */
export interface SubscriptionsWanted {
  readonly isWanted: boolean;
  readonly isDetailed: boolean;
}

export class PageQuery {
  readonly #query: URLSearchParams;
  #fault: string | null = null;

  constructor(query: URLSearchParams) {
    this.#query = query;
  }

  /** The sentence for the answer, null while everything could be read. */
  get fault(): string | null {
    return this.#fault;
  }

  text(name: string): string {
    return this.#query.get(name) ?? '';
  }

  bool(name: string): boolean {
    const text = this.text(name);
    if (text === '' || FALSE.has(text)) return false;
    if (TRUE.has(text)) return true;
    this.refuse(`Error decoding boolean for '${name}': strconv.ParseBool: parsing ${goQuote(text)}: invalid syntax`);
    return false;
  }

  int(name: string): number {
    return this.#integer(name, 'int', 'Atoi', /^[+-]?\d+$/, INT_MIN, INT_MAX);
  }

  uint64(name: string): number {
    return this.#integer(name, 'uint64', 'ParseUint', /^\d+$/, 0n, UINT_MAX);
  }

  /** `subs=1`, or `subs=detail` in any case. */
  subscriptions(): SubscriptionsWanted {
    const isDetailed = this.text('subs').toLowerCase() === 'detail';
    return { isWanted: !isDetailed && this.bool('subs'), isDetailed };
  }

  refuse(sentence: string): void {
    this.#fault ??= sentence;
  }

  #integer(name: string, type: string, parser: string, form: RegExp, low: bigint, high: bigint): number {
    const text = this.text(name);
    if (text === '') return 0;
    const says = `Error decoding ${type} for '${name}': strconv.${parser}: parsing ${goQuote(text)}`;
    if (!form.test(text)) {
      this.refuse(`${says}: invalid syntax`);
      return 0;
    }
    const value = BigInt(text.replace(/^\+/, ''));
    if (value < low || value > high) {
      this.refuse(`${says}: value out of range`);
      return 0;
    }
    return Number(value);
  }
}
