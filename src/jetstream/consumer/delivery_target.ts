// Who a consumer delivers to: the requests of a pull consumer (pull_delivery.ts) or the subject of a push consumer
// (push_delivery.ts). delivery.ts drives it, one message at a time, always in the order of this list.

export interface DeliveryTarget {
  /** False when nobody could take a message now: then none is looked for. */
  wants(): boolean;

  /** Who gets a message of `size` bytes (subject, reply, headers, payload); null when nobody can have it now. */
  choose(size: number, nowMs: number): Uint8Array | null;

  /** A header line for the chosen one, with CR LF; null without. */
  readonly headerLine: Uint8Array | null;

  /** The chosen one gets it: counted before it is sent, because receivers inside the house answer at once. */
  taken(size: number, subjectBytes: number, nowMs: number): void;

  /** Nobody was there. True when the delivery is to be taken back. */
  refused(): boolean;

  /** It was sent: what must follow a message is sent here. `isCongested` asks to spare the receiver for a while. */
  delivered(isCongested: boolean): void;

  /** The run is over. `atEnd` says that there is nothing more to deliver. */
  rest(nowMs: number, atEnd: boolean): void;
}
