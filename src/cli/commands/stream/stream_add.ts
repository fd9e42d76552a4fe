// `contrail stream add`: a new stream, or its configuration checked or saved instead.
import { type Answer, ApiError } from '../../client/js_api.ts';
import type { StreamInfo } from '../../client/js_types.ts';
import { argument, defineCommand, flag } from '../../command.ts';
import { CommandError } from '../../errors.ts';
import { jsonText, withoutApiKeys } from '../../output/json.ts';
import type { Session } from '../../session.ts';
import { type StreamConfigDraft, streamConfigFaults } from '../../streams/stream_config_file.ts';
import { streamPage } from '../../streams/stream_page.ts';
import { buildStreamConfig } from './stream_config_build.ts';
import { CREATE_FLAGS } from './stream_config_flags.ts';

const SCHEMA = 'io.nats.jetstream.api.v1.stream_configuration';

export const STREAM_ADD = defineCommand({
  name: 'add',
  aliases: ['create', 'new'],
  summary: 'Create a new stream',
  description: `Asks for what is not given; --defaults, and a missing terminal, answer everything but the name and subjects.

--config reads JSON: what --output has written, what 'contrail stream info --json' prints, or a hand-written file with
the keys of the JetStream API (name, subjects, retention, storage, max_age in nanoseconds and so on).`,
  args: { stream: argument.optional('Stream name') },
  flags: {
    config: flag.text('JSON file to read configuration from', { placeholder: 'FILE' }),
    validate: flag.switch('Only validates the configuration against the official Schema'),
    output: flag.text('Save configuration instead of creating', { placeholder: 'FILE' }),
    ...CREATE_FLAGS,
    defaults: flag.switch('Accept default values for all prompts'),
  },
  examples: [
    {
      text: 'A stream that keeps a week',
      command: 'contrail stream add EVENTS --subjects "events.>" --max-age 7d --defaults',
    },
    { text: 'A copy of it that follows', command: 'contrail stream add COPY --mirror EVENTS --defaults' },
    {
      text: 'The same again elsewhere',
      command:
        'contrail stream info EVENTS --json > events.json && contrail stream add EVENTS2 --config events.json --subjects "events2.>"',
    },
  ],
  json: "The server's answer, as for stream info; with --validate the configuration.",
  run: async (session, { stream }, flags) => {
    const requiresBytes = flags.config === undefined && (await isBytesRequired(session));
    const config = await buildStreamConfig(session, { name: stream, flags, requiresBytes });
    if (flags.validate || flags.output !== undefined) {
      checkOrSave(session, config, flags.output);
      return;
    }
    const answer = await createStream(session, config);
    showCreated(session, answer);
  },
});

export async function createStream(session: Session, config: StreamConfigDraft): Promise<Answer<StreamInfo>> {
  const api = await session.api();
  try {
    return await api.request<StreamInfo>(`STREAM.CREATE.${config.name}`, config);
  } catch (error) {
    throw error instanceof ApiError ? error.during('could not create Stream') : error;
  }
}

export function showCreated(session: Session, { value, exact }: Answer<StreamInfo>): void {
  if (session.isJson) {
    session.json(withoutApiKeys(exact));
    return;
  }
  session.print(`Stream ${value.config.name} was created\n`);
  session.page(streamPage(session, value));
}

function checkOrSave(session: Session, config: StreamConfigDraft, path: string | undefined): void {
  const faults = streamConfigFaults(config);
  if (path === undefined) session.print(`${jsonText(config)}${session.isJson ? '' : '\n'}`);
  if (faults.length > 0) throw new CommandError(`Validation Failed: ${faults.join('\n\t')}`);
  if (path !== undefined) session.doors.files.writeWhole(path, jsonText(config));
  else if (!session.isJson) session.print(`Configuration is a valid Stream matching ${SCHEMA}`);
}

interface AccountLimits {
  readonly limits?: { readonly max_bytes_required?: boolean };
  readonly tiers?: Readonly<Record<string, { readonly limits?: { readonly max_bytes_required?: boolean } }>>;
}

async function isBytesRequired(session: Session): Promise<boolean> {
  const api = await session.api();
  const { value } = await api.request<AccountLimits>('INFO');
  const all = [value.limits, ...Object.values(value.tiers ?? {}).map(({ limits }) => limits)];
  return all.some((limits) => limits?.max_bytes_required === true);
}
