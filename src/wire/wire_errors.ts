// What the server says to a client that did wrong, word for word as nats-server says it (clients parse these texts),
// and whether the connection ends with it. A null text closes without a word, as the reference does.
import { goQuote } from '../base/go_quote.ts';

export interface WireError {
  readonly text: string | null;
  readonly closes: boolean;
  /** The reason as monitoring shows it. Compat: monitor.go, ClosedState.String. */
  readonly reason: string;
}

export const UNKNOWN_OPERATION: WireError = {
  text: 'Unknown Protocol Operation',
  closes: true,
  reason: 'Protocol Violation',
};
/** Arguments that make no sense close without a text. */
export const BAD_ARGUMENTS: WireError = { text: null, closes: true, reason: 'Protocol Violation' };
export const HEADERS_NOT_SUPPORTED: WireError = { text: null, closes: true, reason: 'Protocol Violation' };
export const CONTROL_LINE_EXCEEDED: WireError = {
  text: 'maximum control line exceeded',
  closes: true,
  reason: 'Maximum Control Line Exceeded',
};
export const PAYLOAD_EXCEEDED: WireError = {
  text: 'Maximum Payload Violation',
  closes: true,
  reason: 'Maximum Message Payload Exceeded',
};
export const AUTHORIZATION_VIOLATION: WireError = {
  text: 'Authorization Violation',
  closes: true,
  reason: 'Authentication Failure',
};
export const AUTHENTICATION_TIMEOUT: WireError = {
  text: 'Authentication Timeout',
  closes: true,
  reason: 'Authentication Timeout',
};
export const BAD_CLIENT_PROTOCOL: WireError = {
  text: 'invalid client protocol',
  closes: true,
  reason: 'Bad Client Protocol Version',
};
export const NO_RESPONDERS_NEEDS_HEADERS: WireError = {
  text: 'no responders requires headers support',
  closes: true,
  reason: 'No Responders Requires Headers',
};
export const CONNECTIONS_EXCEEDED: WireError = {
  text: 'maximum connections exceeded',
  closes: true,
  reason: 'Maximum Connections Exceeded',
};
export const CONNECTIONS_THROTTLED: WireError = {
  text: 'Connection throttling is active. Please try again later.',
  closes: true,
  reason: 'Maximum Connections Exceeded',
};
export const ACCOUNT_CONNECTIONS_EXCEEDED: WireError = {
  text: 'maximum account active connections exceeded',
  closes: true,
  reason: 'Maximum Account Connections Exceeded',
};
export const STALE_CONNECTION: WireError = { text: 'Stale Connection', closes: true, reason: 'Stale Connection' };
export const SERVER_SHUTDOWN: WireError = { text: 'Server Shutdown', closes: true, reason: 'Server Shutdown' };
export const SLOW_CONSUMER_PENDING: WireError = {
  text: 'Slow Consumer',
  closes: true,
  reason: 'Slow Consumer (Pending Bytes)',
};
export const SLOW_CONSUMER_DEADLINE: WireError = {
  text: 'Slow Consumer',
  closes: true,
  reason: 'Slow Consumer (Write Deadline)',
};
export const SUBSCRIPTIONS_EXCEEDED: WireError = {
  text: 'maximum subscriptions exceeded',
  closes: false,
  reason: 'Maximum Subscriptions Exceeded',
};
export const INVALID_SUBJECT: WireError = { text: 'Invalid Subject', closes: false, reason: 'Invalid Subject' };
export const INVALID_PUBLISH_SUBJECT: WireError = {
  text: 'Invalid Publish Subject',
  closes: false,
  reason: 'Invalid Publish Subject',
};
/** Said to nobody: who has not agreed on TLS cannot be told. Compat: monitor.go, ClosedState.String. */
export const TLS_HANDSHAKE_FAILURE = 'TLS Handshake Failure';
/** The peer sent -ERR: the reference closes. */
export const PEER_ERROR: WireError = { text: null, closes: true, reason: 'Parse Error' };

export function publishViolation(subject: string): WireError {
  return permissionsViolation(`Publish to ${goQuote(subject)}`);
}

/** Replies that only the inside of the house may ask for. */
export function replyViolation(reply: string): WireError {
  return permissionsViolation(`Publish with Reply of ${goQuote(reply)}`);
}

export function subscribeViolation(subject: string, queue: string | null): WireError {
  const group = queue === null ? '' : ` using queue ${goQuote(queue)}`;
  return permissionsViolation(`Subscription to ${goQuote(subject)}${group}`);
}

/** A subscription that was allowed is not any more. */
export function subscriptionRevoked(subject: string, queue: string | null, sid: string): WireError {
  const group = queue === null ? '' : ` using queue ${goQuote(queue)}`;
  return permissionsViolation(`Subscription to ${goQuote(subject)}${group} (sid ${goQuote(sid)})`);
}

export function tooManyTokens(subject: string): WireError {
  return permissionsViolation(`Subscription to ${goQuote(subject)}, too many tokens`);
}

function permissionsViolation(what: string): WireError {
  return { text: `Permissions Violation for ${what}`, closes: false, reason: 'Permissions Violation' };
}
