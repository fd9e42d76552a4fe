// URLs as Go reads them, which is not as browsers do: a host may be missing, a path may stand alone, a comma is a host's
// own. For URLs in configurations and on the command line. Nothing here is called per message.
// Compat: Go net/url, Parse and URL.String, whose texts the refusals are; for http and https, the strict colons of Go 1.26.
import { type Parsed, parsed, quoteForTimeError as quote, refused } from './parsed.ts';

export interface GoUrl {
  /** In lower case, empty when there is none. */
  readonly scheme: string;
  /** What follows a scheme without a slash: `mailto:a` has `a`. */
  readonly opaque: string;
  /** Null: there is no `@`. */
  readonly user: GoUserInfo | null;
  /** With the port, decoded: `a:1`, `[::1]:1`. */
  readonly host: string;
  /** Decoded. */
  readonly path: string;
  readonly query: string;
  readonly fragment: string;
  /** What the text was like, for the text that is made of it again. */
  readonly written: WrittenForm;
}

interface WrittenForm {
  readonly path: string;
  readonly fragment: string;
  /** There is a `?`. */
  readonly hasQuery: boolean;
  /** There is a `//`. */
  readonly hasAuthority: boolean;
}

export interface GoUserInfo {
  readonly name: string;
  /** Null: there is no colon. */
  readonly password: string | null;
}

type Part = 'host' | 'zone' | 'user' | 'path' | 'fragment';

/** Why not, without what Go puts in front: `parse "x": `. */
export function parseGoUrl(text: string): Parsed<GoUrl> {
  const [whole = '', ...fragments] = text.split('#');
  const rest = parseBeforeFragment(whole);
  if (!rest.ok) return rest;
  const tail = fragments.join('#');
  const fragment = unescape(tail, 'fragment');
  if (!fragment.ok) return fragment;
  const written = { ...rest.value.written, fragment: tail };
  return parsed({ ...rest.value, fragment: fragment.value, written });
}

/** Without the port. Compat: Go net/url, URL.Hostname. */
export function goUrlHostName({ host }: GoUrl): string {
  const [, bracketed, plain = ''] = /^(?:\[(.*)\]|([^:]*))(?::[0-9]*)?$/s.exec(host) ?? [];
  return bracketed ?? (plain || host.replace(/:[0-9]*$/, ''));
}

/** Empty when there is none. */
export function goUrlPort({ host }: GoUrl): string {
  return /:([0-9]*)$/.exec(host.slice(host.lastIndexOf(']') + 1))?.[1] ?? '';
}

/** One text for all ways to write the same URL. With `hidesPassword` a password is `xxxxx`. */
export function goUrlText(url: GoUrl, hidesPassword = false): string {
  const { scheme, opaque, query, fragment, written } = url;
  let text = scheme === '' ? '' : `${scheme}:`;
  text += opaque === '' ? hierarchyText(url, hidesPassword) : opaque;
  if (written.hasQuery) text += `?${query}`;
  return fragment === '' ? text : `${text}#${asWritten(written.fragment, fragment, 'fragment')}`;
}

function hierarchyText({ scheme, user, host, path, written }: GoUrl, hidesPassword: boolean): string {
  const hasPlace = host !== '' || user !== null || (path !== '' && scheme !== '' && written.hasAuthority);
  let text = hasPlace ? '//' : '';
  if (user !== null) text += `${userText(user, hidesPassword)}@`;
  text += escape(host, 'host');
  const shown = path === '*' ? path : asWritten(written.path, path, 'path');
  // What would be taken for a scheme.
  const isMistakable = scheme === '' && text === '' && shown.split('/')[0]?.includes(':') === true;
  return `${text}${isMistakable ? './' : ''}${shown}`;
}

/** As somebody wrote it, where nothing in that had to be escaped. */
function asWritten(written: string, value: string, part: 'path' | 'fragment'): string {
  return WRITTEN_PLAINLY[part].test(written) ? written : escape(value, part);
}

