// `contrail server request routes`, `gateways` and `leafnodes`: the ways from server to server.
import { argument, defineCommand, flag } from '../../../command.ts';
import { JSON_LINES, printPage, REQUEST_FLAGS, WAIT } from './request_answers.ts';

export const REQUEST_ROUTES = defineCommand({
  name: 'routes',
  aliases: ['route', 'routez'],
  summary: 'Show route details',
  args: WAIT,
  flags: { subscriptions: flag.switch('Show subscription detail'), ...REQUEST_FLAGS },
  examples: [{ text: 'Of one cluster', command: 'contrail server request routes --cluster c1' }],
  json: JSON_LINES,
  run: async (session, { wait }, { subscriptions, ...filter }) => {
    const body = { subscriptions, subscriptions_detail: subscriptions };
    await printPage(session, { page: 'ROUTEZ', filter, wait, body });
  },
});

export const REQUEST_GATEWAYS = defineCommand({
  name: 'gateways',
  aliases: ['gateway', 'gwy', 'gatewayz'],
  summary: 'Show gateway details',
  args: { ...WAIT, filterName: argument.optional('Filter results on gateway name') },
  flags: {
    filterAccount: flag.text('Show only a certain account in account detail', { placeholder: 'ACCOUNT' }),
    accounts: flag.switch('Show account detail'),
    subscriptions: flag.toggle('Show subscription details', { default: true }),
    ...REQUEST_FLAGS,
  },
  examples: [{ text: 'With what each account wants', command: 'contrail server request gateways --accounts' }],
  json: JSON_LINES,
  run: async (session, { wait, filterName = '' }, { filterAccount = '', accounts, subscriptions, ...filter }) => {
    const ofAccount = filterAccount !== '';
    const body = {
      name: filterName,
      accounts: accounts || ofAccount,
      account_name: filterAccount,
      subscriptions: ofAccount && subscriptions,
      subscriptions_detail: ofAccount && subscriptions,
    };
    await printPage(session, { page: 'GATEWAYZ', filter, wait, body });
  },
});

export const REQUEST_LEAFNODES = defineCommand({
  name: 'leafnodes',
  aliases: ['leaf', 'leafz'],
  summary: 'Show leafnode details',
  args: WAIT,
  flags: { subscriptions: flag.switch('Show subscription detail'), ...REQUEST_FLAGS },
  examples: [{ text: 'Who has connected as a leaf', command: 'contrail server request leafnodes' }],
  json: JSON_LINES,
  run: async (session, { wait }, { subscriptions, ...filter }) => {
    await printPage(session, { page: 'LEAFZ', filter, wait, body: { subscriptions, account: '' } });
  },
});
