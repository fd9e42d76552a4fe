// Ports where something else than a NATS server listens: with a real socket, and a patience that no test has.
import assert from 'node:assert/strict';
import { createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { type Ran, runCommand } from '../testing_terminal.ts';

/** What a command says of a peer that greets with these bytes. */
async function toldOf(greeting: string, ...words: string[]): Promise<Ran> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.write(Buffer.from(greeting, 'latin1'));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  try {
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    return await runCommand([...words, '-s', `nats://127.0.0.1:${port}`, '--timeout', '1h']);
  } finally {
    for (const socket of sockets) socket.destroy();
    server.close();
  }
}

test('a peer that does not speak NATS is told at once, whatever its lines end with', async () => {
  for (const greeting of ['SSH-2.0-OpenSSH_9.6\r\n', '220 mail.example ESMTP\n', '\x4a\x00\x00\x00\x0a8.0.36\x00']) {
    for (const words of [
      ['stream', 'ls'],
      ['bench', 'pub', 'x', '--msgs', '1', '--no-progress'],
    ]) {
      const { code, error } = await toldOf(greeting, ...words);
      assert.equal(code, 1);
      assert.match(error, /Cannot connect to .*: what listens there speaks, but not as a NATS server does; is it /);
    }
  }
});
