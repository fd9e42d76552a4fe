// What every body of ports/network.ts does, as a suite: node/node_network_test.ts and sim/sim_network_test.ts run it.
// Test code.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OperatingError } from '../base/errors.ts';
import type { ChunkMemory, Listener, Network, NetworkAddress, Socket, SocketHandler } from './network.ts';

export interface NetworkUnderTest {
  readonly server: Network;
  readonly client: Network;
  /** Where the server listens and the client dials. */
  readonly listenHost: string;
  readonly dialHost: string;
  /** An address that is nobody's here. */
  readonly foreignHost: string;
  /** More bytes than all buffers on the way hold. */
  readonly floodBytes: number;
  /** Where everything is to go over TLS: begins it on one end. */
  readonly startTls?: (socket: Socket, side: 'server' | 'client', onSecured: () => void) => void;
  /** Waits for what an event of the network will resolve; the simulator runs its events meanwhile. */
  settle<T>(promise: Promise<T>): Promise<T>;
}

function ignore(): void {
  // Nobody is expected.
}

/** One end of a connection with everything that happened to it. */
class End implements SocketHandler {
  readonly socket: Socket;
  readonly events: string[] = [];
  readonly chunks: Uint8Array[] = [];
  readonly errors: (Error | null)[] = [];
  receivedBytes = 0;
  onChunk: ((chunk: Uint8Array, memory: ChunkMemory | null) => void) | null = null;
  readonly toRelease: ChunkMemory[] = [];
  #waiting: { readonly condition: () => boolean; readonly resolve: () => void }[] = [];

  constructor(socket: Socket) {
    this.socket = socket;
    socket.attach(this);
  }

  onData(chunk: Uint8Array, memory: ChunkMemory | null): void {
    this.onChunk?.(chunk, memory);
    // A copy: what is not held is not ours after the call.
    this.chunks.push(Uint8Array.from(chunk));
    this.receivedBytes += chunk.length;
    this.#happened('data');
  }

  onWritten(): void {
    this.#happened('written');
  }

  onClose(error: Error | null): void {
    this.errors.push(error);
    this.#happened('close');
  }

  #happened(event: string): void {
    if (this.events.at(-1) !== event || event === 'close') this.events.push(event);
    const met = this.#waiting.filter((one) => one.condition());
    this.#waiting = this.#waiting.filter((one) => !met.includes(one));
    for (const one of met) one.resolve();
  }

  until(condition: () => boolean): Promise<void> {
    if (condition()) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ condition, resolve }));
  }

  text(): string {
    return Buffer.concat(this.chunks).toString('latin1');
  }

  say(...pieces: string[]): void {
    const bytes = pieces.map((piece) => Buffer.from(piece, 'latin1'));
    this.socket.write(bytes, bytes.length);
  }
}

class Pair {
  readonly under: NetworkUnderTest;
  readonly listener: Listener;
  readonly client: End;
  readonly server: End;

  constructor(under: NetworkUnderTest, listener: Listener, client: End, server: End) {
    this.under = under;
    this.listener = listener;
    this.client = client;
    this.server = server;
  }

  /** Both ends have been closed. */
  async closed(): Promise<void> {
    const { client, server } = this;
    await this.under.settle(client.until(() => client.errors.length > 0));
    await this.under.settle(server.until(() => server.errors.length > 0));
  }

  async heard(end: End, text: string): Promise<void> {
    await this.under.settle(end.until(() => end.receivedBytes >= text.length));
    // Not equal(): nobody wants to read a megabyte twice.
    assert.ok(end.text() === text, `what arrived differs, ${end.receivedBytes} of ${text.length} bytes`);
  }
}

async function connect(under: NetworkUnderTest): Promise<Pair> {
  let accepted: (end: End) => void;
  const server = new Promise<End>((resolve) => {
    accepted = resolve;
  });
  const listener = await under.settle(
    under.server.listen({ host: under.listenHost, port: 0 }, (socket) => accepted(new End(socket))),
  );
  const address = { host: under.dialHost, port: listener.address.port };
  const client = new End(await under.settle(under.client.dial(address)));
  const accepting = await under.settle(server);
  await Promise.all([secure(under, accepting, 'server'), secure(under, client, 'client')]);
  return new Pair(under, listener, client, accepting);
}

