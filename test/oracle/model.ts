// What must happen, computed the slow and obvious way: nothing here is taken from the server. For each message the model
// says who must get it under which subject; of a queue group one member, whoever. It is told what was seen, says what is
// wrong with it, and remembers what later messages depend on: replies that were made and may be answered.
import type { ExportRule, ImportRule } from '../../src/subject/sharing.ts';
import type {
  AccountPlan,
  ClientPlan,
  Delivery,
  MappingPlan,
  Observation,
  PublishPlan,
  Scenario,
  SubjectListPlan,
  SubscriptionPlan,
} from './scenario.ts';

type ServiceExportRule = Extract<ExportRule, { kind: 'service' }>;
type ServiceImportRule = Extract<ImportRule, { kind: 'service' }>;
type StreamImportRule = Extract<ImportRule, { kind: 'stream' }>;

/** A reply subject that the server makes for a request to another account. Its text is known once somebody has seen it. */
interface Route {
  /** Where it is a subject. */
  readonly account: string;
  /** Where answers go. */
  readonly to: { readonly account: string; readonly reply: Subject };
  readonly service: ServiceExportRule;
  /** Whether the import shares who asks. */
  readonly shares: boolean;
  text: string | null;
  isOpen: boolean;
}

type Subject = string | Route;

/** One delivery that must be seen: this one, or one of several. */
interface Slot {
  readonly options: readonly Expected[];
}

interface Expected {
  readonly client: number;
  readonly sid: number;
  readonly subject: Subject;
  readonly reply: Subject;
  readonly header: HeaderRule;
  readonly payload: string;
}

/** A header as it is, or with the server's line about who asks. */
type HeaderRule =
  | { readonly kind: 'same'; readonly text: string }
  | {
      readonly kind: 'told';
      readonly text: string;
      readonly account: string;
      readonly service: string;
      readonly shares: boolean;
    };

interface Travelling {
  readonly publisher: number;
  readonly subject: Subject;
  readonly reply: Subject;
  readonly header: HeaderRule;
  readonly payload: string;
  /** Exports that it came through. */
  readonly services: readonly ServiceExportRule[];
  /** It came from another account as a request or an answer. */
  readonly isRelayed: boolean;
  /** Whether the import that it came through last shares who asks; null where there was none. */
  readonly lastShares: boolean | null;
}

interface Outcome {
  readonly slots: Slot[];
  readonly opened: Route[];
  readonly closed: Route[];
  wasDelivered: boolean;
}

const NO_HEADER: HeaderRule = { kind: 'same', text: '' };
/** Ways that chance may go, for one message. */
const BRANCHES_MAX = 64;

export class Model {
  readonly #scenario: Scenario;
  /** Per client which subscriptions it has. */
  readonly #accepted: readonly (readonly boolean[])[];
  readonly #routes: Route[] = [];
  /** How often each client has used each reply that it may answer. */
  readonly #permits: readonly Map<string, number>[];
  /** Choices of the run under way, and how many there were for each. */
  #choices: number[] = [];
  #choiceCounts: number[] = [];
  #choiceAt = 0;

  constructor(scenario: Scenario) {
    this.#scenario = scenario;
    this.#accepted = scenario.clients.map((client) => client.subscriptions.map((one) => maySubscribe(client, one)));
    this.#permits = scenario.clients.map(() => new Map());
  }

  /** What is wrong with what the clients saw when they subscribed; null for nothing. */
  checkSubscribing({ errors, deliveries }: Observation): string | null {
    if (deliveries.length > 0) return `${deliveries.length} messages that nobody published`;
    const expected = this.#scenario.clients.flatMap(({ subscriptions }, client) =>
      subscriptions
        .filter((_, i) => this.#accepted[client]?.[i] === false)
        .map(({ subject, queue }) => `${client} ${refusal(subject, queue)}`),
    );
    return differenceOf(
      errors.map(({ client, text }) => `${client} ${text}`),
      expected,
    );
  }

