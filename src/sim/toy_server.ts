// A toy JetStream server for testing the simulator, its client, workloads and checkers: one stream in one file, publish,
// info, get, and just enough of the protocol. It can be given faults, to see that the checkers find them. It shares
// nothing with the real server.
import type { OperatingError } from '../base/errors.ts';
import type { DiskFile } from '../ports/disk.ts';
import type { Socket } from '../ports/network.ts';
import type { SimDoors, SimServer, SimServerFactory, SimServerOptions } from './machine.ts';

/** What may be wrong with it. */
export type ToyFault =
  | 'acknowledges before the sync'
  | 'does not sync the directory'
  | 'believes any record'
  | 'counts only what it found'
  | 'forgets message ids'
  | 'syncs again after a failed sync'
  | 'says nothing of half-written records';

interface Stored {
  readonly subject: string;
  readonly id: string;
  readonly data: string;
}

interface Ack {
  readonly to: string;
  readonly body: object;
}

interface Peer {
  readonly socket: Socket;
  readonly subscriptions: Map<string, string>;
}

/** Records are lines: 8 hex digits of a checksum, a space, JSON. */
function recordOf(stored: Stored): string {
  const body = JSON.stringify(stored);
  return `${checksum(body)} ${body}\n`;
}

function checksum(text: string): string {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}

class ToyServer implements SimServer {
  readonly #faults: ReadonlySet<ToyFault>;
  readonly #doors: SimDoors;
  readonly #file: DiskFile;
  readonly #messages: Stored[];
  readonly #sequenceById: Map<string, number>;
  readonly #peers: Set<Peer>;
  #length: number;
  #waiting: string;
  #acks: Ack[];
  #isWriting: boolean;
  #isBroken: boolean;

  constructor(doors: SimDoors, faults: ReadonlySet<ToyFault>, file: DiskFile) {
    this.#doors = doors;
    this.#faults = faults;
    this.#file = file;
    this.#messages = [];
    this.#sequenceById = new Map();
    this.#peers = new Set();
    this.#length = 0;
    this.#waiting = '';
    this.#acks = [];
    this.#isWriting = false;
    this.#isBroken = false;
  }

  static async start(doors: SimDoors, options: SimServerOptions, faults: ReadonlySet<ToyFault>): Promise<SimServer> {
    const path = `${options.storeDirectory}/toy.log`;
    const file = await doors.disk.open(path, 'write');
    if (!faults.has('does not sync the directory')) await doors.disk.syncDirectory(options.storeDirectory);
    const server = new ToyServer(doors, faults, file);
    await server.#recover(await doors.disk.readFile(path));
    await doors.network.listen({ host: '0.0.0.0', port: options.port }, (socket) => server.#accept(socket));
    return server;
  }

  async stop(): Promise<void> {
    for (const peer of this.#peers) peer.socket.end();
    await new Promise((resolve) => this.#file.close(resolve));
  }

  async #recover(bytes: Uint8Array): Promise<void> {
    const text = Buffer.from(bytes).toString('latin1');
    for (let at = 0; at < text.length; ) {
      const end = text.indexOf('\n', at);
      const body = text.slice(at + 9, end);
      const isWhole = end > 0 && (this.#faults.has('believes any record') || checksum(body) === text.slice(at, at + 8));
      if (!isWhole) break;
      this.#keep(parseLoosely(body));
      at = end + 1;
      this.#length = at;
    }
    const cut = (done: (error: OperatingError | null) => void) => this.#file.truncate(this.#length, done);
    await new Promise((resolve) => cut(resolve));
    // What was found will be read, so it must stay.
    await new Promise((resolve) => this.#file.sync(resolve));
    if (this.#faults.has('counts only what it found')) this.#messages.pop();
  }

  #keep(stored: Stored): number {
    this.#messages.push(stored);
    if (stored.id !== '') this.#sequenceById.set(stored.id, this.#messages.length);
    return this.#messages.length;
  }

  // --- the protocol ------------------------------------------------------------------------------------------------

  #accept(socket: Socket): void {
    const peer: Peer = { socket, subscriptions: new Map() };
    this.#peers.add(peer);
    let text = '';
    socket.attach({
      onData: (chunk) => {
        text += Buffer.from(chunk).toString('latin1');
        for (;;) {
          const rest = this.#frame(peer, text);
          if (rest === text) break;
          text = rest;
        }
      },
      onWritten: ignore,
      onClose: () => this.#peers.delete(peer),
    });
    say(socket, 'INFO {"headers":true}\r\n');
  }

  /** Takes one frame off the front, or gives the text back as it was. */
  #frame(peer: Peer, text: string): string {
    const end = text.indexOf('\r\n');
    if (end < 0) return text;
    const words = text.slice(0, end).split(' ');
    const rest = text.slice(end + 2);
    switch (words[0]) {
      case 'PING':
        say(peer.socket, 'PONG\r\n');
        return rest;
      case 'SUB':
        peer.subscriptions.set(words.at(-1) ?? '', words[1] ?? '');
        return rest;
      case 'PUB':
      case 'HPUB': {
        const total = Number(words.at(-1));
        if (rest.length < total + 2) return text;
        const headerBytes = words[0] === 'HPUB' ? Number(words.at(-2)) : 0;
        const reply = words.length === (words[0] === 'HPUB' ? 5 : 4) ? (words[2] ?? '') : '';
        this.#published(words[1] ?? '', reply, rest.slice(0, headerBytes), rest.slice(headerBytes, total));
        return rest.slice(total + 2);
      }
      default:
        return rest;
    }
  }

  #published(subject: string, reply: string, headers: string, data: string): void {
    if (subject.startsWith('$JS.API.STREAM.CREATE.')) this.#deliver(reply, { config: JSON.parse(data) as unknown });
    else if (subject.startsWith('$JS.API.STREAM.INFO.')) this.#deliver(reply, { state: this.#state() });
    else if (subject.startsWith('$JS.API.STREAM.MSG.GET.')) this.#deliver(reply, this.#get(data));
    else if (subject.startsWith('s.')) this.#append(subject, reply, headers, data);
    else this.#deliver(subject, data);
  }

  #state(): object {
    const last = this.#messages.length;
    return { messages: last, first_seq: 1, last_seq: last };
  }

