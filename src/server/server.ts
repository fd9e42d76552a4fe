// The server of one listener: accepts clients, owns accounts and connections, flushes what a turn produced, watches
// deadlines, and stops in order. Joins doors and options; knows nothing of JetStream.
import type { AuthenticationRules } from '../auth/authenticate.ts';
import type { Logger } from '../base/log.ts';
import type { Bus } from '../ports/bus.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { Entropy } from '../ports/entropy.ts';
import type { Listener, Network, NetworkAddress, Socket } from '../ports/network.ts';
import type { PasswordChecker } from '../ports/password_checker.ts';
import type { ServerInfo } from '../wire/info.ts';
import {
  ACCOUNT_CONNECTIONS_EXCEEDED,
  AUTHORIZATION_VIOLATION,
  CONNECTIONS_EXCEEDED,
  SLOW_CONSUMER_DEADLINE,
  TLS_HANDSHAKE_FAILURE,
  type WireError,
} from '../wire/wire_errors.ts';
import { ACCOUNT_UNLIMITED, Account, type AccountLimits, type AccountWatcher, GLOBAL_ACCOUNT } from './account.ts';
import { ClientConnection, type ConnectionContext, type Traffic } from './client_connection.ts';
import { ClosedConnections } from './closed_connections.ts';
import { closedFacts, type SubscriptionFacts } from './connection_facts.ts';
import { ConnectionList } from './connection_list.ts';
import { InternalClient } from './internal_client.ts';
import { LameDuck, type LameDuckTimes } from './lame_duck.ts';
import { Login } from './login.ts';
import { RateCounter } from './rate_counter.ts';
import { ServerIdentity } from './server_identity.ts';
import { publicAddress, type ServerOptions } from './server_options.ts';
import type { ServerTls } from './server_tls.ts';
import { SlabPool } from './slab_pool.ts';
import { SystemEvents } from './system_events.ts';
import { pinFault } from './tls_entry.ts';

export interface AccountSettings {
  readonly name: string;
  readonly limits: AccountLimits;
}

/** Who may come in, and into which accounts. May be replaced while the server runs. */
export interface AuthorizationSettings {
  readonly rules: AuthenticationRules;
  readonly accounts: readonly AccountSettings[];
  /** Null: there is none. */
  readonly systemAccount: string | null;
  /** Whether INFO tells those who need no credentials so. */
  readonly announcesNoAuthUser: boolean;
}

export interface ServerParts {
  readonly options: ServerOptions;
  /** Sockets that may be open at a time, those of connections that are being closed included. */
  readonly socketsMax: number;
  readonly clock: Clock;
  readonly network: Network;
  readonly entropy: Entropy;
  readonly log: Logger;
  readonly passwords: PasswordChecker;
  readonly authorization: AuthorizationSettings;
  /** Null: clients come in clear. */
  readonly tls: ServerTls | null;
  /** What INFO says of JetStream. */
  readonly jetStream: { readonly isEnabled: boolean; readonly apiLevel: number };
}

/** How often overdue writers are looked for. */
const DEADLINE_CHECK_MS = 1_000;

export class Server implements ConnectionContext {
  readonly clock: Clock;
  readonly log: Logger;
  readonly slabs = new SlabPool();
  readonly defaultAccount: Account;
  /** The account of those who run the server. Where there is none, one that nobody is in and that no list has. */
  readonly systemAccount: Account;
  readonly hasSystemAccount: boolean;
  readonly login: Login;
  readonly pick: (count: number) => number;
  readonly connections = new ConnectionList<ClientConnection>();
  readonly closedConnections: ClosedConnections;
  readonly identity: ServerIdentity;
  readonly events: SystemEvents;
  readonly traffic: Traffic = {
    messagesIn: 0,
    bytesIn: 0,
    messagesOut: 0,
    bytesOut: 0,
    slowConsumers: 0,
    staleConnections: 0,
    stalledClients: 0,
  };
  readonly startRealMs: number;
  connectionsTotal = 0;
  readonly #parts: ServerParts;
  #options: ServerOptions;
  readonly #accounts = new Map<string, Account>();
  /** With what each wants to be called of its accounts when they are gone. */
  readonly #accountWatchers = new Map<AccountWatcher, Map<Account, () => void>>();
  #authorization: AuthorizationSettings;
  #info: ServerInfo;
  #tls: ServerTls | null;
  #tlsRate: RateCounter | null;
  readonly errorRates = new Map([CONNECTIONS_EXCEEDED, ACCOUNT_CONNECTIONS_EXCEEDED].map(onceASecond));
  #listener: Listener | null = null;
  #deadlineTimer: Timer | null = null;
  #dirty: ClientConnection[] = [];
  #isFlushScheduled = false;
  #isStopping = false;
  #isLameDuck = false;
  #lameDuck: LameDuck | null = null;
  #nextConnectionId = 1;
  #sockets = 0;
  /** Since that was logged last. */
  #socketsRefused = 0;
  #random: number;