  /** What is wrong with what was seen of a message; null for nothing, and then it has become part of the past. */
  check(plan: PublishPlan, seen: Observation): string | null {
    const { client, reply, header, payload } = plan;
    let why = 'no way that chance may go explains it';
    this.#choices = [];
    for (let branch = 0; branch < BRANCHES_MAX; branch++) {
      this.#choiceAt = 0;
      this.#choiceCounts = [];
      const account = this.#accountOf(client);
      const subject = this.#mapped(account, this.#routeOf(account.name, plan.subject) ?? plan.subject);
      const permits = new Map(this.#permits[client]);
      const mayPublish = this.#mayPublish(client, subject, permits);
      const outcome: Outcome = { slots: [], opened: [], closed: [], wasDelivered: false };
      if (mayPublish) {
        const message: Travelling = {
          publisher: client,
          subject,
          reply,
          header: header === '' ? NO_HEADER : { kind: 'same', text: header },
          payload,
          services: [],
          isRelayed: false,
          lastShares: null,
        };
        this.#deliver(account, message, outcome);
        if (!outcome.wasDelivered && reply !== '') this.#addNoResponders(client, subject, reply, outcome);
      }
      const errors = mayPublish ? [] : [`${client} 'Permissions Violation for Publish to "${textOf(subject)}"'`];
      const fault =
        differenceOf(
          seen.errors.map((one) => `${one.client} ${one.text}`),
          errors,
        ) ?? this.#assign(outcome.slots, seen.deliveries);
      if (fault === null) {
        this.#commit(client, permits, outcome, seen);
        return null;
      }
      why = branch === 0 ? fault : `${why}; or: ${fault}`;
      if (!this.#nextBranch()) return why;
    }
    return 'too many ways that chance may go';
  }

  // --- delivering ----------------------------------------------------------------------------------------------------

  #deliver(account: AccountPlan, message: Travelling, outcome: Outcome): void {
    const groups = new Map<string, Expected[]>();
    const add = (queue: string, expected: Expected) => {
      if (queue === '') outcome.slots.push({ options: [expected] });
      else groups.set(queue, [...(groups.get(queue) ?? []), expected]);
      outcome.wasDelivered = true;
    };
    this.#eachSubscription(account.name, (client, sid, subscription) => {
      if (!subjectMatches(message.subject, subscription.subject)) return;
      this.#maybeAdd(client, sid, subscription, message.subject, message, add);
    });
    if (!message.isRelayed) this.#deliverStreams(account, message, add);
    for (const options of groups.values()) outcome.slots.push({ options });
    for (const one of account.imports) if (one.kind === 'service') this.#ask(account, one, message, outcome);
    if (typeof message.subject !== 'string') this.#answer(message.subject, message, outcome);
    else if (isOwnReply(this.#routes, account.name, message.subject)) outcome.wasDelivered = true;
  }

  /** Whoever imports this as a stream gets it under the subject of the own account. */
  #deliverStreams(account: AccountPlan, message: Travelling, add: (queue: string, expected: Expected) => void): void {
    for (const importer of this.#scenario.accounts) {
      for (const one of importer.imports) {
        if (one.kind !== 'stream' || one.account !== account.name) continue;
        const local = typeof message.subject === 'string' ? streamSubject(one, message.subject) : null;
        if (local === null) continue;
        this.#eachSubscription(importer.name, (client, sid, subscription) => {
          if (!subjectMatches(local, subscription.subject)) return;
          this.#maybeAdd(client, sid, subscription, local, message, add);
        });
      }
    }
  }

  #maybeAdd(
    client: number,
    sid: number,
    subscription: SubscriptionPlan,
    subject: Subject,
    message: Travelling,
    add: (queue: string, expected: Expected) => void,
  ): void {
    const { echo, user } = this.#client(client);
    if (client === message.publisher && !echo) return;
    if (isDenied(user.permissions?.subscribe ?? null, subject, subscription.queue)) return;
    const { reply, header, payload } = message;
    add(subscription.queue, { client, sid, subject, reply, header, payload });
  }

  /** A request leaves for the service of another account. */
  #ask(account: AccountPlan, one: ServiceImportRule, message: Travelling, outcome: Outcome): void {
    const remote = typeof message.subject === 'string' ? serviceSubject(one, message.subject) : null;
    if (remote === null) return;
    const exporter = this.#account(one.account);
    const service = serviceOf(exporter, one.subject);
    if (service === null || message.services.includes(service)) return;
    const route: Route | null =
      message.reply === ''
        ? null
        : {
            account: exporter.name,
            to: { account: account.name, reply: message.reply },
            service,
            shares: one.shares,
            text: null,
            isOpen: true,
          };
    const inner: Outcome = {
      slots: outcome.slots,
      opened: outcome.opened,
      closed: outcome.closed,
      wasDelivered: false,
    };
    const opened = outcome.opened.length;
    this.#deliver(
      exporter,
      {
        ...message,
        subject: this.#mapped(exporter, remote),
        reply: route ?? '',
        header: told(message, account.name, this.#accountOf(message.publisher).name, one.shares),
        services: [...message.services, service],
        isRelayed: true,
        lastShares: one.shares,
      },
      inner,
    );
    if (inner.wasDelivered) {
      outcome.wasDelivered = true;
      if (route !== null) outcome.opened.splice(opened, 0, route);
    }
  }

  /** An answer goes back to where the request came from. Whoever answers is never told that nobody waits. */
  #answer(route: Route, message: Travelling, outcome: Outcome): void {
    outcome.wasDelivered = true;
    if (!route.isOpen || outcome.closed.includes(route) || message.services.includes(route.service)) return;
    const { account, reply } = route.to;
    const requestor = this.#account(account);
    const back: Route | null =
      message.reply === ''
        ? null
        : {
            account,
            to: { account: route.account, reply: message.reply },
            service: route.service,
            shares: route.shares,
            text: null,
            isOpen: true,
          };
    const inner: Outcome = {
      slots: outcome.slots,
      opened: outcome.opened,
      closed: outcome.closed,
      wasDelivered: false,
    };
    const relayed = {
      ...message,
      subject: this.#mapped(requestor, reply),
      reply: back ?? '',
      services: [...message.services, route.service],
      isRelayed: true,
      lastShares: route.shares,
    };
    this.#deliver(requestor, relayed, inner);
    if (back !== null) outcome.opened.push(back);
    const isLast = message.payload === '' && headerText(message.header) === '';
    if (!inner.wasDelivered || route.service.options.responseType === 'singleton' || isLast) outcome.closed.push(route);
  }

  /** One of the client's own plain subscriptions to the reply hears that there was nobody. */
  #addNoResponders(client: number, subject: Subject, reply: string, outcome: Outcome): void {
    const { subscriptions } = this.#client(client);
    const header = { kind: 'same', text: `NATS/1.0 503\r\nNats-Subject: ${textOf(subject)}\r\n\r\n` } as const;
    const options = subscriptions.flatMap((one, i) => {
      const isOwn = this.#accepted[client]?.[i] === true && one.queue === '' && subjectMatches(reply, one.subject);
      return isOwn ? [{ client, sid: i + 1, subject: reply, reply: '', header, payload: '' }] : [];
    });
    if (options.length > 0) outcome.slots.push({ options });
  }

  #mapped(account: AccountPlan, subject: Subject): Subject {
    if (typeof subject !== 'string') return subject;
    for (const { source, destinations } of account.mappings) {
      const found = wildcardsOf(subject, source);
      if (found === null) continue;
      const at = destinations.length === 1 ? 0 : this.#choose(destinations.length);
      return filled((destinations[at] as MappingPlan['destinations'][number]).subject, found);
    }
    return subject;
  }

  // --- rights --------------------------------------------------------------------------------------------------------

  #mayPublish(client: number, subject: Subject, permits: Map<string, number>): boolean {
    const { permissions } = this.#client(client).user;
    if (permissions === null) return true;
    const { publish, responsesMax } = permissions;
    if (isPublishAllowed(publish, responsesMax !== null, subject)) return true;
    return responsesMax !== null && usePermit(permits, textOf(subject), responsesMax);
  }

  // --- comparing -----------------------------------------------------------------------------------------------------

  /** Finds a delivery for every slot and a slot for every delivery. */
  #assign(slots: readonly Slot[], deliveries: readonly Delivery[]): string | null {
    if (slots.length !== deliveries.length) {
      return `${deliveries.length} deliveries instead of ${slots.length}: ${slotsText(slots)}`;
    }
    const left = [...deliveries];
    // What has the fewest ways is settled first; groups of several hold at most a few members.
    const order = [...slots].sort((x, y) => x.options.length - y.options.length);
    return this.#assignRest(order, 0, left) ? null : `other deliveries than expected: ${slotsText(slots)}`;
  }

  #assignRest(slots: readonly Slot[], at: number, left: Delivery[]): boolean {
    const slot = slots[at];
    if (slot === undefined) return true;
    for (const expected of slot.options) {
      for (let i = 0; i < left.length; i++) {
        const delivery = left[i] as Delivery;
        const bound = this.#fits(expected, delivery);
        if (bound === null) continue;
        left.splice(i, 1);
        if (this.#assignRest(slots, at + 1, left)) return true;
        left.splice(i, 0, delivery);
        for (const route of bound) route.text = null;
      }
    }
    return false;
  }

  /** The routes whose text became known by it; null where it does not fit. */
  #fits(expected: Expected, seen: Delivery): Route[] | null {
    if (expected.client !== seen.client || expected.sid !== seen.sid || expected.payload !== seen.payload) return null;
    if (!headerFits(expected.header, seen.header)) return null;
    const bound: Route[] = [];
    const fits = subjectFits(expected.subject, seen.subject, bound) && subjectFits(expected.reply, seen.reply, bound);
    if (fits) return bound;
    for (const route of bound) route.text = null;
    return null;
  }

  #commit(client: number, permits: Map<string, number>, outcome: Outcome, seen: Observation): void {
    const own = this.#permits[client] as Map<string, number>;
    own.clear();
    for (const [reply, count] of permits) own.set(reply, count);
    for (const route of outcome.closed) route.isOpen = false;
    this.#routes.push(...outcome.opened);
    for (const { client: receiver, reply } of seen.deliveries) {
      const { permissions } = this.#client(receiver).user;
      if (reply === '' || permissions === null || permissions.responsesMax === null) continue;
      if (isPublishAllowed(permissions.publish, true, reply)) continue;
      const replies = this.#permits[receiver] as Map<string, number>;
      if (!usePermit(replies, reply, permissions.responsesMax)) replies.set(reply, 0);
    }
  }

  // --- chance --------------------------------------------------------------------------------------------------------

  #choose(count: number): number {
    const at = this.#choiceAt++;
    this.#choiceCounts[at] = count;
    this.#choices[at] ??= 0;
    return this.#choices[at] as number;
  }

  #nextBranch(): boolean {
    for (let i = this.#choiceAt - 1; i >= 0; i--) {
      const next = (this.#choices[i] as number) + 1;
      if (next < (this.#choiceCounts[i] as number)) {
        this.#choices = [...this.#choices.slice(0, i), next];
        return true;
      }
    }
    return false;
  }

  // --- who is who ----------------------------------------------------------------------------------------------------

  #client(index: number): ClientPlan {
    return this.#scenario.clients[index] as ClientPlan;
  }

  #account(name: string): AccountPlan {
    return this.#scenario.accounts.find((account) => account.name === name) as AccountPlan;
  }

  #accountOf(client: number): AccountPlan {
    return this.#account(this.#client(client).user.account);
  }

  /** The newest route of that text. */
  #routeOf(account: string, subject: string): Route | null {
    return this.#routes.findLast((route) => route.account === account && route.text === subject) ?? null;
  }

  #eachSubscription(account: string, act: (client: number, sid: number, one: SubscriptionPlan) => void): void {
    this.#scenario.clients.forEach(({ user, subscriptions }, client) => {
      if (user.account !== account) return;
      subscriptions.forEach((one, i) => {
        if (this.#accepted[client]?.[i] === true) act(client, i + 1, one);
      });
    });
  }
}

