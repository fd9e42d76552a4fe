// One end of a simulated connection. A chunk goes: what was written and the kernel has not taken (`#pending`) -> on the way
// (`#way` of the receiving end) -> arrived and not yet read (`#inbox`). The last two together are bounded by the window,
// so a receiver that does not read fills its sender's pending bytes, as with TCP. Called by sim_network.ts only.
//
// Bytes are never lost or reordered on a living connection; they come late, cut and joined anywhere, or the connection
// breaks and everything not yet read is gone.
import { assert } from '../base/assert.ts';
import { OperatingError } from '../base/errors.ts';
import type { ChunkMemory, NetworkAddress, Socket, SocketHandler } from '../ports/network.ts';
import type { Life } from './life.ts';
import type { Scheduler } from './scheduler.ts';
import type { SimRandom } from './sim_random.ts';
import { bytesText } from './trace.ts';

/** What travels: bytes, the end of the stream, or news that the connection is broken. */
type Parcel =
  | { readonly kind: 'data'; readonly bytes: Uint8Array }
  | { readonly kind: 'end' }
  | { readonly kind: 'reset' };

/** What a write left: the caller's own bytes, and what they were when given. */
interface Piece {
  readonly bytes: Uint8Array;
  readonly given: Uint8Array;
  taken: number;
}

/** What an end needs of the network around it. */
export interface Surroundings {
  readonly scheduler: Scheduler;
  readonly random: SimRandom;
  readonly windowBytes: number;
  readonly chunkBytesMax: number;
  /** Ranges of milliseconds, drawn for every parcel. */
  delayMs(): number;
  /** Whether nothing gets from one host to another now. Then heal() will be called later. */
  isBlocked(from: string, to: string): boolean;
  /** Whether the kernel of a host runs: one without power answers nothing. */
  isUp(host: string): boolean;
  /** Whether the connection breaks with this parcel. */
  breaks(): boolean;
}

/** How long the kernel takes to take bytes, and to say so. */
const KERNEL_MS: readonly [number, number] = [0, 0.02];

/** What a chunk is filled with once nobody holds it: who reads it then is found out. */
const SPOILED = 0xdb;

/** The memory of one chunk, held by the socket itself during onData(). */
class SpoiledMemory implements ChunkMemory {
  readonly #chunk: Uint8Array;
  #holds = 1;

  constructor(chunk: Uint8Array) {
    this.#chunk = chunk;
  }

