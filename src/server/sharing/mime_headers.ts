// A header block read as mail headers are: names in their canonical form (`X-B3-Traceid`), lines that go on joined. For
// headers that come from the world of HTTP. Compat: Go net/textproto, ReadMIMEHeader and CanonicalMIMEHeaderKey.
import { utf8Text } from '../../base/bytes.ts';

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** Null where there is no block, or one that is not made so. */
export function mimeHeaders(
  bytes: Uint8Array,
  start: number,
  end: number,
): ReadonlyMap<string, readonly string[]> | null {
  if (start === end) return null;
  const lines = utf8Text(bytes, start, end).split(/\r?\n/);
  const headers = new Map<string, string[]>();
  let last: string[] | null = null;
  // The first line says the version.
  for (const line of lines.slice(1)) {
    if (line === '') break;
    if (/^[ \t]/.test(line)) {
      if (last === null) return null;
      last.push(`${last.pop() ?? ''} ${line.trim()}`);
      continue;
    }
    const colon = line.indexOf(':');
    const name = line.slice(0, colon);
    if (colon < 0 || !TOKEN.test(name)) return null;
    const canonical = name.toLowerCase().replace(/(^|-)([a-z])/g, (match) => match.toUpperCase());
    last = headers.get(canonical) ?? [];
    last.push(line.slice(colon + 1).replace(/^[ \t]+|[ \t]+$/g, ''));
    headers.set(canonical, last);
  }
  return headers;
}