  constructor(parts: ServerParts) {
    this.#parts = parts;
    this.#options = parts.options;
    this.clock = parts.clock;
    this.log = parts.log;
    this.startRealMs = parts.clock.realtimeMs();
    this.closedConnections = new ClosedConnections(parts.options.closedConnectionsKept);
    this.#authorization = parts.authorization;
    this.login = new Login(parts.authorization.rules, parts.entropy, parts.passwords);
    this.defaultAccount = this.account(GLOBAL_ACCOUNT);
    const { systemAccount } = parts.authorization;
    this.hasSystemAccount = systemAccount !== null;
    this.systemAccount = systemAccount === null ? new Account('') : this.account(systemAccount);
    this.#applyAccounts(parts.authorization);
    const seed = new Uint8Array(4);
    parts.entropy.fill(seed);
    this.#random = new DataView(seed.buffer).getInt32(0) | 1;
    this.pick = (count) => this.#pick(count);
    const { options } = parts;
    this.#tls = parts.tls;
    this.#tlsRate = rateCounter(parts.tls);
    this.#info = {
      serverId: options.serverId,
      serverName: options.serverName,
      version: options.version,
      runtime: options.runtime,
      ...publicAddress(options, options.port),
      headers: options.headersSupported,
      authRequired: this.login.isRequired,
      ...tlsInfo(parts.tls),
      jetStream: parts.jetStream.isEnabled,
      domain: options.domain,
      connectUrls: [],
      isLameDuck: false,
      apiLevel: parts.jetStream.apiLevel,
    };
    this.identity = new ServerIdentity(this);
    this.events = new SystemEvents({
      clock: parts.clock,
      entropy: parts.entropy,
      identity: this.identity,
      serverId: options.serverId,
      bus: new InternalClient(this.systemAccount, this.clock, this.pick),
      accounts: () => this.#accounts.values(),
    });
  }

  get info(): ServerInfo {
    return this.#info;
  }

  get options(): ServerOptions {
    return this.#options;
  }

  get tls(): ServerTls | null {
    return this.#tls;
  }

  get tlsRate(): RateCounter | null {
    return this.#tlsRate;
  }

  /**
   * From here on new clients get this TLS, or none; those that are in keep theirs, unless their key is pinned no more.
   * Compat: reload.go, tlsOption and recheckPinnedCerts.
   */
  reloadTls(tls: ServerTls | null): void {
    const pinnedBefore = this.#tls?.pinnedKeys ?? null;
    this.#tls = tls;
    this.#tlsRate = rateCounter(tls);
    this.#info = { ...this.#info, ...tlsInfo(tls) };
    const pinned = tls?.pinnedKeys ?? null;
    if (isSameSet(pinnedBefore, pinned)) return;
    const strangers = this.connections.values().filter(({ tls: session }) => pinFault(session, pinned) !== null);
    if (strangers.length === 0) return;
    this.log.info(`Disconnect ${strangers.length} clients due to pinned certs reload`);
    for (const connection of strangers) connection.close(TLS_HANDSHAKE_FAILURE);
  }

  get isLameDuck(): boolean {
    return this.#isLameDuck;
  }

  get isCredentialOptional(): boolean {
    const { rules, announcesNoAuthUser } = this.#authorization;
    return rules.noAuthUser !== null && announcesNoAuthUser;
  }

  isSystemAccount(account: Account): boolean {
    return account === this.systemAccount;
  }

  /** Subscriptions of all accounts, those of the inside of the house included. */
  get subscriptionCount(): number {
    let count = 0;
    for (const account of this.#accounts.values()) count += account.subscriptions.count;
    return count;
  }

  get accounts(): IterableIterator<Account> {
    return this.#accounts.values();
  }

  /** Where clients connect, once listen() has resolved. */
  get address(): NetworkAddress | null {
    return this.#listener?.address ?? null;
  }

  findAccount(name: string): Account | undefined {
    return this.#accounts.get(name);
  }

  /** The account of that name, made when it is new. */
  account(name: string): Account {
    let account = this.#accounts.get(name);
    if (account === undefined) {
      account = new Account(name);
      this.#accounts.set(name, account);
      for (const watcher of this.#accountWatchers.keys()) this.#tell(watcher, account);
    }
    return account;
  }

  /** Calls back with every account: those there are now, and those to come. Returns how to stop that. */
  watchAccounts(watcher: AccountWatcher): () => void {
    this.#accountWatchers.set(watcher, new Map());
    for (const account of [...this.#accounts.values()]) this.#tell(watcher, account);
    return () => this.#accountWatchers.delete(watcher);
  }

  #tell(watcher: AccountWatcher, account: Account): void {
    const gone = watcher(account);
    if (gone !== undefined) this.#accountWatchers.get(watcher)?.set(account, gone);
  }

  /** The inside of the house as a client of an account. */
  bus(accountName: string): Bus {
    return new InternalClient(this.account(accountName), this.clock, this.pick);
  }

  /** Starts accepting. Rejects with an OperatingError when the address cannot be had. */
  async listen(): Promise<NetworkAddress> {
    const { host, port } = this.options;
    const listener = await this.#parts.network.listen({ host, port }, (socket) => this.#accept(socket));
    this.#listener = listener;
    this.#info = { ...this.#info, ...publicAddress(this.#options, listener.address.port) };
    this.#watchDeadlines();
    return listener.address;
  }

  /**
   * Other limits, deadlines and names from now on, for those who are connected too. The address that it listens on and its
   * identity stay.
   */
  reconfigure(options: ServerOptions): void {
    this.#options = options;
    const port = this.#listener?.address.port ?? options.port;
    this.#info = { ...this.#info, ...publicAddress(options, port) };
    for (const connection of this.connections.values()) connection.relimit();
    this.#closeSurplus();
  }

  /** What INFO says of JetStream from now on. */
  switchJetStream(isEnabled: boolean): void {
    this.#info = { ...this.#info, jetStream: isEnabled };
  }

  /** Tracing was switched on or off, or traces other parts of messages. */
  retrace(): void {
    for (const connection of this.connections.values()) connection.retrace();
  }

  /**
   * Others may come in from now on, into accounts with other limits. Whoever may not any more, or belongs into another
   * account, is closed; whoever may less loses the subscriptions that are too much.
   */
  reauthorize(authorization: AuthorizationSettings): void {
    this.#authorization = authorization;
    this.login.replaceRules(authorization.rules);
    this.#info = { ...this.#info, authRequired: this.login.isRequired };
    this.#applyAccounts(authorization);
    for (const connection of this.connections.values()) connection.reauthorize();
    this.#closeAccountSurplus();
  }

  /** Accounts that the configuration does not have any more are gone, once nobody is in them. */
  forgetAccounts(): void {
    const kept = new Set([GLOBAL_ACCOUNT, ...this.#authorization.accounts.map(({ name }) => name)]);
    for (const account of [...this.#accounts.values()]) {
      if (kept.has(account.name) || account === this.systemAccount || account.connectionCount > 0) continue;
      this.#accounts.delete(account.name);
      for (const leaving of this.#accountWatchers.values()) {
        leaving.get(account)?.();
        leaving.delete(account);
      }
    }
  }

  /** The first half of lame duck mode: nobody comes in any more. False when that is so already. */
  beginLameDuck(): boolean {
    if (this.#isStopping || this.#isLameDuck) return false;
    this.log.info('Entering lame duck mode, stop accepting new clients');
    this.#isLameDuck = true;
    this.#listener?.close();
    this.events.lameDuck();
    return true;
  }

  /** The second half: tells the clients that this server goes away, closes them one after the other, calls `over`. */
  dismissClients(times: LameDuckTimes, over: () => void): void {
    if (this.#isStopping) return;
    const { clock, log, pick } = this;
    const connections = () => this.connections.values();
    this.#lameDuck = new LameDuck({ clock, log, pick, connections, over }, times);
    // Once: whatever INFO comes later says nothing of it, or clients would be told again.
    const info = this.#info;
    this.#info = { ...info, isLameDuck: true, connectUrls: [] };
    for (const connection of this.connections.values()) connection.refreshInfo();
    this.#info = { ...info, connectUrls: [] };
    this.#lameDuck.start();
  }

  /** Ends every connection and stops listening. */
  stop(): void {
    this.#isStopping = true;
    this.#lameDuck?.cancel();
    this.#listener?.close();
    this.#deadlineTimer?.cancel();
    this.events.shutDown();
    for (const connection of this.connections.values()) connection.close('Server Shutdown');
  }

  connected(connection: ClientConnection): void {
    this.events.connected(connection, connection.account);
  }

  authenticationFailed(connection: ClientConnection): void {
    const end = { atMs: this.clock.realtimeMs(), reason: AUTHORIZATION_VIOLATION.reason };
    this.events.authenticationFailed(closedFacts(connection, end, []), this.bus(connection.account.name));
  }

  hasOutput(connection: ClientConnection): void {
    this.#dirty.push(connection);
    if (this.#isFlushScheduled) return;
    this.#isFlushScheduled = true;
    this.clock.atTurnEnd(this.#flushAll);
  }

  closed(connection: ClientConnection, reason: string, subscriptions: readonly SubscriptionFacts[]): void {
    this.connections.delete(connection);
    const end = { atMs: this.clock.realtimeMs(), reason };
    const closed = closedFacts(connection, end, subscriptions);
    this.closedConnections.add(closed);
    this.events.disconnected(closed, connection.account);
    if (this.log.isDebug) this.log.debug(`${connection.label} - Client connection closed: ${reason}`);
  }

  socketClosed(): void {
    this.#sockets--;
  }

  /** Whoever is more than `connectionsMax`. Any of them: nobody has a better right to stay. */
  #closeSurplus(): void {
    let surplus = this.connections.size - this.#options.connectionsMax;
    if (surplus <= 0) return;
    this.log.info(`Closed ${surplus} connections to fall within max_connections`);
    for (const connection of this.connections.values()) {
      if (surplus-- <= 0) return;
      connection.refuse(CONNECTIONS_EXCEEDED);
    }
  }

  /** Whoever is too much for an account that may have less from now on: those who came last. */
  #closeAccountSurplus(): void {
    const kept = new Map<Account, number>();
    for (const connection of this.connections.values()) {
      const { account } = connection;
      const { connectionsMax } = account.limits;
      const count = kept.get(account) ?? 0;
      if (connectionsMax >= 0 && count >= connectionsMax) connection.refuse(ACCOUNT_CONNECTIONS_EXCEEDED);
      else kept.set(account, count + 1);
    }
  }

  readonly #flushAll = (): void => {
    this.#isFlushScheduled = false;
    const dirty = this.#dirty;
    this.#dirty = [];
    const nowMs = this.clock.monotonicMs();
    for (let i = 0; i < dirty.length; i++) (dirty[i] as ClientConnection).flushTurn(nowMs);
  };

  #accept(socket: Socket): void {
    if (this.#isStopping || this.#isLameDuck) {
      socket.destroy();
      return;
    }
    // Whoever floods the server takes no file from its streams, and is not worth a word.
    if (this.#sockets >= this.#parts.socketsMax) {
      this.#socketsRefused++;
      socket.destroy();
      return;
    }
    this.#sockets++;
    const connection = new ClientConnection(this.#nextConnectionId++, socket, this);
    this.connectionsTotal++;
    if (this.log.isDebug) this.log.debug(`${connection.label} - Client connection created`);
    const isFull = this.connections.size >= this.options.connectionsMax;
    this.connections.add(connection);
    connection.start(isFull ? CONNECTIONS_EXCEEDED : null);
  }

  #applyAccounts({ accounts }: AuthorizationSettings): void {
    for (const { name, limits } of accounts) this.account(name).limits = limits;
    const limited = new Set(accounts.map(({ name }) => name));
    for (const account of this.#accounts.values()) if (!limited.has(account.name)) account.limits = ACCOUNT_UNLIMITED;
  }

  #watchDeadlines(): void {
    this.#deadlineTimer = this.clock.after(DEADLINE_CHECK_MS, () => {
      const now = this.clock.monotonicMs();
      for (const connection of this.connections.inAnyOrder()) {
        if (connection.isOverdue(now)) connection.overdue(SLOW_CONSUMER_DEADLINE.reason);
      }
      this.slabs.trim();
      const throttled = this.#tlsRate?.takeRefused() ?? 0;
      if (throttled > 0) this.log.warn(`Rejected ${throttled} connections due to TLS rate limiting`);
      if (this.#socketsRefused > 0) {
        this.log.warn(
          `Rejected ${this.#socketsRefused} connections: no more than ${this.#parts.socketsMax} files are left for them`,
        );
        this.#socketsRefused = 0;
      }
      this.#watchDeadlines();
    });
  }

  /** Xorshift: which member of a queue group is tried first needs spread, not secrecy. */
  #pick(count: number): number {
    let x = this.#random;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#random = x;
    return (x >>> 0) % count;
  }
}

function rateCounter(tls: ServerTls | null): RateCounter | null {
  return tls === null || tls.handshakesPerSecondMax <= 0 ? null : new RateCounter(tls.handshakesPerSecondMax);
}

function tlsInfo(tls: ServerTls | null): Pick<ServerInfo, 'tlsRequired' | 'tlsVerify' | 'tlsAvailable'> {
  return {
    tlsRequired: tls !== null && !tls.allowsPlain,
    tlsVerify: tls?.context.settings.verifiesPeer ?? false,
    tlsAvailable: tls?.allowsPlain ?? false,
  };
}

function isSameSet(a: ReadonlySet<string> | null, b: ReadonlySet<string> | null): boolean {
  if (a === null || b === null) return a === b;
  return a.size === b.size && [...a].every((one) => b.has(one));
}

/** Compat: client.go, sendErrAndErr; server.go, startRateLimitLogExpiration. */
function onceASecond(error: WireError): [WireError, RateCounter] {
  return [error, new RateCounter(1)];
}
