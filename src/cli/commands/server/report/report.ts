// `contrail server report`: tables over all servers.
import { defineGroup } from '../../../command.ts';
import { REPORT_ACCOUNTS, REPORT_CONNECTIONS } from './report_connections.ts';
import { REPORT_DOWNGRADE } from './report_downgrade.ts';
import { REPORT_GATEWAYS } from './report_gateways.ts';
import { REPORT_HEALTH } from './report_health.ts';
import { REPORT_JETSTREAM } from './report_jetstream.ts';
import { REPORT_LEAFNODES, REPORT_ROUTES } from './report_links.ts';
import { REVERSE_FLAG } from './report_run.ts';
import { REPORT_CPU, REPORT_MEM } from './report_usage.ts';

export const SERVER_REPORT = defineGroup({
  name: 'report',
  aliases: ['rep'],
  summary: 'Report on various server metrics',
  flags: REVERSE_FLAG,
  commands: [
    REPORT_ACCOUNTS,
    REPORT_CONNECTIONS,
    REPORT_CPU,
    REPORT_GATEWAYS,
    REPORT_HEALTH,
    REPORT_JETSTREAM,
    REPORT_LEAFNODES,
    REPORT_MEM,
    REPORT_ROUTES,
    REPORT_DOWNGRADE,
  ],
});
