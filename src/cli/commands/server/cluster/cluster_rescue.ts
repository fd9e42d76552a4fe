// `contrail server cluster rescue`: where so many servers are gone for good that nobody can lead, those that are left need
// fewer of themselves, until the others are removed. Compat: natscli cli/server_cluster_command.go, metaRescueAction.
import { askServers, requestServers, type SystemAnswer } from '../../../client/system_requests.ts';
import { defineCommand, flag } from '../../../command.ts';
import { CommandError } from '../../../errors.ts';
import { parseInteger } from '../../../input/number.ts';
import { countText } from '../../../output/human.ts';
import { TextTable } from '../../../output/table.ts';
import type { Jsz } from '../../../servers/jetstream_row.ts';
import { membersOf } from '../../../servers/meta_leader.ts';
import type { MetaCluster } from '../../../servers/server_types.ts';
import type { Session } from '../../../session.ts';

interface Rescued {
  readonly server?: string;
  readonly prev_quorum?: number;
  readonly new_quorum?: number;
  readonly error?: { readonly description?: string };
}

interface Member {
  readonly answer: SystemAnswer<Jsz>;
  readonly meta: MetaCluster;
  /** Of those that it knows. */
  readonly online: number;
  readonly peers: number;
}

export const RESCUE = defineCommand({
  name: 'rescue',
  summary: 'Perform a cluster rescue operation',
  flags: {
    quorum: flag.integer('How many peers to require for a meta cluster quorum', { min: 1 }),
    dryRun: flag.switch('Show the state of the cluster, and do nothing'),
  },
  examples: [{ text: 'How it stands', command: 'contrail server cluster rescue --dry-run' }],
  json: 'An object: servers (list of name, cluster, size, online, peers, quorum_needed, rescue), has_leader, rescued (list of server, prev_quorum, new_quorum, error).',
  run: async (session, _args, { quorum, dryRun }) => {
    const members = await membersInDomain(session);
    if (!session.isJson) session.table(stateTable(members));
    const hasLeader = members.some(({ meta }) => (meta.leader ?? '') !== '');
    let rescued: readonly Rescued[] = [];
    if (hasLeader) session.log('Cluster is healthy with a leader, no rescue needed');
    else if (!dryRun) rescued = await rescue(session, members, quorum);
    if (session.isJson) session.json({ servers: members.map(memberObject), has_leader: hasLeader, rescued });
  },
});

async function membersInDomain(session: Session): Promise<Member[]> {
  const answers = await requestServers<Jsz>(session, { subject: '$SYS.REQ.SERVER.PING.JSZ' });
  const domain = session.settings.jetstream_domain;
  const members = answers
    .filter(({ server }) => (server.domain ?? '') === domain)
    .flatMap((answer): Member[] => {
      const { meta_cluster: meta } = answer.data;
      if (meta === undefined) return [];
      const known = membersOf({ server: answer.server, meta }).filter(({ name }) => name !== '');
      return [{ answer, meta, peers: known.length, online: known.filter(({ offline }) => offline !== true).length }];
    });
  if (members.length > 0) return members;
  const domains = [...new Set(answers.map(({ server }) => server.domain ?? ''))].map((name) => name || 'no domain');
  throw new CommandError(
    `no compatible servers found: this is no cluster with JetStream, or --js-domain names another domain than ${domains.join(', ')}`,
  );
}

function stateTable(members: readonly Member[]): TextTable {
  const head = ['Server', 'Cluster', 'Size', 'Peers', 'Quorum Requires', 'Rescuing'];
  const table = new TextTable('Current Cluster State', head);
  for (const { answer, meta, online, peers } of members) {
    const { name, cluster = '' } = answer.server;
    table.row(
      meta.leader === name ? `${name}*` : name,
      cluster,
      countText(meta.cluster_size),
      `${online} online / ${peers} peers`,
      countText(meta.quorum_needed ?? 0),
      String(meta.rescue === true),
    );
  }
  return table;
}

function memberObject({ answer, meta, online, peers }: Member): unknown {
  const { name, cluster = '' } = answer.server;
  const { cluster_size: size, quorum_needed: needed = 0, rescue: isRescuing = false } = meta;
  return { name, cluster, size, online, peers, quorum_needed: needed, rescue: isRescuing };
}

const EXPLANATION = `Rescue is for a cluster that has lost servers for good before they were removed from it.

The servers that are left will need fewer of themselves to choose a leader, so that servers can be
removed and added again. The table above shows how many there are.
`;

async function rescue(session: Session, members: readonly Member[], quorum: number | undefined): Promise<Rescued[]> {
  const most = members.length;
  const least = Math.min(...members.map(({ online }) => online));
  if (!session.isJson) session.print(EXPLANATION);
  const text = await chosen(session, quorum, least);
  const read = parseInteger(text, { min: 1, max: most });
  if (!read.ok) throw new CommandError(`--quorum ${read.error}: ${most} servers are there`);
  const answers = await askServers(session, {
    subject: `${session.apiPrefix}.META.RESCUE`,
    body: { quorum_needed: read.value },
    expected: most,
  });
  // What servers promise for this subject.
  const rescued = answers.map(({ value }) => value as Rescued);
  if (!session.isJson) {
    for (const one of rescued) session.print(resultText(one));
    session.print("\nThe last step is to remove the servers that are gone with 'contrail server cluster peer-remove'.");
  }
  return rescued;
}

/** Nobody is asked without a terminal, and nothing is guessed: too low a number can split the cluster. */
async function chosen(session: Session, quorum: number | undefined, suggestion: number): Promise<string> {
  if (quorum !== undefined) return String(quorum);
  const message = 'How many peers to require for a meta cluster quorum';
  const question = { message, flag: '--quorum' };
  return await session.ask.text(session.ask.isPossible ? { ...question, default: String(suggestion) } : question);
}

function resultText({ server = '', error, prev_quorum: before = 0, new_quorum: now = 0 }: Rescued): string {
  if (error !== undefined) return `Server "${server}": ${error.description ?? 'it did not say why not'}`;
  return `Server "${server}" now requires ${now} quorum size (was ${before})`;
}
