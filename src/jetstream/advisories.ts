// What happened to streams and consumers, told on `$JS.EVENT.>` to those who listen. Builds nothing when nobody does.
// Compat: nats-server jetstream_events.go, whose field order this is; data/schemas has the shapes.
import { NanoTime, rfc3339Nano, rfc3339NanoOfMs } from '../base/nanos.ts';
import type { Bus } from '../ports/bus.ts';
import type { Clock } from '../ports/clock.ts';
import type { Entropy } from '../ports/entropy.ts';
import { type ClientInfo, Message, type Passage } from '../ports/message.ts';
import type { ConsumerEvent } from './consumer/consumer_environment.ts';
import { BOOL, field, INT64, type JsonType, optional, pointer, STRING, struct, UINT64 } from './json/json_type.ts';
import { STATE, type StateInfo } from './stream/stream_info.ts';
import { eventId } from './unique_id.ts';

const ADVISORY = '$JS.EVENT.ADVISORY';
const ACK_METRIC = '$JS.EVENT.METRIC.CONSUMER.ACK';
const TYPE = 'io.nats.jetstream.advisory.v1';

export type Action = 'create' | 'delete' | 'modify';

/** Why an atomic batch ended before it was committed; `unsupported` is an API level that this server does not have. */
export type AbandonReason = 'timeout' | 'large' | 'incomplete' | 'unsupported';

interface ClientFields {
  readonly start: string;
  readonly host: string;
  readonly id: number;
  readonly acc: string;
  readonly svc: string;
  readonly user: string;
  readonly name: string;
  readonly lang: string;
  readonly ver: string;
  readonly rtt: number;
  readonly server: string;
  readonly kind: string;
  readonly client_type: string;
}

const CLIENT = struct<ClientFields>('ClientInfo', {
  start: optional(STRING),
  host: optional(STRING),
  id: optional(UINT64),
  acc: optional(STRING),
  svc: optional(STRING),
  user: optional(STRING),
  name: optional(STRING),
  lang: optional(STRING),
  ver: optional(STRING),
  rtt: optional(INT64),
  server: optional(STRING),
  kind: optional(STRING),
  client_type: optional(STRING),
});

const NO_CLIENT: ClientFields = {
  start: '',
  host: '',
  id: 0,
  acc: '',
  svc: '',
  user: '',
  name: '',
  lang: '',
  ver: '',
  rtt: 0,
  server: '',
  kind: '',
  client_type: '',
};

interface EventFields {
  readonly type: string;
  readonly id: string;
  readonly timestamp: string;
}

const EVENT = { type: field(STRING), id: field(STRING), timestamp: field(STRING) } as const;

const API_AUDIT = struct<
  EventFields & {
    readonly server: string;
    readonly client: ClientFields | null;
    readonly subject: string;
    readonly request: string;
    readonly response: string;
    readonly domain: string;
  }
>('JSAPIAudit', {
  ...EVENT,
  server: field(STRING),
  client: field(pointer(CLIENT)),
  subject: field(STRING),
  request: optional(STRING),
  response: field(STRING),
  domain: optional(STRING),
});

const API_LIMIT_REACHED = struct<
  EventFields & { readonly server: string; readonly domain: string; readonly dropped: number }
>('JSAPILimitReachedAdvisory', {
  ...EVENT,
  server: field(STRING),
  domain: optional(STRING),
  dropped: field(INT64),
});

const STREAM_ACTION = struct<
  EventFields & { readonly stream: string; readonly action: string; readonly domain: string }
>('JSStreamActionAdvisory', { ...EVENT, stream: field(STRING), action: field(STRING), domain: optional(STRING) });

interface TransferFields extends EventFields {
  readonly stream: string;
  readonly client: ClientFields | null;
  readonly domain: string;
}

const SNAPSHOT_CREATE = struct<TransferFields & { readonly state: StateInfo }>('JSSnapshotCreateAdvisory', {
  ...EVENT,
  stream: field(STRING),
  state: field(STATE),
  client: field(pointer(CLIENT)),
  domain: optional(STRING),
});

const TRANSFER_SPAN = { ...EVENT, stream: field(STRING), start: field(STRING), end: field(STRING) } as const;

const SNAPSHOT_COMPLETE = struct<
  TransferFields & { readonly start: string; readonly end: string; readonly error: string }
