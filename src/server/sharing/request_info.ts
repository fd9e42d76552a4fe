// The header `Nats-Request-Info`: who asks, written by the server into every request that goes to another account's
// service, because there nobody else knows. What a client wrote under that name, in whatever form somebody might take for
// it, is gone before. Compat: client.go, processServiceImport, getClientInfo and setHeader; events.go, ClientInfo.
import { equalsAsciiFold, isAscii } from '../../base/bytes.ts';
import { type GoJsonStruct, goJson, omitEmpty } from '../../base/go_json.ts';
import { rfc3339NanoOfMs } from '../../base/nanos.ts';
import type { ClientInfo, Message } from '../../ports/message.ts';
import { append, type RelayFrame } from './relay_frames.ts';

const NAME = 'Nats-Request-Info';
const CR = 13;
const LF = 10;
const TAB = 9;
const SPACE = 32;
const COLON = 58;

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const FIRST_LINE = encoder.encode('NATS/1.0\r\n');
const END = encoder.encode('\r\n');

export interface ServerNames {
  readonly server: string;
  readonly cluster: string;
}

export interface RequestInfoOptions {
  /** Everything about the client, or its account and round trip alone. */
  readonly isDetailed: boolean;
  /** Where to ask back; null where that stays untold. */
  readonly names: ServerNames | null;
  /** The account that passed the request on; empty while it comes from that of the client. */
  readonly service: string;
  /** The client's reply subject, where somebody must know it; empty elsewhere. */
  readonly reply: string;
}

/** A client as events and headers show it. Fields in the reference's order. */
export function clientFields(client: ClientInfo, options: RequestInfoOptions): GoJsonStruct {
  const { isDetailed, names, service, reply } = options;
  const detail = <T extends string | number>(value: T) => (isDetailed ? omitEmpty(value) : undefined);
  return {
    start: detail(rfc3339NanoOfMs(client.startMs)),
    host: detail(client.host),
    id: detail(client.id),
    acc: client.account,
    svc: omitEmpty(service),
    user: detail(client.user),
    name: detail(client.name),
    lang: detail(client.lang),
    ver: detail(client.version),
    rtt: omitEmpty(Math.round(client.rttMs * 1e6)),
    server: omitEmpty(names?.server ?? ''),
    cluster: omitEmpty(names?.cluster ?? ''),
    kind: detail('Client'),
    client_type: detail('nats'),
    reply: omitEmpty(reply),
  };
}

/** The whole line. */
export function infoLine(client: ClientInfo, options: RequestInfoOptions): Uint8Array {
  return encoder.encode(`${NAME}: ${goJson(clientFields(client, options))}\r\n`);
}

/** The frame gets the body of `from` with this line as the last header, and without any other of its name. */
export function writeRequestInfo(frame: RelayFrame, from: Message, line: Uint8Array): void {
  const { body, headerStart, payloadStart, payloadEnd } = from;
  frame.takeBody(from);
  const most = payloadEnd - headerStart + FIRST_LINE.length + line.length + END.length;
  const to = frame.newBody(most);
  let at = 0;
  if (payloadStart - headerStart > END.length) at = writeOtherLines(to, body, headerStart, payloadStart - END.length);
  else at = append(to, at, FIRST_LINE, 0, FIRST_LINE.length);
  at = append(to, at, line, 0, line.length);
  at = append(to, at, END, 0, END.length);
  const { message } = frame;
  message.headerStart = 0;
  message.payloadStart = at;
  message.payloadEnd = append(to, at, body, payloadStart, payloadEnd);
  message.headerDigits = 0;
  message.totalDigits = 0;
}

/** Copies the lines of `body[start..end)` but those of that name; returns where the next one goes. */
function writeOtherLines(to: Uint8Array, body: Uint8Array, start: number, end: number): number {
  let at = 0;
  let lineStart = start;
  let isFirst = true;
  let wasDropped = false;
  while (lineStart < end) {
    const lineEnd = endOfLine(body, lineStart, end);
    const first = body[lineStart];
    const isContinuation = first === SPACE || first === TAB;
    const isDropped: boolean = !isFirst && (isRequestInfo(body, lineStart, lineEnd) || (isContinuation && wasDropped));
    if (!isDropped) at = append(to, at, body, lineStart, lineEnd);
    wasDropped = isDropped;
    isFirst = false;
    lineStart = lineEnd;
  }
  return at;
}

/** Behind CRLF, or behind a lone CR or LF, which some readers take for the end of a line too. */
function endOfLine(bytes: Uint8Array, start: number, end: number): number {
  for (let i = start; i < end; i++) {
    if (bytes[i] === LF) return i + 1;
    if (bytes[i] === CR) return bytes[i + 1] === LF && i + 1 < end ? i + 2 : i + 1;
  }
  return end;
}

/** Whether a reader of any habit could take this line for the header: blanks around its name and cases do not matter. */
function isRequestInfo(bytes: Uint8Array, lineStart: number, lineEnd: number): boolean {
  let end = lineStart;
  while (end < lineEnd && bytes[end] !== COLON) end++;
  if (end === lineEnd) return false;
  let start = lineStart;
  while (start < end && (bytes[start] as number) <= SPACE) start++;
  while (end > start && (bytes[end - 1] as number) <= SPACE) end--;
  if (isAscii(bytes, start, end)) return equalsAsciiFold(bytes, start, end, NAME);
  // There are letters beyond ASCII that are the same as these but for their case.
  return decoder.decode(bytes.subarray(start, end)).trim().toUpperCase() === NAME.toUpperCase();
}
