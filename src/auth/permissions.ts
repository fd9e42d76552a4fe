// What one user may publish and subscribe to, compiled from lists of subjects into something that answers quickly. One per
// user, shared by its connections; what a connection may answer for a moment is reply_permits.ts. Pure.
// Compat: client.go, setPermissions, canSubscribeInternal, pubAllowedFullCheck, checkDenySub.
import { asciiText, hashBytes } from '../base/bytes.ts';
import { type PatternMatch, PatternSet } from '../subject/pattern_set.ts';
import { hasWildcard, isSubsetMatch, subjectsCollide, tokensOf } from '../subject/subject.ts';

export interface SubjectRules {
  /** Null allows everything; an empty list allows nothing. */
  readonly allow: readonly string[] | null;
  /** Wins over what is allowed. */
  readonly deny: readonly string[];
}

/** Answers to requests are allowed for a while, whatever else is. */
export interface ResponseRules {
  /** Below zero: as many as they like. */
  readonly messagesMax: number;
  /** Below zero: for ever. */
  readonly expiresMs: number;
}

/** Subjects of subscriptions may be `subject queue`, both with wildcards. Null allows everything. */
export interface PermissionRules {
  readonly publish: SubjectRules | null;
  readonly subscribe: SubjectRules | null;
  readonly responses: ResponseRules | null;
}

/** Verdicts kept, a power of two, in pairs: of two older ones with the same place a newer one drives out the older. */
const VERDICT_SLOTS = 512;
const PAIRS = VERDICT_SLOTS - 2;

/** Answers of the publish check, and of the delivery check, by the subject's bytes. */
class VerdictTable<T> {
  readonly #judge: (subject: string) => T;
  readonly #subjects: (Uint8Array | null)[] = new Array<Uint8Array | null>(VERDICT_SLOTS).fill(null);
  readonly #verdicts: (T | null)[] = new Array<T | null>(VERDICT_SLOTS).fill(null);
  /** Where the last answer is: most clients repeat their subject. */
  #last = 0;

  constructor(judge: (subject: string) => T) {
    this.#judge = judge;
  }

  of(bytes: Uint8Array, start: number, end: number): T {
    if (this.#isAt(this.#last, bytes, start, end)) return this.#verdicts[this.#last] as T;
    const slot = hashBytes(bytes, start, end) & PAIRS;
    if (this.#isAt(slot, bytes, start, end)) this.#last = slot;
    else if (this.#isAt(slot + 1, bytes, start, end)) this.#last = slot + 1;
    else this.#learn(slot, bytes, start, end);
    return this.#verdicts[this.#last] as T;
  }

  #isAt(slot: number, bytes: Uint8Array, start: number, end: number): boolean {
    const known = this.#subjects[slot] as Uint8Array | null;
    if (known === null || known.length !== end - start) return false;
    // From the end: subjects that differ mostly do there.
    for (let i = known.length - 1; i >= 0; i--) if (known[i] !== bytes[start + i]) return false;
    return true;
  }

  #learn(slot: number, bytes: Uint8Array, start: number, end: number): void {
    this.#subjects[slot + 1] = this.#subjects[slot] as Uint8Array | null;
    this.#verdicts[slot + 1] = this.#verdicts[slot] as T | null;
    this.#subjects[slot] = bytes.slice(start, end);
    this.#verdicts[slot] = this.#judge(asciiText(bytes, start, end));
    this.#last = slot;
  }
}

interface Denied {
  readonly subject: string;
  readonly queue: string | null;
}

export class Permissions {
  readonly rules: PermissionRules;
  readonly #publishAllow: PatternSet | null;
  readonly #publishDeny: PatternSet | null;
  readonly #subscribeAllow: PatternSet | null;
  readonly #subscribeDeny: PatternSet | null;
  readonly #denied: readonly Denied[];
  #publishVerdicts: VerdictTable<boolean> | null = null;
  #deliveryVerdicts: VerdictTable<PatternMatch> | null = null;

