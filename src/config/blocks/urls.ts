// URLs of other servers in blocks about links: one, or an array of them without repetitions.
// Compat: opts.go, parseURL and parseURLs.
import { type GoUrl, parseGoUrl } from '../../base/go_url.ts';
import type { ConfigValue } from '../config_node.ts';
import { goQuote } from '../go_text.ts';
import { type Entry, type KeyRule, type Setter, textKey, valueKey, wrongKind } from '../schema.ts';

/** One URL; `what` names it in messages: `gateway`, for example. */
export function urlKey<Draft>(name: string, what: string, set: Setter<Draft, GoUrl> = nothing): KeyRule<Draft> {
  return textKey([name], (draft, text, entry) => {
    const url = readUrl(text, what, entry);
    if (url !== null) set(draft, url, entry);
  });
}

/** An array of them. */
export function urlsKey<Draft>(
  name: string,
  what: string,
  set: Setter<Draft, readonly GoUrl[]> = nothing,
): KeyRule<Draft> {
  return valueKey([name], (draft, value, entry) => {
    const urls = readUrls(value, what, entry);
    if (urls !== null) set(draft, urls, entry);
  });
}

/** Null when it was reported. */
export function readUrl(
  text: string,
  what: string,
  { position, findings }: Pick<Entry, 'position' | 'findings'>,
): GoUrl | null {
  const trimmed = text.trim();
  const url = parseGoUrl(trimmed);
  if (url.ok) return url.value;
  findings.error(position, `error parsing ${what} url [${goQuote(trimmed)}]`);
  return null;
}

/** Those that are none are reported and left out; null when it is no array. */
export function readUrls(value: ConfigValue, what: string, entry: Entry): readonly GoUrl[] | null {
  const { findings } = entry;
  if (value.kind !== 'array') {
    wrongKind(entry, 'an array');
    return null;
  }
  const urls: GoUrl[] = [];
  const seen = new Set<string>();
  for (const { value: item, position } of value.items) {
    if (item.kind !== 'string') {
      findings.error(position, `a ${what} url must be a string`);
      continue;
    }
    if (seen.has(item.value)) {
      const field = goQuote(item.value);
      findings.warning(position, `invalid use of field ${field}: Duplicate ${what} entry detected`);
      continue;
    }
    seen.add(item.value);
    const url = readUrl(item.value, what, { position, findings });
    if (url !== null) urls.push(url);
  }
  return urls;
}

function nothing(): void {
  // Only checked.
}
