// What the restores of both formats of backups share: what they are given, what they have to be, and how they add a
// consumer. archive_restore.ts is for backups of nats-server 2.15 and ours, tar_restore.ts for those made before.
import { errorText } from '../../base/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ConsumerState } from '../../store/consumer_store.ts';
import { type ApiError, apiError } from '../api/api_error.ts';
import type { ConsumerConfig } from '../consumer/consumer_config.ts';
import { planConsumerRestore } from '../consumer/consumer_plan.ts';
import type { AccountLimits, ServerLimits } from '../limits.ts';
import type { RestoringStream } from '../store_provider.ts';
import type { Storage, StreamConfig } from '../stream/stream_config.ts';

export interface RestoreParts {
  readonly storage: RestoringStream;
  readonly config: StreamConfig;
  readonly server: ServerLimits;
  readonly account: AccountLimits;
  readonly payloadBytesMax: number;
  /** Whether account and server have room for so many more bytes. */
  admit(storage: Storage, bytes: number): ApiError | null;
  readonly clock: Clock;
  nowNs(): bigint;
}

/** Takes a backup that is unpacked already. */
export interface RestoreFormat {
  /** Whether nothing that follows means anything. */
  readonly isWhole: boolean;
  /** Takes the block as it is: it must not change. */
  push(block: Uint8Array): void;
  /** Does what the blocks so far say; what is refused stays refused. */
  take(): Promise<ApiError | null>;
  /** After the last block, of a backup that is whole. */
  finish(): void;
}

export function restoreRefusal(err: string): ApiError {
  return apiError('JSStreamRestoreErrF', { err });
}

/** The consumers of a stream that is restored, each judged with those before it. */
export class RestoredConsumers {
  readonly #parts: RestoreParts;
  readonly #configs = new Map<string, ConsumerConfig>();

  constructor(parts: RestoreParts) {
    this.#parts = parts;
  }

  async add(name: string, config: ConsumerConfig, state: ConsumerState): Promise<ApiError | null> {
    const { server, account, config: stream, storage, nowNs } = this.#parts;
    const context = { server, account, stream, consumers: this.#configs, hasInterest: () => false };
    const plan = planConsumerRestore(name, config, context);
    const failed = (reason: string) => restoreRefusal(`failed to add consumer ${JSON.stringify(name)}: ${reason}`);
    if (plan.kind === 'refuse') return failed(plan.error.description);
    try {
      await storage.addConsumer(name, plan.config, nowNs(), state);
    } catch (error) {
      return failed(errorText(error));
    }
    this.#configs.set(name, plan.config);
    return null;
  }
}
