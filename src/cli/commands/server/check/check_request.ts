// `contrail server check request`: whether a service answers as it should.
import { checkRequest } from '../../../checks/request_check.ts';
import { defineCommand, flag } from '../../../command.ts';
import { requiredFlag } from '../../../input/required_flag.ts';
import { checkSubject } from '../../../input/subjects.ts';
import { CHECK_FLAGS } from './check_flags.ts';
import { CHECK_JSON, runCheck } from './check_run.ts';

export const CHECK_REQUEST = defineCommand({
  name: 'request',
  aliases: ['req'],
  summary: 'Checks a request-reply service',
  flags: {
    ...CHECK_FLAGS,
    subject: flag.text('The subject to send the request to', { placeholder: 'SUBJECT' }),
    payload: flag.text('Payload to send in the request', { placeholder: 'PAYLOAD' }),
    headers: flag.map('Headers to publish in the request', { placeholder: 'NAME=VALUE' }),
    matchPayload: flag.pattern('Regular expression the response should match', { placeholder: 'REGEX' }),
    matchHeaders: flag.map('Headers the response should have', { placeholder: 'NAME=VALUE' }),
    responseCritical: flag.duration('Critical threshold for response time', { placeholder: 'DURATION' }),
    responseWarn: flag.duration('Warning threshold for response time', { placeholder: 'DURATION' }),
  },
  examples: [
    {
      text: 'A service answers in time',
      command: 'contrail server check request --subject orders.ping --response-warn 100ms --response-critical 1s',
    },
    {
      text: 'and with the right words',
      command: 'contrail server check request --subject orders.ping --match-payload "^pong" --match-headers Version=2',
    },
  ],
  json: CHECK_JSON,
  run: async (session, _, flags) => {
    const subject = requiredFlag(flags.subject, '--subject');
    checkSubject(subject, '--subject');
    await runCheck(session, flags, { suite: 'request', name: subject }, (result) =>
      checkRequest(session, result, {
        subject,
        payload: flags.payload ?? '',
        header: flags.headers ?? {},
        headers: flags.matchHeaders ?? {},
        responseMatch: flags.matchPayload ?? '',
        responseTimeWarn: (flags.responseWarn ?? 0) / 1e9,
        responseTimeCrit: (flags.responseCritical ?? 0) / 1e9,
      }),
    );
  },
});
