// Conditions that people write over an object's fields: `state.messages > 10 and "a.b" in config.subjects`. The part of
// the expr language that the reference's --expression is used for: literals, lists, fields, comparison, arithmetic,
// `and or not && || !`, `in`, `contains`, `startsWith`, `endsWith`, `matches`, `len(...)`, `? :`. Anything else is refused
// with its place.
import { CommandError } from '../errors.ts';

export type Condition = (fields: Readonly<Record<string, unknown>>) => boolean;

type Term = (fields: Readonly<Record<string, unknown>>) => unknown;

interface Token {
  readonly kind: 'number' | 'text' | 'name' | 'sign' | 'end';
  readonly text: string;
  readonly at: number;
}

const TOKEN =
  /\s*(?:(\d+(?:\.\d+)?)|("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|([A-Za-z_$][\w$]*)|(==|!=|<=|>=|&&|\|\||\?\.|[-+*/%<>!()[\],.?:]))/y;

export function parseCondition(text: string): Condition {
  const term = new ExpressionParser(text).parse();
  return (fields) => {
    const value = term(fields);
    if (typeof value === 'boolean') return value;
    throw new CommandError(
      `--expression '${text}' is no condition: it gives ${JSON.stringify(value)}, not true or false`,
    );
  };
}

class ExpressionParser {
  readonly #text: string;
  readonly #tokens: Token[];
  #index: number;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = this.#split();
    this.#index = 0;
  }

  parse(): Term {
    const term = this.#choice();
    if (this.#token.kind !== 'end') throw this.#refusal(`'${this.#token.text}' was not expected`);
    return term;
  }

  #split(): Token[] {
    const tokens: Token[] = [];
    let at = 0;
    while (this.#text.slice(at).trim() !== '') {
      TOKEN.lastIndex = at;
      const match = TOKEN.exec(this.#text);
      if (match === null)
        throw new CommandError(`--expression '${this.#text}': cannot read it from '${this.#text.slice(at)}'`);
      const [whole, number, quoted, name, sign] = match;
      const text = number ?? quoted ?? name ?? sign ?? '';
      const kind =
        number !== undefined ? 'number' : quoted !== undefined ? 'text' : name !== undefined ? 'name' : 'sign';
      tokens.push({ kind, text, at: at + whole.length - text.length });
      at += whole.length;
    }
    tokens.push({ kind: 'end', text: 'the end', at: this.#text.length });
    return tokens;
  }

  get #token(): Token {
    return this.#tokens[this.#index] as Token;
  }

  #refusal(what: string): CommandError {
    return new CommandError(`--expression '${this.#text}': ${what} at column ${this.#token.at + 1}`);
  }

  /** Takes the token where it is one of these. */
  #take(...texts: readonly string[]): string | null {
    const { kind, text } = this.#token;
    if (kind === 'text' || kind === 'number' || !texts.includes(text)) return null;
    this.#index++;
    return text;
  }

  #expect(text: string): void {
    if (this.#take(text) === null) throw this.#refusal(`expected '${text}' but got '${this.#token.text}'`);
  }

  #choice(): Term {
    const condition = this.#or();
    if (this.#take('?') === null) return condition;
    const yes = this.#choice();
    this.#expect(':');
    const no = this.#choice();
    return (fields) => (truth(condition(fields)) ? yes(fields) : no(fields));
  }

  #or(): Term {
    let left = this.#and();
    while (this.#take('or', '||') !== null) {
      const [first, second] = [left, this.#and()];
      left = (fields) => truth(first(fields)) || truth(second(fields));
    }
    return left;
  }

  #and(): Term {
    let left = this.#not();
    while (this.#take('and', '&&') !== null) {
      const [first, second] = [left, this.#not()];
      left = (fields) => truth(first(fields)) && truth(second(fields));
    }
    return left;
  }

  #not(): Term {
    if (this.#take('not', '!') === null) return this.#comparison();
    const term = this.#not();
    return (fields) => !truth(term(fields));
  }

  #comparison(): Term {
    const left = this.#sum();
    const isNegated = this.#take('not') !== null;
    const sign = this.#take('==', '!=', '<=', '>=', '<', '>', 'in', 'contains', 'startsWith', 'endsWith', 'matches');
    if (sign === null) {
      if (isNegated) throw this.#refusal("'not' was not expected");
      return left;
    }
    const right = this.#sum();
    return (fields) => compare(sign, left(fields), right(fields)) !== isNegated;
  }

  #sum(): Term {
    let left = this.#product();
    for (let sign = this.#take('+', '-'); sign !== null; sign = this.#take('+', '-')) {
      const [first, second, isPlus] = [left, this.#product(), sign === '+'];
      left = (fields) => {
        const [a, b] = [first(fields), second(fields)];
        if (isPlus && typeof a === 'string' && typeof b === 'string') return a + b;
        return isPlus ? number(a) + number(b) : number(a) - number(b);
      };
    }
    return left;
  }

  #product(): Term {
    let left = this.#unary();
    for (let sign = this.#take('*', '/', '%'); sign !== null; sign = this.#take('*', '/', '%')) {
      const [first, second, operator] = [left, this.#unary(), sign];
      left = (fields) => {
        const [a, b] = [number(first(fields)), number(second(fields))];
        return operator === '*' ? a * b : operator === '/' ? a / b : a % b;
      };
    }
    return left;
  }

  #unary(): Term {
    if (this.#take('-') === null) return this.#field();
    const term = this.#unary();
    return (fields) => -number(term(fields));
  }

  #field(): Term {
    let term = this.#primary();
    while (true) {
      if (this.#take('.', '?.') !== null) {
        const { kind, text } = this.#token;
        if (kind !== 'name') throw this.#refusal(`expected a field but got '${text}'`);
        this.#index++;
        term = memberOf(term, () => text);
      } else if (this.#take('[') !== null) {
        const key = this.#choice();
        this.#expect(']');
        term = memberOf(term, key);
      } else return term;
    }
  }

  #primary(): Term {
    const { kind, text } = this.#token;
    if (this.#take('(') !== null) {
      const term = this.#choice();
      this.#expect(')');
      return term;
    }
    if (this.#take('[') !== null) return this.#list();
    this.#index++;
    switch (kind) {
      case 'number':
        return () => Number(text);
      case 'text': {
        const value = text.slice(1, -1).replace(/\\(.)/g, '$1');
        return () => value;
      }
      case 'name':
        return this.#name(text);
    }
    this.#index--;
    throw this.#refusal(`'${text}' was not expected`);
  }

  #list(): Term {
    const items: Term[] = [];
    while (this.#take(']') === null) {
      if (items.length > 0) this.#expect(',');
      items.push(this.#choice());
    }
    return (fields) => items.map((item) => item(fields));
  }

  #name(text: string): Term {
    if (text === 'true' || text === 'false') return () => text === 'true';
    if (text === 'nil' || text === 'null') return () => null;
    if (text === 'len' && this.#take('(') !== null) {
      const term = this.#choice();
      this.#expect(')');
      return (fields) => lengthOf(term(fields));
    }
    return (fields) => {
      if (text in fields) return fields[text];
      throw new CommandError(
        `--expression '${this.#text}': there is no '${text}'; there are ${Object.keys(fields).join(', ')}`,
      );
    };
  }
}

