// `contrail server request accounts`, `subscriptions`, `variables` and `ipqueue`: pages without much to choose.
import { defineCommand, flag } from '../../../command.ts';
import { checkSubject } from '../../../input/subjects.ts';
import { JSON_LINES, printPage, REQUEST_FLAGS, WAIT } from './request_answers.ts';

export const REQUEST_ACCOUNTS = defineCommand({
  name: 'accounts',
  aliases: ['accountz', 'acct'],
  summary: 'Show account details',
  args: WAIT,
  flags: { account: flag.text('Retrieve information for a specific account'), ...REQUEST_FLAGS },
  examples: [{ text: 'One account', command: 'contrail server request accounts --account ORDERS' }],
  json: JSON_LINES,
  run: async (session, { wait }, { account = '', ...filter }) => {
    await printPage(session, { page: 'ACCOUNTZ', filter, wait, body: { account } });
  },
});

export const REQUEST_SUBSCRIPTIONS = defineCommand({
  name: 'subscriptions',
  aliases: ['sub', 'subsz'],
  summary: 'Show subscription information',
  args: WAIT,
  flags: {
    detail: flag.switch('Include detail about all subscriptions'),
    filterAccount: flag.text('Filter on a specific account', { placeholder: 'ACCOUNT' }),
    filterSubject: flag.text('Filter based on subscriptions matching this subject', { placeholder: 'SUBJECT' }),
    ...REQUEST_FLAGS,
  },
  examples: [
    {
      text: 'Who gets a message on this subject',
      command: 'contrail server request subscriptions --detail --filter-subject orders.new',
    },
  ],
  json: JSON_LINES,
  run: async (session, { wait }, { detail, filterAccount, filterSubject, ...flags }) => {
    if (filterSubject !== undefined) checkSubject(filterSubject, '--filter-subject');
    const body = {
      offset: flags.offset,
      limit: flags.limit,
      subscriptions: detail,
      ...(filterAccount === undefined ? {} : { account: filterAccount }),
      ...(filterSubject === undefined ? {} : { test: filterSubject }),
    };
    await printPage(session, { page: 'SUBSZ', filter: flags, wait, body });
  },
});

export const REQUEST_VARIABLES = defineCommand({
  name: 'variables',
  aliases: ['var', 'varz'],
  summary: 'Show runtime variables',
  args: WAIT,
  flags: REQUEST_FLAGS,
  examples: [{ text: 'Of one server', command: 'contrail server request variables --name n1' }],
  json: JSON_LINES,
  run: async (session, { wait }, filter) => {
    await printPage(session, { page: 'VARZ', filter, wait });
  },
});

export const REQUEST_IPQUEUE = defineCommand({
  name: 'ipqueue',
  aliases: ['ipq', 'ipqueuesz'],
  summary: 'Show IP Queue details',
  flags: {
    all: flag.toggle('Shows all available information', { default: true }),
    filter: flag.text('Filter results for specific queues'),
    ...REQUEST_FLAGS,
  },
  examples: [{ text: 'What waits within the servers', command: 'contrail server request ipqueue' }],
  json: JSON_LINES,
  run: async (session, _args, { all, filter = '', ...flags }) => {
    await printPage(session, { page: 'IPQUEUESZ', filter: flags, wait: undefined, body: { all, filter } });
  },
});
