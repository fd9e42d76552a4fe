// `contrail server request`: what each server says when it is asked, as it says it.
// Compat: natscli cli/server_request_command.go.
import { defineGroup } from '../../../command.ts';
import { REQUEST_FLAGS } from './request_answers.ts';
import { REQUEST_CONNECTIONS } from './request_connections.ts';
import { REQUEST_HEALTH, REQUEST_JETSTREAM, REQUEST_RAFT } from './request_jetstream.ts';
import { REQUEST_KICK } from './request_kick.ts';
import { REQUEST_GATEWAYS, REQUEST_LEAFNODES, REQUEST_ROUTES } from './request_links.ts';
import { REQUEST_ACCOUNTS, REQUEST_IPQUEUE, REQUEST_SUBSCRIPTIONS, REQUEST_VARIABLES } from './request_pages.ts';
import { REQUEST_PROFILE } from './request_profile.ts';

export const SERVER_REQUEST = defineGroup({
  name: 'request',
  aliases: ['req'],
  summary: 'Request monitoring data from a specific server',
  flags: REQUEST_FLAGS,
  commands: [
    REQUEST_ACCOUNTS,
    REQUEST_CONNECTIONS,
    REQUEST_GATEWAYS,
    REQUEST_IPQUEUE,
    REQUEST_HEALTH,
    REQUEST_JETSTREAM,
    REQUEST_KICK,
    REQUEST_LEAFNODES,
    REQUEST_PROFILE,
    REQUEST_RAFT,
    REQUEST_ROUTES,
    REQUEST_SUBSCRIPTIONS,
    REQUEST_VARIABLES,
  ],
});
