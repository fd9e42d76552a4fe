// How many groups each server leads. Compat: natscli cli/util.go, renderRaftLeaders.
import type { ClusterInfo } from '../client/js_types.ts';
import { countText } from '../output/human.ts';
import { TextTable } from '../output/table.ts';

interface Led {
  readonly name: string;
  readonly cluster: string;
  groups: number;
}

export class LeaderReport {
  readonly #leaders: Map<string, Led>;

  constructor() {
    this.#leaders = new Map();
  }

  get isEmpty(): boolean {
    return this.#leaders.size === 0;
  }

  add(cluster: ClusterInfo | null | undefined): void {
    const { leader = '', name = '' } = cluster ?? {};
    if (leader !== '') this.addGroups(leader, name, 1);
  }

  addGroups(leader: string, cluster: string, groups: number): void {
    const led = this.#leaders.get(leader) ?? { name: leader, cluster, groups: 0 };
    led.groups += groups;
    this.#leaders.set(leader, led);
  }

  values(): { readonly server: string; readonly cluster: string; readonly groups: number }[] {
    return this.#sorted().map(({ name, cluster, groups }) => ({ server: name, cluster, groups }));
  }

  /** `what` they lead: `Streams`. */
  table(what: string): TextTable {
    const table = new TextTable('RAFT Leader Report', ['Server', 'Cluster', what, 'Distribution']);
    const totals = new Map<string, number>();
    const sorted = this.#sorted();
    for (const { cluster, groups } of sorted) totals.set(cluster, (totals.get(cluster) ?? 0) + groups);
    let last = sorted[0]?.cluster;
    for (const { name, cluster, groups } of sorted) {
      if (cluster !== last) table.separator();
      last = cluster;
      const share = Math.max(1, Math.round((groups / (totals.get(cluster) || 1)) * 10));
      table.row(name, cluster, countText(groups), '*'.repeat(groups === 0 ? 0 : share));
    }
    return table;
  }

  #sorted(): Led[] {
    return [...this.#leaders.values()].sort((a, b) => {
      if (a.cluster !== b.cluster) return a.cluster < b.cluster ? -1 : 1;
      return a.groups - b.groups;
    });
  }
}
