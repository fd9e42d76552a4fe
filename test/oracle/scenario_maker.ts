// Makes scenarios by chance, over an alphabet of three tokens so that everything meets everything. What a server would
// refuse as a configuration is left out; what it refuses to a client stays in.
import type { Prng } from '../../src/base/prng.ts';
import { type ExportRule, type ImportRule, NOTHING_SHARED, shareAccounts } from '../../src/subject/sharing.ts';
import { subjectsCollide } from '../../src/subject/subject.ts';
import type {
  AccountPlan,
  ClientPlan,
  MappingPlan,
  PermissionPlan,
  PublishPlan,
  Scenario,
  SubjectListPlan,
  UserPlan,
} from './scenario.ts';

const TOKENS = ['a', 'b', 'c'];
const QUEUES = ['q', 'w', 'v.x'];
const QUEUE_PATTERNS = [...QUEUES, 'v.*', '*', '>'];
const REPLIES = ['r.a', 'r.b', 'r.a', 'a.b', 'b', 'a.c'];
const DEPTH_MAX = 3;
/** The last ones of these only where the server removes what somebody may take for its own header. */
const HEADERS = [
  'NATS/1.0\r\nX: 1\r\n\r\n',
  'NATS/1.0\r\nX: 1\r\nNats-Request-Info: {"acc":"FORGED"}\r\n\r\n',
  'NATS/1.0\r\nnats-request-info: {"acc":"FORGED"}\r\nX: 1\r\n\r\n',
];

export interface MakerOptions {
  /** Leaves out what the reference does otherwise on purpose of ours. */
  readonly isShared: boolean;
}

export class ScenarioMaker {
  readonly #random: Prng;
  readonly #headers: readonly string[];
  #payloads = 0;

  constructor(random: Prng, options: MakerOptions = { isShared: false }) {
    this.#random = random;
    this.#headers = options.isShared ? HEADERS.slice(0, 2) : HEADERS;
  }

