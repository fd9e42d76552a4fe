// A NATS server that knows logins and nothing else: it lets in whoever comes, until it is told to end every connection and
// to refuse the next ones. Test code.

import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';

const INFO = { server_id: 'GATE', version: '2.15.0', proto: 1, headers: true, max_payload: 1024 };

export class LoginGate {
  readonly #server: Server;
  readonly #sockets: Set<Socket>;
  #refusals: number;

  private constructor() {
    this.#sockets = new Set();
    this.#refusals = 0;
    this.#server = createServer((socket) => this.#greet(socket));
  }

  static async open(): Promise<LoginGate> {
    const gate = new LoginGate();
    gate.#server.listen(0, '127.0.0.1');
    await once(gate.#server, 'listening');
    return gate;
  }

  get url(): string {
    const address = this.#server.address();
    return `nats://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  }

  /** Ends what is open and refuses so many logins. */
  refuse(logins: number): void {
    this.#refusals = logins;
    for (const socket of this.#sockets) socket.destroy();
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #greet(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => this.#answer(socket, chunk.toString('latin1')));
    socket.write(`INFO ${JSON.stringify(INFO)}\r\n`);
  }

  #answer(socket: Socket, text: string): void {
    if (text.startsWith('CONNECT') && this.#refusals > 0) {
      this.#refusals--;
      socket.end("-ERR 'Authorization Violation'\r\n");
      return;
    }
    for (const _ of text.match(/^PING/gm) ?? []) socket.write('PONG\r\n');
  }
}