function memberOf(term: Term, key: Term): Term {
  return (fields) => {
    const value = term(fields);
    const name = key(fields);
    if (value === null || typeof value !== 'object') return null;
    // A field or an index that is not there is nil, as in the reference.
    return Object.hasOwn(value, String(name)) ? (value as Readonly<Record<string, unknown>>)[String(name)] : null;
  };
}

function compare(sign: string, a: unknown, b: unknown): boolean {
  switch (sign) {
    case '==':
      return equals(a, b);
    case '!=':
      return !equals(a, b);
    case 'in':
      return Array.isArray(b)
        ? b.some((item) => equals(a, item))
        : typeof b === 'object' && b !== null && String(a) in b;
    case 'contains':
      return String(a ?? '').includes(String(b));
    case 'startsWith':
      return String(a ?? '').startsWith(String(b));
    case 'endsWith':
      return String(a ?? '').endsWith(String(b));
    case 'matches':
      return new RegExp(String(b)).test(String(a ?? ''));
  }
  const [x, y] = typeof a === 'string' && typeof b === 'string' ? [a, b] : [number(a), number(b)];
  if (sign === '<') return x < y;
  if (sign === '>') return x > y;
  return sign === '<=' ? x <= y : x >= y;
}

function equals(a: unknown, b: unknown): boolean {
  return JSON.stringify(a ?? null) === JSON.stringify(b ?? null);
}

function truth(value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  throw new CommandError(`--expression: ${JSON.stringify(value ?? null)} is neither true nor false`);
}

function number(value: unknown): number {
  if (typeof value === 'number') return value;
  if (value === null || value === undefined) return 0;
  throw new CommandError(`--expression: ${JSON.stringify(value)} is no number`);
}

function lengthOf(value: unknown): number {
  if (typeof value === 'string' || Array.isArray(value)) return value.length;
  return typeof value === 'object' && value !== null ? Object.keys(value).length : 0;
}