  /** `tag` is in the names of accounts and users, so that many scenarios can be in one configuration. */
  make(tag = ''): Scenario {
    const random = this.#random;
    const names = [`A${tag}`, `B${tag}`, `C${tag}`].slice(0, random.pick([1, 2, 2, 3, 3, 3]));
    const accounts = this.#withImports(names.map((name) => this.#account(name)));
    const users = names.flatMap((name) => this.#users(name));
    const clients = Array.from({ length: 2 + random.below(5) }, () => this.#client(random.pick(users), accounts));
    return { accounts, users, clients };
  }

  publish({ clients, accounts }: Scenario): PublishPlan {
    const random = this.#random;
    const client = random.below(clients.length);
    const shared = sharedSubjects(accounts, clients[client]?.user.account ?? '');
    const any = () => (random.chance(0.1) ? random.pick(REPLIES) : this.#literal());
    return {
      client,
      subject: shared.length > 0 && random.chance(0.5) ? this.#oneOf(random.pick(shared)) : any(),
      reply: random.chance(0.4) ? '' : random.pick(REPLIES),
      payload: this.#payload(),
      header: random.chance(0.15) ? random.pick(this.#headers) : '',
    };
  }

  /** What somebody who got a message answers. */
  answer(client: number, to: string): PublishPlan {
    const random = this.#random;
    return {
      client,
      subject: to,
      reply: random.chance(0.2) ? random.pick(REPLIES) : '',
      payload: random.chance(0.2) ? '' : this.#payload(),
      header: '',
    };
  }

  chance(probability: number): boolean {
    return this.#random.chance(probability);
  }

  pick<T>(items: readonly T[]): T {
    return this.#random.pick(items);
  }

  #payload(): string {
    return `m${++this.#payloads}`;
  }

  #some<T>(most: number, make: () => T): T[] {
    return Array.from({ length: this.#random.below(most + 1) }, make);
  }

  /** A subject that the pattern, or the destination of a mapping, may stand for. */
  #oneOf(pattern: string): string {
    return pattern
      .split('.')
      .map((token) => (/^(?:\*|>|\$\d)$/.test(token) ? this.#random.pick(TOKENS) : token))
      .join('.');
  }

  #literal(): string {
    return Array.from({ length: 1 + this.#random.below(DEPTH_MAX) }, () => this.#random.pick(TOKENS)).join('.');
  }

  /** With wildcards anywhere, or behind a first token alone. */
  #pattern(isRooted = false): string {
    const random = this.#random;
    const tokens = this.#literal()
      .split('.')
      .map((token, i) => (random.chance(0.35) && !(isRooted && i === 0) ? '*' : token));
    if (random.chance(0.2) && !(isRooted && tokens.length === 1)) tokens[tokens.length - 1] = '>';
    return tokens.join('.');
  }

  #account(name: string): AccountPlan {
    const exports = this.#some(4, () => this.#export());
    return { name, mappings: this.#mappings(), exports: distinct(exports), imports: [] };
  }

  #export(): ExportRule {
    const random = this.#random;
    const access = { accounts: null, accountTokenPosition: 0 };
    const subject = this.#pattern(true);
    if (random.chance(0.5)) return { kind: 'stream', subject, access };
    const responseType = random.pick(['singleton', 'stream', 'chunked'] as const);
    return {
      kind: 'service',
      subject,
      access,
      options: { responseType, thresholdMs: null, latency: null, allowsTrace: false },
    };
  }

  #mappings(): MappingPlan[] {
    const random = this.#random;
    if (random.chance(0.5)) return [];
    // One mapping: of several that match, the reference takes any.
    const source = this.#pattern(true);
    const to = this.#destination(source);
    if (random.chance(0.8)) return [{ source, destinations: [{ subject: to, weight: 100 }] }];
    const other = this.#destination(source);
    if (other === to) return [];
    return [
      {
        source,
        destinations: [
          { subject: to, weight: 50 },
          { subject: other, weight: 50 },
        ],
      },
    ];
  }

  /** A literal token, then the wildcards of the source in any order, then its rest. */
  #destination(source: string): string {
    const tokens = source.split('.');
    const stars = tokens.filter((token) => token === '*').map((_, i) => `$${i + 1}`);
    if (this.#random.chance(0.5)) stars.reverse();
    const rest = tokens.at(-1) === '>' ? ['>'] : [];
    return [this.#random.pick([...TOKENS, 'm']), ...stars, ...rest].join('.');
  }

  #withImports(accounts: readonly AccountPlan[]): AccountPlan[] {
    const plans = [...accounts];
    for (let tries = 0; tries < 10; tries++) {
      const at = this.#random.below(plans.length);
      const importer = plans[at] as AccountPlan;
      const others = plans.filter(({ name, exports }) => name !== importer.name && exports.length > 0);
      if (others.length === 0) continue;
      const exporter = this.#random.pick(others);
      const rule = this.#import(exporter.name, this.#random.pick(exporter.exports));
      if (importer.imports.some((one) => isTwin(one, rule))) continue;
      const more = plans.map((plan, i) => (i === at ? { ...plan, imports: [...plan.imports, rule] } : plan));
      if (isAccepted(more)) plans.splice(0, plans.length, ...more);
    }
    return plans;
  }

  #import(account: string, exported: ExportRule): ImportRule {
    const random = this.#random;
    const subject = this.#narrowed(exported.subject);
    const isOne = !/[*>]/.test(subject);
    // Requests on many subjects may go to a service of one.
    const as =
      isOne && exported.kind === 'service' && random.chance(0.3) ? this.#pattern(true) : this.#destination(subject);
    const to = random.chance(0.5) ? '' : as;
    if (exported.kind === 'service') return { kind: 'service', account, subject, to, shares: random.chance(0.3) };
    const prefix = to === '' && random.chance(0.3) ? random.pick(TOKENS) : '';
    return { kind: 'stream', account, subject, to, prefix, allowsTrace: false };
  }

  /** All of a pattern, or less. */
  #narrowed(pattern: string): string {
    const random = this.#random;
    return pattern
      .split('.')
      .map((token) => {
        if ((token !== '*' && token !== '>') || random.chance(0.6)) return token;
        return random.pick(TOKENS);
      })
      .join('.');
  }

  #users(account: string): UserPlan[] {
    const count = 1 + this.#random.below(2);
    return Array.from({ length: count }, (_, i) => ({
      name: `${account.toLowerCase()}u${i}`,
      account,
      permissions: this.#random.chance(0.6) ? null : this.#permissions(),
    }));
  }