function secure(under: NetworkUnderTest, end: End, side: 'server' | 'client'): Promise<void> {
  const { startTls } = under;
  if (startTls === undefined) return Promise.resolve();
  return under.settle(new Promise((resolve) => startTls(end.socket, side, resolve)));
}

type Chapter = (pair: Pair, under: NetworkUnderTest) => Promise<void>;

async function refused(under: NetworkUnderTest, promise: Promise<unknown>, code: string): Promise<void> {
  const error = await under.settle(promise).then(
    () => null,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof OperatingError, `expected a refusal, got ${String(error)}`);
  assert.equal(error.code, code);
}

const BYTES: Readonly<Record<string, Chapter>> = {
  'listen() on port 0 picks one, and each end knows the other': async ({ client, server, listener }) => {
    assert.ok(listener.address.port > 0);
    assert.equal(client.socket.remote.port, listener.address.port);
    assert.equal(server.socket.local.port, listener.address.port);
    assert.deepEqual(server.socket.remote, client.socket.local);
  },

  'bytes arrive both ways': async (pair) => {
    pair.client.say('ping');
    await pair.heard(pair.server, 'ping');
    pair.server.say('pong');
    await pair.heard(pair.client, 'pong');
  },

  'write() sends the first `count` pieces in order': async (pair) => {
    const pieces = ['a', '', 'bc', 'd'].map((text) => Buffer.from(text));
    pair.client.socket.write(pieces, 3);
    pair.client.say('!');
    await pair.heard(pair.server, 'abc!');
  },

  'a stream of any pieces arrives whole and in order': async (pair) => {
    let sent = '';
    for (let piece = 0; piece < 300; piece++) {
      const text = String.fromCharCode(65 + (piece % 26)).repeat((piece * 7919) % 5000);
      sent += text;
      pair.client.say(text, `${piece}`);
      sent += `${piece}`;
    }
    await pair.heard(pair.server, sent);
  },

  'one write of many pieces arrives whole, however large they are together': async (pair) => {
    const texts = Array.from({ length: 40 }, (_, i) =>
      String.fromCharCode(65 + (i % 26)).repeat(1 + ((i * 7919) % 40_000)),
    );
    pair.server.say(...texts);
    pair.server.say('!');
    await pair.heard(pair.client, `${texts.join('')}!`);
  },

  'onWritten comes when all has left, and then the bytes may be used again': async (pair, under) => {
    const { client, server } = pair;
    const bytes = Buffer.from('first');
    client.socket.write([bytes], 1);
    await under.settle(client.until(() => client.events.includes('written')));
    assert.equal(client.socket.pendingBytes, 0);
    bytes.write('xxxxx');
    client.socket.write([bytes], 1);
    await pair.heard(server, 'firstxxxxx');
  },

  'a chunk that is held stays as it was, however much comes after it': async (pair, under) => {
    const { client, server } = pair;
    const held: Uint8Array[] = [];
    server.onChunk = (chunk, memory) => {
      memory?.hold();
      held.push(chunk);
      if (memory !== null) server.toRelease.push(memory);
    };
    let sent = '';
    for (let round = 0; round < 50; round++) {
      const text = String.fromCharCode(65 + (round % 26)).repeat(1000 + round);
      sent += text;
      client.say(text);
      await pair.heard(server, sent);
    }
    assert.ok(Buffer.concat(held).equals(Buffer.from(sent, 'latin1')));
    for (const memory of server.toRelease) memory.release();
    client.say('more');
    await pair.heard(server, `${sent}more`);
    await under.settle(Promise.resolve());
  },

  'pause() holds the peer back, and resume() loses nothing': async (pair, under) => {
    const { client, server } = pair;
    const block = new Uint8Array(1 << 16).fill(7);
    server.socket.pause();
    for (let sent = 0; sent < under.floodBytes; sent += block.length) client.socket.write([block], 1);
    client.socket.write([Buffer.from('.')], 1);
    // Another connection gets through, and then some more time passes.
    const other = await connect(under);
    other.client.say('x');
    await other.heard(other.server, 'x');
    assert.ok(client.socket.pendingBytes > 0);
    const before = server.receivedBytes;
    assert.ok(before <= block.length, `${before} bytes came while paused`);
    server.socket.resume();
    await under.settle(server.until(() => server.receivedBytes > under.floodBytes));
    assert.equal(server.receivedBytes, under.floodBytes + 1);
    assert.equal(client.socket.pendingBytes, 0);
    close(other);
  },
};

