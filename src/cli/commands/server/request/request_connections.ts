// `contrail server request connections`: /connz of every server.
import { defineCommand, flag } from '../../../command.ts';
import { checkSubject } from '../../../input/subjects.ts';
import { CONNECTION_STATES } from '../../../reports/connection_report.ts';
import { fetchPage, JSON_LINES, REQUEST_FLAGS, WAIT } from './request_answers.ts';

const SORTS = [
  ...['cid', 'start', 'subs', 'pending', 'msgs_to', 'msgs_from', 'bytes_to', 'bytes_from', 'last', 'idle', 'uptime'],
  ...['stop', 'reason', 'rtt'],
] as const;

export const REQUEST_CONNECTIONS = defineCommand({
  name: 'connections',
  aliases: ['conn', 'connz'],
  summary: 'Show connection details',
  args: WAIT,
  flags: {
    sort: flag.choice('Sort by a specific property', SORTS, { default: 'cid' }),
    subscriptions: flag.switch('Show subscriptions'),
    filterCid: flag.integer('Filter on a specific CID', { placeholder: 'CID', min: 0 }),
    filterState: flag.choice('Filter on a specific account state (open, closed, all)', ['open', 'closed', 'all'], {
      default: 'open',
    }),
    filterUser: flag.text('Filter on a specific username', { placeholder: 'USER' }),
    filterAccount: flag.text('Filter on a specific account', { placeholder: 'ACCOUNT' }),
    filterSubject: flag.text('Limits responses only to those connections with matching subscription interest', {
      placeholder: 'SUBJECT',
    }),
    filterEmpty: flag.switch('Only shows responses that have connections'),
    ...REQUEST_FLAGS,
  },
  examples: [{ text: 'Who was disconnected', command: 'contrail server request connections --filter-state closed' }],
  json: JSON_LINES,
  run: async (session, { wait }, { filterSubject, filterEmpty, ...flags }) => {
    if (filterSubject !== undefined) checkSubject(filterSubject, '--filter-subject');
    const body = {
      sort: flags.sort,
      auth: true,
      subscriptions: flags.subscriptions,
      subscriptions_detail: flags.subscriptions,
      offset: flags.offset,
      limit: flags.limit,
      cid: flags.filterCid ?? 0,
      user: flags.filterUser ?? '',
      acc: flags.filterAccount ?? '',
      filter_subject: filterSubject ?? '',
      state: CONNECTION_STATES[flags.filterState],
    };
    for (const { value, exact } of await fetchPage(session, { page: 'CONNZ', filter: flags, wait, body })) {
      if (filterEmpty && connectionCount(value) === 0) continue;
      session.jsonLine(exact);
    }
  },
});

function connectionCount(value: unknown): number {
  const { data } = value as { readonly data?: { readonly num_connections?: number } };
  return data?.num_connections ?? 0;
}