// --- subjects --------------------------------------------------------------------------------------------------------

/** The tokens that wildcards of the pattern stand for, `>` as one text; null where it does not match. */
function wildcardsOf(subject: string, pattern: string): string[] | null {
  const tokens = subject.split('.');
  const wanted = pattern.split('.');
  const found: string[] = [];
  for (let i = 0; i < wanted.length; i++) {
    if (wanted[i] === '>') return i < tokens.length ? [...found, tokens.slice(i).join('.')] : null;
    if (i >= tokens.length) return null;
    if (wanted[i] === '*') found.push(tokens[i] as string);
    else if (wanted[i] !== tokens[i]) return null;
  }
  return tokens.length === wanted.length ? found : null;
}

function subjectMatches(subject: Subject, pattern: string): boolean {
  // Of a reply that the server makes up only the first token is known.
  return wildcardsOf(typeof subject === 'string' ? subject : '_R_.?.?', pattern) !== null;
}

/** A destination with `$1` and `>` replaced by what was found. */
function filled(destination: string, found: readonly string[]): string {
  return destination
    .split('.')
    .map((token) => {
      if (token === '>') return found.at(-1) ?? '';
      return /^\$\d+$/.test(token) ? (found[Number(token.slice(1)) - 1] ?? '') : token;
    })
    .join('.');
}