const ENDS: Readonly<Record<string, Chapter>> = {
  'end() comes after everything written, and closes both ends without an error': async (pair) => {
    pair.client.say('x'.repeat(100_000));
    pair.client.socket.end();
    await pair.closed();
    assert.equal(pair.server.receivedBytes, 100_000);
    assert.deepEqual([...pair.client.errors, ...pair.server.errors], [null, null]);
  },

  'what the peer had written before it heard of the end still arrives': async (pair) => {
    pair.server.say('y'.repeat(100_000));
    pair.client.socket.end();
    await pair.closed();
    assert.equal(pair.client.receivedBytes, 100_000);
    assert.deepEqual([...pair.client.errors, ...pair.server.errors], [null, null]);
  },

  'write() is ignored after end()': async (pair) => {
    pair.client.say('a');
    pair.client.socket.end();
    pair.client.say('b');
    pair.client.socket.end();
    await pair.closed();
    assert.equal(pair.server.text(), 'a');
  },

  'both ends may end at once': async (pair) => {
    pair.client.socket.end();
    pair.server.socket.end();
    await pair.closed();
    assert.deepEqual([...pair.client.errors, ...pair.server.errors], [null, null]);
  },

  'destroy() ends at once: its own side without an error, later, and once': async (pair) => {
    const { client, server } = pair;
    client.socket.destroy();
    assert.deepEqual(client.errors, []);
    client.socket.destroy();
    client.socket.end();
    client.say('never');
    await pair.closed();
    assert.deepEqual(client.errors, [null]);
    assert.equal(server.errors.length, 1);
    assert.equal(server.receivedBytes, 0);
  },

  'an end that was paused is closed once it reads on': async (pair, under) => {
    const { client, server } = pair;
    server.socket.pause();
    client.say('last');
    client.socket.end();
    const other = await connect(under);
    close(other);
    await other.closed();
    assert.deepEqual(server.errors, []);
    server.socket.resume();
    await pair.closed();
    assert.equal(server.text(), 'last');
  },

  'onClose is the last event': async (pair, under) => {
    pair.client.say('x');
    pair.client.socket.end();
    await pair.closed();
    const other = await connect(under);
    close(other);
    await other.closed();
    for (const end of [pair.client, pair.server]) {
      assert.equal(end.events.at(-1), 'close');
      assert.equal(end.errors.length, 1);
    }
  },
};

const DOORS: Readonly<Record<string, Chapter>> = {
  'listen() refuses an address that is in use': async ({ listener }, under) => {
    const address = { host: under.listenHost, port: listener.address.port };
    await refused(under, under.server.listen(address, ignore), 'NETWORK_ADDRESS_IN_USE');
  },

  'listen() refuses an address that is not here': async (_pair, under) => {
    const address = { host: under.foreignHost, port: 0 };
    await refused(under, under.server.listen(address, ignore), 'NETWORK_ADDRESS_UNAVAILABLE');
  },

  'a closed listener accepts nobody, keeps whom it accepted, and frees its port': async (pair, under) => {
    const port = pair.listener.address.port;
    const address: NetworkAddress = { host: under.dialHost, port };
    pair.listener.close();
    pair.listener.close();
    await refused(under, under.client.dial(address), 'LINK_REFUSED');
    pair.client.say('still here');
    await pair.heard(pair.server, 'still here');
    const again = await under.settle(
      under.server.listen({ host: under.listenHost, port }, (socket) => socket.destroy()),
    );
    again.close();
  },

  'dial() refuses where nobody listens': async (pair, under) => {
    const vacant = await under.settle(under.server.listen({ host: under.listenHost, port: 0 }, ignore));
    vacant.close();
    const address = { host: under.dialHost, port: vacant.address.port };
    await refused(under, under.client.dial(address), 'LINK_REFUSED');
    pair.client.say('fine');
    await pair.heard(pair.server, 'fine');
  },
};

function close(pair: Pair): void {
  pair.listener.close();
  pair.client.socket.destroy();
  pair.server.socket.destroy();
}

export function networkContract(body: string, make: () => NetworkUnderTest): void {
  for (const [title, chapter] of Object.entries({ ...BYTES, ...ENDS, ...DOORS })) {
    test(`${body}: ${title}`, async () => {
      const under = make();
      const pair = await connect(under);
      try {
        await chapter(pair, under);
      } finally {
        close(pair);
      }
    });
  }
}
