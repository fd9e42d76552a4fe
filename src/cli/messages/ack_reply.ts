// The reply subject of a message that a consumer has delivered says which message of which stream it is:
//   $JS.ACK.STREAM.CONSUMER.DELIVERED.STREAM_SEQ.CONSUMER_SEQ.TIME.PENDING
//   $JS.ACK.DOMAIN.ACCOUNT_HASH.STREAM.CONSUMER.DELIVERED.STREAM_SEQ.CONSUMER_SEQ.TIME.PENDING[.RANDOM]

export interface AckReply {
  readonly stream: string;
  readonly consumer: string;
  readonly seq: number;
  /** How often it was delivered, this time included. */
  readonly tries: number;
  readonly consumerSeq: number;
  readonly pending: number;
  readonly timeMs: number;
  /** Unix nanoseconds, every digit of them. */
  readonly timeNs: bigint;
}

/** Null where the subject is none of these. */
export function parseAckReply(reply: string): AckReply | null {
  const tokens = reply.split('.');
  if (tokens[0] !== '$JS' || tokens[1] !== 'ACK') return null;
  let rest: string[];
  if (tokens.length === 9) rest = tokens.slice(2);
  else if (tokens.length >= 11) rest = tokens.slice(4);
  else return null;
  const [stream = '', consumer = '', tries, seq, consumerSeq, time, pending] = rest;
  if (![tries, seq, consumerSeq, time, pending].every((token) => /^\d+$/.test(token ?? ''))) return null;
  return {
    stream,
    consumer,
    seq: Number(seq),
    tries: Number(tries),
    consumerSeq: Number(consumerSeq),
    timeMs: Number(time) / 1e6,
    timeNs: BigInt(time ?? 0),
    pending: Number(pending),
  };
}
