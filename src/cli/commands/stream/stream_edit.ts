// `contrail stream edit`: changes a stream's configuration by flags, a file or the person's editor, and shows the
// difference first. Compat: natscli cli/stream_command.go, editAction.
import { ApiError } from '../../client/js_api.ts';
import type { StreamInfo } from '../../client/js_types.ts';
import { argument, defineCommand, flag } from '../../command.ts';
import { CommandError, ExitCode } from '../../errors.ts';
import { editObject } from '../../input/edit_object.ts';
import { type Difference, differenceLines, differences } from '../../output/difference.ts';
import { withoutApiKeys } from '../../output/json.ts';
import type { Session } from '../../session.ts';
import { isBucketStream, pickStream } from '../../streams/pick_stream.ts';
import { draftOf, type StreamConfigDraft, streamConfigFaults } from '../../streams/stream_config_file.ts';
import { streamPage } from '../../streams/stream_page.ts';
import { confirmBucket } from './bucket_warning.ts';
import { ALL_FLAG } from './stream_all_flag.ts';
import { changedConfig } from './stream_config_change.ts';
import { EDIT_FLAGS } from './stream_config_flags.ts';

export const STREAM_EDIT = defineCommand({
  name: 'edit',
  aliases: ['update'],
  summary: 'Edits an existing stream',
  args: { stream: argument.optional('Stream to retrieve edit') },
  flags: {
    config: flag.text('JSON file to read configuration from', { placeholder: 'FILE' }),
    force: flag.switch('Force edit without prompting', { short: 'f' }),
    interactive: flag.toggle('Edit the configuring using your editor', { short: 'i' }),
    dryRun: flag.switch('Only shows differences, do not edit the stream'),
    ...EDIT_FLAGS,
    ...ALL_FLAG,
  },
  examples: [
    { text: 'What would change', command: 'contrail stream edit EVENTS --max-age 30d --dry-run' },
    { text: 'Change it without being asked', command: 'contrail stream edit EVENTS --max-age 30d --force' },
    { text: 'In an editor', command: 'EDITOR=nano contrail stream edit EVENTS --interactive' },
  ],
  json: "The server's answer, as for stream info; with --dry-run, or where nothing differs: differences (list of key, old, new).",
  run: async (session, { stream }, flags) => {
    const { value, exact } = await pickStream(session, stream, { all: flags.all });
    const before = draftOf(exact);
    const after =
      flags.interactive === true ? await editedConfig(session, before) : changedConfig(session, before, flags);
    const changes = differences(before, after);
    if (changes.length === 0 || flags.dryRun) {
      showDifferences(session, changes, flags.dryRun);
      return;
    }
    if (!session.isJson) session.print(`Differences (-old +new):\n${differenceLines(changes).join('\n')}`);
    const { name } = value.config;
    if (isBucketStream(name)) await confirmBucket(session, { isForced: flags.force });
    if (!flags.force && !(await session.ask.confirm(`Really edit Stream ${name}`))) return;
    await update(session, name, after);
  },
});

/** A dry run that would change something ends with 1, as the reference's. */
function showDifferences(session: Session, changes: readonly Difference[], isDryRun: boolean): void {
  if (session.isJson) session.json({ differences: changes });
  else if (changes.length > 0) session.print(`Differences (-old +new):\n${differenceLines(changes).join('\n')}`);
  else if (!isDryRun) session.print('No difference in configuration');
  if (changes.length > 0 && isDryRun) throw new ExitCode(1);
}

async function update(session: Session, name: string, config: StreamConfigDraft): Promise<void> {
  const api = await session.api();
  try {
    const { value, exact } = await api.request<StreamInfo>(`STREAM.UPDATE.${name}`, config);
    if (session.isJson) session.json(withoutApiKeys(exact));
    else {
      session.print(`Stream ${name} was updated\n`);
      session.page(streamPage(session, value));
    }
  } catch (error) {
    throw error instanceof ApiError ? error.during(`could not edit Stream ${name}`) : error;
  }
}

async function editedConfig(session: Session, before: StreamConfigDraft): Promise<StreamConfigDraft> {
  const edited: StreamConfigDraft = { ...(await editObject(session, before)), name: before.name };
  const faults = streamConfigFaults(edited);
  if (faults.length > 0) throw new CommandError(`What was edited is no configuration: ${faults.join('; ')}`);
  return edited;
}