  #permissions(): PermissionPlan {
    const random = this.#random;
    return {
      publish: random.chance(0.4) ? null : this.#list(false),
      subscribe: random.chance(0.3) ? null : this.#list(true),
      responsesMax: random.chance(0.4) ? 1 + random.below(2) : null,
    };
  }

  #list(hasQueues: boolean): SubjectListPlan {
    const random = this.#random;
    const entry = () => {
      const subject = random.chance(0.2) ? random.pick(['r.>', 'r.*', '_R_.>', '>']) : this.#pattern();
      return hasQueues && random.chance(0.25) ? `${subject} ${random.pick(QUEUE_PATTERNS)}` : subject;
    };
    const allow = random.chance(0.4) ? null : [entry(), ...this.#some(3, entry)];
    const deny = this.#some(2, entry);
    return { allow: allow === null && deny.length === 0 ? [entry()] : allow, deny };
  }

  #client(user: UserPlan, accounts: readonly AccountPlan[]): ClientPlan {
    const random = this.#random;
    const shared = sharedSubjects(accounts, user.account);
    const subscriptions = this.#some(5, () => {
      const isShared = shared.length > 0 && random.chance(0.4);
      const subject = isShared ? random.pick(shared).replace(/\$\d/g, '*') : this.#pattern();
      return { subject, queue: random.chance(0.35) ? random.pick(QUEUES) : '' };
    });
    if (random.chance(0.7)) subscriptions.push({ subject: random.pick(['r.*', 'r.>', 'r.a', '>']), queue: '' });
    return { user, echo: random.chance(0.8), subscriptions };
  }
}

/** What an account exports, and what it imports under its own subjects. */
function sharedSubjects(accounts: readonly AccountPlan[], name: string): string[] {
  const account = accounts.find((one) => one.name === name);
  if (account === undefined) return [];
  const imported = account.imports.map((one) => {
    const prefix = one.kind === 'stream' && one.prefix !== '' ? `${one.prefix}.` : '';
    return prefix + (one.to === '' ? one.subject : one.to);
  });
  return [...account.exports.map(({ subject }) => subject), ...imported];
}

/** Without a second export of one stream, and without services that overlap: of those the reference takes any. */
function distinct(rules: readonly ExportRule[]): ExportRule[] {
  const kept: ExportRule[] = [];
  for (const rule of rules) {
    const isTaken = kept.some(
      ({ kind, subject }) =>
        kind === rule.kind && (kind === 'service' ? subjectsCollide(subject, rule.subject) : subject === rule.subject),
    );
    if (!isTaken) kept.push(rule);
  }
  return kept;
}

/** Whether it is no circle, whichever account is looked at first: the reference looks in any order. */
function isAccepted(plans: readonly AccountPlan[]): boolean {
  return ordersOf(plans).every((order) => {
    const named = order.map(({ name, exports, imports }) => ({
      name,
      sharing: { ...NOTHING_SHARED, exports, imports },
    }));
    return shareAccounts(named, true).faults.length === 0;
  });
}

function ordersOf<T>(items: readonly T[]): T[][] {
  if (items.length < 2) return [[...items]];
  return items.flatMap((first, i) => ordersOf(items.filter((_, j) => j !== i)).map((rest) => [first, ...rest]));
}

/**
 * Two imports from one account under one subject are refused. Of two of one service, one of which shares who asks, the
 * reference takes either for the one that does.
 */
function isTwin(one: ImportRule, other: ImportRule): boolean {
  if (one.kind !== other.kind || one.account !== other.account) return false;
  if ((one.to || one.subject) === (other.to || other.subject)) return true;
  const shares = (one.kind === 'service' && one.shares) || (other.kind === 'service' && other.shares);
  return shares && one.subject === other.subject;
}
