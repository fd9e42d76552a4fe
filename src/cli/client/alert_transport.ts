// The official client over a transport that also notices when the server ends the connection right behind the TLS
// handshake: with TLS 1.3 a server says only then that it wants a certificate, and the client would wait for a greeting
// until its time is over. The official client knows no reason but a refusal that makes it give up one server, and so the
// transport puts that into the server's mouth.
import {
  type NatsConnection,
  NatsConnectionImpl,
  type NodeConnectionOptions,
  setTransportFactory,
} from '@nats-io/transport-node';
import { NodeTransport, nodeResolveHost } from '@nats-io/transport-node/lib/node_transport.js';
import { BEHIND_HANDSHAKE } from './connect_failure.ts';

export function connectWithAlerts(options: NodeConnectionOptions): Promise<NatsConnection> {
  setTransportFactory({ factory: () => new AlertTransport(), dnsResolveFn: nodeResolveHost });
  return NatsConnectionImpl.connect(options);
}

class AlertTransport extends NodeTransport {
  override setupHandlers(): void {
    if (this.isEncrypted()) this.#listenForAlert();
    super.setupHandlers();
  }

  #listenForAlert(): void {
    let reason = 'it ended the connection';
    let hasGreeted = false;
    this.socket.once('data', () => {
      hasGreeted = true;
    });
    this.socket.once('error', ({ message }) => {
      reason = /\balert [a-z ]+/i.exec(message)?.[0] ?? reason;
    });
    this.socket.once('close', () => {
      if (hasGreeted) return;
      this.yields.push(new TextEncoder().encode(`-ERR '${BEHIND_HANDSHAKE}${reason}'\r\n`));
      this.signal.resolve();
    });
  }
}