/** The subject in the importing account; null where the import does not cover it. */
function streamSubject({ subject, to, prefix }: StreamImportRule, published: string): string | null {
  const found = wildcardsOf(published, subject);
  if (found === null) return null;
  if (prefix !== '') return `${prefix}.${published}`;
  return to === '' ? published : filled(to, found);
}

/** The subject in the exporting account; null where the import does not cover it. */
function serviceSubject({ subject, to }: ServiceImportRule, published: string): string | null {
  if (to === '') return wildcardsOf(published, subject) === null ? null : published;
  const found = wildcardsOf(published, to.replace(/\$\d+/g, '*'));
  if (found === null) return null;
  // The local subject names the wildcards of the remote one by number, in an order of its own.
  const places = to.split('.').filter((token) => /^\$\d+$/.test(token));
  let star = 0;
  return subject
    .split('.')
    .map((token) => {
      if (token === '>') return found.at(-1) ?? '';
      if (token !== '*') return token;
      star++;
      return found[places.indexOf(`$${star}`)] ?? '';
    })
    .join('.');
}

function serviceOf({ exports }: AccountPlan, subject: string): ServiceExportRule | null {
  for (const one of exports) if (one.kind === 'service' && covers(one.subject, subject)) return one;
  return null;
}

/** Whether everything that a subscription can match is matched by the pattern. */
function covers(pattern: string, subject: string): boolean {
  const wanted = pattern.split('.');
  const tokens = subject.split('.');
  for (let i = 0; i < wanted.length; i++) {
    if (wanted[i] === '>') return i < tokens.length;
    if (i >= tokens.length || tokens[i] === '>') return false;
    if (wanted[i] !== '*' && wanted[i] !== tokens[i]) return false;
  }
  return tokens.length === wanted.length;
}

