// One source file as the rules see it: its text, the same text without comments, the same without strings too, and its
// imports. A small scanner and no compiler: the whole tree must be read in a moment. Knows no rule.

export interface Import {
  readonly specifier: string;
  /** The imported file's path in the tree; null for packages and Node's own modules. */
  readonly target: string | null;
  /** `import type`: gone once compiled. */
  readonly isType: boolean;
  readonly line: number;
}

// A whole `import` or `export ... from` up to its string, or a call of import().
const IMPORT = /\b(?:(?:import|export)\s+(type\s+)?[\w*$\s{},]*?\bfrom|import)\s*\(?\s*(['"])/g;

export class SourceFile {
  readonly path: string;
  readonly text: string;
  /** As long as `text`, comments blanked. */
  readonly uncommented: string;
  /** As long as `text`, comments and what stands inside strings, templates and regular expressions blanked. */
  readonly code: string;
  readonly imports: readonly Import[];

  constructor(path: string, text: string) {
    this.path = path;
    this.text = text;
    const { uncommented, code } = blank(text);
    this.uncommented = uncommented;
    this.code = code;
    this.imports = this.#findImports();
  }

  /** `base` for src/base/x.ts; null outside src/. */
  get room(): string | null {
    const match = /^src\/([^/]+)\//.exec(this.path);
    return match?.[1] ?? null;
  }

  /** Tests and the contracts that tests share: they may import more, and nothing else may import them. */
  get isTest(): boolean {
    return /(?:_test|_contract)\.ts$/.test(this.path) || this.path.startsWith('test/');
  }

  lineOf(offset: number): number {
    let line = 1;
    for (let i = 0; i < offset; i++) if (this.text.charCodeAt(i) === 0x0a) line++;
    return line;
  }

  #findImports(): Import[] {
    const imports: Import[] = [];
    // The keyword must stand in code, its string is read from the text: so no string can look like an import.
    for (const match of this.code.matchAll(IMPORT)) {
      const start = match.index + match[0].length;
      const end = this.uncommented.indexOf(match[2] ?? "'", start);
      const specifier = this.uncommented.slice(start, end);
      const line = this.lineOf(match.index);
      imports.push({ specifier, target: resolve(this.path, specifier), isType: match[1] !== undefined, line });
    }
    return imports;
  }
}

/** The path that a relative specifier means, seen from the file at `path`; null when it is not relative. */
export function resolve(path: string, specifier: string): string | null {
  if (!specifier.startsWith('.')) return null;
  const parts = path.split('/').slice(0, -1);
  for (const part of specifier.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.') parts.push(part);
  }
  return parts.join('/');
}

/** A slash behind one of these begins a regular expression, behind anything else it divides. */
const BEFORE_REGEX = /(?:^|[-+*%=<>&|!?:;,.([{}~^]|\b(?:return|typeof|case|in|of|do|else|yield|await|void|delete))\s*$/;

interface Blanked {
  readonly uncommented: string;
  readonly code: string;
}

function blank(text: string): Blanked {
  const scanner = new Scanner(text);
  scanner.code(false);
  return { uncommented: scanner.uncommented(), code: scanner.blanked() };
}

class Scanner {
  readonly #text: string;
  /** Ranges as start, end, start, end ... */
  readonly #comments: number[] = [];
  readonly #literals: number[] = [];
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  uncommented(): string {
    return blankRanges(this.#text, this.#comments);
  }

  blanked(): string {
    return blankRanges(this.uncommented(), this.#literals);
  }

  /** Reads code to the end, or to the brace that ends a template's `${`. */
  code(isInTemplate: boolean): void {
    let depth = 0;
    while (this.#at < this.#text.length) {
      const char = this.#text.charAt(this.#at);
      const two = this.#text.slice(this.#at, this.#at + 2);
      if (two === '//') this.#comment('\n', 0);
      else if (two === '/*') this.#comment('*/', 2);
      else if (char === "'" || char === '"') this.#string(char);
      else if (char === '`') this.#template();
      else if (char === '/' && this.#isRegex()) this.#regex();
      else {
        if (char === '{') depth++;
        if (char === '}' && depth-- === 0 && isInTemplate) return;
        this.#at++;
      }
    }
  }

  #comment(end: string, endLength: number): void {
    const found = this.#text.indexOf(end, this.#at + 2);
    const stop = found < 0 ? this.#text.length : found + endLength;
    this.#comments.push(this.#at, stop);
    this.#at = stop;
  }

  #string(quote: string): void {
    const start = ++this.#at;
    while (this.#at < this.#text.length && this.#text.charAt(this.#at) !== quote) this.#skipChar();
    this.#literals.push(start, this.#at);
    this.#at++;
  }

  #template(): void {
    let start = ++this.#at;
    while (this.#at < this.#text.length && this.#text.charAt(this.#at) !== '`') {
      if (this.#text.startsWith('${', this.#at)) {
        this.#literals.push(start, this.#at);
        this.#at += 2;
        this.code(true);
        start = this.#at;
      }
      this.#skipChar();
    }
    this.#literals.push(start, this.#at);
    this.#at++;
  }

  #isRegex(): boolean {
    return BEFORE_REGEX.test(this.#text.slice(Math.max(0, this.#at - 40), this.#at));
  }

  #regex(): void {
    const start = ++this.#at;
    let isInClass = false;
    for (; this.#at < this.#text.length; this.#skipChar()) {
      const char = this.#text.charAt(this.#at);
      if (char === '\n' || (char === '/' && !isInClass)) break;
      if (char === '[') isInClass = true;
      if (char === ']') isInClass = false;
    }
    this.#literals.push(start, this.#at);
    this.#at++;
  }

  #skipChar(): void {
    this.#at += this.#text.charAt(this.#at) === '\\' ? 2 : 1;
  }
}

function blankRanges(text: string, ranges: readonly number[]): string {
  let result = '';
  let from = 0;
  for (let i = 0; i < ranges.length; i += 2) {
    const start = ranges[i] ?? 0;
    const end = ranges[i + 1] ?? 0;
    result += text.slice(from, start) + text.slice(start, end).replace(/[^\n]/g, ' ');
    from = end;
  }
  return result + text.slice(from);
}
