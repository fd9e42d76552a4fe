// Regular expressions as people write them for the reference (Go's syntax), made into our own: flags at the beginning,
// named groups, ends of text, quoted runs and POSIX classes. What has no like here is refused.
import { errorText } from '../../base/errors.ts';
import { type Parsed, parsed, refused } from '../../base/parsed.ts';

const POSIX: Readonly<Record<string, string>> = {
  alnum: '0-9A-Za-z',
  alpha: 'A-Za-z',
  ascii: '\\x00-\\x7F',
  blank: '\\t ',
  cntrl: '\\x00-\\x1F\\x7F',
  digit: '0-9',
  graph: '!-~',
  lower: 'a-z',
  print: ' -~',
  punct: '!-\\/:-@\\[-`{-~',
  space: '\\t\\n\\v\\f\\r ',
  upper: 'A-Z',
  word: '0-9A-Za-z_',
  xdigit: '0-9A-Fa-f',
};

export function parseGoPattern(text: string): Parsed<RegExp> {
  const [head = '', flags = ''] = /^\(\?([ims]+)\)/.exec(text) ?? [];
  const body = text
    .slice(head.length)
    .replace(/\\Q([\s\S]*?)(?:\\E|$)/g, (_, quoted: string) => quoted.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
    .replace(/\(\?P</g, '(?<')
    .replace(/\[:(\w+):\]/g, (whole, name: string) => POSIX[name] ?? whole)
    .replace(/\\z/g, '(?![\\s\\S])')
    .replace(/\\A/g, '(?<![\\s\\S])');
  try {
    return parsed(new RegExp(body, flags));
  } catch (error) {
    return refused(`'${text}' is no regular expression: ${errorText(error)}`);
  }
}
