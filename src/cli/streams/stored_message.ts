// One stored message by its sequence or as the last of its subject: by a direct get where the stream allows it, which any
// replica answers and permissions can name the subject of, by the stream's leader otherwise.
import { jetstreamManager, type StoredMsg } from '@nats-io/jetstream';
import { clientFailure } from '../client/client_failure.ts';
import type { StreamInfo } from '../client/js_types.ts';
import type { Session } from '../session.ts';

export type MessagePlace = { readonly seq: number } | { readonly last_by_subj: string };

/** Null where there is none. */
export async function storedMessage(
  session: Session,
  { config }: StreamInfo,
  place: MessagePlace,
): Promise<StoredMsg | null> {
  const api = await session.api();
  const options = { apiPrefix: api.prefix, timeout: api.timeoutMs, checkAPI: false };
  const manager = await jetstreamManager(api.connection, options);
  try {
    const source = config.allow_direct === true ? manager.direct : manager.streams;
    return await source.getMessage(config.name, place);
  } catch (error) {
    throw clientFailure(error, `${api.prefix}.STREAM.MSG.GET.${config.name}`, api.timeoutMs);
  }
}
