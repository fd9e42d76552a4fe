// `contrail server check credential`: a credentials file, and how long it is good.
import { checkCredential } from '../../../checks/credential_check.ts';
import { defineCommand, flag } from '../../../command.ts';
import { requiredFlag } from '../../../input/required_flag.ts';
import { CHECK_FLAGS } from './check_flags.ts';
import { CHECK_JSON, runCheck } from './check_run.ts';

export const CHECK_CREDENTIAL = defineCommand({
  name: 'credential',
  summary: 'Checks the validity of a NATS credential file',
  flags: {
    ...CHECK_FLAGS,
    credential: flag.text('The file holding the NATS credential', { placeholder: 'FILE' }),
    validityWarn: flag.duration('Warning threshold for time before expiry', { placeholder: 'DURATION' }),
    validityCritical: flag.duration('Critical threshold for time before expiry', { placeholder: 'DURATION' }),
    requireExpiry: flag.toggle('Requires the credential to have expiry set', { default: true }),
  },
  examples: [
    {
      text: 'Good for another week at least',
      command: 'contrail server check credential --credential app.creds --validity-warn 30d --validity-critical 7d',
    },
  ],
  json: CHECK_JSON,
  run: async (session, _, flags) => {
    const file = requiredFlag(flags.credential, '--credential');
    await runCheck(session, flags, { suite: 'credential', name: 'Credential' }, (result) =>
      checkCredential(session, result, {
        file,
        validityWarning: (flags.validityWarn ?? 0) / 1e9,
        validityCritical: (flags.validityCritical ?? 0) / 1e9,
        requiresExpiry: flags.requireExpiry,
      }),
    );
  },
});
