// One visit to a server that may speak TLS, and what the visitor saw: INFO in clear, how the handshake went, what it was
// shown, INFO behind it, what CONNECT and PING were answered. Knows no server. Called by tls_test.ts.
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { type ConnectionOptions, type TLSSocket, connect as tlsConnect } from 'node:tls';
import { tlsFiles, tlsFixture } from '../../src/node/tls_fixtures.ts';

export interface Visitor {
  /**
   * `after info`: TLS once INFO is there; `first`: at once; `never`: in clear once INFO is there; `silent`: not a word;
   * `clear before tls`: CONNECT in clear, and the handshake right behind it; `clear at once`: before any INFO.
   */
  readonly tls: 'after info' | 'first' | 'never' | 'silent' | 'clear before tls' | 'clear at once';
  /** The certificate it shows, one of test/fixtures/tls. */
  readonly certificate?: string;
  readonly tlsOptions?: ConnectionOptions;
  readonly connect?: Readonly<Record<string, unknown>>;
  /** How long nothing at all may come before it leaves, milliseconds. */
  readonly patienceMs?: number;
  /** Called while it is in. */
  readonly meanwhile?: () => Promise<unknown>;
}

/** Comparable between servers: no ids, no times. */
export interface Sight {
  readonly infoInClear: unknown;
  readonly infoInTls: unknown;
  /** What came in clear besides INFO. */
  readonly clear: string;
  /** What came over TLS besides INFO. */
  readonly secure: string;
  readonly version: string | null;
  readonly suite: string | null;
  /** Whose certificate the server showed. */
  readonly serverName: string | null;
  /** The server ended the connection. */
  readonly isRefused: boolean;
  readonly meanwhile: unknown;
}

const PATIENCE_MS = 20_000;
const PLAIN_WORD = 'CONNECT {"verbose":false}\r\nPING\r\n';

export async function visit(port: number, visitor: Visitor): Promise<Sight> {
  const patienceMs = visitor.patienceMs ?? PATIENCE_MS;
  const plain = new Ear(connect(port, '127.0.0.1'));
  let secure: Ear | null = null;
  let meanwhile: unknown = null;
  try {
    if (visitor.tls === 'silent') await plain.until(() => false, patienceMs);
    else if (visitor.tls === 'never') {
      await plain.until((text) => text.includes('\r\n'), patienceMs);
      await talk(plain, visitor, patienceMs);
      meanwhile = plain.isEnded ? null : await visitor.meanwhile?.();
    } else if (visitor.tls === 'clear at once') {
      plain.socket.write(PLAIN_WORD);
      await plain.until((text) => text.includes('PONG\r\n'), patienceMs);
    } else {
      if (visitor.tls !== 'first') await plain.until((text) => text.includes('\r\n'), patienceMs);
      if (visitor.tls === 'clear before tls') plain.socket.write(PLAIN_WORD);
      secure = new Ear(secured(plain.leave(), visitor));
      if (visitor.tls === 'first') await secure.until((text) => text.includes('\r\n'), patienceMs);
      await talk(secure, visitor, patienceMs);
      meanwhile = secure.isEnded ? null : await visitor.meanwhile?.();
    }
    return sightOf(plain, secure, meanwhile ?? null);
  } finally {
    plain.socket.destroy();
    secure?.socket.destroy();
  }
}

async function talk(ear: Ear, { connect: options }: Visitor, patienceMs: number): Promise<void> {
  ear.socket.write(`CONNECT ${JSON.stringify({ verbose: false, ...options })}\r\nPING\r\n`);
  await ear.until((text) => text.includes('PONG\r\n'), patienceMs);
  // Whoever is refused is not always told so before the connection ends.
  if (ear.text.includes('-ERR')) await ear.until(() => false, patienceMs);
}

function secured(socket: Socket, { certificate, tlsOptions }: Visitor): TLSSocket {
  const files = certificate === undefined ? null : tlsFiles(certificate);
  return tlsConnect({
    socket,
    servername: 'localhost',
    ca: readFileSync(tlsFixture('ca.pem')),
    checkServerIdentity: () => undefined,
    ...(files === null ? {} : { cert: readFileSync(files.certFile), key: readFileSync(files.keyFile) }),
    ...tlsOptions,
  });
}

function sightOf(plain: Ear, secure: Ear | null, meanwhile: unknown): Sight {
  // A client that is refused for its certificate may have ended its part of the handshake, or not: that is not compared.
  const isIn = secure?.text.includes('\r\n') === true;
  return {
    infoInClear: infoOf(plain.text),
    infoInTls: infoOf(secure?.text ?? ''),
    clear: wordsOf(plain.text),
    secure: wordsOf(secure?.text ?? ''),
    version: isIn ? (secure?.session.version ?? null) : null,
    suite: isIn ? (secure?.session.suite ?? null) : null,
    serverName: isIn ? (secure?.session.serverName ?? null) : null,
    isRefused: secure?.isEnded ?? plain.isEnded,
    meanwhile,
  };
}

/** What INFO says about TLS, or null where there is none. */
function infoOf(text: string): unknown {
  const [, json] = /^INFO (.*?) ?\r\n/.exec(text) ?? [];
  if (json === undefined) return null;
  const { auth_required, tls_required, tls_verify, tls_available } = JSON.parse(json);
  return { auth_required, tls_required, tls_verify, tls_available };
}

function wordsOf(text: string): string {
  return text.replace(/INFO .*\r\n/g, '');
}

/** A stream that remembers what came. */
class Ear {
  readonly socket: Socket;
  text = '';
  isEnded = false;
  session: { version: string | null; suite: string | null; serverName: string | null } = {
    version: null,
    suite: null,
    serverName: null,
  };
  #wake: () => void = () => undefined;
  readonly #heard = (chunk: Buffer): void => {
    this.text += chunk.toString('latin1');
    this.#wake();
  };
  readonly #ended = (): void => {
    this.isEnded = true;
    this.#wake();
  };

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', this.#heard);
    for (const event of ['end', 'close', 'error']) socket.on(event, this.#ended);
    socket.on('secureConnect', () => this.#secured(socket as TLSSocket));
  }

  /** Gives the stream up, for another to be put in front of it. */
  leave(): Socket {
    this.socket.off('data', this.#heard);
    return this.socket;
  }

  /** Until what came is as wanted, nothing more can come, or nothing has come for so long. */
  async until(isWanted: (text: string) => boolean, patienceMs: number): Promise<void> {
    while (!isWanted(this.text) && !this.isEnded) {
      const isSilent = await new Promise<boolean>((resolve) => {
        const timer = setTimeout(() => resolve(true), patienceMs);
        this.#wake = () => {
          clearTimeout(timer);
          resolve(false);
        };
      });
      this.#wake = () => undefined;
      if (isSilent) return;
    }
  }

  #secured(socket: TLSSocket): void {
    this.session = {
      version: socket.getProtocol(),
      suite: socket.getCipher().standardName,
      serverName: String(socket.getPeerCertificate().subject?.CN),
    };
  }
}