  hold(): void {
    assert(this.#holds > 0, 'the memory of a chunk is held while it is handed over');
    this.#holds++;
  }

  release(): void {
    this.#holds--;
    if (this.#holds === 0) this.#chunk.fill(SPOILED);
  }
}

export class SimSocket implements Socket {
  readonly local: NetworkAddress;
  readonly remote: NetworkAddress;
  readonly life: Life;
  readonly hostName: string;
  readonly #around: Surroundings;
  #peer: SimSocket | null;
  #handler: SocketHandler | null;
  #pending: Piece[];
  #pendingBytes: number;
  /** Coming towards this end, oldest first. */
  readonly #way: Parcel[];
  /** How many of these have arrived at a host that they cannot get into now. */
  #held: number;
  #inbox: Uint8Array[];
  /** Bytes on the way and in the inbox. */
  #unreadBytes: number;
  #lastArrivalMs: number;
  #isPumping: boolean;
  #isReading: boolean;
  #isPaused: boolean;
  #isEnding: boolean;
  #isEndSent: boolean;
  /** The peer said its last word; it counts once the inbox is read. */
  #isEndReceived: boolean;
  #isClosed: boolean;

  constructor(around: Surroundings, life: Life, hostName: string, local: NetworkAddress, remote: NetworkAddress) {
    this.local = local;
    this.remote = remote;
    this.life = life;
    this.hostName = hostName;
    this.#around = around;
    this.#peer = null;
    this.#handler = null;
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#way = [];
    this.#held = 0;
    this.#inbox = [];
    this.#unreadBytes = 0;
    this.#lastArrivalMs = 0;
    this.#isPumping = false;
    this.#isReading = false;
    this.#isPaused = false;
    this.#isEnding = false;
    this.#isEndSent = false;
    this.#isEndReceived = false;
    this.#isClosed = false;
  }

  join(peer: SimSocket): void {
    this.#peer = peer;
    peer.#peer = this;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Nothing more can come of this connection. */
  get isFinished(): boolean {
    return this.#isOver && (this.#peer === null || this.#peer.#isOver);
  }

  get #isOver(): boolean {
    return this.#isClosed || this.life.isOver;
  }

  // --- ports/network.ts --------------------------------------------------------------------------------------------

  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  /** There is no TLS here: sim_network.ts makes no context. */
  readonly tls: null = null;

  startTls(): void {
    throw new OperatingError('TLS_UNAVAILABLE', 'The simulated network has no TLS');
  }

  attach(handler: SocketHandler): void {
    this.#handler = handler;
    this.#read();
  }

  write(pieces: readonly Uint8Array[], count: number): void {
    if (this.#isOver || this.#isEnding) return;
    for (let index = 0; index < count; index++) {
      const bytes = pieces[index];
      if (bytes === undefined || bytes.length === 0) continue;
      this.#pending.push({ bytes, given: new Uint8Array(bytes), taken: 0 });
      this.#pendingBytes += bytes.length;
    }
    this.#pump();
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#read();
  }

  end(): void {
    if (this.#isOver || this.#isEnding) return;
    this.#isEnding = true;
    this.#pump();
  }

  destroy(): void {
    if (this.#isOver) return;
    this.abort();
    this.#closeLater(null);
  }

  // --- from the network --------------------------------------------------------------------------------------------

  /** The process is gone or has let go: its kernel says so to the peer. What the kernel had taken still gets there. */
  abort(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const hasUnread = this.#unreadBytes > 0;
    this.#drop();
    const peer = this.#peer;
    if (!this.#isEndSent && peer !== null) peer.#send(hasUnread ? { kind: 'reset' } : { kind: 'end' });
    this.#isEndSent = true;
  }

  /** The connection breaks on both sides, each hearing of it in its own time. */
  break(): void {
    for (const end of [this, this.#peer]) {
      if (end === null || end.#isClosed) continue;
      end.#isClosed = true;
      end.#drop();
      end.#closeLater(brokenError());
    }
  }

  /** What could not get in may try again. */
  retry(): void {
    const held = this.#held;
    this.#held = 0;
    for (let count = 0; count < held; count++) this.#scheduleArrival();
  }

  // --- sending -----------------------------------------------------------------------------------------------------

  /** In a later event, so that what is written in one turn travels together. */
  #pump(): void {
    if (this.#isPumping) return;
    this.#isPumping = true;
    const { scheduler, random } = this.#around;
    scheduler.after(random.within(KERNEL_MS), this.life, 'net send', () => {
      this.#isPumping = false;
      this.#pumpNow();
    });
  }

  #pumpNow(): void {
    const peer = this.#peer;
    if (this.#isClosed || peer === null) return;
    const hadPending = this.#pendingBytes > 0;
    while (this.#pendingBytes > 0) {
      const room = this.#around.windowBytes - peer.#unreadBytes;
      if (room <= 0) return;
      const bytes = this.#takePending(Math.min(room, this.#chunkBytes()));
      peer.#send({ kind: 'data', bytes });
    }
    if (hadPending) this.#handler?.onWritten();
    // The handler may have written more, or closed.
    if (!this.#isEnding || this.#pendingBytes > 0 || this.#isEndSent) return;
    this.#isEndSent = true;
    peer.#send({ kind: 'end' });
    this.#maybeClose();
  }

  /** Mostly as much as there is; often a piece that ends anywhere; sometimes a single byte. */
  #chunkBytes(): number {
    const { random, chunkBytesMax } = this.#around;
    const most = Math.min(this.#pendingBytes, chunkBytesMax);
    if (random.chance(0.6)) return most;
    return random.chance(0.1) ? 1 : random.between(1, random.chance(0.5) ? Math.min(64, most) : most);
  }

  #takePending(bytesMax: number): Uint8Array {
    const chunk = new Uint8Array(Math.min(bytesMax, this.#pendingBytes));
    let filled = 0;
    while (filled < chunk.length) {
      const piece = this.#pending[0];
      assert(piece !== undefined, 'pending bytes are what the pending pieces have left');
      const count = Math.min(piece.bytes.length - piece.taken, chunk.length - filled);
      chunk.set(piece.bytes.subarray(piece.taken, piece.taken + count), filled);
      checkUnchanged(piece, count);
      piece.taken += count;
      filled += count;
      if (piece.taken === piece.bytes.length) this.#pending.shift();
    }
    this.#pendingBytes -= chunk.length;
    return chunk;
  }

  // --- on the way --------------------------------------------------------------------------------------------------

  /** Called on the receiving end. */
  #send(parcel: Parcel): void {
    this.#way.push(parcel);
    if (parcel.kind === 'data') this.#unreadBytes += parcel.bytes.length;
    this.#scheduleArrival();
  }

  /** Arrivals are interchangeable: each takes the oldest parcel, so the order of bytes is kept whatever the delays. */
  #scheduleArrival(): void {
    const { scheduler } = this.#around;
    this.#lastArrivalMs = Math.max(this.#lastArrivalMs, scheduler.nowMs + this.#around.delayMs());
    scheduler.after(this.#lastArrivalMs - scheduler.nowMs, null, 'net arrive', () => this.#arrive());
  }

  #arrive(): void {
    const parcel = this.#way[0];
    if (parcel === undefined) return;
    const peer = this.#peer;
    assert(peer !== null, 'a parcel comes from a peer');
    if (!this.#around.isUp(this.hostName) || this.#around.isBlocked(peer.hostName, this.hostName)) {
      this.#held++;
      return;
    }
    this.#way.shift();
    if (parcel.kind === 'data' && this.#around.breaks()) {
      this.break();
      return;
    }
    if (this.#isOver) this.#answerDead(parcel, peer);
    else this.#accept(parcel);
  }

  /** A kernel that knows no such connection says so to whoever still sends to it. */
  #answerDead(parcel: Parcel, peer: SimSocket): void {
    if (parcel.kind === 'data' && !peer.#isClosed) peer.#send({ kind: 'reset' });
  }

  #accept(parcel: Parcel): void {
    switch (parcel.kind) {
      case 'data':
        this.#inbox.push(parcel.bytes);
        this.#read();
        return;
      case 'end':
        this.#isEndReceived = true;
        this.#read();
        return;
      case 'reset':
        this.#isClosed = true;
        this.#drop();
        this.#closeLater(brokenError());
        return;
    }
  }

  // --- receiving ---------------------------------------------------------------------------------------------------

  #read(): void {
    if (this.#isReading || this.#isClosed) return;
    this.#isReading = true;
    this.#around.scheduler.after(0, this.life, 'net read', () => {
      this.#isReading = false;
      this.#readNow();
    });
  }

  /** One chunk an event, as one poll of a socket gives. */
  #readNow(): void {
    if (this.#handler === null || this.#isPaused || this.#isClosed) return;
    const chunk = this.#inbox.shift();
    if (chunk === undefined) {
      if (this.#isEndReceived) this.#endRead();
      return;
    }
    this.#unreadBytes -= chunk.length;
    if (this.#peer !== null) this.#peer.#pumpMore();
    const { scheduler } = this.#around;
    if (scheduler.trace.isOn) {
      scheduler.note(this.hostName, `net ${addressText(this.remote)}>${addressText(this.local)} ${bytesText(chunk)}`);
    }
    const memory = new SpoiledMemory(chunk);
    this.#handler.onData(chunk, memory);
    memory.release();
    if (this.#inbox.length > 0 || this.#isEndReceived) this.#read();
  }

  /** There is room at the peer again. */
  #pumpMore(): void {
    if (this.#pendingBytes > 0 && !this.#isClosed) this.#pump();
  }

  /** The peer has said its last word: so do we, after what is still pending. */
  #endRead(): void {
    if (!this.#isEnding) this.end();
    this.#maybeClose();
  }

  #maybeClose(): void {
    if (!this.#isEndSent || !this.#isEndReceived || this.#inbox.length > 0 || this.#isClosed) return;
    this.#isClosed = true;
    this.#drop();
    this.#closeLater(null);
  }

  #closeLater(error: Error | null): void {
    const { scheduler, random } = this.#around;
    scheduler.after(random.within(KERNEL_MS), this.life, 'net close', () => {
      this.#handler?.onClose(error);
    });
  }

  #drop(): void {
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#inbox = [];
    this.#unreadBytes = 0;
  }
}

function brokenError(): Error {
  return Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
}

function addressText(address: NetworkAddress): string {
  return `${address.host}:${address.port}`;
}

function checkUnchanged(piece: Piece, count: number): void {
  for (let index = piece.taken; index < piece.taken + count; index++) {
    assert(
      piece.bytes[index] === piece.given[index],
      'bytes given to write() of a socket stay unchanged until onWritten',
    );
  }
}
