// `contrail server check message`: the last message on a subject, how old it is and what it says.
import { checkMessage } from '../../../checks/message_check.ts';
import { defineCommand, flag } from '../../../command.ts';
import { requiredName } from '../../../input/required_flag.ts';
import { checkSubject } from '../../../input/subjects.ts';
import { CHECK_FLAGS } from './check_flags.ts';
import { CHECK_JSON, runCheck } from './check_run.ts';

export const CHECK_MESSAGE = defineCommand({
  name: 'message',
  summary: 'Checks properties of a message stored in a stream',
  flags: {
    ...CHECK_FLAGS,
    stream: flag.text('The streams to check', { placeholder: 'STREAM' }),
    subject: flag.text('The subject to fetch a message from', { default: '>' }),
    ageWarn: flag.duration('Warning threshold for message age as a duration', { placeholder: 'DURATION' }),
    ageCritical: flag.duration('Critical threshold for message age as a duration', { placeholder: 'DURATION' }),
    content: flag.pattern('Regular expression to check the content against', { default: '.' }),
    bodyTimestamp: flag.switch('Use message body as a unix timestamp instead of message metadata'),
  },
  examples: [
    {
      text: 'The last order is younger than ten minutes',
      command: 'contrail server check message --stream EVENTS --subject events.orders --age-critical 10m',
    },
    {
      text: 'A backup reports that it has succeeded',
      command: 'contrail server check message --stream JOBS --subject jobs.backup --content "^OK" --age-critical 1d',
    },
  ],
  json: CHECK_JSON,
  run: async (session, _, flags) => {
    const streamName = requiredName(flags.stream, '--stream');
    checkSubject(flags.subject, '--subject');
    await runCheck(session, flags, { suite: 'message', name: 'Stream Message' }, (result) =>
      checkMessage(session, result, {
        streamName,
        subject: flags.subject,
        ageWarning: (flags.ageWarn ?? 0) / 1e9,
        ageCritical: (flags.ageCritical ?? 0) / 1e9,
        contentRegex: flags.content,
        bodyAsTimestamp: flags.bodyTimestamp,
      }),
    );
  },
});
