// Ports where something else than a NATS server listens, or a full one: with a real socket, and a patience that no test has.
import assert from 'node:assert/strict';
import { createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { type Ran, runCommand } from '../testing_terminal.ts';

/** What a command, patient for `timeout`, says of a peer that greets with these bytes. */
async function toldOf(greeting: string, timeout: string, ...words: string[]): Promise<Ran> {
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
    return await runCommand([...words, '-s', `nats://127.0.0.1:${port}`, '--timeout', timeout]);
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
      const { code, error } = await toldOf(greeting, '1h', ...words);
      assert.equal(code, 1);
      assert.match(error, /Cannot connect to .*: what listens there speaks, but not as a NATS server does; is it /);
    }
  }
});

test('a server that takes no more connections is told at once', async () => {
  const greeting = 'INFO {"server_id":"X","version":"2.15.2","proto":1,"max_payload":1048576}\r\n';
  // The client, left behind, keeps its own patience.
  const full = `${greeting}-ERR 'maximum connections exceeded'\r\n`;
  const { code, error } = await toldOf(full, '3s', 'stream', 'ls');
  assert.equal(code, 1);
  assert.match(error, /: the server takes no more connections \(maximum connections exceeded\); try again when /);
});
