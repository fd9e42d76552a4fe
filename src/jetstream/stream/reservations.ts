// How much room streams promise to take: a stream with max_bytes reserves them at once, from its account and from the
// server. Pure arithmetic over configurations. Compat: nats-server jetstream.go, checkLimits, checkBytesLimits.
import { type ApiError, apiError } from '../api/api_error.ts';
import type { AccountLimits, ServerLimits } from '../limits.ts';
import type { Storage, StreamConfig } from './stream_config.ts';

/** Bytes reserved so far, by kind of storage. */
export interface Reserved {
  readonly memory: number;
  readonly file: number;
}

/** What the given streams reserve, without the one called `except`. */
export function reservedBytes(streams: Iterable<StreamConfig>, except: string | null): Reserved {
  let memory = 0;
  let file = 0;
  for (const { name, storage, max_bytes: bytes } of streams) {
    if (name === except || bytes <= 0) continue;
    if (storage === 'memory') memory += bytes;
    else file += bytes;
  }
  return { memory, file };
}

export interface ReservationRequest {
  readonly storage: Storage;
  readonly max_bytes: number;
  readonly max_consumers: number;
}

/** What counts against the two limits: the account's other streams, and everything on the server. */
export interface ReservationContext {
  readonly account: AccountLimits;
  readonly accountReserved: Reserved;
  readonly server: ServerLimits;
  readonly serverReserved: Reserved;
}

function exceeds(bytes: number, reserved: number, limit: number): boolean {
  return reserved > limit || bytes > limit - reserved;
}

export function checkReservation(request: ReservationRequest, context: ReservationContext): ApiError | null {
  const { account, server } = context;
  if (request.max_consumers > 0 && account.max_consumers > 0 && request.max_consumers > account.max_consumers) {
    return apiError('JSMaximumConsumersLimitErr');
  }
  // A stream without a limit still needs room for something.
  const bytes = request.max_bytes < 0 ? 1 : request.max_bytes;
  const isMemory = request.storage === 'memory';
  const accountLimit = isMemory ? account.max_memory : account.max_storage;
  const serverLimit = isMemory ? server.memoryBytesMax : server.storeBytesMax;
  const accountReserved = isMemory ? context.accountReserved.memory : context.accountReserved.file;
  const serverReserved = isMemory ? context.serverReserved.memory : context.serverReserved.file;
  const isTooMuch =
    (accountLimit >= 0 && exceeds(bytes, accountReserved, accountLimit)) || exceeds(bytes, serverReserved, serverLimit);
  if (!isTooMuch) return null;
  return apiError(isMemory ? 'JSMemoryResourcesExceededErr' : 'JSStorageResourcesExceededErr');
}
