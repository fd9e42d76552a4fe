// Subjects that only the inside of the house may publish to, and replies that only it may ask for: clients that use them
// could pass for servers or for answers to service requests. Asked for every published message, so the first byte decides.
// Compat: client.go, processInboundClientMsg, isReservedReply, hasGWRoutedReplyPrefix.

const DOLLAR = 36;
const UNDERSCORE = 95;
const RAFT = bytesOf('$NRG.');
/** Replies that travel between clusters, now and in old versions. */
const GATEWAY_REPLY = bytesOf('_GR_.');
const OLD_GATEWAY_REPLY = bytesOf('$GR.');
const SERVICE_REPLY = bytesOf('_R_.');
const ACKNOWLEDGEMENT = bytesOf('$JS.ACK.');

export function isReservedSubject(subject: Uint8Array, start: number, end: number): boolean {
  const first = subject[start];
  if (first !== DOLLAR && first !== UNDERSCORE) return false;
  return isRaftSubject(subject, start, end) || isGatewayReply(subject, start, end);
}

/** What the system account alone may publish to. */
export function isRaftSubject(subject: Uint8Array, start: number, end: number): boolean {
  return startsWith(subject, start, end, RAFT);
}

export function isReservedReply(reply: Uint8Array, start: number, end: number): boolean {
  const first = reply[start];
  if (first !== DOLLAR && first !== UNDERSCORE) return false;
  if (startsWith(reply, start, end, SERVICE_REPLY) || isGatewayReply(reply, start, end)) return true;
  return end - start > ACKNOWLEDGEMENT.length && startsWith(reply, start, end, ACKNOWLEDGEMENT);
}

function isGatewayReply(subject: Uint8Array, start: number, end: number): boolean {
  return startsWith(subject, start, end, GATEWAY_REPLY) || startsWith(subject, start, end, OLD_GATEWAY_REPLY);
}

function startsWith(subject: Uint8Array, start: number, end: number, prefix: Uint8Array): boolean {
  if (end - start < prefix.length) return false;
  for (let i = 0; i < prefix.length; i++) if (subject[start + i] !== prefix[i]) return false;
  return true;
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
