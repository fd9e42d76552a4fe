// Opens the connection with the official client: settings into its options, its failures into sentences, what happens to
// the connection later into log lines. Loads the client package, so it is imported when a command connects.
import {
  type Authenticator,
  type ConnectionOptions,
  credsAuthenticator,
  jwtAuthenticator,
  type NatsConnection,
  nkeyAuthenticator,
  type TlsOptions,
} from '@nats-io/transport-node';
import { withoutSecrets } from '../../base/url_secrets.ts';
import {
  type CredentialDoors,
  credentialPath,
  nscProfile,
  readCredential,
  readLiteral,
} from '../context/credentials.ts';
import type { CliDoors } from '../doors.ts';
import { CommandError } from '../errors.ts';
import { connectWithAlerts } from './alert_transport.ts';
import { connectFailure } from './connect_failure.ts';
import type { ConnectionSettings } from './connection_settings.ts';
import { GreetingProbe } from './greeting_probe.ts';
import { plainServer } from './server_address.ts';

export interface ConnectOptions {
  readonly settings: ConnectionSettings;
  readonly name: string;
  readonly timeoutMs: number;
  readonly doors: CredentialDoors & Pick<CliDoors, 'clock' | 'network'>;
  /** For what happens to the connection while it is open. */
  readonly log: (text: string) => void;
  /** Refusals that come without a request: of a publish, of a subscription. */
  readonly onServerError: (error: Error) => void;
  readonly isTraced: boolean;
}

interface PlanOptions {
  readonly settings: ConnectionSettings;
  readonly doors: CredentialDoors;
}

const RECONNECT_WAIT_MS = 500;

/** Where to, as whom, with which TLS: plain data, for the official client and for those that measure in threads. */
export interface ConnectionPlan {
  /** As they were named. */
  readonly named: readonly string[];
  /** `host` or `host:port`. */
  readonly servers: readonly string[];
  readonly tls: TlsOptions | null;
  readonly identity: Identity;
}

/** What proves who we are; secrets have been read. */
export interface Identity {
  readonly user?: string;
  readonly pass?: string;
  readonly token?: string;
  /** A credentials file's content. */
  readonly creds?: Uint8Array;
  readonly nkeySeed?: string;
  readonly jwt?: string;
  readonly jwtSeed?: string;
}

export async function connectionPlan(options: PlanOptions): Promise<ConnectionPlan> {
  const named = await serverUrls(options);
  const tls = tlsOptions(options, named);
  const identity = await identityOf(options, named);
  const { creds, nsc } = options.settings;
  // Said now, before anybody connects.
  authenticatorOf(identity, creds === '' ? nsc : creds);
  return { named, servers: named.map(plainServer), tls, identity };
}

export async function openConnection(options: ConnectOptions): Promise<NatsConnection> {
  const plan = await connectionPlan(options);
  try {
    const connection = await connectUnlessRefused(plan, options);
    if (options.isTraced) options.log(`>>> Connected to ${connection.getServer()}`);
    void watch(connection, options);
    return connection;
  } catch (error) {
    throw connectFailure(error, {
      servers: plan.named,
      contextName: options.settings.contextName,
      timeoutMs: options.timeoutMs,
    });
  }
}

/** Does not wait for the rest of a greeting that is none, nor behind one that is followed by a refusal. */
async function connectUnlessRefused(plan: ConnectionPlan, options: ConnectOptions): Promise<NatsConnection> {
  const connecting = connectWithAlerts(clientOptionsOf(plan, options));
  // There it is the client who speaks first.
  if (plan.tls?.handshakeFirst === true) return await connecting;
  const probe = new GreetingProbe(plan.servers, options.doors);
  const refused = probe.refusal.then((refusal) => {
    connecting.then(
      (connection) => connection.close(),
      () => undefined,
    );
    throw refusal;
  });
  try {
    return await Promise.race([connecting, refused]);
  } finally {
    probe.stop();
  }
}

