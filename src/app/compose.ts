// The only file that knows everyone: doors and options in, a running server out. Starts in the order in which nothing
// is served before it is there (stores, JetStream, listener) and stops in the reverse. No decision of its own.
import { errorText, OperatingError } from '../base/errors.ts';
import { encodeNkey, NKEY_BYTES, NKEY_SERVER } from '../base/nkey.ts';
import { Nuid } from '../base/nuid.ts';
import { advertisedAddress } from '../config/client_advertise.ts';
import type { Options } from '../config/options.ts';
import { API_LEVEL } from '../jetstream/asset_metadata.ts';
import type { JetStreamEngine } from '../jetstream/engine.ts';
import { CpuMeter } from '../monitor/cpu_meter.ts';
import { type MonitorParts, NO_MONITOR } from '../monitor/monitor_parts.ts';
import { MonitorServer } from '../monitor/monitor_server.ts';
import { SystemRequests } from '../monitor/system_requests.ts';
import type { Entropy } from '../ports/entropy.ts';
import type { NetworkAddress } from '../ports/network.ts';
import { GLOBAL_ACCOUNT } from '../server/account.ts';
import { Server } from '../server/server.ts';
import { FEATURE_FLAGS_DEFAULT, type ServerOptions } from '../server/server_options.ts';
import { ServerSharing } from '../server/sharing/server_sharing.ts';
import { SystemServices } from '../server/system_services.ts';
import { OPEN_FILES_MAX } from '../store/file/open_files.ts';
import { SubjectMappings } from '../subject/mapping.ts';
import { shareAccounts } from '../subject/sharing.ts';
import { authorizationSettings } from './authorization_settings.ts';
import { authorizationWarnings } from './authorization_warnings.ts';
import { domainMappings } from './domain_mappings.ts';
import type { Doors } from './doors.ts';
import { JetStreamPart } from './jetstream_part.ts';
import type { Reloadable, TlsChange } from './reload.ts';
import { isOtherTls, monitorTls, sayTls, serverTls } from './tls.ts';
import { COMPATIBLE_VERSION, CONTRAIL_VERSION } from './version.ts';

/** Files that are open besides connections: those of the stores, and some more. */
const OTHER_FILES_MAX = OPEN_FILES_MAX + 128;

const STAND_IN_DIGITS = 8;

/** Where it can be reached. */
export interface Listening {
  readonly address: NetworkAddress;
  /** Null without monitoring. */
  readonly monitorAddress: NetworkAddress | null;
}

/** What a reload may replace while the server runs; everybody else looks here whenever they need it. */
interface Running {
  options: Options;
  readonly sharing: ServerSharing;
  /** When they were read, Unix milliseconds. */
  loadedAtMs: number;
  /** Null while JetStream is off. */
  jetStream: JetStreamPart | null;
  /** Resolves with why nothing was changed, or null; whoever reads files says how. */
  reload: () => Promise<string | null>;
}

/** What an embedded server says, which has no file to read again. */
const NO_FILE = 'can only reload config when a file is provided using -c or --config';

export class Contrail implements Listening, Reloadable {
  readonly server: Server;
  readonly monitor: MonitorServer | null;
  readonly address: NetworkAddress;
  readonly monitorAddress: NetworkAddress | null;
  readonly #doors: Doors;
  readonly #running: Running;
  /** Null without a system account. */
  readonly #requests: SystemRequests | null;
  /** The name of whoever stands in for those who present nothing, where the configuration has nobody for that. */
  readonly #standInName: string;
  /** It goes away, slowly or at once: JetStream does not come back, whatever a reload says. */
  #isEnding = false;
  /** Settles when JetStream is no longer being changed; never rejects. */
  #changing: Promise<unknown> = Promise.resolve();

  private constructor(parts: {
    readonly doors: Doors;
    readonly running: Running;
    readonly standIn: string;
    readonly server: Server;
    readonly requests: SystemRequests | null;
    readonly monitor: MonitorServer | null;
    readonly address: NetworkAddress;
    readonly monitorAddress: NetworkAddress | null;
  }) {
    this.#doors = parts.doors;
    this.#running = parts.running;
    this.#standInName = parts.standIn;
    this.server = parts.server;
    this.#requests = parts.requests;
    this.monitor = parts.monitor;
    this.address = parts.address;
    this.monitorAddress = parts.monitorAddress;
  }

