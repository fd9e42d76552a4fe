// Texts with one or many YAML documents, or JSON, as values that know where they stood. Read as Kubernetes reads them
// (YAML 1.1), so that one file means the same to both; times stay texts.
import type { Document, LineCounter } from 'yaml';
import { CommandError } from '../errors.ts';
import { isObject, type Path } from './field.ts';

/** One document, or one of the items of a list of them. */
export interface TextDocument {
  readonly file: string;
  /** Counted from 1, within its file. */
  readonly number: number;
  readonly value: Readonly<Record<string, unknown>>;
  /** The line at which a field stands, or the nearest field around it. */
  lineOf(path: Path): number;
}

export async function parseDocuments(text: string, file: string): Promise<TextDocument[]> {
  const { parseAllDocuments, LineCounter } = await import('yaml');
  const lines = new LineCounter();
  const parsed = parseAllDocuments(text, {
    version: '1.1',
    schema: 'yaml-1.1',
    customTags: (tags) => tags.filter((tag) => typeof tag === 'string' || !isTimeTag(tag)),
    intAsBigInt: true,
    lineCounter: lines,
    prettyErrors: false,
  });
  const documents = Array.isArray(parsed) ? parsed : [];
  const found: TextDocument[] = [];
  for (const [index, document] of documents.entries()) {
    const error = document.errors[0];
    if (error !== undefined) {
      const { line, col } = lines.linePos(error.pos[0]);
      throw new CommandError(`${file}:${line}:${col}: this is neither YAML nor JSON: ${error.message}`);
    }
    found.push(...itemsOf(document, { file, number: index + 1, lines }));
  }
  return found;
}

/** Moments, and numbers to the base of 60 (`12:30`), which Kubernetes does not take for numbers either. */
function isTimeTag({ tag, format }: { readonly tag: string; readonly format?: string }): boolean {
  return tag === 'tag:yaml.org,2002:timestamp' || format === 'TIME';
}

interface Where {
  readonly file: string;
  readonly number: number;
  readonly lines: LineCounter;
}

/** A document may be a list of documents, plain or of Kubernetes' kind List; empty ones are nothing. */
function itemsOf(document: Document, where: Where): TextDocument[] {
  const value: unknown = plain(document, where);
  if (value === null || value === undefined) return [];
  const { file, number } = where;
  const item = (one: unknown, root: Path): TextDocument => {
    const lineOf = (path: Path): number => lineIn(document, [...root, ...path], where.lines);
    if (isObject(one)) return { file, number, value: one, lineOf };
    throw new CommandError(
      `${file}:${lineOf([])}: document ${number} is no object: begin it with kind: and its fields`,
    );
  };
  if (Array.isArray(value)) return value.map((one, index) => item(one, [index]));
  if (isObject(value) && value['kind'] === 'List' && Array.isArray(value['items'])) {
    return value['items'].map((one, index) => item(one, ['items', index]));
  }
  return [item(value, [])];
}

function plain(document: Document, { file, number }: Where): unknown {
  try {
    return document.toJS({ maxAliasCount: 1000 });
  } catch (error) {
    // Aliases without end, or to what is not there.
    const text = error instanceof Error ? error.message : String(error);
    throw new CommandError(`${file}: document ${number}: ${text}`, { cause: error });
  }
}

function lineIn(document: Document, path: Path, lines: LineCounter): number {
  for (let depth = path.length; depth >= 0; depth--) {
    const node: unknown = depth === 0 ? document.contents : document.getIn(path.slice(0, depth), true);
    const range = isObject(node) ? node['range'] : undefined;
    if (Array.isArray(range) && typeof range[0] === 'number') return lines.linePos(range[0]).line;
  }
  return 1;
}

/** As Kubernetes reads them: what it would take for a boolean or a number stands in quotes. */
export async function documentsText(documents: readonly unknown[]): Promise<string> {
  const { stringify } = await import('yaml');
  return documents.map((document) => stringify(document, { version: '1.1', lineWidth: 0 })).join('---\n');
}
