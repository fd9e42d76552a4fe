// Connections for measuring, by the same settings as every other command's: servers, TLS, credentials, name. Credentials are
// read once, however many clients there are; of several servers each client starts with another one.
import { type Auth, tokenAuthenticator, usernamePasswordAuthenticator } from '@nats-io/transport-node';
import { OperatingError } from '../../base/errors.ts';
import type { Network, Socket } from '../../ports/network.ts';
import type { TlsContext } from '../../ports/tls.ts';
import { authenticatorOf, type ConnectionPlan, connectionPlan, type Identity } from '../client/connect.ts';
import { connectFailure } from '../client/connect_failure.ts';
import type { ConnectionSettings } from '../client/connection_settings.ts';
import { serverAddress } from '../client/server_address.ts';
import { deferred } from '../deferred.ts';
import type { CliDoors } from '../doors.ts';
import type { Session } from '../session.ts';
import { BenchConnection, type Greeting } from './bench_connection.ts';

/** Plain data: it crosses to the threads that measure. */
export interface BenchLoginPlan {
  readonly connection: ConnectionPlan;
  readonly contextName: string | null;
  /** Of answers' subjects; empty for the usual one. */
  readonly inboxPrefix: string;
  readonly name: string;
  readonly timeoutMs: number;
}

export type BenchDoors = Pick<CliDoors, 'clock' | 'entropy' | 'network'>;

const INBOX_DEFAULT = '_INBOX';

export async function benchLoginPlan(
  settings: ConnectionSettings,
  { doors, flags, version, timeoutMs }: Pick<Session, 'doors' | 'flags' | 'version' | 'timeoutMs'>,
): Promise<BenchLoginPlan> {
  return {
    connection: await connectionPlan({ settings, doors }),
    contextName: settings.contextName,
    inboxPrefix: settings.inbox_prefix,
    name: flags.connectionName ?? `NATS CLI Version ${version}`,
    timeoutMs,
  };
}

interface Dialed {
  readonly socket: Socket;
  readonly network: Network;
  readonly host: string;
}

export class BenchLogin {
  readonly #plan: BenchLoginPlan;
  readonly #doors: BenchDoors;
  #tls: TlsContext | null;
  #opened: number;

  /** `first` says which of several servers is the first to be asked. */
  constructor(plan: BenchLoginPlan, doors: BenchDoors, first = 0) {
    this.#plan = plan;
    this.#doors = doors;
    this.#tls = null;
    this.#opened = first;
  }

  async open(): Promise<BenchConnection> {
    const { connection, contextName, timeoutMs } = this.#plan;
    const { servers } = connection;
    const first = this.#opened++;
    let failure: unknown;
    for (let i = 0; i < servers.length; i++) {
      try {
        return await this.#openTo(servers[(first + i) % servers.length] as string);
      } catch (error) {
        failure = error;
      }
    }
    throw connectFailure(failure, { servers: connection.named, contextName, timeoutMs });
  }

  /** Within the time that one waits for a server; what comes later is not kept. */
  async #openTo(server: string): Promise<BenchConnection> {
    const { timeoutMs } = this.#plan;
    const { clock } = this.#doors;
    const network = await this.#doors.network();
    const { promise: late, resolve } = deferred();
    const timer = clock.after(timeoutMs, resolve);
    const tooLate = late.then(() => {
      throw new OperatingError('LINK_REFUSED', 'timeout');
    });
    const address = serverAddress(server);
    const dialed = network.dial(address);
    let connection: BenchConnection | null = null;
    try {
      const socket = await Promise.race([dialed, tooLate]);
      connection = new BenchConnection(socket, { clock, inbox: this.#inbox(), timeoutMs });
      await Promise.race([
        connection.unlessFailed(this.#logIn(connection, { socket, network, host: address.host })),
        tooLate,
      ]);
      return connection;
    } catch (error) {
      if (connection !== null) connection.destroy();
      else dialed.then((socket) => socket.destroy()).catch(() => undefined);
      throw error;
    } finally {
      timer.cancel();
    }
  }

  async #logIn(connection: BenchConnection, { socket, network, host }: Dialed): Promise<void> {
    const { tls } = this.#plan.connection;
    const secure = (): Promise<void> =>
      new Promise((resolve) => {
        const context = this.#tlsContext(network);
        socket.startTls({ context, received: null, serverName: host, onSecured: () => resolve() });
      });
    const isFirst = tls?.handshakeFirst === true;
    if (isFirst) await secure();
    const greeting = await connection.greeting;
    const wantsTls = tls !== null;
    if (!isFirst && wantsTls && greeting.tls_required !== true && greeting.tls_available !== true) {
      throw new Error('tls: the server does not offer it');
    }
    if (!isFirst && (wantsTls || greeting.tls_required === true)) await secure();
    connection.writer.text(`CONNECT ${JSON.stringify(this.#connectOptions(greeting, isFirst || wantsTls))}\r\n`);
    await connection.flush();
  }

  #connectOptions(greeting: Greeting, isTls: boolean) {
    const { connection, name } = this.#plan;
    return {
      verbose: false,
      pedantic: false,
      tls_required: isTls,
      name,
      lang: 'node',
      version: '1.0.0',
      protocol: 1,
      headers: true,
      no_responders: true,
      echo: true,
      ...proofOf(connection.identity, greeting.nonce),
    };
  }

  #tlsContext(network: Network): TlsContext {
    const { certFile, keyFile, caFile } = this.#plan.connection.tls ?? {};
    this.#tls ??= network.tls({
      side: 'client',
      certificates: certFile === undefined || keyFile === undefined ? [] : [{ certFile, keyFile }],
      caFile: caFile ?? null,
      verifiesPeer: true,
      cipherSuites: null,
      curves: null,
      minVersion: '1.2',
    });
    return this.#tls;
  }

  #inbox(): string {
    const id = new Uint8Array(11);
    this.#doors.entropy.fill(id);
    const { inboxPrefix } = this.#plan;
    return `${inboxPrefix === '' ? INBOX_DEFAULT : inboxPrefix}.${Buffer.from(id).toString('hex')}`;
  }
}

/** In the names of CONNECT. */
function proofOf(identity: Identity, nonce: string | undefined): Auth {
  const { user, pass, token } = identity;
  const authenticators = [
    authenticatorOf(identity),
    user === undefined ? null : usernamePasswordAuthenticator(user, pass),
    token === undefined ? null : tokenAuthenticator(token),
  ];
  return Object.assign({}, ...authenticators.map((authenticator) => authenticator?.(nonce) ?? {}));
}
