// A ServerWorld with accounts that share: each user is named like the account it belongs to. Only tests import it.
import { Prng } from '../base/prng.ts';
import { ServerSharing } from '../server/sharing/server_sharing.ts';
import { SubjectMappings } from '../subject/mapping.ts';
import { type ExportRule, type ImportRule, type SharingRules, shareAccounts } from '../subject/sharing.ts';
import { EVERYBODY, type FakeSocket, ServerWorld } from './server_world.ts';

export interface ClientMessage {
  readonly sid: string;
  readonly subject: string;
  readonly reply: string;
  readonly header: string;
  readonly payload: string;
}

/** A stream export for everybody, or for these accounts. */
export function streamExport(subject: string, accounts: readonly string[] | null = null): ExportRule {
  return { kind: 'stream', subject, access: { accounts, accountTokenPosition: 0 } };
}

export function serviceExport(
  subject: string,
  options: Partial<Extract<ExportRule, { kind: 'service' }>['options']> = {},
): ExportRule {
  const access = { accounts: null, accountTokenPosition: 0 };
  const defaults = { responseType: 'singleton', thresholdMs: null, latency: null, allowsTrace: false } as const;
  return { kind: 'service', subject, access, options: { ...defaults, ...options } };
}

export function streamImport(account: string, subject: string, to = '', prefix = ''): ImportRule {
  return { kind: 'stream', account, subject, to, prefix, allowsTrace: false };
}

export function serviceImport(account: string, subject: string, to = '', shares = false): ImportRule {
  return { kind: 'service', account, subject, to, shares };
}

export class SharingWorld {
  readonly world: ServerWorld;
  readonly sharing: ServerSharing;
  #isStarted = false;

  constructor(accounts: Readonly<Record<string, Partial<SharingRules>>>) {
    const users = Object.keys(accounts).map((account) => ({
      name: account,
      password: '',
      account,
      permissions: null,
      connectionTypes: [],
    }));
    const rules = { ...EVERYBODY.rules, users };
    this.world = new ServerWorld({ serverName: 'hub' }, { ...EVERYBODY, rules });
    const random = new Prng(1);
    const entropy = {
      fill: (bytes: Uint8Array) => {
        for (let i = 0; i < bytes.length; i++) bytes[i] = random.below(256);
      },
    };
    this.sharing = new ServerSharing(this.world.server, entropy, () => 'SYS');
    this.configure(accounts);
  }

  configure(accounts: Readonly<Record<string, Partial<SharingRules>>>): void {
    const named = Object.entries(accounts).map(([name, rules]) => ({
      name,
      sharing: { mappings: [], exports: [], imports: [], ...rules },
    }));
    const { accounts: shared, faults } = shareAccounts(named, true);
    if (faults.length > 0) throw new Error(faults.join('; '));
    for (const { name, sharing } of named) {
      const { mappings } = sharing;
      this.world.server.account(name).mappings = mappings.length > 0 ? new SubjectMappings(mappings) : null;
    }
    this.sharing.configure(shared);
  }

  /** A client of that account. */
  async client(account: string, options: Readonly<Record<string, unknown>> = {}): Promise<SharingClient> {
    if (!this.#isStarted) await this.world.start();
    this.#isStarted = true;
    const socket = await this.world.connect({ user: account, headers: true, no_responders: true, ...options });
    return new SharingClient(socket, this.world);
  }
}

export class SharingClient {
  readonly socket: FakeSocket;
  readonly #world: ServerWorld;
  #sid = 0;

  constructor(socket: FakeSocket, world: ServerWorld) {
    this.socket = socket;
    this.#world = world;
  }

  /** Returns its sid. */
  subscribe(subject: string, queue = ''): string {
    const sid = String(++this.#sid);
    this.socket.send(`SUB ${subject} ${queue} ${sid}\r\n`);
    return sid;
  }

  unsubscribe(sid: string, max = ''): void {
    this.socket.send(`UNSUB ${sid} ${max}\r\n`);
  }

  publish(subject: string, payload = '', reply = '', header = ''): void {
    if (header === '') this.socket.send(`PUB ${subject} ${reply} ${payload.length}\r\n${payload}\r\n`);
    else {
      const total = header.length + payload.length;
      this.socket.send(`HPUB ${subject} ${reply} ${header.length} ${total}\r\n${header}${payload}\r\n`);
    }
  }

  /** What came since it was asked last. */
  async take(): Promise<ClientMessage[]> {
    await this.#world.turn();
    return messagesIn(this.socket.take());
  }
}

function messagesIn(text: string): ClientMessage[] {
  const messages: ClientMessage[] = [];
  let rest = text;
  while (rest.length > 0) {
    const lineEnd = rest.indexOf('\r\n');
    const [verb = '', ...words] = rest.slice(0, lineEnd).split(' ');
    rest = rest.slice(lineEnd + 2);
    if (verb !== 'MSG' && verb !== 'HMSG') continue;
    const total = Number(words.at(-1));
    const headerBytes = verb === 'HMSG' ? Number(words.at(-2)) : 0;
    const hasReply = words.length === (verb === 'HMSG' ? 5 : 4);
    messages.push({
      sid: words[1] ?? '',
      subject: words[0] ?? '',
      reply: hasReply ? (words[2] ?? '') : '',
      header: rest.slice(0, headerBytes),
      payload: rest.slice(headerBytes, total),
    });
    rest = rest.slice(total + 2);
  }
  return messages;
}
