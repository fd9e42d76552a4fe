import { networkContract } from '../ports/network_contract.ts';
import { NodeNetwork } from './node_network.ts';

networkContract('NodeNetwork', () => ({
  server: new NodeNetwork(),
  client: new NodeNetwork(),
  listenHost: '127.0.0.1',
  dialHost: '127.0.0.1',
  // TEST-NET-3, which no machine has.
  foreignHost: '203.0.113.1',
  floodBytes: 32 << 20,
  settle: (promise) => promise,
}));
