// The official client over a transport that also notices when the server ends the connection right behind the TLS
// handshake: with TLS 1.3 a server says only then that it wants a certificate, and the client would wait for a greeting
// until its time is over. The official client knows no reason but a refusal that makes it give up one server, and so the
// transport puts that into the server's mouth.
import {
  connect,
  type NatsConnection,
  NatsConnectionImpl,
  type NodeConnectionOptions,
  setTransportFactory,
} from '@nats-io/transport-node';
import type { NodeTransport } from '@nats-io/transport-node/lib/node_transport.js';
import { BEHIND_HANDSHAKE } from './connect_failure.ts';

export async function connectWithAlerts(options: NodeConnectionOptions): Promise<NatsConnection> {
  // A part that the client does not promise to keep: without it only the reason comes late.
  const inner = await import('@nats-io/transport-node/lib/node_transport.js').catch(() => null);
  if (inner === null) return await connect(options);
  const { NodeTransport, nodeResolveHost } = inner;
  setTransportFactory({ factory: () => withAlerts(new NodeTransport()), dnsResolveFn: nodeResolveHost });
  return await NatsConnectionImpl.connect(options);
}

function withAlerts(transport: NodeTransport): NodeTransport {
  const setUp = transport.setupHandlers;
  transport.setupHandlers = () => {
    if (transport.isEncrypted()) listenForAlert(transport);
    setUp.call(transport);
  };
  return transport;
}

function listenForAlert(transport: NodeTransport): void {
  let reason = 'it ended the connection';
  let hasGreeted = false;
  transport.socket.once('data', () => {
    hasGreeted = true;
  });
  transport.socket.once('error', ({ message }) => {
    reason = /\balert [a-z ]+/i.exec(message)?.[0] ?? reason;
  });
  transport.socket.once('close', () => {
    if (hasGreeted) return;
    transport.yields.push(new TextEncoder().encode(`-ERR '${BEHIND_HANDSHAKE}${reason}'\r\n`));
    transport.signal.resolve();
  });
}
