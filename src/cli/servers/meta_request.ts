// Requests to the group that leads a cluster's JetStream, made by a user of the system account. Servers that are no cluster
// do not know most of them: then that is said.
import { ApiError } from '../client/js_api.ts';
import { CommandError } from '../errors.ts';
import type { Session } from '../session.ts';

const UNKNOWN_ENDPOINT = 10_003;

export async function metaRequest<T>(session: Session, name: string, body?: unknown): Promise<T> {
  const api = await session.api();
  try {
    const { value } = await api.request<T>(name, body);
    return value;
  } catch (error) {
    const isUnknown = error instanceof ApiError ? error.body.err_code === UNKNOWN_ENDPOINT : isUnanswered(error);
    if (!isUnknown || !(error instanceof CommandError)) throw error;
    throw new CommandError(
      `${error.message}; it takes a user of the system account, and servers that have this request: nats-server has it, ` +
        'Contrail has not yet',
      { cause: error },
    );
  }
}

function isUnanswered(error: unknown): boolean {
  return error instanceof CommandError && /^(?:No answer|JetStream is not enabled)/.test(error.message);
}