  /**
   * Resolves when clients are served. Rejects with an OperatingError that says what is wrong; nothing then stays open.
   * `listening` is called before the log says that the server is ready.
   */
  static async start(
    doors: Doors,
    options: Options,
    listening: (where: Listening) => void = () => undefined,
  ): Promise<Contrail> {
    const { log } = doors;
    const standIn = standInName(doors.entropy);
    const server = makeServer(doors, options, standIn);
    log.info(`Starting contrail ${CONTRAIL_VERSION}, compatible with nats-server ${COMPATIBLE_VERSION}`);
    log.info(`  Version:  ${COMPATIBLE_VERSION}`);
    log.info(`  Name:     ${server.options.serverName}`);
    log.info(`  ID:       ${server.options.serverId}`);
    for (const line of authorizationWarnings(options)) log.warn(line);
    if (options.configFile !== null) {
      log.info(`Using configuration file: ${options.configFile} (${options.configDigest})`);
    }
    checkAdvertised(options);
    if (server.hasSystemAccount) serveAccounts(server);
    const sharing = new ServerSharing(server, doors.entropy, () => options.systemAccount);
    share(server, sharing, options);
    const running: Running = {
      options,
      sharing,
      loadedAtMs: server.startRealMs,
      jetStream: null,
      reload: () => Promise.resolve(NO_FILE),
    };
    const parts = monitorParts(doors, running, server);
    const requests = server.hasSystemAccount ? new SystemRequests(parts) : null;
    let monitor: MonitorServer | null = null;
    try {
      if (options.jetstream.isEnabled) running.jetStream = await JetStreamPart.open(doors, options, server);
      monitor = options.monitor === null || doors.http === null ? null : new MonitorServer(parts);
      requests?.start(monitor ?? NO_MONITOR, { reload: () => running.reload() });
      const monitorAddress = monitor === null ? null : await listenMonitor(doors, options, monitor);
      await running.jetStream?.start();
      const address = await server.listen();
      log.info(`Listening for client connections on ${address.host}:${address.port}`);
      if (server.tls !== null) sayTls(log, server.tls);
      // What was left to the system is decided now.
      running.options = { ...options, listen: { ...options.listen, port: address.port } };
      listening({ address, monitorAddress });
      log.info('Server is ready');
      return new Contrail({ doors, running, standIn, server, requests, monitor, address, monitorAddress });
    } catch (error) {
      server.stop();
      requests?.stop();
      monitor?.close();
      await running.jetStream?.close();
      doors.passwords.close();
      throw error;
    }
  }

  /** As they are now: a reload replaces them. */
  get options(): Options {
    return this.#running.options;
  }

  /** Null while JetStream is off. */
  get engine(): JetStreamEngine | null {
    return this.#running.jetStream?.engine ?? null;
  }

  /** What a reload has found changed, already checked: applies to everybody from now on. */
  reconfigure(options: Options): void {
    const running = this.#running;
    // The one that it got stays, whatever is asked for: the check has seen to it that it is no other.
    const { port } = running.options.listen;
    running.options = { ...options, listen: { ...options.listen, port } };
    running.loadedAtMs = this.#doors.clock.realtimeMs();
    const { serverId, serverName, runtime } = this.server.options;
    this.server.reconfigure(serverOptions(running.options, { serverId, serverName, runtime }));
    running.jetStream?.reconfigure(running.options);
  }

  /** Starts or ends JetStream, as the options now say. Where it cannot start the server goes on without it. */
  async switchJetStream(): Promise<void> {
    const running = this.#running;
    const { isEnabled } = running.options.jetstream;
    if (isEnabled === (running.jetStream !== null)) return;
    await this.#change(() => (isEnabled ? this.#startJetStream() : this.#endJetStream()));
  }

  /** One change of JetStream, which whoever ends the server waits for. A server that ends changes no more. */
  #change(action: () => Promise<void>): Promise<void> {
    if (this.#isEnding) return Promise.resolve();
    const change = action();
    this.#changing = Promise.allSettled([change]);
    return change;
  }

