// `contrail consumer edit`: changes a consumer's configuration by flags, a file or the person's editor, and shows the
// difference first. Compat: natscli cli/consumer_command.go, editAction.
import type { JsonValue } from '../../../base/json_parser.ts';
import { argument, defineCommand, flag } from '../../command.ts';
import {
  type ConsumerConfigDraft,
  consumerConfigFaults,
  readConsumerConfig,
} from '../../consumers/consumer_config_file.ts';
import { consumerPage } from '../../consumers/consumer_page.ts';
import { pickConsumer } from '../../consumers/pick_consumer.ts';
import { CommandError, ExitCode } from '../../errors.ts';
import { editObject } from '../../input/edit_object.ts';
import { type Difference, differenceLines, differences } from '../../output/difference.ts';
import { withoutApiKeys } from '../../output/json.ts';
import type { Session } from '../../session.ts';
import { userMetadata } from '../../streams/stream_page.ts';
import { createConsumer } from './consumer_add.ts';
import { ALL_FLAG } from './consumer_all_flag.ts';
import { changedConfig } from './consumer_config_change.ts';
import { EDIT_FLAGS } from './consumer_config_flags.ts';

export const CONSUMER_EDIT = defineCommand({
  name: 'edit',
  aliases: ['update'],
  summary: 'Edits the configuration of a consumer',
  args: { stream: argument.optional('Stream name'), consumer: argument.optional('Consumer name') },
  flags: {
    config: flag.text('JSON file to read configuration from', { placeholder: 'FILE' }),
    force: flag.switch('Force edit without prompting', { short: 'f' }),
    interactive: flag.toggle('Edit the configuring using your editor', { short: 'i' }),
    dryRun: flag.switch('Only shows differences, do not edit the consumer'),
    ...EDIT_FLAGS,
    ...ALL_FLAG,
  },
  examples: [
    { text: 'What would change', command: 'contrail consumer edit EVENTS WORKER --max-pending 5000 --dry-run' },
    { text: 'Change it without being asked', command: 'contrail consumer edit EVENTS WORKER --wait 1m --force' },
  ],
  json: "The server's answer, as for consumer info; with --dry-run, or where nothing differs: differences (list of key, old, new).",
  run: async (session, names, flags) => {
    const { value, exact } = await pickConsumer(session, names, { all: flags.all });
    const { stream_name: stream, name, config } = value;
    if ((config.durable_name ?? '') === '') throw new CommandError('only durable consumers can be edited');
    const before = draftOf(exact);
    const after = await changed(session, before, flags);
    const backoff = after['backoff'];
    if (Array.isArray(backoff) && backoff.length > 0 && after['ack_wait'] !== before['ack_wait']) {
      throw new CommandError('consumers with backoff policies do not support editing Ack Wait');
    }
    const changes = differences(before, after);
    if (changes.length === 0 || flags.dryRun) {
      showDifferences(session, changes, flags.dryRun);
      return;
    }
    if (!session.isJson) session.print(`Differences (-old +new):\n${differenceLines(changes).join('\n')}`);
    if (!flags.force && !(await session.ask.confirm(`Really edit Consumer ${stream} > ${name}`))) return;
    const edited = await createConsumer(session, stream, after, 'could not edit Consumer');
    if (session.isJson) session.json(withoutApiKeys(edited.exact));
    else session.page(consumerPage(session, edited.value));
  },
});

type Flags = Parameters<typeof changedConfig>[1] & {
  readonly config: string | undefined;
  readonly interactive: boolean | undefined;
};

async function changed(session: Session, before: ConsumerConfigDraft, flags: Flags): Promise<ConsumerConfigDraft> {
  const identity = { name: before['name'], durable_name: before['durable_name'] };
  if (flags.interactive === true) {
    const edited = { ...(await editObject(session, before)), ...identity };
    const faults = consumerConfigFaults(edited);
    if (faults.length > 0) throw new CommandError(`What was edited is no configuration: ${faults.join('; ')}`);
    return edited;
  }
  if (flags.config !== undefined) {
    const { metadata, ...config } = readConsumerConfig(session, flags.config);
    const kept = userMetadata((metadata ?? {}) as Readonly<Record<string, string>>);
    return { ...config, ...identity, ...(Object.keys(kept).length > 0 ? { metadata: kept } : {}) };
  }
  return changedConfig(before, flags);
}

/** A dry run that would change something ends with 1, as the reference's. */
function showDifferences(session: Session, changes: readonly Difference[], isDryRun: boolean): void {
  if (session.isJson) session.json({ differences: changes });
  else if (changes.length > 0) session.print(`Differences (-old +new):\n${differenceLines(changes).join('\n')}`);
  else if (!isDryRun) session.print('No difference in configuration');
  if (changes.length > 0 && isDryRun) throw new ExitCode(1);
}

/** The configuration in a server's answer, without what the server itself keeps in the metadata. */
export function draftOf(answer: JsonValue): ConsumerConfigDraft {
  const { config } = answer as { readonly config: ConsumerConfigDraft };
  const { metadata, ...draft } = config;
  const kept = userMetadata((metadata ?? {}) as Readonly<Record<string, string>>);
  return Object.keys(kept).length === 0 ? draft : { ...draft, metadata: kept };
}
