// What the system account is told without asking: who came and went, who was refused, how many connections accounts have,
// that the server stops. An event that nobody listens to is not made. Called by the server; never per message.
// Compat: events.go; bodies in its TypedEvent, ConnectEventMsg, DisconnectEventMsg, AccountNumConns.
import { type GoJsonStruct, goJson } from '../base/go_json.ts';
import { rfc3339NanoOfMs } from '../base/nanos.ts';
import { Nuid } from '../base/nuid.ts';
import type { Bus } from '../ports/bus.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { Entropy } from '../ports/entropy.ts';
import { textMessage } from '../ports/message.ts';
import { type Account, GLOBAL_ACCOUNT } from './account.ts';
import { accountStat } from './account_stat.ts';
import type { ConnectionFacts } from './connection_facts.ts';
import type { ServerIdentity } from './server_identity.ts';

const TYPE = 'io.nats.server.advisory.v1';
/** How often accounts with connections are told of again, changed or not. Compat: eventsHBInterval. */
const HEARTBEAT_MS = 30_000;

export interface SystemEventParts {
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly identity: ServerIdentity;
  readonly serverId: string;
  /** The system account. */
  readonly bus: Bus;
  /** All accounts, for what is told at intervals. */
  accounts(): Iterable<Account>;
}

export class SystemEvents {
  readonly #parts: SystemEventParts;
  readonly #ids: Nuid;
  #heartbeat: Timer | null = null;
  #isStopped = false;

  constructor(parts: SystemEventParts) {
    this.#parts = parts;
    this.#ids = new Nuid(parts.entropy);
  }

  /** A connection was let in. */
  connected(connection: ConnectionFacts, account: Account): void {
    this.#accountChanged(account);
    this.#tell(`$SYS.ACCOUNT.${account.name}.CONNECT`, 'client_connect', () => ({ client: clientFields(connection) }));
  }

  /** A connection is gone, let in or not; `account` is where it was. */
  disconnected(closed: ConnectionFacts, account: Account): void {
    this.#accountChanged(account);
    const subject = `$SYS.ACCOUNT.${account.name}.DISCONNECT`;
    this.#tell(subject, 'client_disconnect', () => departureFields(closed));
  }

  /** A connection was refused; `origin` is the account that it was in until then. */
  authenticationFailed(closed: ConnectionFacts, origin: Bus): void {
    const fields = () => departureFields(closed);
    this.#tell('$SYS.ACCOUNT.CLIENT.AUTH.ERR', 'client_disconnect', fields, origin);
    this.#tell(`$SYS.SERVER.${this.#parts.serverId}.CLIENT.AUTH.ERR`, 'client_disconnect', fields);
  }

  /** How many connections an account has, to whoever asked; nothing where it has none. */
  answerConnections(account: Account, reply: string): void {
    if (account.connectionCount > 0) this.#tell(reply, 'account_connections', () => accountStat(account));
  }

  lameDuck(): void {
    this.#tellIdentity('LAMEDUCK');
  }

  /** The server ends: nothing is told any more. */
  shutDown(): void {
    this.#tellIdentity('SHUTDOWN');
    this.#isStopped = true;
    this.#heartbeat?.cancel();
  }

  #tellIdentity(word: string): void {
    const { bus, identity, serverId } = this.#parts;
    const subject = `$SYS.SERVER.${serverId}.${word}`;
    if (bus.hasInterest(subject)) bus.publish(textMessage(subject, goJson(identity.envelope())));
  }

  /** Compat: the global account is not told of. */
  #accountChanged(account: Account): void {
    if (account.name === GLOBAL_ACCOUNT || this.#isStopped) return;
    this.#tellConnections(account);
    this.#heartbeat ??= this.#parts.clock.after(HEARTBEAT_MS, () => this.#beat());
  }

  #beat(): void {
    this.#heartbeat = null;
    for (const account of this.#parts.accounts()) {
      if (account.connectionCount > 0) this.#accountChanged(account);
    }
  }

  #tellConnections(account: Account): void {
    const fields = () => accountStat(account);
    this.#tell(`$SYS.SERVER.ACCOUNT.${account.name}.CONNS`, 'account_connections', fields);
    this.#tell(`$SYS.ACCOUNT.${account.name}.SERVER.CONNS`, 'account_connections', fields);
  }

  #tell(subject: string, type: string, fields: () => GoJsonStruct, bus = this.#parts.bus): void {
    if (this.#isStopped || !bus.hasInterest(subject)) return;
    const { clock, identity } = this.#parts;
    const event = {
      type: `${TYPE}.${type}`,
      id: this.#ids.next(),
      timestamp: rfc3339NanoOfMs(clock.realtimeMs()),
      server: identity.envelope(),
      ...fields(),
    };
    bus.publish(textMessage(subject, goJson(event)));
  }
}

/** Compat: events.go, ClientInfo. */
function clientFields(connection: ConnectionFacts): GoJsonStruct {
  const { end } = connection;
  return {
    start: rfc3339NanoOfMs(connection.startedAtMs),
    host: connection.remote.host,
    id: connection.id,
    acc: connection.accountName,
    user: connection.userName || undefined,
    name: connection.name || undefined,
    lang: connection.lang || undefined,
    ver: connection.version || undefined,
    rtt: end === null ? undefined : rttNs(connection.rttMs) || undefined,
    stop: end === null ? undefined : rfc3339NanoOfMs(end.atMs),
    issuer_key: connection.issuerKey || undefined,
    name_tag: connection.accountName,
    kind: 'Client',
    client_type: 'nats',
  };
}

/** Compat: what the client sent is what the server got of it. */
function departureFields(closed: ConnectionFacts): GoJsonStruct {
  return {
    client: clientFields(closed),
    sent: { msgs: closed.messagesIn, bytes: closed.bytesIn },
    received: { msgs: closed.messagesOut, bytes: closed.bytesOut },
    reason: closed.end?.reason ?? '',
  };
}

/** Whole microseconds below a millisecond. Compat: client.go, getRTT. */
function rttNs(ms: number): number {
  const ns = Math.round(ms * 1e6);
  return ns > 1_000 && ns < 1_000_000 ? ns - (ns % 1_000) : ns;
}
