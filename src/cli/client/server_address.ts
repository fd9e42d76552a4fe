// Of a server's URL, where it listens. Pure.
import type { NetworkAddress } from '../../ports/network.ts';

const PORT_DEFAULT = 4222;

/** Host and port, without scheme and secrets. */
export function plainServer(url: string): string {
  return url
    .replace(/^[a-z]+:\/\//i, '')
    .replace(/^.*@/, '')
    .replace(/\/$/, '');
}

/** Of `host`, `host:port`, `[::1]:port`. */
export function serverAddress(server: string): NetworkAddress {
  const [, bracketed, plain = '', port] = /^(?:\[([^\]]+)\]|([^:]*))(?::(\d+))?$/.exec(server) ?? [];
  return { host: bracketed ?? plain, port: port === undefined ? PORT_DEFAULT : Number(port) };
}
