// The part of Go's template language that bodies and headers of messages use: `{{Count}}`, `{{.Count}}`,
// `{{ Random 10 100 }}`, `{{ID}}`, with `{{-` and `-}}` that take the space around them. Anything else of the language is
// refused with a sentence, and the text is then sent as it stands, as in the reference.
import { type Parsed, parsed, refused } from '../../base/parsed.ts';

export type TemplateFunction = (...args: readonly (string | number)[]) => string;
export type TemplateFunctions = ReadonlyMap<string, TemplateFunction>;

export function expandTemplate(text: string, functions: TemplateFunctions): Parsed<string> {
  if (!text.includes('{{')) return parsed(text);
  let expanded = '';
  let rest = text;
  let trimsNext = false;
  while (true) {
    const open = rest.indexOf('{{');
    let literal = open < 0 ? rest : rest.slice(0, open);
    if (trimsNext) literal = literal.trimStart();
    if (open < 0) return parsed(expanded + literal);
    const close = rest.indexOf('}}', open);
    if (close < 0) return refused('a {{ is not closed');
    let action = rest.slice(open + 2, close);
    if (/^-\s/.test(action)) {
      literal = literal.trimEnd();
      action = action.slice(1);
    }
    trimsNext = /\s-$/.test(action);
    if (trimsNext) action = action.slice(0, -1);
    const value = evaluate(action.trim(), functions);
    if (!value.ok) return value;
    expanded += literal + value.value;
    rest = rest.slice(close + 2);
  }
}

const ACTION = /^\.?([A-Za-z]\w*)((?:\s+(?:-?\d+|"(?:[^"\\]|\\.)*"|`[^`]*`))*)$/;

function evaluate(action: string, functions: TemplateFunctions): Parsed<string> {
  if (action.startsWith('/*') && action.endsWith('*/')) return parsed('');
  const [, name = '', tail = ''] = ACTION.exec(action) ?? [];
  if (name === '') return refused(`'{{${action}}}' is more of Go's template language than this command knows`);
  const call = functions.get(name);
  if (call === undefined) {
    return refused(`function "${name}" not defined; there are ${[...functions.keys()].sort().join(', ')}`);
  }
  const args: (string | number)[] = [];
  for (const [word] of tail.matchAll(/-?\d+|"(?:[^"\\]|\\.)*"|`[^`]*`/g)) args.push(argumentOf(word));
  return parsed(call(...args));
}

function argumentOf(word: string): string | number {
  if (word.startsWith('`')) return word.slice(1, -1);
  if (!word.startsWith('"')) return Number(word);
  return word.slice(1, -1).replace(/\\(.)/g, (_, letter: string) => (letter === 'n' ? '\n' : letter));
}
