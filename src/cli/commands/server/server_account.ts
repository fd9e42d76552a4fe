// `contrail server account`: what a server knows of an account; everything it stores is removed.
// Compat: natscli cli/server_account_command.go.
import type { JsonValue } from '../../../base/json_parser.ts';
import { fetchServers } from '../../client/system_requests.ts';
import { argument, defineCommand, defineGroup, flag } from '../../command.ts';
import { CommandError } from '../../errors.ts';
import { requiredName } from '../../input/required_flag.ts';
import { countedText } from '../../output/human.ts';
import { type AccountInfo, accountPage } from '../../servers/account_page.ts';
import type { Jsz } from '../../servers/jetstream_row.ts';
import { metaRequest } from '../../servers/meta_request.ts';
import { activeServers, domainFilterBody, filterBody } from '../../servers/server_filter.ts';
import type { Session } from '../../session.ts';

const INFO = defineCommand({
  name: 'info',
  aliases: ['i'],
  summary: 'Shows information for an account',
  args: { account: argument.required('The name of the account to view') },
  flags: { host: flag.text('Request information from a specific server') },
  examples: [{ text: 'What it shares with others', command: 'contrail server account info ORDERS' }],
  json: "The account as the server describes it: account_name, complete, expired, jetstream_enabled, mappings, imports, exports and so on, the server's own keys.",
  run: async (session, { account }, { host }) => {
    const { answers, exact } = await fetchServers<{ readonly account_detail?: AccountInfo }>(session, {
      subject: '$SYS.REQ.SERVER.PING.ACCOUNTZ',
      body: { account, ...filterBody({ name: host }) },
      expected: 1,
    });
    const info = answers[0]?.data.account_detail;
    if (info === undefined) throw new CommandError('no account information received');
    if (session.isJson) session.json(detailOf(exact[0]));
    else session.page(accountPage(session, info));
  },
});

/** The part of the answer that is shown, to the last digit. */
function detailOf(answer: JsonValue | undefined): unknown {
  const { data } = answer as { readonly data: { readonly account_detail: JsonValue } };
  return data.account_detail;
}

interface Stored {
  readonly streams: number;
  readonly messages: number;
}

const PURGE = defineCommand({
  name: 'purge',
  summary: 'Purge assets from JetStream clusters',
  args: { account: argument.required('The name of the account to purge') },
  flags: {
    force: flag.switch('Perform the operation without prompting', { short: 'f' }),
    dryRun: flag.switch('Show what would be removed, and do nothing'),
  },
  examples: [
    { text: 'What would be lost', command: 'contrail server account purge ORDERS --dry-run' },
    { text: 'All of it', command: 'contrail server account purge ORDERS --force' },
  ],
  json: 'An object: account, streams and messages (that the servers know of it), initiated (false with --dry-run).',
  run: async (session, { account }, { force, dryRun }) => {
    // It becomes a word of the request's subject.
    requiredName(account, '<account>');
    const stored = await storedBy(session, account);
    const what = `${countedText(stored.streams, 'stream')} with ${countedText(stored.messages, 'message')}`;
    if (!dryRun) {
      if (!force && !(await agreed(session, account, what))) return;
      const { initiated } = await metaRequest<{ readonly initiated?: boolean }>(session, `ACCOUNT.PURGE.${account}`);
      if (initiated !== true) throw new CommandError('The server did not say that it has begun: look at its log');
    }
    if (session.isJson) session.json({ account, ...stored, initiated: !dryRun });
    else if (dryRun) session.print(`Would purge ${what} from account ${account}`);
    else session.print(`Purge operation on account ${account} initiated: ${what}`);
  },
});

async function agreed(session: Session, account: string, what: string): Promise<boolean> {
  session.log(`This operation deletes all data from the ${account} account and cannot be reversed: ${what}.`);
  return await session.ask.confirm(`Really purge account ${account}`);
}

/** A stream counts once, however many servers keep it. */
async function storedBy(session: Session, account: string): Promise<Stored> {
  const { answers } = await fetchServers<Jsz>(session, {
    subject: '$SYS.REQ.SERVER.PING.JSZ',
    body: { account, streams: true, ...domainFilterBody(session, {}) },
    expected: await activeServers(session),
  });
  const messages = new Map<string, number>();
  for (const { data } of answers) {
    for (const { name, stream_detail: streams } of data.account_details ?? []) {
      if (name !== account) continue;
      for (const { name: stream, state } of streams ?? []) {
        messages.set(stream, Math.max(messages.get(stream) ?? 0, state?.messages ?? 0));
      }
    }
  }
  return { streams: messages.size, messages: [...messages.values()].reduce((sum, value) => sum + value, 0) };
}

export const SERVER_ACCOUNT = defineGroup({
  name: 'account',
  aliases: ['acct'],
  summary: 'Interact with accounts',
  commands: [INFO, PURGE],
});
