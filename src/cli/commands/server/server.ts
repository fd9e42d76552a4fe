// `contrail server`: what the servers of a system are and do, and whether all is well with them.
import { defineGroup, defineLater } from '../../command.ts';
import { CHECK } from './check/check.ts';
import { SERVER_CLUSTER } from './cluster/cluster.ts';
import { CONSUMER_CHECK } from './replicas/consumer_check.ts';
import { STREAM_CHECK } from './replicas/stream_check.ts';
import { SERVER_REPORT } from './report/report.ts';
import { SERVER_REQUEST } from './request/request.ts';
import { SERVER_ACCOUNT } from './server_account.ts';
import { SERVER_CONFIG } from './server_config.ts';
import { SERVER_GRAPH } from './server_graph.ts';
import { SERVER_INFO } from './server_info.ts';
import { SERVER_LIST } from './server_list.ts';
import { SERVER_MAPPINGS } from './server_mappings.ts';
import { SERVER_PASSWD } from './server_passwd.ts';
import { SERVER_PING } from './server_ping.ts';
import { SERVER_WATCH } from './watch/watch.ts';

const GENERATE = defineLater({
  name: 'generate',
  aliases: ['gen'],
  summary: 'Generate server configurations',
  meanwhile: "the reference command makes files that this server reads, use 'nats server generate'",
});

export const SERVER = defineGroup({
  name: 'server',
  aliases: ['srv', 'sys', 'system'],
  summary: 'Server information',
  commands: [
    SERVER_ACCOUNT,
    CHECK,
    SERVER_CLUSTER,
    SERVER_CONFIG,
    GENERATE,
    SERVER_GRAPH,
    SERVER_INFO,
    SERVER_LIST,
    SERVER_MAPPINGS,
    SERVER_PASSWD,
    SERVER_PING,
    SERVER_REPORT,
    SERVER_REQUEST,
    SERVER_WATCH,
    STREAM_CHECK,
    CONSUMER_CHECK,
  ],
});