>('JSSnapshotCompleteAdvisory', {
  ...TRANSFER_SPAN,
  client: field(pointer(CLIENT)),
  domain: optional(STRING),
  error: optional(STRING),
});

const RESTORE_CREATE = struct<TransferFields>('JSRestoreCreateAdvisory', {
  ...EVENT,
  stream: field(STRING),
  client: field(pointer(CLIENT)),
  domain: optional(STRING),
});

const RESTORE_COMPLETE = struct<
  TransferFields & { readonly start: string; readonly end: string; readonly bytes: number }
>('JSRestoreCompleteAdvisory', {
  ...TRANSFER_SPAN,
  bytes: field(INT64),
  client: field(pointer(CLIENT)),
  domain: optional(STRING),
});

const BATCH_ABANDONED = struct<
  EventFields & {
    readonly account: string;
    readonly stream: string;
    readonly domain: string;
    readonly batch: string;
    readonly reason: string;
  }
>('JSStreamBatchAbandonedAdvisory', {
  ...EVENT,
  account: optional(STRING),
  stream: field(STRING),
  domain: optional(STRING),
  batch: field(STRING),
  reason: field(STRING),
});

interface ConsumerFields extends EventFields {
  readonly stream: string;
  readonly consumer: string;
}

const CONSUMER = { ...EVENT, stream: field(STRING), consumer: field(STRING) } as const;

const CONSUMER_ACTION = struct<ConsumerFields & { readonly action: string; readonly domain: string }>(
  'JSConsumerActionAdvisory',
  { ...CONSUMER, action: field(STRING), domain: optional(STRING) },
);

const CONSUMER_PAUSE = struct<
  ConsumerFields & { readonly paused: boolean; readonly pause_until: string; readonly domain: string }
>('JSConsumerPauseAdvisory', {
  ...CONSUMER,
  paused: field(BOOL),
  pause_until: field(STRING),
  domain: optional(STRING),
});

const MAX_DELIVER = struct<
  ConsumerFields & { readonly stream_seq: number; readonly deliveries: number; readonly domain: string }
>('JSConsumerDeliveryExceededAdvisory', {
  ...CONSUMER,
  stream_seq: field(UINT64),
  deliveries: field(UINT64),
  domain: optional(STRING),
});

interface DeliveryFields extends ConsumerFields {
  readonly consumer_seq: number;
  readonly stream_seq: number;
}

const DELIVERY = { ...CONSUMER, consumer_seq: field(UINT64), stream_seq: field(UINT64) } as const;

const NAK = struct<DeliveryFields & { readonly deliveries: number; readonly domain: string }>(
  'JSConsumerDeliveryNakAdvisory',
  { ...DELIVERY, deliveries: field(UINT64), domain: optional(STRING) },
);

const TERMINATED = struct<
  DeliveryFields & { readonly deliveries: number; readonly reason: string; readonly domain: string }
>('JSConsumerDeliveryTerminatedAdvisory', {
  ...DELIVERY,
  deliveries: field(UINT64),
  reason: optional(STRING),
  domain: optional(STRING),
});

interface GroupFields extends ConsumerFields {
  readonly account: string;
  readonly domain: string;
  readonly group: string;
}

const GROUP = {
  ...EVENT,
  account: optional(STRING),
  stream: field(STRING),
  consumer: field(STRING),
  domain: optional(STRING),
  group: field(STRING),
} as const;

const PINNED = struct<GroupFields & { readonly pinned_id: string }>('JSConsumerGroupPinnedAdvisory', {
  ...GROUP,
  pinned_id: field(STRING),
});

const UNPINNED = struct<GroupFields & { readonly reason: string }>('JSConsumerGroupUnpinnedAdvisory', {
  ...GROUP,
  reason: field(STRING),
});

const ACK = struct<
  DeliveryFields & { readonly ack_time: number; readonly deliveries: number; readonly domain: string }
>('JSConsumerAckMetric', {
  ...DELIVERY,
  ack_time: field(INT64),
  deliveries: field(UINT64),
  domain: optional(STRING),
});

export interface AdvisoryParts {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly serverName: string;
  /** Empty without a domain. */
  readonly domain: string;
}

/** A consumer as its events name it. */
export interface EventConsumer {
  readonly stream: string;
  readonly name: string;
  /** Null where it is not paused. */
  readonly pauseUntil: string | null;
}

