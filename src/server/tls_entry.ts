// How a client gets in where there is TLS: whether INFO or the handshake comes first, whether it may stay in clear, how long
// it may take, and whose certificate is good enough. One per connection, gone once the client is in. It speaks through its
// owner and decides nothing about what comes after.
// Compat: server.go, createClientEx; client.go, doTLSHandshake.
import { certificateFingerprint, certificateKeyId, certificateSubjectText } from '../auth/certificate.ts';
import { TlsHandshakeError } from '../base/errors.ts';
import type { Logger } from '../base/log.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { Socket } from '../ports/network.ts';
import type { TlsSession } from '../ports/tls.ts';
import { CONNECTIONS_THROTTLED, TLS_HANDSHAKE_FAILURE, type WireError } from '../wire/wire_errors.ts';
import type { RateCounter } from './rate_counter.ts';
import type { ServerTls } from './server_tls.ts';

/** The first byte of a TLS handshake, which no word of NATS begins with. */
const HANDSHAKE_RECORD = 0x16;

export interface TlsEntryOwner {
  readonly clock: Clock;
  readonly log: Logger;
  readonly label: string;
  readonly socket: Socket;
  /** Sends INFO, in clear and at once. */
  greet(): void;
  /** Says what is wrong, in clear, and ends. */
  refuse(error: WireError): void;
  /** Ends without a word. */
  drop(reason: string): void;
  /** Lets the client in. `isFirst`: it spoke TLS first and has had no INFO yet. */
  admit(isFirst: boolean): void;
}

export class TlsEntry {
  readonly #tls: ServerTls;
  readonly #rate: RateCounter | null;
  readonly #owner: TlsEntryOwner;
  #timer: Timer | null = null;
  #isFirst: boolean;
  /** The handshake has begun: from here on only its good end lets the client in. */
  #isSecuring = false;

  constructor(tls: ServerTls, rate: RateCounter | null, owner: TlsEntryOwner) {
    this.#tls = tls;
    this.#rate = rate;
    this.#owner = owner;
    this.#isFirst = tls.isHandshakeFirst;
  }

  start(): void {
    if (!this.#isFirst) this.#greet();
    else if (this.#tls.fallbackMs === 0) this.#shakeHands(null);
    else {
      this.#after(this.#tls.fallbackMs, () => {
        this.#isFirst = false;
        this.#greet();
      });
    }
  }

  /** The first bytes of a client: whether they belong to TLS. If not, the client has been let in with them. */
  takes(chunk: Uint8Array): boolean {
    if (this.#isSecuring) return true;
    this.stop();
    if (this.#isFirst || chunk[0] === HANDSHAKE_RECORD) {
      this.#shakeHands(chunk);
      return true;
    }
    this.#owner.admit(false);
    return false;
  }

  /** The connection is over before the client was in. */
  failed(error: Error | null): void {
    this.stop();
    const { log, label } = this.#owner;
    if (error instanceof TlsHandshakeError) {
      const text = `${label} - TLS handshake error: ${error.message}${certificatesText(error.certificates)}`;
      if (error.isProbe) log.debug(text);
      else log.error(text);
    } else if (error !== null) log.debug(`${label} - ${error.message}`);
  }

  /** Nothing happens by itself any more. */
  stop(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }

  #greet(): void {
    this.#owner.greet();
    if (!this.#tls.allowsPlain) return this.#shakeHands(null);
    // Who says nothing for so long does not speak TLS. Compat: createClientEx, sniffTLS.
    this.#after(this.#tls.timeoutMs, () => this.#owner.admit(false));
  }

  #shakeHands(received: Uint8Array | null): void {
    const { clock, log, label, socket } = this.#owner;
    if (this.#rate !== null && !this.#rate.allows(clock.monotonicMs())) {
      return this.#owner.refuse(CONNECTIONS_THROTTLED);
    }
    this.#isSecuring = true;
    log.debug(`${label} - Starting TLS client connection handshake`);
    this.#after(this.#tls.timeoutMs, () => {
      log.debug(`${label} - TLS handshake timeout`);
      this.#owner.drop(TLS_HANDSHAKE_FAILURE);
    });
    const { context } = this.#tls;
    socket.startTls({ context, received, serverName: null, onSecured: (session) => this.#secured(session) });
  }

  #secured(session: TlsSession): void {
    this.stop();
    const { log, label } = this.#owner;
    const fault = pinFault(session, this.#tls.pinnedKeys);
    if (fault !== null) {
      log.debug(`${label} - ${fault}`);
      log.error(`${label} - TLS handshake error: certificate not pinned`);
      return this.#owner.drop(TLS_HANDSHAKE_FAILURE);
    }
    log.debug(`${label} - TLS handshake complete`);
    log.debug(`${label} - TLS version ${session.version}, cipher suite ${session.cipherSuite}`);
    this.#owner.admit(this.#isFirst);
  }

  #after(ms: number, callback: () => void): void {
    this.#timer = this.#owner.clock.after(ms, () => {
      this.#timer = null;
      callback();
    });
  }
}

/** Why this client's key is not one of these, or null. Compat: auth.go, matchesPinnedCert. */
export function pinFault(session: TlsSession | null, pinnedKeys: ReadonlySet<string> | null): string | null {
  if (pinnedKeys === null) return null;
  const [own] = session?.peerCertificates ?? [];
  const id = own === undefined ? null : certificateKeyId(own);
  if (id === null) return 'Failed pinned cert test as client did not provide a certificate';
  return pinnedKeys.has(id) ? null : `Failed pinned cert test for key id: ${id}`;
}

function certificatesText(certificates: readonly Uint8Array[]): string {
  if (certificates.length === 0) return '';
  return ` (${certificates.map((one) => `${certificateSubjectText(one)} SHA-256: ${certificateFingerprint(one)}`).join('; ')})`;
}
