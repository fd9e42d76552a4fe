// /routez, /gatewayz and /leafz of a server that has none of these links: the same frames as in the reference, empty.
// Compat: monitor.go, Routez, Gatewayz, Leafz.
import type { GoJsonStruct } from '../base/go_json.ts';
import { timeText } from './monitor_json.ts';
import type { MonitorParts } from './monitor_parts.ts';

export function routez({ server }: MonitorParts): GoJsonStruct {
  return {
    server_id: server.options.serverId,
    server_name: server.options.serverName,
    now: timeText(server.clock.realtimeMs()),
    num_routes: 0,
    routes: [],
  };
}

export function gatewayz({ server }: MonitorParts): GoJsonStruct {
  return {
    server_id: server.options.serverId,
    now: timeText(server.clock.realtimeMs()),
    outbound_gateways: {},
    inbound_gateways: {},
  };
}

export function leafz({ server }: MonitorParts): GoJsonStruct {
  return {
    server_id: server.options.serverId,
    now: timeText(server.clock.realtimeMs()),
    leafnodes: 0,
    leafs: [],
  };
}
