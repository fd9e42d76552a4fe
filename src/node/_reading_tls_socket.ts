// A server's TLS stream that reads into memory of ours. Node gives `onread` only to streams that connect by themselves, and
// makes a buffer of every record for all others: collecting that garbage then costs more than deciphering. So this stream is
// told that it has no connection yet, and gets that of a plain socket. Called by _tls_start.ts, which can do without.
import type { Socket as NetSocket } from 'node:net';
import { TLSSocket, type TLSSocketOptions } from 'node:tls';
import type { ConnectionReader } from './_read_memory.ts';

/** What Node's own sockets have and do not declare. */
interface Internals {
  connecting: boolean;
  readonly _handle: { receive?(bytes: Uint8Array): void } | null;
  readonly _tlsOptions: { readonly plain: NetSocket };
  _wrapHandle?(wrap: NetSocket, handle: unknown, hasActiveWrite: boolean): unknown;
}

function internalsOf(socket: NetSocket): Internals {
  return socket as unknown as Internals;
}

const wrapHandle = internalsOf(TLSSocket.prototype)._wrapHandle;

class ReadingTlsSocket extends TLSSocket {
  /** The constructor of TLSSocket asks here for what it is to read from and write to. */
  _wrapHandle(): unknown {
    const self = internalsOf(this);
    const { plain } = self._tlsOptions;
    return wrapHandle?.call(self, plain, internalsOf(plain)._handle, false);
  }
}

/** Null where that cannot be had. `received` was read before and belongs to the handshake. */
export function readingTlsSocket(
  plain: NetSocket,
  received: Uint8Array | null,
  options: TLSSocketOptions,
  reader: ConnectionReader,
): TLSSocket | null {
  // What has still to leave in clear would have to be waited for.
  if (typeof wrapHandle !== 'function' || plain.writableLength > 0) return null;
  const onread = {
    buffer: () => reader.next(),
    callback: (count: number) => {
      reader.arrived(count);
      return true;
    },
  };
  const all = { ...options, plain, onread, allowHalfOpen: true } as TLSSocketOptions;
  const socket = new ReadingTlsSocket(undefined as unknown as NetSocket, all);
  const internals = internalsOf(socket);
  // It is connected, though it was not told of any connection: without this it would wait for one.
  internals.connecting = false;
  if (received !== null) {
    const copy = Buffer.from(received);
    process.nextTick(() => internals._handle?.receive?.(copy));
  }
  return socket;
}
