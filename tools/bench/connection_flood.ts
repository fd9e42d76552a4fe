// Opens and drops connections as fast as one process can, a number of them at a time: each waits until the server has
// answered its PING. Arguments: port, how many, how many at a time. Started by connection_rows.ts.
import { connect } from 'node:net';

const [port = 0, count = 0, atOnce = 1] = process.argv.slice(2).map(Number);
let begun = 0;

/** Resolves when one connection has been served; rejects when it was not. */
function one(): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let text = '';
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('closed by the server')));
    socket.once('connect', () => socket.write('CONNECT {"verbose":false}\r\nPING\r\n'));
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      if (!text.includes('PONG')) return;
      resolve();
      // Without a last word, so that no port is kept waiting.
      socket.resetAndDestroy();
    });
  });
}

async function some(): Promise<void> {
  while (begun < count) {
    begun++;
    await one();
  }
}

await Promise.all(Array.from({ length: atOnce }, some));
