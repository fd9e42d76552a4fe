// `contrail server check kv`: a bucket, how full it is, and a key that must be there.
import { checkKv } from '../../../checks/kv_check.ts';
import { defineCommand, flag } from '../../../command.ts';
import { requiredName } from '../../../input/required_flag.ts';
import { CHECK_FLAGS } from './check_flags.ts';
import { CHECK_JSON, runCheck } from './check_run.ts';

export const CHECK_KV = defineCommand({
  name: 'kv',
  summary: 'Checks a NATS KV Bucket',
  description: 'Where the critical threshold is smaller than the warning, fewer values are worse.',
  flags: {
    ...CHECK_FLAGS,
    bucket: flag.text('Checks a specific bucket', { placeholder: 'BUCKET' }),
    valuesCritical: flag.integer('Critical threshold for number of values in the bucket', { default: -1 }),
    valuesWarn: flag.integer('Warning threshold for number of values in the bucket', { default: -1 }),
    key: flag.text('Requires a key to have any non-delete value set', { placeholder: 'KEY' }),
  },
  examples: [
    { text: 'A key must be set', command: 'contrail server check kv --bucket CONFIG --key feature.checkout' },
    {
      text: 'Fewer than ten values are too few',
      command: 'contrail server check kv --bucket CONFIG --values-warn 20 --values-critical 10',
    },
  ],
  json: CHECK_JSON,
  run: async (session, _, flags) => {
    const bucket = requiredName(flags.bucket, '--bucket');
    await runCheck(session, flags, { suite: 'kv', name: bucket }, (result) =>
      checkKv(session, result, {
        bucket,
        key: flags.key ?? '',
        valuesWarning: flags.valuesWarn,
        valuesCritical: flags.valuesCritical,
      }),
    );
  },
});
