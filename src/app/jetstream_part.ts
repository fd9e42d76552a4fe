// JetStream of a running server: its store directory, its engine, and how both start, change and end. A reload may switch
// it on and off. Made by compose.ts, shown by monitoring.
import { bytesText } from '../base/bytes_text.ts';
import { OperatingError } from '../base/errors.ts';
import type { JetStreamLimitOptions, Options } from '../config/options.ts';
import { AccountPurge } from '../jetstream/api/account_purge.ts';
import { apiError } from '../jetstream/api/api_error.ts';
import { RefusingApi } from '../jetstream/api/refusing_api.ts';
import { API_LEVEL } from '../jetstream/asset_metadata.ts';
import { JetStreamEngine } from '../jetstream/engine.ts';
import { type AccountLimits, BATCH_LIMITS_DEFAULT, type BatchLimits, type ServerLimits } from '../jetstream/limits.ts';
import type { JetStreamParts } from '../monitor/monitor_parts.ts';
import type { Server } from '../server/server.ts';
import { makeSafeDirectory } from '../store/file/safe_files.ts';
import { subjectsCollide } from '../subject/subject.ts';
import { jetStreamAccounts } from './authorization_settings.ts';
import type { Doors } from './doors.ts';
import { JetStreamStores } from './jetstream_stores.ts';

/** Part of memory and of free disk that JetStream may use when nobody says. Compat: jetstream.go, dynJetStreamConfig. */
const DYNAMIC_SHARE = 0.75;
/** Part of memory that messages of atomic batches may take until they are committed. */
const STAGED_SHARE = 0.125;

export class JetStreamPart implements JetStreamParts {
  readonly engine: JetStreamEngine;
  readonly stores: JetStreamStores;
  readonly #doors: Doors;
  readonly #server: Server;
  #options: Options;
  /** For accounts without JetStream, by name. */
  readonly #refusing = new Map<string, RefusingApi>();
  #closed: Promise<void> | null = null;
  #isUp = false;
  #stopWatching: () => void = () => undefined;
  /** Null without a system account. */
  #purge: AccountPurge | null = null;

  private constructor(doors: Doors, options: Options, server: Server, stores: JetStreamStores) {
    this.#doors = doors;
    this.#server = server;
    this.#options = options;
    this.stores = stores;
    this.engine = makeEngine(doors, options, server, stores);
  }

  /** Takes the store directory for this server. Rejects when it cannot be had. */
  static async open(doors: Doors, options: Options, server: Server): Promise<JetStreamPart> {
    const stores = await openStores(doors, options, server.options.serverName);
    return new JetStreamPart(doors, options, server, stores);
  }

  /** Recovers what is there and serves it. */
  async start(): Promise<void> {
    const { log, clock } = this.#doors;
    const { engine, stores } = this;
    const startMs = clock.monotonicMs();
    log.info('Starting JetStream');
    log.info(`  Strict:          ${this.#options.jetstream.isStrict}`);
    log.info(`  Max Memory:      ${bytesText(stores.memoryBytesMax)}`);
    log.info(`  Max Storage:     ${bytesText(stores.storeBytesMax)}`);
    log.info(`  Store Directory: "${stores.directory}"`);
    const { domain } = this.#options.jetstream;
    if (domain !== null) log.info(`  Domain:          ${domain}`);
    log.info(`  Sync:            ${stores.syncText}`);
    log.info(`  API Level:       ${API_LEVEL}`);
    const fault = accountsFault(this.#options, stores);
    if (fault !== null) throw new OperatingError('CONFIG_INVALID', `Can't start JetStream: ${fault}`);
    await this.#enableAccounts(this.#options);
    this.#stopWatching = this.#server.watchAccounts(({ name }) => {
      this.#maybeRefuse(name);
      return () => this.#refuseNoMore(name);
    });
    if (this.#server.hasSystemAccount) this.#purge = this.#purgeAccounts();
    const totals = engine.totals();
    if (totals.streams > 0) log.info(`  Restored ${totals.messages} messages in ${totals.streams} streams`);
    this.#isUp = true;
    log.info(`Took ${(clock.monotonicMs() - startMs).toFixed(1)}ms to start JetStream`);
  }