  async #endJetStream(): Promise<void> {
    const { log } = this.#doors;
    log.info('Initiating JetStream Shutdown...');
    await this.#closeJetStream();
    log.info('JetStream Shutdown');
  }

  async #startJetStream(): Promise<void> {
    const { log } = this.#doors;
    const running = this.#running;
    log.info('Restarting JetStream');
    let part: JetStreamPart | null = null;
    try {
      part = await JetStreamPart.open(this.#doors, running.options, this.server);
      await part.start();
      running.jetStream = part;
      this.server.switchJetStream(true);
    } catch (error) {
      await part?.close();
      log.warn(`Can't start JetStream: ${errorText(error)}`);
      // As it is, so that the next reload tries again.
      running.options = { ...running.options, jetstream: { ...running.options.jetstream, isEnabled: false } };
    }
  }

  /**
   * Reads the certificates that these options name. What it returns applies them, and what else they say of TLS, to those who
   * connect from then on. Throws an OperatingError where they are no good.
   */
  prepareTls(options: Options): TlsChange {
    const { network } = this.#doors;
    const tls = serverTls(network, options);
    const monitoring = monitorTls(network, options);
    return {
      isOther: isOtherTls(this.server.tls, tls),
      apply: () => {
        this.server.reloadTls(tls);
        if (monitoring !== null) this.monitor?.reloadTls(monitoring);
      },
    };
  }

  /** How those who may ask for it have the configuration read again. */
  reloadWith(reload: () => Promise<string | null>): void {
    this.#running.reload = reload;
  }

  /** Tracing was switched on or off, or traces other parts of messages. */
  retrace(): void {
    this.server.retrace();
  }

  /** Others may come in from now on, and what they publish may be called otherwise. */
  async reauthorize(): Promise<void> {
    share(this.server, this.#running.sharing, this.options);
    this.server.reauthorize(authorizationSettings(this.options, this.#standInName));
    for (const line of authorizationWarnings(this.options)) this.server.log.warn(line);
    const { jetStream } = this.#running;
    if (jetStream !== null) await this.#change(() => jetStream.changeAccounts(this.options));
    this.server.forgetAccounts();
  }

  /**
   * Lame duck mode: takes no more clients, closes those that are there one after the other, stops. Resolves then; at once
   * where it has begun already.
   */
  async lameDuck(): Promise<void> {
    const { server } = this;
    if (!server.beginLameDuck()) return;
    this.#isEnding = true;
    await this.#changing;
    // Before the clients are told: whoever hears of it finds streams on other servers.
    await this.#closeJetStream();
    await new Promise<void>((resolve) => server.dismissClients(this.options.lameDuck, resolve));
    await this.stop();
  }

  /** Ends in order: no more clients, everything stored and closed, the store directory free for the next. */
  async stop(): Promise<void> {
    this.server.log.info('Initiating Shutdown...');
    this.#isEnding = true;
    this.server.stop();
    this.#running.sharing.close();
    this.#requests?.stop();
    await this.#changing;
    await this.#closeJetStream();
    this.monitor?.close();
    this.#doors.passwords.close();
    this.server.log.info('Server Exiting..');
  }

  async #closeJetStream(): Promise<void> {
    const { jetStream } = this.#running;
    await jetStream?.close();
    // Whoever else has waited for the same end must not take away what came since.
    if (jetStream === null || this.#running.jetStream !== jetStream) return;
    this.#running.jetStream = null;
    this.server.switchJetStream(false);
  }
}

/** What is left of the files that the process may open: the stores, monitoring and the log need some. */
function socketsMax(filesMax: number): number {
  return filesMax - Math.min(OTHER_FILES_MAX, Math.floor(filesMax / 2));
}

function makeServer(doors: Doors, options: Options, standIn: string): Server {
  const { clock, network, entropy, host, passwords, log } = doors;
  const key = new Uint8Array(NKEY_BYTES);
  entropy.fill(key);
  const id = encodeNkey(NKEY_SERVER, key);
  const server = new Server({
    options: serverOptions(options, { serverId: id, serverName: options.serverName ?? id, runtime: host.runtime }),
    socketsMax: socketsMax(host.filesMax),
    clock,
    network,
    entropy,
    log,
    passwords,
    authorization: authorizationSettings(options, standIn),
    tls: serverTls(network, options),
    jetStream: { isEnabled: options.jetstream.isEnabled, apiLevel: API_LEVEL },
  });
  return server;
}

/** Throws where clients cannot be told to come there. */
function checkAdvertised({ listen: { clientAdvertise, port } }: Options): void {
  if (clientAdvertise === null) return;
  const advertised = advertisedAddress(clientAdvertise, port);
  if (advertised.ok) return;
  const text = `Error setting server INFO with ClientAdvertise value of ${clientAdvertise}, err=${advertised.error}`;
  throw new OperatingError('CONFIG_INVALID', text);
}

/** What accounts map, export and import from now on. Reading the options has found no fault with it. */
function share(server: Server, sharing: ServerSharing, options: Options): void {
  const { accounts, mappings, systemAccount } = options;
  const byAccount = new Map(accounts.map((account) => [account.name, account.sharing.mappings]));
  byAccount.set(GLOBAL_ACCOUNT, mappings);
  for (const name of byAccount.keys()) server.account(name);
  for (const account of server.accounts) {
    const own = byAccount.get(account.name) ?? [];
    const taken = new Set(own.map(({ source }) => source));
    const all = [...own, ...domainMappings(account.name, options).filter(({ source }) => !taken.has(source))];
    account.mappings = all.length > 0 ? new SubjectMappings(all) : null;
  }
  sharing.configure(shareAccounts(accounts, systemAccount !== null).accounts);
}

function serverOptions(
  options: Options,
  identity: Pick<ServerOptions, 'serverId' | 'serverName' | 'runtime'>,
): ServerOptions {
  const { listen, limits, keepalive, authorization, logging } = options;
  return {
    ...identity,
    version: COMPATIBLE_VERSION,
    host: listen.host,
    port: listen.port,
    clientAdvertise: listen.clientAdvertise,
    payloadMax: limits.payloadMax,
    controlLineMax: limits.controlLineMax,
    pendingBytesMax: limits.pendingBytesMax,
    connectionsMax: limits.connectionsMax,
    subscriptionsMax: limits.subscriptionsMax,
    subscriptionTokensMax: limits.subscriptionTokensMax,
    writeDeadlineMs: options.writeDeadlineMs,
    pingIntervalMs: keepalive.pingIntervalMs,
    pingsOutMax: keepalive.pingsOutMax,
    authTimeoutMs: authorization.timeoutMs,
    headersSupported: options.headersSupported,
    stallsFastProducers: options.stallsFastProducers,
    closedConnectionsKept: limits.closedClientsMax,
    tracedBytesMax: logging.tracedBytesMax,
    tracesHeadersOnly: logging.tracesHeadersOnly,
    tags: options.serverTags,
    metadata: options.serverMetadata,
    featureFlags: FEATURE_FLAGS_DEFAULT,
    domain: options.jetstream.domain ?? '',
  };
}

/** What clients may ask their server is asked in their own accounts. */
function serveAccounts(server: Server): void {
  const services = new SystemServices(server);
  server.watchAccounts(({ name }) => {
    services.serve(server.bus(name));
  });
}

/** A name that nobody can have thought of. */
function standInName(entropy: Entropy): string {
  return `nats-${new Nuid(entropy).next().slice(0, STAND_IN_DIGITS)}`;
}

function monitorParts({ host, clock }: Doors, running: Running, server: Server): MonitorParts {
  return {
    server,
    host,
    cpu: new CpuMeter(clock, host),
    get jetStream() {
      return running.jetStream;
    },
    contrailVersion: CONTRAIL_VERSION,
    configuration: running,
  };
}

async function listenMonitor(doors: Doors, options: Options, monitor: MonitorServer): Promise<NetworkAddress | null> {
  if (options.monitor === null || doors.http === null) return null;
  const { host, port } = options.monitor;
  const tls = monitorTls(doors.network, options);
  const address = await monitor.listen(doors.http, { host, port }, tls);
  doors.log.info(`Starting ${tls === null ? 'http' : 'https'} monitor on ${address.host}:${address.port}`);
  if (tls === null && options.monitorAuth !== null) {
    doors.log.warn(
      'Monitoring takes secrets in clear, which whoever listens can use: say https_port instead of http_port',
    );
  }
  return address;
}
