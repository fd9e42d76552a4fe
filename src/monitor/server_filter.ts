// Whether this server is meant by a request that many may hear. Compat: events.go, filterRequest.

import type { MonitorParts } from './monitor_parts.ts';
import type { ServerFilter } from './request_bodies.ts';

export function isMeant({ server }: MonitorParts, filter: ServerFilter): boolean {
  const { options, info } = server;
  const named: readonly (readonly [asked: string, own: string])[] = [
    [filter.server_name, options.serverName],
    [filter.host, info.host],
    // A server without a cluster has no name for it.
    [filter.cluster, ''],
  ];
  for (const [asked, own] of named) {
    if (asked !== '' && !(filter.exact_match ? asked === own : own.includes(asked))) return false;
  }
  if (!filter.tags.every((tag) => options.tags.includes(tag.trim().toLowerCase()))) return false;
  return filter.domain === '' || filter.domain === options.domain;
}