  #get(body: string): object {
    const { seq } = JSON.parse(body) as { seq: number };
    const stored = this.#messages[seq - 1];
    if (stored === undefined) return { error: { code: 404, err_code: 10037, description: 'no message found' } };
    return { message: { subject: stored.subject, seq, data: Buffer.from(stored.data, 'latin1').toString('base64') } };
  }

  #deliver(subject: string, body: object | string): void {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    for (const { socket, subscriptions } of this.#peers) {
      for (const [sid, pattern] of subscriptions) {
        const isMatch = pattern === subject || (pattern.endsWith('.*') && subject.startsWith(pattern.slice(0, -1)));
        if (isMatch) say(socket, `MSG ${subject} ${sid} ${Buffer.byteLength(text)}\r\n${text}\r\n`);
      }
    }
  }

  // --- the stream --------------------------------------------------------------------------------------------------

  #append(subject: string, reply: string, headers: string, data: string): void {
    const id = /Nats-Msg-Id: (.*)\r\n/.exec(headers)?.[1] ?? '';
    const known = this.#faults.has('forgets message ids') ? undefined : this.#sequenceById.get(id);
    if (this.#isBroken) {
      this.#deliver(reply, { error: { code: 503, err_code: 10077, description: 'the disk failed' } });
      return;
    }
    if (known !== undefined) {
      // It may not be durable yet: in line with what is.
      this.#acks.push({ to: reply, body: { stream: 'S', seq: known, duplicate: true } });
    } else {
      const stored = { subject, id, data };
      this.#acks.push({ to: reply, body: { stream: 'S', seq: this.#keep(stored) } });
      this.#waiting += recordOf(stored);
    }
    this.#doors.clock.atTurnEnd(() => this.#commit());
  }

  /** One write and one sync for all that came meanwhile. */
  #commit(): void {
    if (this.#isWriting || this.#isBroken || this.#acks.length === 0) return;
    this.#isWriting = true;
    const bytes = Buffer.from(this.#waiting, 'latin1');
    const acks = this.#acks;
    this.#waiting = '';
    this.#acks = [];
    const at = this.#length;
    this.#length += bytes.length;
    if (this.#faults.has('acknowledges before the sync')) this.#acknowledge(acks.splice(0));
    this.#file.write(bytes, at, (error) => {
      if (error !== null && !this.#faults.has('says nothing of half-written records')) this.#break();
      else this.#sync(acks);
    });
  }

  #sync(acks: readonly Ack[]): void {
    this.#file.sync((error) => {
      if (error !== null && this.#faults.has('syncs again after a failed sync')) this.#sync(acks);
      else if (error !== null) this.#break();
      else {
        this.#acknowledge(acks);
        this.#isWriting = false;
        this.#commit();
      }
    });
  }

  /** After a failure nothing is known of the file until it is read again. */
  #break(): void {
    this.#isBroken = true;
    this.#acks = [];
    this.#doors.log.error('the disk failed');
    this.#doors.host.exit(1);
  }

  #acknowledge(acks: readonly Ack[]): void {
    for (const { to, body } of acks) this.#deliver(to, body);
  }
}

function parseLoosely(body: string): Stored {
  try {
    return JSON.parse(body) as Stored;
  } catch (error) {
    if (error instanceof SyntaxError) return { subject: 's.junk', id: '', data: body };
    throw error;
  }
}

function ignore(): void {
  // A toy keeps no buffers.
}

function say(socket: Socket, text: string): void {
  socket.write([Buffer.from(text, 'latin1')], 1);
}

export function toyServer(...faults: readonly ToyFault[]): SimServerFactory {
  return (doors, options) => ToyServer.start(doors, options, new Set(faults));
}