  #purgeAccounts(): AccountPurge {
    return new AccountPurge({
      bus: this.#server.bus(this.#server.systemAccount.name),
      log: this.#doors.log,
      account: (name) => this.engine.account(name),
      removeLeftovers: (name) => this.stores.removeAccount(name),
    });
  }

  /** Other limits from now on, for what is made or changed from now on. */
  reconfigure(options: Options): void {
    const { memoryBytesMax, storeBytesMax } = options.jetstream;
    if (memoryBytesMax !== null) this.stores.memoryBytesMax = memoryBytesMax;
    if (storeBytesMax !== null) this.stores.storeBytesMax = storeBytesMax;
    this.engine.reconfigure(serverLimits(this.#doors, options, this.stores), options.limits.payloadMax);
  }

  /** Other accounts may have it from now on, or more or less of it. Where that is more than there is, all stays as it was. */
  async changeAccounts(options: Options): Promise<void> {
    const fault = accountsFault(options, this.stores);
    if (fault !== null) {
      this.#doors.log.error(`Accounts keep the JetStream that they have: ${fault}`);
      return;
    }
    this.#options = options;
    const wanted = jetStreamAccounts(options);
    const gone = [...this.engine.accounts()].map(({ bus }) => bus.account).filter((name) => !wanted.has(name));
    for (const name of gone) await this.engine.disable(name);
    await this.#enableAccounts(options);
    for (const name of gone) this.#maybeRefuse(name);
  }

  async #enableAccounts(options: Options): Promise<void> {
    for (const [name, limits] of jetStreamAccounts(options)) {
      const account = this.engine.account(name);
      const payloadBytesMax = this.#server.account(name).limits.payloadMax;
      if (account !== undefined) {
        account.limits = limits;
        account.payloadBytesMax = payloadBytesMax;
        continue;
      }
      this.#refuseNoMore(name);
      await this.engine.enable(this.#server.bus(name), { limits, payloadBytesMax });
    }
  }

  /** An account is there: if it has no JetStream, it is told so when it asks for some. */
  #maybeRefuse(account: string): void {
    if (this.#closed !== null || jetStreamAccounts(this.#options).has(account)) return;
    const server = this.#server;
    const isSystem = account === server.systemAccount.name;
    const isImported = (subject: string) => {
      const imports = server.account(account).sharing?.shared.serviceImports.keys() ?? [];
      return [...imports].some((pattern) => subjectsCollide(pattern, subject));
    };
    this.#refuseNoMore(account);
    this.#refusing.set(account, new RefusingApi({ bus: server.bus(account), isSystem, isImported }));
  }

  #refuseNoMore(account: string): void {
    this.#refusing.get(account)?.stop();
    this.#refusing.delete(account);
  }

  /** Ends in the order in which nothing is lost. Whoever comes second waits for the same end. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    const { log } = this.#doors;
    // One that never came up is closed without a word.
    if (this.#isUp) log.info('Initiating JetStream Shutdown...');
    this.#stopWatching();
    this.#purge?.stop();
    for (const api of this.#refusing.values()) api.stop();
    await this.engine.close();
    await this.stores.close();
    if (this.#isUp) log.info('JetStream Shutdown');
  }
}

async function openStores(doors: Doors, options: Options, serverName: string): Promise<JetStreamStores> {
  const { disk, host } = doors;
  const { jetstream } = options;
  const directory = jetstream.storeDirectory ?? `${host.temporaryDirectory()}/nats`;
  if (jetstream.storeDirectory === null) {
    doors.log.warn(
      'Temporary storage directory used, data could be lost on system reboot: set a store directory (-sd)',
    );
  }
  await makeSafeDirectory(disk, directory);
  const { freeBytes } = await disk.space(directory);
  return JetStreamStores.open({
    ...doors,
    directory,
    serverName,
    sync: jetstream.sync,
    memoryBytesMax: jetstream.memoryBytesMax ?? Math.floor(host.totalMemoryBytes * DYNAMIC_SHARE),
    storeBytesMax: jetstream.storeBytesMax ?? Math.floor(freeBytes * DYNAMIC_SHARE),
  });
}

function makeEngine(doors: Doors, options: Options, server: Server, stores: JetStreamStores): JetStreamEngine {
  const { clock, entropy, log } = doors;
  const { sync, domain } = options.jetstream;
  return new JetStreamEngine({
    clock,
    entropy,
    log,
    stores,
    limits: serverLimits(doors, options, stores),
    serverName: server.options.serverName,
    domain: domain ?? '',
    answersWhenDurable: sync === 'always',
    payloadBytesMax: options.limits.payloadMax,
    pendingBytesMax: options.limits.pendingBytesMax,
  });
}

function serverLimits({ host }: Doors, options: Options, stores: JetStreamStores): ServerLimits {
  const { limits } = options.jetstream;
  return {
    memoryBytesMax: stores.memoryBytesMax,
    storeBytesMax: stores.storeBytesMax,
    duplicateWindowMaxNs: (limits.duplicateWindowMs ?? 0) * 1e6,
    ackPendingMax: limits.ackPendingMax ?? 0,
    requestBatchMax: limits.requestBatchMax ?? 0,
    consumersDefaultMax: limits.consumersMaxDefault,
    batches: batchLimits(limits, host.totalMemoryBytes),
  };
}

/** One number of the configuration stands for both kinds of batches. */
function batchLimits(limits: JetStreamLimitOptions, memoryBytes: number): BatchLimits {
  const { batchesInflightPerStreamMax: perStream, batchesInflightTotalMax: total } = limits;
  return {
    atomicPerStreamMax: perStream ?? BATCH_LIMITS_DEFAULT.atomicPerStreamMax,
    atomicTotalMax: total ?? BATCH_LIMITS_DEFAULT.atomicTotalMax,
    fastPerStreamMax: perStream ?? BATCH_LIMITS_DEFAULT.fastPerStreamMax,
    fastTotalMax: total ?? BATCH_LIMITS_DEFAULT.fastTotalMax,
    messagesMax: limits.batchMessagesMax ?? BATCH_LIMITS_DEFAULT.messagesMax,
    timeoutMs: limits.batchTimeoutMs ?? BATCH_LIMITS_DEFAULT.timeoutMs,
    stagedBytesMax: Math.floor(memoryBytes * STAGED_SHARE),
  };
}

/** Why there is not as much as the accounts may take together, or null. Compat: jetstream.go, sufficientResources. */
function accountsFault(options: Options, stores: JetStreamStores): string | null {
  const limits = [...jetStreamAccounts(options).values()];
  const sum = (of: (one: AccountLimits) => number) => limits.reduce((total, one) => total + Math.max(0, of(one)), 0);
  const where = 'Error enabling jetstream on configured accounts';
  if (sum((one) => one.max_memory) > stores.memoryBytesMax) {
    return `${where}: ${apiError('JSMemoryResourcesExceededErr').description}`;
  }
  if (sum((one) => one.max_storage) <= stores.storeBytesMax) return null;
  return `${where}: ${apiError('JSStorageResourcesExceededErr').description}`;
}
