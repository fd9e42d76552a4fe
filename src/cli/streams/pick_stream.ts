// Which stream a command is about: the one that was named, or one chosen from a list by the person at the terminal. A
// name that is not there is refused with the nearest that is; nobody is asked to choose another.
import { type Answer, ApiError, type JsApi } from '../client/js_api.ts';
import type { StreamInfo } from '../client/js_types.ts';
import { CommandError, UsageError } from '../errors.ts';
import { didYouMean } from '../input/suggestion.ts';
import type { Session } from '../session.ts';

const STREAM_NOT_FOUND = 10059;

export interface PickOptions {
  /** Also those that carry buckets and MQTT state. */
  readonly all: boolean;
}

/** The name alone; the stream may not be there. */
export async function pickStreamName(
  session: Session,
  name: string | undefined,
  options: PickOptions,
): Promise<string> {
  if (name !== undefined && name !== '') {
    checkStreamName(name);
    return name;
  }
  if (!session.ask.isPossible) {
    throw new UsageError('cannot pick a Stream without a terminal and no Stream name supplied');
  }
  const names = (await streamNames(await session.api())).filter((one) => options.all || !isInternalStream(one));
  if (names.length === 0) throw new CommandError('no Streams are defined');
  return await session.ask.choice({ message: 'Select a Stream', flag: '<stream>', choices: names });
}

/** The stream's state as the server tells it now. */
export async function pickStream(
  session: Session,
  name: string | undefined,
  options: PickOptions,
): Promise<Answer<StreamInfo>> {
  return await loadStream(session, await pickStreamName(session, name, options));
}

export async function loadStream(session: Session, name: string, body?: unknown): Promise<Answer<StreamInfo>> {
  const api = await session.api();
  try {
    return await api.request<StreamInfo>(`STREAM.INFO.${name}`, body);
  } catch (error) {
    if (!(error instanceof ApiError) || error.body.err_code !== STREAM_NOT_FOUND) throw error;
    const suggestion = didYouMean(name, await streamNames(api));
    throw new CommandError(`unknown stream '${name}'${suggestion}; 'contrail stream ls' shows the streams there are`, {
      cause: error,
    });
  }
}

/** Sorted. */
export async function streamNames(api: JsApi, subject = ''): Promise<string[]> {
  const names = await api.list<string>('STREAM.NAMES', 'streams', subject === '' ? {} : { subject });
  return names.sort();
}

/** Streams under key-value and object buckets, and MQTT's own. */
export function isInternalStream(name: string): boolean {
  return /^(?:KV_|OBJ_|\$MQTT_)/.test(name);
}

export function isBucketStream(name: string): boolean {
  return name.startsWith('KV_');
}

export function checkStreamName(name: string): void {
  if (name !== '' && name.length <= 255 && !/[\s.*>/\\]/.test(name)) return;
  throw new UsageError(
    `'${name}' can be no stream's name: it has no spaces, dots, '*', '>' or slashes, and up to 255 letters`,
  );
}