async function serverUrls({ settings, doors }: PlanOptions): Promise<string[]> {
  let urls = settings.url;
  if (settings.nsc !== '' && (urls === '' || settings.creds === '')) {
    const profile = await nscProfile(settings.nsc, 'the credentials of nsc', doors);
    if (profile.urls.length > 0) urls = profile.urls.join(',');
  }
  const servers = urls.split(',').map((url) => url.trim());
  for (const server of servers) {
    const scheme = /^([a-z]+):\/\//i.exec(server)?.[1]?.toLowerCase() ?? 'nats';
    if (scheme === 'ws' || scheme === 'wss') {
      throw new CommandError(
        `Cannot connect to ${withoutSecrets(server)}: WebSocket is not supported yet; name the server's client port`,
      );
    }
    if (scheme !== 'nats' && scheme !== 'tls') {
      throw new CommandError(
        `'${withoutSecrets(server)}' is no NATS server's address: write it like nats://127.0.0.1:4222`,
      );
    }
  }
  if (settings.socks_proxy !== '') {
    const proxy = withoutSecrets(settings.socks_proxy);
    throw new CommandError(`Cannot connect through ${proxy}: SOCKS proxies are not supported yet`);
  }
  return servers;
}

function clientOptionsOf({ servers, tls, identity }: ConnectionPlan, options: ConnectOptions): ConnectionOptions {
  const { settings, name, timeoutMs } = options;
  const authenticator = authenticatorOf(identity);
  const { user, pass, token } = identity;
  return {
    servers: [...servers],
    name,
    timeout: timeoutMs,
    noRandomize: false,
    // As the reference: a connection that was open is sought again for as long as the command runs.
    maxReconnectAttempts: -1,
    reconnectTimeWait: RECONNECT_WAIT_MS,
    ignoreAuthErrorAbort: true,
    noAsyncTraces: true,
    ...(settings.inbox_prefix === '' ? {} : { inboxPrefix: settings.inbox_prefix }),
    ...(tls === null ? {} : { tls }),
    ...(user === undefined ? {} : { user }),
    ...(pass === undefined ? {} : { pass }),
    ...(token === undefined ? {} : { token }),
    ...(authenticator === null ? {} : { authenticator }),
  };
}

