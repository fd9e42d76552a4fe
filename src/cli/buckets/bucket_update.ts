// Makes a bucket's stream, or gives it another configuration.
import { type Answer, ApiError } from '../client/js_api.ts';
import type { StreamInfo } from '../client/js_types.ts';
import { CommandError } from '../errors.ts';
import type { Session } from '../session.ts';
import type { StreamConfigDraft } from '../streams/stream_config_file.ts';
import { type BucketKind, bucketOf, loadBucket } from './bucket.ts';

const NAME_IN_USE = 10058;

export async function createBucket(
  session: Session,
  kind: BucketKind,
  config: StreamConfigDraft,
): Promise<Answer<StreamInfo>> {
  const api = await session.api();
  const name = bucketOf(kind, config.name);
  try {
    await api.request<StreamInfo>(`STREAM.CREATE.${config.name}`, config);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.body.err_code !== NAME_IN_USE) throw error.during(`could not create bucket ${name}`);
    throw new CommandError(
      `bucket name already in use: there is a bucket '${name}' with another configuration; ` +
        `'contrail ${kind.verb} edit ${name}' changes it`,
      { cause: error },
    );
  }
  // Unlike the answer to its creation this one names the leader.
  return await loadBucket(session, kind, name);
}

export async function updateBucket(
  session: Session,
  kind: BucketKind,
  config: StreamConfigDraft,
): Promise<Answer<StreamInfo>> {
  const api = await session.api();
  const name = bucketOf(kind, config.name);
  try {
    await api.request<StreamInfo>(`STREAM.UPDATE.${config.name}`, config);
  } catch (error) {
    throw error instanceof ApiError ? error.during(`could not edit bucket ${name}`) : error;
  }
  return await loadBucket(session, kind, name);
}
