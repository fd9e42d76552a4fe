// `client_advertise`: what clients are told of where the server is. Read by who tells them and by who checks it: -t does
// not, a start and a reload do. Compat: server.go, setInfoHostPort; util.go, parseHostPort; Go net, SplitHostPort.
import { type Parsed, parsed, refused } from '../base/parsed.ts';
import { goQuote } from './go_text.ts';

export interface AdvertisedAddress {
  readonly host: string;
  readonly port: number;
}

const NO_PORT = 'missing port in address';

/** `port` is the one that the server listens on, for those who name none. Refuses with the reference's reason. */
export function advertisedAddress(text: string, port: number): Parsed<AdvertisedAddress> {
  let split = splitHostPort(text);
  let address = text;
  if (split === NO_PORT) {
    address = `${text}:${port}`;
    split = splitHostPort(address);
  }
  if (typeof split === 'string') return refused(`address ${address}: ${split}`);
  const said = split.port.trim();
  if (!/^[+-]?[0-9]+$/.test(said)) return refused(`strconv.Atoi: parsing ${goQuote(said)}: invalid syntax`);
  const number = Number(said);
  return parsed({ host: split.host.trim(), port: number === 0 || number === -1 ? port : number });
}

/** The fault, where it is one. */
function splitHostPort(text: string): { readonly host: string; readonly port: string } | string {
  const colon = text.lastIndexOf(':');
  if (colon < 0) return NO_PORT;
  const port = text.slice(colon + 1);
  if (!text.startsWith('[')) {
    const host = text.slice(0, colon);
    if (host.includes(':')) return 'too many colons in address';
    return bracketFault(text, text) ?? { host, port };
  }
  const end = text.indexOf(']');
  if (end < 0) return "missing ']' in address";
  if (end + 1 === text.length) return NO_PORT;
  if (end + 1 !== colon) return text[end + 1] === ':' ? 'too many colons in address' : NO_PORT;
  return bracketFault(text.slice(1), text.slice(end + 1)) ?? { host: text.slice(1, end), port };
}

function bracketFault(opening: string, closing: string): string | null {
  if (opening.includes('[')) return "unexpected '[' in address";
  return closing.includes(']') ? "unexpected ']' in address" : null;
}
