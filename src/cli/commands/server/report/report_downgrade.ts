// `contrail server report downgrade`: streams and consumers that an older server could not serve.
// Compat: natscli cli/server_report_command.go, downgradeCheckAction.
import { argument, defineCommand, flag } from '../../../command.ts';
import { UsageError } from '../../../errors.ts';
import { parseInteger } from '../../../input/number.ts';
import { TextTable } from '../../../output/table.ts';
import { collectStreams, type FoundStream } from '../../../servers/stream_details.ts';
import type { Session } from '../../../session.ts';
import { REVERSE_FLAG } from './report_run.ts';

interface StreamAsset {
  readonly account: string;
  readonly name: string;
  readonly api_level: number;
}

interface ConsumerAsset extends StreamAsset {
  readonly stream: string;
}

export const REPORT_DOWNGRADE = defineCommand({
  name: 'downgrade',
  summary: 'List assets incompatible with the specified API level',
  args: { api: argument.required('Target API level to check compatibility against') },
  flags: {
    all: flag.switch('Include consumers whose associated streams are incompatible with the selected API level'),
    ...REVERSE_FLAG,
  },
  examples: [{ text: 'Before going back to a server with API level 1', command: 'contrail server report downgrade 1' }],
  json: 'An object: streams (list of account, name, api_level), consumers (list of account, stream, name, api_level).',
  run: async (session, { api }, { all }) => {
    const level = parseInteger(api, { min: 0 });
    if (!level.ok) throw new UsageError(`<api> ${level.error}: give a level such as 1`);
    if (!session.isJson) session.print('Obtaining JetStream Asset information');
    const found = await collectStreams(session);
    const streams = found.filter((stream) => levelOf(stream.config) > level.value).map(streamAsset);
    const consumers = found.flatMap((stream) => consumerAssets(stream, { level: level.value, all }));
    if (session.isJson) session.json({ streams, consumers });
    else show(session, streams, consumers);
  },
});

/** What the server has noted that it takes to serve this. */
function levelOf(config: { readonly metadata?: Readonly<Record<string, string>> } | undefined): number {
  const level = Number(config?.metadata?.['_nats.req.level'] ?? 0);
  return Number.isInteger(level) ? level : 0;
}

function streamAsset({ account, name, config }: FoundStream): StreamAsset {
  return { account, name, api_level: levelOf(config) };
}

interface Wanted {
  readonly level: number;
  readonly all: boolean;
}

/** A stream that is listed too has a star. */
function consumerAssets({ account, name, config, consumers }: FoundStream, { level, all }: Wanted): ConsumerAsset[] {
  const withStream = all && levelOf(config) > level;
  return consumers
    .filter((consumer) => withStream || levelOf(consumer.config) > level)
    .map((consumer) => ({
      account,
      name: consumer.name,
      stream: withStream ? `${name}*` : name,
      api_level: levelOf(consumer.config),
    }));
}

function show(session: Session, streams: readonly StreamAsset[], consumers: readonly ConsumerAsset[]): void {
  if (streams.length > 0) {
    const table = new TextTable('Assets: Streams', ['Account', 'Stream', 'Required API level']);
    for (const { account, name, api_level: level } of streams) table.row(account, name, level);
    session.table(table);
  }
  if (consumers.length > 0) {
    const table = new TextTable('Assets: Consumers', ['Account', 'Stream', 'Consumer', 'Required API level']);
    for (const { account, stream, name, api_level: level } of consumers) table.row(account, stream, name, level);
    session.table(table);
  }
  if (streams.length + consumers.length === 0) {
    session.print('All assets are compatible with the specified API level.');
  }
}