export interface ApiCall {
  readonly client: ClientInfo | null;
  /** How the request came from the client's account; null where that is the account that was asked. */
  readonly passage: Passage | null;
  readonly subject: string;
  readonly request: string;
  readonly response: string;
}

/** A backup or restore, and who asked for it. */
export interface EventTransfer {
  readonly stream: string;
  readonly client: ClientInfo | null;
  readonly passage: Passage | null;
}

export interface EndedTransfer extends EventTransfer {
  /** Unix milliseconds. */
  readonly startMs: number;
}

export class Advisories {
  readonly #parts: AdvisoryParts;
  readonly #time = new NanoTime();

  constructor(parts: AdvisoryParts) {
    this.#parts = parts;
  }

  apiCall(call: ApiCall): void {
    this.#tell(`${ADVISORY}.API`, `${TYPE}.api_audit`, API_AUDIT, () => ({
      server: this.#parts.serverName,
      client: call.client === null ? null : this.#client(call.client, call.passage),
      subject: call.subject,
      request: call.request,
      response: call.response,
    }));
  }

  apiLimitReached(dropped: number): void {
    this.#tell(`${ADVISORY}.API.LIMIT_REACHED`, `${TYPE}.api_limit_reached`, API_LIMIT_REACHED, () => ({
      server: this.#parts.serverName,
      dropped,
    }));
  }

  streamAction(stream: string, action: Action): void {
    const subject = `${ADVISORY}.STREAM.${actionWord(action)}.${stream}`;
    this.#tell(subject, `${TYPE}.stream_action`, STREAM_ACTION, () => ({ stream, action }));
  }

  snapshotStarted(transfer: EventTransfer, state: StateInfo): void {
    const subject = `${ADVISORY}.STREAM.SNAPSHOT_CREATE.${transfer.stream}`;
    const fields = () => ({ ...this.#transfer(transfer), state });
    this.#tell(subject, `${TYPE}.snapshot_create`, SNAPSHOT_CREATE, fields);
  }

  /** `error` is empty where there was none. */
  snapshotEnded(transfer: EndedTransfer, error: string): void {
    const subject = `${ADVISORY}.STREAM.SNAPSHOT_COMPLETE.${transfer.stream}`;
    const fields = () => ({ ...this.#span(transfer), error });
    this.#tell(subject, `${TYPE}.snapshot_complete`, SNAPSHOT_COMPLETE, fields);
  }

  restoreStarted(transfer: EventTransfer): void {
    const subject = `${ADVISORY}.STREAM.RESTORE_CREATE.${transfer.stream}`;
    this.#tell(subject, `${TYPE}.restore_create`, RESTORE_CREATE, () => this.#transfer(transfer));
  }

  restoreEnded(transfer: EndedTransfer, bytes: number): void {
    const subject = `${ADVISORY}.STREAM.RESTORE_COMPLETE.${transfer.stream}`;
    const fields = () => ({ ...this.#span(transfer), bytes });
    this.#tell(subject, `${TYPE}.restore_complete`, RESTORE_COMPLETE, fields);
  }

  batchAbandoned(stream: string, batch: string, reason: AbandonReason): void {
    const subject = `${ADVISORY}.STREAM.BATCH_ABANDONED.${stream}`;
    // The account is named only in what the system account is told.
    const fields = { account: '', stream, batch, reason };
    this.#tell(subject, `${TYPE}.stream_batch_abandoned`, BATCH_ABANDONED, () => fields);
  }

  consumerAction(stream: string, consumer: string, action: Action): void {
    const subject = `${ADVISORY}.CONSUMER.${actionWord(action)}.${stream}.${consumer}`;
    this.#tell(subject, `${TYPE}.consumer_action`, CONSUMER_ACTION, () => ({ stream, consumer, action }));
  }

  consumerEvent(consumer: EventConsumer, event: ConsumerEvent): void {
    const names = `${consumer.stream}.${consumer.name}`;
    const who = { stream: consumer.stream, consumer: consumer.name };
    switch (event.kind) {
      case 'pause':
        return this.#tell(`${ADVISORY}.CONSUMER.PAUSE.${names}`, `${TYPE}.consumer_pause`, CONSUMER_PAUSE, () => ({
          ...who,
          paused: event.isPaused,
          pause_until: consumer.pauseUntil ?? '0001-01-01T00:00:00Z',
        }));
      case 'max_deliver':
        return this.#tell(`${ADVISORY}.CONSUMER.MAX_DELIVERIES.${names}`, `${TYPE}.max_deliver`, MAX_DELIVER, () => ({
          ...who,
          stream_seq: event.streamSequence,
          deliveries: event.deliveries,
        }));
      case 'nak':
        return this.#tell(`${ADVISORY}.CONSUMER.MSG_NAKED.${names}`, `${TYPE}.nak`, NAK, () => ({
          ...who,
          consumer_seq: event.consumerSequence,
          stream_seq: event.streamSequence,
          deliveries: event.deliveries,
        }));
      case 'terminated':
        return this.#tell(`${ADVISORY}.CONSUMER.MSG_TERMINATED.${names}`, `${TYPE}.terminated`, TERMINATED, () => ({
          ...who,
          consumer_seq: event.consumerSequence,
          stream_seq: event.streamSequence,
          deliveries: event.deliveries,
          reason: event.reason,
        }));
      case 'pinned':
        return this.#tell(`${ADVISORY}.CONSUMER.PINNED.${names}`, `${TYPE}.consumer_group_pinned`, PINNED, () => ({
          ...who,
          account: this.#parts.bus.account,
          group: event.group,
          pinned_id: event.pin,
        }));
      case 'unpinned':
        return this.#tell(
          `${ADVISORY}.CONSUMER.UNPINNED.${names}`,
          `${TYPE}.consumer_group_unpinned`,
          UNPINNED,
          () => ({
            ...who,
            account: this.#parts.bus.account,
            group: event.group,
            reason: event.reason,
          }),
        );
      case 'ack_sample':
        return this.#tell(`${ACK_METRIC}.${names}`, 'io.nats.jetstream.metric.v1.consumer_ack', ACK, () => ({
          ...who,
          consumer_seq: event.consumerSequence,
          stream_seq: event.streamSequence,
          ack_time: event.delayNs,
          deliveries: event.deliveries,
        }));
    }
  }

  #transfer({ stream, client, passage }: EventTransfer) {
    return { stream, client: client === null ? null : this.#client(client, passage) };
  }

  #span(transfer: EndedTransfer) {
    const { clock } = this.#parts;
    const start = rfc3339NanoOfMs(transfer.startMs);
    return { ...this.#transfer(transfer), start, end: rfc3339NanoOfMs(clock.realtimeMs()) };
  }

  /** Of a client of another account only what that account lets others know. */
  #client(client: ClientInfo, passage: Passage | null): ClientFields {
    const rtt = Math.round(client.rttMs * 1e6);
    const common = { acc: client.account, svc: passage === null ? '' : this.#parts.bus.account, rtt };
    if (passage?.isDetailed === false) return { ...NO_CLIENT, ...common, server: this.#parts.serverName };
    this.#time.setMs(client.startMs);
    return {
      ...common,
      start: rfc3339Nano(this.#time.toNs()),
      host: client.host,
      id: client.id,
      user: client.user,
      name: client.name,
      lang: client.lang,
      ver: client.version,
      server: this.#parts.serverName,
      kind: 'Client',
      client_type: 'nats',
    };
  }

  #tell<T extends EventFields & { readonly domain: string }>(
    subject: string,
    type: string,
    shape: JsonType<T>,
    fields: () => Omit<T, keyof EventFields | 'domain'>,
  ): void {
    const { bus, clock, entropy, domain } = this.#parts;
    if (!bus.hasInterest(subject)) return;
    this.#time.setMs(clock.realtimeMs());
    const event = { type, id: eventId(entropy), timestamp: rfc3339Nano(this.#time.toNs()), domain };
    const value = { ...shape.zero(), ...event, ...fields() };
    // A message of its own: a listener may cause the next event before the others have seen this one.
    const message = new Message();
    message.subject = Buffer.from(subject);
    message.subjectStart = 0;
    message.subjectEnd = message.subject.length;
    message.body = Buffer.from(shape.encode(value));
    message.payloadEnd = message.body.length;
    bus.publish(message);
  }
}

function actionWord(action: Action): string {
  if (action === 'modify') return 'UPDATED';
  return action === 'create' ? 'CREATED' : 'DELETED';
}
