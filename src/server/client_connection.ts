// One client: what CONNECT, PUB, SUB, UNSUB and PING mean for it, and when it must go. Joins a socket, a parser and an
// outbound buffer; matching and fan-out are deliver.ts, deadlines keepalive.ts. The server owns it through
// ConnectionContext and never reaches inside.
import type { Attempt, Identity, Verdict } from '../auth/authenticate.ts';
import { readCertificate } from '../auth/certificate.ts';
import { goQuote } from '../base/go_quote.ts';
import { parseJson } from '../base/json_parser.ts';
import type { Logger } from '../base/log.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import { type ClientInfo, Message, UNCHANGING_MEMORY } from '../ports/message.ts';
import type { ChunkMemory, Socket, SocketHandler } from '../ports/network.ts';
import type { TlsSession } from '../ports/tls.ts';
import type { SubjectMappings } from '../subject/mapping.ts';
import { isValidLiteralBytes, isValidSubjectBytes } from '../subject/subject.ts';
import { SubjectBuffer } from '../subject/subject_buffer.ts';
import type { SublistResult } from '../subject/sublist.ts';
import { type ConnectOptions, connectDefaults, readConnect } from '../wire/connect.ts';
import { type ClientInfoFields, encodeInfo, type ServerInfo } from '../wire/info.ts';
import { Parser, type ProtocolHandler, parseSize } from '../wire/parser.ts';
import {
  ACCOUNT_CONNECTIONS_EXCEEDED,
  AUTHENTICATION_TIMEOUT,
  AUTHORIZATION_VIOLATION,
  BAD_ARGUMENTS,
  BAD_CLIENT_PROTOCOL,
  INVALID_PUBLISH_SUBJECT,
  INVALID_SUBJECT,
  NO_RESPONDERS_NEEDS_HEADERS,
  PEER_ERROR,
  publishViolation,
  replyViolation,
  SLOW_CONSUMER_PENDING,
  SUBSCRIPTIONS_EXCEEDED,
  subscribeViolation,
  subscriptionRevoked,
  TLS_HANDSHAKE_FAILURE,
  tooManyTokens,
  type WireError,
} from '../wire/wire_errors.ts';
import type { Account } from './account.ts';
import { authUser, authUserLabel, authUserText } from './auth_user.ts';
import { type ConnectionFacts, type SubscriptionFacts, subscriptionFacts } from './connection_facts.ts';
import { deliver, type QueuePick } from './deliver.ts';
import { Keepalive } from './keepalive.ts';
import type { Decision, Login, Question } from './login.ts';
import { EARLY_FLUSH_BYTES, Outbound } from './outbound.ts';
import { ProtocolTrace } from './protocol_trace.ts';
import type { RateCounter } from './rate_counter.ts';
import { isRaftSubject, isReservedReply, isReservedSubject } from './reserved_subjects.ts';
import { Rights } from './rights.ts';
import type { ServerOptions } from './server_options.ts';
import type { ServerTls } from './server_tls.ts';
import type { SlabPool } from './slab_pool.ts';
import { type Receiver, Subscription } from './subscription.ts';
import { TlsEntry } from './tls_entry.ts';

/** What a connection needs of the server that accepted it. */
export interface ConnectionContext {
  readonly options: ServerOptions;
  readonly clock: Clock;
  readonly log: Logger;
  readonly slabs: SlabPool;
  readonly info: ServerInfo;
  readonly traffic: Traffic;
  readonly pick: QueuePick;
  /** The account of connections before, or without, authentication. */
  readonly defaultAccount: Account;
  readonly login: Login;
  /** Null where clients come in clear. */
  readonly tls: ServerTls | null;
  /** Null: TLS handshakes are not limited. */
  readonly tlsRate: RateCounter | null;
  /** How often the log tells of errors that a crowd of clients meets, by the error; the others are told every time. */
  readonly errorRates: ReadonlyMap<WireError, RateCounter>;
  /** Whether somebody who presents nothing comes in, and is told so. */
  readonly isCredentialOptional: boolean;
  account(name: string): Account;
  isSystemAccount(account: Account): boolean;
  /** It was let in. */
  connected(connection: ClientConnection): void;
  /** It was not let in, and is closed. */
  authenticationFailed(connection: ClientConnection): void;
  /** The connection has output: flush it when the turn ends. */
  hasOutput(connection: ClientConnection): void;
  /** `subscriptions` are those it had until now. */
  closed(connection: ClientConnection, reason: string, subscriptions: readonly SubscriptionFacts[]): void;
  /** The socket of a connection, closed long ago or just now, is no more. */
  socketClosed(): void;
}

/** Whole-server counters. */
export interface Traffic {
  messagesIn: number;
  bytesIn: number;
  messagesOut: number;
  bytesOut: number;
  slowConsumers: number;
  staleConnections: number;
  stalledClients: number;
}

/** A receiver this full (of its pending limit) makes fast producers wait, or gets nothing of what they publish. */
const STALL_FRACTION = 0.75;
/** What is appended before the turn ends is handed over in steps of this part of the pending limit: it shows who is full. */
const FLUSH_FRACTION = 0.125;
/** How long one stalled producer is not read, milliseconds. Compat: client.go, stallClientMaxDuration. */
const STALL_MS = 10;
/** Bytes waiting from which a producer that can wait should. */
const CONGESTED_BYTES = 4 * 1024 * 1024;
/** How long the last words of a closing connection may take to leave. */
const LINGER_MS = 2_000;
const NO_RESPONDERS_HEAD = 'NATS/1.0 503\r\nNats-Subject: ';

const encoder = new TextEncoder();
const OK = encoder.encode('+OK\r\n');
const PING = encoder.encode('PING\r\n');
const PONG = encoder.encode('PONG\r\n');
const SYSTEM_QUEUE = '_sys_';
const NO_BYTES = new Uint8Array(0);
const NOTHING_PRESENTED: ConnectOptions = connectDefaults();

