// What sharing between accounts needs of the server around it.
import type { Clock } from '../../ports/clock.ts';
import type { Entropy } from '../../ports/entropy.ts';
import type { Account } from '../account.ts';
import type { QueuePick } from '../deliver.ts';
import type { RelayFrames } from './relay_frames.ts';
import type { ServerNames } from './request_info.ts';

export interface SharingContext {
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly pick: QueuePick;
  readonly frames: RelayFrames;
  readonly names: ServerNames;
  isSystemAccount(account: Account): boolean;
  /** An id for an event. */
  eventId(): string;
}
