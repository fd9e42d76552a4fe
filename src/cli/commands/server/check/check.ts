// `contrail server check`: whether all is well, in the words of a monitoring system.
import { defineGroup } from '../../../command.ts';
import { CHECK_FALLBACK } from './check_all.ts';
import { CHECK_CONNECTION } from './check_connection.ts';
import { CHECK_CONSUMER } from './check_consumer.ts';
import { CHECK_CREDENTIAL } from './check_credential.ts';
import { CHECK_EXPORTER } from './check_exporter.ts';
import { CHECK_FLAGS } from './check_flags.ts';
import { CHECK_JETSTREAM } from './check_jetstream.ts';
import { CHECK_KV } from './check_kv.ts';
import { CHECK_MESSAGE } from './check_message.ts';
import { CHECK_META } from './check_meta.ts';
import { CHECK_REQUEST } from './check_request.ts';
import { CHECK_SERVER } from './check_server.ts';
import { CHECK_STREAM } from './check_stream.ts';

export const CHECK = defineGroup({
  name: 'check',
  summary: 'Health check for NATS servers',
  description: `
Without a subcommand every check that applies is run, against the server that is
named: the process, the client port, monitoring, storage, the leaders of streams
and the lag of consumers, and how full the account is. Ends with 0 where all is
well, 1 for a warning, 2 for critical, 3 for what could not be found out.`,
  flags: CHECK_FLAGS,
  fallback: CHECK_FALLBACK,
  commands: [
    CHECK_CONNECTION,
    CHECK_STREAM,
    CHECK_CONSUMER,
    CHECK_MESSAGE,
    CHECK_META,
    CHECK_REQUEST,
    CHECK_JETSTREAM,
    CHECK_SERVER,
    CHECK_KV,
    CHECK_CREDENTIAL,
    CHECK_EXPORTER,
  ],
});