export function latin1(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  for (let i = start; i < end; i++) text += String.fromCharCode(bytes[i] as number);
  return text;
}

const decoder = new TextDecoder();

export class ClientConnection implements ProtocolHandler, SocketHandler, Receiver, ConnectionFacts {
  readonly id: number;
  listIndex = -1;
  readonly message = new Message();
  /** Monotonic milliseconds. */
  readonly startMs: number;
  readonly startedAtMs: number;
  readonly #context: ConnectionContext;
  readonly #socket: Socket;
  readonly #outbound: Outbound;
  readonly #parser: Parser;
  readonly #keepalive: Keepalive;
  readonly #options: ConnectOptions = connectDefaults();
  readonly #subscriptions = new Map<string, Subscription>();
  #account: Account;
  /** Its account counts it: one that comes into a full account is not counted before it is refused. */
  #isCounted = false;
  /** What the nonce of its INFO was; empty without one. */
  readonly #nonce: string;
  /** Null until it is known who this is. */
  #identity: Identity | null = null;
  /** Null: everything is allowed. */
  #rights: Rights | null = null;
  /** The same where what is delivered may be answered, whatever else is allowed; else null. */
  #replyRights: Rights | null = null;
  /** Subscriptions that it may have; -1 is no limit. */
  #subscriptionsMax = -1;
  /** Loses interest in the proof of a password that is under way; null without one. */
  #cancelProof: (() => void) | null = null;
  #isConnected = false;
  #isFirstPongSent = false;
  #isClosed = false;
  #hasOutput = false;
  #authTimer: Timer | null = null;
  #lingerTimer: Timer | null = null;
  /** Bytes given to the socket since the connection began. */
  #handedBytes = 0;
  /** Up to these bytes the socket has to be rid of them within the write deadline; what comes behind has its own. */
  #dueBytes = 0;
  /** Since when it has not taken these, monotonic ms; -1 while it has taken everything. */
  #writingSinceMs = -1;
  /** True while so much waits for this peer that those who send to it should slow down. */
  #isStalled = false;
  /** Bytes appended after which they are handed to the socket before the turn ends. */
  #flushBytes = EARLY_FLUSH_BYTES;
  /** True while this connection itself is not read because of such a peer. */
  #isWaiting = false;
  #reliefCallbacks: (() => void)[] = [];
  /** What stands between this client and the protocol until TLS is agreed on; null once it is in. */
  #entry: TlsEntry | null = null;
  #didTlsFirst = false;
  /** Null unless protocol tracing is on. */
  #trace: ProtocolTrace | null = null;

  /** The match of the subject published last, which is allowed: most clients repeat it. */
  #memoSubject = NO_BYTES;
  #memoLength = -1;
  #memoGeneration = -1;
  #memoResult: SublistResult<Subscription> | null = null;
  /** The message under way is a reply that may be sent now, and perhaps not again. */
  #isAllowedOnce = false;
  /** The subject that the message under way was mapped to. Null until the account maps something. */
  #mapped: SubjectBuffer | null = null;

  awaitsConnect: boolean;
  /** Bytes of a message, by server and account. */
  payloadMax: number;
  allowsHeaders = false;
  wantsEcho = true;
  isCongested = false;
  isPassedOver = false;

  /** Since the connection began. */
  messagesIn = 0;
  bytesIn = 0;
  messagesOut = 0;
  bytesOut = 0;
  stalls = 0;
  /** How many messages had left when this was last looked at: what is sent counts as activity. */
  #messagesOutSeen = 0;
  /** Monotonic ms of the last activity. */
  lastActivityMs: number;

