// Who leads the group that all of a cluster's JetStream servers are in, and who else is in it, as its leader says.
import { requestServers, type ServerInfo } from '../client/system_requests.ts';
import { CommandError } from '../errors.ts';
import type { Session } from '../session.ts';
import type { Jsz } from './jetstream_row.ts';
import { activeServers, domainFilterBody } from './server_filter.ts';
import type { MetaCluster, MetaPeer } from './server_types.ts';

export interface MetaLeader {
  readonly server: ServerInfo;
  readonly meta: MetaCluster;
}

/** Refuses where nobody leads, and where leaders of several groups answer. */
export async function findMetaLeader(session: Session): Promise<MetaLeader> {
  const answers = await requestServers<Jsz>(session, {
    subject: '$SYS.REQ.SERVER.PING.JSZ',
    body: domainFilterBody(session, {}),
    expected: await activeServers(session),
  });
  const leaders = answers.flatMap(({ server, data: { meta_cluster: meta } }) =>
    meta !== undefined && meta.leader === server.name ? [{ server, meta }] : [],
  );
  const [leader, ...more] = leaders;
  if (leader === undefined) {
    const isCluster = answers.some(({ data }) => data.meta_cluster !== undefined);
    throw new CommandError(
      'did not receive a response from the meta leader: ' +
        (isCluster
          ? "the cluster has none now, 'contrail server report jetstream' shows who is up"
          : 'this is no cluster with JetStream, each server here stands alone'),
    );
  }
  if (more.length > 0) {
    throw new CommandError(
      `found ${leaders.length} JetStream meta cluster leaders: choose one of the clusters with --js-domain`,
    );
  }
  return leader;
}

export interface NamedPeer extends MetaPeer {
  readonly isLeader: boolean;
}

/** The leader first. */
export function membersOf({ meta }: MetaLeader): NamedPeer[] {
  const leader: NamedPeer = {
    name: meta.leader ?? '',
    current: true,
    active: 0,
    isLeader: true,
    ...(meta.peer === undefined ? {} : { peer: meta.peer }),
  };
  return [leader, ...(meta.replicas ?? []).map((peer) => ({ ...peer, isLeader: false }))];
}

/** By name or id. */
export function memberNamed(leader: MetaLeader, nameOrId: string): NamedPeer {
  const members = membersOf(leader);
  const found = members.find(({ name, peer }) => name === nameOrId || peer === nameOrId);
  if (found !== undefined) return found;
  const names = members.map(({ name }) => name).join(', ');
  throw new CommandError(`did not find a replica named ${nameOrId}: there are ${names}`);
}
