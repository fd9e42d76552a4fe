// `contrail consumer add`: a new consumer, or its configuration checked or saved instead.
import { type Answer, ApiError } from '../../client/js_api.ts';
import type { ConsumerInfo } from '../../client/js_types.ts';
import { argument, defineCommand, flag } from '../../command.ts';
import {
  type ConsumerConfigDraft,
  consumerConfigFaults,
  readConsumerConfig,
} from '../../consumers/consumer_config_file.ts';
import { consumerPage } from '../../consumers/consumer_page.ts';
import { checkConsumerName } from '../../consumers/pick_consumer.ts';
import { CommandError } from '../../errors.ts';
import { jsonText, withoutApiKeys } from '../../output/json.ts';
import type { Session } from '../../session.ts';
import { pickStream } from '../../streams/pick_stream.ts';
import { userMetadata } from '../../streams/stream_page.ts';
import { ALL_FLAG } from './consumer_all_flag.ts';
import { buildConsumerConfig, inventedName } from './consumer_config_build.ts';
import { CREATE_FLAGS } from './consumer_config_flags.ts';

export const CONSUMER_ADD = defineCommand({
  name: 'add',
  aliases: ['create', 'new'],
  summary: 'Creates a new consumer',
  description: `Asks for what is not given; --defaults, and a missing terminal, answer everything but the name. One that
is --ephemeral gets a name of its own where none is given.

--config reads JSON: what --output has written, what 'contrail consumer info --json' prints, or a hand-written file with
the keys of the JetStream API (durable_name, ack_policy, filter_subject, ack_wait in nanoseconds and so on).`,
  args: { stream: argument.optional('Stream name'), consumer: argument.optional('Consumer name') },
  flags: {
    config: flag.text('JSON file to read configuration from', { placeholder: 'FILE' }),
    validate: flag.switch('Only validates the configuration against the official Schema'),
    output: flag.text('Save configuration instead of creating', { placeholder: 'FILE' }),
    ...CREATE_FLAGS,
    defaults: flag.switch('Accept default values for all prompts'),
    ...ALL_FLAG,
  },
  examples: [
    { text: 'One that workers pull from', command: 'contrail consumer add EVENTS WORKER --pull --defaults' },
    {
      text: 'New messages of one subject, pushed',
      command:
        'contrail consumer add EVENTS MONITOR --target monitor.events --filter events.new --deliver new --defaults',
    },
  ],
  json: "The server's answer, as for consumer info; with --validate the configuration.",
  run: async (session, { stream, consumer }, flags) => {
    const { value } = await pickStream(session, stream, { all: flags.all });
    const config =
      flags.config === undefined
        ? await buildConsumerConfig(session, { name: consumer, flags })
        : configOfFile(session, flags.config, { consumer, target: flags.target });
    if (flags.validate || flags.output !== undefined) {
      checkOrSave(session, config, flags.output);
      return;
    }
    const { value: info, exact } = await createConsumer(session, value.config.name, config);
    if (session.isJson) session.json(withoutApiKeys(exact));
    else session.page(consumerPage(session, info));
  },
});

interface Instead {
  readonly consumer: string | undefined;
  readonly target: string | undefined;
}

/** Name and target of the command line go before the file's. */
function configOfFile(session: Session, path: string, { consumer, target }: Instead): ConsumerConfigDraft {
  const { metadata, ...config } = readConsumerConfig(session, path);
  const durable = config['durable_name'] ?? '';
  const given = consumer ?? (durable === '' ? config['name'] : durable) ?? '';
  const name = typeof given === 'string' && given !== '' ? given : inventedName(session);
  checkConsumerName(name);
  const kept = userMetadata((metadata ?? {}) as Readonly<Record<string, string>>);
  return {
    ...config,
    name,
    ...(durable === '' ? {} : { durable_name: name }),
    ...(target === undefined || (config['deliver_subject'] ?? '') === '' ? {} : { deliver_subject: target }),
    ...(Object.keys(kept).length > 0 ? { metadata: kept } : {}),
  };
}

export async function createConsumer(
  session: Session,
  stream: string,
  config: ConsumerConfigDraft,
  what = 'could not create Consumer',
): Promise<Answer<ConsumerInfo>> {
  const api = await session.api();
  const filter = config['filter_subject'] ?? '';
  // A single filter stands in the request's subject, where permissions can see it.
  const subject = `CONSUMER.CREATE.${stream}.${config['name']}${filter === '' ? '' : `.${filter}`}`;
  try {
    return await api.request<ConsumerInfo>(subject, { stream_name: stream, config });
  } catch (error) {
    throw error instanceof ApiError ? error.during(what) : error;
  }
}

function checkOrSave(session: Session, config: ConsumerConfigDraft, path: string | undefined): void {
  const faults = consumerConfigFaults(config);
  if (path === undefined) session.print(`${jsonText(config)}${session.isJson ? '' : '\n'}`);
  if (faults.length > 0) throw new CommandError(`Validation Failed: ${faults.join('\n\t')}`);
  if (path !== undefined) session.doors.files.writeWhole(path, jsonText(config));
  else if (!session.isJson) session.print('Configuration is a valid Consumer');
}