  constructor(rules: PermissionRules) {
    const { publish, subscribe, responses } = rules;
    this.rules = rules;
    // Whoever may only answer may publish nothing else, unless something is allowed.
    const publishAllow = publish?.allow ?? (responses === null ? null : []);
    this.#publishAllow = publishAllow === null ? null : setOf(publishAllow);
    this.#publishDeny = setOfSome(publish?.deny ?? []);
    this.#subscribeAllow = setOfSome(subscribe?.allow ?? []);
    this.#subscribeDeny = setOfSome(subscribe?.deny ?? []);
    this.#denied = (subscribe?.deny ?? []).map(splitQueue);
  }

  /** Whether publishing is limited at all. */
  get limitsPublishing(): boolean {
    return this.#publishAllow !== null || this.#publishDeny !== null;
  }

  mayPublish(bytes: Uint8Array, start: number, end: number): boolean {
    if (!this.limitsPublishing) return true;
    this.#publishVerdicts ??= new VerdictTable((subject) => this.#judgePublish(subject));
    return this.#publishVerdicts.of(bytes, start, end);
  }

  /** `subject` with one character for each byte. Safer than the reference: `foo.*` does not allow `foo.>`. */
  maySubscribe(subject: string, queue: string | null): boolean {
    if (this.#subscribeAllow !== null) {
      const { isPlain, queues } = this.#subscribeAllow.match(subject, 'covered');
      const isAllowed = queue !== null && queues.length > 0 ? matchesQueue(queue, queues) : isPlain;
      if (!isAllowed) return false;
    }
    if (this.#subscribeDeny === null) return true;
    return !isDenied(this.#subscribeDeny.match(subject, 'touched'), queue);
  }

  /** Whether a subscription that may be made can match what is denied, so that hides() must be asked for each message. */
  mayOverlapDenied(subject: string, queue: string | null): boolean {
    if (queue === null && !hasWildcard(subject)) return false;
    return this.#denied.some((denied) => subjectsCollide(denied.subject, subject));
  }

  /** Whether a message shown with this subject must not reach a subscription of this user. */
  hides(bytes: Uint8Array, start: number, end: number, queue: string | null): boolean {
    const denied = this.#subscribeDeny;
    if (denied === null) return false;
    this.#deliveryVerdicts ??= new VerdictTable((subject) => denied.match(subject, 'touched'));
    return isDenied(this.#deliveryVerdicts.of(bytes, start, end), queue);
  }

  #judgePublish(subject: string): boolean {
    if (this.#publishAllow !== null && !this.#publishAllow.match(subject, 'touched').isPlain) return false;
    return this.#publishDeny === null || !this.#publishDeny.match(subject, 'touched').isPlain;
  }
}

function isDenied(match: PatternMatch, queue: string | null): boolean {
  return match.isPlain || (queue !== null && match.queues.length > 0 && matchesQueue(queue, match.queues));
}

/** Compat: client.go, queueMatches. Wildcards may also be part of a group's name. */
function matchesQueue(queue: string, patterns: readonly string[]): boolean {
  return patterns.some(
    (pattern) => pattern === queue || (hasWildcard(pattern) && isSubsetMatch(tokensOf(queue), tokensOf(pattern))),
  );
}

/** `subject queue`, or a subject alone. The subject gets one character for each byte. */
function splitQueue(text: string): Denied {
  const [subject = '', queue = null] = text.split(/[ \t\r\n\f]+/).filter((word) => word !== '');
  return { subject: Buffer.from(subject, 'utf8').toString('latin1'), queue };
}

function setOf(texts: readonly string[]): PatternSet {
  const set = new PatternSet();
  for (const text of texts) {
    const { subject, queue } = splitQueue(text);
    set.insert(subject, queue);
  }
  return set;
}

function setOfSome(texts: readonly string[]): PatternSet | null {
  return texts.length === 0 ? null : setOf(texts);
}
