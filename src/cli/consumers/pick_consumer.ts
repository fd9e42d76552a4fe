// Which consumer a command is about: the one that was named, or one chosen from a list by the person at the terminal.
// A name that is not there is refused with the nearest that is.
import { type Answer, ApiError, type JsApi } from '../client/js_api.ts';
import type { ConsumerInfo } from '../client/js_types.ts';
import { CommandError, UsageError } from '../errors.ts';
import { didYouMean } from '../input/suggestion.ts';
import type { Session } from '../session.ts';
import { loadStream, type PickOptions, pickStreamName } from '../streams/pick_stream.ts';

const CONSUMER_NOT_FOUND = 10014;
const STREAM_NOT_FOUND = 10059;

export interface ConsumerNames {
  readonly stream: string | undefined;
  readonly consumer: string | undefined;
}

export async function pickConsumer(
  session: Session,
  { stream, consumer }: ConsumerNames,
  options: PickOptions,
): Promise<Answer<ConsumerInfo>> {
  const streamName = await pickStreamName(session, stream, options);
  return await loadConsumer(session, streamName, await pickConsumerName(session, streamName, consumer));
}

async function pickConsumerName(session: Session, stream: string, consumer: string | undefined): Promise<string> {
  if (consumer !== undefined && consumer !== '') {
    checkConsumerName(consumer);
    return consumer;
  }
  if (!session.ask.isPossible) {
    throw new UsageError('cannot pick a Consumer without a terminal and no Consumer name supplied');
  }
  const names = await consumerNames(await session.api(), stream);
  if (names.length === 0) throw new CommandError(`no Consumers are defined for Stream ${stream}`);
  return await session.ask.choice({ message: 'Select a Consumer', flag: '<consumer>', choices: names });
}

export async function loadConsumer(session: Session, stream: string, name: string): Promise<Answer<ConsumerInfo>> {
  const api = await session.api();
  try {
    return await api.request<ConsumerInfo>(`CONSUMER.INFO.${stream}.${name}`);
  } catch (error) {
    const code = error instanceof ApiError ? error.body.err_code : 0;
    // Says which streams there are.
    if (code === STREAM_NOT_FOUND) await loadStream(session, stream);
    if (code !== CONSUMER_NOT_FOUND) throw error;
    const suggestion = didYouMean(name, await consumerNames(api, stream));
    throw new CommandError(
      `unknown consumer '${stream} > ${name}'${suggestion}; 'contrail consumer ls ${stream}' shows the consumers there are`,
      { cause: error },
    );
  }
}

/** Sorted. */
export async function consumerNames(api: JsApi, stream: string): Promise<string[]> {
  const names = await api.list<string>(`CONSUMER.NAMES.${stream}`, 'consumers');
  return names.sort();
}

export function checkConsumerName(name: string): void {
  if (name !== '' && name.length <= 255 && !/[\s.*>/\\]/.test(name)) return;
  throw new UsageError(
    `'${name}' can be no consumer's name: it has no spaces, dots, '*', '>' or slashes, and up to 255 letters`,
  );
}
