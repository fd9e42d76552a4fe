// The members of the group that leads a cluster's JetStream, as its leader sees them.
import { countText, durationHuman } from '../output/human.ts';
import type { Style } from '../output/style.ts';
import { TextTable } from '../output/table.ts';
import { compactNames } from './compact_names.ts';
import type { MetaCluster, MetaPeer } from './server_types.ts';

export interface MetaTableOptions {
  readonly compact: boolean;
  readonly style: Style;
}

export function metaTable(meta: MetaCluster, { compact, style }: MetaTableOptions): TextTable {
  const leader: MetaPeer = {
    name: meta.leader ?? '',
    current: true,
    active: 0,
    ...(meta.peer === undefined ? {} : { peer: meta.peer }),
  };
  const peers = [...(meta.replicas ?? []), leader].sort((a, b) => (a.name < b.name ? -1 : 1));
  const names = peers.map(({ name }) => name);
  const shown = compact ? compactNames(names) : names;
  const head = ['Connection Name', 'ID', 'Leader', 'Current', 'Online', 'Active', 'Lag'];
  const table = new TextTable(`RAFT Meta Group Information - Lead cluster: ${meta.name ?? ''}`, head);
  for (const [index, peer] of peers.entries()) {
    table.row(
      shown[index] ?? '',
      peer.peer ?? '',
      peer === leader ? 'yes' : '',
      String(peer.current),
      peer.offline === true ? style.color('bold', 'false') : 'true',
      durationHuman(peer.active),
      countText(peer.lag ?? 0),
    );
  }
  return table;
}
