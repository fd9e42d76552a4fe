// What the check of everything is told: how much is too much, and what to leave out.
import type { ConnectionOptions } from '../connection_check.ts';
import type { ConsumerOptions } from '../consumer_check.ts';
import type { CredentialOptions } from '../credential_check.ts';
import type { JetStreamOptions } from '../jetstream_check.ts';
import type { StorageOptions } from './storage_probe.ts';

export interface MonitorOptions {
  readonly address: string | undefined;
  /** What the token is, or where it stands; null where none is asked for. */
  readonly token: string | null;
}

export interface HealthOptions {
  readonly connection: ConnectionOptions;
  /** As it was typed; null where monitoring is left out. */
  readonly monitor: MonitorOptions | null;
  /** Null where nothing shall be written. */
  readonly storage: StorageOptions | null;
  /** Of the account, and of the replicas of its streams. */
  readonly usage: JetStreamOptions;
  readonly consumers: Partial<ConsumerOptions>;
  /** Without a file there is none to look at. */
  readonly credential: CredentialOptions;
  /** False where the server has no JetStream on purpose. */
  readonly wantsJetStream: boolean;
}
