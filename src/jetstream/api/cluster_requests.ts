// Endpoints that need a cluster: a server by itself says so, whatever else is in the request.
// Compat: nats-server jetstream_api.go: the same answer from each of these handlers.
import { apiError } from './api_error.ts';
import { answerKind, refuse } from './api_request.ts';
import type { Route } from './api_routes.ts';

function clusterOnly(words: string, names: number, kindName: string): Route {
  const kind = answerKind(kindName);
  const answer = () => refuse(kind, apiError('JSClusterRequiredErr'));
  return { words, names, kind, handler: answer, beforeLevel: answer };
}

export const CLUSTER_ROUTES: readonly Route[] = [
  clusterOnly('STREAM.LEADER.STEPDOWN', 1, 'stream_leader_stepdown'),
  clusterOnly('STREAM.PEER.REMOVE', 1, 'stream_remove_peer'),
  clusterOnly('STREAM.PEER.EVACUATE', 1, 'stream_evacuate_peer'),
  clusterOnly('STREAM.CANCEL_MOVE', 1, 'stream_cancel_move'),
  clusterOnly('CONSUMER.LEADER.STEPDOWN', 2, 'consumer_leader_stepdown'),
  clusterOnly('CONSUMER.PEER.REMOVE', 2, 'consumer_remove_peer'),
  clusterOnly('CONSUMER.PEER.EVACUATE', 2, 'consumer_evacuate_peer'),
];