function tlsOptions({ settings, doors }: PlanOptions, servers: readonly string[]): TlsOptions | null {
  const { cert, key, ca, tls_first: isFirst } = settings;
  if ((cert === '') !== (key === '')) throw new CommandError('--tlscert and --tlskey go together: give both');
  const wantsTls = servers.some((server) => /^tls:\/\//i.test(server));
  if (!wantsTls && cert === '' && ca === '' && !isFirst) return null;
  return {
    ...(isFirst ? { handshakeFirst: true } : {}),
    ...(cert === ''
      ? {}
      : { certFile: pemPath(cert, { what: 'the TLS certificate (--tlscert)', holds: CERTIFICATE }) }),
    ...(key === '' ? {} : { keyFile: pemPath(key, { what: 'the TLS key (--tlskey)', holds: PRIVATE_KEY }) }),
    ...(ca === '' ? {} : { caFile: pemPath(ca, { what: 'the TLS authority (--tlsca)', holds: CERTIFICATE }) }),
  };

  /** What the client would say of a file that holds something else names none. */
  function pemPath(reference: string, { what, holds }: { readonly what: string; readonly holds: string }): string {
    const path = credentialPath(reference, what, doors);
    if (new RegExp(`-----BEGIN [A-Z ]*${holds}-----`).test(doors.files.readText(path) ?? '')) return path;
    throw new CommandError(`Cannot use ${what}: '${path}' holds no ${holds.toLowerCase()} in PEM`);
  }
}

const CERTIFICATE = 'CERTIFICATE';
const PRIVATE_KEY = 'PRIVATE KEY';

/** The order is the reference's: a user, credentials, an nkey, a JWT; a token beside any of them. */
async function identityOf({ settings, doors }: PlanOptions, servers: readonly string[]): Promise<Identity> {
  const token = settings.token === '' ? {} : { token: await readLiteral(settings.token, 'the token', doors) };
  if (settings.user !== '') {
    const pass = await readLiteral(settings.password, 'the password', doors);
    return { user: settings.user, pass, ...token };
  }
  const credentials = settings.creds !== '' ? settings.creds : settings.nsc;
  if (credentials !== '') return { creds: await readCredential(credentials, 'the credentials', doors) };
  if (settings.nkey !== '') {
    const seed = seedIn(await readCredential(settings.nkey, 'the nkey', doors));
    if (seed === null)
      throw new CommandError(`Cannot use the nkey: '${settings.nkey}' holds no seed (a line like SU...)`);
    return { nkeySeed: seed };
  }
  if (settings.user_jwt !== '') {
    const jwt = await readLiteral(settings.user_jwt, 'the user JWT', doors);
    if (settings.user_seed === '') return { jwt };
    return { jwt, jwtSeed: await readLiteral(settings.user_seed, 'the user seed', doors) };
  }
  if (settings.token !== '') return token;
  return identityIn(servers);
}

/** What signs or shows keys and JWTs; null where there are none. `reference` is said where credentials are no good. */
export function authenticatorOf(identity: Identity, reference = ''): Authenticator | null {
  const { creds, nkeySeed, jwt, jwtSeed } = identity;
  if (creds !== undefined) {
    try {
      return credsAuthenticator(creds);
    } catch (error) {
      throw new CommandError(`Cannot use the credentials in '${reference}': they hold no JWT and seed of a user`, {
        cause: error,
      });
    }
  }
  if (nkeySeed !== undefined) return nkeyAuthenticator(new TextEncoder().encode(nkeySeed));
  if (jwt !== undefined) {
    return jwtAuthenticator(jwt, jwtSeed === undefined ? undefined : new TextEncoder().encode(jwtSeed));
  }
  return null;
}

function seedIn(bytes: Uint8Array): string | null {
  return /^S[A-Z][A-Z2-7]{50,}$/m.exec(Buffer.from(bytes).toString('utf8').replaceAll('\r', ''))?.[0] ?? null;
}

/** `nats://user:password@host` and `nats://token@host`; the host stands behind the last @. */
function identityIn(servers: readonly string[]): Identity {
  for (const server of servers) {
    const [, user, pass] = /^(?:[a-z]+:\/\/)?([^:]*?)(?::(.*))?@[^@]*$/i.exec(server) ?? [];
    if (user === undefined) continue;
    const name = decodeURIComponent(user);
    return pass === undefined ? { token: name } : { user: name, pass: decodeURIComponent(pass) };
  }
  return {};
}

async function watch(connection: NatsConnection, { log, onServerError, isTraced }: ConnectOptions): Promise<void> {
  // The client tells of every login that fails as a disconnect, and later of as many reconnects, all at once.
  let isLost = false;
  for await (const status of connection.status()) {
    switch (status.type) {
      case 'disconnect':
        if (isLost || connection.isClosed() || connection.isDraining()) break;
        isLost = true;
        log(`>>> Disconnected from ${status.server}, will attempt reconnect`);
        break;
      case 'reconnect':
        if (isLost) log(`>>> Reconnected to ${status.server}`);
        isLost = false;
        break;
      case 'error':
        onServerError(status.error);
        log(`>>> Unexpected NATS error: ${status.error.message}`);
        break;
      case 'ldm':
        log(`>>> ${status.server} is about to stop, its clients are asked to go elsewhere`);
        break;
      case 'update':
        if (isTraced) log(`>>> Discovered new servers: ${(status.added ?? []).join(', ')}`);
        break;
    }
  }
}
