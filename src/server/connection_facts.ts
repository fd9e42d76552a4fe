// What there is to say about a connection, open or closed: the one shape that monitoring and events read. An open
// connection is asked (client_connection.ts has these as getters); of a closed one a copy is kept.
import type { NetworkAddress } from '../ports/network.ts';
import type { TlsSession } from '../ports/tls.ts';
import type { Subscription } from './subscription.ts';

export interface ConnectionFacts {
  readonly id: number;
  readonly remote: NetworkAddress;
  /** Unix milliseconds with fraction, here and below. */
  readonly startedAtMs: number;
  readonly lastActiveAtMs: number;
  /** Milliseconds; 0 while unknown. */
  readonly rttMs: number;
  readonly pendingBytes: number;
  readonly messagesIn: number;
  readonly messagesOut: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** How often it was not read for a moment because it published to somebody who could not keep up. */
  readonly stalls: number;
  readonly subscriptionCount: number;
  readonly name: string;
  readonly lang: string;
  readonly version: string;
  /** Null where it came in clear, or has not agreed on TLS yet. */
  readonly tls: TlsSession | null;
  /** Its handshake came before INFO. */
  readonly didTlsFirst: boolean;
  /** Who it said it is; never a secret. Compat: client.go, getRawAuthUser. */
  readonly userName: string;
  /** Who vouches for its key; empty for those who came without one. Compat: client.go, issuerForClient. */
  readonly issuerKey: string;
  readonly accountName: string;
  /** Null while it is open. */
  readonly end: ConnectionEnd | null;
  subscriptionFacts(): readonly SubscriptionFacts[];
}

export interface ConnectionEnd {
  readonly atMs: number;
  /** Compat: monitor.go, ClosedState.String. */
  readonly reason: string;
}

export interface SubscriptionFacts {
  readonly subject: string;
  readonly queue: string | null;
  readonly sid: string;
  readonly delivered: number;
  /** 0 is no maximum. */
  readonly deliveredMax: number;
  /** Of the connection; 0 for the inside of the house. */
  readonly connectionId: number;
}

const decoder = new TextDecoder();

export function subscriptionFacts(subscription: Subscription): SubscriptionFacts {
  return {
    subject: decoder.decode(subscription.subject),
    queue: subscription.queue,
    sid: decoder.decode(subscription.sid),
    delivered: subscription.delivered,
    deliveredMax: subscription.deliveredMax,
    connectionId: subscription.connection?.id ?? 0,
  };
}

/** A copy that stays as it is now, and holds on to nothing of the connection. */
export function closedFacts(
  open: ConnectionFacts,
  end: ConnectionEnd,
  subscriptions: readonly SubscriptionFacts[],
): ConnectionFacts {
  return {
    id: open.id,
    remote: open.remote,
    startedAtMs: open.startedAtMs,
    lastActiveAtMs: open.lastActiveAtMs,
    rttMs: open.rttMs,
    pendingBytes: open.pendingBytes,
    messagesIn: open.messagesIn,
    messagesOut: open.messagesOut,
    bytesIn: open.bytesIn,
    bytesOut: open.bytesOut,
    stalls: open.stalls,
    // Compat: server.go, saveClosedClient: the certificates of those who left are not kept.
    tls: open.tls === null ? null : { ...open.tls, peerCertificates: [] },
    didTlsFirst: open.didTlsFirst,
    subscriptionCount: subscriptions.length,
    name: open.name,
    lang: open.lang,
    version: open.version,
    userName: open.userName,
    issuerKey: open.issuerKey,
    accountName: open.accountName,
    end,
    subscriptionFacts: () => subscriptions,
  };
}