function userText({ name, password }: GoUserInfo, hidesPassword: boolean): string {
  const secret = password === null ? '' : `:${hidesPassword ? 'xxxxx' : escape(password, 'user')}`;
  return `${escape(name, 'user')}${secret}`;
}

function parseBeforeFragment(text: string): Parsed<GoUrl> {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the point
  if (/[\x00-\x1f\x7f]/.test(text)) return refused('net/url: invalid control character in URL');
  const nothing = { scheme: '', opaque: '', user: null, host: '', path: '', query: '', fragment: '' };
  const nowhere = { path: '', fragment: '', hasQuery: false, hasAuthority: false };
  if (text === '*') return parsed({ ...nothing, path: '*', written: nowhere });
  if (text.startsWith(':')) return refused('missing protocol scheme');
  const writtenScheme = /^([a-z][a-z0-9+.-]*):/i.exec(text)?.[1] ?? '';
  const scheme = writtenScheme.toLowerCase();
  const behind = writtenScheme === '' ? text : text.slice(writtenScheme.length + 1);
  const at = behind.indexOf('?');
  const query = at < 0 ? '' : behind.slice(at + 1);
  const rest = at < 0 ? behind : behind.slice(0, at);
  if (!rest.startsWith('/')) {
    const written = { ...nowhere, hasQuery: at >= 0 };
    if (scheme !== '') return parsed({ ...nothing, scheme, opaque: rest, query, written });
    if (rest.split('/')[0]?.includes(':')) return refused('first path segment in URL cannot contain colon');
  }
  const hasAuthority = rest.startsWith('//') && (scheme !== '' || !rest.startsWith('///'));
  const slash = hasAuthority ? rest.indexOf('/', 2) : 0;
  const authority = parseAuthority(scheme, hasAuthority ? rest.slice(2, slash < 0 ? undefined : slash) : '');
  if (!authority.ok) return authority;
  const writtenPath = slash < 0 ? '' : rest.slice(slash);
  const path = unescape(writtenPath, 'path');
  if (!path.ok) return path;
  const written = { path: writtenPath, fragment: '', hasQuery: at >= 0, hasAuthority };
  return parsed({ ...nothing, scheme, ...authority.value, path: path.value, query, written });
}

function parseAuthority(scheme: string, text: string): Parsed<Pick<GoUrl, 'user' | 'host'>> {
  const at = text.lastIndexOf('@');
  const host = parseHost(scheme, text.slice(at + 1));
  if (!host.ok) return host;
  if (at < 0) return parsed({ user: null, host: host.value });
  const info = text.slice(0, at);
  if (!/^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/.test(info)) return refused('net/url: invalid userinfo');
  const colon = info.indexOf(':');
  const name = unescape(colon < 0 ? info : info.slice(0, colon), 'user');
  if (!name.ok) return name;
  const password = colon < 0 ? parsed(null) : unescape(info.slice(colon + 1), 'user');
  return password.ok ? parsed({ user: { name: name.value, password: password.value }, host: host.value }) : password;
}

function parseHost(scheme: string, text: string): Parsed<string> {
  const bracket = text.lastIndexOf('[');
  if (bracket > 0) return refused('invalid IP-literal');
  if (bracket === 0) return parseBracketed(text);
  const first = text.indexOf(':');
  if (first >= 0) {
    const port = text.slice(scheme === 'http' || scheme === 'https' ? first : text.lastIndexOf(':'));
    if (!/^:[0-9]*$/.test(port)) return refused(`invalid port ${quote(port)} after host`);
  }
  return unescape(text, 'host');
}