function textOf(subject: Subject): string {
  return typeof subject === 'string' ? subject : (subject.text ?? '_R_.?.?');
}

function isOwnReply(routes: readonly Route[], account: string, subject: string): boolean {
  return routes.some((route) => route.account === account && route.text === subject);
}

// --- rights ----------------------------------------------------------------------------------------------------------

interface Entry {
  readonly subject: string;
  readonly queue: string | null;
}

function entriesOf(list: readonly string[]): Entry[] {
  return list.map((text) => {
    const [subject = '', queue] = text.split(' ');
    return { subject, queue: queue ?? null };
  });
}

/** Whether the reference lets this client subscribe although not all of it is allowed: `foo.>` by way of `foo.*`. */
export function isDisputed({ user }: ClientPlan, { subject }: SubscriptionPlan): boolean {
  const allow = user.permissions?.subscribe?.allow ?? [];
  return entriesOf(allow).some((entry) => subjectMatches(subject, entry.subject) && !covers(entry.subject, subject));
}

function maySubscribe({ user }: ClientPlan, { subject, queue }: SubscriptionPlan): boolean {
  const rules = user.permissions?.subscribe ?? null;
  if (rules === null) return true;
  if (rules.allow !== null) {
    const matching = entriesOf(rules.allow).filter((entry) => covers(entry.subject, subject));
    const forQueues = matching.filter((entry) => entry.queue !== null);
    // Who names queues of a subject means that no other queue may be used.
    const isAllowed =
      queue !== '' && forQueues.length > 0
        ? forQueues.some((entry) => queueMatches(queue, entry.queue ?? ''))
        : matching.some((entry) => entry.queue === null);
    if (!isAllowed) return false;
  }
  return !isDenied(rules, subject, queue);
}