  constructor(id: number, socket: Socket, context: ConnectionContext) {
    this.id = id;
    this.#context = context;
    this.#socket = socket;
    this.#outbound = new Outbound(socket, context.slabs);
    this.#parser = new Parser(this);
    this.startMs = context.clock.monotonicMs();
    this.startedAtMs = context.clock.realtimeMs();
    this.lastActivityMs = this.startMs;
    this.#account = context.defaultAccount;
    this.retrace();
    this.#nonce = context.login.nonce();
    this.awaitsConnect = context.login.isRequired;
    this.payloadMax = context.options.payloadMax;
    this.#limitBy(this.#account);
    this.#keepalive = new Keepalive({
      clock: context.clock,
      limits: () => context.options,
      pick: context.pick,
      ping: () => {
        this.#forgetMatch();
        this.#frame(PING);
      },
      stale: () => this.#stale(),
    });
  }

  /** Sends INFO and starts listening to the socket, or says at once that the client cannot stay. */
  start(refusal: WireError | null = null): void {
    this.message.client = this.clientInfo();
    this.#enterAccount();
    this.#socket.attach(this);
    const { tls, tlsRate } = this.#context;
    if (refusal !== null && tls?.isHandshakeFirst === true) return this.violation(refusal);
    if (tls === null || refusal !== null) {
      this.#sendInfo(null, this.#nonce);
      this.#begin();
      if (refusal !== null) this.violation(refusal);
      return;
    }
    this.#entry = new TlsEntry(tls, tlsRate, {
      clock: this.#context.clock,
      log: this.#context.log,
      label: this.label,
      socket: this.#socket,
      greet: () => {
        this.#sendInfo(null, this.#nonce);
        this.flush();
      },
      refuse: (error) => {
        this.#entry = null;
        this.violation(error);
      },
      drop: (reason) => {
        this.#leave(reason);
        this.#socket.destroy();
      },
      admit: (isFirst) => {
        this.#entry = null;
        this.#didTlsFirst = isFirst;
        if (isFirst) this.#sendInfo(null, this.#nonce, true);
        this.#begin();
      },
    });
    this.#entry.start();
  }

  /** The client may speak now, and should. */
  #begin(): void {
    const { clock, options } = this.#context;
    this.#keepalive.start();
    if (!this.awaitsConnect) return;
    this.#authTimer = clock.after(options.authTimeoutMs, () => this.violation(AUTHENTICATION_TIMEOUT));
  }

  get controlLineMax(): number {
    return this.#context.options.controlLineMax;
  }

  get account(): Account {
    return this.#account;
  }

  get connectOptions(): Readonly<ConnectOptions> {
    return this.#options;
  }

  /** Null until it is known who this is. */
  get identity(): Identity | null {
    return this.#identity;
  }

  get rights(): Rights | null {
    return this.#rights;
  }

  /** A key of the configuration is its account's. */
  get issuerKey(): string {
    return this.#identity?.kind === 'nkey' ? this.#account.name : '';
  }

  /** As monitoring and answers name its user: never a secret. Empty for nobody in particular. */
  get userName(): string {
    return authUser(this.#presented());
  }

  get remote(): { readonly host: string; readonly port: number } {
    return this.#socket.remote;
  }

  /** What TLS agreed on with this client; null where it came in clear, or has not agreed yet. */
  get tls(): TlsSession | null {
    return this.#socket.tls;
  }

  /** The handshake came before INFO. */
  get didTlsFirst(): boolean {
    return this.#didTlsFirst;
  }

  get pendingBytes(): number {
    return this.#outbound.pendingBytes;
  }

  get subscriptions(): IterableIterator<Subscription> {
    return this.#subscriptions.values();
  }

  get subscriptionCount(): number {
    return this.#subscriptions.size;
  }

  get rttMs(): number {
    return this.#keepalive.rttMs;
  }

  get lastActiveAtMs(): number {
    return this.startedAtMs + (this.lastActivityMs - this.startMs);
  }

  get name(): string {
    return this.#options.name;
  }

  get lang(): string {
    return this.#options.lang;
  }

  get version(): string {
    return this.#options.version;
  }

  get accountName(): string {
    return this.#account.name;
  }

  get end(): null {
    return null;
  }

  subscriptionFacts(): readonly SubscriptionFacts[] {
    return Array.from(this.#subscriptions.values(), subscriptionFacts);
  }

  /** How the log names this connection. Compat: client.go, initClient and processConnect. */
  get label(): string {
    const address = `${this.#socket.remote.host}:${this.#socket.remote.port} - cid:${this.id}`;
    if (!this.#isConnected) return address;
    const { lang, version, name } = this.#options;
    const user = authUserLabel(this.#presented());
    const said = [version === '' ? '' : `v${version}`, lang, name].filter((part) => part !== '').join(':');
    const parts = [said, user === '' ? '' : `${this.#account.name}/${user}`].filter((part) => part !== '');
    return [address, ...parts.map(goQuote)].join(' - ');
  }

  clientInfo(): ClientInfo {
    return {
      id: this.id,
      kind: 'client',
      account: this.#account.name,
      host: this.#socket.remote.host,
      name: this.#options.name,
      user: this.userName,
      lang: this.#options.lang,
      version: this.#options.version,
      startMs: this.startedAtMs,
      rttMs: this.#keepalive.rttMs,
    };
  }

  // --- from the socket ---------------------------------------------------------------------------------------------

  onData(chunk: Uint8Array, memory: ChunkMemory | null): void {
    if (this.#isClosed) return;
    if (this.#entry?.takes(chunk) === true) return;
    this.message.memory = memory ?? UNCHANGING_MEMORY;
    const messagesBefore = this.messagesIn;
    const bytesBefore = this.bytesIn;
    this.#parser.run(chunk);
    this.#countIn(messagesBefore, bytesBefore);
    this.#parser.forget();
    this.message.memory = UNCHANGING_MEMORY;
  }

  #countIn(messagesBefore: number, bytesBefore: number): void {
    const messages = this.messagesIn - messagesBefore;
    if (messages > 0) {
      const bytes = this.bytesIn - bytesBefore;
      const { traffic } = this.#context;
      traffic.messagesIn += messages;
      traffic.bytesIn += bytes;
      this.#account.messagesIn += messages;
      this.#account.bytesIn += bytes;
      this.active();
    }
  }

  onWritten(): void {
    this.#writingSinceMs = -1;
    this.#outbound.written();
    this.isCongested = false;
    this.#isStalled = false;
    this.isPassedOver = false;
    if (this.#reliefCallbacks.length === 0) return;
    const callbacks = this.#reliefCallbacks;
    this.#reliefCallbacks = [];
    for (const callback of callbacks) callback();
  }

  onClose(error: Error | null): void {
    if (!this.#isClosed && this.#entry !== null) {
      this.#entry.failed(error);
      this.#leave(TLS_HANDSHAKE_FAILURE);
    }
    if (!this.#isClosed) {
      if (error !== null && this.#context.log.isDebug) this.#context.log.debug(`${this.label} - ${error.message}`);
      this.#leave(error === null ? 'Client Closed' : 'Read Error');
    }
    this.#lingerTimer?.cancel();
    this.#context.socketClosed();
    this.#outbound.abandon();
    const callbacks = this.#reliefCallbacks;
    this.#reliefCallbacks = [];
    for (const callback of callbacks) callback();
  }

  // --- from the parser ---------------------------------------------------------------------------------------------

  announced(): void {
    if (!this.#options.pedantic) return;
    const message = this.message;
    if (!isValidLiteralBytes(message.subject, message.subjectStart, message.subjectEnd))
      this.#say(INVALID_PUBLISH_SUBJECT);
  }

  publish(): void {
    const message = this.message;
    if (this.#trace !== null) this.#trace.published(message);
    const { mappings } = this.#account;
    if (mappings !== null) this.#map(mappings, message);
    if (this.#trace !== null) this.#trace.publishedPayload(message);
    this.messagesIn++;
    this.bytesIn += message.payloadEnd - message.headerStart;
    const subject = message.subject;
    const start = message.subjectStart;
    const end = message.subjectEnd;
    const isRepeated = this.#isRepeated(subject, start, end);
    if (!isRepeated && !this.#mayPublish(subject, start, end))
      return this.#refusePublish(decoder.decode(subject.subarray(start, end)));
    const reply = message.reply;
    const replyStart = message.replyStart;
    if (message.replyEnd > replyStart && isReservedReply(reply, replyStart, message.replyEnd)) {
      return this.#refuseReply(decoder.decode(reply.subarray(replyStart, message.replyEnd)));
    }
    if (this.#options.verbose) this.#frame(OK);
    const result = isRepeated ? (this.#memoResult as SublistResult<Subscription>) : this.#match(subject, start, end);
    const outcome = deliver(result, message, subject, start, end, this, this.#context.pick);
    if (outcome === 0 && message.replyEnd > message.replyStart && this.#options.noResponders) this.#sayNoResponders();
  }

  subscribe(bytes: Uint8Array, start: number, end: number): void {
    this.#trace?.in('SUB', bytes, start, end);
    this.active();
    const tokens = splitArguments(bytes, start, end);
    if (tokens.length !== 4 && tokens.length !== 6) return this.violation(BAD_ARGUMENTS);
    const hasQueue = tokens.length === 6;
    const sidStart = tokens[tokens.length - 2] as number;
    const sidEnd = tokens[tokens.length - 1] as number;
    const subject = bytes.slice(tokens[0], tokens[1]);
    const queue = hasQueue ? decoder.decode(bytes.subarray(tokens[2], tokens[3])) : null;
    const sid = latin1(bytes, sidStart, sidEnd);
    const refusal = this.#subscribeRefusal(subject, queue, sid);
    if (refusal !== null) return this.#say(refusal);
    // A sid that is in use stays what it is. Compat: client.go, processSubEx.
    if (!this.#subscriptions.has(sid)) {
      if (!isValidSubjectBytes(subject, 0, subject.length)) return this.#say(INVALID_SUBJECT);
      const subscription = new Subscription(subject, queue, { sid: bytes.slice(sidStart, sidEnd), connection: this });
      this.#rights?.subscribed(subscription, this.#subscriptions.values());
      this.#subscriptions.set(sid, subscription);
      this.#account.add(subscription);
    }
    if (this.#options.verbose) this.#frame(OK);
  }

  unsubscribe(bytes: Uint8Array, start: number, end: number): void {
    this.#trace?.in('UNSUB', bytes, start, end);
    this.active();
    const tokens = splitArguments(bytes, start, end);
    if (tokens.length !== 2 && tokens.length !== 4) return this.violation(BAD_ARGUMENTS);
    const max = tokens.length === 4 ? parseSize(bytes, tokens[2] as number, tokens[3] as number) : -1;
    const subscription = this.#subscriptions.get(latin1(bytes, tokens[0] as number, tokens[1] as number));
    if (subscription !== undefined) {
      if (max > 0 && max > subscription.delivered) subscription.deliveredMax = max;
      else this.drop(subscription);
    }
    if (this.#options.verbose) this.#frame(OK);
  }

  connect(bytes: Uint8Array, start: number, end: number): void {
    this.#trace?.connect(bytes, start, end);
    this.#keepalive.greeted(this.startMs);
    this.active();
    const refusal = readConnect(bytes.subarray(start, end), this.#options);
    if (refusal !== null) {
      this.#context.log.error(`${this.label} - ${refusal}`);
      return this.violation(BAD_ARGUMENTS);
    }
    const options = this.#options;
    this.wantsEcho = options.echo;
    this.allowsHeaders = this.#context.options.headersSupported && options.headers;
    // Nothing that it subscribed to as somebody else goes on.
    if (this.#isConnected) this.#moveTo(this.#context.defaultAccount);
    const attempt = this.#attempt(options);
    const verdict = this.#context.login.judge(attempt);
    if (verdict.notes !== undefined) this.#sayHowMapped(verdict.notes, verdict.kind);
    if (verdict.kind === 'unproven') this.#prove(verdict, attempt, (decision) => this.#decided(decision));
    else this.#decided(verdict);
  }

  admitSilent(): boolean {
    const verdict = this.#context.login.judgeSilent(this.#attempt(NOTHING_PRESENTED));
    if (verdict.kind !== 'accepted') return false;
    this.#cancelAuthTimer();
    if (!this.#enter(verdict.identity)) return true;
    this.awaitsConnect = false;
    this.#isConnected = true;
    this.message.client = this.clientInfo();
    this.#context.connected(this);
    return true;
  }

  info(bytes: Uint8Array, start: number, end: number): void {
    // Clients have no business with INFO; the reference only checks that it is JSON.
    const parsed = parseJson(bytes.subarray(start, end));
    if (!parsed.ok) this.violation(BAD_ARGUMENTS);
  }

  ping(): void {
    this.#trace?.in('PING', NO_BYTES, 0, 0);
    this.#keepalive.heard();
    this.#frame(PONG);
    if (!this.#isConnected || this.#isFirstPongSent) return;
    this.#isFirstPongSent = true;
    if (this.#options.protocol >= 1) this.#sendInfo(this.#account.name, '');
  }

  pong(): void {
    this.#trace?.in('PONG', NO_BYTES, 0, 0);
    this.#keepalive.ponged();
    this.message.client = this.clientInfo();
  }

  peerError(bytes: Uint8Array, start: number, end: number): void {
    this.#context.log.error(`${this.label} - Client Error ${decoder.decode(bytes.subarray(start, end))}`);
    this.violation(PEER_ERROR);
  }

  violation(error: WireError, logged = error.text): void {
    if (this.#isClosed) return;
    if (error === AUTHORIZATION_VIOLATION) return this.#refuseLogin('something else came than CONNECT');
    const { log, errorRates, clock } = this.#context;
    const isTold = errorRates.get(error)?.allows(clock.monotonicMs()) ?? true;
    if (logged !== null && isTold) log.error(`${this.label} - ${logged}`);
    this.#say(error);
    if (error.closes) this.close(error.reason);
  }

  // --- from the rest of the server -----------------------------------------------------------------------------------

  /** Appends a message to the outgoing buffer. True when more should wait. */
  send(
    message: Message,
    shown: Uint8Array,
    start: number,
    end: number,
    sid: Uint8Array,
    producer: Receiver | null,
  ): boolean {
    const outbound = this.#outbound;
    outbound.message(message, shown, start, end, sid, this.allowsHeaders);
    if (this.#trace !== null) this.#trace.sent(message, latin1(shown, start, end), sid, this.allowsHeaders);
    if (this.#replyRights !== null) this.#replyRights.delivered(message);
    const size = message.payloadEnd - (this.allowsHeaders ? message.headerStart : message.payloadStart);
    this.messagesOut++;
    this.bytesOut += size;
    const { traffic } = this.#context;
    traffic.messagesOut++;
    traffic.bytesOut += size;
    this.#account.messagesOut++;
    this.#account.bytesOut += size;
    if (!this.#hasOutput) this.#markOutput();
    if (outbound.unflushedBytes >= this.#flushBytes) this.flush();
    if (this.#isStalled && producer !== null) producer.wait();
    return this.isCongested;
  }

  /** Sends what has been appended: the turn ends. */
  flushTurn(nowMs: number): void {
    if (this.messagesOut !== this.#messagesOutSeen) {
      this.#messagesOutSeen = this.messagesOut;
      this.lastActivityMs = nowMs;
    }
    this.flush();
  }

  /** Sends what has been appended, where much has come together before the turn ends. */
  flush(): void {
    this.#hasOutput = false;
    const bytes = this.#outbound.unflushedBytes;
    if (bytes === 0) return;
    this.#outbound.flush();
    this.#handedBytes += bytes;
    const pending = this.#socket.pendingBytes;
    if (pending === 0) return;
    const { options } = this.#context;
    if (this.#writingSinceMs < 0) {
      this.#writingSinceMs = this.#context.clock.monotonicMs();
      this.#dueBytes = this.#handedBytes;
    }
    this.isCongested = pending > CONGESTED_BYTES;
    this.#isStalled = pending > options.pendingBytesMax * STALL_FRACTION;
    this.isPassedOver = this.#isStalled && !options.stallsFastProducers;
    if (pending > options.pendingBytesMax && !this.#isClosed) {
      this.#slow(
        `Slow Consumer Detected: MaxPending of ${options.pendingBytesMax} Exceeded`,
        SLOW_CONSUMER_PENDING.reason,
      );
    }
  }

  /**
   * Whether the peer has not taken what was written for longer than the write deadline. Who keeps taking is not overdue,
   * even if there is always more. Asked every now and then. Compat: client.go, flushOutbound, a deadline for each write.
   */
  isOverdue(nowMs: number): boolean {
    if (this.#writingSinceMs < 0) return false;
    if (this.#handedBytes - this.#socket.pendingBytes >= this.#dueBytes) {
      this.#writingSinceMs = nowMs;
      this.#dueBytes = this.#handedBytes;
    }
    return nowMs - this.#writingSinceMs > this.#context.options.writeDeadlineMs;
  }

  /** Ends an overdue connection. */
  overdue(reason: string): void {
    if (this.#isClosed) return;
    const { writeDeadlineMs } = this.#context.options;
    this.#slow(
      `Slow Consumer Detected: WriteDeadline of ${writeDeadlineMs / 1000}s exceeded with ${this.pendingBytes} total bytes.`,
      reason,
    );
  }

  whenRelieved(callback: () => void): void {
    this.#reliefCallbacks.push(callback);
  }

  /** Ends one subscription. */
  drop(subscription: Subscription): void {
    this.#subscriptions.delete(latin1(subscription.sid, 0, subscription.sid.length));
    this.#account.remove(subscription);
  }

  /** The peer did something: no ping is needed for a while. */
  active(): void {
    this.lastActivityMs = this.#context.clock.monotonicMs();
    this.#keepalive.heard();
  }

  /** Sends the current INFO again (lame duck, cluster changes). Those who have just come get it behind their first PONG. */
  refreshInfo(): void {
    if (this.#isConnected && this.#isFirstPongSent && this.#options.protocol >= 1) this.#sendInfo(null, '');
  }

  /** Traces its protocol, or not, as the log and the options now say. */
  retrace(): void {
    const { log, options } = this.#context;
    this.#trace = log.isTrace ? new ProtocolTrace(log, () => this.label, options) : null;
  }

  /** The server's limits are others now. */
  relimit(): void {
    this.#limitBy(this.#account);
  }

  /** Other rules for who may come in, what accounts have and what users may do: it stays, with less perhaps, or goes. */
  reauthorize(): void {
    // Whose password is being checked is judged by the rules of the moment when that is over; who has not said yet who he
    // is, when he does.
    if (this.#isClosed || this.#cancelProof !== null) return;
    if (this.awaitsConnect && this.#context.login.isRequired) return;
    // Compat: reload.go, clientHasMovedToDifferentAccount: who is gone is closed without a word. Clients give up sooner
    // where they are told that they may not come in, and the user may be back with the next reload.
    if (this.#identity !== null && !this.#context.login.knows(this.#identity)) return this.close('Client Closed');
    const attempt = this.#attempt(this.#options);
    const verdict = this.#context.login.judge(attempt);
    if (verdict.kind === 'unproven') this.#prove(verdict, attempt, (decision) => this.#reauthorized(decision));
    else this.#reauthorized(verdict);
  }

  /** Sends -ERR and ends, for reasons of the server's own. */
  refuse(error: WireError): void {
    this.violation(error);
  }

  /** Tells this client alone that it should go elsewhere. False when it would not understand, or not yet. */
  announceLameDuck(): boolean {
    if (!this.#isFirstPongSent || this.#options.protocol < 1) return false;
    this.#text(encodeInfo({ ...this.#context.info, isLameDuck: true }, this.#infoFields(null, '')));
    return true;
  }

  /** Lets the last words leave, then ends. */
  close(reason: string): void {
    if (this.#isClosed) return;
    this.#leave(reason);
    this.#outbound.flush();
    this.#socket.end();
    this.#lingerTimer = this.#context.clock.after(LINGER_MS, () => this.#socket.destroy());
  }

  // --- inside --------------------------------------------------------------------------------------------------------

  /** It is the subject published last: it is allowed, and what it matches is known. */
  #isRepeated(subject: Uint8Array, start: number, end: number): boolean {
    const length = end - start;
    if (length !== this.#memoLength || this.#account.subscriptions.generation !== this.#memoGeneration) return false;
    const memo = this.#memoSubject;
    let i = 0;
    while (i < length && memo[i] === subject[start + i]) i++;
    return i === length;
  }

  /** What it published last is judged and matched anew, and it holds on to nobody who has gone. */
  #forgetMatch(): void {
    this.#memoLength = -1;
    this.#memoResult = null;
  }

  #match(subject: Uint8Array, start: number, end: number): SublistResult<Subscription> {
    const list = this.#account.subscriptions;
    const result = list.match(subject, start, end);
    if (this.#isAllowedOnce) {
      this.#isAllowedOnce = false;
      this.#forgetMatch();
      return result;
    }
    const length = end - start;
    if (length > this.#memoSubject.length) this.#memoSubject = new Uint8Array(Math.max(64, length * 2));
    for (let i = 0; i < length; i++) this.#memoSubject[i] = subject[start + i] as number;
    this.#memoLength = length;
    this.#memoGeneration = list.generation;
    this.#memoResult = result;
    return result;
  }

  /** From here on the message has the subject that it is mapped to. Compat: parser.go, before processInboundMsg. */
  #map(mappings: SubjectMappings, message: Message): void {
    this.#mapped ??= new SubjectBuffer();
    const mapped = this.#mapped;
    const { subject, subjectStart, subjectEnd } = message;
    if (!mappings.select(subject, subjectStart, subjectEnd, mapped, this.#context.pick)) return;
    message.subject = mapped.bytes;
    message.subjectStart = 0;
    message.subjectEnd = mapped.length;
    if (this.#trace !== null) this.#trace.mapped(decoder.decode(subject.subarray(subjectStart, subjectEnd)), message);
  }

  /** Compat: client.go, processInboundClientMsg: only a plain subscription of this very client hears of it. */
  #sayNoResponders(): void {
    const message = this.message;
    const result = this.#account.subscriptions.match(message.reply, message.replyStart, message.replyEnd);
    const own = result.plain.find((subscription) => subscription.connection === this);
    if (own === undefined) return;
    const header = `${NO_RESPONDERS_HEAD}${latin1(message.subject, message.subjectStart, message.subjectEnd)}\r\n\r\n`;
    const reply = latin1(message.reply, message.replyStart, message.replyEnd);
    const sid = latin1(own.sid, 0, own.sid.length);
    this.#frame(latin1Bytes(`HMSG ${reply} ${sid} ${header.length} ${header.length}\r\n${header}\r\n`));
  }

  /** Not read for a moment: what it publishes goes to somebody who cannot keep up. */
  wait(): void {
    if (this.#isWaiting || !this.#context.options.stallsFastProducers) return;
    this.#isWaiting = true;
    this.stalls++;
    this.#context.traffic.stalledClients++;
    this.#socket.pause();
    this.#context.clock.after(STALL_MS, () => {
      this.#isWaiting = false;
      if (!this.#isClosed && this.#cancelProof === null) this.#socket.resume();
    });
  }

  // --- who it is -----------------------------------------------------------------------------------------------------

  #attempt(credentials: ConnectOptions): Attempt {
    const der = this.#socket.tls?.peerCertificates[0];
    const certificate = der === undefined ? null : readCertificate(der);
    const { host } = this.#socket.remote;
    return { credentials, nonce: this.#nonce, connectionType: 'STANDARD', certificate, host };
  }

  /** Compat: auth.go, checkClientTLSCertSubject and processClientOrLeafAuthentication. */
  #sayHowMapped(notes: readonly string[], kind: Verdict['kind']): void {
    const { log } = this.#context;
    const several = 'Multiple peer certificates found, selecting first';
    if ((this.tls?.peerCertificates.length ?? 0) > 1) log.debug(`${this.label} - ${several}`);
    for (const note of notes) log.debug(`${this.label} - ${note}`);
    const { user } = this.#options;
    if (kind === 'refused' || user === '') return;
    log.warn(`User ${goQuote(user)} found in connect proto, but user required from cert`);
  }

  /** Waits for the proof of a password. Nothing of this connection is read or handled before, and its time runs on. */
  #prove(question: Question, attempt: Attempt, decided: (decision: Decision) => void): void {
    this.#parser.hold();
    this.#socket.pause();
    this.#cancelProof = this.#context.login.prove(question, attempt, (decision) => {
      this.#cancelProof = null;
      // A pause that ended meanwhile has left it to this.
      if (!this.#isWaiting) this.#socket.resume();
      decided(decision);
      // What was held was copied.
      this.message.memory = UNCHANGING_MEMORY;
      const messagesBefore = this.messagesIn;
      const bytesBefore = this.bytesIn;
      this.#parser.release();
      this.#countIn(messagesBefore, bytesBefore);
      this.#parser.forget();
    });
  }

  /** The rest of CONNECT, once it is known who this is. */
  #decided(decision: Decision): void {
    const options = this.#options;
    this.#cancelAuthTimer();
    if (decision.kind === 'refused') return this.#refuseLogin(decision.reason);
    if (!this.#enter(decision.identity)) return;
    if (options.newAccount || options.account !== '') return this.#refuseLogin('nobody chooses an account');
    this.awaitsConnect = false;
    this.#isConnected = true;
    this.message.client = this.clientInfo();
    if (options.protocol < 0 || options.protocol > 1) return this.violation(BAD_CLIENT_PROTOCOL);
    if (options.noResponders && !this.allowsHeaders) return this.violation(NO_RESPONDERS_NEEDS_HEADERS);
    this.#keepalive.connected();
    this.message.client = this.clientInfo();
    this.#context.connected(this);
    if (options.verbose) this.#frame(OK);
  }

  /** Compat: reload.go, reloadAuthorization: whoever belongs elsewhere now is closed without a word, and comes again. */
  #reauthorized(decision: Decision): void {
    if (decision.kind === 'refused') return this.#refuseLogin(decision.reason);
    const { identity } = decision;
    if ((identity.account ?? this.#context.defaultAccount.name) !== this.#account.name)
      return this.close('Client Closed');
    this.#beWhoItIs(identity);
    this.#limitBy(this.#account);
    for (const subscription of [...this.#subscriptions.values()]) this.#reconsider(subscription);
    const max = this.#subscriptionsMax;
    if (max >= 0 && this.#subscriptions.size > max) this.violation({ ...SUBSCRIPTIONS_EXCEEDED, closes: true });
  }

  /** Is a subscription still allowed? */
  #reconsider(subscription: Subscription): void {
    const { subject: bytes, queue, sid } = subscription;
    const rights = this.#rights;
    subscription.filter = null;
    if (rights === null) return;
    if (rights.maySubscribe(latin1(bytes, 0, bytes.length), queue)) {
      return rights.subscribed(subscription, this.#subscriptions.values());
    }
    const revoked = subscriptionRevoked(decoder.decode(bytes), queue, latin1(sid, 0, sid.length));
    this.drop(subscription);
    this.#say(revoked);
    const group = queue === null ? '' : ` using queue ${goQuote(queue)}`;
    const which = `${goQuote(decoder.decode(bytes))}${group} (sid ${goQuote(latin1(sid, 0, sid.length))})`;
    this.#context.log.info(`Removed sub ${which} for ${authUserText(this.#presented())} - not authorized`);
  }

  #beWhoItIs(identity: Identity): void {
    const { permissions } = identity;
    this.#identity = identity;
    // Who may do the same as before keeps the permits for replies.
    this.#forgetMatch();
    if (permissions === null) this.#rights = null;
    else if (this.#rights?.permissions !== permissions) this.#rights = new Rights(permissions, this.#context.clock);
    this.#replyRights = this.#rights?.permitsReplies === true ? this.#rights : null;
  }

  /** False when there is no room in its account; then it is told so and ends. */
  #enter(identity: Identity): boolean {
    this.#beWhoItIs(identity);
    if (identity.account === null) return true;
    if (!this.#moveTo(this.#context.account(identity.account))) {
      this.violation(ACCOUNT_CONNECTIONS_EXCEEDED);
      return false;
    }
    // One that may subscribe to nothing at all is over as soon as it begins. Compat: client.go, applyAccountLimits.
    if (this.#subscriptionsMax !== 0) return true;
    this.violation({ ...SUBSCRIPTIONS_EXCEEDED, closes: true });
    return false;
  }

  /** Leaves its account for another one, without its subscriptions. False when that one is full. */
  #moveTo(account: Account): boolean {
    this.#dropAll();
    this.#leaveAccount();
    const hasRoom = !account.isFull;
    this.#account = account;
    this.#forgetMatch();
    this.#limitBy(account);
    if (hasRoom) this.#enterAccount();
    return hasRoom;
  }

  #enterAccount(): void {
    this.#account.connectionCount++;
    this.#isCounted = true;
  }

  #leaveAccount(): void {
    if (!this.#isCounted) return;
    this.#isCounted = false;
    this.#account.connectionCount--;
  }

  #limitBy({ limits }: Account): void {
    const { payloadMax, pendingBytesMax, stallsFastProducers, subscriptionsMax } = this.#context.options;
    this.payloadMax = limits.payloadMax < 0 ? payloadMax : Math.min(payloadMax, limits.payloadMax);
    this.#subscriptionsMax = smallerLimit(limits.subscriptionsMax, subscriptionsMax === 0 ? -1 : subscriptionsMax);
    this.#flushBytes = Math.min(EARLY_FLUSH_BYTES, pendingBytesMax * FLUSH_FRACTION);
    this.isPassedOver = this.#isStalled && !stallsFastProducers;
  }

  #refuseLogin(reason: string): void {
    const { log } = this.#context;
    const presented = this.#presented();
    log.debug(`${this.label} - ${reason}`);
    const who = authUser(presented) === '' ? '' : ` - ${authUserText(presented)}`;
    log.error(`${this.label} - authentication error${who}`);
    // Said above, and to whom.
    this.#say(AUTHORIZATION_VIOLATION);
    this.close(AUTHORIZATION_VIOLATION.reason);
    this.#context.authenticationFailed(this);
  }

  #cancelAuthTimer(): void {
    this.#authTimer?.cancel();
    this.#authTimer = null;
  }

  /** What it presented, or what stands for that. */
  #presented(): Pick<ConnectOptions, 'user' | 'nkey' | 'authToken'> {
    const identity = this.#identity;
    if (identity === null || (identity.kind !== 'user' && identity.kind !== 'nkey')) return this.#options;
    const isKey = identity.kind === 'nkey';
    return { nkey: isKey ? identity.name : '', user: isKey ? '' : identity.name, authToken: '' };
  }

  // --- what it may do ------------------------------------------------------------------------------------------------

  #mayPublish(subject: Uint8Array, start: number, end: number): boolean {
    const rights = this.#rights;
    if (rights !== null && !rights.permissions.mayPublish(subject, start, end)) {
      if (!rights.mayReply(subject, start, end)) return false;
      this.#isAllowedOnce = true;
    }
    if (!isReservedSubject(subject, start, end)) return true;
    return isRaftSubject(subject, start, end) && this.#context.isSystemAccount(this.#account);
  }

  #refusePublish(subject: string): void {
    this.#context.log.error(`${this.label} - Publish Violation - Subject ${goQuote(subject)}`);
    this.#say(publishViolation(subject));
  }

  #refuseReply(reply: string): void {
    this.#context.log.error(`${this.label} - Publish Violation - Reply ${goQuote(reply)}`);
    this.#say(replyViolation(reply));
  }

  #subscribeRefusal(bytes: Uint8Array, queue: string | null, sid: string): WireError | null {
    const { options, log, clock } = this.#context;
    const subject = decoder.decode(bytes);
    if (queue === SYSTEM_QUEUE || this.#rights?.maySubscribe(latin1(bytes, 0, bytes.length), queue) === false) {
      const group = queue === null ? '' : ` Queue: ${goQuote(queue)},`;
      log.error(`${this.label} - Subscription Violation - Subject ${goQuote(subject)},${group} SID ${sid}`);
      return subscribeViolation(subject, queue);
    }
    if (options.subscriptionTokensMax > 0 && subject.split('.').length > options.subscriptionTokensMax) {
      log.error(`${this.label} - Subscription Violation Too Many Tokens - Subject ${goQuote(subject)}, SID ${sid}`);
      return tooManyTokens(subject);
    }
    if (this.#subscriptionsMax < 0 || this.#subscriptions.size < this.#subscriptionsMax) return null;
    if (this.#account.maybeReportLimit(clock.monotonicMs())) {
      log.error(`${this.label} - ${SUBSCRIPTIONS_EXCEEDED.text}`);
    }
    return SUBSCRIPTIONS_EXCEEDED;
  }

  #dropAll(): void {
    for (const subscription of this.#subscriptions.values()) this.#account.remove(subscription);
    this.#subscriptions.clear();
  }

  /**
   * `nonce` in the first one only; `boundAccount` in the one that answers CONNECT. Who began with TLS hears that it is
   * required, whatever others may do. Compat: server.go, createClientEx.
   */
  #sendInfo(boundAccount: string | null, nonce: string, isTlsFirst = false): void {
    const { info } = this.#context;
    const shown = isTlsFirst ? { ...info, tlsRequired: true } : info;
    this.#text(encodeInfo(shown, this.#infoFields(boundAccount, nonce)));
  }

  #infoFields(boundAccount: string | null, nonce: string): ClientInfoFields {
    const context = this.#context;
    return {
      clientId: this.id,
      clientIp: this.#socket.remote.host,
      payloadMax: this.payloadMax,
      nonce,
      isCredentialOptional: !this.#isConnected && context.isCredentialOptional,
      boundAccount,
      isSystemAccount: boundAccount !== null && context.isSystemAccount(this.#account),
    };
  }

  #say(error: WireError): void {
    if (error.text !== null) this.#frame(encoder.encode(`-ERR '${error.text}'\r\n`));
  }

  #text(line: string): void {
    this.#frame(encoder.encode(line));
  }

  #frame(bytes: Uint8Array): void {
    this.#trace?.out(bytes);
    this.#outbound.bytes(bytes);
    if (!this.#hasOutput) this.#markOutput();
  }

  #markOutput(): void {
    if (this.#isClosed) return;
    this.#hasOutput = true;
    this.#context.hasOutput(this);
  }

  #stale(): void {
    this.#context.traffic.staleConnections++;
    this.#context.log.debug(`${this.label} - Stale Client Connection - Closing`);
    this.#text("-ERR 'Stale Connection'\r\n");
    this.close('Stale Connection');
  }

  #slow(text: string, reason: string): void {
    this.#context.traffic.slowConsumers++;
    this.#account.slowConsumers++;
    this.#context.log.info(`${this.label} - ${text}`);
    this.#leave(reason);
    this.#socket.destroy();
  }

  /** Out of the account and of every list; nothing is read or delivered any more. */
  #leave(reason: string): void {
    this.#isClosed = true;
    this.#parser.stop();
    this.#cancelAuthTimer();
    this.#entry?.stop();
    this.#cancelProof?.();
    this.#cancelProof = null;
    this.#keepalive.stop();
    const subscriptions = this.subscriptionFacts();
    this.#dropAll();
    this.#leaveAccount();
    this.#context.closed(this, reason, subscriptions);
  }
}

/** Start and end of each argument; splits at white space as SUB and UNSUB do. Compat: client.go, splitArg. */
function splitArguments(bytes: Uint8Array, start: number, end: number): number[] {
  const bounds: number[] = [];
  let tokenStart = -1;
  for (let i = start; i <= end; i++) {
    const c = i === end ? 32 : bytes[i];
    if (c === 32 || c === 9 || c === 13 || c === 10) {
      if (tokenStart >= 0) bounds.push(tokenStart, i);
      tokenStart = -1;
    } else if (tokenStart < 0) tokenStart = i;
  }
  return bounds;
}

function smallerLimit(one: number, other: number): number {
  if (one < 0) return other;
  return other < 0 ? one : Math.min(one, other);
}

/** Text whose characters are bytes (what latin1 made of them) back to bytes. */
function latin1Bytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}