function parseBracketed(text: string): Parsed<string> {
  const close = text.lastIndexOf(']');
  if (close < 0) return refused(`missing ']' in host`);
  const port = text.slice(close + 1);
  if (!/^(?::[0-9]*)?$/.test(port)) return refused(`invalid port ${quote(port)} after host`);
  const inside = text.slice(1, close);
  const zoneAt = inside.indexOf('%25');
  const address = unescape(zoneAt < 0 ? inside : inside.slice(0, zoneAt), 'host');
  if (!address.ok) return address;
  const zone = unescape(zoneAt < 0 ? '' : inside.slice(zoneAt), 'zone');
  if (!zone.ok) return zone;
  if (/^[0-9]+(?:\.[0-9]+){3}$/.test(address.value)) return refused('invalid IP-literal');
  const isZoneEmpty = zone.value === '%';
  if (!isIpv6(address.value) || isZoneEmpty) {
    const why = isZoneEmpty ? 'zone must be a non-empty string' : 'unable to parse IP';
    return refused(`invalid host: ParseAddr(${quote(address.value + zone.value)}): ${why}`);
  }
  return parsed(`[${address.value}${zone.value}]${port}`);
}

const IPV6_GROUPS = 8;

function isIpv6(text: string): boolean {
  const dotted = /^(.*:)([0-9]{1,3}(?:\.[0-9]{1,3}){3})$/.exec(text);
  if (dotted !== null) {
    const bytes = (dotted[2] ?? '').split('.');
    if (bytes.some((byte) => Number(byte) > 255 || (byte.length > 1 && byte.startsWith('0')))) return false;
    return isIpv6(`${dotted[1]}0:0`);
  }
  const halves = text.split('::');
  if (halves.length > 2) return false;
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')));
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return false;
  return halves.length === 2 ? groups.length < IPV6_GROUPS : groups.length === IPV6_GROUPS;
}

const UNRESERVED = `A-Za-z0-9\\-_.~`;
/** What stands for itself. Compat: Go net/url, shouldEscape. */
const PLAIN: Readonly<Record<Part, RegExp>> = {
  host: new RegExp(`[${UNRESERVED}!$&'()*+,;=:\\[\\]<>"]`),
  zone: new RegExp(`[${UNRESERVED}!$&'()*+,;=:\\[\\]<>"]`),
  user: new RegExp(`[${UNRESERVED}$&+,;=]`),
  path: new RegExp(`[${UNRESERVED}$&+,/:;=@]`),
  fragment: new RegExp(`[${UNRESERVED}$&+,/:;=?@!()*]`),
};

const WRITTEN_PLAINLY: Readonly<Record<'path' | 'fragment', RegExp>> = {
  path: new RegExp(`^[${UNRESERVED}!$&'()*+,;=:@\\[\\]%/]*$`),
  fragment: new RegExp(`^[${UNRESERVED}!$&'()*+,;=:@\\[\\]%/?]*$`),
};

function escape(text: string, part: Part): string {
  let escaped = '';
  for (const byte of encoder.encode(text)) {
    const char = String.fromCharCode(byte);
    escaped += PLAIN[part].test(char) ? char : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return escaped;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

function unescape(text: string, part: Part): Parsed<string> {
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at);
    if (char === '%') {
      const code = text.slice(at, at + 3);
      if (!/^%[0-9a-f]{2}$/i.test(code) || !mayEscape(code, part)) {
        return refused(`invalid URL escape ${quote(code)}`);
      }
      at += 2;
    } else if ((part === 'host' || part === 'zone') && char < '\x80' && !PLAIN[part].test(char)) {
      return refused(`invalid character ${quote(char)} in host name`);
    }
  }
  if (!text.includes('%')) return parsed(text);
  const bytes: number[] = [];
  for (const [piece] of text.matchAll(/%[0-9a-f]{2}|[^%]+/gi)) {
    if (piece.startsWith('%')) bytes.push(Number.parseInt(piece.slice(1), 16));
    else bytes.push(...encoder.encode(piece));
  }
  return parsed(decoder.decode(Uint8Array.from(bytes)));
}

/** In a host only what is no ASCII, and the percent sign in front of a zone. */
function mayEscape(code: string, part: Part): boolean {
  const byte = Number.parseInt(code.slice(1), 16);
  if (code === '%25') return true;
  if (part === 'host') return byte >= 0x80;
  return part !== 'zone' || byte === 0x20 || byte >= 0x80 || PLAIN.host.test(String.fromCharCode(byte));
}
