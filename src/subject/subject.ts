// What a subject is: tokens separated by dots, `*` for one token, `>` for the rest. Pure; knows no subscription.
// Two forms: strings for configuration and requests, byte slices for what comes off the wire.

const DOT = 46;
const STAR = 42;
const REST = 62;

/** Whether the string can be subscribed to: no empty token, no white space, `>` only as the last token. */
export function isValidSubject(subject: string): boolean {
  if (subject.length === 0) return false;
  let tokenStart = 0;
  for (let i = 0; i <= subject.length; i++) {
    const c = i === subject.length ? DOT : subject.charCodeAt(i);
    if (c === 32 || c === 9 || c === 10 || c === 12 || c === 13) return false;
    if (c !== DOT) continue;
    if (i === tokenStart) return false;
    if (i - tokenStart === 1 && subject.charCodeAt(tokenStart) === REST && i !== subject.length) return false;
    tokenStart = i + 1;
  }
  return true;
}

/** Whether the string is valid and has no wildcard token. */
export function isValidLiteralSubject(subject: string): boolean {
  return isValidSubject(subject) && !hasWildcard(subject);
}

/** Whether a token of the subject is a wildcard. `foo*` is not one. */
export function hasWildcard(subject: string): boolean {
  for (let i = 0; i < subject.length; i++) {
    const c = subject.charCodeAt(i);
    if (c !== STAR && c !== REST) continue;
    const startsToken = i === 0 || subject.charCodeAt(i - 1) === DOT;
    const endsToken = i + 1 === subject.length || subject.charCodeAt(i + 1) === DOT;
    if (startsToken && endsToken) return true;
  }
  return false;
}

/** As isValidSubject, for a slice that the parser has already cut at white space. */
export function isValidSubjectBytes(bytes: Uint8Array, start: number, end: number): boolean {
  if (start >= end) return false;
  let tokenStart = start;
  for (let i = start; i <= end; i++) {
    if (i !== end && bytes[i] !== DOT) continue;
    if (i === tokenStart) return false;
    if (i - tokenStart === 1 && bytes[tokenStart] === REST && i !== end) return false;
    tokenStart = i + 1;
  }
  return true;
}

/** Whether a slice is valid and has no wildcard token. */
export function isValidLiteralBytes(bytes: Uint8Array, start: number, end: number): boolean {
  if (!isValidSubjectBytes(bytes, start, end)) return false;
  for (let i = start; i < end; i++) {
    const c = bytes[i];
    if (c !== STAR && c !== REST) continue;
    if ((i === start || bytes[i - 1] === DOT) && (i + 1 === end || bytes[i + 1] === DOT)) return false;
  }
  return true;
}

export function tokensOf(subject: string): string[] {
  return subject.split('.');
}

/** Whether a literal subject matches a pattern that may have wildcards. Both valid. */
export function subjectMatches(literal: string, pattern: string): boolean {
  if (pattern === '>' || literal === pattern) return true;
  return isSubsetMatch(tokensOf(literal), tokensOf(pattern));
}

/**
 * Whether every subject that `subset` stands for is covered by `pattern`. A literal is its own only subject, so this is
 * also the match of a literal.
 */
export function isSubsetMatch(subset: readonly string[], pattern: readonly string[]): boolean {
  for (let i = 0; i < pattern.length; i++) {
    const want = pattern[i];
    if (want === '>') return i < subset.length;
    const have = subset[i];
    if (have === undefined || have === '>') return false;
    if (want === '*') continue;
    if (have !== want) return false;
  }
  return subset.length === pattern.length;
}

/** Whether some literal subject matches both patterns. */
export function subjectsCollide(a: string, b: string): boolean {
  if (a === b) return true;
  const left = tokensOf(a);
  const right = tokensOf(b);
  for (let i = 0; ; i++) {
    const x = left[i];
    const y = right[i];
    if (x === undefined || y === undefined) return x === y;
    if (x === '>' || y === '>') return true;
    if (x !== '*' && y !== '*' && x !== y) return false;
  }
}
