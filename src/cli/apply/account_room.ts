// Which new streams are more than the account may have: by number, or by the bytes that streams reserve. Pure.
import { apiError } from '../../jetstream/api/api_error.ts';
import type { AccountLimits } from '../../jetstream/limits.ts';
import { checkReservation, reservedBytes } from '../../jetstream/stream/reservations.ts';
import type { StreamConfig } from '../../jetstream/stream/stream_config.ts';
import { adviceFor } from '../client/api_advice.ts';
import { decodedStream, NO_SERVER_LIMITS } from './forms.ts';
import { nameOf, type PlanContext } from './plan_context.ts';
import { type Refusal, wordsOfError } from './step.ts';
import type { StreamMove } from './stream_order.ts';

/** `moves` in the order in which they are made. Of replicas one counts, so that nothing is refused in vain. */
export function refuseWithoutRoom(moves: readonly StreamMove[], { world }: PlanContext): Refusal[] {
  const after = new Map([...world.streams].map(([name, { config }]) => [name, decodedStream(config)]));
  return moves.flatMap(({ step, config }) => {
    after.set(config.name, config);
    const error = step.action === 'create' ? roomFault(config, { account: world.account, after }) : null;
    if (error === null) return [];
    // What is refused takes no room from the next.
    after.delete(config.name);
    const wayOut = adviceFor(error.err_code) ?? 'remove a stream, or raise the limits of the account';
    return { ...nameOf(step), place: step.place, field: null, reason: wordsOfError(error), wayOut };
  });
}

interface Room {
  readonly account: AccountLimits;
  /** All streams, with the one in question. */
  readonly after: ReadonlyMap<string, StreamConfig>;
}

function roomFault(config: StreamConfig, { account, after }: Room) {
  if (account.max_streams > 0 && after.size > account.max_streams) return apiError('JSMaximumStreamsLimitErr');
  return checkReservation(config, {
    account,
    accountReserved: reservedBytes(after.values(), config.name),
    server: NO_SERVER_LIMITS,
    serverReserved: { memory: 0, file: 0 },
  });
}