function isDenied(rules: SubjectListPlan | null, subject: Subject, queue: string): boolean {
  return entriesOf(rules?.deny ?? []).some((entry) => {
    if (!subjectMatches(subject, entry.subject)) return false;
    return entry.queue === null || (queue !== '' && queueMatches(queue, entry.queue));
  });
}

function queueMatches(queue: string, pattern: string): boolean {
  return queue === pattern || wildcardsOf(queue, pattern) !== null;
}

/** Who may answer may publish nothing else, unless something is allowed. */
function isPublishAllowed(rules: SubjectListPlan | null, mayAnswer: boolean, subject: Subject): boolean {
  const allow = rules?.allow ?? (mayAnswer ? [] : null);
  if (allow !== null && !allow.some((pattern) => subjectMatches(subject, pattern))) return false;
  return !(rules?.deny ?? []).some((pattern) => subjectMatches(subject, pattern));
}

/** Compat: client.go, responseAllowed: asking whether a reply may be used is a use. */
function usePermit(permits: Map<string, number>, reply: string, max: number): boolean {
  const used = permits.get(reply);
  if (used === undefined) return false;
  if (used + 1 > max) {
    permits.delete(reply);
    return false;
  }
  permits.set(reply, used + 1);
  return true;
}

function refusal(subject: string, queue: string): string {
  const group = queue === '' ? '' : ` using queue "${queue}"`;
  return `'Permissions Violation for Subscription to "${subject}"${group}'`;
}

// --- headers and texts -----------------------------------------------------------------------------------------------

function told(message: Travelling, importer: string, publisher: string, shares: boolean): HeaderRule {
  const { header, lastShares } = message;
  if (header.kind === 'told') return { ...header, service: importer };
  // Compat: what was an answer before tells as much as the request's import did.
  return { kind: 'told', text: header.text, account: publisher, service: '', shares: lastShares ?? shares };
}

function headerText(header: HeaderRule): string {
  return header.kind === 'same' ? header.text : 'told';
}

const TOLD = /^Nats-Request-Info: (\{.*\})$/;

function headerFits(expected: HeaderRule, seen: string): boolean {
  if (expected.kind === 'same') return expected.text === seen;
  const lines = seen.split('\r\n');
  const own = expected.text === '' ? ['NATS/1.0'] : ownLines(expected.text);
  // The server's line is the last one, in front of the empty ones.
  if (lines.length !== own.length + 3 || lines.at(-1) !== '' || lines.at(-2) !== '') return false;
  if (!own.every((line, i) => line === lines[i])) return false;
  const json = TOLD.exec(lines.at(-3) ?? '')?.[1];
  if (json === undefined) return false;
  const info = JSON.parse(json) as Record<string, unknown>;
  const isService = expected.service === '' ? info['svc'] === undefined : info['svc'] === expected.service;
  return info['acc'] === expected.account && isService && (info['user'] !== undefined) === expected.shares;
}

function ownLines(header: string): string[] {
  return header.split('\r\n').filter((line) => line !== '' && !/^nats-request-info:/i.test(line));
}

function subjectFits(expected: Subject, seen: string, bound: Route[]): boolean {
  if (typeof expected === 'string') return expected === seen;
  if (expected.text !== null) return expected.text === seen;
  if (!/^_R_\.[0-9A-Za-z]{6}\.[0-9A-Za-z]{6}(?:\.[0-9A-Za-z]+\.T)?$/.test(seen)) return false;
  expected.text = seen;
  bound.push(expected);
  return true;
}

function slotsText(slots: readonly Slot[]): string {
  return slots
    .map(({ options }) =>
      options.map((one) => `${one.client}#${one.sid} ${textOf(one.subject)} (${textOf(one.reply)})`).join(' | '),
    )
    .join(', ');
}

/** Null where both hold the same texts, in any order. */
function differenceOf(seen: readonly string[], expected: readonly string[]): string | null {
  const left = [...expected];
  for (const text of seen) {
    const at = left.indexOf(text);
    if (at < 0) return `nobody should have been told ${text}`;
    left.splice(at, 1);
  }
  return left.length === 0 ? null : `nobody was told ${left.join(', ')}`;
}
