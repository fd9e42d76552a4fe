// A small NATS client for workloads: connects and connects again, publishes, subscribes, requests. All by callback: the
// one promise is the network's, which the scheduler settles. It never retries a request: what a workload did not hear of
// is in doubt, and the workload must know.
import type { Clock, Timer } from '../ports/clock.ts';
import type { NetworkAddress, Socket } from '../ports/network.ts';
import type { ClientMessage, ClientParserHandler } from './_client_parser.ts';
import { ClientParser } from './_client_parser.ts';
import type { ClientDoors } from './world.ts';

export type { ClientMessage } from './_client_parser.ts';

/** How a request ended. `lost`: the connection broke before an answer came. Only `no responders` is certain of nothing done. */
export type RequestResult =
  | { readonly kind: 'reply'; readonly message: ClientMessage }
  | { readonly kind: 'no responders' }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'lost' };

export interface PublishOptions {
  readonly reply?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface RequestOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
}

interface PendingRequest {
  readonly timer: Timer;
  readonly done: (result: RequestResult) => void;
}

interface ClientSubscription {
  readonly subject: string;
  readonly queue: string | null;
  readonly handler: (message: ClientMessage) => void;
}

const RECONNECT_MS = 20;
const REQUEST_TIMEOUT_MS = 5_000;
const PING_MS = 2_000;
const INBOX_SID = 1;

export class SimClient implements ClientParserHandler {
  readonly #doors: ClientDoors;
  readonly #clock: Clock;
  readonly #address: NetworkAddress;
  readonly #inbox: string;
  readonly #subscriptions: Map<number, ClientSubscription>;
  readonly #requests: Map<string, PendingRequest>;
  readonly #errors: string[];
  readonly #onConnect: () => void;
  #socket: Socket | null;
  #nextSid: number;
  #nextRequest: number;
  #isConnected: boolean;
  #isStopped: boolean;
  /** PINGs without a PONG. */
  #pingsOut: number;
  /** Counts connections, so that news of an old one is told from news of the present one. */
  #connection: number;

  /** `onConnect` is called after each time it was connected. */
  constructor(doors: ClientDoors, address: NetworkAddress, onConnect: () => void = ignore) {
    this.#doors = doors;
    this.#clock = doors.clock;
    this.#address = address;
    this.#onConnect = onConnect;
    this.#inbox = `_INBOX.${doors.name.replaceAll(/[^A-Za-z0-9]/g, '_')}`;
    this.#subscriptions = new Map();
    this.#requests = new Map();
    this.#errors = [];
    this.#socket = null;
    this.#nextSid = INBOX_SID + 1;
    this.#nextRequest = 1;
    this.#isConnected = false;
    this.#isStopped = false;
    this.#pingsOut = 0;
    this.#connection = 0;
  }

  get isConnected(): boolean {
    return this.#isConnected;
  }

  /** How often it was connected. */
  get connection(): number {
    return this.#connection;
  }

  /** Texts of the -ERR lines it got. */
  get errors(): readonly string[] {
    return this.#errors;
  }

  /** Requests without an answer yet. */
  get requestsPending(): number {
    return this.#requests.size;
  }

  /** Connects, and again whenever the connection is over. */
  start(): void {
    this.#dial();
    this.#clock.after(PING_MS, () => this.#keepAlive());
  }

  stop(): void {
    this.#isStopped = true;
    this.#socket?.end();
    this.#lose();
  }

