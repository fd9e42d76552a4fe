// `contrail server request kick`: one connection is closed; its client may come back.
import { askServers, checkedAnswer } from '../../../client/system_requests.ts';
import { argument, defineCommand, flag } from '../../../command.ts';
import { CommandError, UsageError } from '../../../errors.ts';
import { parseInteger } from '../../../input/number.ts';
import type { ConnectionInfo } from '../../../reports/connection_report.ts';
import { serverIdOf } from '../../../servers/find_server.ts';
import type { Session } from '../../../session.ts';
import { REQUEST_FLAGS } from './request_answers.ts';

export const REQUEST_KICK = defineCommand({
  name: 'kick',
  summary: 'Disconnects a client immediately',
  args: {
    client: argument.required('The Client ID to disconnect'),
    server: argument.required('The Server ID or Name to disconnect the client from'),
  },
  flags: { dryRun: flag.switch('Show who would be disconnected, and do nothing'), ...REQUEST_FLAGS },
  examples: [{ text: 'The connection with the id 17', command: 'contrail server request kick 17 n1' }],
  json: "The server's answer; with --dry-run an object: connection (as the server describes it).",
  run: async (session, { client, server }, { dryRun }) => {
    const cid = parseInteger(client, { min: 1 });
    if (!cid.ok) {
      throw new UsageError(`<client> ${cid.error}: 'contrail server report connections' shows ids of connections`);
    }
    const id = await serverIdOf(session, server);
    if (dryRun) await showConnection(session, id, cid.value);
    else await kick(session, id, cid.value);
  },
});

async function kick(session: Session, id: string, cid: number): Promise<void> {
  const subject = `$SYS.REQ.SERVER.${id}.KICK`;
  const [first] = await askServers(session, { subject, body: { cid }, expected: 1 });
  if (first === undefined) throw new CommandError('no responses received: the server may be gone, or busy');
  const { error } = first.value as { readonly error?: { readonly description?: string } };
  if (error !== undefined && error !== null) {
    throw new CommandError(`Connection ${cid} was not closed: ${error.description ?? 'the server did not say why'}`);
  }
  session.json(first.exact);
}

async function showConnection(session: Session, id: string, cid: number): Promise<void> {
  const subject = `$SYS.REQ.SERVER.${id}.CONNZ`;
  const [first] = await askServers(session, { subject, body: { cid, auth: true }, expected: 1 });
  const data =
    first === undefined
      ? null
      : checkedAnswer<{ readonly connections?: readonly ConnectionInfo[] | null }>(first.value, subject).data;
  const connection = data?.connections?.[0];
  if (connection === undefined) throw new CommandError(`There is no connection ${cid} on that server`);
  if (session.isJson) session.json({ connection });
  else {
    const { name = '', account = '', ip, port } = connection;
    const who = name === '' ? 'without a name' : `"${name}"`;
    session.print(`Would disconnect client ${cid} ${who} of account ${account} from ${ip}:${port}`);
  }
}
