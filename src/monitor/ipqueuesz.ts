// /ipqueuesz: what waits inside the server. The reference has a queue where one part hands work to another; here most
// work is done at once, so few of its names have something to count. Compat: monitor.go, Ipqueuesz; names of newIPQueue.
import type { GoJsonStruct } from '../base/go_json.ts';
import type { MonitorParts } from './monitor_parts.ts';

/** In the names of a request's body. */
export interface IpqueueszOptions {
  /** Shows those too in which nothing waits. */
  readonly all: boolean;
  /** Only names with this in them; empty is all. */
  readonly filter: string;
}

export function ipqueuesz({ jetStream }: MonitorParts, options: IpqueueszOptions): ReadonlyMap<string, GoJsonStruct> {
  const queues = new Map<string, number>();
  queues.set('SendQ', 0).set('System recvQ', 0).set('System recvQ Pings', 0).set('System sendQ', 0);
  if (jetStream !== null) {
    queues.set('JetStream API queue', jetStream.engine.totals().apiInflight);
    queues.set('JetStream API info queue', 0);
    for (const account of jetStream.engine.accounts()) {
      for (const { config, acknowledgementsWaiting } of account.streams()) {
        queues.set(`[ACC:${account.bus.account}] stream '${config.name}' sendQ`, acknowledgementsWaiting);
      }
    }
  }
  const shown = [...queues].filter(([name, pending]) => (options.all || pending > 0) && name.includes(options.filter));
  return new Map(shown.map(([name, pending]) => [name, { pending }]));
}