  /** False, and nothing sent, while there is no connection. */
  publish(subject: string, payload: Uint8Array, options: PublishOptions = {}): boolean {
    const socket = this.#socket;
    if (!this.#isConnected || socket === null) return false;
    const words = options.reply === undefined ? subject : `${subject} ${options.reply}`;
    const headers = headerBlock(options.headers);
    const head =
      headers.length === 0
        ? `PUB ${words} ${payload.length}\r\n`
        : `HPUB ${words} ${headers.length} ${headers.length + payload.length}\r\n`;
    socket.write([Buffer.from(head, 'latin1'), headers, new Uint8Array(payload), Buffer.from('\r\n')], 4);
    return true;
  }

  /** Stays subscribed over reconnects. */
  subscribe(subject: string, handler: (message: ClientMessage) => void, queue: string | null = null): number {
    const sid = this.#nextSid++;
    const subscription = { subject, queue, handler };
    this.#subscriptions.set(sid, subscription);
    if (this.#isConnected) this.#say(subscribeLine(sid, subscription));
    return sid;
  }

  unsubscribe(sid: number): void {
    if (this.#subscriptions.delete(sid) && this.#isConnected) this.#say(`UNSUB ${sid}\r\n`);
  }

  /** Calls back once, in a later event, also when there is no connection (`lost`, and certainly not sent). */
  request(subject: string, payload: Uint8Array, options: RequestOptions, done: (result: RequestResult) => void): void {
    const reply = `${this.#inbox}.${this.#nextRequest++}`;
    const { headers, timeoutMs = REQUEST_TIMEOUT_MS } = options;
    const isSent = this.publish(subject, payload, headers === undefined ? { reply } : { reply, headers });
    const waitMs = isSent ? timeoutMs : 0;
    const timer = this.#clock.after(waitMs, () => this.#finish(reply, { kind: isSent ? 'timeout' : 'lost' }));
    this.#requests.set(reply, { timer, done });
  }

  // --- the connection ----------------------------------------------------------------------------------------------

  #dial(): void {
    if (this.#isStopped) return;
    this.#doors.network.dial(this.#address).then(
      (socket) => this.#dialed(socket),
      () => this.#dialLater(),
    );
  }

  #dialLater(): void {
    this.#clock.after(RECONNECT_MS, () => this.#dial());
  }

  #dialed(socket: Socket): void {
    const parser = new ClientParser(this);
    this.#socket = socket;
    this.#pingsOut = 0;
    socket.attach({
      onData: (chunk) => {
        if (this.#socket === socket) parser.run(chunk);
      },
      onWritten: ignore,
      onClose: () => {
        if (this.#socket === socket) this.#closed();
      },
    });
    if (this.#isStopped) socket.end();
  }

  #closed(): void {
    this.#lose();
    this.#dialLater();
  }

  /** What was asked and not answered is in doubt from now. */
  #lose(): void {
    this.#socket = null;
    this.#isConnected = false;
    this.#pingsOut = 0;
    for (const reply of [...this.#requests.keys()]) this.#finish(reply, { kind: 'lost' });
  }

  /** A server that lost its power says nothing, for ever. */
  #keepAlive(): void {
    if (this.#isStopped) return;
    if (this.#socket !== null && this.#pingsOut >= 2) {
      this.#socket.destroy();
      this.#closed();
    } else if (this.#socket !== null) {
      this.#pingsOut++;
      this.#say('PING\r\n');
    }
    this.#clock.after(PING_MS, () => this.#keepAlive());
  }

  #say(text: string): void {
    this.#socket?.write([Buffer.from(text, 'latin1')], 1);
  }

  // --- from the parser ---------------------------------------------------------------------------------------------

  onInfo(): void {
    if (this.#isConnected) return;
    const connect = { verbose: false, pedantic: false, headers: true, no_responders: true, protocol: 1, echo: true };
    this.#say(
      `CONNECT ${JSON.stringify({ ...connect, lang: 'sim', version: '1', name: this.#doors.name })}\r\nPING\r\n`,
    );
    this.#pingsOut++;
  }

  onPong(): void {
    this.#pingsOut = 0;
    if (this.#isConnected) return;
    this.#isConnected = true;
    this.#connection++;
    this.#say(`SUB ${this.#inbox}.* ${INBOX_SID}\r\n`);
    for (const [sid, subscription] of this.#subscriptions) this.#say(subscribeLine(sid, subscription));
    this.#onConnect();
  }

  onPing(): void {
    this.#say('PONG\r\n');
  }

  onError(text: string): void {
    this.#errors.push(text);
  }

  onMessage(message: ClientMessage): void {
    if (message.sid !== INBOX_SID) {
      this.#subscriptions.get(message.sid)?.handler(message);
      return;
    }
    const isUnheard = message.status === 503 && message.payload.length === 0;
    this.#finish(message.subject, isUnheard ? { kind: 'no responders' } : { kind: 'reply', message });
  }

  #finish(reply: string, result: RequestResult): void {
    const pending = this.#requests.get(reply);
    if (pending === undefined) return;
    this.#requests.delete(reply);
    pending.timer.cancel();
    pending.done(result);
  }
}

function ignore(): void {
  // What has left is of no interest here.
}

function subscribeLine(sid: number, { subject, queue }: ClientSubscription): string {
  return queue === null ? `SUB ${subject} ${sid}\r\n` : `SUB ${subject} ${queue} ${sid}\r\n`;
}

function headerBlock(headers: Readonly<Record<string, string>> | undefined): Uint8Array {
  if (headers === undefined) return new Uint8Array(0);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`NATS/1.0\r\n${lines.join('')}\r\n`, 'latin1');
}
