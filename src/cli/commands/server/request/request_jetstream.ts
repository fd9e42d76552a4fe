// `contrail server request jetstream`, `jetstream-health` and `raft`: what JetStream and its groups say.
import { defineCommand, flag } from '../../../command.ts';
import { HEALTH_FLAGS, healthBody } from '../../../servers/health_flags.ts';
import { JSON_LINES, printPage, REQUEST_FLAGS, WAIT } from './request_answers.ts';

export const REQUEST_JETSTREAM = defineCommand({
  name: 'jetstream',
  aliases: ['jsz', 'js'],
  summary: 'Show JetStream details',
  args: WAIT,
  flags: {
    account: flag.text('Show statistics scoped to a specific account'),
    accounts: flag.switch('Include details about accounts'),
    streams: flag.switch('Include details about Streams'),
    consumer: flag.switch('Include details about Consumers'),
    config: flag.switch('Include details about configuration'),
    raft: flag.switch('Include details about raft groups'),
    leader: flag.switch('Request a response from the Meta-group leader only'),
    streamLeader: flag.switch('Request a response from Stream leaders only'),
    all: flag.switch('Include accounts, streams, consumers and configuration'),
    ...REQUEST_FLAGS,
  },
  examples: [{ text: 'Everything that there is', command: 'contrail server request jetstream --all' }],
  json: JSON_LINES,
  run: async (session, { wait }, { all, ...flags }) => {
    const body = {
      ...(flags.account === undefined ? {} : { account: flags.account }),
      accounts: all || flags.accounts,
      streams: all || flags.streams,
      consumer: all || flags.consumer,
      config: all || flags.config,
      raft: all || flags.raft,
      leader_only: flags.leader,
      stream_leader_only: flags.streamLeader,
      offset: flags.offset,
      limit: flags.limit,
    };
    await printPage(session, { page: 'JSZ', filter: flags, wait: flags.leader ? 1 : wait, body });
  },
});

export const REQUEST_HEALTH = defineCommand({
  name: 'jetstream-health',
  aliases: ['healthz'],
  summary: 'Request JetStream health status',
  args: WAIT,
  flags: {
    ...HEALTH_FLAGS,
    details: flag.toggle('Include extended details about all failures', { default: true }),
    ...REQUEST_FLAGS,
  },
  examples: [{ text: 'What is wrong', command: 'contrail server request jetstream-health' }],
  json: JSON_LINES,
  run: async (session, { wait }, flags) => {
    const body = { ...healthBody(flags), details: flags.details };
    await printPage(session, { page: 'HEALTHZ', filter: flags, wait, body });
  },
});

export const REQUEST_RAFT = defineCommand({
  name: 'raft',
  aliases: ['raftz'],
  summary: 'Show RAFT state details',
  flags: {
    account: flag.text('Filters on an specific account'),
    group: flag.text('Filters on a specific group'),
    ...REQUEST_FLAGS,
  },
  examples: [{ text: 'The group that leads all', command: 'contrail server request raft --group _meta_' }],
  json: JSON_LINES,
  run: async (session, _args, { account = '', group = '', ...filter }) => {
    await printPage(session, { page: 'RAFTZ', filter, wait: undefined, body: { account, group } });
  },
});
